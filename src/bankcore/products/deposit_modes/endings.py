"""Ending a mode early, by its rule: what it comes to, shown before, and done."""

from __future__ import annotations

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.calendars import parse_date
from bankcore.ledger.books import Books
from bankcore.product import chart
from bankcore.product.plan import Plan
from bankcore.product.records import existing
from bankcore.products.deposit_modes import commands
from bankcore.products.deposit_modes.agreed import agreed_so_far, withdraw_agreement
from bankcore.products.deposit_modes.deposits import Deposit, live
from bankcore.products.deposit_modes.draft import Draft
from bankcore.products.deposit_modes.memberships import end, used
from bankcore.products.deposit_modes.money import at_rate, check_no_claims
from bankcore.products.deposit_modes.refusals import CostChanged, TermOver, UseNotAllowed
from bankcore.products.deposit_modes.registry import DEPOSIT, IDLE, Mode, mode_in, start, write_mode
from bankcore.products.deposit_modes.terms import Fill, Interest
from bankcore.products.enterprise.programmes import EnterpriseTerms
from bankcore.rates import round_half_up

__all__ = ["Ending", "break_deposit", "end_mode", "ending"]


@frozen
class Ending:
    """What ending a mode today comes to; minor units.

    `kept` is what the money has earned so far if it stays, `interest` what ending pays instead,
    `clawed_back` the fee discounts used.
    """

    principal: int
    kept: int
    interest: int
    clawed_back: int

    @property
    def cost(self) -> int:
        """What is lost by ending."""
        return self.kept - self.interest + self.clawed_back


def ending(books: Books, mode: Mode) -> Ending:
    """What ending an open mode today comes to."""
    terms, today = mode.terms, books.today
    kept = plain = mode.fraction("earned")
    if terms.interest is Interest.NOTICE:
        lots = [(amount, parse_date(day)) for day, amount in mode.data["lots"]]
        kept += sum(at_rate(amount, terms.notice_rate, day, today) for amount, day in lots)
        plain += sum(at_rate(amount, terms.demand_rate, day, today) for amount, day in lots)
    if terms.interest is Interest.AGREED:
        kept, plain = agreed_so_far(books, mode.enterprise)
    if terms.interest is Interest.TERM:
        held = live(books, mode)
        left = sum(it.interest(terms, today) for it in held)
        earned = sum(max(round_half_up(it.by_term(today)), it.interest(terms, today)) for it in held)
        is_early = not all(it.is_mature(today) for it in held)
        return Ending(mode.balance, earned, left, used(books, mode) if is_early else 0)
    return Ending(mode.balance, round_half_up(kept), round_half_up(plain), used(books, mode))


def end_mode(terms: EnterpriseTerms, command: commands.EndMode, books: Books) -> Plan:
    """End a mode today: everything to the demand account, with interest at the demand rate.

    Entitlements run on until they expire.  Refuses, in this order: NotFound, ModeClosed, ClaimOpen,
    UnitMismatch, CostChanged where another cost was agreed to, and the demand account's floor where
    more is clawed back than there is.
    """
    draft = start(books, command.programme)
    mode = mode_in(draft, command.enterprise, command.mode)
    check_no_claims(mode)
    found = ending(books, mode)
    agreed = found.cost if command.cost is None else terms.minor_units(command.cost)
    if agreed != found.cost:
        raise CostChanged(found.cost, agreed, terms.unit)
    _pay(draft, mode, found.principal, found.interest, found.clawed_back)
    _end_parts(draft, mode)
    end(draft, mode, claw_back=bool(found.clawed_back))
    today = books.today.isoformat()
    write_mode(draft, mode, "end", -mode.balance, ended_on=today, lots=[], earned="0/1", release_due="")
    cost = Amount(found.cost, terms.unit)
    return Plan(
        (draft.transaction("end-mode", f"{mode.enterprise} ends mode {mode.code}, at a cost of {cost}"),)
    )


def break_deposit(terms: EnterpriseTerms, command: commands.BreakDeposit, books: Books) -> Plan:
    """Leave one deposit early: its principal and the demand rate's interest.

    Refuses, in this order: NotFound, ModeClosed, UseNotAllowed for a mode's fixed sum, TermOver.
    """
    draft = start(books, command.programme)
    mode = mode_in(draft, command.enterprise, command.mode)
    if mode.terms.fill is Fill.FIXED:
        raise UseNotAllowed(mode.code, "an early exit: end the mode")
    deposit = Deposit(existing(books, DEPOSIT, *mode.id, command.deposit))
    if deposit.paid_on is not None:
        raise TermOver(deposit.number, deposit.paid_on)
    interest = _leave(draft, mode, deposit)
    _pay(draft, mode, deposit.principal, interest, 0)
    write_mode(draft, mode, "break", -deposit.principal)
    text = f"{mode.enterprise} leaves deposit {deposit.number} of {mode.code}"
    return Plan((draft.transaction("break-deposit", text),))


def _pay(draft: Draft, mode: Mode, principal: int, interest: int, clawed_back: int) -> None:
    """Principal and interest less the discounts; what they exceed it by the demand account pays."""
    net = principal + interest - clawed_back
    draft.post(
        {mode.path: principal, chart.INTEREST_EXPENSE(): interest, mode.demand: max(-net, 0)},
        {mode.demand: max(net, 0), chart.FEE_INCOME(): clawed_back},
    )


def _end_parts(draft: Draft, mode: Mode) -> None:
    """End what belongs to the mode: its deposits, its agreement, its placing of idle money."""
    for deposit in live(draft.books, mode):
        _leave(draft, mode, deposit)
    if mode.terms.interest is Interest.AGREED:
        withdraw_agreement(draft, mode)
    if mode.terms.fill is Fill.IDLE:
        draft.write(IDLE, *mode.id, on=False)


def _leave(draft: Draft, mode: Mode, deposit: Deposit) -> int:
    """Mark a deposit as paid today; its interest."""
    today = draft.books.today
    interest = deposit.interest(mode.terms, today)
    draft.write(DEPOSIT, *mode.id, deposit.number, paid_on=today.isoformat(), interest=interest)
    return interest
