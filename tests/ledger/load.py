"""A process that asks a ledger for everything at once, until somebody kills it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from itertools import count
from multiprocessing.connection import Connection as Pipe

from tests.ledger.features import FEATURES, perform
from tests.ledger.making import CNY, DAY

from bankcore.errors import BadTransaction, Rejection
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.transactions import Book
from bankcore.stores.open import open_store
from bankcore.stores.sqlite import SqliteStore

BOOK = Book(1, "loaded", CNY, DAY)
THREADS = 3
# Another thread closed the day first; a hold waited so long that it would have begun expired.
OUTRUN = Rejection, BadTransaction


def now() -> datetime:
    return datetime.now(UTC)


def work(place: str, life: int, pipe: Pipe) -> None:
    """Tell the number, key and digest of every receipt that was given, or the error that should not be."""
    store = open_store(place)
    if life % 2 and isinstance(store, SqliteStore) and store._writer is not None:
        store._writer.tune(["wal_autocheckpoint = 20"])  # so that death also meets checkpoints
    ledger = Ledger(store, BOOK, now)
    lock = threading.Lock()

    def tell(word: object) -> None:
        with lock:
            pipe.send(word)

    def ask(thread: int) -> None:
        try:
            for n in count(thread):
                feature = FEATURES[n % len(FEATURES)]
                try:
                    for receipt in perform(feature(ledger, f"{life}-{thread}-{n}")):
                        tell((receipt.number, receipt.key, receipt.digest))
                except OUTRUN:
                    pass
        except BaseException as error:
            tell(repr(error))

    for thread in range(THREADS):
        threading.Thread(target=ask, args=(thread * len(FEATURES) // THREADS,)).start()
