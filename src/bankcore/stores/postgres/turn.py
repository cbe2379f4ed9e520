"""Turns: one thread at a time writes a book, by a connection that is kept between commits."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from types import ModuleType
from typing import Any, Final

from bankcore.errors import BankcoreError, CommitUnknown, StoreUnavailable
from bankcore.ledger.ports import Head, HeadMoved
from bankcore.ledger.transactions import Book
from bankcore.stores.postgres.connection import Connection
from bankcore.stores.postgres.patience import patiently
from bankcore.stores.postgres.writer import PostgresWriter
from bankcore.stores.waiting import Patience, Watch, age_of

__all__ = ["Turn", "Writing"]

_LOG: Final = logging.getLogger("bankcore.stores.postgres")
_WARY: Final = 16  # commits under the lock after another process has written

# Who keeps a session waiting; of sessions of other roles the server does not tell more than the number.
_WRITERS: Final = """
    SELECT pid, coalesce(application_name, ''), coalesce(extract(epoch FROM now() - xact_start)::bigint, -1)
    FROM pg_stat_activity WHERE pid = ANY (pg_blocking_pids($1::int)) ORDER BY xact_start"""


class Turn:
    """The right to write one book, the connection for it, and what is known of the book's head."""

    def __init__(
        self,
        place: str,
        connect: Callable[[], Connection],
        patience: Patience,
        ask: Callable[[str, tuple[int]], list[Any]],
        blame: Callable[[], None],
        layout: ModuleType,
    ) -> None:
        self._place = place
        self._connect = connect
        self._patience = patience
        self.watch: AbstractContextManager[None] = nullcontext()  # of what keeps a caller waiting
        if patience.on_wait is not None:
            self.watch = Watch(self._tell)
        self._ask = ask  # the rows of a query, by another connection
        self._blame = blame  # raises where there is a better reason why nobody can be connected to
        self._layout = layout
        self._lock = threading.Lock()
        self._closed = False
        self._wary = 0
        self.connection: Connection | None = None
        self.head: Head | None = None  # after the last commit of this store, while nothing speaks against it

    def take(self) -> Connection:
        """Wait for other threads, and for a server that is away; returns the connection."""
        self._patience.acquire(self._lock)
        try:
            return self._connected()
        except BaseException:
            self._lock.release()
            raise

    def _connected(self) -> Connection:
        self._check_open()
        if self.connection is None or self.connection.lost:
            if self.connection is not None:
                _LOG.warning("the connection to %s was lost; connecting again", self._place)
            self.head = None
            try:
                self.connection = patiently(self._connect, self._patience.timeout, self._check_open)
            except StoreUnavailable:
                self._check_open()
                self._blame()
                raise
        return self.connection

    def _check_open(self) -> None:
        if self._closed:
            raise StoreUnavailable(self._place, "it is closed")

    def _tell(self, is_over: Callable[[], bool]) -> None:
        connection = self.connection
        reason = "no server answers"
        if connection is not None and not connection.lost:
            try:
                found = self._ask(_WRITERS, (connection.session,))
            except BankcoreError:
                found = []
            reason = " and ".join(map(_writer, found))
        if reason and not is_over():
            self._patience.tell(reason)

    def begin(self, book: Book, *, moving: bool) -> PostgresWriter:
        """The writer of the book; reconnects where the server went away before anything was decided."""
        for again in (True, False):
            connection = self.take()
            try:
                is_trusted = not self._wary and not moving and self.head is not None
                writer = PostgresWriter(
                    connection, book, self.head, is_trusted=is_trusted, layout=self._layout
                )
                if not is_trusted:
                    self._compare(writer.end)
                if not is_trusted and not moving:  # one that is trusted would have moved with the book
                    writer.check_open(self._place)
                self.head = None  # until it is known that the commit took effect
                return writer
            except BaseException as error:
                self.release()
                if not (again and connection.lost and isinstance(error, StoreUnavailable)):
                    raise
        raise AssertionError  # pragma: no cover

    @property
    def is_lost(self) -> bool:
        """Whether the connection was lost."""
        return self.connection is None or self.connection.lost

    def release(self) -> None:
        """Undo what is not committed, and let other threads write."""
        try:
            if self.connection is not None:
                self.connection.undo()
        finally:
            self._lock.release()

    def _compare(self, head: Head) -> None:
        """See whether another process has written, by the head found under the lock."""
        self._wary = _WARY if self.head not in (None, head) else max(self._wary - 1, 0)

    def forget(self) -> None:
        """Somebody writes in another transaction: the next commit waits for it, and reads the head again."""
        self.head = None

    def clashed(self) -> None:
        """Another process has written meanwhile."""
        _LOG.debug("somebody else writes the book in %s", self._place)
        self._wary = _WARY

    def close(self) -> None:
        """Close the connection; a commit in progress fails."""
        self._closed = True
        if self.connection is not None:
            self.connection.close()


class Writing:
    """One commit to a book."""

    __slots__ = ("_book", "_moving", "_turn", "_writer")

    def __init__(self, turn: Turn, book: Book, *, moving: bool) -> None:
        self._turn = turn
        self._book = book
        self._moving = moving

    def __enter__(self) -> PostgresWriter:
        with self._turn.watch:
            self._writer = self._turn.begin(self._book, moving=self._moving)
        return self._writer

    def __exit__(self, _: object, error: BaseException | None, *__: object) -> None:
        turn, writer = self._turn, self._writer
        try:
            if error is None:
                with turn.watch:
                    writer.commit()
                turn.head = None if writer.moves or self._moving else writer.end  # a trusted one is open
            elif isinstance(error, Exception):
                writer.reconsider(error)
        except HeadMoved:
            turn.clashed()
            raise
        except StoreUnavailable as failure:
            if turn.is_lost:
                raise CommitUnknown(failure.place, failure.reason) from failure
            raise
        finally:
            writer.close()
            turn.release()


def _writer(found: tuple[int, str, int]) -> str:
    session, program, age = found
    since = "" if age < 0 else f", in a transaction for {age_of(age)}"
    return f"session {session}{f' ({program}{since})' if program or since else ''} is writing"
