"""`verify` finds whatever was changed behind the ledger's back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.ledger.conftest import ACCOUNTS, BOOK, NOON
from tests.ledger.forging import codes, edited, forge, found_in
from tests.ledger.making import DAY, evolve, leg, move

from bankcore.errors import BankcoreError, SealBroken, SealMissing, StoreDamaged, VerificationFailed
from bankcore.ledger.accounts import Account, AccountPath
from bankcore.ledger.additions import Additions
from bankcore.ledger.encoding import digest, encode
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.evidence.seals import seal_journal, seals
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.posting.states import AccountState
from bankcore.ledger.transactions import Record, Transaction, timestamp
from bankcore.stores.engine import driver as sqlite3
from bankcore.stores.memory import MemoryStore
from bankcore.stores.sqlite import SqliteStore
from bankcore.testing.store_contract.contract import additions_of

LATER = DAY + timedelta(days=1)


def fill(ledger: Ledger) -> None:
    """A history that uses every field."""
    ledger.post(
        move("1", "a", "cash", 700, description="first", agreement="x", actor="officer:1", details={"n": 1})
    )
    ledger.post(move("2", "cash", "a", 200))
    ledger.reverse(3, key="3", effective_on=DAY)
    ledger.post(move("4", "a", "cash", 1, corrects=2, records=(Record("note", "n", {"text": "a"}),)))
    ledger.post(
        Transaction(key="5", kind="note", effective_on=DAY, records=(Record("note", "n", {"text": "b"}, 2),))
    )
    ledger.change(AccountPath("a"), key="6", reason="line", floor=-100)
    later = NOON + timedelta(days=1)
    for key in ("8", "9", "10", "11"):
        ledger.post(move(key, "a", "cash", 3, pending=True, expires_at=None if key == "8" else later))
    ledger.capture(9, key="12", effective_on=DAY, postings=(leg("cash", 2), leg("a", -2)))
    ledger.release(10, key="13", effective_on=DAY)
    ledger.close_period(DAY, key="7")


def test_a_sound_book_verifies(ledger: Ledger) -> None:
    fill(ledger)
    found = verify(ledger.reader, BOOK).require()
    assert (found.transactions, found.postings, found.records, found.accounts) == (14, 18, 13, 8)
    assert found.seals == 1
    assert found.digest == ledger.reader.head().digest


def test_the_walk_tells_how_many_transactions_it_has_read(ledger: Ledger) -> None:
    ledger.post_many([move(f"many{n}", "a", "cash", 1) for n in range(1_100)])
    told: list[int] = []
    found = verify(ledger.reader, BOOK, progress=told.append).require()
    assert told == [500, 500, found.transactions - 1_000]


def test_a_record_named_like_an_account_is_none(ledger: Ledger) -> None:
    first = Record("note", "cash", {})
    records = (first, first.next(text="b"))
    ledger.post(Transaction(key="1", kind="note", effective_on=DAY, records=records))
    verify(ledger.reader, BOOK).require()


def test_an_empty_book_verifies(store: Any) -> None:
    ledger = Ledger.create(store, BOOK, clock=lambda: NOON)
    assert verify(ledger.reader, BOOK).require().digest == BOOK.genesis()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    store = SqliteStore(tmp_path / "sound.db", create=True)
    ledger = Ledger.create(store, BOOK, clock=lambda: NOON)
    ledger.open(ACCOUNTS, key="open")
    fill(ledger)
    store.close()
    return tmp_path / "sound.db"


def findings(file: Path) -> list[str]:
    """The codes that opening and verifying the file gives."""
    try:
        store = SqliteStore(file)
    except BankcoreError as error:
        return [error.code]
    try:
        if [book.id for book in store.books()] != [BOOK.id]:
            return ["another book"]
        (book,) = store.books()
        return [finding.code for finding in verify(store.reading(book.id), book).findings]
    except BankcoreError as error:
        return [error.code]
    finally:
        store.close()


def cells(file: Path) -> Iterator[tuple[str, str, str, Any, tuple[Any, ...]]]:
    """Every cell of every table: table, column, condition, value, key of the row."""
    with closing(sqlite3.connect(file)) as db:
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in (name for name in tables if not name.startswith(("sqlite_", "_"))):
            columns = list(db.execute(f'PRAGMA table_info("{table}")'))
            keys = [column[1] for column in columns if column[5]]
            condition = " AND ".join(f'"{key}" = ?' for key in keys)
            for row in db.execute(f'SELECT * FROM "{table}"').fetchall():
                named = dict(zip([column[1] for column in columns], row, strict=True))
                for column, value in named.items():
                    yield table, column, condition, value, tuple(named[key] for key in keys)


def other(value: Any) -> Any:
    """A value one bit away."""
    if value is None:
        return 1
    if isinstance(value, int):
        return value ^ 1
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1]) + value[1:]
    return (chr(ord(value[0]) ^ 1) + value[1:]) if value else "x"


def test_the_unedited_copy_has_no_finding(file: Path) -> None:
    assert findings(edited(file)) == []


def test_every_cell_changed_by_hand_is_found(file: Path) -> None:
    missed, seen = [], 0
    for table, column, condition, value, key in cells(file):
        change = (f'UPDATE OR FAIL "{table}" SET "{column}" = ? WHERE {condition}', (other(value), *key))
        try:
            copy = edited(file, change)
        except sqlite3.IntegrityError:
            continue  # the database itself refuses such a value
        seen += 1
        if not findings(copy):
            missed.append((table, column, key, value))
    assert missed == []
    assert seen > 200


def test_every_value_of_a_seal_changed_by_hand_is_found(file: Path) -> None:
    with closing(sqlite3.connect(file)) as db:
        ((text,),) = db.execute("SELECT data FROM record WHERE kind = 'seal'").fetchall()
    values = [str(value) for value in json.loads(text).values()]
    assert len(values) == 10
    for value in values:
        for changed in (value[:-1] + chr(ord(value[-1]) ^ 1), value[:-1] + chr(ord(value[-1]) ^ 32)):
            sql = "UPDATE record SET data = replace(data, ?, ?) WHERE kind = 'seal'"
            assert findings(edited(file, (sql, (value, changed)))), (value, changed)


def test_every_row_deleted_by_hand_is_found(file: Path) -> None:
    rows = {(table, condition, key) for table, _, condition, _, key in cells(file)}
    missed = [
        (table, key)
        for table, condition, key in sorted(rows, key=str)
        if not findings(edited(file, (f'DELETE FROM "{table}" WHERE {condition}', key)))
    ]
    assert missed == []


def test_a_forged_transaction_at_the_end_is_found(file: Path) -> None:
    ledger = Ledger(SqliteStore(file), BOOK, clock=lambda: NOON)
    last = ledger.reader.head().number
    ledger.store.close()
    sql = f'UPDATE "transaction" SET digest = zeroblob(32) WHERE number = {last}'
    assert "broken_chain" in findings(edited(file, (sql, ())))


def test_a_book_under_another_name_is_found(ledger: Ledger) -> None:
    fill(ledger)
    with pytest.raises(VerificationFailed) as failed:
        verify(ledger.reader, evolve(BOOK, opened_on=DAY + timedelta(days=1))).require()
    first = failed.value.findings[0]
    assert first.code == "broken_chain"
    assert first.fields() == {"number": 1, "reason": "its digest is not that of its line"}
    assert failed.value.as_dict()["count"] == len(failed.value.findings)


def test_data_that_no_ledger_writes_is_found(file: Path) -> None:
    sql = """UPDATE "transaction" SET line = replace(line, '{\\"n\\":1}', '[1]') WHERE number = 2"""
    copy = SqliteStore(edited(file, (sql, ())))
    found = verify(copy.reading(BOOK.id), BOOK).findings
    copy.close()
    assert found[0].fields() == {"number": 2, "reason": "its line cannot be read: '[1]' is not a mapping"}


@pytest.mark.parametrize(
    "change",
    [
        "\"transaction\" SET line = replace(line, 'Z', '')",
        "\"transaction\" SET line = replace(line, 'Z', '+05:00')",
        "\"transaction\" SET line = replace(line, '.000000', '')",
        "\"transaction\" SET line = replace(line, '-05-', '05')",
        "book SET opened_on = replace(opened_on, '-', '')",
        "record SET data = '{}' WHERE kind = 'account' AND version = 2",
        "record SET data = '[1]' WHERE kind = 'account' AND version = 1",
        "record SET data = '{\"through\":\"x\"}' WHERE kind = 'period'",
        "record SET data = '' WHERE kind = 'period'",
    ],
)
def test_what_is_written_in_another_way_is_damage_to_everybody(file: Path, change: str) -> None:
    copy = edited(file, (f"UPDATE {change}", ()))
    assert findings(copy)[0] == (
        "broken_chain" if "line" in change or "record" in change else "store_damaged"
    )
    with suppress(StoreDamaged):  # the only error that may leave
        store = SqliteStore(copy)
        ledger = Ledger(store, store.books()[0], clock=lambda: NOON)
        ledger.post(move("late", "a", "cash", 1, effective_on=DAY + timedelta(days=1)))
        assert ledger.books.today


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("DELETE FROM record_head WHERE kind = 'note'", "record note n: 2 is its latest version"),
        (
            "UPDATE record_head SET version = 1 WHERE kind = 'note'",
            "record note n: 2 is its latest version",
        ),
    ],
)
def test_a_latest_version_that_is_not_the_journal_s_is_found(file: Path, change: str, reason: str) -> None:
    store = SqliteStore(edited(file, (change, ())))
    found = [each.fields() for each in verify(store.reading(BOOK.id), BOOK).findings]
    store.close()
    assert {"number": 14, "reason": reason} in found


def test_what_the_store_finds_in_itself_is_found(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "own.db", create=True)
    ledger = Ledger.create(store, BOOK, clock=lambda: NOON)
    ledger.open(ACCOUNTS, key="open")
    with store.writing(BOOK.id) as writer:
        writer.append(Additions(balances=[(9, 0, 0, 0, 0, 0, 1)]))
    found = found_in(ledger)
    store.close()
    assert found == (("broken_chain", 1, "1 balances without their account, such as account 9"),)


def test_a_row_replaced_by_hand_is_found(file: Path) -> None:
    """SQLite's own REPLACE slips past a delete trigger; the journal does not."""
    copy = edited(file)
    with closing(sqlite3.connect(copy)) as db:
        db.execute(
            "INSERT OR REPLACE INTO posting SELECT book_id, account_id, sequence, number, quantity + 1,"
            " balance + 1, debits, horizon FROM posting WHERE account_id = 1 AND sequence = 1"
        )
        db.commit()
    assert findings(copy) == ["balance_drift"]  # its quantity; that the balance after it is as wrong follows


# --- a journal written by a program that skips the rules -------------------------------------------


CASH, A, B, DUE, CONTRA = 1, 2, 3, 7, 8  # ids in the order of opening
PAID_IN = ((CASH, 1, 5), (A, 1, -5))  # the places of 5 from `a` to `cash`


@pytest.fixture
def unguarded() -> Ledger:
    """A ledger on the store that has no constraints of its own."""
    ledger = Ledger.create(MemoryStore(), BOOK, clock=lambda: NOON)
    ledger.open(ACCOUNTS, key="open")
    return ledger


def test_a_broken_floor_is_found(ledger: Ledger) -> None:
    found = forge(ledger, move("x", "cash", "a", 5), ((A, 1, 5), (CASH, 1, -5)))
    assert found == (("limit_broken", "a", 2, -5, 0, None),)


def test_a_broken_ceiling_is_found(ledger: Ledger) -> None:
    much = move("x", "b", "cash", 2_000_00)
    found = forge(ledger, much, ((CASH, 1, 2_000_00), (B, 1, -2_000_00)))
    assert found == (("limit_broken", "b", 2, 2_000_00, 1_000_00, None),)


def test_a_limit_broken_by_a_hold_is_found(ledger: Ledger) -> None:
    found = forge(ledger, move("x", "cash", "a", 5, pending=True), ((A, 0, 0), (CASH, 0, 0)))
    assert found == (("limit_broken", "a", 2, -5, 0, None),)
    incoming = move("y", "b", "cash", 1_000_01, pending=True)
    assert forge(ledger, incoming, ((CASH, 0, 0), (B, 0, 0)))[1:] == (
        ("limit_broken", "b", 3, 1_000_01, 1_000_00, None),
    )


def test_what_moves_away_from_its_limit_is_no_finding(ledger: Ledger) -> None:
    ledger.post(move("1", "cash", "line", 400))
    ledger.post(move("2", "b", "cash", 700))
    ledger.change(AccountPath("line"), key="3", reason="review", floor=0)
    ledger.change(AccountPath("b"), key="4", reason="review", ceiling=500)
    ledger.post(move("5", "line", "cash", 100))
    ledger.post(move("6", "cash", "b", 100))
    ledger.change(AccountPath("b"), key="7", reason="review", ceiling=600)  # where it stands
    verify(ledger.reader, BOOK).require()
    found = forge(ledger, move("x", "cash", "line", 1), ((4, 3, 301), (CASH, 5, 299)))
    assert found == (("limit_broken", "line", 9, -301, 0, None),)
    found = forge(ledger, move("y", "b", "cash", 1), ((CASH, 6, 300), (B, 3, -601)))
    assert found[1:] == (("limit_broken", "b", 10, 601, 600, None),)


def test_an_unbalanced_entry_is_found(ledger: Ledger) -> None:
    lopsided = Transaction(key="x", kind="x", effective_on=DAY, postings=(leg("cash", 5), leg("a", -4)))
    assert forge(ledger, lopsided, ((CASH, 1, 5), (A, 1, -4))) == (
        ("unbalanced_journal", 2, "CNY/2", "on balance", 1),
    )
    crossed = Transaction(key="y", kind="x", effective_on=DAY, postings=(leg("cash", -2), leg("due", 2)))
    assert forge(ledger, crossed, ((CASH, 2, 3), (DUE, 1, 2)))[1:] == (
        ("unbalanced_journal", 3, "CNY/2", "on balance", -2),
        ("unbalanced_journal", 3, "CNY/2", "memorandum", 2),
    )


def test_a_gap_in_a_sequence_is_found(ledger: Ledger) -> None:
    found = forge(ledger, move("x", "a", "cash", 5), ((CASH, 2, 5), (A, 1, -5)))
    assert found == (("sequence_gap", "cash", 1, 2),)


def test_a_wrong_balance_after_a_posting_is_found(ledger: Ledger) -> None:
    found = forge(ledger, move("x", "a", "cash", 5), ((CASH, 1, 6), (A, 1, -5)))
    assert found == (("balance_drift", "cash", "balance after 1", "6", "5"),)


def test_a_posting_into_a_closed_period_is_found(ledger: Ledger) -> None:
    ledger.close_period(DAY, key="close")
    found = forge(ledger, move("x", "a", "cash", 5), PAID_IN)
    assert found == (("broken_chain", 3, "value date 2024-05-01 was already closed"),)
    verified = forge(
        ledger,
        move("y", "a", "cash", 5, effective_on=DAY + timedelta(days=1)),
        ((CASH, 2, 10), (A, 2, -10)),
    )
    assert verified == found


def test_every_field_of_a_forged_seal_is_found(ledger: Ledger) -> None:
    fill(ledger)
    following = ledger.reader.head().number
    period = Record("period", "closed", {"through": LATER.isoformat()}, 2)
    due = seal_journal(BOOK, ledger.reader, LATER, ledger.reader.head()).seal
    right = Transaction(key="x", kind="period.close", effective_on=LATER, records=(period, due.record))
    for name, other in {
        "number": 3, "book": bytes(32), "through": DAY, "first": 1, "last": following + 1,
        "transactions_root": bytes(32), "accounts": 9, "balances_root": bytes(32), "head": bytes(32),
        "previous": bytes(32),
    }.items():  # fmt: skip
        copy = Ledger.create(MemoryStore(), BOOK, clock=lambda: NOON)
        copy.open(ACCOUNTS, key="open")
        fill(copy)
        forged = evolve(due.record, data=evolve(due, **{name: other}).as_data())
        with_seal = evolve(right, records=(period, forged))
        assert codes(forge(copy, with_seal)) == {"seal_broken"}, name
        (finding,) = verify(copy.reader, BOOK).findings
        assert isinstance(finding, SealBroken)
        assert (finding.number, finding.reason.split()[0]) == (2, name)
    assert forge(ledger, right) == ()


def test_a_close_without_its_seal_is_found_once_there_was_one(ledger: Ledger) -> None:
    """A book that is older than seals has closed days without."""
    period = Record("period", "closed", {"through": DAY.isoformat()})
    assert forge(ledger, Transaction(key="x", kind="x", effective_on=DAY, records=(period,))) == ()
    ledger.close_period(LATER, key="sealed")
    second = LATER + timedelta(days=1)
    third = Record("period", "closed", {"through": second.isoformat()}, 3)
    forged = Transaction(key="y", kind="x", effective_on=second, records=(third,))
    assert codes(forge(ledger, forged)) == {"seal_broken"}


@pytest.mark.parametrize("kinds", [["seal"], ["seal", "period"], ["period", "seal", "note"]])
def test_a_close_without_its_seal_and_a_seal_without_its_close_are_found(
    ledger: Ledger, kinds: list[str]
) -> None:
    sealed = seal_journal(BOOK, ledger.reader, DAY, ledger.reader.head())
    period = Record("period", "closed", {"through": DAY.isoformat()})
    named = {"period": period, "seal": sealed.seal.record, "note": Record("note", "n", {})}
    t = Transaction(key="x", kind="x", effective_on=DAY, records=tuple(named[kind] for kind in kinds))
    found = codes(forge(ledger, t, pages=sealed.pages))
    assert found == (set() if "note" in kinds else {"seal_broken", "broken_chain"})  # pages of no seal


def test_a_book_without_a_seal_that_was_kept_is_found(tmp_path: Path) -> None:
    """Whoever puts an older copy in place of a book, or writes it anew, cannot make the kept seals."""
    store = SqliteStore(tmp_path / "book.db", create=True)
    ledger = Ledger.create(store, BOOK, clock=lambda: NOON)
    ledger.open(ACCOUNTS, key="open")
    fill(ledger)
    with store.snapshot() as still:
        older = Ledger(still, BOOK, clock=lambda: NOON)
        ledger.post(move("more", "a", "cash", 1, effective_on=LATER))
        ledger.close_period(LATER, key="later")
        first, second = (seal.digest() for seal in seals(ledger.reader))
        assert verify(ledger.reader, BOOK, [second, first]).require().seals == 2
        assert verify(older.reader, BOOK).findings == ()
        (missing,) = verify(older.reader, BOOK, [first, second]).findings
        assert isinstance(missing, SealMissing)
        assert missing.seal == second.hex()
    store.close()


def test_an_unknown_account_or_another_unit_is_found(unguarded: Ledger) -> None:
    foreign = move("x", "a", "cash", 5, "USD/2")
    assert forge(unguarded, foreign, PAID_IN)[:2] == (
        ("broken_chain", 2, "a posting refers to the unknown account cash"),
        ("broken_chain", 2, "a posting refers to the unknown account a"),
    )


def test_a_posting_under_the_number_of_another_account_is_found(unguarded: Ledger) -> None:
    found = forge(unguarded, move("x", "a", "cash", 5), ((A, 1, 5), (A, 1, -5)))
    assert ("broken_chain", 2, "posting 1 of cash is not stored") in found


def test_a_time_before_the_last_is_found(ledger: Ledger) -> None:
    found = forge(ledger, move("x", "a", "cash", 5), PAID_IN, at=NOON - timedelta(seconds=1))
    assert found == (("broken_chain", 2, "recorded at 2024-05-01T11:59:59.000000Z, before its predecessor"),)


def test_a_missing_number_is_found_once(ledger: Ledger) -> None:
    found = forge(ledger, move("x", "a", "cash", 5), PAID_IN, number=5)
    assert found == (("broken_chain", 5, "number 2 is expected"),)


def test_a_missing_version_is_found(ledger: Ledger) -> None:
    note = Transaction(key="x", kind="x", effective_on=DAY, records=(Record("note", "n", {}, 3),))
    assert ("broken_chain", 2, "record note n: version 3, 1 is expected") in forge(ledger, note)


def test_a_hold_is_resolved_once(unguarded: Ledger) -> None:
    number = unguarded.post(move("1", "a", "cash", 5, pending=True)).number
    unguarded.release(number, key="2", effective_on=DAY)
    again = Transaction(key="x", kind="hold.release", effective_on=DAY, resolves=number)
    assert forge(unguarded, again)[0] == ("broken_chain", 4, "it resolves 2, which is not a live hold")


@pytest.mark.parametrize(
    ("kind", "after", "sound"),
    [("hold.expiry", 0, True), ("hold.expiry", -1, False), ("x", -1, True), ("x", 0, False)],
)
def test_a_hold_ends_on_the_right_side_of_its_expiry(
    ledger: Ledger, kind: str, after: int, sound: bool
) -> None:
    at = NOON + timedelta(hours=1)
    number = ledger.post(move("1", "a", "cash", 5, pending=True, expires_at=at)).number
    ending = Transaction(key="x", kind=kind, effective_on=DAY, resolves=number)
    found = forge(ledger, ending, at=at + timedelta(seconds=after))
    assert found == (() if sound else (("broken_chain", 3, "it resolves 2 on the wrong side of its expiry"),))


@pytest.mark.parametrize("name", ["sequence", "debits", "credits", "pending_debits", "pending_credits"])
def test_a_figure_of_an_account_that_the_journal_does_not_give_is_found(ledger: Ledger, name: str) -> None:
    ledger.post(move("1", "a", "cash", 5))
    state = AccountState(*ledger.reader.states([AccountPath("cash")])[AccountPath("cash")])
    derived = getattr(state, name)
    setattr(state, name, derived + 3)
    with ledger.store.writing(BOOK.id) as writer:
        writer.append(additions_of([], [], [], [state]))
    first, *others = found_in(ledger)
    assert first == ("balance_drift", "cash", name, str(derived + 3), str(derived))
    assert all(name == "sequence" and found[2] == "horizon" for found in others)  # read where the last stands


def test_an_account_that_was_never_opened_is_found(file: Path) -> None:
    data = json.dumps(Account("ghost", "asset", "CNY/2").as_data())
    copy = edited(
        file,
        (
            "INSERT INTO account SELECT 1, 9, 'ghost', type, unit, normal_side, 1, status, floor, ceiling,"
            " opened_on, closed_on, reopened_on, party, details, reason FROM account WHERE account_id = 1",
            (),
        ),
        ("INSERT INTO record VALUES (1, 'account', 'ghost', 1, 1, 9, ?)", (data,)),
        ("INSERT INTO balance VALUES (1, 9, 0, 0, 0, 0, 0, 1)", ()),
    )
    with closing(SqliteStore(copy)) as store:
        found = found_in(Ledger(store, BOOK, clock=lambda: NOON))
    assert found[0] == ("balance_drift", "ghost", "account", "stored", "never opened")
    assert ("broken_chain", 14, "9 accounts are stored, the journal has 8") not in found  # it follows


def test_a_posting_of_an_account_that_was_never_opened_is_found(unguarded: Ledger) -> None:
    line = move("x", "a", "ghost", 5)
    head = unguarded.reader.head()
    written = encode(2, timestamp(NOON), line, ((1, 5), (1, -5)))
    with unguarded.store.writing(BOOK.id) as writer:
        writer.append(Additions(transactions=[(2, "x", digest(head.digest, written), written)]))
    found = found_in(unguarded)
    assert found[0] == ("broken_chain", 2, "a posting refers to the unknown account ghost")


def test_the_first_finding_is_what_is_said(ledger: Ledger) -> None:
    forge(ledger, move("x", "cash", "a", 5), ((A, 1, 5), (CASH, 1, -5)))
    verified = verify(ledger.reader, BOOK)
    with pytest.raises(VerificationFailed) as failed:
        verified.require()
    assert failed.value.fields() == {
        "count": 1,
        "first": "account a stands at -5 after transaction 2, beyond 0",
        "findings": verified.findings,
        "follows": (0,),
    }
