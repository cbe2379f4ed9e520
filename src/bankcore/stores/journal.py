"""One book in memory: its reader and its writer.  `ledger.ports` describes their methods."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import wraps
from itertools import islice
from typing import Concatenate, Final, ParamSpec, Self, TypeVar

from attrs import evolve

from bankcore.errors import StoreUnavailable
from bankcore.ledger.accounts import Account, AccountPath
from bankcore.ledger.additions import Additions, PostingRow, RecordRow
from bankcore.ledger.balances import Movement, Standing, StandingRow, StoredAccount
from bankcore.ledger.encoding import entry_of
from bankcore.ledger.ports import Fetched, Head, HeadMoved, JournalRow, KeyTaken, Line, Move, RareRow
from bankcore.ledger.transactions import (
    Book,
    Entry,
    Hold,
    PersonalRow,
    Record,
    RecordText,
    Transaction,
    fingerprint_of,
)
from bankcore.stores.copies import entry_copy, hold_copy, record_copy
from bankcore.stores.inverses import Inverses, erase
from bankcore.stores.names import below, sort_in, within
from bankcore.stores.totals import after_holding, after_posting

__all__ = ["PLACE", "MemoryJournal"]

PLACE: Final = "in memory"

P = ParamSpec("P")
T = TypeVar("T")


def _alone(
    method: Callable[Concatenate[MemoryJournal, P], T],
) -> Callable[Concatenate[MemoryJournal, P], T]:
    """Make the method wait while another thread writes."""

    @wraps(method)
    def locked(self: MemoryJournal, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with self.lock:
            self.check_open()
            return method(self, *args, **kwargs)

    return locked


class MemoryJournal:
    """A book: every change is recorded with its inverse, in `inverses`."""

    def __init__(self, book: Book, lock: threading.RLock, store_is_closed: Callable[[], bool]) -> None:
        self.book = book
        self.lock = lock
        self._store_is_closed = store_is_closed
        self._closed = False
        self.inverses = Inverses()
        self._entries: list[Entry] = []
        self._numbers: dict[str, int] = {}
        self._reversals: dict[int, int] = {}
        self._groups: dict[str, list[int]] = {}
        self._holds: dict[int, Hold] = {}
        self._states: dict[str, StoredAccount] = {}
        self._lines: dict[str, list[Line]] = {}
        self._accounts: dict[int, str] = {}  # paths by id
        self._postings: dict[int, list[PostingRow]] = {}  # by account id
        self._record_rows: dict[tuple[str, str, int], RecordRow] = {}
        self._rare: list[RareRow] = []
        self._records: defaultdict[str, dict[str, list[Record]]] = defaultdict(dict)  # by kind and id
        self._secret: list[str] = []  # of the book, once it has one
        self._moves: list[Move] = []  # of the book itself, the last one holds
        self._marks: dict[str, list[tuple[str, str]]] = {}  # kind and id of records by fingerprint
        self._pages: dict[tuple[int, int], bytes] = {}  # of the balance tree, by level and number
        self._paths: list[str] = []  # of all accounts, sorted; undone ones stay here
        self._ids: defaultdict[str, list[str]] = defaultdict(list)  # of all records by kind, likewise

    def close(self) -> None:
        """End the use of this reader or writer."""
        self._closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def check_open(self) -> None:
        """Raise StoreUnavailable once it, or its store, is closed."""
        if self._closed or self._store_is_closed():
            raise StoreUnavailable(PLACE, "the reader is closed" if self._closed else "it is closed")

    def _living(self, found: Iterable[T]) -> Iterator[T]:
        """The results of a query, until the reader is closed."""
        for one in found:
            self.check_open()
            yield one

    @_alone
    def head(self) -> Head:
        if not self._entries:
            return Head(0, self.book.genesis(), None, len(self._states))
        last = self._entries[-1]
        return Head(last.number, last.digest, last.recorded_at, len(self._states))

    @_alone
    def states(self, paths: Iterable[AccountPath]) -> dict[AccountPath, StoredAccount]:
        return {path: self._states[path] for path in paths if path in self._states}

    @_alone
    def fetch(
        self, keys: Sequence[str], paths: Iterable[AccountPath], names: Iterable[tuple[str, str]]
    ) -> Fetched:
        return Fetched(self.numbers(keys), self.states(paths), self.latest_versions(names))

    @_alone
    def accounts(self, root: str = "", after: str = "", limit: int | None = None) -> Iterator[StoredAccount]:
        return self._living(self._found(root, after, limit))

    @_alone
    def nets(
        self, root: str = "", after: str = "", limit: int | None = None
    ) -> Iterator[tuple[AccountPath, int]]:
        return self._living([(state.account.path, state.net) for state in self._found(root, after, limit)])

    def _found(self, root: str, after: str, limit: int | None) -> list[StoredAccount]:
        found = (self._states.get(path) for path in below(self._paths, root, after))
        return list(islice((state for state in found if state is not None), limit))

    @_alone
    def numbers(self, keys: Sequence[str]) -> dict[str, int]:
        return {key: self._numbers[key] for key in keys if key in self._numbers}

    @_alone
    def entry(self, number: int) -> Entry | None:
        return entry_copy(self._entries[number - 1]) if 0 < number <= len(self._entries) else None

    @_alone
    def entries(self, after: int = 0) -> Iterator[Entry]:
        return self._living(map(entry_copy, self._entries[max(after, 0) :]))

    @_alone
    def journal(self, after: int = 0) -> Iterator[JournalRow]:
        entries = self._entries[max(after, 0) :]
        return self._living([(e.number, e.transaction.key, e.digest, e.line) for e in entries])

    @_alone
    def postings(self, spans: Iterable[tuple[int, int, int]]) -> Iterator[PostingRow]:
        found = (
            row
            for account, first, last in spans
            for row in self._postings.get(account, ())
            if first <= row[1] <= last
        )
        return self._living(list(found))

    @_alone
    def record_rows(self, names: Iterable[tuple[str, str, int]]) -> Iterator[RecordRow]:
        return self._living([self._record_rows[name] for name in names if name in self._record_rows])

    @_alone
    def personal(self, first: int, last: int) -> Iterator[tuple[int, PersonalRow]]:
        entries = self._entries[max(first - 1, 0) : max(last, 0)]
        return self._living([(entry.number, row) for entry in entries for row in entry.personal])

    @_alone
    def rare_rows(self) -> Iterator[RareRow]:
        return self._living(list(self._rare))

    @_alone
    def digests(self, after: int, through: int) -> Iterator[bytes]:
        return self._living([entry.digest for entry in self._entries[max(after, 0) : max(through, 0)]])

    @_alone
    def hold(self, number: int) -> Hold | None:
        return hold_copy(self._holds[number]) if number in self._holds else None

    @_alone
    def holds(self, after: int = 0) -> Iterator[Hold]:
        return self._living([hold_copy(hold) for number, hold in self._holds.items() if number > after])

    @_alone
    def due_holds(self, moment: datetime) -> list[Hold]:
        due = (h for h in self._holds.values() if h.resolved_by is None and not h.is_live(moment))
        return [hold_copy(hold) for hold in due]

    @_alone
    def next_expiry(self) -> datetime | None:
        live = (h.transaction.expires_at for h in self._holds.values() if h.resolved_by is None)
        return min((moment for moment in live if moment is not None), default=None)

    @_alone
    def reversal(self, number: int) -> int | None:
        return self._reversals.get(number)

    @_alone
    def corrections(self, number: int) -> list[int]:
        return [e.number for e in self._entries if e.transaction.corrects == number]

    @_alone
    def group(self, name: str) -> list[int]:
        return list(self._groups.get(name, []))

    @_alone
    def later(self, path: AccountPath, on: date) -> list[Movement]:
        posted = [Movement(line.effective_on, line.number, line.quantity, False) for line in self.lines(path)]
        held = [
            Movement(hold.transaction.effective_on, hold.number, p.quantity, True)
            for hold in self._holds.values()
            if hold.resolved_by is None
            for p in hold.transaction.postings
            if p.account == path
        ]
        return sorted(m for m in (*posted, *held) if m.effective_on > on)

    @_alone
    def lines(self, path: AccountPath, after: int = 0) -> Iterator[Line]:
        return self._living(self._lines.get(path, [])[max(after, 0) :])

    @_alone
    def totals(self, path: AccountPath, on: date) -> tuple[int, int]:
        quantities = [line.quantity for line in self._lines.get(path, []) if line.effective_on <= on]
        return sum(q for q in quantities if q > 0), -sum(q for q in quantities if q < 0)

    @_alone
    def standings(self, after: int = 0, beyond: int = 0) -> Iterator[StandingRow]:
        held = (self._holds[t.resolves].transaction for t in self._later(after) if t.resolves is not None)
        moved = {p.account for t in (*self._later(after), *held) for p in t.postings}
        found = [s for path, s in self._states.items() if s.id > beyond or path in moved]
        return self._living([s.standing().row for s in sorted(found, key=lambda state: state.id)])

    def _later(self, after: int) -> list[Transaction]:
        return [entry.transaction for entry in self._entries[max(after, 0) :]]

    @_alone
    def totals_through(self, number: int, on: date | None = None, root: str = "") -> Iterator[Standing]:
        states: dict[str, StoredAccount] = {}
        for entry in self._entries[: max(number, 0)]:
            t = entry.transaction
            for r in t.records:
                if r.kind == "account" and r.version == 1:
                    states[r.id] = StoredAccount(len(states) + 1, Account.from_data(r.id, r.data), 1)
            ended = self._holds[entry.number].resolved_by if t.pending else None
            if (on is not None and t.effective_on > on) or (ended is not None and ended <= number):
                continue
            for p in t.postings if t.pending else ():
                states[p.account] = after_holding(states[p.account], p.quantity)
            for p, (sequence, _) in zip(t.postings, entry.positions, strict=not t.pending):
                states[p.account] = after_posting(states[p.account], p.quantity, sequence)
        return self._living([states[path].standing() for path in sorted(states) if within(path, root)])

    @_alone
    def pages(self, level: int, numbers: Sequence[int]) -> Mapping[int, bytes]:
        return {n: self._pages[level, n] for n in numbers if (level, n) in self._pages}

    @_alone
    def record(self, kind: str, id: str) -> Record | None:
        versions = self._records[kind].get(id)
        return record_copy(versions[-1]) if versions else None

    @_alone
    def versions(self, kind: str, id: str) -> Iterator[Record]:
        return self._living([record_copy(version) for version in self._records[kind].get(id, [])])

    @_alone
    def latest_versions(self, names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
        found = {(kind, id): self._records[kind].get(id) for kind, id in names}
        return {name: versions[-1].version for name, versions in found.items() if versions}

    @_alone
    def records(
        self, kind: str, root: str = "", after: str = "", limit: int | None = None
    ) -> Iterator[Record]:
        held = self._records[kind]
        found = (held[id] for id in below(self._ids[kind], root, after))
        return self._living(
            list(islice((record_copy(versions[-1]) for versions in found if versions), limit))
        )

    @_alone
    def record_texts(
        self, kind: str, root: str = "", after: str = "", limit: int | None = None
    ) -> Iterator[RecordText]:
        found = [(record.id, record.version) for record in self.records(kind, root, after, limit)]
        rows = [(id, version, self._record_rows[kind, id, version][5]) for id, version in found]
        return self._living(rows)

    @_alone
    def move(self) -> Move | None:
        return self._moves[-1] if self._moves else None

    @_alone
    def secret(self) -> str:
        return "".join(self._secret)

    @_alone
    def fingerprinted(self, fingerprint: str) -> list[tuple[str, str]]:
        return [*dict.fromkeys(self._marks.get(fingerprint, []))]

    @_alone
    def accounts_through(self, number: int, root: str = "") -> Iterator[Account]:
        known = [r for entry in self._entries[: max(number, 0)] for r in entry.transaction.records]
        found = {r.id: r.data for r in known if r.kind == "account" and within(r.id, root)}
        return self._living([Account.from_data(path, found[path]) for path in sorted(found)])

    @_alone
    def counts(self) -> Mapping[str, int]:
        return {
            "accounts": len(self._states),
            "pages": len(self._pages),
            "postings": sum(len(entry.transaction.postings) for entry in self._entries),
            "records": sum(len(versions) for held in self._records.values() for versions in held.values()),
            "transactions": len(self._entries),
        }

    @_alone
    def faults(self) -> Iterator[str]:
        return self._living(())

    @_alone
    def append(self, added: Additions) -> None:
        if added.before is not None and added.before.number != self.head().number:
            raise HeadMoved
        if any(key in self._numbers for _, key, *_ in added.transactions):
            raise KeyTaken
        opening = {row[1]: row[0] for row in added.accounts}
        personal: defaultdict[int, list[PersonalRow]] = defaultdict(list)
        for row in added.personal:
            personal[row[0]].append(row[1:])
        for number, key, digest, line in added.transactions:
            self._append_entry(entry_of(number, key, bytes(digest), line, personal[number]), opening)
        for posting in added.postings:
            self.inverses.push(self._postings.setdefault(posting[0], []), posting)
        for record in added.records:
            self.inverses.put(self._record_rows, record[:3], record)
        for rare in added.rare_rows():
            self.inverses.push(self._rare, rare)
        for balance in added.balances:
            self._settle(*balance)
        for level, number, hashes in added.pages:
            self.inverses.put(self._pages, (level, number), bytes(hashes))
        for move in added.moves:
            self.inverses.push(self._moves, move)
        if added.secret:
            self.inverses.push(self._secret, added.secret)
        for kind, id in added.erased:
            versions = self._records[kind].get(id, [])
            erase(self.inverses, self._entries, versions, self._number_of, self._numbers, self._marks)

    def _number_of(self, record: Record) -> int:
        """The number of the transaction that wrote a version of a record."""
        return self._record_rows[record.kind, record.id, record.version][3]

    def _settle(
        self, id: int, sequence: int, debits: int, credits: int, held_in: int, held_out: int, version: int
    ) -> None:
        """Set the state of an account."""
        path = self._accounts[id]
        account = self._records["account"][path][version - 1].account
        rows = self._postings.get(id)
        horizon = date.fromordinal(rows[-1][-1]) if rows else date.min
        totals = (sequence, debits, credits, held_in, held_out, horizon)
        self.inverses.put(self._states, path, StoredAccount(id, account, version, *totals))

    def _append_entry(self, entry: Entry, opening: Mapping[str, int]) -> None:
        t = entry.transaction
        self.inverses.push(self._entries, entry)
        self.inverses.put(self._numbers, t.key, entry.number)
        if t.group:
            self.inverses.push(self._groups.setdefault(t.group, []), entry.number)
        if t.reverses is not None:
            self.inverses.put(self._reversals, t.reverses, entry.number)
        if t.resolves is not None:
            resolved = evolve(self._holds[t.resolves], resolved_by=entry.number)
            self.inverses.put(self._holds, t.resolves, resolved)
        if t.pending:
            self.inverses.put(self._holds, entry.number, Hold(entry.number, t))
        for p, (sequence, balance) in zip(t.postings, entry.positions, strict=not t.pending):
            said = (t.effective_on, t.kind, t.description, t.key)
            line = Line(sequence, entry.number, *said, p.quantity, balance, t.actor)
            self.inverses.push(self._lines.setdefault(p.account, []), line)
        for record in t.records:
            if record.version == 1:
                sort_in(self._ids[record.kind], record.id)
            self.inverses.push(self._records[record.kind].setdefault(record.id, []), record)
            if (mark := fingerprint_of(record)) is not None:
                self.inverses.push(self._marks.setdefault(mark, []), (record.kind, record.id))
            if record.kind == "account" and record.version == 1:
                sort_in(self._paths, record.id)
                self.inverses.put(self._accounts, opening[record.id], record.id)
