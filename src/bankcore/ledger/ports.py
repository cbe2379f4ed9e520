"""The port: what a store must offer to the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import NamedTuple, Protocol

from bankcore.ledger.accounts import Account, AccountPath
from bankcore.ledger.additions import Additions, Head, PostingRow, RecordRow
from bankcore.ledger.balances import AccountState, Movement, Standing, StandingRow
from bankcore.ledger.transactions import Book, Entry, Hold, PersonalRow, Record

__all__ = ["Head", "HeadMoved", "JournalRow", "KeyTaken", "Line", "RareRow", "Reader", "Store", "Writer"]

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


class Reader(Protocol):
    """Reading one book as of the last commit (or, for a writer, as of now)."""

    @property
    def book(self) -> Book: ...

    def head(self) -> Head: ...

    def states(self, paths: Iterable[AccountPath]) -> dict[AccountPath, AccountState]:
        """Fresh states of those of the accounts that exist."""
        ...

    def accounts(self, root: str = "", after: str = "", limit: int | None = None) -> Iterator[AccountState]:
        """The accounts at and below `root`, in path order, beginning behind `after`."""
        ...

    def nets(
        self, root: str = "", after: str = "", limit: int | None = None
    ) -> Iterator[tuple[AccountPath, int]]:
        """The balances at and below `root` on their normal sides, without the descriptions."""
        ...

    def numbers(self, keys: Sequence[str]) -> dict[str, int]:
        """The transaction numbers of those of the keys that are used."""
        ...

    def entry(self, number: int) -> Entry | None: ...

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """The journal in order, beginning behind transaction `after`."""
        ...

    def journal(self, after: int = 0) -> Iterator[JournalRow]:
        """The transactions as they are stored, in order, beginning after number `after`."""
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

    def digests(self, after: int, through: int) -> Iterator[bytes]:
        """The digests of the transactions behind `after`, through number `through`, in order."""
        ...

    def hold(self, number: int) -> Hold | None:
        """The hold of this number, with what resolved it."""
        ...

    def holds(self, after: int = 0) -> Iterator[Hold]:
        """All holds in order, beginning behind transaction `after`."""
        ...

    def due_holds(self, moment: datetime) -> list[Hold]:
        """The holds that nothing resolved and that have expired by an instant, in order."""
        ...

    def next_expiry(self) -> datetime | None:
        """The earliest instant at which a hold that nothing resolved expires."""
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

    def later(self, path: AccountPath, on: date) -> list[Movement]:
        """What is dated behind `on` in an account: postings, and legs of holds that nothing resolved.

        The order is that of value dates, on one date that of the journal.
        """
        ...

    def lines(self, path: AccountPath, after: int = 0) -> Iterator[Line]:
        """The postings of an account by sequence, beginning behind sequence `after`."""
        ...

    def totals(self, path: AccountPath, on: date) -> tuple[int, int]:
        """Gross debits and credits of an account, counting value dates up to and including `on`."""
        ...

    def standings(self, after: int = 0, beyond: int = 0) -> Iterator[StandingRow]:
        """The totals, as they are now, of the accounts with ids above `beyond`, and of those among the
        others that transactions behind number `after` moved; in the order of their ids.
        """
        ...

    def totals_through(self, number: int, on: date | None = None, root: str = "") -> Iterator[Standing]:
        """The totals as known after transaction `number`, of the accounts that were open by then.

        A hold is pending while no transaction through `number` resolved it.  With `on` only postings
        and holds with value dates up to and including it count.  The sequence number is that of the
        last posting counted, 0 for none.
        """
        ...

    def pages(self, level: int, numbers: Sequence[int]) -> Mapping[int, bytes]:
        """Those of the pages of a level, as they were added last, that there are."""
        ...

    def record(self, kind: str, id: str) -> Record | None:
        """The latest version of a record."""
        ...

    def versions(self, kind: str, id: str) -> Iterator[Record]:
        """All versions of a record, oldest first."""
        ...

    def latest_versions(self, names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
        """By kind and id, the number of the latest version of those of the records that exist."""
        ...

    def records(
        self, kind: str, root: str = "", after: str = "", limit: int | None = None
    ) -> Iterator[Record]:
        """The latest versions of the records at and below `root`, in id order, behind `after`."""
        ...

    def accounts_through(self, number: int, root: str = "") -> Iterator[Account]:
        """The descriptions of the accounts at and below `root` as known after transaction `number`."""
        ...

    def counts(self) -> Mapping[str, int]:
        """How many rows of each kind the book stores, orphans included."""
        ...

    def faults(self) -> Iterator[str]:
        """What the store itself finds wrong with its bytes or its guards."""
        ...


class Writer(Reader, Protocol):
    """The one writer of a book, between taking the write lock and the commit."""

    def append(self, added: Additions) -> None:
        """Add rows to the journal and what follows from them.

        Raises HeadMoved, KeyTaken; then nothing may be committed.
        """
        ...


class Store(Protocol):
    """A place for books.

    Leaving `writing` commits; an exception inside it undoes everything.  What is read from a
    `snapshot` is of one moment; a plain reader sees each commit as soon as it is there.
    """

    def check_owner(self) -> None:
        """Raise UsedAfterFork in a child of the process that opened the store."""
        ...

    def create(self, book: Book) -> None: ...

    def books(self) -> tuple[Book, ...]: ...

    def reading(self, book: int) -> Reader: ...

    def snapshot(self) -> AbstractContextManager[Store]: ...

    def writing(self, book: int) -> AbstractContextManager[Writer]: ...

    def close(self) -> None: ...
