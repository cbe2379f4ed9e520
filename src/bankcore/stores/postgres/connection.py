"""Connections to PostgreSQL, and the translation of the driver's errors."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

import psycopg
from psycopg import RawCursor, pq
from psycopg.errors import Diagnostic

from bankcore.amounts import MAX_QUANTITY
from bankcore.errors import (
    BadTransaction,
    BankcoreError,
    NotABook,
    StoreDamaged,
    StoreFull,
    StoreLocked,
    StoreReadOnly,
    StoreUnavailable,
    UsedAfterFork,
)
from bankcore.ledger.transactions import is_storable
from bankcore.stores.postgres.address import Address

__all__ = ["Connection", "Statement", "constraint_of", "is_conflict"]

Statement = tuple[str, Sequence[object]]

# By the beginning of the SQLSTATE, the longest first.
_MEANING: Final[dict[str, type[StoreDamaged | StoreFull | StoreReadOnly | StoreUnavailable | NotABook]]] = {
    "25006": StoreReadOnly,  # a standby, or a session for reading
    "42501": StoreReadOnly,  # the role lacks a privilege
    "53100": StoreFull,
    "55P03": StoreLocked,  # for the time of `lock_timeout`
    "3D": NotABook,  # there is no such database
    "23": StoreDamaged,  # the ledger's checks passed: the stored rows contradict them
    "42": StoreDamaged,  # our SQL is right: a table or column is missing
    "XX": StoreDamaged,
}
_LOST: Final = ("08", "57P0", "26")  # the server ends the connection, or has not kept a statement


class Connection:
    """One connection, used by one caller at a time; errors of the driver are always translated.

    Every statement is a transaction of its own, unless it is between BEGIN and COMMIT.
    """

    def __init__(self, address: Address, settings: dict[str, str], target: str) -> None:
        self.place = address.place
        self.reached: dict[int, int] = {}  # by book, the number of a transaction that it has shown
        self.warning: str | None = None  # of the last trip
        self._pid = os.getpid()
        try:
            self.conn = psycopg.connect(
                **address.parameters(settings, target), autocommit=True, cursor_factory=RawCursor
            )
        except psycopg.Error as error:
            raise StoreUnavailable(self.place, _reason(error)) from None  # its traceback has the password
        self.conn.add_notice_handler(self._notice)
        # A plan made while a table is small reads all of it, and would be kept while the table grows.
        self._prepares: bool | None = None if settings.get("plan_cache_mode") else False
        self._prepared: dict[str, bytes] = {}
        self._cursor = self.conn.cursor()

    def _notice(self, notice: Diagnostic) -> None:
        if notice.severity_nonlocalized == "WARNING":
            self.warning = notice.message_primary

    def _execute(
        self, sql: str, given: Sequence[object] | None, prepare: bool | None = None
    ) -> psycopg.Cursor[Any]:
        return self.conn.execute(sql.encode(), given, prepare=prepare)

    def prepare(self, statements: Sequence[Statement]) -> None:
        """Have the server keep statements, with parameters with which they do nothing.

        The driver would do so by itself, but would believe that a statement is kept that was part of a trip
        after one that failed.
        """
        try:
            for sql, given in statements:
                self._execute(sql, given, prepare=True)
        except psycopg.Error as error:
            raise self._translated(error) from error
        self._prepared = {sql: sql.encode() for sql, _ in statements}

    @property
    def lost(self) -> bool:
        """Whether the connection is lost, and with it what was in progress, unless it was committed."""
        return self.conn.closed

    @property
    def session(self) -> int:
        """What the server calls the session."""
        return self.conn.info.backend_pid

    @property
    def is_standby(self) -> bool:
        """Whether the server may show commits later than another one; 13 does not tell."""
        return self.conn.closed or self.conn.info.parameter_status("in_hot_standby") != "off"

    @property
    def idle(self) -> bool:
        """Whether no transaction is in progress."""
        return self.conn.info.transaction_status == pq.TransactionStatus.IDLE

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        """All rows of a query; none where a parameter is a value that PostgreSQL cannot store."""
        return self.ask(sql, parameters) if all(map(_is_storable, parameters)) else []

    def ask(self, sql: str, parameters: Sequence[object]) -> list[Any]:
        """All rows of a statement in a trip of its own; raises BadTransaction for what cannot be stored."""
        self.warning = None
        self._check_owner()
        try:
            if (kept := self._prepared.get(sql)) is not None:
                return self._cursor.execute(kept, parameters, prepare=True).fetchall()
            return self._cursor.execute(sql.encode(), parameters, prepare=self._prepares).fetchall()
        except (psycopg.Error, UnicodeError) as error:
            raise self._translated(error) from error

    def run(self, sql: str, parameters: Sequence[object] | None = None) -> None:
        """Execute a statement, or several without parameters."""
        self._check_owner()
        try:
            self._execute(sql, parameters)
        except (psycopg.Error, UnicodeError) as error:
            raise self._translated(error) from error

    def trip(self, statements: Sequence[Statement]) -> list[list[Any]]:
        """Execute statements in one round trip, and return the rows of each.

        If one fails, those after it are not executed.  The last must not leave a transaction failed.
        """
        self.warning = None
        self._check_owner()
        cursors: list[psycopg.Cursor[Any]] = []
        first: Exception | None = None  # the one that the others follow from
        try:
            with self.conn.pipeline() as pipeline:
                try:
                    for sql, given in statements:
                        kept = sql in self._prepared
                        cursors.append(self._execute(sql, given, kept))
                    self._push()
                    pipeline.sync()
                except (psycopg.Error, UnicodeError) as error:  # one that leaves the pipeline would be logged
                    first = error
        except psycopg.Error as error:
            first = first or error
        if first is not None:
            raise self._translated(first) from first
        if statements[-1][0] == "COMMIT" and cursors[-1].statusmessage != "COMMIT":
            raise StoreUnavailable(self.place, "the transaction was rolled back")
        return [cursor.fetchall() if cursor.description else [] for cursor in cursors]

    def _push(self) -> None:
        """Send all that is queued, and wait until a little more can be sent.

        The driver then waits for answers alone.  If the server's side of the socket were full, it would wait
        for ever: the server answers only when it has received the end of the trip.
        """
        conn = self.conn.pgconn
        while conn.flush():
            if _ready(conn.socket, reading=True):
                conn.consume_input()
        _ready(conn.socket, reading=False)

    def undo(self) -> None:
        """Roll back what is in progress; a connection that cannot is closed."""
        if self._pid != os.getpid():
            return
        try:
            if not (self.conn.closed or self.idle):
                self.conn.pgconn.exec_(b"ROLLBACK")  # `execute` would drop the statements that are kept
        except psycopg.Error:
            self.close()
        if not (self.conn.closed or self.idle):
            self.close()

    def close(self) -> None:
        """Close the connection.  A child of the process leaves it to the parent."""
        if self._pid == os.getpid():
            with suppress(psycopg.Error):
                self.conn.close()

    def _check_owner(self) -> None:
        if self._pid != os.getpid():
            raise UsedAfterFork(self.place, "open it again in this process")

    def _translated(self, error: Exception) -> BankcoreError:
        if not isinstance(error, psycopg.Error):
            return BadTransaction("value", str(error))  # a text that is not Unicode
        state, reason = error.sqlstate or "", _reason(error)
        if self.conn.closed or state.startswith(_LOST):
            self.close()
            return StoreUnavailable(self.place, reason)
        if state.startswith("22") or (not state and isinstance(error, psycopg.DataError)):
            return BadTransaction("value", reason)
        for beginning, meant in _MEANING.items():
            if state.startswith(beginning):
                return meant(self.place, reason)
        return StoreUnavailable(self.place, reason)


def _ready(socket: int, *, reading: bool) -> bool:
    """Wait until a socket can be written, or where that is asked for, read; whether it can be read."""
    if sys.platform == "win32":
        return bool(select.select([socket] if reading else [], [socket], [])[0])
    asked = select.poll()
    asked.register(socket, select.POLLOUT | (select.POLLIN if reading else 0))
    ((_, found),) = asked.poll()
    return bool(found & select.POLLIN)


def _reason(error: psycopg.Error) -> str:
    said: str = error.diag.message_primary or str(error)
    return " ".join(said.split())


def _is_storable(value: object) -> bool:
    if isinstance(value, str):
        return (value.isascii() and "\0" not in value) or is_storable(value)
    return type(value) is not int or -MAX_QUANTITY - 1 <= value <= MAX_QUANTITY


def constraint_of(error: Exception) -> str:
    """The constraint of the table that a row would break, if that is the cause."""
    cause = error.__cause__
    return (cause.diag.constraint_name or "") if isinstance(cause, psycopg.IntegrityError) else ""


def is_conflict(error: Exception) -> bool:
    """Whether the transaction was ended in favour of another one, and may be tried again."""
    return isinstance(error.__cause__, psycopg.OperationalError) and str(error.__cause__.sqlstate).startswith(
        "40"
    )
