"""Books in memory: the simplest correct store, with which every other is compared.

Every change is recorded with its inverse, so that an exception inside `writing` undoes them all.
"""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from datetime import date
from typing import Self

from bankcore.errors import BookExists, NotABook, StoreUnavailable
from bankcore.ledger.additions import Additions, Move
from bankcore.ledger.transactions import Book
from bankcore.stores.forks import Owner
from bankcore.stores.journal import PLACE, MemoryJournal
from bankcore.stores.moves import check_open
from bankcore.units import Unit

__all__ = ["MemoryStore"]


class MemoryStore:
    """A store that lives as long as the process.

    A reader waits while another thread writes; inside `writing` it sees what the writer sees.
    """

    def __init__(self) -> None:
        self._journals: dict[int, MemoryJournal] = {}
        self._consumers: defaultdict[int, Counter[str]] = defaultdict(Counter)
        self._lock = threading.RLock()
        self._closed = False
        self._owner = Owner(PLACE)

    @property
    def address(self) -> str:
        """What names the store to others: nobody else can find it."""
        return PLACE

    def check_owner(self) -> None:
        """Raise UsedAfterFork in a child of the process that made the store."""
        self._owner.check()

    def add(self, name: str, base_unit: Unit, opened_on: date, zone: str = "UTC") -> Book:
        """Add an empty book with the next id, assigned under the lock; raises BookExists."""
        self.check_owner()
        with self._lock:
            book = Book(max(self._journals, default=0) + 1, name, base_unit, opened_on, zone)
            self.create(book)
        return book

    def create(self, book: Book, move: Move | None = None) -> None:
        """Add an empty book with an id chosen by the caller, with its move; raises BookExists."""
        self.check_owner()
        with self._lock:
            for known in self.books():
                if known.id == book.id or known.name == book.name:
                    raise BookExists(PLACE, known.name)
            self._journals[book.id] = MemoryJournal(book, self._lock, lambda: self._closed)
            if move is not None:
                self._journals[book.id].append(Additions(moves=[move]))
                self._journals[book.id].inverses.clear()

    def books(self) -> tuple[Book, ...]:
        """The books of the store by id."""
        self._check_open()
        return tuple(self._journals[id].book for id in sorted(self._journals))

    def reading(self, book: int) -> MemoryJournal:
        """A reader of a book; raises NotABook where the store has no such book."""
        self._check_open()
        if book not in self._journals:
            raise NotABook(PLACE, f"it holds no book {book}")
        return copy(self._journals[book])  # shares the data of the book, and is closed independently

    @contextmanager
    def snapshot(self) -> Iterator[MemoryStore]:
        """The store in its current state, for reading; writers wait until it is left."""
        self.check_owner()
        with self._lock:
            yield self

    def scrub(self) -> bool:
        """Nothing to do: erased data is gone at once."""
        self._check_open()
        return True

    @contextmanager
    def writing(self, book: int, *, moving: bool = False) -> Iterator[MemoryJournal]:
        """The book to write to; leaving commits, an exception undoes everything."""
        self.check_owner()
        with self._lock:
            journal = self.reading(book)
            if not moving:
                check_open(journal.move(), PLACE, journal.book)
            try:
                yield journal
            except BaseException:
                while journal.inverses:
                    journal.inverses.pop()()
                raise
            finally:
                journal.inverses.clear()
                journal.close()

    def consumers(self, book: int) -> Mapping[str, int]:
        """How far each consumer of the book's feed has come, in the order of their names."""
        self.reading(book)
        return dict(sorted(self._consumers[book].items()))

    def advance(self, book: int, consumer: str, number: int, *, moving: bool = False) -> None:
        """Keep that a consumer is done with the transactions through `number`."""
        with self._lock:
            journal = self.reading(book)
            if not moving:
                check_open(journal.move(), PLACE, journal.book)
            self._consumers[book][consumer] = max(number, self._consumers[book][consumer])

    def close(self) -> None:
        """End the use of the store, its data with it; every later use raises StoreUnavailable."""
        self._closed = True

    def __repr__(self) -> str:
        return f"MemoryStore({len(self._journals)} books)"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _check_open(self) -> None:
        self.check_owner()
        if self._closed:
            raise StoreUnavailable(PLACE, "it is closed")
