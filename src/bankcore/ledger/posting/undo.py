"""Undo: how what a draft took in is taken back, for all who may have to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

__all__ = ["Undo"]

K = TypeVar("K")
V = TypeVar("V")


class Undo:
    """Inverses of what was done, noted while somebody is inside `together`."""

    noted: list[Callable[[], object]] | None = None  # None while nothing need be noted

    def note(self, inverse: Callable[[], object]) -> None:
        """Remember how to undo what was just done."""
        if self.noted is not None:
            self.noted.append(inverse)

    def put(self, table: dict[K, V], key: K, value: V) -> None:
        """Set an item, to be undone with the rest."""
        if self.noted is not None:
            undo = partial(table.__setitem__, key, table[key]) if key in table else partial(table.pop, key)
            self.noted.append(undo)
        table[key] = value

    @contextmanager
    def together(self) -> Iterator[None]:
        """All that is done inside stays, or by an exception nothing of it."""
        outer, mine = self.noted, list[Callable[[], object]]()
        self.noted = mine
        try:
            yield
        except BaseException:
            self.noted = None
            while mine:
                mine.pop()()
            self.noted = outer
            raise
        self.noted = outer
        if outer is not None:
            outer += mine
