"""No call costs a lock.

POSIX drops every lock that a process has on a file when the process closes any descriptor of it, so that
one look into a book past SQLite lets the next process write at the same time.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.ledger.making import CNY, DAY, move

from bankcore.bank import Bank
from bankcore.errors import BadFile, BankcoreError, NotABook
from bankcore.ledger.accounts import Account
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.evidence.proofs import prove_balance, prove_transaction
from bankcore.ledger.evidence.seals import seals
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.transactions import Book, Receipt
from bankcore.stores.sqlite import SqliteStore

BOOK = Book(1, "main", CNY, DAY)
LOCKS = Path("/proc/locks")

pytestmark = pytest.mark.skipif(not LOCKS.exists(), reason="only Linux tells who has which lock")


def clock() -> datetime:
    return datetime(2024, 5, 1, tzinfo=UTC)


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    """A book with a sealed day, in a store that stays open; 1.00 is in `li`, whose floor is 0."""
    store = SqliteStore(path, create=True)
    ledger = Ledger.create(store, BOOK, clock)
    ledger.open([Account("cash", "asset", CNY), Account("li", "liability", CNY, floor=0)], key="open")
    ledger.post(move("in", "li", "cash", 100))
    ledger.close_period(DAY, key="close")
    yield ledger
    store.close()


def locks(path: Path) -> set[tuple[str, ...]]:
    """The locks of this process on the files of a book: which, on which, from where."""
    inodes = {str(os.stat(file).st_ino) for file in path.parent.glob(f"{path.name}*")}
    words = [line.split() for line in LOCKS.read_text(encoding="ascii").splitlines()]
    ours = [word for word in words if word[-4] == str(os.getpid())]
    return {tuple(word[1:]) for word in ours if word[-3].rpartition(":")[2] in inodes}


def another(path: Path) -> None:
    SqliteStore(path).close()


def read_only(path: Path) -> None:
    with closing(SqliteStore(path, read_only=True)) as store:
        list(store.reading(1).entries())


def refused(path: Path) -> None:
    """What cannot be opened is looked at all the same."""
    with pytest.raises(BankcoreError):
        SqliteStore(path.parent)
    with pytest.raises(NotABook):
        SqliteStore(path.with_name("other.db"))
    with pytest.raises(BadFile), closing(SqliteStore(path)) as store:
        store.backup(path)


def copied(path: Path) -> None:
    copy = path.with_name("copy.db")
    with closing(SqliteStore(path, read_only=True)) as store:
        store.backup(copy)
    copy.unlink()


def looked(ledger: Ledger) -> None:
    with ledger.store.snapshot() as still:
        list(still.reading(1).entries())


def post(ledger: Ledger, key: str, quantity: int) -> Receipt:
    return ledger.post(move(key, "li", "cash", quantity, effective_on=ledger.books.today))


CALLS: dict[str, Callable[[Ledger, Path], Any]] = {
    "open": lambda ledger, path: another(path),
    "open read only": lambda ledger, path: read_only(path),
    "open create": lambda ledger, path: SqliteStore(path, create=True).close(),
    "open refused": lambda ledger, path: refused(path),
    "bank": lambda ledger, path: Bank.open(ledger.store).amount("li"),
    "read": lambda ledger, path: list(ledger.reader.entries()),
    "balance": lambda ledger, path: ledger.balance("li"),
    "books": lambda ledger, path: ledger.store.books(),
    "snapshot": lambda ledger, path: looked(ledger),
    "verify": lambda ledger, path: verify(ledger.reader, BOOK),
    "seals": lambda ledger, path: list(seals(ledger.reader)),
    "prove transaction": lambda ledger, path: prove_transaction(ledger.reader, BOOK, 2),
    "prove balance": lambda ledger, path: prove_balance(ledger.reader, BOOK, "li", DAY),
    "backup": lambda ledger, path: ledger.store.backup(path.with_name(f"copy-{os.getpid()}.db")),
    "backup of another": lambda ledger, path: copied(path),
    "checkpoint": lambda ledger, path: ledger.store.checkpoint(),
    "post": lambda ledger, path: post(ledger, "note", 1),
    "preview": lambda ledger, path: ledger.preview(lambda books: ()),
}


@pytest.mark.parametrize("call", CALLS)
def test_no_call_costs_a_lock(ledger: Ledger, path: Path, call: str) -> None:
    before = locks(path)
    assert len({lock[-3] for lock in before}) == 2  # of the file, and of the index of its log
    CALLS[call](ledger, path)
    assert locks(path) == before


@pytest.mark.parametrize("call", CALLS)
def test_a_writer_keeps_its_lock_whatever_else_it_does(ledger: Ledger, path: Path, call: str) -> None:
    """Inside a write transaction, from another store of the same process."""
    if call in ("post", "preview", "checkpoint"):
        pytest.skip("it waits for the writer")
    with ledger.store.writing(1):
        before = locks(path)
        assert "WRITE" in {lock[2] for lock in before}
        with suppress(BankcoreError):
            CALLS[call](ledger, path)
        assert locks(path) == before


# --- two processes -------------------------------------------------------------------------------

_OTHER = """
import sys
from contextlib import closing
from tests.stores.test_locks import BOOK, Bank, BankcoreError, Ledger, SqliteStore, clock, move
for line in sys.stdin:
    act, path = line.rstrip().split(" ", 1)
    try:
        with closing(SqliteStore(path, read_only=act == "look")) as store:
            ledger = Ledger(store, BOOK, clock)
            if act == "look":
                print(Bank.open(store).amount("li"))
            else:
                print(ledger.post(move(act, "cash", "li", 100, effective_on=ledger.books.today)).number)
    except BankcoreError as refusal:
        print(refusal.code)
    sys.stdout.flush()
"""


@pytest.fixture(scope="module")
def other() -> Iterator[Callable[[str, Path], str]]:
    """Another process, which opens the book for each thing that it is told to do, and closes it again."""
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(root), str(root / "src")))}
    with subprocess.Popen(
        [sys.executable, "-c", _OTHER],
        env=environment,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:

        def tell(act: str, path: Path) -> str:
            process.stdin.write(f"{act} {path}\n")
            process.stdin.flush()
            return process.stdout.readline().rstrip()

        yield tell
        process.stdin.close()


@pytest.mark.parametrize("call", [call for call in CALLS if call != "post"])
def test_what_one_process_took_another_is_refused(
    ledger: Ledger, path: Path, other: Callable[[str, Path], str], call: str
) -> None:
    """The last 1.00 is taken once: by this process after the call, though the other one came and went."""
    CALLS[call](ledger, path)
    assert other("look", path) == "1.00 CNY"
    receipt = ledger.post(move("out", "cash", "li", 100, effective_on=ledger.books.today))
    assert other("again", path) == "balance_floor_breached"
    assert receipt.number == ledger.reader.head().number
    assert ledger.balance("li").net == 0
    verify(ledger.reader, BOOK).require()
