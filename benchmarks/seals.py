"""The close of a day: what its seal costs where everything, a part, little or nothing has moved.

There is no floor: raw SQL seals nothing.  A seal is timed by itself, before the close that writes it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from measure import Result, seconds
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
EACH = 3.2e-6  # seconds for an account that moved
LITTLE = 0.0003  # seconds where ten moved
NOTHING = 0.5  # seconds for the whole close where nothing moved


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
        step = max(len(self.paths) // count, 1)
        picked = self.paths[::step][:count]
        for some in chunks(picked, AT_ONCE):
            self.ledger.post_many(
                [self._transfer(one, other) for one, other in zip(some[::2], some[1::2], strict=True)]
            )

    def _transfer(self, one: AccountPath, other: AccountPath) -> Transaction:
        self.key += 1
        postings = (Posting(one, self.key, CNY), Posting(other, -self.key, CNY))
        return Transaction(key=f"{self.key}", kind="move", effective_on=BEYOND, postings=postings)

    def seal(self) -> float:
        """Seconds to make the seal that is due, without writing it."""
        reader = self.ledger.reader
        return seconds(seal_journal, self.ledger.book, reader, self.day, reader.head())

    def close(self) -> float:
        """Seconds for the close of a day."""
        self.key += 1
        began = time.perf_counter()
        self.ledger.close_period(self.day, key=f"close {self.key}")
        self.day += timedelta(days=1)
        return time.perf_counter() - began


def seals(folder: Path, sizes: Sequence[int]) -> Iterator[Result]:
    """Lines for a book of each size."""
    for accounts in sizes:
        path = folder / f"seals-{accounts}.db"
        book = ClosedBook(path, accounts)
        of = f"of {accounts:,} accounts"
        yield _each(f"first seal {of}", book.seal(), accounts)
        book.close()
        for share in (1, 10):
            book.move(accounts // share)
            yield _each(f"seal, {accounts // share:,} {of} moved", book.seal(), accounts // share)
            book.close()
        little = []
        for _ in range(5):
            book.move(10)
            little.append(book.seal())
            book.close()
        yield _line(f"seal, 10 {of} moved", min(little), LITTLE)
        book.close()
        yield _line(f"close of a day, nothing {of} moved", book.close(), NOTHING)
        book.store.close()
        path.unlink()


def _each(path: str, taken: float, accounts: int) -> Result:
    each = taken / accounts
    text = f"{taken:,.2f} s ({each * 1e6:.1f} us each)"
    return Result(path, "-", text, "-", f"<= {EACH * 1e6:g} us each", each <= EACH)


def _line(path: str, taken: float, most: float) -> Result:
    return Result(path, "-", f"{taken * 1e3:.2f} ms", "-", f"<= {most * 1e3:g} ms", taken <= most)
