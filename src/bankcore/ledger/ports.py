"""The port: what a store must offer to the ledger.

A reader comes in parts: posting uses `DecidingReader`, reports also use `ReportReader`, the evidence
`AuditReader`; `Maintenance` is for the operators of a store.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import NamedTuple, Protocol, Self

from bankcore.ledger.accounts import Account, AccountPath
from bankcore.ledger.additions import Additions, Head, Move, PostingRow, RecordRow
from bankcore.ledger.balances import Movement, Standing, StandingRow, StoredAccount
from bankcore.ledger.transactions import Book, Entry, Hold, PersonalRow, Record, RecordText
from bankcore.units import Unit

__all__ = [
    "AuditReader",
    "DecidingReader",
    "Fetched",
    "Head",
    "HeadMoved",
    "JournalRow",
    "KeyTaken",
    "Line",
    "Maintenance",
    "Move",
    "RareRow",
    "Reader",
    "ReportReader",
    "Store",
    "Writer",
]

JournalRow = tuple[int, str, bytes, str]  # number, key, digest, line
RareRow = tuple[str, int, str, int, int]


class HeadMoved(Exception):
    """The journal does not end where the rows to be added begin: everything decided is void."""


class KeyTaken(Exception):
    """The journal already has a key to be added: everything decided without looking it up is void."""


class Line(NamedTuple):
    """One posting of one account as a statement shows it; quantities with a debit positive."""

    sequence: int
    number: int
    effective_on: date
    kind: str
    description: str
    key: str
    quantity: int
    balance: int
    actor: str = ""


class Fetched(NamedTuple):
    """Those keys, accounts and records that a batch asked for and the book has."""

    numbers: dict[str, int]
    states: dict[AccountPath, StoredAccount]
    versions: dict[tuple[str, str], int]


class DecidingReader(Protocol):
    """What posting reads while it decides, and what a rule may read.

    Names, such as paths and ids, are ordered by code points on every store.  Any text may be looked up:
    one that no store can hold is simply not found.
    """

    @property
    def book(self) -> Book: ...

    def head(self) -> Head:
        """Where the journal ends."""
        ...

    def numbers(self, keys: Sequence[str]) -> dict[str, int]:
        """The transaction numbers of those of the keys that are used."""
        ...

    def states(self, paths: Iterable[AccountPath]) -> dict[AccountPath, StoredAccount]:
        """Those of the accounts that exist."""
        ...

    def latest_versions(self, names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
        """By kind and id, the number of the latest version of those of the records that exist."""
        ...

    def fetch(
        self, keys: Sequence[str], paths: Iterable[AccountPath], names: Iterable[tuple[str, str]]
    ) -> Fetched:
        """The answers of `numbers`, `states` and `latest_versions` in one call, for a batch."""
        ...

    def accounts(self, root: str = "", after: str = "", limit: int | None = None) -> Iterator[StoredAccount]:
        """The accounts at and below `root`, in path order, those after `after`."""
        ...

    def nets(
        self, root: str = "", after: str = "", limit: int | None = None
    ) -> Iterator[tuple[AccountPath, int]]:
        """The balances at and below `root` on their normal sides, without the descriptions."""
        ...

    def entry(self, number: int) -> Entry | None:
        """A transaction of the journal, or None."""
        ...

    def reversal(self, number: int) -> int | None:
        """The number of the transaction that reverses this one."""
        ...

    def corrections(self, number: int) -> list[int]:
        """The numbers of the transactions that correct this one, in order."""
        ...

    def group(self, name: str) -> list[int]:
        """The numbers of the transactions of a group, in order."""
        ...

    def hold(self, number: int) -> Hold | None:
        """The hold of this number, with what resolved it."""
        ...

    def due_holds(self, moment: datetime) -> list[Hold]:
        """The unresolved holds that have expired by an instant, in order."""
        ...

    def next_expiry(self) -> datetime | None:
        """The earliest instant at which an unresolved hold expires."""
        ...

    def later(self, path: AccountPath, on: date) -> list[Movement]:
        """Postings of an account with value dates after `on`, and legs of unresolved holds.

        The order is that of value dates, on one date that of the journal.
        """
        ...

    def secret(self) -> str:
        """The book's secret for the fingerprints of personal data; empty where it has none yet."""
        ...

    def fingerprinted(self, fingerprint: str) -> list[tuple[str, str]]:
        """Kind and id of the records with this fingerprint in some version that is not erased."""
        ...

    def record(self, kind: str, id: str) -> Record | None:
        """The latest version of a record."""
        ...

    def versions(self, kind: str, id: str) -> Iterator[Record]:
        """All versions of a record, oldest first."""
        ...

    def records(
        self, kind: str, root: str = "", after: str = "", limit: int | None = None
    ) -> Iterator[Record]:
        """The latest versions of the records at and below `root`, in id order, those after `after`."""
        ...

    def record_texts(
        self, kind: str, root: str = "", after: str = "", limit: int | None = None
    ) -> Iterator[RecordText]:
        """The same as rows, for reading many: id, version, and the data as canonical JSON.

        Personal data is replaced by its commitment.
        """
        ...


class ReportReader(Protocol):
    """What balances, statements and reports read in addition."""

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """The journal in order, those after transaction `after`."""
        ...

    def holds(self, after: int = 0) -> Iterator[Hold]:
        """All holds in order, those after transaction `after`."""
        ...

    def lines(self, path: AccountPath, after: int = 0) -> Iterator[Line]:
        """The postings of an account by sequence, those after sequence `after`."""
        ...

    def totals(self, path: AccountPath, on: date) -> tuple[int, int]:
        """Gross debits and credits of an account, counting value dates up to and including `on`."""
        ...

    def totals_through(self, number: int, on: date | None = None, root: str = "") -> Iterator[Standing]:
        """The totals as known after transaction `number`, of the accounts that were open by then.

        A hold is pending while no transaction through `number` resolved it.  With `on` only postings
        and holds with value dates up to and including it count.  The sequence number is that of the
        last posting counted, 0 for none.
        """
        ...

    def accounts_through(self, number: int, root: str = "") -> Iterator[Account]:
        """The descriptions of the accounts at and below `root` as known after transaction `number`."""
        ...


class AuditReader(Protocol):
    """What the evidence reads: rows as they are stored, and faults that the store finds in itself."""

    def journal(self, after: int = 0) -> Iterator[JournalRow]:
        """The transactions as stored, in order, beginning after number `after`."""
        ...

    def digests(self, after: int, through: int) -> Iterator[bytes]:
        """The digests of the transactions after `after`, through number `through`, in order."""
        ...

    def standings(self, after: int = 0, beyond: int = 0) -> Iterator[StandingRow]:
        """The current totals of the accounts with ids above `beyond`, and of those others that
        transactions after number `after` moved; in the order of their ids.
        """
        ...

    def pages(self, level: int, numbers: Sequence[int]) -> Mapping[int, bytes]:
        """Those of the pages of a level that exist, in their latest state."""
        ...

    def postings(self, spans: Iterable[tuple[int, int, int]]) -> Iterator[PostingRow]:
        """The stored postings of some (account id, first sequence, last sequence), in that order."""
        ...

    def record_rows(self, names: Iterable[tuple[str, str, int]]) -> Iterator[RecordRow]:
        """The stored rows of some (kind, id, version) of records, in that order."""
        ...

    def personal(self, first: int, last: int) -> Iterator[tuple[int, PersonalRow]]:
        """The personal data, unless erased, of the transactions `first` to `last`, by number and place."""
        ...

    def rare_rows(self) -> Iterator[RareRow]:
        """The rows beside the lines for looking up rare features, in any order.

        Rows of (name, number, text, target, quantity), unused fields empty or 0: ("hold", number,
        instant of expiry), ("held <leg>", number, "", account id, quantity), ("resolves", number, "", hold),
        ("reverses" or "corrects", number, "", target), ("group", number, name).
        """
        ...

    def counts(self) -> Mapping[str, int]:
        """How many rows of each kind the book stores, orphans included."""
        ...

    def faults(self) -> Iterator[str]:
        """Faults that the store itself finds in its bytes or its guards."""
        ...


class Reader(DecidingReader, ReportReader, AuditReader, Protocol):
    """Reading one book as of the last commit (or, for a writer, as of now).

    It works until it is closed, by `close` or as a context manager, or the store is closed; after that it
    and its unfinished iterators raise StoreUnavailable.  There may be many, each used by one caller.
    """

    def move(self) -> Move | None:
        """Where the book stands if it was ever moved to or from this store."""
        ...

    def close(self) -> None:
        """Release the resources of reading; may be called more than once."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


class Writer(Reader, Protocol):
    """The one writer of a book, from taking the write lock to the commit; then it is closed."""

    def append(self, added: Additions) -> None:
        """Add rows to the journal and the rows derived from them.

        Where records are erased, the salts and personal data of all their versions and of the requests
        that wrote them are deleted.  Raises HeadMoved, KeyTaken; then nothing may be committed.
        """
        ...


class Store(Protocol):
    """A place for books.

    Leaving `writing` commits; an exception inside it undoes everything.  Where the outcome of the commit
    is unknown, leaving raises CommitUnknown, and `writing` may be entered again: a store that must
    reconnect for that waits as long as is sensible, within its own bounds.  A `snapshot` reads the state
    of one moment; a plain reader sees each commit as soon as it is made.  `address` names the store to those
    who look for a book elsewhere, without anything secret.
    """

    @property
    def address(self) -> str: ...

    def check_owner(self) -> None:
        """Raise UsedAfterFork in a child of the process that opened the store."""
        ...

    def add(self, name: str, base_unit: Unit, opened_on: date, zone: str = "UTC") -> Book:
        """Add an empty book with the next id, assigned under the lock; raises BookExists."""
        ...

    def create(self, book: Book, move: Move | None = None) -> None:
        """Add an empty book with an id chosen by the caller, with its move; raises BookExists."""
        ...

    def books(self) -> tuple[Book, ...]:
        """The books by id."""
        ...

    def reading(self, book: int) -> Reader:
        """A reader of a book, to be closed; raises NotABook where the book does not exist."""
        ...

    def snapshot(self) -> AbstractContextManager[Store]:
        """The store as of this moment, for as long as the context lasts; it cannot be written to."""
        ...

    def scrub(self) -> bool:
        """Overwrite erased data wherever the store still keeps its bytes.

        False while a reader of an older state prevents it; then try again.
        """
        ...

    def writing(self, book: int, *, moving: bool = False) -> AbstractContextManager[Writer]:
        """The writer of a book, under the book's lock; raises NotABook, and WriterBusy after a time.

        Raises BookMoved, BookInCopy or MoveAbandoned where its move closes it; not with `moving`, for the
        move itself, which then has the book alone from here to the commit.
        """
        ...

    def consumers(self, book: int) -> Mapping[str, int]:
        """By consumer of the book's feed, the number of the last transaction that it is done with.

        In the order of their names; raises NotABook where there is no such book.
        """
        ...

    def advance(self, book: int, consumer: str, number: int, *, moving: bool = False) -> None:
        """Keep that a consumer is done with the transactions through `number`, in a commit of its own.

        Nobody goes back: of two numbers the higher one stays.  The journal does not tell of it.  Raises
        BookMoved, BookInCopy or MoveAbandoned where `writing` does.
        """
        ...

    def close(self) -> None:
        """Release files and connections; may be called more than once.

        Every later use raises StoreUnavailable.  A store is a context manager, too, that closes it.
        """
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


class Maintenance(Protocol):
    """What a store with files of its own offers to its operators; the ledger does not use it."""

    def backup(self, path: str) -> object:
        """Copy the books in their current state into a new file, verified; raises BadFile."""
        ...

    def checkpoint(self) -> None:
        """Move committed data from the log to its final place."""
        ...
