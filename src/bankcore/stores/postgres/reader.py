"""One book in PostgreSQL, read page by page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from types import ModuleType
from typing import Any, Final

from bankcore.errors import NotABook
from bankcore.ledger.ports import Head
from bankcore.ledger.transactions import Book
from bankcore.stores.postgres import queries
from bankcore.stores.postgres.arrays import columns
from bankcore.stores.postgres.partitioned import LAYOUT as PARTITIONED
from bankcore.stores.postgres.schema import CONDITIONS, GUARDS, KEYS
from bankcore.stores.reading import BookReader, Rows
from bankcore.stores.rows import moment_of

__all__ = ["PostgresReader"]

_LONGEST: Final = 200  # characters of a path or an id


class PostgresReader(BookReader):
    """One book, read by queries of which each sees the last commit.

    They are those of `layout`, the module for the tables that the database has.
    """

    _next = "\x01"  # no text contains the NUL
    _beyond_text = "\U0010ffff" * (_LONGEST + 1)

    def __init__(self, connection: Rows, book: Book, layout: ModuleType = queries) -> None:
        super().__init__(connection, book)
        self._queries = layout

    def head(self) -> Head:
        return self._end(self._rows(queries.END, (self._id,)))

    def _end(self, rows: list[Any]) -> Head:
        """The end of the journal from the row of the head."""
        found = self._made(_end_of, rows)
        if not found:
            raise NotABook(self._connection.place, f"it holds no book {self._id}")
        return found[0]

    def _listed(self, sql: str, wanted: Sequence[tuple[object, ...]]) -> list[Any]:
        return self._rows(sql, (*columns(wanted), self._id))

    def _own_faults(self) -> Iterator[str]:
        for sentence, sql in GUARDS.items():
            yield from (sentence.format(*row) for row in self._rows(sql))

    def _conditions(self) -> Iterable[tuple[str, str]]:
        return {**CONDITIONS, **(KEYS if self._queries is PARTITIONED else {})}.items()


def _end_of(number: int, digest: bytes, recorded_at: str, accounts: int) -> Head:
    """The end of a journal from its row."""
    return Head(number, digest, moment_of(recorded_at) if recorded_at else None, accounts)
