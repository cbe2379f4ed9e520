"""Nothing is half-written: every call fails in turn, the disk is full, and writers are killed in mid-air."""

from __future__ import annotations

import multiprocessing
import random
import resource
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from multiprocessing.connection import wait
from pathlib import Path
from threading import current_thread, main_thread
from time import monotonic
from typing import Any

import pytest
from attrs import define
from tests.conftest import PROFILE
from tests.ledger import load
from tests.ledger.conftest import ACCOUNTS, BOOK, NOON
from tests.ledger.features import SHARED, Request, history, pay, perform, torn
from tests.ledger.making import move

from bankcore.errors import StoreError, StoreFull, StoreUnavailable
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.ports import Reader, Store
from bankcore.ledger.transactions import Receipt, Transaction
from bankcore.stores.engine import driver as sqlite3
from bankcore.stores.memory import MemoryStore
from bankcore.stores.open import open_store
from bankcore.stores.sqlite import SqliteStore

LIVES, BOOKS = {"dev": (5, 1), "ci": (20, 1), "nightly": (20, 50)}[PROFILE]
STRIDE = 1 if PROFILE == "nightly" else 5  # failures from one verification to the next


@define
class Clock:
    """Stands still, so that a request made again is recorded at the same instant."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def tick(self) -> None:
        self.now += timedelta(seconds=1)


# --- every call failed in turn ------------------------------------------------------------------


def disk_full() -> BaseException:
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL
    return error


def disk_broken() -> BaseException:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = 1034  # SQLITE_IOERR_FSYNC
    return error


def unavailable() -> BaseException:
    return StoreUnavailable("here", "the test says so")


@define
class Fault:
    """Lets a number of points pass and raises at the next; there is one before and one behind each call."""

    error: Callable[[], BaseException]
    left: int | None = None
    committed: bool = False
    committing: bool = False  # whether the last failure was that of a COMMIT

    def point(self) -> None:
        interrupts = self.error is KeyboardInterrupt  # which only the main thread is told of
        if interrupts and current_thread() is not main_thread():
            return
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                self.left = None
                raise self.error()

    def around(self, call: Callable[..., Any], *given: Any, **named: Any) -> Any:
        self.point()
        result = call(*given, **named)
        self.point()
        return result


class FaultyReader:
    """A reader, or a writer, with a point before and behind each call."""

    def __init__(self, reader: Reader, fault: Fault) -> None:
        self._reader, self._fault = reader, fault

    def __enter__(self) -> FaultyReader:
        return self

    def __exit__(self, *_: object) -> None:
        self._fault.around(self._reader.close)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._reader, name)
        return lambda *given, **named: self._fault.around(method, *given, **named)


class FaultyStore:
    """A store whose readers and writers are faulty; the last point lies behind the commit."""

    def __init__(self, store: Store, fault: Fault) -> None:
        self._store, self._fault = store, fault

    def check_owner(self) -> None:
        self._store.check_owner()

    def reading(self, book: int) -> FaultyReader:
        return FaultyReader(self._fault.around(self._store.reading, book), self._fault)

    @contextmanager
    def writing(self, book: int) -> Iterator[FaultyReader]:
        self._fault.point()
        with self._store.writing(book) as writer:
            self._fault.point()
            yield FaultyReader(writer, self._fault)
            self._fault.point()
        self._fault.committed = True
        self._fault.point()


def calls(place: str, fault: Fault, patch: pytest.MonkeyPatch) -> tuple[Store, Store]:
    """A sound store behind a faulty one."""
    store = open_store(place, create=True, durability="normal")
    return store, FaultyStore(store, fault)


def statements(place: str, fault: Fault, patch: pytest.MonkeyPatch) -> tuple[Store, Store]:
    """A faulty driver, under the store."""
    break_driver(fault, patch)
    store = SqliteStore(place, create=True, durability="normal")
    store._guard = None  # a checkpoint of its own that fails is no failure of a request
    return store, store


def break_driver(fault: Fault, patch: pytest.MonkeyPatch) -> None:
    """Put a point before and behind each statement, BEGIN and COMMIT among them."""

    class FaultyConnection(sqlite3.Connection):
        def execute(self, *given: Any) -> Any:
            return self.asked(super().execute, *given)

        def executemany(self, *given: Any) -> Any:
            return self.asked(super().executemany, *given)

        def asked(self, call: Callable[..., Any], *given: Any) -> Any:
            try:
                fault.point()
                answer = call(*given)
                fault.committed = fault.committed or given[0] == "COMMIT"
                fault.point()
                return answer
            except sqlite3.OperationalError as error:
                fault.committing = given[0] == "COMMIT"
                if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
                    self.rollback()  # as SQLite does by itself
                raise

    connect = partial(sqlite3.connect, factory=FaultyConnection)
    patch.setattr(sqlite3, "connect", connect)


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where the book is: in memory, in a file or on a server."""
    if request.param == "server":
        return str(request.getfixturevalue("postgres_url"))
    return "memory:" if request.param == "memory" else str(tmp_path / "book.db")


def receipts(ledger: Ledger, ask: Callable[[Request], Any]) -> list[Receipt]:
    """What an account holder would have in hand after the whole history."""
    ask(lambda: ledger.open(SHARED, key="open"))
    return [receipt for feature in history(ledger) for receipt in perform(feature, ask)]


def undisturbed() -> list[Receipt]:
    clock = Clock()

    def ask(request: Request) -> Any:
        clock.tick()
        return request()

    return receipts(Ledger.create(MemoryStore(), BOOK, clock), ask)


@pytest.mark.parametrize(
    ("place", "made", "error"),
    [
        ("memory", calls, unavailable),
        ("memory", calls, KeyboardInterrupt),
        ("file", calls, unavailable),
        ("file", statements, disk_full),
        ("file", statements, disk_broken),
        ("file", statements, KeyboardInterrupt),
        *([("server", calls, unavailable)] if PROFILE == "nightly" else []),
    ],
    indirect=["place"],
)
def test_every_call_failed_in_turn_leaves_nothing_behind(
    place: str, monkeypatch: pytest.MonkeyPatch, made: Callable[..., Any], error: Any
) -> None:
    fault, clock = Fault(error), Clock()
    store, faulty = made(place, fault, monkeypatch)
    store.create(BOOK)
    ledger = Ledger(faulty, BOOK, clock)
    failures = lost = healed = 0

    def persist(request: Request) -> Any:
        """Ask again and again, each time failing one point later, until there is none left to fail."""
        nonlocal failures, lost, healed
        clock.tick()
        for nth in count():
            before = store.reading(BOOK.id).head()
            fault.left, fault.committed = nth, False
            try:
                answer = request()
            except (StoreError, KeyboardInterrupt):
                assert fault.left is None
                failures += 1
            else:
                if fault.left is None:
                    assert error is disk_broken, "the failure was swallowed"
                    assert fault.committing  # it was unknown whether that had taken effect: asked again
                    healed += 1
                fault.left = None
                return answer
            reader = store.reading(BOOK.id)
            if reader.head() != before:
                assert fault.committed, "what failed was written"
                lost += 1
            if nth % STRIDE == 0 or fault.committed:
                verify(reader, BOOK).require()
                assert not torn(reader)
        return None

    assert receipts(ledger, persist) == undisturbed()
    assert failures > 300
    assert healed + lost > 20  # commits that took effect, but whose caller was told of a failure
    assert (healed > 20) == (error is disk_broken)
    store.close()


def test_every_statement_of_opening_failed_in_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fault = Fault(disk_full)
    break_driver(fault, monkeypatch)
    for nth in count():
        file = tmp_path / f"{nth}.db"
        fault.left = nth
        try:
            SqliteStore(file, create=True).close()
        except StoreError:
            fault.left = None
        else:
            break
        store = SqliteStore(file, create=True)
        assert store.books() == ()
        store.create(BOOK)
        assert list(store.reading(BOOK.id).faults()) == []
        store.close()
    assert nth > 80


# --- a full disk ---------------------------------------------------------------------------------


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger in a file, with no limit on what is written but the disk's."""
    store = SqliteStore(tmp_path / "book.db", create=True, durability="normal")
    ledger = Ledger.create(store, BOOK, Clock())
    ledger.open(ACCOUNTS, key="open")
    yield ledger
    verify(ledger.reader, BOOK).require()
    store.close()


def post_until_full(ledger: Ledger, error: type[StoreError]) -> Transaction:
    """Post until the disk takes no more; the transaction that it did not take."""
    head = ledger.reader.head()
    for n in range(head.number, head.number + 10_000):
        transaction = move(str(n), "a", "cash", 1, description="x" * 500)
        try:
            ledger.post(transaction)
        except error:
            assert ledger.balance("a").net == ledger.reader.head().number - 1 == n - 1
            return transaction
    return pytest.fail("the disk was never full")


def test_a_full_disk_refuses_and_recovers(ledger: Ledger) -> None:
    """The database cannot grow: a statement fails."""
    writer = ledger.store._writer
    ((pages,),) = writer.rows("PRAGMA page_count")
    writer.run(f"PRAGMA max_page_count = {pages + 2}")
    refused = post_until_full(ledger, StoreFull)
    verify(ledger.reader, BOOK).require()
    writer.run("PRAGMA max_page_count = 100000")
    assert not ledger.post(refused).replayed


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """No file of this process grows further, wherever in a page that is."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("slack", [0, 1, 24, 4_096, 4_120, 10_000, 40_001])
@pytest.mark.parametrize("checkpoint", [10, 100_000])
def test_a_log_that_cannot_grow_refuses_and_recovers(
    tmp_path: Path, ledger: Ledger, slack: int, checkpoint: int
) -> None:
    """COMMIT itself fails, in the middle of what it writes, and so do checkpoints, which nobody asked for."""
    ledger.store._writer.run(f"PRAGMA wal_autocheckpoint = {checkpoint}")
    ledger.post_many([move(str(n), "a", "cash", 1) for n in range(1, 20)])
    largest = max(file.stat().st_size for file in tmp_path.iterdir())
    with files_of_at_most(largest + slack):
        refused = post_until_full(ledger, StoreError)
        verify(ledger.reader, BOOK).require()
    assert not ledger.post(refused).replayed


# --- killed writers ------------------------------------------------------------------------------


def live_and_die(place: str, lives: Sequence[int]) -> list[tuple[int, str, bytes]]:
    """Let processes work for a while and kill them at any instant; what they acknowledged."""
    context = multiprocessing.get_context("spawn")
    pipes = [context.Pipe(duplex=False) for _ in lives]
    writers = [
        context.Process(target=load.work, args=(place, life, theirs))
        for life, (_, theirs) in zip(lives, pipes, strict=True)
    ]
    for writer, (_, theirs) in zip(writers, pipes, strict=True):
        writer.start()
        theirs.close()
    ours = [pipe for pipe, _ in pipes]
    words = [pipe.recv() for pipe in ours]
    end = monotonic() + random.uniform(0, 0.4)
    with suppress(EOFError):
        while ready := wait(ours, max(end - monotonic(), 0)):
            words += [pipe.recv() for pipe in ready]
            if monotonic() > end:
                break
    for writer in writers:
        writer.kill()
        writer.join()
    for pipe in ours:
        with suppress(EOFError, OSError):  # what it still said before it died
            while True:
                words.append(pipe.recv())
        pipe.close()
    assert [word for word in words if isinstance(word, str)] == []
    return words


@pytest.mark.parametrize("book", range(BOOKS))
@pytest.mark.parametrize("place", ["file", "server"], indirect=True)
def test_a_killed_writer_loses_no_receipt_and_leaves_nothing_half_written(place: str, book: int) -> None:
    """On a server two at once, killed together, of which each may be inside a commit."""
    on_server = "://" in place
    store = open_store(place, create=True)
    Ledger.create(store, load.BOOK, load.now).open(SHARED, key="open")
    store.close()
    acknowledged: list[tuple[int, str, bytes]] = []
    for life in range(LIVES):
        acknowledged += live_and_die(place, [life, life + LIVES] if on_server else [life])
        store = open_store(place)
        with store.snapshot() as still:  # a commit of the dead may still take effect on the server
            reader = still.reading(load.BOOK.id)
            verify(reader, load.BOOK).require()
            assert not torn(reader)
            journal = {(e.number, e.transaction.key, e.digest) for e in reader.entries()}
        assert set(acknowledged) <= journal
        ledger = Ledger(store, load.BOOK, load.now)
        assert not ledger.post(pay(f"between {life}")).replayed  # and it goes on
        store.close()
    assert len(set(acknowledged)) == len(acknowledged) > 10 * LIVES
