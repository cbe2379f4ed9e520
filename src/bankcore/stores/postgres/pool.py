"""Connections for reading: taken for one query, then free for the next caller."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from bankcore.errors import StoreBehind, StoreUnavailable
from bankcore.stores.postgres.connection import Connection, is_conflict
from bankcore.stores.postgres.patience import patiently

__all__ = ["Pool", "Still"]

T = TypeVar("T")

_MOST: Final = 8  # connections
_TRIES: Final = 3  # of one query
_PAUSE: Final = 0.01  # seconds from one look at a standby to the next
_NUMBER: Final = "SELECT number FROM head WHERE book_id = $1::bigint"


class Pool:
    """As many connections as there are queries at once, up to a bound; a lost one is replaced.

    A query at a standby waits until that shows all that was seen of a book before, up to `timeout` seconds.
    """

    def __init__(
        self, place: str, connect: Callable[[], Connection], check: Callable[[], None], timeout: float
    ) -> None:
        self.place = place
        self._connect = connect
        self._timeout = timeout
        self._patience = 0.0  # until somebody has answered there, what is wrong may be the URL
        self._seen: dict[int, int] = {}  # by book, the number of a transaction
        self._check = check  # that the caller may use the pool at all
        self._room = threading.BoundedSemaphore(_MOST)
        self._mutex = threading.Lock()
        self._idle: list[Connection] = []
        self._all: set[Connection] = set()
        self._closed = False

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        """All rows of a query; one that the server interrupted is asked again."""
        return self._asked(lambda connection: connection.rows(sql, parameters))

    def reach(self, book: int, number: int) -> None:
        """Wait until a transaction is shown, so that later queries see it; raises StoreBehind."""
        self._asked(lambda connection: self._wait(connection, book, number))
        with self._mutex:
            self._seen[book] = max(number, self._seen.get(book, 0))

    def connect(self) -> Connection:
        """A connection of the caller's own, to a server that shows all that was seen."""
        self._check()
        connection = patiently(self._connect, self._patience, self.check_open)
        try:
            self._keep_up(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _asked(self, ask: Callable[[Connection], T]) -> T:
        self._check()
        with self._room:
            for left in reversed(range(_TRIES)):
                connection = self._take()
                try:
                    self._keep_up(connection)
                    return ask(connection)
                except StoreUnavailable as error:
                    self.check_open()
                    if not (left and (connection.lost or is_conflict(error))):
                        raise
                finally:
                    self._give_back(connection)
        raise AssertionError  # pragma: no cover

    def _keep_up(self, connection: Connection) -> None:
        if self._seen and connection.is_standby:
            for book, number in tuple(self._seen.items()):
                if connection.reached.get(book, 0) < number:
                    self._wait(connection, book, number)

    def _wait(self, connection: Connection, book: int, number: int) -> None:
        end = time.monotonic() + self._timeout
        while True:
            head = max((row[0] for row in connection.rows(_NUMBER, (book,))), default=0)
            if head >= number:
                connection.reached[book] = head
                return
            if not connection.is_standby or time.monotonic() > end:
                raise StoreBehind(self.place, number, head)
            time.sleep(_PAUSE)

    def check_open(self) -> None:
        """Raise StoreUnavailable once the pool is closed."""
        if self._closed:
            raise StoreUnavailable(self.place, "it is closed")

    def _take(self) -> Connection:
        with self._mutex:
            self.check_open()
            if self._idle:
                return self._idle.pop()
        connection = patiently(self._connect, self._patience, self.check_open)
        self._patience = self._timeout
        with self._mutex:
            self._all.add(connection)
        return connection

    def _give_back(self, connection: Connection) -> None:
        with self._mutex:
            if self._closed or connection.lost:
                for one in (connection, *self._idle):  # those that wait talk to the same server
                    self._all.discard(one)
                    one.close()
                self._idle.clear()
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
