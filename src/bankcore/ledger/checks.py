"""The rules of posting, in the one order that decides which refusal is named.

The writer accepts the ordinary transaction by a quicker test of its own and asks `first_refusal`
about every other, so these functions are the rules, and no rule stands twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Final

from attrs import frozen

from bankcore.amounts import MAX_QUANTITY
from bankcore.errors import (
    AccountChangeRefused,
    AccountClosed,
    AccountExists,
    AccountFrozen,
    AccountNotEmpty,
    AccountNotYetOpen,
    AlreadyReversed,
    BalanceCeilingBreached,
    BalanceFloorBreached,
    BalanceOverflow,
    BankcoreError,
    PeriodClosed,
    RecordsStand,
    ReversalDiffers,
    ReversalOfReversal,
    StaleRead,
    Unbalanced,
    UnitMismatch,
    UnknownAccount,
    UnknownTransaction,
)
from bankcore.ledger.accounts import Account, Status
from bankcore.ledger.balances import AccountState
from bankcore.ledger.transactions import PERIOD, Entry, Posting, Record, Transaction

__all__ = ["CHECKS", "Case", "first_refusal"]

Refusal = BankcoreError | None


@frozen
class Case:
    """A transaction and all it meets: the states before it, with accounts it opens already there.

    `earlier` is the transaction that a link names, `reversal` the one that reversed it already;
    `versions` holds the last version of each record it writes, 0 for none; `accounts` the accounts
    before it that its records change.
    """

    transaction: Transaction
    states: Mapping[str, AccountState]
    closed_through: date | None
    versions: Mapping[tuple[str, str], int]
    accounts: Mapping[str, Account]
    earlier: Entry | None = None
    reversal: int | None = None


def _accounts_exist(case: Case) -> Refusal:
    for p in case.transaction.postings:
        if p.account not in case.states:
            return UnknownAccount(p.account)
    return None


def _units_match(case: Case) -> Refusal:
    for p in case.transaction.postings:
        if p.unit != (unit := case.states[p.account].account.unit):
            return UnitMismatch(unit, p.unit, p.account)
    return None


def _postings_balance(case: Case) -> Refusal:
    sums: dict[str, int] = {}
    for p in case.transaction.postings:
        layer = case.states[p.account].layer
        sums[layer] = sums.get(layer, 0) + p.quantity
    for layer, total in sorted(sums.items()):
        if total:
            unit, _, memorandum = layer.partition(" ")
            return Unbalanced(unit, memorandum or "on balance", total)
    return None


def _date_is_open(case: Case) -> Refusal:
    effective_on, closed_through = case.transaction.effective_on, case.closed_through
    if closed_through is not None and effective_on <= closed_through:
        return PeriodClosed(effective_on, closed_through)
    return None


def _accounts_are_open_by_then(case: Case) -> Refusal:
    effective_on = case.transaction.effective_on
    for p in case.transaction.postings:
        if effective_on < (opens := case.states[p.account].opens):
            return AccountNotYetOpen(p.account, opens, effective_on)
    return None


def _accounts_are_not_closed(case: Case) -> Refusal:
    for p in case.transaction.postings:
        if case.states[p.account].account.status is Status.CLOSED:
            return AccountClosed(p.account)
    return None


def _accounts_are_not_frozen(case: Case) -> Refusal:
    for p in case.transaction.postings:
        state = case.states[p.account]
        if not (state.takes_debits if p.quantity > 0 else state.takes_credits):
            return AccountFrozen(p.account, state.account.status.value)
    return None


def _links_hold(case: Case) -> Refusal:
    t = case.transaction
    number = t.reverses if t.reverses is not None else t.corrects
    if number is None:
        return None
    if case.earlier is None:
        return UnknownTransaction(number)
    if t.reverses is None:
        return None
    if case.earlier.transaction.reverses is not None:
        return ReversalOfReversal(number)
    if case.reversal is not None:
        return AlreadyReversed(number)
    inverse = sorted((p.account, -p.quantity, p.unit) for p in case.earlier.transaction.postings)
    if not inverse or sorted((p.account, p.quantity, p.unit) for p in t.postings) != inverse:
        return ReversalDiffers(number)
    if case.earlier.transaction.records:  # what they say happened would stand, and could be undone again
        return RecordsStand(number)
    return None


def _records_follow(case: Case) -> Refusal:
    seen, accounts = dict(case.versions), dict(case.accounts)
    for r in case.transaction.records:
        if r.kind == "account":
            if refusal := _account_changes_rightly(case, r, accounts.get(r.id)):
                return refusal
            accounts[r.id] = Account.from_data(r.id, r.data)
        if r.kind == PERIOD[0] and case.closed_through:
            through = date.fromisoformat(r.data["through"])
            if through <= case.closed_through:
                return PeriodClosed(through, case.closed_through)
        if r.version != (due := seen[r.kind, r.id] + 1):
            return StaleRead(r.version - 1, due - 1)
        seen[r.kind, r.id] = r.version
    return None


def _account_changes_rightly(case: Case, record: Record, old: Account | None) -> Refusal:
    new = Account.from_data(record.id, record.data)
    if old is None:
        return AccountChangeRefused(record.id, "it opens closed") if new.status is Status.CLOSED else None
    if record.version == 1:
        return AccountExists(record.id)
    if old.status is Status.CLOSED:
        return AccountClosed(record.id)
    for name in ("type", "unit", "normal_side", "opened_on"):
        if getattr(old, name) != getattr(new, name):
            return AccountChangeRefused(record.id, f"{name} stays what it was at opening")
    moved = sum(p.quantity for p in case.transaction.postings if p.account == record.id)
    state = case.states[record.id]
    if new.status is Status.CLOSED and (rest := state.debits - state.credits + moved):
        return AccountNotEmpty(record.id, rest * state.sign)
    return None


def _totals_fit(case: Case) -> Refusal:
    debits: dict[str, int] = {}
    credits: dict[str, int] = {}
    for p in case.transaction.postings:
        side = debits if p.quantity > 0 else credits
        side[p.account] = side.get(p.account, 0) + abs(p.quantity)
    for path, quantity in debits.items():
        if case.states[path].debits + quantity > MAX_QUANTITY:
            return BalanceOverflow(path)
    for path, quantity in credits.items():
        if case.states[path].credits + quantity > MAX_QUANTITY:
            return BalanceOverflow(path)
    return None


def _floors_hold(case: Case) -> Refusal:
    for path, change in _changes(case.transaction.postings, case.states).items():
        state = case.states[path]
        floor = state.account.floor
        if floor is not None and change < 0 and state.normal + change < floor:
            return BalanceFloorBreached(path, max(state.normal - floor, 0), 0, floor, -change)
    return None


def _ceilings_hold(case: Case) -> Refusal:
    for path, change in _changes(case.transaction.postings, case.states).items():
        state = case.states[path]
        ceiling = state.account.ceiling
        if ceiling is not None and change > 0 and state.normal + change > ceiling:
            return BalanceCeilingBreached(path, max(ceiling - state.normal, 0), 0, ceiling, change)
    return None


def _changes(postings: Sequence[Posting], states: Mapping[str, AccountState]) -> dict[str, int]:
    """What the whole transaction does to each account, on its normal side."""
    changes: dict[str, int] = {}
    for p in postings:
        changes[p.account] = changes.get(p.account, 0) + p.quantity * states[p.account].sign
    return changes


CHECKS: Final[tuple[Callable[[Case], Refusal], ...]] = (
    _accounts_exist,
    _units_match,
    _postings_balance,
    _date_is_open,
    _accounts_are_open_by_then,
    _accounts_are_not_closed,
    _accounts_are_not_frozen,
    _links_hold,
    _records_follow,
    _totals_fit,
    _floors_hold,
    _ceilings_hold,
)


def first_refusal(case: Case) -> Refusal:
    """The first refusal in the declared order, or None."""
    return next((refusal for check in CHECKS if (refusal := check(case)) is not None), None)
