"""What a second pair of eyes slipped past `verify`, backups and refusals, one test for each kind."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from bankcore.errors import BadFile, BadTransaction, StoreDamaged, UnknownName
from bankcore.ledger.accounts import Account, AccountPath
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.personal import seeded
from bankcore.ledger.transactions import Book, Record, Transaction, legs
from bankcore.stores.engine import driver
from bankcore.stores.open import file_of
from bankcore.stores.sqlite import SqliteStore
from bankcore.units import Unit

CNY, DAY = Unit("CNY/2"), date(2024, 5, 1)
BOOK = Book(1, "mall", CNY, DAY)
SECRET = "hunter2"


def now() -> datetime:
    return datetime(2024, 5, 1, 9, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "book.db"
    with closing(SqliteStore(path, create=True)) as store:
        ledger = Ledger.create(store, BOOK, now, salts=seeded("t"))
        one = Account("a", "asset", CNY, details={"seal": True}, opened_on=DAY)
        ledger.open([one, Account("b", "liability", CNY)], key="open")
        a, b = AccountPath("a"), AccountPath("b")
        held = Transaction(kind="hold", effective_on=DAY, postings=legs(CNY, debit={a: 5}, credit={b: 5}))
        ledger.post(held._replace(key="h", pending=True))
        note = Record("note", "n", {"text": "personal"})
        known = Record("lead", "l", {"personal": {"name": SECRET}})
        ledger.post(Transaction(key="f", kind="f", effective_on=DAY, records=(note, known)))
    return path


def altered(file: Path, *statements: str) -> list[str]:
    """What is found once statements were run past the guards."""
    with closing(driver.connect(file)) as db:
        guards = db.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            db.execute(f'DROP TRIGGER "{name}"')
        for statement in statements:
            db.execute(statement)
        for _, sql in guards:
            db.execute(sql)
        db.commit()
    with closing(SqliteStore(file)) as store:
        return [str(each) for each in verify(store.reading(1), BOOK).findings]


@pytest.mark.parametrize(
    "statements",
    [
        ("UPDATE hold SET expires_at = ''", "UPDATE live_hold SET expires_at = ''"),
        (f"UPDATE personal SET data = '{'[' * 100_000}'",),
        ("INSERT INTO personal VALUES (1, 0, 0, 'aa', '[1]')",),
        ("INSERT INTO personal VALUES (1, -5, 0, 'aa', '[1]')",),
        ("INSERT INTO personal VALUES (1, 3, 1, 'aa', '[]')",),
        ("UPDATE personal SET salt = ' ' || upper(salt)",),
        ('INSERT INTO "transaction" SELECT 2, number, key, digest, line FROM "transaction"',),
        ("INSERT INTO balance SELECT 7, account_id, 0, 0, 0, 0, 0, 1 FROM balance",),
        ("UPDATE account SET type = 'liability' WHERE path = 'a'",),
        ("UPDATE account SET unit = 'CNY/3' WHERE path = 'a'",),
        ("UPDATE account SET normal_side = 'credit' WHERE path = 'a'",),
        ("UPDATE account SET status = 'frozen' WHERE path = 'a'",),
        ("UPDATE account SET floor = 0 WHERE path = 'a'",),
        ("UPDATE account SET ceiling = 900 WHERE path = 'a'",),
        ("UPDATE account SET opened_on = NULL WHERE path = 'a'",),
        ("UPDATE account SET closed_on = opened_on WHERE path = 'a'",),
        ("UPDATE account SET reopened_on = opened_on WHERE path = 'a'",),
        ("UPDATE account SET party = 'p' WHERE path = 'a'",),
        ("UPDATE account SET details = '' WHERE path = 'a'",),
        ("""UPDATE account SET details = '{"seal":1}' WHERE path = 'a'""",),
        ("UPDATE account SET details = '{' WHERE path = 'a'",),
        ("UPDATE account SET reason = 'r' WHERE path = 'a'",),
        ("INSERT INTO seal_page SELECT 2, 0, 0, x'00'",),
    ],
)
def test_what_was_slipped_in_is_found(file: Path, statements: tuple[str, ...]) -> None:
    assert altered(file) == []
    try:
        assert altered(file, *statements)
    except driver.IntegrityError:
        pytest.skip("the database itself refuses it")


def test_what_never_changes_of_an_account_is_guarded(file: Path) -> None:
    with closing(driver.connect(file)) as db:
        for column in ("book_id", "account_id", "path", "type", "unit", "normal_side", "opened_by"):
            with pytest.raises(driver.IntegrityError, match="append-only"):
                db.execute(f"UPDATE account SET {column} = {column}")
        with pytest.raises(driver.IntegrityError, match="append-only"):
            db.execute("DELETE FROM account")


@pytest.mark.parametrize(
    ("now_", "then"), [("debits", '"debits"'), ("sign", "'sign'"), ("book_id", "[book_id]")]
)
def test_a_view_that_reads_in_another_way_is_found(file: Path, now_: str, then: str) -> None:
    with closing(driver.connect(file)) as db:
        ((sql,),) = db.execute("SELECT sql FROM sqlite_schema WHERE name = 'v_balance'").fetchall()
    head, as_, body = sql.partition(" AS")
    assert now_ in body
    assert altered(file, "DROP VIEW v_balance", head + as_ + body.replace(now_, then, 1))


def test_a_book_that_is_not_there_is_not_taken_up_by_the_next(file: Path) -> None:
    altered(file, 'INSERT INTO "transaction" SELECT 2, number, key, digest, line FROM "transaction"')
    with closing(SqliteStore(file)) as store, pytest.raises(StoreDamaged, match="book 2"):
        store.add("second", CNY, DAY)


@pytest.mark.parametrize("end", ["", "-wal", "-shm", "-journal"])
def test_a_backup_takes_no_name_beside_which_another_file_s_log_lies(file: Path, end: str) -> None:
    target = file.with_name("restored.db")
    Path(f"{target}{end}").write_bytes(b"old")
    with closing(SqliteStore(file, read_only=True)) as store, pytest.raises(BadFile, match="exists"):
        store.backup(target)
    assert [path.name for path in sorted(file.parent.glob("restored*"))] == [f"restored.db{end}"]


def test_the_description_of_an_account_holds_nothing_personal(file: Path) -> None:
    account = Account("c", "asset", CNY, details={"x": {"personal": SECRET}})
    with closing(SqliteStore(file)) as store:
        ledger = Ledger(store, BOOK, now, salts=seeded("t"))
        with pytest.raises(BadTransaction, match="personal"):
            ledger.open([account], key="c")


ODD: list[Any] = [
    {"personal": {"iban": 6222.0212}},
    {"personal": {"born": date(1980, 2, 3)}},
    {"personal": {5551234: "x"}},
]


@pytest.mark.parametrize("details", ODD)
def test_what_is_not_plain_is_refused_without_saying_what_it_was(file: Path, details: Any) -> None:
    given = Transaction(key="x", kind="x", effective_on=DAY, details=details)
    with closing(SqliteStore(file)) as store:
        ledger = Ledger(store, BOOK, now, salts=seeded("t"))
        with pytest.raises(BadTransaction) as refusal:
            ledger.post(given)
    said = str(refusal.value.as_dict())
    assert not any(value in said for value in ("6222", "1980", "5551234"))


@pytest.mark.parametrize(
    "place",
    [
        f"postgresql://u:{SECRET}@h/d",
        f" postgresql://u:{SECRET}@h/d",
        f"postgresql:u:{SECRET}@h/d",
        f"postgres+x_y://u:{SECRET}@h/d",
    ],
)
def test_a_password_in_a_url_is_not_repeated(place: str) -> None:
    with pytest.raises(UnknownName) as refusal:
        file_of(place)
    assert SECRET not in str(refusal.value.as_dict())
