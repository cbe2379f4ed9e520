"""The work of a storm's processes until they are killed.

They report a list of receipts for a commit, None for any other work, and a text for a fault.
"""

from __future__ import annotations

import random
import traceback
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from itertools import count
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Final

from bankcore.errors import StoreUnavailable
from bankcore.ledger.accounts import Account, AccountPath
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.transactions import Book, Receipt, Transaction, legs
from bankcore.stores.sqlite import SqliteStore
from bankcore.units import Unit

__all__ = ["ACCOUNTS", "BOOK", "ROLES", "clock", "opened"]

CNY: Final = Unit("CNY/2")
DAY: Final = date(2024, 5, 1)
BOOK: Final = Book(1, "stormy", CNY, DAY)
WALLETS: Final = [f"wallet:{n}" for n in range(50)]
ACCOUNTS: Final = [
    Account("cash", "asset", CNY),
    *(Account(path, "liability", CNY, floor=0) for path in WALLETS),
]
Tell = Callable[[object], None]


def clock() -> datetime:
    return datetime.now(UTC)


def opened(file: str) -> SqliteStore:
    """A store with frequent checkpoints."""
    store = SqliteStore(file, durability="normal")
    if store._writer is None:
        return store
    if store._guard is not None:
        store._guard.every = 3
    else:
        store._writer.tune(["wal_autocheckpoint = 20"])
    return store


def _writer(file: str, life: str, tell: Tell) -> None:
    ledger = Ledger(opened(file), BOOK, clock)
    chance = random.Random(life)
    for n in count():
        keys = [f"{life}-{n}-{i}" for i in range(chance.choice((1, 1, 1, 40)))]
        receipts = ledger.post_many([_deposit(key, chance.choice(WALLETS)) for key in keys])
        assert all(isinstance(receipt, Receipt) for receipt in receipts), receipts
        tell([(r.number, r.key, r.digest) for r in receipts if isinstance(r, Receipt)])


def _deposit(key: str, wallet: str) -> Transaction:
    postings = legs(CNY, debit={AccountPath("cash"): 1}, credit={AccountPath(wallet): 1})
    return Transaction(key=key, kind="deposit", effective_on=DAY, postings=postings)


def _checkpointer(file: str, life: str, tell: Tell) -> None:
    store = opened(file)
    while True:
        store.checkpoint()
        tell(None)


def _reader(file: str, life: str, tell: Tell) -> None:
    """A snapshot must have as many coins in the wallets as there are deposits, one per transaction."""
    while True:
        with closing(opened(file)) as store, store.snapshot() as still:
            reader = still.reading(BOOK.id)
            wallets = sum(net for _, net in reader.nets("wallet"))
            (cash,) = (net for _, net in reader.nets("cash"))
            assert wallets == cash == reader.head().number - 1, (wallets, cash, reader.head().number)
        tell(None)


def _opener(file: str, life: str, tell: Tell) -> None:
    for n in count():
        with closing(opened(file)) as store:
            store.reading(BOOK.id).head()
            if n % 2:
                (receipt,) = Ledger(store, BOOK, clock).post_many([_deposit(f"{life}-{n}", WALLETS[0])])
                assert isinstance(receipt, Receipt), receipt
                tell([(receipt.number, receipt.key, receipt.digest)])


def _backup(file: str, life: str, tell: Tell) -> None:
    for n in count():
        copy = Path(f"{file}.backup-{life}-{n}")
        with closing(opened(file)) as store:
            store.backup(copy)
        copy.unlink()
        tell(None)


def _until_killed(role: Callable[[str, str, Tell], None]) -> Callable[..., None]:
    return _Role(role.__name__)


class _Role:
    """A role that a new process finds by its name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, file: str, life: str, pipe: Pipe) -> None:
        while True:
            try:
                globals()[self.name](file, life, pipe.send)
            except StoreUnavailable:
                life += "x"  # timed out because many are at work: not a fault of the book
            except BrokenPipeError:
                return
            except BaseException:
                pipe.send(traceback.format_exc())
                return


ROLES: Final = {
    role.__name__.removeprefix("_"): _until_killed(role)
    for role in (_writer, _checkpointer, _reader, _opener, _backup)
}
