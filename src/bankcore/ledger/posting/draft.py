"""The draft: what one commit will add to the journal, and the book with these additions.

Every look-up goes to the draft first, then to the store.  The ledger keeps the state of the book after
the commit, so that the next one need not read it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Final

from attrs import define, evolve, field

from bankcore.ledger.accounts import Account, AccountPath
from bankcore.ledger.additions import Additions, Place
from bankcore.ledger.balances import Movement, StoredAccount
from bankcore.ledger.evidence.pages import PageName
from bankcore.ledger.personal import Salts, keyed, new_secret
from bankcore.ledger.ports import DecidingReader, Head, Writer
from bankcore.ledger.posting.case import Meter
from bankcore.ledger.posting.index import Index
from bankcore.ledger.posting.states import AccountState
from bankcore.ledger.posting.undo import Undo
from bankcore.ledger.transactions import PERIOD, Entry, Hold, Record, Transaction, timestamp
from bankcore.ledger.velocity import VELOCITY, VelocityLimit

__all__ = ["Draft", "Known", "closed_through"]

_NONE: Final = "\0"  # no key begins with it


@define
class Known:
    """The known state of a book whose journal ends at `head`: trusted while nobody else has written."""

    head: Head
    closed_through: date | None
    limits: dict[str, VelocityLimit]
    next_expiry: datetime | None  # no live hold expires earlier
    states: dict[AccountPath, AccountState] = field(factory=dict)
    limits_of: dict[str, tuple[VelocityLimit, ...]] = field(factory=dict)  # by account
    used: dict[Meter, int] = field(factory=dict)
    heads: dict[tuple[Any, ...], str] = field(factory=dict)  # text that lines share from key to description

    @classmethod
    def read(cls, reader: DecidingReader, head: Head) -> Known:
        """Read the state that must be known before anything is written."""
        limits = {r.id: VelocityLimit.from_data(r.id, r.data) for r in reader.records(VELOCITY)}
        return cls(head, closed_through(reader), limits, reader.next_expiry())


def closed_through(reader: DecidingReader) -> date | None:
    """The last closed date of a book."""
    closed = reader.record(*PERIOD)
    return date.fromisoformat(closed.data["through"]) if closed else None


class Draft:
    """Entries that are decided and not yet stored, and their effects.

    `known` runs ahead of the store until the commit, so the ledger drops it when a commit fails.
    """

    def __init__(
        self, reader: DecidingReader, known: Known, moment: datetime, salts: Salts | None = None
    ) -> None:
        self.known = known
        self.reader = reader
        self.salts = salts
        self.number, self.digest, self.accounts = known.head.number, known.head.digest, known.head.accounts
        self.moment = max(moment, known.head.recorded_at) if known.head.recorded_at else moment
        self.stamp = timestamp(self.moment)
        self.entries: list[Entry] = []
        self.added = Additions()  # the same as rows
        self.opened: list[AccountState] = []
        self.touched: dict[int, AccountState] = {}
        self.pages: dict[PageName, bytes] = {}  # of the balance tree, made by a seal
        self.keys: dict[str, int] = {}  # that the store has
        self.decided: dict[str, Entry] = {}  # by key
        self._index: Index | None = None  # most drafts need none
        self.undo = Undo()
        self.operation = _NONE  # prefix of the further keys of the operation being written
        self._versions: dict[tuple[str, str], int] = {}
        self._holds: dict[int, Hold] = {}  # made or resolved by this commit
        self._secret = ""

    @property
    def index(self) -> Index:
        """The entries by name."""
        if self._index is None:
            self._index = Index(self.entries)
        return self._index

    # --- the book with the draft applied ----------------------------------------------------------

    def states(self, paths: Iterable[AccountPath]) -> dict[AccountPath, AccountState]:
        """The states of those accounts that exist."""
        wanted, states = tuple(paths), self.known.states
        if missing := {path for path in wanted if path not in states}:
            states.update(_begun(self.reader.states(missing)))
        return {path: states[path] for path in wanted if path in states}

    def prefetch(
        self, keys: Sequence[str], paths: Iterable[AccountPath], records: Iterable[tuple[str, str]]
    ) -> dict[str, int]:
        """Read keys, and the accounts and records not known yet, in one call; the keys that the store has."""
        states, versions = self.known.states, self._versions
        names = [name for name in dict.fromkeys(records) if name not in versions]
        found = self.reader.fetch(keys, {path for path in paths if path not in states}, names)
        states.update(_begun(found.states))
        versions.update({**dict.fromkeys(names, 0), **found.versions})
        return found.numbers

    def stored(self, key: str) -> Entry | None:
        """The transaction with this key."""
        if key in self.keys:
            return self.reader.entry(self.keys[key])
        return self.decided.get(key)

    def entry(self, number: int) -> Entry | None:
        """A transaction by its number."""
        return self.index.entry(number) or self.reader.entry(number)

    def reversal(self, number: int) -> int | None:
        """The number of the transaction that reverses this one."""
        return self.index.reversal(number) or self.reader.reversal(number)

    def hold(self, number: int) -> Hold | None:
        """The hold of this number, with what resolved it."""
        return self._holds.get(number) or self.reader.hold(number)

    def group_keys(self, name: str) -> list[str]:
        """The keys of a group's transactions, in order."""
        stored = (self.reader.entry(number) for number in self.reader.group(name))
        return [*(entry.transaction.key for entry in stored if entry), *self.index.group_keys(name)]

    def latest_versions(self, records: Iterable[Record]) -> dict[tuple[str, str], int]:
        """The latest version of each of the records, 0 for none."""
        names = dict.fromkeys([(r.kind, r.id) for r in records])
        if unknown := [name for name in names if name not in self._versions]:
            self._versions.update({**dict.fromkeys(unknown, 0), **self.reader.latest_versions(unknown)})
        return {name: self._versions[name] for name in names}

    def later(self, path: AccountPath, on: date) -> list[Movement]:
        """The movements of an account with value dates after `on`, in the effective order."""
        mine = (m for m in self.index.movements(path) if m.effective_on > on)
        found = [*self.reader.later(path, on), *mine]
        ended = {number for number, hold in self._holds.items() if hold.resolved_by is not None}
        return sorted(m for m in found if not (m.pending and m.number in ended))

    def limits_of(self, account: Account) -> tuple[VelocityLimit, ...]:
        """The velocity limits that count an account's flows, by name."""
        found = self.known.limits_of.get(account.path)
        if found is None:
            limits = (limit for _, limit in sorted(self.known.limits.items()))
            found = tuple(limit for limit in limits if limit.covers(account))
            if account.path in self.known.states:  # one refused at opening may open later in another unit
                self.known.limits_of[account.path] = found
        return found

    def used(self, meter: Meter) -> int:
        """The usage of a meter of a velocity limit so far."""
        if meter not in self.known.used:
            limit = self.known.limits[meter.limit]
            flows = (self._flow(limit, account, meter.since) for account in self._under(meter))
            self.known.used[meter] = sum(flows)
        return self.known.used[meter]

    def _under(self, meter: Meter) -> list[Account]:
        """The accounts whose flows a meter adds up."""
        if meter.account:
            return [state.account for state in self.states([AccountPath(meter.account)]).values()]
        limit = self.known.limits[meter.limit]
        accounts = [stored.account for stored in self.reader.accounts(limit.root)]
        accounts += [state.account for state in self.opened]
        return [account for account in accounts if limit.covers(account)]

    def _flow(self, limit: VelocityLimit, account: Account, since: date) -> int:
        """The flow through one account in the period that begins with `since`, live holds included."""
        until = limit.last_day(since)
        before = since - timedelta(days=1) if since > date.min else since
        return sum(
            abs(m.quantity)
            for m in self.later(account.path, before)
            if since <= m.effective_on <= until and limit.counts(m.quantity, account.normal_side)
        )

    def fingerprint(self, text: str) -> str:
        """The keyed hash of personal data; a book without a secret gets one with this commit."""
        self._secret = self._secret or self.reader.secret()
        if not self._secret:
            self._secret = self.added.secret = new_secret(self.salts)
        return keyed(self._secret, text)

    # --- what the draft adds ----------------------------------------------------------------------

    def add(self, entry: Entry, places: Sequence[Place]) -> None:
        """Append an entry; the states of its accounts have moved already, to the `places`."""
        self.note_entry()
        self.number, self.digest = entry.number, entry.digest
        self.entries.append(entry)
        self.added.write(entry, places)
        self.decided[entry.transaction.key] = entry

    def note_entry(self) -> None:
        """Record how to undo the entry that is appended next."""
        if self.undo.noted is not None:
            self.undo.note(partial(self._withdraw, self.number, self.digest, self.added.mark()))

    def note_places(self, states: Iterable[AccountState]) -> None:
        """Record the states of accounts that a transaction is about to move."""
        if self.undo.noted is not None:
            self.undo.note(
                partial(_restore, [(s, s.sequence, s.debits, s.credits, s.horizon) for s in states])
            )

    def _withdraw(self, number: int, digest: bytes, mark: tuple[int, ...]) -> None:
        self.number, self.digest = number, digest
        self.added.cut(mark)
        entry = self.entries.pop()
        del self.decided[entry.transaction.key]
        if self._index is not None:
            self._index.undone(entry)

    def open(self, states: Sequence[AccountState]) -> None:
        """Add accounts that a transaction opens."""
        for state in states:
            self.undo.put(self.known.states, state.account.path, state)
            self.added.open(state.id, state.account, self.number + 1)
            self.limits_of(state.account)
            self.opened.append(state)
            self.accounts += 1
            self.undo.note(self._close)

    def _close(self) -> None:
        state = self.opened.pop()
        self.added.accounts.pop()
        self.touched.pop(state.id, None)
        self.known.limits_of.pop(state.account.path, None)
        self.accounts -= 1

    def hold_legs(self, t: Transaction, times: int) -> list[AccountState]:
        """Hold the postings of a pending transaction, or with -1 release them; the states in order."""
        held = []
        for p in t.postings:
            state = self.known.states[p.account]
            state.hold(p.quantity, times)
            self.undo.note(partial(state.hold, p.quantity, -times))
            self.touched[state.id] = state
            held.append(state)
        return held

    def take_effect(self, entry: Entry, resolved: Hold | None) -> None:
        """Apply the effects of a hold and of records of the ledger's own kinds."""
        t = entry.transaction
        if t.pending:
            self.undo.put(self._holds, entry.number, Hold(entry.number, t))
            if t.expires_at is not None:
                self.known.next_expiry = min(t.expires_at, self.known.next_expiry or t.expires_at)
        if resolved is not None:
            self.undo.put(self._holds, resolved.number, evolve(resolved, resolved_by=entry.number))
        for r in t.records:
            self.undo.put(self._versions, (r.kind, r.id), r.version)
            if r.kind == "account" and r.version > 1:
                self._change(self.known.states[AccountPath(r.id)], r)
            elif (r.kind, r.id) == PERIOD:
                self.undo.note(partial(setattr, self.known, "closed_through", self.known.closed_through))
                self.known.closed_through = date.fromisoformat(r.data["through"])
            elif r.kind == VELOCITY:
                self.undo.put(self.known.limits, r.id, VelocityLimit.from_data(r.id, r.data))
                self._forget_limits()
                self.undo.note(self._forget_limits)

    @contextmanager
    def writing(self, operation: str) -> Iterator[None]:
        """A context in which the transactions of an operation are decided; it reserves their keys."""
        self.operation = f"{operation}#"
        try:
            yield
        finally:
            self.operation = _NONE

    def note_versions(self, records: Sequence[Record]) -> None:
        """Add the new versions of records that only products read."""
        for r in records:
            self.undo.put(self._versions, (r.kind, r.id), r.version)

    def keep_pages(self, pages: Mapping[PageName, bytes]) -> None:
        """Add the pages that a seal has made."""
        self.undo.note(partial(setattr, self, "pages", self.pages))
        self.pages = {**self.pages, **pages}

    def _change(self, state: AccountState, record: Record) -> None:
        self.undo.note(partial(state.become, state.account, state.version))
        account = Account.from_data(record.id, record.data)
        state.become(account, record.version)
        self.added.describe(account)
        self.touched[state.id] = state

    def _forget_limits(self) -> None:
        self.known.limits_of.clear()
        self.known.used.clear()

    def release_holds(self, holds: Iterable[Hold]) -> None:
        """Leave out holds that have expired but have no recorded expiry yet."""
        for hold in holds:
            self.states(p.account for p in hold.transaction.postings)
            self.hold_legs(hold.transaction, -1)
            self._holds[hold.number] = evolve(hold, resolved_by=0)

    def flush(self, writer: Writer) -> None:
        """Pass everything to the store."""
        for state in self.opened:
            self.touched[state.id] = state
        added = self.added
        added.balances = [
            (s.id, s.sequence, s.debits, s.credits, s.pending_debits, s.pending_credits, s.version)
            for s in self.touched.values()
        ]
        if self.pages:
            added.pages = [(*name, bytearray(page)) for name, page in self.pages.items()]
        added.before = self.known.head
        added.after = self.known.head = Head(self.number, self.digest, self.moment, self.accounts)
        writer.append(added)


def _begun(found: Mapping[AccountPath, StoredAccount]) -> Iterator[tuple[AccountPath, AccountState]]:
    """The states that posting moves, of accounts in a store."""
    return ((path, AccountState(*stored)) for path, stored in found.items())


def _restore(places: Sequence[tuple[AccountState, int, int, int, date]]) -> None:
    for state, sequence, debits, credits, horizon in reversed(places):
        state.sequence, state.debits, state.credits, state.horizon = sequence, debits, credits, horizon
