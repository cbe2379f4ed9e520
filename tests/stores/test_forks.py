"""A store belongs to the process that opened it: a child is told so, and opens its own."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.ledger.making import CNY, DAY, move
from tests.stores.test_locks import locks

from bankcore.errors import BankcoreError, UsedAfterFork
from bankcore.ledger.accounts import Account
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.transactions import Book
from bankcore.stores.memory import MemoryStore
from bankcore.stores.sqlite import SqliteStore

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork"),
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),
]

BOOK = Book(1, "main", CNY, DAY)


def clock() -> datetime:
    return datetime(2024, 5, 1, tzinfo=UTC)


def in_child(act: Callable[[], Any]) -> str:
    """What `act` says in a child: a code, a text or a traceback; a child that hangs is killed."""
    out, into = os.pipe()
    if (pid := os.fork()) == 0:
        try:
            os.close(out)
            try:
                said = str(act())
            except BankcoreError as error:
                said = error.code
            except BaseException:
                said = traceback.format_exc()
            os.write(into, said.encode())
        finally:
            os._exit(0)
    os.close(into)
    killer = threading.Timer(30, os.kill, (pid, 9))
    killer.start()
    with os.fdopen(out) as pipe:
        said = pipe.read()
    os.waitpid(pid, 0)
    killer.cancel()
    return said


@pytest.fixture(params=["sqlite", "memory"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    memory = request.param == "memory"
    with closing(MemoryStore() if memory else SqliteStore(tmp_path / "book.db", create=True)) as store:
        yield filled(store)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "book.db"


@pytest.fixture
def kept(file: Path) -> Iterator[Ledger]:
    """A ledger in a file."""
    with closing(SqliteStore(file, create=True)) as store:
        yield filled(store)


def filled(store: Any) -> Ledger:
    ledger = Ledger.create(store, BOOK, clock)
    ledger.open([Account("cash", "asset", CNY), Account("li", "liability", CNY, floor=0)], key="open")
    return ledger


def posted_anew(file: Path, key: str) -> int:
    """Post through a store of this process's own, which has locks of its own."""
    with closing(SqliteStore(file)) as store:
        number = Ledger(store, BOOK, clock).post(move(key, "li", "cash", 1)).number
        kinds = {lock[-3] for lock in locks(file)}
        return number if len(kinds) == 2 or not Path("/proc/locks").exists() else -1


USES: dict[str, Callable[[Ledger], Any]] = {
    "post": lambda ledger: ledger.post(move("k", "li", "cash", 1)),
    "post_many": lambda ledger: ledger.post_many([move("k", "li", "cash", 1)]),
    "submit": lambda ledger: ledger.submit(move("k", "li", "cash", 1)).result(timeout=10),
    "execute": lambda ledger: ledger.execute("k", {}, lambda books: ()),
    "preview": lambda ledger: ledger.preview(lambda books: ()),
    "open": lambda ledger: ledger.open([Account("b", "asset", CNY)], key="b"),
    "balance": lambda ledger: ledger.balance("li"),
    "holds": lambda ledger: list(ledger.holds()),
    "close": lambda ledger: ledger.close(),
    "books": lambda ledger: ledger.store.books(),
    "create": lambda ledger: ledger.store.create(Book(2, "other", CNY, DAY)),
    "reading": lambda ledger: ledger.store.reading(1).head(),
    "snapshot": lambda ledger: ledger.store.snapshot().__enter__(),
    "writing": lambda ledger: ledger.store.writing(1).__enter__(),
}


@pytest.mark.parametrize("use", USES)
def test_every_use_in_a_child_is_refused(ledger: Ledger, use: str) -> None:
    ledger.submit(move("before", "li", "cash", 1)).result()  # the queue has its thread
    assert in_child(lambda: USES[use](ledger)) == "used_after_fork"
    assert ledger.submit(move("after", "li", "cash", 1)).result().number == 3
    assert ledger.balance("li").net == 2


def test_what_was_read_from_is_refused_too(kept: Ledger) -> None:
    reader = kept.reader
    for use in (reader.head, lambda: list(reader.entries()), lambda: kept.store.backup("copy.db")):
        assert in_child(use) == "used_after_fork"
    assert in_child(kept.store.checkpoint) == "used_after_fork"


def test_a_child_closes_nothing_of_its_parents(kept: Ledger, file: Path) -> None:
    before = locks(file)
    assert in_child(kept.store.close) == "None"
    assert locks(file) == before
    assert kept.post(move("k", "li", "cash", 1)).number == 2


def test_a_child_that_opens_the_book_anew_has_locks_of_its_own(kept: Ledger, file: Path) -> None:
    """SQLite would believe in the parent's, and the parent's end would take the log from the child."""
    for n in range(2, 6, 2):
        assert in_child(lambda n=n: posted_anew(file, str(n))) == str(n)
        assert kept.post(move(f"parent {n}", "li", "cash", 1)).number == n + 1
    verify(kept.reader, BOOK).require()


def test_a_childs_child(kept: Ledger, file: Path) -> None:
    def child() -> str:
        with closing(SqliteStore(file)) as store:
            ledger = Ledger(store, BOOK, clock)
            told = in_child(lambda: ledger.balance("li"))
            return f"{told} {in_child(lambda: posted_anew(file, 'grandchild'))} {ledger.balance('li').net}"

    assert in_child(child) == "used_after_fork 2 1"


def test_the_parent_ends_and_the_child_posts(file: Path) -> None:
    """The parent's end, which moves the log into the file, loses nothing of the child's."""
    out, into = os.pipe()
    if os.fork() == 0:  # the parent
        store = SqliteStore(file, create=True)
        filled(store)
        gate, opened = os.pipe()
        if os.fork() == 0:  # its child
            os.close(opened)
            with closing(SqliteStore(file)) as own:
                ledger = Ledger(own, BOOK, clock)
                numbers = [ledger.post(move("early", "li", "cash", 1)).number]
                os.read(gate, 1)  # nothing comes: the parent has ended
                numbers += [ledger.post(move(str(n), "li", "cash", 1)).number for n in range(20)]
                os.write(into, f"{numbers[0]}-{numbers[-1]}".encode())
            os._exit(0)
        while store.reading(1).head().number < 2:
            pass
        store.close()
        os._exit(0)
    os.close(into)
    with os.fdopen(out) as pipe:
        assert pipe.read() == "2-22"
    with closing(SqliteStore(file)) as store:
        assert verify(store.reading(1), BOOK).require().transactions == 22
        assert [line.balance for line in store.reading(1).lines("li")][-1] == -21


def test_a_fork_waits_for_another_threads_transaction(kept: Ledger, file: Path) -> None:
    """So that no child ever inherits half a commit, or a lock that nobody gives back."""
    inside, leave = threading.Event(), threading.Event()

    def write() -> None:
        with kept.store.writing(1):
            inside.set()
            leave.wait(1)

    thread = threading.Thread(target=write)
    thread.start()
    inside.wait()
    assert in_child(lambda: posted_anew(file, "k")) == "2"
    leave.set()
    thread.join()


def test_a_file_that_was_half_written_at_the_fork_stays_closed_to_the_child(kept: Ledger, file: Path) -> None:
    def inside() -> str:
        try:
            SqliteStore(file)
        except UsedAfterFork as refusal:
            return refusal.reason
        return "opened"

    def out_of_the_block() -> None:
        context.__exit__(None, None, None)

    context = kept.store.writing(1)
    context.__enter__()
    assert "being written" in in_child(inside)
    assert in_child(out_of_the_block) == "used_after_fork"
    context.__exit__(None, None, None)
    assert kept.post(move("k", "li", "cash", 1)).number == 2


def test_a_snapshot_at_the_fork_goes_on_in_the_parent(kept: Ledger, file: Path) -> None:
    with kept.store.snapshot() as still:
        kept.post(move("k", "li", "cash", 1))
        assert in_child(lambda: still.reading(1).head()) == "used_after_fork"
        assert in_child(lambda: posted_anew(file, "child")) == "3"
        assert still.reading(1).head().number == 1
    assert kept.reader.head().number == 3


def test_forks_under_load_neither_hang_nor_lose(kept: Ledger, file: Path) -> None:
    ended = threading.Event()

    def load(name: int) -> None:
        n = 0
        while not ended.is_set():
            kept.post(move(f"{name}-{n}", "li", "cash", 1))
            kept.balance("li")
            n += 1

    threads = [threading.Thread(target=load, args=(name,)) for name in range(3)]
    for thread in threads:
        thread.start()
    try:
        for n in range(10):
            assert in_child(lambda n=n: posted_anew(file, f"child {n}")).isdecimal()
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    assert len(kept.reader.numbers([f"child {n}" for n in range(10)])) == 10
    verify(kept.reader, BOOK).require()


def work(file: str, ledger: Ledger, results: Any) -> None:
    try:
        ledger.balance("li")
    except UsedAfterFork as refusal:
        results.put(refusal.code)
    results.put(posted_anew(Path(file), "child"))
    sys.stdout.flush()


def test_multiprocessing_with_fork(kept: Ledger, file: Path) -> None:
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    process = context.Process(target=work, args=(str(file), kept, results))
    process.start()
    assert [results.get(timeout=30), results.get(timeout=30)] == ["used_after_fork", 2]
    process.join(timeout=30)
    assert process.exitcode == 0
    assert kept.post(move("k", "li", "cash", 1)).number == 3
