"""Undo: how changes of a draft are undone, for groups, operations, attempts and previews."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

__all__ = ["Undo"]

K = TypeVar("K")
V = TypeVar("V")


class Undo:
    """The inverses of changes, recorded while inside `together`."""

    noted: list[Callable[[], object]] | None = None  # None while nothing need be recorded

    def note(self, inverse: Callable[[], object]) -> None:
        """Record how to undo the last change."""
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
        """Keep all changes made inside, or none of them after an exception."""
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
