"""Books in a SQLite file: the embedded default.

One connection writes and one reads.  Reading goes page by page without an open cursor, so that it never
blocks a writer or a checkpoint and uses the same memory however long the book is.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self, TypeVar

from bankcore.errors import BookExists, NotABook, StoreDamaged, StoreReadOnly, UnknownName
from bankcore.ledger.ports import Head, Move
from bankcore.ledger.transactions import Book
from bankcore.stores.connection import Connection, awaits_schema, establish_schema
from bankcore.stores.engine import ENGINE, Engine
from bankcore.stores.erasing import is_pending, settle
from bankcore.stores.files import Files, check_place, file_identity, file_uri
from bankcore.stores.forks import refuse_inherited
from bankcore.stores.guard import Guard
from bankcore.stores.moves import check_open, row_of
from bankcore.stores.reader import SqliteReader
from bankcore.stores.rows import book_of, made
from bankcore.stores.waiting import OnWait, Patience, writer_of
from bankcore.stores.writer import AFTER_SMALL, SqliteWriter
from bankcore.units import Unit

if TYPE_CHECKING:
    from bankcore.stores.backup import Backup
    from bankcore.stores.vitals import Vitals

__all__ = ["SqliteStore"]

T = TypeVar("T")

DURABILITY: Final = {"full": "FULL", "normal": "NORMAL"}

_WRITING: Final = ("cache_size = -65536", "journal_size_limit = 67108864")
_READING: Final = ("query_only = ON", "cache_size = -65536", "temp_store = MEMORY")


class SqliteStore:
    """A file of books.

    With `create` a missing or empty file is initialised; `read_only` needs no write permission for a file
    that somebody has open.  `durability` is "full" (a commit survives a power cut) or "normal" (a power cut
    may lose the last commits, but only whole ones).  A writer waits up to `timeout` seconds for another, at
    most a day; `on_wait` is called with a `Wait` once that has lasted a second.

    Raises BadTimeout, NotABook, SchemaMismatch, StoreReadOnly, StoreUnavailable, and UnknownName for an
    unknown durability; later calls also StoreLocked, StoreFull and StoreDamaged, and UsedAfterFork in a child
    of the process.
    `engine` is the SQLite in use, and says whether it is sound.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     store = SqliteStore(f"{folder}/bank.db", create=True)
    ...     store.books()
    ...     store.close()
    ()
    """

    engine: Final[Engine] = ENGINE

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        create: bool = False,
        read_only: bool = False,
        durability: str = "full",
        timeout: float = 30,
        on_wait: OnWait | None = None,
    ) -> None:
        if durability not in DURABILITY:
            raise UnknownName("durability", durability, ", ".join(DURABILITY))
        self._place = str(path)
        self._full_path = str(Path(path).absolute())
        self._turn = threading.Lock()
        self._known: dict[int, Book] = {}
        self._connections: list[Connection] = []
        try:
            self._file = Path(os.path.realpath(self._full_path))
        except (OSError, ValueError) as error:
            raise NotABook(self._place, f"it cannot be read ({error})") from error
        self._patience = Patience(self._place, timeout, on_wait, partial(writer_of, self._file))
        new = create and not read_only
        size = check_place(self._place, self._file, create=new, read_only=read_only)
        refuse_inherited(self._place, file_identity(self._full_path))
        self._uri = file_uri(self._file, create=new, read_only=read_only)
        try:
            first = self._connect()
            fresh = awaits_schema(first, create=new, size=size or 0)
            if not read_only:
                first.space_checkpoints(AFTER_SMALL if ENGINE.sound else 0)
                establish_schema(first, fresh=fresh, read_only=False)
                first.tune(("journal_mode = WAL", f"synchronous = {DURABILITY[durability]}", *_WRITING))
            self._reader = first if read_only else self._connect()
            self._reader.tune(_READING)
            establish_schema(self._reader, fresh=False, read_only=True)
            if not create and not self.books():
                raise NotABook(
                    self._place,
                    "it has no book: its creation was interrupted, or it was copied without its log (-wal)",
                )
        except BaseException:
            self.close()
            raise
        self._writer = None if read_only else first
        self._checkpoints = Guard(self._connect)
        self._guard = None if read_only or ENGINE.sound else self._checkpoints
        self._files = Files(self._place, self._full_path, self._file)
        for connection in self._connections:
            connection.file = self._files.file
        self._heads: dict[int, Head] = {}  # the heads after this store's own last commits
        self._data_version: int | None = None

    def _connect(self) -> Connection:
        connection = Connection(self._place, self._uri, self._patience)
        self._connections.insert(0, connection)
        return connection

    @property
    def address(self) -> str:
        """What names the store to others: the full path of the file."""
        return str(self._file)

    def check_owner(self) -> None:
        """Raise UsedAfterFork in a child of the process that opened the store."""
        if self._reader.inherited:
            self._reader.check_owner()

    def add(self, name: str, base_unit: Unit, opened_on: date, zone: str = "UTC") -> Book:
        """Add an empty book with the next id, assigned under the write lock; raises BookExists."""
        with self._turn_of_mine() as connection:
            ((last,),) = connection.rows("SELECT coalesce(max(book_id), 0) FROM book")
            book = Book(last + 1, name, base_unit, opened_on, zone)
            self._insert(connection, book)
        return book

    def create(self, book: Book, move: Move | None = None) -> None:
        """Add an empty book with an id chosen by the caller, with its move; raises BookExists."""
        with self._turn_of_mine() as connection:
            self._insert(connection, book)
            if move is not None:
                connection.run("INSERT INTO consumer VALUES (?, ?, ?)", (book.id, *row_of(move)))

    def _insert(self, connection: Connection, book: Book) -> None:
        self._files.check()
        for (name,) in connection.rows(
            "SELECT name FROM book WHERE book_id = ? OR name = ?", (book.id, book.name)
        ):
            raise BookExists(self._place, name)
        if connection.rows('SELECT 1 FROM "transaction" WHERE book_id = ? LIMIT 1', (book.id,)):
            raise StoreDamaged(self._place, f"it has transactions of book {book.id}, which is missing")
        row = (book.id, book.name, book.base_unit, book.opened_on.isoformat(), book.zone)
        connection.run("INSERT INTO book VALUES (?, ?, ?, ?, ?)", row)

    def books(self) -> tuple[Book, ...]:
        """The books of the file by id."""
        rows = self._reader.rows(
            "SELECT book_id, name, base_unit, opened_on, zone FROM book ORDER BY book_id"
        )
        return tuple(made(book_of, rows, self._place))

    def reading(self, book: int) -> SqliteReader:
        """A reader of a book; raises NotABook where the file has no such book."""
        return SqliteReader(self._reader, self._book(book))

    @contextmanager
    def snapshot(self) -> Iterator[SqliteStore]:
        """The file in its current state, for reading, unaffected by later writes.

        Until it is left, the log beside the file keeps growing with every commit.
        """
        self.check_owner()
        timeout, on_wait = self._patience.timeout, self._patience.on_wait
        still = SqliteStore(self._full_path, create=True, read_only=True, timeout=timeout, on_wait=on_wait)
        try:
            still._reader.run("BEGIN")
            still.books()  # the first read fixes the snapshot
            yield still
        finally:
            still.close()

    def backup(self, path: str | os.PathLike[str], *, noted: bool = True) -> Backup:
        """Copy the books in their current state into a new file, while others go on writing, and verify it.

        Where it is `noted`, a small file beside this one, its name ending in `.last-backup`, says so.
        Raises BadFile where the file exists or cannot be created, and the findings of `verify` in the copy,
        which is then removed.
        """
        from bankcore.stores.backup import back_up  # imports everything needed for verifying
        from bankcore.stores.vitals import note_backup

        with self.snapshot() as still:
            made = back_up(still._reader, still, os.fspath(path), SqliteStore)
        if noted:
            note_backup(self._file, made)
        return made

    def vitals(self) -> Vitals:
        """The condition of the file: sizes, free space, engine, last backup; nothing is written."""
        from bankcore.stores.vitals import file_vitals

        return file_vitals(self._reader, self._file)

    def checkpoint(self) -> None:
        """Move the log into the file, as far as no reader still needs it."""
        with self._turn_of_mine():
            self._files.check()
            self._checkpoints.checkpoint()

    def scrub(self) -> bool:
        """Empty the log, which may still have erased data; False while an older snapshot needs it.

        Raises StoreReadOnly where it was opened for reading.
        """
        self.check_owner()
        if self._writer is None:
            raise StoreReadOnly(self._place, "it was opened for reading only")
        if not is_pending(self._reader):
            return True
        with self._turn:
            self._files.check()
            return settle(self._writer)

    def writing(self, book: int, *, moving: bool = False) -> AbstractContextManager[SqliteWriter]:
        """The book to write to; leaving commits, an exception undoes everything."""
        return _Writing(self, self._known.get(book) or self._book(book), moving=moving)

    def consumers(self, book: int) -> Mapping[str, int]:
        """How far each consumer of the book's feed has come, in the order of their names."""
        sql = "SELECT name, number FROM consumer WHERE book_id = ? AND name NOT GLOB '@move:*' ORDER BY name"
        return dict(self._reader.rows(sql, (self._book(book).id,)))

    def advance(self, book: int, consumer: str, number: int, *, moving: bool = False) -> None:
        """Keep that a consumer is done with the transactions through `number`."""
        known = self._book(book)
        with self._turn_of_mine() as connection:
            self._files.check()
            if not moving:
                check_open(SqliteReader(connection, known).move(), self.address, known)
            connection.run(
                """INSERT INTO consumer VALUES (?, ?, ?)
                ON CONFLICT DO UPDATE SET number = max(number, excluded.number)""",
                (book, consumer, number),
            )

    def close(self) -> None:
        """Close the file; every later use raises StoreUnavailable."""
        for connection in self._connections:
            connection.close()

    def __repr__(self) -> str:
        return f"SqliteStore({self._place!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _book(self, id: int) -> Book:
        if id not in self._known:
            self._known = {book.id: book for book in self.books()}
        if id not in self._known:
            raise NotABook(self._place, f"it holds no book {id}")
        return self._known[id]

    def _begin(self) -> Connection:
        """Take the write connection, while no other thread has it, and the file's write lock."""
        if self._writer is None:
            raise StoreReadOnly(self._place, "it was opened for reading only")
        if self._writer.inherited:
            self._writer.check_owner()
        self._patience.acquire(self._turn)
        try:
            if self._guard is not None:
                self._guard.pass_by(self._writer)
            return self._writer.__enter__()
        except BaseException:
            self._turn.release()
            raise

    def _end(self, kind: type[BaseException] | None) -> None:
        """Commit, or undo everything, and let others write."""
        try:
            if self._writer is not None:
                self._writer.__exit__(kind)
        finally:
            self._turn.release()

    @contextmanager
    def _turn_of_mine(self) -> Iterator[Connection]:
        """The write connection; leaving commits, an exception undoes everything."""
        connection = self._begin()
        try:
            yield connection
        except BaseException as error:
            self._end(type(error))
            raise
        self._end(None)


class _Writing:
    """One commit of a store to one of its books; a generator would take three times as long."""

    __slots__ = ("_book", "_moving", "_store", "_writer")

    def __init__(self, store: SqliteStore, book: Book, *, moving: bool) -> None:
        self._store = store
        self._book = book
        self._moving = moving

    def __enter__(self) -> SqliteWriter:
        store = self._store
        connection = store._begin()
        try:
            head = store._heads.pop(self._book.id, None)
            store._files.check()
            ((version,),) = connection.rows("PRAGMA data_version")  # moves when others have written
            if version != store._data_version:
                store._data_version, head = version, None
                store._heads.clear()  # of all books, as the version is that of the file
            self._writer = SqliteWriter(connection, self._book, head)
            if head is None and not self._moving:  # else this store has written last, and left it open
                check_open(self._writer.move(), store.address, self._book)
        except BaseException as error:
            store._end(type(error))
            raise
        return self._writer

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        store, writer = self._store, self._writer
        if kind is None and writer.end is not None and not self._moving:
            store._heads[self._book.id] = writer.end  # while nobody else can write
        writer.close()
        try:
            store._end(kind)
        except BaseException:
            store._heads.pop(self._book.id, None)
            raise
