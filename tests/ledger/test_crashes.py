"""Nothing is half-written: every statement fails in turn, and writers are killed in mid-air."""

from __future__ import annotations

import multiprocessing
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

import pytest
from tests.ledger.conftest import ACCOUNTS, BOOK, NOON
from tests.ledger.making import DAY, leg, move

from bankcore.errors import BankcoreError, StoreFull
from bankcore.ledger.accounts import AccountPath, Status
from bankcore.ledger.audit import verify
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.ports import Books
from bankcore.ledger.transactions import Record, Transaction
from bankcore.stores.connection import Connection
from bankcore.stores.memory import MemoryStore
from bankcore.stores.sqlite import SqliteStore

ROUNDS = 4


def clock() -> datetime:
    return NOON


def double(books: Books) -> list[Transaction]:
    return [move("", "a", "cash", books.balance(AccountPath("a")))] * 2


HISTORY: list[Callable[[Ledger], Any]] = [
    lambda ledger: ledger.open(ACCOUNTS, key="open"),
    lambda ledger: ledger.post(move("1", "a", "cash", 700, records=(Record("note", "n", {"text": "a"}),))),
    lambda ledger: ledger.post_many([move("2", "cash", "a", 5), move("3", "cash", "a", 5)]),
    lambda ledger: ledger.reverse(3, key="4", effective_on=DAY),
    lambda ledger: ledger.post(move("5", "cash", "a", 60, pending=True, expires_at=NOON + timedelta(days=1))),
    lambda ledger: ledger.post(move("6", "cash", "a", 60, pending=True)),
    lambda ledger: ledger.capture(6, key="7", effective_on=DAY, postings=(leg("a", 20), leg("cash", -20))),
    lambda ledger: ledger.release(7, key="8", effective_on=DAY),
    lambda ledger: ledger.change(AccountPath("b"), key="9", reason="court", status=Status.FROZEN),
    lambda ledger: ledger.execute("10", {"n": 1}, double),
    lambda ledger: ledger.close_period(DAY, key="11"),
]


class Failing:
    """Lets a number of statements of the write connection through, then fails one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left: int | None = None
        for name in ("run", "many"):
            monkeypatch.setattr(Connection, name, self.counting(getattr(Connection, name)))

    def counting(self, statement: Callable[..., None]) -> Callable[..., None]:
        def counted(connection: Connection, *given: Any) -> None:
            if self.left is not None:
                self.left -= 1
                if self.left < 0:
                    self.left = None
                    raise StoreFull(connection.place, "the test says so")
            statement(connection, *given)

        return counted


def test_every_statement_failed_in_turn_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Ledger.create(MemoryStore(), BOOK, clock)
    store = SqliteStore(tmp_path / "book.db", create=True, durability="normal")
    ledger = Ledger.create(store, BOOK, clock)
    failing = Failing(monkeypatch)
    failures = 0
    for act in HISTORY:
        for nth in range(100):
            head = ledger.reader.head()
            failing.left = nth
            try:
                act(ledger)
            except StoreFull:
                failures += 1
                assert ledger.reader.head() == head
            else:
                failing.left = None
                break
        act(whole)
        assert ledger.reader.head() == whole.reader.head()
    assert failures > 50
    verify(ledger.reader, BOOK).require()
    store.close()


def post_until_full(ledger: Ledger) -> int:
    """How many transactions the disk still took."""
    for n in range(10_000):
        try:
            ledger.post(move(str(n), "a", "cash", 1, description="x" * 500))
        except StoreFull:
            return n
    return pytest.fail("the disk was never full")


def test_a_full_disk_refuses_and_recovers(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "book.db", create=True, durability="normal")
    ledger = Ledger.create(store, BOOK, clock)
    ledger.open(ACCOUNTS, key="open")
    writer = store._writer
    assert writer is not None
    ((pages,),) = writer.rows("PRAGMA page_count")
    writer.run(f"PRAGMA max_page_count = {pages + 2}")
    accepted = post_until_full(ledger)
    assert ledger.balance("a").net == accepted
    writer.run("PRAGMA max_page_count = 100000")
    assert not ledger.post(move(str(accepted), "a", "cash", 1, description="x" * 500)).replayed
    verify(ledger.reader, BOOK).require()
    store.close()


@pytest.mark.parametrize("keep", [10, 50, 90])
def test_a_truncated_file_is_named_and_never_used(tmp_path: Path, keep: int) -> None:
    file = tmp_path / "book.db"
    store = SqliteStore(file, create=True)
    ledger = Ledger.create(store, BOOK, clock)
    ledger.open(ACCOUNTS, key="open")
    ledger.post_many([move(str(n), "a", "cash", 1) for n in range(2_000)])
    store.close()
    content = file.read_bytes()
    file.write_bytes(content[: len(content) * keep // 100])
    with pytest.raises(BankcoreError) as error:
        open_and_verify(file)
    assert error.value.exit_status in (5, 6)


def open_and_verify(file: Path) -> None:
    store = SqliteStore(file)
    try:
        verify(store.reading(BOOK.id), BOOK).require()
    finally:
        store.close()


def write(file: str, first: int, pipe: Pipe) -> None:
    """Post until killed, telling each receipt that was given."""
    ledger = Ledger(SqliteStore(file), BOOK, lambda: datetime.now(UTC))
    for n in range(first, first + 100_000):
        receipt = ledger.post(move(str(n), "a", "cash", 1))
        pipe.send((receipt.key, receipt.number, receipt.digest))


def test_a_killed_writer_loses_no_receipt(tmp_path: Path) -> None:
    file = tmp_path / "book.db"
    store = SqliteStore(file, create=True)
    Ledger.create(store, BOOK, clock).open(ACCOUNTS, key="open")
    store.close()
    context = multiprocessing.get_context("spawn")
    acknowledged: list[tuple[str, int, bytes]] = []
    for life in range(ROUNDS):
        ours, theirs = context.Pipe(duplex=False)
        writer = context.Process(target=write, args=(str(file), life * 100_000, theirs))
        writer.start()
        theirs.close()
        for _ in range(7 * life + 3):  # another instant in every life
            acknowledged.append(ours.recv())
        writer.kill()
        writer.join()
        while True:  # what it still said before it died
            try:
                acknowledged.append(ours.recv())
            except (EOFError, OSError):
                break
        ours.close()
    store = SqliteStore(file)
    ledger = Ledger(store, BOOK, clock)
    assert len(acknowledged) >= 3 * ROUNDS
    for key, number, digest in acknowledged:
        entry = ledger.entry(number)
        assert (entry.transaction.key, entry.digest) == (key, digest)
    verified = verify(ledger.reader, BOOK).require()
    assert ledger.balance("a").net == verified.transactions - 1
    store.close()
    with sqlite3.connect(file) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()
