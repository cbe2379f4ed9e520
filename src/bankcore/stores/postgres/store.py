"""Books in PostgreSQL: for a book that outgrows a file, or a service that must be available without it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from datetime import date
from typing import Any, Final, Self
from urllib.parse import quote

from attrs import frozen

from bankcore.errors import (
    BookExists,
    NotABook,
    SchemaMismatch,
    StoreDamaged,
    StoreReadOnly,
    StoreUnavailable,
    UnknownName,
)
from bankcore.ledger.additions import Move
from bankcore.ledger.transactions import Book
from bankcore.stores.forks import Owner
from bankcore.stores.moves import check_open, row_of
from bankcore.stores.postgres import queries, statements
from bankcore.stores.postgres.address import Address
from bankcore.stores.postgres.connection import Connection, constraint_of
from bankcore.stores.postgres.joining import IDENTITY, JoinedTransaction
from bankcore.stores.postgres.partitioned import LAYOUT
from bankcore.stores.postgres.pool import Pool, Still
from bankcore.stores.postgres.reader import PostgresReader
from bankcore.stores.postgres.schema import FOUND, PARTITIONED, VERSION, script
from bankcore.stores.postgres.turn import Turn, Writing
from bankcore.stores.postgres.vitals import server_vitals
from bankcore.stores.rows import book_of, made
from bankcore.stores.vitals import Vitals
from bankcore.stores.waiting import OnWait, Patience
from bankcore.units import Unit

__all__ = ["PostgresStore"]

DURABILITY: Final = {"full": "on", "normal": "off"}
_IDLE: Final = 300_000  # milliseconds in which a writer decides what to commit, at most

_BOOKS: Final = "SELECT book_id, name, base_unit, opened_on, zone FROM book ORDER BY book_id"
_SAME: Final = "SELECT name FROM book WHERE book_id = $1::bigint OR name = $2::text"
_ORPHANS: Final = 'SELECT 1 FROM "transaction" WHERE book_id = $1::bigint LIMIT 1'
_SCHEMA: Final = """
    SELECT n.nspname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.oid = to_regclass('head')"""
_CONSUMERS: Final = """
    SELECT name, number FROM consumer
    WHERE book_id = $1::bigint AND NOT starts_with(name, '@move:') ORDER BY name"""


@frozen
class Server:
    """The server that keeps the books."""

    version: str
    sound: bool = True

    def __str__(self) -> str:
        return f"PostgreSQL {self.version}"


class PostgresStore:
    """A database of books, at a URL `postgresql://USER@HOST:PORT/DATABASE`.

    With `create` missing tables are created, in the first schema of the session's search path.  `durability`
    is "full" (a commit is durable as the server is set up, on a synchronous standby too) or "normal" (a crash
    of the server may lose the last commits, but only whole ones).  A writer waits up to `timeout` seconds for
    another, at most a day; whoever reads or writes waits as long for a server that went away or for one in
    its place.  `on_wait` is called with a `Wait`, in another thread, once a writer has waited for a second.

    Of several hosts the primary is read and written.  With `read_only` the URL may say otherwise, as by
    `target_session_attrs=prefer-standby`: then commits are seen later, see `reach`.

    Raises BadTimeout, NotABook, SchemaMismatch, StoreUnavailable, and UnknownName for a URL that cannot be
    read and an unknown durability; later calls also StoreLocked, StoreReadOnly, StoreFull and StoreDamaged,
    and UsedAfterFork in a child of the process.  No error repeats a password, or any parameter of the URL.
    """

    def __init__(
        self,
        url: str,
        *,
        create: bool = False,
        read_only: bool = False,
        durability: str = "full",
        timeout: float = 30,
        on_wait: OnWait | None = None,
    ) -> None:
        if durability not in DURABILITY:
            raise UnknownName("durability", durability, ", ".join(DURABILITY))
        self._address = Address.parse(url)
        self.place = self._address.place
        self._owner = Owner(self.place)
        self._durability = durability
        self._timeout = timeout
        self._patience = Patience(self.place, timeout, on_wait)
        self._read_only = read_only
        self._known: dict[int, Book] = {}
        self._mutex = threading.Lock()
        self._turns: dict[int | None, Turn] = {}
        self._pool = Pool(self.place, self._connect_to_read, self.check_owner, timeout)
        self._reads: Pool | Still = self._pool
        try:
            self.engine = self._established(create=create and not read_only)
            if not create and not self.books():
                raise NotABook(self.place, "it has no book")
        except BaseException:
            self.close()
            raise

    def _connect_to_read(self) -> Connection:
        settings = {
            "plan_cache_mode": "force_custom_plan",
            "enable_bitmapscan": "off",  # without statistics a page of the journal would read all the rest
            "work_mem": "65536",
            "jit": "off",
        }
        together = not self._read_only and self._address.has_several_hosts  # who writes reads what it wrote
        return Connection(self._address, settings, "primary" if together else "")

    def _connect_to_write(self) -> Connection:
        settings = {
            "lock_timeout": str(max(int(self._timeout * 1_000), 1)),
            "idle_in_transaction_session_timeout": str(_IDLE),
            "tcp_keepalives_idle": "5",  # a client that vanishes does not keep the lock
            "tcp_keepalives_interval": "2",
            "tcp_keepalives_count": "3",
            "enable_seqscan": "off",  # a plan that is kept from when a table was small
            "enable_bitmapscan": "off",
            "statement_timeout": "0",  # a commit that waits for a standby must not be cancelled
        }
        if self._durability == "normal":
            settings["synchronous_commit"] = "off"
        connection = Connection(self._address, settings, "read-write")
        if self._durability == "full":
            connection.run(
                "SELECT set_config('synchronous_commit', 'on', false) "
                "WHERE current_setting('synchronous_commit') = 'off'"
            )
        return connection

    def _connect_to_post(self) -> Connection:
        connection = self._connect_to_write()
        try:
            connection.prepare(statements.USUAL)
        except BaseException:
            connection.close()
            raise
        return connection

    def _refuse_standby(self) -> None:
        """Raise StoreReadOnly where a standby answers, and no primary did."""
        connection = Connection(self._address, {}, "any")
        is_standby = connection.is_standby
        connection.close()
        if is_standby:
            raise StoreReadOnly(self.place, f"a standby, and no primary answers for {self._timeout} seconds")

    def _established(self, *, create: bool) -> Server:
        """The server, whose database has the tables of this version, or now gets them."""
        ((encoding, version),) = self._reads.rows(
            "SELECT current_setting('server_encoding'), current_setting('server_version')"
        )
        if encoding != "UTF8":
            raise NotABook(self.place, f"its encoding is {encoding}, not UTF8")
        if self._reads.rows(FOUND) != [(True,)]:
            if not create:
                raise NotABook(self.place, "it has no tables of bankcore")
            self._create_tables()
        ((found,),) = self._reads.rows("SELECT version FROM bankcore_version")
        if found != VERSION:
            raise SchemaMismatch(self.place, found, VERSION)
        self._layout = LAYOUT if self._reads.rows(PARTITIONED) == [(True,)] else queries
        ((self._schema,),) = self._reads.rows(_SCHEMA)
        return Server(version.partition(" ")[0])

    def _create_tables(self) -> None:
        connection = self._connect_to_write()
        try:
            made = f"{script('schema')}; {script('views')}; INSERT INTO bankcore_version VALUES ({VERSION})"
            connection.run(f"BEGIN; {made}; COMMIT")
        except StoreDamaged as error:
            if self._reads.rows(FOUND) != [(True,)]:  # another process was not first
                raise NotABook(self.place, error.reason) from error
        finally:
            connection.close()

    @property
    def address(self) -> str:
        """What names the store to others, without a password: a database may have one in each schema."""
        chosen = (
            "" if self._schema == "public" else f"?options=-csearch_path%3D{quote(self._schema, safe='')}"
        )
        return self.place + chosen

    def check_owner(self) -> None:
        """Raise UsedAfterFork in a child of the process that opened the store."""
        self._owner.check()

    def add(self, name: str, base_unit: Unit, opened_on: date, zone: str = "UTC") -> Book:
        """Add an empty book with the next id; raises BookExists."""
        with self._administering() as connection:
            while True:
                ((last,),) = connection.rows("SELECT coalesce(max(book_id), 0) FROM book")
                book = Book(last + 1, name, base_unit, opened_on, zone)
                if self._insert(connection, book, id_is_given=False):
                    return book

    def create(self, book: Book, move: Move | None = None) -> None:
        """Add an empty book with an id chosen by the caller, with its move; raises BookExists."""
        with self._administering() as connection:
            self._insert(connection, book, move, id_is_given=True)

    def _insert(
        self, connection: Connection, book: Book, move: Move | None = None, *, id_is_given: bool
    ) -> bool:
        """Add a book; False where another process took the id meanwhile."""
        for (name,) in connection.rows(_SAME, (book.id, book.name)):
            if id_is_given or name == book.name:
                raise BookExists(self.place, name)
            return False
        if connection.rows(_ORPHANS, (book.id,)):
            raise StoreDamaged(self.place, f"it has transactions of book {book.id}, which is missing")
        row = (book.id, book.name, str(book.base_unit), book.opened_on.isoformat(), book.zone)
        adding, starting = statements.STARTING
        steps = [("BEGIN", ()), (adding, row), (starting, (book.id, book.genesis()))]
        if move is not None:
            steps.append((statements.MOVED[1], (book.id, *row_of(move))))
        try:
            connection.trip([*steps, ("COMMIT", ())])
        except StoreDamaged as error:
            connection.undo()
            if not constraint_of(error).startswith("book_"):
                raise
            return self._insert(connection, book, move, id_is_given=id_is_given)  # which finds the other one
        return True

    def books(self) -> tuple[Book, ...]:
        """The books of the database by id."""
        return tuple(made(book_of, self._reads.rows(_BOOKS), self.place))

    def reading(self, book: int) -> PostgresReader:
        """A reader of a book; raises NotABook where the database has no such book."""
        return PostgresReader(self._reads, self._book(book), self._layout)

    def reach(self, book: int, number: int) -> None:
        """Wait until this store shows a transaction, such as that of a receipt; later reads see it too.

        Raises StoreBehind where the server that is read does not show it within `timeout` seconds.
        """
        self._pool.reach(self._book(book).id, number)

    @contextmanager
    def snapshot(self) -> Iterator[PostgresStore]:
        """The database in its current state, for reading, unaffected by later writes."""
        self.check_owner()
        still = copy(self)
        still._read_only, still._turns = True, {}
        still._reads = Still(self._pool.connect(), self.check_owner)
        try:
            still.books()  # the first read fixes the snapshot
            yield still
        finally:
            still.close()

    def vitals(self) -> Vitals:
        """The condition of the server and of the database; nothing is written."""
        return server_vitals(self._reads.rows, str(self.engine), sound=self.engine.sound)

    def scrub(self) -> bool:
        """Rewrite the table of personal data, of which a deleted row would keep the bytes for a while.

        False while somebody reads it, or where the role may not do it.
        """
        self._check_writable()
        if self._reads.rows(statements.SETTLED) == [(0,)]:
            return True
        with self._administering() as connection:
            steps = [(sql, ()) for sql in statements.REWRITING]
            try:
                connection.trip(
                    [("BEGIN", ()), ("SET LOCAL lock_timeout = '200ms'", ()), *steps, ("COMMIT", ())]
                )
            except (StoreReadOnly, StoreUnavailable):
                return False
        return True

    def writing(self, book: int, *, moving: bool = False) -> Writing:
        """The book to write to; leaving commits, an exception undoes everything."""
        self._check_writable()
        known = self._known.get(book) or self._book(book)
        return Writing(self._turn(book), known, moving=moving)

    def joining(
        self, book: int, connection: object, *, lock_timeout: float, idle_timeout: float
    ) -> JoinedTransaction:
        """The book to write to in a transaction of the caller's, on his psycopg.Connection.

        Raises CannotJoin.  Services use it by `bankcore.joining.joined`.
        """
        self._check_writable()
        timeouts = round(lock_timeout * 1_000), round(idle_timeout * 1_000)
        known, turn = self._book(book), self._turn(book)
        return JoinedTransaction(
            known, self.place, connection, timeouts, self._identity, turn.forget, self._layout
        )

    def _identity(self) -> list[Any]:
        return self._reads.rows(IDENTITY)

    def consumers(self, book: int) -> Mapping[str, int]:
        """How far each consumer of the book's feed has come, in the order of their names."""
        return dict(self._reads.rows(_CONSUMERS, (self._book(book).id,)))

    def advance(self, book: int, consumer: str, number: int, *, moving: bool = False) -> None:
        """Keep that a consumer is done with the transactions through `number`."""
        known = self._book(book)
        locking, advancing = statements.ADVANCING
        with self._administering() as connection:
            connection.trip([("BEGIN", ()), (locking, (book,))])
            try:
                if not moving:
                    check_open(PostgresReader(connection, known).move(), self.place, known)
                connection.trip([(advancing, (book, consumer, number)), ("COMMIT", ())])
            finally:
                connection.undo()

    def close(self) -> None:
        """Close the connections; every later use raises StoreUnavailable."""
        self._reads.close()
        with self._mutex:
            for turn in self._turns.values():
                turn.close()

    def __repr__(self) -> str:
        """With the place alone, which has no password."""
        return f"PostgresStore({self.place!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _book(self, id: int) -> Book:
        self.check_owner()
        self._reads.check_open()
        if id not in self._known:
            self._known = {book.id: book for book in self.books()}
        if id not in self._known:
            raise NotABook(self.place, f"it holds no book {id}")
        return self._known[id]

    def _check_writable(self) -> None:
        self.check_owner()
        self._reads.check_open()
        if self._read_only:
            raise StoreReadOnly(self.place, "it was opened for reading only")

    def _turn(self, book: int | None) -> Turn:
        """The turns of a book, or of what belongs to none."""
        with self._mutex:
            if book not in self._turns:
                connect = self._connect_to_write if book is None else self._connect_to_post
                self._turns[book] = Turn(
                    self.place,
                    connect,
                    self._patience,
                    self._pool.rows,
                    self._refuse_standby,
                    self._layout,
                )
            return self._turns[book]

    @contextmanager
    def _administering(self) -> Iterator[Connection]:
        """A connection for what no book's journal tells of."""
        self._check_writable()
        turn = self._turn(None)
        connection = turn.take()
        try:
            yield connection
        finally:
            turn.release()
