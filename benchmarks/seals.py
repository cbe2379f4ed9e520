"""The cost of a seal where all accounts, some or a few have moved; `closing` measures the day without any.

There is no floor: raw SQL seals nothing.  A seal is timed by itself, in CPU seconds, before the close that
writes it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from measure import Result, most
from workload import chunks

from bankcore.ledger.accounts import Account, AccountPath
from bankcore.ledger.evidence.seals import seal_journal
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.transactions import Book, Posting, Transaction
from bankcore.stores.sqlite import SqliteStore
from bankcore.units import Unit

CNY = Unit.parse("CNY/2")
DAY = date(2024, 5, 1)
BEYOND = DAY + timedelta(days=900)
AT_ONCE = 10_000
EACH = 3.2  # microseconds for an account that moved
FEW = 10
FOR_FEW = 0.3  # milliseconds


class ClosedBook:
    """A book of many accounts, closed day by day."""

    def __init__(self, path: Path, accounts: int) -> None:
        self.store = SqliteStore(path, create=True, durability="normal")
        self.ledger = Ledger.create(self.store, Book(1, "seals", CNY, DAY), lambda: datetime.now(UTC))
        self.paths = [AccountPath(f"client:{n * 7919 % accounts:07d}") for n in range(accounts)]
        for some in chunks(self.paths, AT_ONCE):
            self.ledger.open([Account(path, "asset", CNY) for path in some], key=f"open {some[0]}")
        self.day = DAY
        self.key = 0

    def move(self, count: int) -> None:
        """Move as many accounts, spread over the book, two with each transaction."""
        picked = self.paths[:: max(len(self.paths) // count, 1)][:count]
        for some in chunks(picked, AT_ONCE):
            self.ledger.post_many(
                [self._transfer(one, other) for one, other in zip(some[::2], some[1::2], strict=True)]
            )

    def _transfer(self, one: AccountPath, other: AccountPath) -> Transaction:
        self.key += 1
        postings = (Posting(one, self.key, CNY), Posting(other, -self.key, CNY))
        return Transaction(key=f"{self.key}", kind="move", effective_on=BEYOND, postings=postings)

    def seal(self) -> float:
        """Seconds to make the next seal, without writing it: the shortest of a few."""
        reader = self.ledger.reader
        taken = []
        for _ in range(3):
            began = time.process_time()
            seal_journal(self.ledger.book, reader, self.day, reader.head())
            taken.append(time.process_time() - began)
        return min(taken)

    def close(self) -> None:
        self.key += 1
        self.ledger.close_period(self.day, key=f"close {self.key}")
        self.day += timedelta(days=1)


def seals(folder: Path, accounts: int) -> Iterator[Result]:
    """The lines for a book with the given number of accounts."""
    path = folder / "seals.db"
    book = ClosedBook(path, accounts)
    yield _each(f"seal of {accounts:,} accounts, the first", book.seal(), accounts)
    book.close()
    for moved in (accounts, accounts // 10):
        book.move(moved)
        yield _each(f"seal of {accounts:,} accounts, {moved:,} moved, for each of these", book.seal(), moved)
        book.close()
    few = []
    for _ in range(5):
        book.move(FEW)
        few.append(book.seal() * 1e3)
        book.close()
    yield most(f"seal of {accounts:,} accounts, {FEW} moved", min(few), FOR_FEW, FOR_FEW, "ms")
    book.store.close()
    path.unlink()


def _each(path: str, taken: float, accounts: int) -> Result:
    return most(path, taken * 1e6 / accounts, EACH, EACH, "us")
