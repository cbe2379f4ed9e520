"""One book of a SQLite file, read through one connection, page by page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from bankcore.stores import queries
from bankcore.stores.connection import Connection
from bankcore.stores.reading import BookReader
from bankcore.stores.schema import DEFINITIONS, FOREIGN_ROWS, OF_LITESTREAM, expected_definitions

__all__ = ["SqliteReader"]


class SqliteReader(BookReader):
    """One book, read through one connection."""

    _connection: Connection
    _queries = queries
    _next = "\0"
    _beyond_text = b""  # SQLite sorts every text before any blob

    def _listed(self, sql: str, wanted: Sequence[tuple[object, ...]]) -> list[Any]:
        row = f"({','.join('?' * len(wanted[0]))})"
        return self._rows(sql.format(",".join([row] * len(wanted))), (*chain.from_iterable(wanted), self._id))

    def _own_faults(self) -> Iterator[str]:
        yield from (fault for (fault,) in self._rows("PRAGMA integrity_check") if fault != "ok")
        found, expected = dict(self._rows(DEFINITIONS)), expected_definitions()
        for name in sorted({*found, *expected}):
            if name not in found:
                yield f"the schema lacks {name}"
            elif found[name] not in (expected.get(name), OF_LITESTREAM.get(name)):
                yield f"the schema's {name} is not as bankcore created it"

    def _conditions(self) -> Iterable[tuple[str, str]]:
        return FOREIGN_ROWS.items()
