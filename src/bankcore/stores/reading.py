"""One book of a store that speaks SQL, read page by page through one connection or several.

The engines have the same tables; each has the text of its queries in a module of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from itertools import chain, islice
from types import ModuleType
from typing import Any, Final, NoReturn, Protocol, Self, TypeVar

from bankcore.amounts import MAX_QUANTITY
from bankcore.errors import StoreDamaged, StoreUnavailable
from bankcore.ledger.accounts import Account, AccountPath
from bankcore.ledger.additions import PostingRow, RecordRow
from bankcore.ledger.balances import Movement, Standing, StandingRow, StoredAccount
from bankcore.ledger.ports import Fetched, Head, JournalRow, Line, Move, RareRow
from bankcore.ledger.transactions import (
    PERSONAL,
    Book,
    Entry,
    Hold,
    PersonalRow,
    Record,
    RecordText,
    is_storable,
    timestamp,
)
from bankcore.stores import pages
from bankcore.stores.moves import move_of
from bankcore.stores.rows import (
    CHUNK,
    account_of,
    checked,
    chunks,
    digest_of,
    expiry_of,
    head_of,
    hold_of,
    journal_of,
    latest_of,
    line_of,
    made,
    movement_of,
    nets_of,
    newest_of,
    number_of,
    personal_of,
    place_of,
    posting_of,
    rare_of,
    record_of,
    secret_of,
    standing_with,
    state_of,
    stored_entry_of,
    text_of,
    totals_of,
    used_of,
    version_of,
)

__all__ = ["PAGE", "BookReader", "Rows"]

T = TypeVar("T")

PAGE: Final = 1_000  # rows read at a time


class Rows(Protocol):
    """Where a reader gets its rows."""

    @property
    def place(self) -> str:
        """The store, as errors name it."""
        ...

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Any]:
        """All rows of a query."""
        ...


class BookReader:
    """One book, read by the queries of `_queries`.  `ledger.ports` describes the methods."""

    _queries: ModuleType  # the queries of the engine
    _next: str  # appended to a text gives the next one, as a seek has only one lower bound
    _beyond_text: object  # sorted after every text

    def __init__(self, connection: Rows, book: Book) -> None:
        self._connection = connection
        self._rows: Callable[..., list[Any]] = connection.rows
        self.book = book
        self._id = book.id

    def close(self) -> None:
        """End the use of the reader; the connection stays."""
        self._rows = self._refuse

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _refuse(self, *_: object) -> NoReturn:
        raise StoreUnavailable(self._connection.place, "the reader is closed")

    def head(self) -> Head:
        ((accounts,),) = self._rows(self._queries.ACCOUNTS, (self._id,))
        last = self._made(head_of, [(*row, accounts) for row in self._rows(self._queries.HEAD, (self._id,))])
        return last[0] if last else Head(0, self.book.genesis(), None, accounts)

    def states(self, paths: Iterable[AccountPath]) -> dict[AccountPath, StoredAccount]:
        found: dict[AccountPath, StoredAccount] = {}
        for some in chunks(sorted(map(str, paths))):  # in stored order, so that pages are cached
            rows = self._listed(self._queries.STATES_OF, [(path,) for path in some])
            found.update((state.account.path, state) for state in self._made(state_of, rows))
        return found

    def numbers(self, keys: Sequence[str]) -> dict[str, int]:
        found: dict[str, int] = {}
        for some in chunks(keys):
            found.update(self._made(used_of, self._listed(self._queries.NUMBERS, [(key,) for key in some])))
        return found

    def latest_versions(self, names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
        found: dict[tuple[str, str], int] = {}
        rest = (name for name in names if is_storable("".join(name)))  # no row can contain the others
        while some := list(islice(rest, CHUNK // 2)):
            found.update(self._made(newest_of, self._listed(self._queries.LATEST_VERSIONS, some)))
        return found

    def _listed(self, sql: str, wanted: Sequence[tuple[object, ...]]) -> list[Any]:
        """The rows of a query that is joined with a list of keys, which is not empty, in its order."""
        raise NotImplementedError

    def fetch(
        self, keys: Sequence[str], paths: Iterable[AccountPath], names: Iterable[tuple[str, str]]
    ) -> Fetched:
        return Fetched(self.numbers(keys), self.states(paths), self.latest_versions(names))

    def accounts(self, root: str = "", after: str = "", limit: int | None = None) -> Iterator[StoredAccount]:
        return self._below(state_of, self._queries.STATES_BELOW, (self._id,), root, after, limit)

    def nets(
        self, root: str = "", after: str = "", limit: int | None = None
    ) -> Iterator[tuple[AccountPath, int]]:
        pages = self._pages_below(self._queries.NETS, (self._id,), root, after, limit)
        found = chain.from_iterable(nets_of(rows, self._connection.place) for rows in pages)
        return found if limit is None else islice(found, limit)

    def entry(self, number: int) -> Entry | None:
        return next((entry for entry in self._page(number - 1, 1) if entry.number == number), None)

    def entries(self, after: int = 0) -> Iterator[Entry]:
        after = max(after, 0)
        while page := self._page(after, PAGE):
            for entry in page:
                after = self._further(after, entry.number)
                yield entry

    def _page(self, after: int, size: int) -> list[Entry]:
        rows = self._rows(self._queries.TRANSACTIONS, (self._id, after, size))
        personal = self._personal(rows)
        return self._made(stored_entry_of, [(*row, personal[row[0]]) for row in rows])

    def _personal(self, rows: Sequence[Sequence[Any]]) -> defaultdict[int, list[PersonalRow]]:
        """The personal data of some transactions, by number."""
        found: defaultdict[int, list[PersonalRow]] = defaultdict(list)
        if any(PERSONAL in str(row[3]) for row in rows):
            for number, row in self.personal(rows[0][0], rows[-1][0]):
                found[number].append(row)
        return found

    def personal(self, first: int, last: int) -> Iterator[tuple[int, PersonalRow]]:
        yield from self._made(personal_of, self._rows(self._queries.PERSONAL, (self._id, first, last)))

    def journal(self, after: int = 0) -> Iterator[JournalRow]:
        after = max(after, 0)
        while rows := self._rows(self._queries.TRANSACTIONS, (self._id, after, PAGE)):
            yield from checked(journal_of, rows, self._connection.place)
            after = self._further(after, rows[-1][0])

    def postings(self, spans: Iterable[tuple[int, int, int]]) -> Iterator[PostingRow]:
        for rows in self._wanted(self._queries.POSTING_ROWS, spans):
            yield from checked(posting_of, rows, self._connection.place)

    def record_rows(self, names: Iterable[tuple[str, str, int]]) -> Iterator[RecordRow]:
        for rows in self._wanted(self._queries.RECORD_ROWS, names):
            yield from checked(record_of, rows, self._connection.place)

    def _wanted(self, sql: str, wanted: Iterable[tuple[object, ...]]) -> Iterator[list[Any]]:
        """The rows with the given triples as keys, in their order, read in portions."""
        rest = iter(wanted)
        while some := list(islice(rest, CHUNK // 3)):
            yield self._listed(sql, some)

    def rare_rows(self) -> Iterator[RareRow]:
        for sql, places in self._queries.RARE_ROWS:
            after = tuple("" if place in (0, 2) else -MAX_QUANTITY for place in places)
            while rows := self._rows(sql, (self._id, *after, PAGE)):
                yield from self._made(rare_of, rows)
                after = self._further(after, tuple(rows[-1][place] for place in places))

    def digests(self, after: int, through: int) -> Iterator[bytes]:
        return self._paged(
            digest_of, self._queries.DIGESTS, (self._id, min(through, MAX_QUANTITY)), max(after, 0)
        )

    def hold(self, number: int) -> Hold | None:
        return next((hold for hold in self._holds(number - 1, 1) if hold.number == number), None)

    def holds(self, after: int = 0) -> Iterator[Hold]:
        after = max(after, 0)
        while page := self._holds(after, PAGE):
            yield from page
            after = self._further(after, page[-1].number)

    def _holds(self, after: int, size: int) -> list[Hold]:
        rows = self._made(hold_of, self._rows(self._queries.HOLDS, (self._id, after, size)))
        found = ((number, self.entry(number), resolved_by) for number, resolved_by in rows)
        return [Hold(number, entry.transaction, resolved) for number, entry, resolved in found if entry]

    def due_holds(self, moment: datetime) -> list[Hold]:
        rows = self._rows(self._queries.DUE, (self._id, timestamp(moment)))
        due = [self.hold(n) for n in self._made(number_of, rows)]
        return [hold for hold in due if hold is not None]

    def next_expiry(self) -> datetime | None:
        return next(iter(self._made(expiry_of, self._rows(self._queries.NEXT_EXPIRY, (self._id,)))), None)

    def reversal(self, number: int) -> int | None:
        return next(iter(self._made(number_of, self._rows(self._queries.REVERSAL, (self._id, number)))), None)

    def corrections(self, number: int) -> list[int]:
        return self._made(number_of, self._rows(self._queries.CORRECTIONS, (self._id, number)))

    def group(self, name: str) -> list[int]:
        return self._made(number_of, self._rows(self._queries.GROUP, (self._id, name)))

    def later(self, path: AccountPath, on: date) -> list[Movement]:
        return self._made(
            movement_of,
            self._rows(self._queries.LATER, (self._id, str(path), on.isoformat(), on.toordinal())),
        )

    def lines(self, path: AccountPath, after: int = 0) -> Iterator[Line]:
        return self._paged(line_of, self._queries.LINES, (self._id, self._id, str(path)), max(after, 0))

    def totals(self, path: AccountPath, on: date) -> tuple[int, int]:
        rows = self._rows(self._queries.TOTALS, (self._id, str(path), on.isoformat(), on.toordinal()))
        return next(iter(self._made(totals_of, rows)), (0, 0))

    def standings(self, after: int = 0, beyond: int = 0) -> Iterator[StandingRow]:
        return pages.standings(self._asked, self._queries, self._id, after, beyond, self.head().accounts)

    def totals_through(self, number: int, on: date | None = None, root: str = "") -> Iterator[Standing]:
        given = (self._id, min(number, MAX_QUANTITY), on.isoformat() if on else None)
        pending = {account: sides for account, *sides in self._rows(self._queries.PENDING_THROUGH, given)}
        return self._below(
            partial(standing_with, pending), self._queries.TOTALS_THROUGH, given, root, "", None
        )

    def pages(self, level: int, numbers: Sequence[int]) -> Mapping[int, bytes]:
        return pages.read_pages(self._asked, self._queries, self._id, level, numbers)

    def _asked(self, kind: Callable[..., Any], sql: str, parameters: tuple[object, ...]) -> list[Any]:
        """Rows whose columns have the types of the parameters of `kind`."""
        return checked(kind, self._rows(sql, parameters), self._connection.place)

    def record(self, kind: str, id: str) -> Record | None:
        rows = self._rows(self._queries.LATEST_OF, (self._id, kind, id))
        return self._made(latest_of, rows)[0] if rows else None

    def move(self) -> Move | None:
        return next(iter(self._made(move_of, self._rows(self._queries.MOVE, (self._id,)))), None)

    def secret(self) -> str:
        return dict(self._made(secret_of, self._rows(self._queries.SECRET, (self._id,)))).get(0, "")

    def fingerprinted(self, fingerprint: str) -> list[tuple[str, str]]:
        rows = self._asked(place_of, self._queries.FINGERPRINTED, (self._id, fingerprint))
        found = ((self.entry(number), place) for number, place in rows)
        records = (entry.transaction.records[place - 1] for entry, place in found if entry)
        return [*dict.fromkeys((record.kind, record.id) for record in records)]

    def versions(self, kind: str, id: str) -> Iterator[Record]:
        return self._paged(version_of, self._queries.VERSIONS, (self._id, kind, id), 0)

    def records(
        self, kind: str, root: str = "", after: str = "", limit: int | None = None
    ) -> Iterator[Record]:
        return self._below(latest_of, self._queries.LATEST_BELOW, (self._id, kind), root, after, limit)

    def record_texts(
        self, kind: str, root: str = "", after: str = "", limit: int | None = None
    ) -> Iterator[RecordText]:
        pages = self._pages_below(self._queries.LATEST_TEXTS, (self._id, kind), root, after, limit)
        rows = chain.from_iterable(checked(text_of, rows, self._connection.place) for rows in pages)
        return rows if limit is None else islice(rows, limit)

    def accounts_through(self, number: int, root: str = "") -> Iterator[Account]:
        given = (self._id, min(number, MAX_QUANTITY))
        return self._below(account_of, self._queries.ACCOUNTS_THROUGH, given, root, "", None)

    def counts(self) -> Mapping[str, int]:
        (row,) = self._rows(self._queries.COUNTS, (self._id,))
        return dict(zip(("accounts", "pages", "postings", "records", "transactions"), row, strict=True))

    def faults(self) -> Iterator[str]:
        try:
            yield from self._own_faults()
            for sentence, sql in self._conditions():
                ((count, example),) = self._rows(sql, (self._id,))
                if count:
                    yield sentence.format(count, example)
        except StoreDamaged as error:
            yield error.reason

    def _own_faults(self) -> Iterator[str]:
        """Faults that the engine finds in its bytes, and changes of the tables and their guards."""
        raise NotImplementedError

    def _conditions(self) -> Iterable[tuple[str, str]]:
        """Queries for wrong rows of a book, each after the sentence that says it."""
        raise NotImplementedError

    def _made(self, make: Callable[..., T], rows: Sequence[Sequence[Any]]) -> list[T]:
        return made(make, rows, self._connection.place)

    def _paged(
        self, make: Callable[..., T], sql: str, parameters: tuple[object, ...], after: object
    ) -> Iterator[T]:
        """Read page by page; the next page begins after the last value of the first column."""
        rows = self._rows(sql, (*parameters, after, PAGE))
        while rows:
            yield from self._made(make, rows)
            after = self._further(after, rows[-1][0])
            rows = self._rows(sql, (*parameters, after, PAGE)) if len(rows) == PAGE else []

    def _further(self, after: Any, last: Any) -> Any:
        """The start of the next page; in a damaged tree the pages could form an endless loop."""
        if type(last) is not type(after) or last <= after:
            raise StoreDamaged(self._connection.place, f"{last!r} follows {after!r}")
        return last

    def _below(
        self,
        make: Callable[..., T],
        sql: str,
        parameters: tuple[object, ...],
        root: str,
        after: str,
        limit: int | None,
    ) -> Iterator[T]:
        """Read the rows at and below `root`, after `after`, page by page."""
        pages = self._pages_below(sql, parameters, root, after, limit)
        return islice(chain.from_iterable(self._made(make, rows) for rows in pages), limit)

    def _pages_below(
        self, sql: str, parameters: tuple[object, ...], root: str, after: str, limit: int | None
    ) -> Iterator[list[Any]]:
        """The rows of `_below`, page by page."""
        ranges = ((root, root + self._next), (root + ":", root + ";")) if root else (("", self._beyond_text),)
        size = PAGE if limit is None else min(limit, PAGE)
        for low, high in ranges:
            last, begin = "", max(low, after + self._next)
            while rows := self._rows(sql, (*parameters, begin, high, size)):
                yield rows
                if len(rows) < size:
                    break
                last = self._further(last, rows[-1][0])
                begin = last + self._next
