"""Connections to a SQLite file: what they open, and what the driver's errors mean."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Self

from bankcore.errors import (
    BadTransaction,
    BankcoreError,
    NotABook,
    SchemaMismatch,
    StoreDamaged,
    StoreFull,
    StoreReadOnly,
    StoreUnavailable,
)
from bankcore.stores.schema import APPLICATION_ID, VERSION, establish

__all__ = ["Connection", "awaits_schema", "establish_schema", "file_identity", "file_uri", "translate"]

_MAGIC: Final = b"SQLite format 3\0"
_HEADER: Final = 100

_MEANING: Final[dict[int, type[NotABook | StoreDamaged | StoreFull | StoreReadOnly | StoreUnavailable]]] = {
    sqlite3.SQLITE_BUSY: StoreUnavailable,
    sqlite3.SQLITE_LOCKED: StoreUnavailable,
    sqlite3.SQLITE_IOERR: StoreUnavailable,
    sqlite3.SQLITE_CANTOPEN: StoreUnavailable,
    sqlite3.SQLITE_READONLY: StoreReadOnly,
    sqlite3.SQLITE_PERM: StoreReadOnly,
    sqlite3.SQLITE_FULL: StoreFull,
    sqlite3.SQLITE_NOTADB: NotABook,
    sqlite3.SQLITE_CORRUPT: StoreDamaged,
    sqlite3.SQLITE_CONSTRAINT: StoreDamaged,  # the ledger's checks passed: what is stored contradicts them
    sqlite3.SQLITE_ERROR: StoreDamaged,  # our SQL is right: a table or column is gone
}


def translate(error: Exception, place: str) -> BankcoreError:
    """What an error of the driver means."""
    reason = str(error)
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None:
        return _MEANING.get(code & 0xFF, StoreUnavailable)(place, reason)
    if isinstance(error, sqlite3.ProgrammingError) and "closed" in reason:
        return StoreUnavailable(place, "it is closed")
    if isinstance(error, (sqlite3.OperationalError, UnicodeDecodeError)):
        return StoreDamaged(place, reason)  # text that is no UTF-8, in a row or in SQLite's own message
    return BadTransaction("value", reason)  # a type, a number or a text that SQLite cannot hold


class Connection:
    """One SQLite connection with its lock; no error of the driver leaves it.

    `run`, `rows` and `many` raise StoreUnavailable, StoreReadOnly, StoreFull, StoreDamaged, NotABook.
    """

    def __init__(self, place: str, uri: str, timeout: float) -> None:
        self.place = place
        self._lock = threading.RLock()
        try:
            conn = sqlite3.connect(
                uri, uri=True, timeout=timeout, isolation_level=None, check_same_thread=False
            )
            try:
                conn.execute("PRAGMA recursive_triggers = ON")  # or REPLACE would slip past the guards
            except BaseException:
                conn.close()
                raise
        except sqlite3.Error as error:
            raise translate(error, place) from error
        self.conn = conn

    def tune(self, pragmas: Iterable[str]) -> None:
        """Set some pragmas."""
        for pragma in pragmas:
            self.run(f"PRAGMA {pragma}")

    def run(self, sql: str, parameters: Sequence[object] = ()) -> None:
        """Execute one statement."""
        with self._lock:
            try:
                self.conn.execute(sql, parameters)
            except (sqlite3.Error, OverflowError, UnicodeError) as error:
                raise translate(error, self.place) from error

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        """All rows of a query.  A number or text that SQLite cannot hold is in no row."""
        with self._lock:
            try:
                return self.conn.execute(sql, parameters).fetchall()
            except (OverflowError, UnicodeEncodeError):
                return []
            except (sqlite3.Error, UnicodeDecodeError) as error:
                raise translate(error, self.place) from error

    def many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """Execute one statement for each row; raises BadTransaction for what SQLite cannot hold."""
        with self._lock:
            try:
                self.conn.executemany(sql, rows)
            except (sqlite3.Error, OverflowError, UnicodeError) as error:
                raise translate(error, self.place) from error

    def __enter__(self) -> Self:
        """Hold the write lock of the file; leaving commits, an exception undoes everything."""
        self._run_or_undo("BEGIN IMMEDIATE")
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._run_or_undo("COMMIT")
        else:
            self._undo()

    def _run_or_undo(self, sql: str) -> None:
        try:
            self.run(sql)
        except BaseException:
            self._undo()
            raise

    def _undo(self) -> None:
        with suppress(sqlite3.Error):  # a full disk has rolled back already
            self.conn.rollback()

    def close(self) -> None:
        """Close; what is still running in another thread ends first."""
        with self._lock:
            self.conn.close()


def awaits_schema(path: Path, *, create: bool, read_only: bool) -> bool:
    """Whether a book's file is still to be filled, judged without opening it as a database.

    Raises NotABook for what is no file of ours and StoreReadOnly where it may not be written.
    """
    place = str(path)
    try:
        if path.exists() and not path.is_file():
            raise NotABook(place, "it is no regular file")
        header = _header(path)
        if header is None and not create:
            raise NotABook(place, "there is no such file")
        if header is None and not path.parent.is_dir():
            raise NotABook(place, "there is no such folder")
    except (OSError, ValueError) as error:
        raise NotABook(place, f"it cannot be read ({getattr(error, 'strerror', None) or error})") from error
    ours = header and header.startswith(_MAGIC) and int.from_bytes(header[68:72], "big") == APPLICATION_ID
    blank = not header or (header.startswith(_MAGIC) and not any(header[68:72]))
    if not ours and not (create and blank):
        raise NotABook(place, "it is empty" if header == b"" else "it is a file of something else")
    if not read_only and not all(_is_writable(p) for p in (path.parent, path) if p.exists()):
        raise StoreReadOnly(place, "the file or its folder is write-protected")
    return not ours


def _header(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            return file.read(_HEADER)
    except FileNotFoundError:
        return None


def _is_writable(path: Path) -> bool:
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def file_uri(path: Path, *, create: bool, read_only: bool) -> str:
    """The URI that opens the file.

    A book in a folder where nothing can be written cannot have a WAL beside it, and nobody changes it.
    """
    uri = f"{path.as_uri()}?mode={'rwc' if create else 'rw'}"
    frozen = read_only and not _is_writable(path.parent) and not Path(f"{path}-wal").exists()
    return uri + "&immutable=1" if frozen else uri


def file_identity(file: str) -> tuple[int, int] | None:
    """Which file the path leads to now; SQLite would go on writing to one that nobody can find any more."""
    try:
        found = os.stat(file)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def establish_schema(connection: Connection, *, fresh: bool, read_only: bool) -> None:
    """Fill a fresh file; raises NotABook, SchemaMismatch for the schema of an older or newer bankcore."""
    ((found,),) = connection.rows("PRAGMA user_version")
    if found == VERSION:
        return
    if read_only or not fresh:
        raise SchemaMismatch(connection.place, found, VERSION)
    with connection:
        ((found,),) = connection.rows("PRAGMA user_version")
        if found == VERSION:  # another process was first
            return
        if connection.rows("SELECT 1 FROM sqlite_schema LIMIT 1"):
            raise NotABook(connection.place, "it is a SQLite file of something else")
        try:
            establish(connection.conn)
        except sqlite3.Error as error:
            raise translate(error, connection.place) from error
