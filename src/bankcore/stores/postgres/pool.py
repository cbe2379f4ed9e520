"""Connections for reading: taken for one query, then free for the next caller."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, Final

from bankcore.errors import StoreUnavailable
from bankcore.stores.postgres.connection import Connection

__all__ = ["Pool", "Still"]

_MOST: Final = 8  # connections


class Pool:
    """As many connections as there are queries at once, up to a bound; a lost one is replaced."""

    def __init__(self, place: str, connect: Callable[[], Connection], check: Callable[[], None]) -> None:
        self.place = place
        self._connect = connect
        self._check = check  # that the caller may use the pool at all
        self._room = threading.BoundedSemaphore(_MOST)
        self._mutex = threading.Lock()
        self._idle: list[Connection] = []
        self._all: set[Connection] = set()
        self._closed = False

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        """All rows of a query; one that was interrupted by a lost connection is asked once more."""
        self._check()
        with self._room:
            for again in (True, False):
                connection = self._take()
                try:
                    return connection.rows(sql, parameters)
                except StoreUnavailable:
                    self.check_open()
                    if not (connection.lost and again):
                        raise
                finally:
                    self._give_back(connection)
        raise AssertionError  # pragma: no cover

    def check_open(self) -> None:
        """Raise StoreUnavailable once the pool is closed."""
        if self._closed:
            raise StoreUnavailable(self.place, "it is closed")

    def _take(self) -> Connection:
        with self._mutex:
            self.check_open()
            if self._idle:
                return self._idle.pop()
        connection = self._connect()
        with self._mutex:
            self._all.add(connection)
        return connection

    def _give_back(self, connection: Connection) -> None:
        with self._mutex:
            if self._closed or connection.lost:
                self._all.discard(connection)
                connection.close()
            else:
                self._idle.append(connection)

    def close(self) -> None:
        """Close every connection; a query in progress fails."""
        with self._mutex:
            self._closed = True
            for connection in self._all:
                connection.close()
            self._all.clear()
            self._idle.clear()


class Still:
    """One connection that sees the database as it was at its first query."""

    def __init__(self, connection: Connection, check: Callable[[], None]) -> None:
        self.place = connection.place
        self._connection = connection
        self._check = check
        self._turn = threading.Lock()
        connection.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        """All rows of a query."""
        self._check()
        with self._turn:
            self.check_open()
            return self._connection.rows(sql, parameters)

    def check_open(self) -> None:
        """Raise StoreUnavailable once it is closed."""
        if self._connection.lost:
            raise StoreUnavailable(self.place, "it is closed")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
