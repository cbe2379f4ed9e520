"""The port: what a store must offer to the ledger.

A reader comes in parts: posting decides by `DecidingReader`, reports also ask `ReportReader`, the evidence
`AuditReader`; `Maintenance` is for whoever looks after the store.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import NamedTuple, Protocol, Self

from bankcore.ledger.accounts import Account, AccountPath
from bankcore.ledger.additions import Additions, Head, PostingRow, RecordRow
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
    "RareRow",
    "Reader",
    "ReportReader",
    "Store",
    "Writer",
]

JournalRow = tuple[int, str, bytes, str]  # number, key, digest, line
RareRow = tuple[str, int, str, int, int]


class HeadMoved(Exception):
    """The journal does not end where what is to be added begins: what was decided is void."""


class KeyTaken(Exception):
    """The journal has a key that is to be added: what was decided without looking it up is void."""


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


class Fetched(NamedTuple):
    """What the book has of the keys, accounts and records that a batch asked for."""

    numbers: dict[str, int]
    states: dict[AccountPath, StoredAccount]
    versions: dict[tuple[str, str], int]


class DecidingReader(Protocol):
    """What posting asks while it decides, and what a rule may ask of the book.

    Names, such as paths and ids, are ordered by code points on every store, and those of which some are
    asked for may be anything: what no store can hold is just not there.
    """

    @property
    def book(self) -> Book: ...

    def head(self) -> Head: ...

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
        """What `numbers`, `states` and `latest_versions` say, asked at once: the needs of a batch."""
        ...

    def accounts(self, root: str = "", after: str = "", limit: int | None = None) -> Iterator[StoredAccount]:
        """The accounts at and below `root`, in path order, those after `after`."""
        ...

    def nets(
        self, root: str = "", after: str = "", limit: int | None = None
    ) -> Iterator[tuple[AccountPath, int]]:
        """The balances at and below `root` on their normal sides, without the descriptions."""
        ...

    def entry(self, number: int) -> Entry | None: ...

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
        """The holds that nothing resolved and that have expired by an instant, in order."""
        ...

    def next_expiry(self) -> datetime | None:
        """The earliest instant at which a hold that nothing resolved expires."""
        ...

    def later(self, path: AccountPath, on: date) -> list[Movement]:
        """What is dated after `on` in an account: postings, and legs of holds that nothing resolved.

        The order is that of value dates, on one date that of the journal.
        """
        ...

    def secret(self) -> str:
        """The secret of the book, by which personal data have fingerprints; empty where it has none yet."""
        ...

    def fingerprinted(self, fingerprint: str) -> list[tuple[str, str]]:
        """Kind and id of the records of which some version that is not erased has this fingerprint."""
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
        """The same as rows, for who reads many: id, version, and the data as canonical JSON.

        In the place of what is personal stands its commitment.
        """
        ...


class ReportReader(Protocol):
    """What balances, statements and reports ask besides."""

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
    """What the evidence asks: rows as they are stored, and what the store finds wrong with itself."""

    def journal(self, after: int = 0) -> Iterator[JournalRow]:
        """The transactions as they are stored, in order, beginning after number `after`."""
        ...

    def digests(self, after: int, through: int) -> Iterator[bytes]:
        """The digests of the transactions after `after`, through number `through`, in order."""
        ...

    def standings(self, after: int = 0, beyond: int = 0) -> Iterator[StandingRow]:
        """The totals, as they are now, of the accounts with ids above `beyond`, and of those among the
        others that transactions after number `after` moved; in the order of their ids.
        """
        ...

    def pages(self, level: int, numbers: Sequence[int]) -> Mapping[int, bytes]:
        """Those of the pages of a level, as they were added last, that there are."""
        ...

    def postings(self, spans: Iterable[tuple[int, int, int]]) -> Iterator[PostingRow]:
        """The stored postings of some (account id, first sequence, last sequence), in that order."""
        ...

    def record_rows(self, names: Iterable[tuple[str, str, int]]) -> Iterator[RecordRow]:
        """The stored rows of some (kind, id, version) of records, in that order."""
        ...

    def personal(self, first: int, last: int) -> Iterator[tuple[int, PersonalRow]]:
        """What is personal in the transactions from `first` to `last` and not erased, by number and place."""
        ...

    def rare_rows(self) -> Iterator[RareRow]:
        """What is stored beside the lines to find rare things by, in any order.

        Rows of (name, number, text, target, quantity), what is not needed empty or 0: ("hold", number,
        instant of expiry), ("held <leg>", number, "", account id, quantity), ("resolves", number, "", hold),
        ("reverses" or "corrects", number, "", target), ("group", number, name).
        """
        ...

    def counts(self) -> Mapping[str, int]:
        """How many rows of each kind the book stores, orphans included."""
        ...

    def faults(self) -> Iterator[str]:
        """What the store itself finds wrong with its bytes or its guards."""
        ...


class Reader(DecidingReader, ReportReader, AuditReader, Protocol):
    """Reading one book as of the last commit (or, for a writer, as of now).

    It lives until it is closed, by itself or as a context, or the store is; from then on it, and what it
    still had to give, raises StoreUnavailable.  Many may live at a time, and each is one caller's.
    """

    def close(self) -> None:
        """Give back what reading takes; more than once is no harm."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


class Writer(Reader, Protocol):
    """The one writer of a book, between taking the write lock and the commit; then it is closed."""

    def append(self, added: Additions) -> None:
        """Add rows to the journal and what follows from them.

        Where records are erased, the salts and personal data of all their versions go, and those of the
        requests that wrote them.  Raises HeadMoved, KeyTaken; then nothing may be committed.
        """
        ...


class Store(Protocol):
    """A place for books.

    Leaving `writing` commits; an exception inside it undoes everything.  Where the commit may have taken
    effect or not, leaving raises CommitUnknown, and `writing` reaches the book again: a store that must
    connect anew for that waits as long as is fit, within bounds of its own.  What is read from a
    `snapshot` is of one moment; a plain reader sees each commit as soon as it is there.
    """

    def check_owner(self) -> None:
        """Raise UsedAfterFork in a child of the process that opened the store."""
        ...

    def add(self, name: str, base_unit: Unit, opened_on: date, zone: str = "UTC") -> Book:
        """Add an empty book, whose id is the next one, given under the lock; raises BookExists."""
        ...

    def create(self, book: Book) -> None:
        """Add an empty book with an id of the caller's; raises BookExists."""
        ...

    def books(self) -> tuple[Book, ...]:
        """The books by id."""
        ...

    def reading(self, book: int) -> Reader:
        """A reader of a book, to be closed; raises NotABook where there is no such book."""
        ...

    def snapshot(self) -> AbstractContextManager[Store]: ...

    def scrub(self) -> bool:
        """Overwrite what was erased wherever the store still keeps its bytes, if there is such a place.

        False while a reader of an older moment prevents it; then it is to be tried again.
        """
        ...

    def writing(self, book: int) -> AbstractContextManager[Writer]: ...

    def consumers(self, book: int) -> Mapping[str, int]:
        """By consumer of the book's feed, the number of the last transaction that it is done with.

        In the order of their names; raises NotABook where there is no such book.
        """
        ...

    def advance(self, book: int, consumer: str, number: int) -> None:
        """Keep that a consumer is done with the transactions through `number`, in a commit of its own.

        Nobody goes back: of two numbers the higher one stays.  The journal does not tell of it.
        """
        ...

    def close(self) -> None: ...


class Maintenance(Protocol):
    """What a store with files of its own offers to those who look after it; the ledger asks none of it."""

    def backup(self, path: str) -> object:
        """Copy the books as they stand now into a new file, verified; raises BadFile."""
        ...

    def checkpoint(self) -> None:
        """Bring what was committed to where it stays."""
        ...
