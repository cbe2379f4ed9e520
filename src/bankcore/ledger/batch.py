"""A batch: the transactions of one commit, decided one after the other in memory.

`_apply` moves the accounts of a transaction in one pass and notices whether anything is unusual.
The ordinary transaction is through with that; every other is put back and shown to the rules in
`checks`, which alone say no.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from attrs import evolve

from bankcore.amounts import MAX_QUANTITY
from bankcore.errors import BankcoreError
from bankcore.ledger.accounts import Account, AccountPath
from bankcore.ledger.balances import AccountState
from bankcore.ledger.checks import Case, first_refusal
from bankcore.ledger.ports import Head, Writer
from bankcore.ledger.replays import replay
from bankcore.ledger.shape import LONGEST_TEXT, shape_refusal
from bankcore.ledger.transactions import (
    EXPIRY,
    EXPIRY_KEY,
    NO_DETAILS,
    PERIOD,
    Entry,
    Hold,
    Receipt,
    Record,
    Transaction,
    chain,
    timestamp,
)

__all__ = ["Batch"]

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
        self.seal: Record | None = None  # what the ledger made for the transaction it decides next
        self._writer = writer
        self._states = states
        self._number, self._digest, self._accounts = head.number, head.digest, head.accounts
        self._moment = max(moment, head.recorded_at) if head.recorded_at else moment
        self._stamp = timestamp(self._moment)
        self._known: dict[str, int] = {}
        self._decided: dict[str, Entry] = {}
        self._versions: dict[tuple[str, str], int] = {}
        self._holds: dict[int, Hold] = {}  # that this batch made or resolved
        self._malformed = False  # some transaction expected has no readable postings: go by the rules

    @property
    def head(self) -> Head:
        """The end of the journal after the transactions accepted so far."""
        moment = self.entries[-1].recorded_at if self.entries else None
        return Head(self._number, self._digest, moment, self._accounts)

    def state(self, path: str) -> AccountState | None:
        """The state of an account in the midst of the batch, or None."""
        return self.states([AccountPath(path)]).get(AccountPath(path))

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
            and not t.pending
            and t.resolves is None
            and t.expires_at is None
            and type(t.effective_on) is date
            and (self.closed_through is None or t.effective_on > self.closed_through)
            and (t.details is NO_DETAILS or isinstance(t.details, Mapping))
            and type(t.kind) is type(t.description) is type(t.agreement) is type(t.actor) is str
            and t.kind not in ("", EXPIRY)
            and not key.startswith(EXPIRY_KEY)
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
                or debits + state.pending_debits > MAX_QUANTITY
                or credits + state.pending_credits > MAX_QUANTITY
            ):
                sound = False
            layer = state.layer
            sums[layer] = sums.get(layer, 0) + quantity
            positions.append((state.id, state.sequence, debits - credits))
        for state, _, _ in before:
            balance = state.debits - state.credits
            if (state.lowest is not None and balance - state.pending_credits < state.lowest) or (
                state.highest is not None and balance + state.pending_debits > state.highest
            ):
                sound = False
        return positions, before, sound and not any(sums.values())

    def _decide_by_the_rules(self, t: Transaction) -> Receipt:
        if (refusal := shape_refusal(t)) is not None:
            raise refusal
        if (stored := self._stored(t.key)) is not None:
            return replay(stored, t)
        case = self._case(t)
        if (refusal := first_refusal(case)) is not None:
            raise refusal
        opening = (state for path, state in case.states.items() if path not in self._states)
        return self._enter(t, case.hold, sorted(opening, key=lambda state: state.id))

    def _case(self, t: Transaction) -> Case:
        """The transaction with all it meets; accounts that it opens are numbered on from the last."""
        hold = None if t.resolves is None else self._hold(t.resolves)
        opening = self._openings(t)
        seal, self.seal = self.seal, None
        states = {path: opening.get(path) or self.state(path) for path in self._paths(t, hold)}
        link = next((n for n in (t.reverses, t.resolves, t.corrects) if n is not None), None)
        return Case(
            t,
            states={path: state for path, state in states.items() if state is not None},
            closed_through=self.closed_through,
            versions=self._latest_versions(t),
            accounts={path: state.account for path, state in states.items() if state and path not in opening},
            moment=self._moment,
            earlier=None if link is None else self._entry(link),
            reversal=None if t.reverses is None else self._reversal(t.reverses),
            hold=hold,
            ended=None if hold is None or hold.resolved_by is None else self._entry(hold.resolved_by),
            seal=seal,
        )

    def _enter(self, t: Transaction, hold: Hold | None, opening: Collection[AccountState]) -> Receipt:
        """Put a transaction that nothing refuses into the journal, with the accounts that it opens."""
        self._states.update((state.account.path, state) for state in opening)
        self.opened += opening
        self._accounts += len(opening)
        if hold is not None:
            self._move_pending(hold.transaction, -1)
        before: Before = []
        if t.pending:
            positions = self._move_pending(t, 1)
        else:
            positions, before, _ = self._apply(t)
        receipt = self._keep(t, positions, before)
        if t.pending:
            self._holds[self._number] = Hold(self._number, t)
        if hold is not None:
            self._holds[hold.number] = evolve(hold, resolved_by=self._number)
        self._take_effect(t)
        return receipt

    def _move_pending(self, t: Transaction, times: int) -> list[Position]:
        """Hold the postings of a pending transaction, or with -1 let them go."""
        positions: list[Position] = []
        for p in t.postings:
            state = self._states[p.account]
            state.hold(p.quantity, times)
            self.touched[state.id] = state
            positions.append((state.id, 0, 0))
        return positions

    def expire(self) -> None:
        """Record the expiry of every hold whose instant has come."""
        for hold in self._writer.due_holds(self._moment):
            day = hold.transaction.effective_on
            if self.closed_through is not None and day <= self.closed_through:
                day = self.closed_through + timedelta(days=1)
            self.states(p.account for p in hold.transaction.postings)
            expiry = Transaction(
                key=f"{EXPIRY_KEY}{hold.number}",
                kind=EXPIRY,
                effective_on=day,
                description=f"hold {hold.number} expired",
                agreement=hold.transaction.agreement,
                actor="system:ledger",
                resolves=hold.number,
            )
            self._enter(expiry, hold, ())

    def _hold(self, number: int) -> Hold | None:
        return self._holds.get(number) or self._writer.hold(number)

    def _latest_versions(self, t: Transaction) -> dict[tuple[str, str], int]:
        """The latest version of each record that the transaction writes, 0 for none."""
        names = dict.fromkeys((r.kind, r.id) for r in t.records)
        unknown = [name for name in names if name not in self._versions]
        self._versions.update({**dict.fromkeys(unknown, 0), **self._writer.latest_versions(unknown)})
        return {name: self._versions[name] for name in names}

    def _paths(self, t: Transaction, hold: Hold | None) -> set[AccountPath]:
        postings = (*t.postings, *(hold.transaction.postings if hold else ()))
        return {p.account for p in postings} | {AccountPath(r.id) for r in t.records if r.kind == "account"}

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


def _undo(before: Before) -> None:
    for state, debits, credits in reversed(before):
        state.debits, state.credits = debits, credits
        state.sequence -= 1
