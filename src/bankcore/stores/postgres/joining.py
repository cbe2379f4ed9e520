"""Writing a book in a transaction of the caller's, on his connection, which he commits.

The head is locked when the first request is decided, and stays so until his COMMIT or ROLLBACK: so the time
that a lock and an idle transaction may take is bounded for the rest of the transaction.  All rows go to the
server in one trip at the end.  That trip begins with a look at a setting of the transaction, made together
with the lock: it is gone where the transaction or the savepoint has ended that holds the lock.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from itertools import count
from types import ModuleType
from typing import Any, Final, Self

import psycopg
from psycopg import RawCursor, pq
from psycopg.rows import tuple_row

from bankcore.errors import BadTransaction, CannotJoin, JoinLost
from bankcore.ledger.ports import HeadMoved, KeyTaken, Writer
from bankcore.ledger.transactions import Book
from bankcore.stores.postgres.connection import Connection
from bankcore.stores.postgres.writer import PostgresWriter

__all__ = ["IDENTITY", "JoinedTransaction"]

_LONGEST: Final = 86_400_000  # milliseconds

# The tables that a session sees: of two databases, or schemas, they differ.
IDENTITY: Final = """
    SELECT current_database()::text, (SELECT oid::bigint FROM pg_database WHERE datname = current_database()),
        to_regclass('head')::oid::bigint, to_regclass('"transaction"')::oid::bigint"""
_BOUND: Final = """
    SELECT set_config(name, least(nullif(setting::bigint, 0), CASE name WHEN 'lock_timeout' THEN $1::bigint
        ELSE $2::bigint END)::text, true), set_config('bankcore.joined', $3::text, true)
    FROM pg_settings WHERE name IN ('lock_timeout', 'idle_in_transaction_session_timeout')"""
_STILL: Final = "SELECT 1 / (coalesce(current_setting('bankcore.joined', true), '') = $1::text)::int"
_ENDED: Final = "22012"  # a division by zero

_tokens = count(1)


class _Borrowed(Connection):
    """The connection of a caller, whose transaction is neither begun nor ended here."""

    def __init__(self, place: str, conn: psycopg.Connection[Any]) -> None:
        self.place = place
        self.conn = conn
        self.reached = {}
        self.warning = None
        self._pid = os.getpid()
        self._prepares = False
        self._prepared = {}
        self._cursor = RawCursor(conn, row_factory=tuple_row)

    def _execute(
        self, sql: str, given: Sequence[object] | None, prepare: bool | None = None
    ) -> psycopg.Cursor[Any]:
        return RawCursor(self.conn, row_factory=tuple_row).execute(sql.encode(), given, prepare=prepare)

    def undo(self) -> None:
        """Leave it to the caller."""

    def close(self) -> None:
        """Leave it to the caller."""


class _JoinedWriter(PostgresWriter):
    """A writer in a transaction that has begun."""

    _opening = ()

    def write(self, token: str) -> None:
        """Send everything added, in one trip; raises BadTransaction where the lock is gone."""
        if self._queued:
            self._queued.insert(0, (_STILL, (token,)))
            self._flush()


class JoinedTransaction:
    """A context in which a book is written on a caller's connection; leaving it without an error sends the
    rows, and an error leaves them out.  Raises CannotJoin, JoinLost.
    """

    def __init__(
        self,
        book: Book,
        place: str,
        connection: object,
        timeouts: tuple[int, int],
        identity: Callable[[], Any],
        forget: Callable[[], None],
        layout: ModuleType,
    ) -> None:
        self._book, self._place, self._layout = book, place, layout
        self._timeouts, self._identity, self._forget = timeouts, identity, forget
        self._token = f"{os.getpid()}.{next(_tokens)}"
        self._writer: _JoinedWriter | None = None
        if not isinstance(connection, psycopg.Connection):
            raise CannotJoin(place, "a psycopg.Connection is needed, and no other")
        if not all(0 < it <= _LONGEST for it in timeouts):
            raise CannotJoin(place, "the lock and the idle transaction need timeouts, of at most a day")
        self._conn = connection

    def writer(self) -> Writer:
        """The one writer; the head is locked for it."""
        self._check_transaction()
        borrowed = _Borrowed(self._place, self._conn)
        if borrowed.rows(IDENTITY) != self._identity():
            raise CannotJoin(self._place, "the connection sees other tables than the store")
        borrowed.ask(_BOUND, (*self._timeouts, self._token))
        self._writer = writer = _JoinedWriter(borrowed, self._book, None, layout=self._layout)
        writer.check_open(self._place)
        return writer

    def _check_transaction(self) -> None:
        conn = self._conn
        if conn.pgconn.pipeline_status != pq.PipelineStatus.OFF:
            raise CannotJoin(self._place, "the connection is in a pipeline")
        status, begun = conn.info.transaction_status, pq.TransactionStatus.INTRANS
        if status == pq.TransactionStatus.IDLE and not conn.autocommit:
            return  # the driver begins one with the next statement
        if status != begun:
            raise CannotJoin(self._place, f"the connection is not in a transaction, but {status.name}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        writer = self._writer
        if writer is None:
            return
        self._forget()  # what the store knows of the head is out of date when he has committed
        try:
            if kind is None:
                self._write(writer)
        finally:
            writer.close()

    def _write(self, writer: _JoinedWriter) -> None:
        try:
            writer.write(self._token)
        except (HeadMoved, KeyTaken) as clash:
            raise JoinLost(self._place, "somebody else has written the book") from clash
        except BadTransaction as error:
            if getattr(error.__cause__, "sqlstate", None) != _ENDED:
                raise
            reason = "it, or the savepoint that the first posting was made in, has ended before the block"
            raise CannotJoin(self._place, reason) from error
