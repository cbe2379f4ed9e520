"""What only the SQLite store promises: its file, its guards, its errors."""

from __future__ import annotations

import os
import sqlite3 as codes
import subprocess
import sys
from contextlib import closing, contextmanager
from datetime import date
from decimal import Decimal
from itertools import takewhile
from pathlib import Path
from tempfile import gettempdir

import pytest
from tests.ledger.making import evolve

from bankcore.errors import (
    BadTransaction,
    NotABook,
    SchemaMismatch,
    StoreDamaged,
    StoreFull,
    StoreLocked,
    StoreReadOnly,
    StoreUnavailable,
    UnknownName,
)
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.additions import Additions, Place
from bankcore.ledger.transactions import Record
from bankcore.stores.connection import Connection, establish_schema, translate
from bankcore.stores.engine import driver as sqlite3
from bankcore.stores.files import file_uri
from bankcore.stores.schema import APPLICATION_ID, VERSION, expected_definitions
from bankcore.stores.sqlite import SqliteStore
from bankcore.stores.waiting import Patience
from bankcore.testing.store_contract.contract import additions_of

A, DAY = AccountPath("a"), date(2024, 5, 1)
NOBODY = 65534


@pytest.fixture
def written(opener, book, make):
    """An author with three accounts and some entries in a file."""
    store = opener(create=True)
    store.create(book)
    author = make.author(store, book)
    author.open("a", "a:b", "a:bc")
    author.write(make.transfer("k", "a", "a:b", 5), make.fact("f", Record("binding", "x", {"n": 1})))
    return author


@contextmanager
def by_hand(path):
    """The file under another program that knows nothing of bankcore."""
    with closing(sqlite3.connect(path)) as conn, conn:
        yield conn


@contextmanager
def unprivileged():
    """As a user whom file permissions bind."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def listing(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


# --- opening -------------------------------------------------------------------------------------


def test_a_file_is_made_and_opened_again(opener, path, written):
    head = written.store.reading(1).head()
    written.store.close()
    assert list(listing(path.parent)) == [path.name]
    with by_hand(path) as conn:
        assert conn.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        assert conn.execute("PRAGMA user_version").fetchone() == (VERSION,)
        assert conn.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    for options in ({}, {"create": True}, {"read_only": True}, {"create": True, "read_only": True}):
        store = opener(**options)
        assert store.reading(1).head() == head
        assert store.books() == (written.book,)
        store.close()


def test_an_empty_file_becomes_a_book_only_when_asked(opener, path):
    path.touch()
    with pytest.raises(NotABook, match="empty"):
        opener()
    assert opener(create=True).books() == ()


def test_a_creation_that_was_cut_short_can_be_done_again(opener, path):
    with by_hand(path) as conn:
        conn.execute("VACUUM")  # a header and nothing else
    assert path.stat().st_size
    with pytest.raises(NotABook):
        opener()
    assert opener(create=True).books() == ()


@pytest.mark.parametrize("create", [False, True])
def test_what_is_no_file_of_ours_is_refused_untouched(tmp_path, create):
    folder = tmp_path / "folder"
    folder.mkdir()
    text = folder / "text"
    text.write_text("date,amount\n" * 100)
    foreign, tagged = folder / "foreign", folder / "tagged"
    for file, tag in ((foreign, 0), (tagged, 7)):
        with by_hand(file) as conn:
            conn.execute("CREATE TABLE book(x)")
            conn.execute(f"PRAGMA application_id = {tag}")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    before = listing(folder)
    for path in (
        folder,
        text,
        foreign,
        tagged,
        pipe,
        tmp_path / "no" / "book",
        text / "book",
        "a\0b",
        "x" * 999,
    ):
        with pytest.raises(NotABook):
            SqliteStore(path, create=create)
    assert listing(folder) == before
    assert {file.name for file in tmp_path.iterdir()} == {"folder", "pipe"}


def test_a_missing_file_is_not_made_by_reading(tmp_path):
    for options in ({}, {"read_only": True}, {"read_only": True, "create": True}):
        with pytest.raises(NotABook, match="no such file"):
            SqliteStore(tmp_path / "book", **options)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("found", [0, VERSION + 1])
def test_another_schema_is_refused(opener, path, written, found):
    written.store.close()
    with by_hand(path) as conn:
        conn.execute(f"PRAGMA user_version = {found}")
    for options in ({}, {"create": True}, {"read_only": True}):
        with pytest.raises(SchemaMismatch) as refused:
            opener(**options)
        assert (refused.value.found, refused.value.expected) == (found, VERSION)


def test_a_damaged_file_is_refused(opener, path, written):
    written.store.close()
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * 3_000)
    with pytest.raises(StoreDamaged, match="malformed"):
        opener()


def test_permissions_are_kept(opener, path, written):
    written.store.close()
    folder = path.parent
    for above in takewhile(lambda above: above != Path(gettempdir()), folder.parents):
        above.chmod(0o755)  # pytest's own folders are closed to others
    path.chmod(0o444)
    folder.chmod(0o555)
    before = listing(folder)
    with unprivileged():
        for options in ({}, {"create": True}):
            with pytest.raises(StoreReadOnly, match="write-protected"):
                opener(**options)
        with pytest.raises(StoreReadOnly):
            SqliteStore(folder / "new", create=True)
        with pytest.raises(StoreReadOnly, match="cannot detect a writer"):
            opener(read_only=True)
    path.chmod(0)
    with unprivileged(), pytest.raises(NotABook, match="cannot be read"):
        opener(read_only=True)
    folder.chmod(0o755)
    path.chmod(0o644)
    assert listing(folder) == before


def test_reading_only_writes_nothing(opener, path, book, written):
    written.store.close()
    store = opener(read_only=True)
    assert [state.account.path for state in store.reading(1).accounts()] == ["a", "a:b", "a:bc"]
    for attempt in (lambda: store.create(book), lambda: store.writing(1).__enter__()):
        with pytest.raises(StoreReadOnly, match="reading only"):
            attempt()
    store.close()
    assert list(listing(path.parent)) == [path.name]


def test_durability(opener):
    assert opener(create=True)._writer.rows("PRAGMA synchronous") == [(2,)]
    assert opener(create=True, durability="normal")._writer.rows("PRAGMA synchronous") == [(1,)]
    with pytest.raises(UnknownName, match="full, normal"):
        opener(durability="none")


# --- guards --------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", ["book", "transaction", "account", "posting", "record"])
def test_the_journal_cannot_be_edited_by_hand(path, written, table):
    with by_hand(path) as conn:
        for sql in (f'UPDATE "{table}" SET book_id = 2', f'DELETE FROM "{table}"'):
            with pytest.raises(sqlite3.IntegrityError, match=f"{table} rows of a book are append-only"):
                conn.execute(sql)


@pytest.mark.parametrize(
    ("edit", "fault"),
    [
        ("DROP TRIGGER posting_no_delete", "the schema lacks posting_no_delete"),
        ("DROP INDEX link_reverses", "the schema lacks link_reverses"),
        ("CREATE TABLE own(x)", "the schema's own is not as bankcore created it"),
        ("ALTER TABLE balance ADD COLUMN x TEXT", "the schema's balance is not as bankcore created it"),
        ("DROP TABLE record_head", "no such table: record_head"),
        (
            "INSERT INTO posting VALUES (1, 1, 9, 77, 5, 5, 5, 738000)",
            "1 postings without their transaction, such as number 77",
        ),
        (
            "INSERT INTO posting VALUES (1, 9, 1, 2, 5, 5, 5, 738000)",
            "1 postings without their account, such as account 9",
        ),
        (
            "INSERT INTO record VALUES (1, 'binding', 'x', 2, 77, 1, '')",
            "1 records without their transaction, such as number 77",
        ),
        (
            "INSERT INTO record VALUES (1, 'account', 'z', 1, 2, 9, '')",
            "1 account records without their account, such as z",
        ),
        (
            "INSERT INTO account VALUES (1, 9, 'z', 'asset', 'CNY/2', 'debit', 1, 'open',"
            " NULL, NULL, NULL, NULL, NULL, '', '', '')",
            "1 accounts without the record that opened them, such as z",
        ),
        ("DELETE FROM balance WHERE account_id = 2", "1 accounts without their balance, such as a:b"),
        (
            "INSERT INTO balance VALUES (1, 9, 0, 0, 0, 0, 0, 1)",
            "1 balances without their account, such as account 9",
        ),
        (
            "UPDATE balance SET version = 2 WHERE account_id = 3",
            "1 balances that do not follow the newest record of their account, such as a:bc",
        ),
        (
            "UPDATE record_head SET version = 2 WHERE kind = 'binding'",
            "1 record heads that are not the newest version, such as binding x",
        ),
        (
            "DELETE FROM record_head WHERE kind = 'binding'",
            "1 record versions without a record head, such as binding x",
        ),
    ],
)
def test_faults_are_found(path, written, edit, fault):
    reader = written.store.reading(1)
    assert list(reader.faults()) == []
    with by_hand(path) as conn:
        conn.execute(edit)
    assert fault in list(reader.faults())


def test_a_weakened_guard_is_found(path, written):
    with by_hand(path) as conn:
        conn.execute("DROP TRIGGER record_no_update")
        conn.execute("CREATE TRIGGER record_no_update BEFORE UPDATE ON record WHEN 0 BEGIN SELECT 1; END")
    assert list(written.store.reading(1).faults()) == [
        "the schema's record_no_update is not as bankcore created it"
    ]


def test_faults_in_the_bytes_are_found(opener, path, book, written):
    written.store.close()
    with by_hand(path) as conn:
        (page,) = conn.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'posting'").fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\x0a\xff\xff\xff" * 100)
    assert list(opener().reading(1).faults())


def test_migrations_guard_every_table_of_the_journal():
    names = set(expected_definitions())
    assert {f"{table}_no_{event}" for table in ("book", "transaction", "account", "posting", "record")
            for event in ("update", "delete")} <= names  # fmt: skip


# --- errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        (sqlite3.SQLITE_BUSY, StoreLocked),
        (codes.SQLITE_BUSY_SNAPSHOT, StoreLocked),
        (sqlite3.SQLITE_LOCKED, StoreLocked),
        (codes.SQLITE_IOERR_FSYNC, StoreUnavailable),
        (sqlite3.SQLITE_CANTOPEN, StoreUnavailable),
        (sqlite3.SQLITE_NOMEM, StoreUnavailable),
        (codes.SQLITE_READONLY_DBMOVED, StoreReadOnly),
        (sqlite3.SQLITE_PERM, StoreReadOnly),
        (sqlite3.SQLITE_FULL, StoreFull),
        (sqlite3.SQLITE_NOTADB, NotABook),
        (sqlite3.SQLITE_CORRUPT, StoreDamaged),
        (codes.SQLITE_CONSTRAINT_UNIQUE, StoreDamaged),
        (sqlite3.SQLITE_ERROR, StoreDamaged),
    ],
)
def test_every_error_of_the_driver_has_a_meaning(code, meaning):
    error = sqlite3.OperationalError("why")
    error.sqlite_errorcode = code
    translated = translate(error, "book.db")
    assert type(translated) is meaning
    assert (translated.place, translated.reason) == ("book.db", "why")
    assert translated.transient == issubclass(meaning, StoreUnavailable)


def test_a_full_disk_undoes_the_commit_and_leaves_the_store_usable(written, make):
    store = written.store
    before = store.reading(1).head()
    ((pages,),) = store._writer.rows("PRAGMA page_count")
    store._writer.run(f"PRAGMA max_page_count = {pages + 2}")
    many = [make.transfer(f"many{i}", "a", "a:b", 1, description="x" * 500) for i in range(1_000)]
    with pytest.raises(StoreFull, match="full"):
        written.write(*many)
    assert store.reading(1).head() == before
    store._writer.run("PRAGMA max_page_count = 1073741823")
    written.write(*many)
    assert store.reading(1).head().number == before.number + 1_000
    assert list(store.reading(1).faults()) == []


def test_a_file_that_cannot_be_opened_is_unavailable(tmp_path):
    with pytest.raises(StoreUnavailable, match="unable to open"):
        Connection("book", file_uri(tmp_path / "book", create=False, read_only=False), Patience("book", 0))


def test_a_full_disk_leaves_no_half_made_schema(path, opener):
    connection = Connection("book", file_uri(path, create=True, read_only=False), Patience("book", 0))
    connection.tune(["max_page_count = 3"])
    with pytest.raises(StoreFull):
        establish_schema(connection, fresh=True, read_only=False)
    connection.close()
    assert opener(create=True).books() == ()


def test_another_program_or_thread_that_writes_is_waited_for(opener, path, written, make):
    store = opener(timeout=0.05)
    with by_hand(path) as conn:
        conn.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreLocked, match=r"waited 0\.05 seconds"), store.writing(1):
            pass
    with store.writing(1), pytest.raises(StoreLocked, match="another thread"), store.writing(1):
        pass
    make.author(store, written.book).write(make.transfer("k2", "a", "a:b", 5))


def test_what_a_writer_has_not_committed_is_not_read(written, make):
    with written.store.writing(1) as writer:
        written.append(writer, make.transfer("k2", "a", "a:b", 5))
        assert written.store.reading(1).head().number == 3
    assert written.store.reading(1).head().number == 4


def test_an_unfinished_reading_holds_back_no_checkpoint(written, make):
    written.write(*(make.transfer(f"k{i}", "a", "a:b", 1) for i in range(1_500)))
    entries = written.store.reading(1).entries()
    next(entries)
    assert written.store._writer.rows("PRAGMA wal_checkpoint(TRUNCATE)") == [(0, 0, 0)]
    assert len(list(entries)) == 1_502


def test_a_listing_begins_where_it_is_asked_to(opener, book, make):
    """The last page costs what the first does: nothing before it is read."""
    author = make.author(store := opener(create=True), book)
    store.create(book)
    names = [f"x:{i:04}" for i in range(2_000)]
    author.open(*names)
    author.write(make.fact("facts", *(Record("fact", name, {}) for name in names)))
    reader = store.reading(1)
    for listing in (reader.accounts, reader.nets, lambda *page: reader.records("fact", *page)):
        for root in ("", "x"):
            costs = [machine_steps(store, listing, root, after, 10) for after in ("", names[-11])]
            assert max(costs) < 2 * min(costs), costs


def machine_steps(store, listing, *page):
    """How many instructions of SQLite's virtual machine the ten items of a page take, in tens."""
    steps = []
    store._reader.conn.set_progress_handler(lambda: steps.append(1), 10)
    assert len(list(listing(*page))) == 10
    store._reader.conn.set_progress_handler(None, 10)
    return len(steps)


@pytest.mark.parametrize("quantity", [Decimal(1), 2**63, 10**30])
def test_what_no_column_can_hold_is_refused(written, make, quantity):
    refuse_position(written, make, quantity, BadTransaction)


def refuse_position(written, make, balance, error):
    before = written.store.reading(1).head()
    t = make.transfer("odd", "a", "a:b", 1)
    (entry,) = written.write(t)
    wrong = evolve(entry, number=entry.number + 1, transaction=evolve(t, key="odder"))
    places = (Place(1, 9, balance, 1, DAY), Place(2, 9, 1, 1, DAY))
    with pytest.raises(error), written.store.writing(1) as writer:
        writer.append(additions_of([wrong], [places], [], []))
    assert written.store.reading(1).head().number == before.number + 1


def test_an_integer_column_refuses_other_numbers(written, make):
    refuse_position(written, make, Decimal("1.5").__float__(), StoreDamaged)


def test_text_that_is_no_unicode_is_refused(written, make):
    (entry,) = written.write(make.transfer("odd", "a", "a:b", 1))
    wrong = evolve(entry, number=99, transaction=make.fact("\ud800"))
    with pytest.raises(BadTransaction), written.store.writing(1) as writer:
        writer.append(additions_of([wrong], [()], [], []))


def test_an_entry_twice_is_refused(written, make):
    (entry,) = written.write(make.transfer("k2", "a", "a:b", 1))
    with pytest.raises(StoreDamaged, match="UNIQUE"), written.store.writing(1) as writer:
        writer.append(Additions(transactions=[(entry.number, "k9", entry.digest, entry.line)]))
    written.write(make.transfer("k3", "a", "a:b", 1))


@pytest.mark.parametrize("data", ["{", "[1]", '"x"', "[" * 100_000])
def test_a_row_of_somebody_elses_is_reported(path, written, data):
    with by_hand(path) as conn:
        conn.execute("UPDATE account SET details = ? WHERE path = 'a'", (data,))
    with pytest.raises(StoreDamaged, match="cannot be read"):
        written.store.reading(1).states([A])


def test_text_in_another_encoding_is_reported(path, written):
    with by_hand(path) as conn:
        conn.execute("INSERT INTO record VALUES (1, 'binding', 'x', 2, 2, 9, CAST(x'ff' AS TEXT))")
    with pytest.raises(StoreDamaged, match="UTF-8"):
        list(written.store.reading(1).versions("binding", "x"))


def test_damage_that_sqlite_itself_cannot_name_is_reported(opener, path, written):
    """The message quotes the broken schema, whose bytes are no UTF-8."""
    written.store.close()
    data = path.read_bytes()
    assert b"CREATE TABLE posting(" in data
    path.write_bytes(data.replace(b"CREATE TABLE posting(", b"CREATE TABL\xec posting("))
    for options in ({}, {"read_only": True}):
        with pytest.raises(StoreDamaged):
            opener(**options)


@pytest.mark.parametrize("instead", [None, "another book"])
def test_nothing_is_written_to_a_file_that_is_gone(opener, path, written, make, instead):
    path.rename(path.with_name("away.db"))
    if instead:
        path.write_text(instead)
    with pytest.raises(NotABook, match="removed or replaced"):
        written.write(make.transfer("k2", "a", "a:b", 1))
    path.with_name("away.db").rename(path)
    assert written.write(make.transfer("k2", "a", "a:b", 1))


def test_a_schema_without_a_table_is_reported(path, written, make):
    with by_hand(path) as conn:
        conn.execute("DROP TABLE balance")
    with pytest.raises(StoreDamaged, match="balance"):
        written.write(make.transfer("k2", "a", "a:b", 1))


# --- processes -----------------------------------------------------------------------------------

_PROCESS = """
import importlib.util, sys
from datetime import date
spec = importlib.util.spec_from_file_location("conftest", sys.argv[1])
conftest = importlib.util.module_from_spec(spec)
spec.loader.exec_module(conftest)
store = conftest.SqliteStore(sys.argv[2])
author = conftest.Author(store, store.books()[0])
for i in range(40):
    author.write(conftest.transfer(f"{sys.argv[3]}{i}", "a", "a:b", 1))
store.close()
"""


def test_two_processes_lose_nothing(path, written):
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    here = str(Path(__file__).with_name("conftest.py"))
    command = [sys.executable, "-c", _PROCESS, here, str(path)]
    processes = [subprocess.Popen([*command, name], env=environment) for name in "xy"]
    assert [process.wait(timeout=60) for process in processes] == [0, 0]
    reader = written.store.reading(1)
    assert [line.balance for line in reader.lines(A)] == list(range(5, 86))
    assert [entry.number for entry in reader.entries()] == list(range(1, 84))
    assert reader.totals(A, date(2024, 5, 1)) == (85, 0)
    assert list(reader.faults()) == []
