"""Connections to a SQLite file, and the translation of the driver's errors."""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from shutil import disk_usage
from time import monotonic, sleep
from typing import Any, Final, Self, TypeVar

from bankcore.errors import (
    BadTransaction,
    BankcoreError,
    CommitUnknown,
    NotABook,
    SchemaMismatch,
    StoreDamaged,
    StoreFull,
    StoreLocked,
    StoreReadOnly,
    StoreUnavailable,
    UsedAfterFork,
)
from bankcore.stores.engine import driver
from bankcore.stores.forks import Place, watch
from bankcore.stores.schema import APPLICATION_ID, VERSION, establish
from bankcore.stores.waiting import FIRST, Patience

__all__ = ["Connection", "awaits_schema", "establish_schema", "translate"]

T = TypeVar("T")

_MEANING: Final[dict[int, type[NotABook | StoreDamaged | StoreFull | StoreReadOnly | StoreUnavailable]]] = {
    driver.SQLITE_BUSY: StoreLocked,
    driver.SQLITE_LOCKED: StoreLocked,
    driver.SQLITE_IOERR: StoreUnavailable,
    driver.SQLITE_CANTOPEN: StoreUnavailable,
    driver.SQLITE_READONLY: StoreReadOnly,
    driver.SQLITE_PERM: StoreReadOnly,
    driver.SQLITE_FULL: StoreFull,
    driver.SQLITE_NOTADB: NotABook,
    driver.SQLITE_CORRUPT: StoreDamaged,
    driver.SQLITE_CONSTRAINT: StoreDamaged,  # the ledger's checks passed: the stored rows contradict them
    driver.SQLITE_ERROR: StoreDamaged,  # our SQL is right: a table or column is missing
}

_WAITED: Final = frozenset({driver.SQLITE_BUSY, driver.SQLITE_BUSY | 1 << 8})  # the latter: it is recovered

_INDEX: Final = 32_768  # bytes of the least index of a log; SQLite says of it only that it cannot be written
_GLANCE: Final = (
    0.05  # seconds that SQLite waits by itself; the rest is waited here, where an interrupt is heard
)
_SLICE: Final = 1  # second, at most, between two looks whether there was one

_serial: Final = itertools.count()


def translate(error: Exception, place: str) -> BankcoreError:
    """The bankcore error for an error of the driver."""
    reason = str(error)
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None and code & 0xFF == driver.SQLITE_IOERR and _is_without_room(place):
        return StoreFull(place, f"{reason}, and its disk has no room")
    if code is not None:
        return _MEANING.get(code & 0xFF, StoreUnavailable)(place, reason)
    if isinstance(error, driver.ProgrammingError) and "closed" in reason:
        return StoreUnavailable(place, "it is closed")
    if isinstance(error, (driver.OperationalError, UnicodeDecodeError)):
        return StoreDamaged(place, reason)  # text that is not UTF-8, in a row or in SQLite's own message
    return BadTransaction("value", reason)  # a type, a number or a text that SQLite cannot store


def _is_without_room(file: str) -> bool:
    """Whether the disk of a file is full."""
    try:
        return disk_usage(os.path.dirname(os.path.abspath(file))).free < _INDEX
    except OSError:
        return False


class Connection:
    """One SQLite connection with its lock; errors of the driver are always translated.

    `run`, `rows` and `many` raise StoreUnavailable, StoreReadOnly, StoreFull, StoreDamaged, NotABook, and
    UsedAfterFork in a child of the process that made the connection.
    """

    def __init__(self, place: str, uri: str, patience: Patience) -> None:
        self.place = place
        self.serial = next(_serial)
        self.file: Place = None  # the identity of the file, once known
        self.inherited = False
        self.spacing = 0  # pages of log between SQLite's own checkpoints
        self._writing = False
        self._lock = threading.RLock()
        self._patience = patience
        self._glance = min(patience.timeout, _GLANCE)
        try:
            self.conn = driver.connect(
                uri, uri=True, timeout=self._glance, isolation_level=None, check_same_thread=False
            )
        except driver.Error as error:
            raise translate(error, place) from error
        try:
            self.run("PRAGMA recursive_triggers = ON")  # or INSERT OR REPLACE would delete without triggers
        except BaseException:
            self.conn.close()
            raise
        watch(self)

    def tune(self, pragmas: Iterable[str]) -> None:
        """Set some pragmas."""
        for pragma in pragmas:
            self.run(f"PRAGMA {pragma}")

    def space_checkpoints(self, pages: int) -> None:
        """Let SQLite make a checkpoint whenever its log has this many pages; 0 for never."""
        self.tune([f"wal_autocheckpoint = {pages}"])
        self.spacing = pages

    def run(self, sql: str, parameters: Sequence[object] = ()) -> None:
        """Execute one statement."""
        if self.inherited:
            self.check_owner()
        with self._lock:
            try:
                self.conn.execute(sql, parameters)
            except (driver.Error, OverflowError, UnicodeError) as error:
                self._once_free(error, lambda: self.conn.execute(sql, parameters))

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        """All rows of a query; none where a parameter is a value that SQLite cannot store."""
        if self.inherited:
            self.check_owner()
        with self._lock:
            try:
                return self.conn.execute(sql, parameters).fetchall()
            except (OverflowError, UnicodeEncodeError):
                return []
            except (driver.Error, UnicodeDecodeError) as error:
                return self._once_free(error, lambda: self.conn.execute(sql, parameters).fetchall())

    def many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """Execute one statement for each row; raises BadTransaction for values that SQLite cannot store."""
        if self.inherited:
            self.check_owner()
        with self._lock:
            try:
                self.conn.executemany(sql, rows)
            except (driver.Error, OverflowError, UnicodeError) as error:
                raise translate(error, self.place) from error

    def changes(self) -> int:
        """The number of rows written through this connection; raises StoreUnavailable once it is closed."""
        try:
            return self.conn.total_changes
        except driver.Error as error:
            raise translate(error, self.place) from error

    def copy_into(self, copy: Connection) -> None:
        """Copy everything that this connection sees into an empty file, by SQLite's own backup."""
        self.check_owner()
        with self._lock:
            try:
                self.conn.backup(copy.conn)
            except driver.Error as error:
                raise translate(error, copy.place) from error

    def __enter__(self) -> Self:
        """Hold the write lock of the file; leaving commits, an exception undoes everything.

        Leaving raises CommitUnknown where the commit fails with an unknown outcome.
        """
        if self.inherited:
            self.check_owner()
        self._lock.acquire()  # so that a fork in another thread waits until this is done
        self._writing = True
        try:
            try:
                self.conn.execute("BEGIN IMMEDIATE")
            except driver.Error as error:
                self._once_free(error, lambda: self.conn.execute("BEGIN IMMEDIATE"))
        except BaseException:
            self._undo()
            self._end()
            raise
        return self

    def _once_free(self, refused: Exception, call: Callable[[], T]) -> T:
        """What a call returns that was refused as another process has a lock: given again until it is free.

        Raises StoreLocked where the time is over, and at once what any other refusal means.
        """
        begun, is_told = monotonic(), False
        end = begun + self._patience.timeout - self._glance
        try:
            while _is_locked(refused) and (now := monotonic()) < end:
                if not is_told and now >= begun + FIRST:
                    is_told = True
                    self._patience.tell()
                until = end if is_told else min(end, begun + FIRST)
                try:
                    self._busy(min(until - now, _SLICE))
                    return call()
                except (driver.Error, UnicodeError) as error:
                    refused = error
                if monotonic() < now + _GLANCE:  # SQLite has not waited, as for a lock that is held by us
                    sleep(_GLANCE)
        finally:
            with suppress(driver.Error):
                self._busy(self._glance)
        raise (self._patience.over() if _is_locked(refused) else translate(refused, self.place)) from refused

    def _busy(self, seconds: float) -> None:
        self.conn.execute(f"PRAGMA busy_timeout = {int(seconds * 1_000)}")

    def wait_inside(self, seconds: float | None = None) -> None:
        """Set how long SQLite waits by itself, in the next calls; as usual if not given."""
        try:
            self._busy(self._glance if seconds is None else seconds)
        except driver.Error as error:
            raise translate(error, self.place) from error

    def wait_longest(self) -> None:
        """Let SQLite wait by itself for as long as the store does, until `wait_inside`."""
        self.wait_inside(self._patience.timeout)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self.inherited:  # the fork happened inside; the child must touch nothing of it
            if kind is None:
                self.check_owner()
            return
        try:
            if kind is None:
                self.conn.execute("COMMIT")
            else:
                self._undo()
        except driver.Error as error:
            self._undo()
            meant, code = translate(error, self.place), getattr(error, "sqlite_errorcode", None)
            # After a lock it has not taken effect; after any other error of the system it may have.
            if code is not None and (code & 0xFF == driver.SQLITE_IOERR or type(meant) is StoreUnavailable):
                raise CommitUnknown(self.place, str(error)) from error
            raise meant from error
        except BaseException:
            self._undo()
            raise
        finally:
            self._writing = False
            self._lock.release()

    def _end(self) -> None:
        self._writing = False
        self._lock.release()

    def _undo(self) -> None:
        with suppress(driver.Error):  # after a full disk SQLite has already rolled back
            self.conn.rollback()

    def close(self) -> None:
        """Close, after calls in other threads have ended.  A child leaves it to the parent."""
        if self.inherited:
            return
        with self._lock:
            self.conn.close()

    # --- forks --------------------------------------------------------------------------------------

    def check_owner(self) -> None:
        """Raise UsedAfterFork in a child of the process that made the connection."""
        if self.inherited:
            raise UsedAfterFork(self.place, "open it again in this process")

    def hold(self, seconds: float) -> bool:
        """Keep other threads out while the process forks."""
        return self._lock.acquire(timeout=seconds)

    def resume(self) -> None:
        """The fork is over."""
        self._lock.release()

    def disown(self, *, held: bool) -> Place:
        """Close an inherited connection, so that SQLite drops the parent's locks, which are not ours.

        The parent has the file open, which keeps the close from moving its log into it.  A connection that
        another thread was using, or with a half-written commit, is never touched again, not even closed.
        """
        import ctypes

        self.inherited = True
        self._lock = threading.RLock()
        if held and not self._writing:
            with suppress(driver.Error):
                self.conn.close()
            return None
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self.conn))
        return self.file


def _is_locked(error: Exception) -> bool:
    """Whether another process has the lock; a snapshot that is too old to write is no such case."""
    return getattr(error, "sqlite_errorcode", None) in _WAITED


def awaits_schema(connection: Connection, *, create: bool, size: int) -> bool:
    """Whether the file of a connection has yet to be initialised; raises NotABook for other files."""
    ((found,),) = connection.rows("PRAGMA application_id")
    if found == APPLICATION_ID:
        return False
    if found or not create:
        raise NotABook(connection.place, "it is a file of something else" if size else "it is empty")
    return True


def establish_schema(connection: Connection, *, fresh: bool, read_only: bool) -> None:
    """Initialise a new file; raises NotABook, SchemaMismatch for an older or newer schema of bankcore."""
    ((found,),) = connection.rows("PRAGMA user_version")
    if found == VERSION:
        return
    if read_only or not fresh:
        raise SchemaMismatch(connection.place, found, VERSION)
    with connection:
        connection.wait_longest()  # without a log yet, a commit waits for readers
        ((found,),) = connection.rows("PRAGMA user_version")
        if found == VERSION:  # another process was first
            return
        if connection.rows("SELECT 1 FROM sqlite_schema LIMIT 1"):
            raise NotABook(connection.place, "it is a SQLite file of something else")
        try:
            establish(connection.conn)
        except driver.Error as error:
            raise translate(error, connection.place) from error
    connection.wait_inside()
