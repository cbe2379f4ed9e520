"""Limits on a transaction: floors, ceilings and velocity limits, at every instant they bind.

A posting with the latest value date of its account is measured once.  A back-dated one changes the
balance of the account at every later instant of the effective order, and is measured at each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import NamedTuple

from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.balances import Movement
from bankcore.ledger.posting.case import Case, Meter
from bankcore.ledger.posting.states import AccountState
from bankcore.ledger.transactions import Hold, Posting, Transaction
from bankcore.ledger.velocity import VelocityLimit

__all__ = ["Instant", "Metered", "instants", "metered", "moved", "room", "room_to_move"]

Limits = Mapping[str, Sequence[VelocityLimit]]  # the velocity limits of each account


class Instant(NamedTuple):
    """An account before and after a transaction; `on` is the value date where later ones follow."""

    on: date | None
    before: AccountState
    after: AccountState


class Metered(NamedTuple):
    """A flow through one account that a velocity limit counts, and the limit of its meter."""

    meter: Meter
    limit: VelocityLimit
    account: AccountPath
    quantity: int
    most: int


def instants(case: Case, path: AccountPath) -> list[Instant]:
    """The account at the transaction's value date and at every later instant, the earliest first."""
    before, after = case.states[path], case.after[path]
    day = case.transaction.effective_on
    if day >= before.horizon and not (before.pending_debits or before.pending_credits):
        return [Instant(None, before, after)]
    resolved = case.hold.number if case.hold else None
    found = []
    for (on, _), group in groupby(reversed(case.later(path, day)), key=lambda m: (m.effective_on, m.number)):
        found.append(Instant(on, before, after))
        gone = list(group)
        before = before.copy().before(gone)
        after = after.copy().before(m for m in gone if not (m.pending and m.number == resolved))
    return [Instant(day, before, after), *reversed(found)]


def room_to_move(
    state: AccountState,
    day: date,
    later: Callable[[], Sequence[Movement]],
    limits: Sequence[VelocityLimit],
    used: Callable[[Meter], int],
    *,
    into: bool,
) -> int | None:
    """The most that a posting dated `day` may bring into an account, or take out; None if nothing limits it.

    Ceiling and floor also bind at every later instant, which `later` returns.
    """
    account = state.account
    bound, rooms = account.ceiling if into else account.floor, []
    if bound is not None:
        rooms.append(bound - state.most if into else state.least - bound)
        if day < state.horizon:  # before a hold the limits are only wider
            before = state.copy()
            for _, group in groupby(reversed(later()), key=lambda m: (m.effective_on, m.number)):
                before = before.before(group)
                rooms.append(bound - before.most if into else before.least - bound)
    posting = Posting(account.path, state.sign if into else -state.sign, state.unit)
    for flow in metered([posting], day, {account.path: state}, {account.path: limits}):
        rooms.append(flow.most - used(flow.meter))
    return min(rooms, default=None)


def metered(
    postings: Iterable[Posting], day: date, states: Mapping[AccountPath, AccountState], limits: Limits
) -> Iterator[Metered]:
    """The flows of some postings, dated `day`, that velocity limits count."""
    for p in postings:
        for limit in limits.get(p.account, ()):
            if limit.most is not None and limit.counts(p.quantity, states[p.account].account.normal_side):
                meter = Meter(limit.name, p.account if limit.each else "", limit.first_day(day))
                yield Metered(meter, limit, p.account, abs(p.quantity), limit.most)


def moved(
    t: Transaction, resolved: Hold | None, states: Mapping[AccountPath, AccountState], limits: Limits
) -> dict[Meter, tuple[int, Metered]]:
    """By meter, the total that a transaction adds (less a hold it resolves), and one flow of it."""
    added: dict[Meter, tuple[int, Metered]] = {}
    given_back = resolved.transaction if resolved else None
    for each, times in ((t, 1), (given_back, -1)):
        for flow in metered(each.postings, each.effective_on, states, limits) if each else ():
            total, first = added.get(flow.meter, (0, flow))
            added[flow.meter] = total + flow.quantity * times, first
    return added


def room(case: Case) -> int:
    """The most that the two legs of an `up_to` transaction may move, at most the requested amount."""
    t = case.transaction
    rooms = [abs(t.postings[0].quantity)]
    moves = t.pending or len(case.after) > 1  # within one account nothing moves, but a hold counts twice
    for p in t.postings if moves else ():
        account = case.states[p.account].account
        leaves = p.quantity * account.normal_side.sign < 0
        for _, before, _ in instants(case, p.account):
            if leaves and account.floor is not None:
                rooms.append(before.least - account.floor)
            elif not leaves and account.ceiling is not None:
                rooms.append(account.ceiling - before.most)
    counted = list(metered(t.postings, t.effective_on, case.states, case.limits))
    for flow in counted:
        times = sum(other.meter == flow.meter for other in counted)
        rooms.append((flow.most - case.used(flow.meter)) // times)
    return max(min(rooms), 0)
