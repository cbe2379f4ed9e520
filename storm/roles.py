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
from time import monotonic, sleep
from typing import Any, Final

from bankcore.errors import BalanceFloorBreached, StoreUnavailable
from bankcore.ledger.accounts import Account, AccountPath
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.transactions import Book, Posting, Receipt, Transaction
from bankcore.stores.open import open_store
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
PATIENCE: Final = 30  # seconds in which a server is up again
SURE: Final = (
    "_writer",
    "_opener",
)  # who notices nothing of a session that is ended, or a server that crashes
Tell = Callable[[object], None]


def clock() -> datetime:
    return datetime.now(UTC)


def opened(place: str) -> Any:
    """A file with frequent checkpoints, or a server once it answers."""
    end = monotonic() + PATIENCE
    while True:
        try:
            store = open_store(place, durability="full" if on_server(place) else "normal")
            break
        except StoreUnavailable:
            if not on_server(place) or monotonic() > end:
                raise
            sleep(0.1)
    if not isinstance(store, SqliteStore) or store._writer is None:
        return store
    if store._guard is not None:
        store._guard.every = 3
    else:
        store._writer.tune(["wal_autocheckpoint = 20"])
    return store


def on_server(place: str) -> bool:
    return "://" in place


def _writer(file: str, life: str, tell: Tell) -> None:
    """Coins go in and out, one at a time; a wallet that has none gives none, and a key is used once."""
    ledger = Ledger(opened(file), BOOK, clock)
    chance = random.Random(life)
    for n in count():
        asked = [
            _move(f"{life}-{n}-{i}", chance.choice(WALLETS), 1 if chance.random() < 0.6 else -1)
            for i in range(chance.choice((1, 1, 1, 40)))
        ]
        verdicts = _posted(ledger, asked)
        receipts = [it for it in verdicts if isinstance(it, Receipt)]
        assert not any(it.replayed for it in receipts), receipts
        tell([(r.number, r.key, r.digest) for r in receipts])
        if receipts and n % 8 == 0:  # a caller whose answer was lost asks again
            again = _posted(ledger, [it for it in asked if it.key == receipts[0].key])
            assert again == [receipts[0]._replace(replayed=True)], (again, receipts[0])


def _posted(ledger: Ledger, asked: list[Transaction]) -> list[Any]:
    verdicts = ledger.post_many(asked)
    for verdict, transaction in zip(verdicts, asked, strict=True):
        takes = transaction.kind == "withdrawal"
        assert isinstance(verdict, Receipt) or (takes and isinstance(verdict, BalanceFloorBreached)), verdict
    return list(verdicts)


def _move(key: str, wallet: str, coins: int) -> Transaction:
    cash, kind = AccountPath("cash"), "deposit" if coins > 0 else "withdrawal"
    postings = (Posting(cash, coins, CNY), Posting(AccountPath(wallet), -coins, CNY))
    return Transaction(key=key, kind=kind, effective_on=DAY, postings=postings)


def _checkpointer(file: str, life: str, tell: Tell) -> None:
    store = opened(file)
    while True:
        store.checkpoint()
        tell(None)


def _reader(file: str, life: str, tell: Tell) -> None:
    """A snapshot has the coins of the wallets in cash, none less than none, and each was moved by itself."""
    while True:
        with closing(opened(file)) as store, store.snapshot() as still:
            reader = still.reading(BOOK.id)
            cash, *wallets = (it for it in reader.accounts())
            nets = [it.credits - it.debits for it in wallets]
            assert sum(nets) == cash.debits - cash.credits, (nets, cash)
            assert min(nets) >= 0, nets
            assert cash.debits + cash.credits == reader.head().number - 1, (cash, reader.head())
        tell(None)


def _opener(file: str, life: str, tell: Tell) -> None:
    for n in count():
        with closing(opened(file)) as store:
            store.reading(BOOK.id).head()
            if n % 2:
                (receipt,) = Ledger(store, BOOK, clock).post_many([_move(f"{life}-{n}", WALLETS[0], 1)])
                assert isinstance(receipt, Receipt), receipt
                tell([(receipt.number, receipt.key, receipt.digest)])


def _auditor(file: str, life: str, tell: Tell) -> None:
    while True:
        with closing(opened(file)) as store, store.snapshot() as still:
            verify(still.reading(BOOK.id), BOOK).require()
        tell(None)


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
                if on_server(file) and self.name in SURE:
                    pipe.send(traceback.format_exc())
                    return
                life += "x"  # timed out because many are at work: not a fault of the book
            except BrokenPipeError:
                return
            except BaseException:
                pipe.send(traceback.format_exc())
                return


ROLES: Final = {
    role.__name__.removeprefix("_"): _until_killed(role)
    for role in (_writer, _checkpointer, _reader, _opener, _auditor, _backup)
}
