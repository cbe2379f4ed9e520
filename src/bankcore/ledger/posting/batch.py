"""A batch: the transactions of one commit, decided one after the other in memory.

`ordinary` accepts the usual transaction on a fast path; every other goes through the rules in `shape` and
`checks`, which alone refuse.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from itertools import chain
from operator import attrgetter
from typing import Final

from attrs import evolve

from bankcore.errors import BadKey, GroupConflict
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.additions import Place
from bankcore.ledger.encoding import digest, encode
from bankcore.ledger.evidence.seals import Sealed
from bankcore.ledger.personal import Salts, personal_rows
from bankcore.ledger.ports import KeyTaken, Writer
from bankcore.ledger.posting.case import Case
from bankcore.ledger.posting.checks import first_refusal
from bankcore.ledger.posting.draft import Draft, Known
from bankcore.ledger.posting.limits import moved, room
from bankcore.ledger.posting.ordinary import Ordinary
from bankcore.ledger.posting.replays import operation_of, replay
from bankcore.ledger.posting.shape import shape_refusal
from bankcore.ledger.posting.states import AccountState
from bankcore.ledger.transactions import (
    EXPIRY,
    EXPIRY_KEY,
    Entry,
    Hold,
    PersonalRow,
    Receipt,
    Transaction,
)

__all__ = ["Batch"]

_records: Final = attrgetter("records")


class Batch:
    """Decides transactions against the book with the draft applied; a refused one leaves no trace."""

    def __init__(
        self,
        writer: Writer,
        known: Known,
        moment: datetime,
        salts: Salts | None = None,
        *,
        careful: bool = False,
    ) -> None:
        self.writer = writer
        self.draft = Draft(writer, known, moment, salts)
        self._ordinary = Ordinary(self.draft)
        self.sealed: Sealed | None = None  # the ledger's own seal for the transaction decided next
        self._known = known
        self._states = known.states
        self._careful = careful
        self._expected: list[Transaction] = []  # their keys and accounts are not looked up yet

    def expect(self, transactions: Sequence[Transaction], keys: Sequence[str] = ()) -> None:
        """Announce requests; look up now which of some keys the book has, and the records.

        The keys of transactions are looked up only when a rule must run: the store itself reports a key that
        it already has (KeyTaken), and then a `careful` batch decides everything again.
        """
        self._expected += transactions
        if self._careful:
            self._look_up_all(keys)
        elif keys or any(map(_records, transactions)):
            self.draft.keys.update(self.draft.prefetch(keys, (), _needs(transactions)[1]))

    def decide(self, transaction: Transaction) -> Receipt:
        """Accept the transaction, or recognise a replay; raises the first refusal in order."""
        if receipt := self._ordinary.decide(transaction):
            return receipt
        if self._look_up_accounts() and (receipt := self._ordinary.decide(transaction)):
            return receipt
        self._look_up_all()
        return self._decide_by_the_rules(transaction)

    def _look_up_accounts(self) -> bool:
        """Load the accounts of all expected transactions; whether there were any to load."""
        states = self._states
        try:
            missing = {p.account for t in self._expected for p in t.postings if p.account not in states}
            known = self.draft.states(sorted(missing)) if missing else {}
        except (AttributeError, TypeError):  # some transaction has no readable postings: the rules decide
            return False
        return bool(known)

    def _look_up_all(self, keys: Sequence[str] = ()) -> None:
        """Read in one call the keys, accounts and records of everything expected, and some other keys.

        Raises KeyTaken where a key was decided that the book has.
        """
        draft, expected = self.draft, self._expected
        self._expected = []
        wanted = [*keys, *(t.key for t in expected if type(t.key) is str)]
        if wanted:
            found = draft.prefetch(wanted, *_needs(expected))
            if not found.keys().isdisjoint(draft.decided):
                raise KeyTaken
            draft.keys.update(found)

    def check_group(self, members: Sequence[Transaction]) -> None:
        """Raise GroupConflict where the group was used for other keys."""
        name, given = members[0].group, [*dict.fromkeys(str(t.key) for t in members)]
        stored = self.draft.group_keys(name) if type(name) is str else []
        if stored and stored != given:
            raise GroupConflict(name, ", ".join(stored), ", ".join(given))

    def _decide_by_the_rules(self, t: Transaction) -> Receipt:
        if (refusal := shape_refusal(t)) is not None:
            raise refusal
        if (stored := self.draft.stored(t.key)) is not None:
            return replay(stored, t)
        self._check_operation(t.key)
        case, sealed = self._case(t), self.sealed
        self.sealed = None
        if (refusal := first_refusal(case)) is not None:
            raise refusal
        opening = (state for path, state in case.states.items() if path not in self._states)
        receipt = self._enter(case.transaction, case.hold, sorted(opening, key=lambda state: state.id))
        if sealed is not None and sealed.seal.record in t.records:
            self.draft.keep_pages(sealed.pages)
        return receipt

    def _check_operation(self, key: str) -> None:
        """Raise BadKey for a key that belongs to a later transaction of a written operation."""
        draft, operation = self.draft, operation_of(key)
        if operation is None or key.startswith(draft.operation):
            return
        if operation in draft.decided or draft.reader.numbers([operation]):
            raise BadKey(key, f"it is reserved for the transactions of operation {operation!r}")

    def _case(self, t: Transaction) -> Case:
        """The transaction with all it is checked against; accounts that it opens get the next ids."""
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
        """Add a transaction that passed all checks to the draft, with the accounts that it opens."""
        draft = self.draft
        personal = personal_rows(t, draft.number + 1, draft.salts)  # may refuse: before anything has moved
        draft.open(sorted(opening, key=lambda state: state.id))
        for meter, (added, _) in moved(t, hold, self._states, self._known.limits_of).items():
            if meter in self._known.used:
                draft.undo.put(self._known.used, meter, self._known.used[meter] + added)
        if hold is not None:
            draft.hold_legs(hold.transaction, -1)
        if t.pending:
            places = [Place(state.id, 0, 0, 0, date.min) for state in draft.hold_legs(t, 1)]
        else:
            places = self._move(t)
        receipt = self._keep(t, places, personal)
        draft.take_effect(draft.entries[-1], hold)
        return receipt

    def expire(self) -> None:
        """Record the expiry of every hold that has expired."""
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
        """The accounts that the transaction's records may open, with ids after the book's last."""
        accounts = {r.id: r.account for r in t.records if r.kind == "account" and r.version == 1}
        known = self.draft.states(map(AccountPath, accounts))
        new = [account for path, account in accounts.items() if path not in known]
        first = self.draft.accounts + 1
        return {a.path: AccountState(id, a, 1) for id, a in enumerate(new, start=first)}

    def _move(self, t: Transaction) -> list[Place]:
        """Post to the accounts; the sequence and balance after each posting."""
        draft, places = self.draft, []
        draft.note_places({self._states[p.account] for p in t.postings})
        for p in t.postings:
            state = draft.touched[self._states[p.account].id] = self._states[p.account]
            state.post(p.quantity)
            state.sequence += 1
            state.horizon = max(state.horizon, t.effective_on)
            net = state.debits - state.credits
            places.append(Place(state.id, state.sequence, net, state.debits, state.horizon))
        return places

    def _keep(self, t: Transaction, places: list[Place], personal: tuple[PersonalRow, ...]) -> Receipt:
        draft = self.draft
        number, moment = draft.number + 1, draft.moment
        positions = () if t.pending else tuple([(place.sequence, place.balance) for place in places])
        line = encode(number, draft.stamp, t, positions, personal)
        reached = digest(draft.digest, line)
        draft.add(Entry(number, moment, reached, t, positions, line, personal), places)
        return Receipt(number, t.key, moment, reached)


def _needs(transactions: Sequence[Transaction]) -> tuple[set[AccountPath], list[tuple[str, str]]]:
    """The accounts and records that the rules will need, none where something cannot be read."""
    try:
        paths = {p.account for t in transactions for p in t.postings}
        names = [(r.kind, r.id) for t in transactions for r in t.records]
        "".join(chain(paths, *names))
        return paths, names
    except (AttributeError, TypeError):  # the rules will name the fault, and read what else they need
        return set(), []


def _paths(t: Transaction, hold: Hold | None) -> set[AccountPath]:
    postings = (*t.postings, *(hold.transaction.postings if hold else ()))
    return {p.account for p in postings} | {AccountPath(r.id) for r in t.records if r.kind == "account"}


def _cut(case: Case) -> Case:
    """The case with its `up_to` transaction cut to what the limits allow, or the least they refuse."""
    t, moves = case.transaction, max(room(case), 1)
    cut = tuple(p._replace(quantity=moves if p.quantity > 0 else -moves) for p in t.postings)
    return evolve(case, transaction=t._replace(postings=cut))
