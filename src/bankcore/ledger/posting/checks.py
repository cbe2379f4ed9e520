"""The rules of posting, in the one order that decides which refusal is named.

These functions are the rules.  `ordinary` restates them for the one case in which none objects, and a
property test compares it with them; every other transaction is checked here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

from bankcore.amounts import MAX_QUANTITY
from bankcore.errors import (
    AccountChangeRefused,
    AccountClosed,
    AccountExists,
    AccountFrozen,
    AccountNotEmpty,
    AccountNotYetOpen,
    AlreadyReversed,
    BadTransaction,
    BalanceCeilingBreached,
    BalanceFloorBreached,
    BalanceOverflow,
    BankcoreError,
    CaptureExceedsHold,
    HoldExpired,
    HoldResolved,
    NotAHold,
    PeriodClosed,
    RecordsStand,
    ReversalDiffers,
    ReversalOfHold,
    ReversalOfReversal,
    StaleRead,
    Unbalanced,
    UnitMismatch,
    UnknownAccount,
    UnknownTransaction,
    VelocityLimitBreached,
)
from bankcore.ledger.accounts import Account, AccountPath, Status
from bankcore.ledger.evidence.seals import SEAL
from bankcore.ledger.posting.case import Case
from bankcore.ledger.posting.limits import instants, moved
from bankcore.ledger.transactions import EXPIRY, PERIOD, Posting, Record, timestamp

__all__ = ["CHECKS", "first_refusal"]

Refusal = BankcoreError | None


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
    number = next((n for n in (t.reverses, t.resolves, t.corrects) if n is not None), None)
    if number is None:
        return None
    if case.earlier is None:
        return UnknownTransaction(number)
    if t.corrects is not None and case.earlier.transaction.pending:
        return BadTransaction("corrects", "a hold is resolved, not corrected")
    if t.corrects is not None and case.earlier.transaction.corrects is not None:
        return BadTransaction("corrects", f"{number} is a correction; correct what it corrects")
    if t.reverses is None:
        return None
    if case.earlier.transaction.pending:
        return ReversalOfHold(number)
    if case.earlier.transaction.reverses is not None:
        return ReversalOfReversal(number)
    if case.reversal is not None:
        return AlreadyReversed(number)
    inverse = sorted((p.account, -p.quantity, p.unit) for p in case.earlier.transaction.postings)
    if not inverse or sorted((p.account, p.quantity, p.unit) for p in t.postings) != inverse:
        return ReversalDiffers(number)
    if case.earlier.transaction.records:  # they would remain valid, and could be undone once more
        return RecordsStand(number)
    return None


def _hold_allows(case: Case) -> Refusal:
    t = case.transaction
    if t.expires_at is not None and t.expires_at <= case.moment:
        return BadTransaction("expires_at", f"{timestamp(t.expires_at)} is past")
    if t.resolves is None:
        return None
    if case.hold is None:
        return NotAHold(t.resolves)
    if case.ended is not None and case.ended.transaction.kind != EXPIRY:
        return HoldResolved(t.resolves, case.ended.number)
    if not case.hold.is_live(case.moment):
        expires_at = case.hold.transaction.expires_at
        return HoldExpired(t.resolves, timestamp(expires_at) if expires_at else "")
    held, captured = _sides(case.hold.transaction.postings), _sides(t.postings)
    for (path, side), quantity in captured.items():
        if quantity > held.get((path, side), 0):
            unit = case.states[path].unit
            return CaptureExceedsHold(path, side, held.get((path, side), 0), quantity, unit)
    return None


def _sides(postings: Sequence[Posting]) -> dict[tuple[AccountPath, str], int]:
    """The sums of both sides of each account."""
    sums: dict[tuple[AccountPath, str], int] = {}
    for p in postings:
        name = (p.account, "debit" if p.quantity > 0 else "credit")
        sums[name] = sums.get(name, 0) + abs(p.quantity)
    return sums


def _periods_are_closed_by_the_ledger(case: Case) -> Refusal:
    own = [r for r in case.transaction.records if r.kind in (PERIOD[0], SEAL[0])]
    if own and own[1:] != [case.seal]:
        return BadTransaction("records", "only the ledger itself closes and seals periods")
    return None


def _records_follow(case: Case) -> Refusal:
    seen, accounts = dict(case.versions), dict(case.accounts)
    for r in case.transaction.records:
        if r.kind == "account":
            if refusal := _account_changes_rightly(case, r, accounts.get(r.id)):
                return refusal
            accounts[r.id] = r.account
        if r.version != (due := seen[r.kind, r.id] + 1):
            return StaleRead(r.version - 1, due - 1)
        seen[r.kind, r.id] = r.version
    return None


def _account_changes_rightly(case: Case, record: Record, old: Account | None) -> Refusal:
    new = record.account
    if old is None:
        return AccountChangeRefused(record.id, "it opens closed") if new.status is Status.CLOSED else None
    if record.version == 1:
        return AccountExists(record.id)
    if old.status is Status.CLOSED and new.status is not Status.OPEN:
        return AccountClosed(record.id)
    for name in ("type", "unit", "normal_side", "opened_on"):
        if getattr(old, name) != getattr(new, name):
            return AccountChangeRefused(record.id, f"{name} cannot change after opening")
    if old.status is Status.CLOSED:
        return _account_reopens_rightly(record.id, old, new)
    if new.reopened_on != old.reopened_on:
        return AccountChangeRefused(record.id, "only a closed account can be reopened")
    if new.status is Status.CLOSED:
        state = case.after.get(old.path, case.states[old.path])
        if case.transaction.effective_on < state.horizon:
            return AccountChangeRefused(record.id, f"it has postings dated {state.horizon}")
        for rest in (state.normal, state.pending_debits, state.pending_credits):
            if rest:
                return AccountNotEmpty(record.id, rest, state.unit)
    return None


def _account_reopens_rightly(path: str, old: Account, new: Account) -> Refusal:
    if new.reopened_on is None or new.closed_on is not None or new.reopened_on < (old.closed_on or date.min):
        return AccountChangeRefused(path, "reopening needs a date, not before that of closing")
    return None


def _totals_fit(case: Case) -> Refusal:
    for path, state in case.after.items():
        debits, credits = state.debits + state.pending_debits, state.credits + state.pending_credits
        if max(debits, credits) > MAX_QUANTITY:
            return BalanceOverflow(path)
    return None


def _floors_hold(case: Case) -> Refusal:
    for path in case.after:
        floor = case.states[path].account.floor
        for on, before, after in instants(case, path) if floor is not None else ():
            if floor is not None and after.least < floor and after.least < before.least:
                available, needed = max(before.least - floor, 0), before.least - after.least
                held = before.normal - before.least
                return BalanceFloorBreached(path, available, held, floor, needed, after.unit, on)
    return None


def _ceilings_hold(case: Case) -> Refusal:
    for path in case.after:
        ceiling = case.states[path].account.ceiling
        for on, before, after in instants(case, path) if ceiling is not None else ():
            if ceiling is not None and after.most > ceiling and after.most > before.most:
                available, needed = max(ceiling - before.most, 0), after.most - before.most
                held = before.most - before.normal
                return BalanceCeilingBreached(path, available, held, ceiling, needed, after.unit, on)
    return None


def _velocity_limits_hold(case: Case) -> Refusal:
    for meter, (added, flow) in moved(case.transaction, case.hold, case.states, case.limits).items():
        used = case.used(meter)
        if added > 0 and used + added > flow.most:
            limit = flow.limit
            return VelocityLimitBreached(
                limit.name, flow.account, used, flow.most, limit.per.value, meter.since, added, limit.unit
            )
    return None


CHECKS: Final[tuple[Callable[[Case], Refusal], ...]] = (
    _accounts_exist,
    _units_match,
    _postings_balance,
    _date_is_open,
    _accounts_are_open_by_then,
    _accounts_are_not_closed,
    _accounts_are_not_frozen,
    _links_hold,
    _hold_allows,
    _periods_are_closed_by_the_ledger,
    _records_follow,
    _totals_fit,
    _floors_hold,
    _ceilings_hold,
    _velocity_limits_hold,
)


def first_refusal(case: Case) -> Refusal:
    """The first refusal in the declared order, or None."""
    return next((refusal for check in CHECKS if (refusal := check(case)) is not None), None)
