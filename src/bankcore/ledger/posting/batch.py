"""A batch: the transactions of one commit, decided one after the other in memory.

`_apply` moves the accounts of a transaction in one pass and notices whether anything is unusual.
The ordinary transaction is through with that; every other is put back and shown to the rules in
`checks`, which alone say no.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from operator import attrgetter

from attrs import evolve

from bankcore.amounts import MAX_QUANTITY
from bankcore.errors import BankcoreError, GroupConflict
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.additions import Place
from bankcore.ledger.balances import AccountState
from bankcore.ledger.encoding import digest, encode
from bankcore.ledger.evidence.seals import Sealed
from bankcore.ledger.personal import Salts, personal_rows
from bankcore.ledger.ports import Writer
from bankcore.ledger.posting.case import Case
from bankcore.ledger.posting.checks import first_refusal
from bankcore.ledger.posting.draft import Draft, Known
from bankcore.ledger.posting.limits import moved, room
from bankcore.ledger.posting.replays import replay
from bankcore.ledger.posting.shape import LONGEST_TEXT, RESERVED, shape_refusal
from bankcore.ledger.transactions import (
    EXPIRY,
    EXPIRY_KEY,
    NO_DETAILS,
    Entry,
    Hold,
    Receipt,
    Record,
    Transaction,
    is_unicode,
)

__all__ = ["Batch"]

_RARE = attrgetter("reverses", "corrects", "resolves", "expires_at", "group")
_USUALLY = (None, None, None, None, "")

Before = list[tuple[AccountState, int, int, date]]


class Batch:
    """Decides transactions against the book as the draft leaves it; a refused one leaves no trace."""

    def __init__(self, writer: Writer, known: Known, moment: datetime, salts: Salts | None = None) -> None:
        self.draft = Draft(writer, known, moment)
        self.sealed: Sealed | None = None  # what the ledger made for the transaction it decides next
        self._known = known
        self._salts = salts
        self._states = known.states
        self._malformed = False  # some transaction expected has no readable postings: go by the rules

    def expect(self, transactions: Sequence[Transaction], keys: Sequence[str] = ()) -> None:
        """Look up at once which keys the book has, and the accounts that are not at hand."""
        draft = self.draft
        own = [t.key for t in transactions if type(t.key) is str]
        draft.keys.update(draft.reader.numbers([*keys, *own]))
        missing: set[AccountPath] = set()
        try:
            states = self._states
            missing = {p.account for t in transactions for p in t.postings if p.account not in states}
            self._malformed = not all(isinstance(path, str) for path in missing)
        except (AttributeError, TypeError):
            self._malformed = True
        if missing and not self._malformed:
            draft.states(missing)

    def decide(self, transaction: Transaction) -> Receipt:
        """Accept the transaction, or recognise a replay; raises the first refusal in order."""
        if not self._malformed and self._is_ordinary(transaction):
            positions, before, sound = self._apply(transaction)
            if sound:
                try:
                    receipt = self._keep(transaction, positions, before)
                    if transaction.records:
                        self.draft.note_versions(transaction.records)
                    return receipt
                except (BankcoreError, UnicodeEncodeError):
                    pass  # text or details that cannot be encoded: SHAPE names them
            _undo(before)
        return self._decide_by_the_rules(transaction)

    def check_group(self, members: Sequence[Transaction]) -> None:
        """Raise GroupConflict where the group stands for other keys already."""
        name, given = members[0].group, [*dict.fromkeys(str(t.key) for t in members)]
        stored = self.draft.group_keys(name) if type(name) is str else []
        if stored and stored != given:
            raise GroupConflict(name, ", ".join(stored), ", ".join(given))

    def _is_ordinary(self, t: Transaction) -> bool:
        """New key, no links, texts that are texts, records that only products read."""
        key, closed_through = t.key, self._known.closed_through
        return (
            _RARE(t) == _USUALLY
            and t.pending is False
            and t.up_to is False
            and type(key) is str
            and 0 < len(key) <= LONGEST_TEXT
            and key not in self.draft.keys
            and key not in self.draft.decided
            and type(t.postings) is tuple
            and len(t.postings) > 1
            and (t.records == () or self._are_ordinary(t.records))
            and type(t.effective_on) is date
            and (closed_through is None or t.effective_on > closed_through)
            and (t.details is NO_DETAILS or isinstance(t.details, Mapping))
            and type(t.kind) is type(t.description) is type(t.agreement) is type(t.actor) is str
            and t.kind not in ("", EXPIRY)
            and not key.startswith(EXPIRY_KEY)
        )

    def _are_ordinary(self, records: Sequence[Record]) -> bool:
        """Whether each is the next version of a fact, and none of a kind that the ledger itself reads."""
        if type(records) is not tuple:
            return False
        for r in records:
            if (
                type(r) is not Record
                or type(r.kind) is not str
                or not isinstance(r.id, str)
                or type(r.version) is not int
                or not isinstance(r.data, Mapping)
                or not 0 < len(r.kind) <= LONGEST_TEXT
                or not 0 < len(r.id) <= LONGEST_TEXT
                or r.kind in RESERVED
            ):
                return False
        if not is_unicode("".join([r.kind + r.id for r in records])):  # no store can say what it has of it
            return False
        latest = self.draft.latest_versions(records)
        return len(latest) == len(records) and all(r.version == latest[r.kind, r.id] + 1 for r in records)

    def _apply(self, t: Transaction) -> tuple[list[Place], Before, bool]:
        """Move the accounts; also tell their totals before, and whether no rule can object."""
        positions: list[Place] = []
        before: Before = []
        sums: dict[str, int] = {}
        states, day = self._states, t.effective_on
        sound = not self._known.limits or self._is_unlimited(t)
        for p in t.postings:
            quantity = p.quantity
            state = states.get(p.account)
            if state is None or type(quantity) is not int:
                return positions, before, False
            debits, credits, horizon = state.debits, state.credits, state.horizon
            before.append((state, debits, credits, horizon))
            state.sequence = sequence = state.sequence + 1
            if day != horizon:
                if day > horizon:
                    state.horizon = horizon = day
                elif state.lowest is not None or state.highest is not None:
                    sound = False
            if quantity > 0:
                state.debits = debits = debits + quantity
                takes = state.takes_debits
            else:
                state.credits = credits = credits - quantity
                takes = state.takes_credits
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
            positions.append(Place(state.id, sequence, debits - credits, debits, horizon))
        for state, _, _, _ in before:
            balance = state.debits - state.credits
            if (state.lowest is not None and balance - state.pending_credits < state.lowest) or (
                state.highest is not None and balance + state.pending_debits > state.highest
            ):
                sound = False
        return positions, before, sound and not any(sums.values())

    def _is_unlimited(self, t: Transaction) -> bool:
        states = [self._states.get(p.account) for p in t.postings]
        return not any(state is None or self.draft.limits_of(state.account) for state in states)

    def _decide_by_the_rules(self, t: Transaction) -> Receipt:
        if (refusal := shape_refusal(t)) is not None:
            raise refusal
        if (stored := self.draft.stored(t.key)) is not None:
            return replay(stored, t)
        case, sealed = self._case(t), self.sealed
        self.sealed = None
        if (refusal := first_refusal(case)) is not None:
            raise refusal
        opening = (state for path, state in case.states.items() if path not in self._states)
        receipt = self._enter(case.transaction, case.hold, sorted(opening, key=lambda state: state.id))
        if sealed is not None and sealed.seal.record in t.records:
            self.draft.keep_pages(sealed.pages)
        return receipt

    def _case(self, t: Transaction) -> Case:
        """The transaction with all it meets; accounts that it opens are numbered on from the last."""
        draft = self.draft
        hold = None if t.resolves is None else draft.hold(t.resolves)
        opening = self._openings(t)
        states = {**draft.states(path for path in _paths(t, hold) if path not in opening), **opening}
        link = next((n for n in (t.reverses, t.resolves, t.corrects) if n is not None), None)
        case = Case(
            t,
            states=states,
            closed_through=self._known.closed_through,
            versions=draft.latest_versions(t.records),
            accounts={path: state.account for path, state in states.items() if path not in opening},
            moment=draft.moment,
            later=draft.later,
            limits={path: draft.limits_of(state.account) for path, state in states.items()},
            used=draft.used,
            earlier=None if link is None else draft.entry(link),
            reversal=None if t.reverses is None else draft.reversal(t.reverses),
            hold=hold,
            ended=None if hold is None or hold.resolved_by is None else draft.entry(hold.resolved_by),
            seal=None if self.sealed is None else self.sealed.seal.record,
        )
        return _cut(case) if t.up_to and all(p.account in states for p in t.postings) else case

    def _enter(self, t: Transaction, hold: Hold | None, opening: Collection[AccountState]) -> Receipt:
        """Put a transaction that nothing refuses into the journal, with the accounts that it opens."""
        draft = self.draft
        draft.open(sorted(opening, key=lambda state: state.id))
        for meter, (added, _) in moved(t, hold, self._states, self._known.limits_of).items():
            if meter in self._known.used:
                draft.undo.put(self._known.used, meter, self._known.used[meter] + added)
        if hold is not None:
            draft.hold_legs(hold.transaction, -1)
        before: Before = []
        if t.pending:
            positions = [Place(state.id, 0, 0, 0, date.min) for state in draft.hold_legs(t, 1)]
        else:
            positions, before, _ = self._apply(t)
        receipt = self._keep(t, positions, before)
        draft.take_effect(draft.entries[-1], hold)
        return receipt

    def expire(self) -> None:
        """Record the expiry of every hold whose instant has come."""
        known, writer = self._known, self.draft.reader
        if known.next_expiry is None or known.next_expiry > self.draft.moment:
            return
        due = writer.due_holds(self.draft.moment)
        if not due:
            known.next_expiry = writer.next_expiry()
        for hold in due:
            day, closed_through = hold.transaction.effective_on, self._known.closed_through
            if closed_through is not None and day <= closed_through:
                day = closed_through + timedelta(days=1)
            for state in self.draft.states(p.account for p in hold.transaction.postings).values():
                self.draft.limits_of(state.account)
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

    def _openings(self, t: Transaction) -> dict[AccountPath, AccountState]:
        """The accounts that the transaction's records may open, numbered on from the book's last."""
        accounts = {r.id: r.account for r in t.records if r.kind == "account" and r.version == 1}
        known = self.draft.states(map(AccountPath, accounts))
        new = [account for path, account in accounts.items() if path not in known]
        first = self.draft.accounts + 1
        return {a.path: AccountState(id, a, 1) for id, a in enumerate(new, start=first)}

    def _keep(self, t: Transaction, places: list[Place], before: Before) -> Receipt:
        draft = self.draft
        number, moment = draft.number + 1, draft.moment
        positions = () if t.pending else tuple([(place.sequence, place.balance) for place in places])
        ordinary = t.details is NO_DETAILS and not t.records
        personal = () if ordinary else personal_rows(t, number, self._salts)
        line = encode(number, draft.stamp, t, positions, personal)
        reached = digest(draft.digest, line)
        draft.add(Entry(number, moment, reached, t, positions, line, personal), places)
        touched = draft.touched
        for state, _, _, _ in before:
            touched[state.id] = state
        if draft.undo.noted is not None:
            draft.undo.note(partial(_undo, before))
        return Receipt(number, t.key, moment, reached)


def _paths(t: Transaction, hold: Hold | None) -> set[AccountPath]:
    postings = (*t.postings, *(hold.transaction.postings if hold else ()))
    return {p.account for p in postings} | {AccountPath(r.id) for r in t.records if r.kind == "account"}


def _cut(case: Case) -> Case:
    """The case with its `up_to` transaction cut to what the limits let through, or the least they refuse."""
    t, moves = case.transaction, max(room(case), 1)
    cut = tuple(p._replace(quantity=moves if p.quantity > 0 else -moves) for p in t.postings)
    return evolve(case, transaction=t._replace(postings=cut))


def _undo(before: Before) -> None:
    for state, debits, credits, horizon in reversed(before):
        state.debits, state.credits, state.horizon = debits, credits, horizon
        state.sequence -= 1
