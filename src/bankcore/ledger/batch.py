"""A batch: the transactions of one commit, decided one after the other in memory.

`_apply` moves the accounts of a transaction in one pass and notices whether anything is unusual.
The ordinary transaction is through with that; every other is put back and shown to the rules in
`checks`, which alone say no.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from bankcore.amounts import MAX_QUANTITY
from bankcore.errors import BankcoreError, KeyConflict
from bankcore.ledger.accounts import Account, AccountPath
from bankcore.ledger.balances import AccountState
from bankcore.ledger.checks import Case, first_refusal
from bankcore.ledger.ports import Head, Writer
from bankcore.ledger.shape import LONGEST_TEXT, shape_refusal
from bankcore.ledger.transactions import (
    NO_DETAILS,
    PERIOD,
    Entry,
    Receipt,
    Transaction,
    chain,
    timestamp,
)

__all__ = ["Batch", "first_difference"]

Position = tuple[int, int, int]
Before = list[tuple[AccountState, int, int]]


class Batch:
    """Decides transactions against the accounts' states and gathers what the store must write.

    A refused transaction leaves every state as it was.  `states` is the ledger's cache: it runs
    ahead of the store until the commit, so the ledger forgets it when a commit fails.
    """

    def __init__(
        self,
        writer: Writer,
        head: Head,
        states: dict[AccountPath, AccountState],
        closed_through: date | None,
        moment: datetime,
    ) -> None:
        self.entries: list[Entry] = []
        self.opened: list[AccountState] = []
        self.touched: dict[int, AccountState] = {}
        self.closed_through = closed_through
        self._writer = writer
        self._states = states
        self._number, self._digest, self._accounts = head.number, head.digest, head.accounts
        self._moment = max(moment, head.recorded_at) if head.recorded_at else moment
        self._stamp = timestamp(self._moment)
        self._known: dict[str, int] = {}
        self._decided: dict[str, Entry] = {}
        self._versions: dict[tuple[str, str], int] = {}
        self._malformed = False  # some transaction expected has no readable postings: go by the rules

    @property
    def head(self) -> Head:
        """The end of the journal after the transactions accepted so far."""
        moment = self.entries[-1].recorded_at if self.entries else None
        return Head(self._number, self._digest, moment, self._accounts)

    def state(self, path: str) -> AccountState | None:
        """The state of an account in the midst of the batch, or None."""
        known = AccountPath(path)
        return self.states([known]).get(known)

    def states(self, paths: Iterable[AccountPath]) -> dict[AccountPath, AccountState]:
        """The states of those of the accounts that exist, in the midst of the batch."""
        wanted = tuple(paths)
        if missing := {path for path in wanted if path not in self._states}:
            self._states.update(self._writer.states(missing))
        return {path: self._states[path] for path in wanted if path in self._states}

    def expect(self, transactions: Sequence[Transaction]) -> None:
        """Look up at once which keys the book has, and the accounts that are not at hand."""
        self._known.update(self._writer.numbers([t.key for t in transactions if type(t.key) is str]))
        missing: set[AccountPath] = set()
        try:
            states = self._states
            missing = {p.account for t in transactions for p in t.postings if p.account not in states}
            self._malformed = not all(isinstance(path, str) for path in missing)
        except (AttributeError, TypeError):
            self._malformed = True
        if missing and not self._malformed:
            self._states.update(self._writer.states(missing))

    def decide(self, transaction: Transaction) -> Receipt:
        """Accept the transaction, or recognise a replay; raises the first refusal in order."""
        if not self._malformed and self._is_ordinary(transaction):
            positions, before, sound = self._apply(transaction)
            if sound:
                try:
                    return self._keep(transaction, positions, before)
                except (BankcoreError, UnicodeEncodeError):
                    pass  # text or details that cannot be encoded: SHAPE names them
            _undo(before)
        return self._decide_by_the_rules(transaction)

    def _is_ordinary(self, t: Transaction) -> bool:
        """New key, postings only, no links, texts that are texts."""
        key = t.key
        return (
            type(key) is str
            and 0 < len(key) <= LONGEST_TEXT
            and key not in self._known
            and key not in self._decided
            and type(t.postings) is tuple
            and len(t.postings) > 1
            and t.records == ()
            and t.reverses is None
            and t.corrects is None
            and type(t.effective_on) is date
            and (self.closed_through is None or t.effective_on > self.closed_through)
            and (t.details is NO_DETAILS or isinstance(t.details, Mapping))
            and type(t.kind) is type(t.description) is type(t.agreement) is type(t.actor) is str
            and t.kind != ""
        )

    def _apply(self, t: Transaction) -> tuple[list[Position], Before, bool]:
        """Move the accounts; also tell their totals before, and whether no rule can object."""
        positions: list[Position] = []
        before: Before = []
        sums: dict[str, int] = {}
        sound, day = True, t.effective_on
        for p in t.postings:
            quantity = p.quantity
            state = self._states.get(p.account)
            if state is None or type(quantity) is not int:
                return positions, before, False
            debits, credits = state.debits, state.credits
            before.append((state, debits, credits))
            if quantity > 0:
                state.debits = debits = debits + quantity
                takes = state.takes_debits
            else:
                state.credits = credits = credits - quantity
                takes = state.takes_credits
            state.sequence += 1
            if (
                not takes
                or quantity == 0
                or p.unit is not state.unit
                or day < state.opens
                or debits > MAX_QUANTITY
                or credits > MAX_QUANTITY
            ):
                sound = False
            layer = state.layer
            sums[layer] = sums.get(layer, 0) + quantity
            positions.append((state.id, state.sequence, debits - credits))
        for state, _, _ in before:
            balance = state.debits - state.credits
            if (state.lowest is not None and balance < state.lowest) or (
                state.highest is not None and balance > state.highest
            ):
                sound = False
        return positions, before, sound and not any(sums.values())

    def _decide_by_the_rules(self, t: Transaction) -> Receipt:
        if (refusal := shape_refusal(t)) is not None:
            raise refusal
        if (stored := self._stored(t.key)) is not None:
            return _replay(stored, t)
        opening = {path: state for path, state in self._openings(t).items() if self.state(path) is None}
        states = {path: opening.get(path) or self.state(path) for path in self._paths(t)}
        link = t.reverses if t.reverses is not None else t.corrects
        case = Case(
            t,
            states={path: state for path, state in states.items() if state is not None},
            closed_through=self.closed_through,
            versions=self._latest_versions(t),
            accounts={path: state.account for path, state in states.items() if state and path not in opening},
            earlier=None if link is None else self._entry(link),
            reversal=None if t.reverses is None else self._reversal(t.reverses),
        )
        if (refusal := first_refusal(case)) is not None:
            raise refusal
        for state in opening.values():
            self._states[state.account.path] = state
        self.opened += opening.values()
        self._accounts += len(opening)
        positions, before, _ = self._apply(t)
        receipt = self._keep(t, positions, before)
        self._take_effect(t)
        return receipt

    def _latest_versions(self, t: Transaction) -> dict[tuple[str, str], int]:
        """The latest version of each record that the transaction writes, 0 for none."""
        names = dict.fromkeys((r.kind, r.id) for r in t.records)
        unknown = [name for name in names if name not in self._versions]
        self._versions.update({**dict.fromkeys(unknown, 0), **self._writer.latest_versions(unknown)})
        return {name: self._versions[name] for name in names}

    def _paths(self, t: Transaction) -> set[AccountPath]:
        return {p.account for p in t.postings} | {AccountPath(r.id) for r in t.records if r.kind == "account"}

    def _openings(self, t: Transaction) -> dict[AccountPath, AccountState]:
        """The accounts that the transaction's records may open, numbered on from the book's last."""
        accounts = {
            r.id: Account.from_data(r.id, r.data) for r in t.records if r.kind == "account" and r.version == 1
        }
        new = [account for path, account in accounts.items() if self.state(path) is None]
        return {a.path: AccountState(self._accounts + place, a, 1) for place, a in enumerate(new, start=1)}

    def _take_effect(self, t: Transaction) -> None:
        """What records of the ledger's own kinds change from now on."""
        for r in t.records:
            self._versions[r.kind, r.id] = r.version
            if r.kind == "account" and r.version > 1:
                state = self._states[AccountPath(r.id)]
                state.become(Account.from_data(r.id, r.data), r.version)
                self.touched[state.id] = state
            elif (r.kind, r.id) == PERIOD:
                self.closed_through = date.fromisoformat(r.data["through"])

    def _keep(self, t: Transaction, positions: list[Position], before: Before) -> Receipt:
        digest = chain(self._digest, self._number + 1, self._stamp, t)
        self._number += 1
        self._digest = digest
        entry = Entry(self._number, self._moment, digest, t, tuple(positions))
        self.entries.append(entry)
        self._decided[t.key] = entry
        for state, _, _ in before:
            self.touched[state.id] = state
        return Receipt(self._number, t.key, self._moment, digest)

    def _stored(self, key: str) -> Entry | None:
        if key in self._known:
            return self._writer.entry(self._known[key])
        return self._decided.get(key)

    def _entry(self, number: int) -> Entry | None:
        return next((e for e in self.entries if e.number == number), None) or self._writer.entry(number)

    def _reversal(self, number: int) -> int | None:
        mine = (e.number for e in self.entries if e.transaction.reverses == number)
        return next(mine, None) or self._writer.reversal(number)


def first_difference(stored: Transaction, given: Transaction) -> tuple[str, str, str] | None:
    """The first field in which two transactions differ, with both values as text, or None."""
    ours, theirs = _content(stored), _content(given)
    for name in [*ours, *(name for name in theirs if name not in ours)]:
        if ours.get(name, "") != theirs.get(name, ""):
            return name, ours.get(name, ""), theirs.get(name, "")
    return None


def _content(t: Transaction) -> dict[str, str]:
    content = {
        "kind": t.kind,
        "effective_on": t.effective_on.isoformat(),
        "description": t.description,
        "agreement": t.agreement,
        "actor": t.actor,
        "reverses": str(t.reverses),
        "corrects": str(t.corrects),
    }
    for place, p in enumerate(t.postings, start=1):
        content[f"postings.{place}.account"] = p.account
        content[f"postings.{place}.quantity"] = str(p.quantity)
        content[f"postings.{place}.unit"] = p.unit
    for place, r in enumerate(t.records, start=1):
        content[f"records.{place}.id"] = f"{r.kind} {r.id}"
        content[f"records.{place}.version"] = str(r.version)
        content[f"records.{place}.data"] = r.json
    content["details"] = t.details_json
    return content


def _replay(stored: Entry, given: Transaction) -> Receipt:
    if difference := first_difference(stored.transaction, given):
        raise KeyConflict(given.key, *difference)
    return Receipt(stored.number, given.key, stored.recorded_at, stored.digest, replayed=True)


def _undo(before: Before) -> None:
    for state, debits, credits in reversed(before):
        state.debits, state.credits = debits, credits
        state.sequence -= 1
