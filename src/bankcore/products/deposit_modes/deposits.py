"""Deposits for a term within a mode: a fixed sum, or idle money in steps; paid, rolled over, left early.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| place | demand account | mode | a fixed sum, or whole steps of idle money |
| mature | mode, accrued, interest expense | demand account | principal and the whole term's interest |
| roll over | accrued, interest expense | mode, demand account | interest only |
| break | mode, accrued, interest expense | demand account | at the demand rate |

Interest is rounded once over all deposits of a mode that were paid back since its opening.

>>> str(TermOver("1", date(2024, 5, 1)))
'deposit 1 was paid back on 2024-05-01'
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from fractions import Fraction
from typing import Any, ClassVar

from attrs import evolve, frozen

from bankcore.amounts import largest_remainder
from bankcore.calendars import add_months
from bankcore.errors import BadTerms, CalendarExhausted, ProductRejection
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record, Transaction
from bankcore.product import fields
from bankcore.product.business_days import business_calendar, tell_calendar_end
from bankcore.product.facts import Facts, kept
from bankcore.product.interest import Term
from bankcore.product.parties import acting_for
from bankcore.product.plan import Plan, Step
from bankcore.product.product import Noun, Phase
from bankcore.product.voucher import Voucher
from bankcore.products.deposit_modes.choices import Rollover, Sweep
from bankcore.products.deposit_modes.due import EARLY, attempted, due, each, job
from bankcore.products.deposit_modes.interest import pay_earned
from bankcore.products.deposit_modes.memberships import begin, end
from bankcore.products.deposit_modes.modes import (
    Kept,
    Mode,
    OfMode,
    UseNotAllowed,
    every_mode,
    mode_in,
    mode_of,
    start,
    write_mode,
)
from bankcore.products.deposit_modes.terms import Fill, Interest, ModeTerms
from bankcore.products.enterprise.enterprises import acting_enterprise
from bankcore.products.enterprise.programmes import PROGRAMMES, EnterpriseTerms
from bankcore.rates import Rate, round_half_up

__all__ = ["BreakDeposit", "NothingIdle", "PlaceIdle", "TermOver"]

noun = Noun(__name__)


# --- facts and refusals ---------------------------------------------------------------------------


@frozen(kw_only=True)
class Deposit(Facts):
    """One sum placed for a term, at the rate of its first day; paid on `pay_on`."""

    KIND: ClassVar = "modes.deposit"  # programme:enterprise:mode:number
    principal: int
    months: int
    rate: Rate
    start: date
    matures_on: date
    pay_on: date
    paid_on: date | None = kept(None, empty="")
    interest: int = 0

    @property
    def number(self) -> str:
        """Its number within the mode."""
        return self.ids[3]

    @property
    def term(self) -> Term:
        """Its rate from its start to its maturity."""
        return Term(self.rate, self.start, self.matures_on)

    def is_mature(self, on: date) -> bool:
        """Whether the whole term's interest is earned, though the close has not paid it yet."""
        return on >= min(self.matures_on, self.pay_on)

    def pays(self, terms: ModeTerms, on: date) -> Fraction:
        """Exact interest paid on a day; what is mature by its day of payment is so for good."""
        mature = max(on, self.matures_on) if self.is_mature(on) else on
        return self.term.paid(self.principal, terms.demand_rate, mature)

    def stands(self, terms: ModeTerms, on: date) -> Fraction:
        """Exact interest earned on a day if it stays."""
        return self.pays(terms, on) if self.is_mature(on) else self.term.earned(self.principal, on)


@frozen(kw_only=True)
class Idle(Facts):
    """That idle money of a mode is placed at each close."""

    KIND: ClassVar = "modes.idle"  # programme:enterprise:mode
    on: bool


class NothingIdle(ProductRejection):
    sentence = "{enterprise} has {idle} over the floor, {step} is needed"
    quantities = ("idle", "step")
    enterprise: str
    idle: int
    step: int
    unit: str = ""


class TermOver(ProductRejection):
    sentence = "deposit {deposit} was paid back on {paid_on}"
    deposit: str
    paid_on: date


def live(books: Books, mode: Mode) -> list[Deposit]:
    """The deposits of a mode that are not paid back."""
    return [deposit for deposit in Deposit.every(books, *mode.ids) if deposit.paid_on is None]


def standing(terms: ModeTerms, deposits: Iterable[Deposit], on: date) -> Fraction:
    """Exact interest that deposits have earned on a day if they stay."""
    return sum((it.stands(terms, on) for it in deposits), Fraction(0))


def take_back(voucher: Voucher, mode: Mode, *deposits: Deposit) -> Mode:
    """Deposits that are paid back today, each with its part of the interest; the mode then owes that."""
    kept, today = mode.kept, voucher.books.today
    for it in deposits:
        earned = kept.earned + it.pays(mode.terms, today)
        interest = round_half_up(earned) - round_half_up(kept.earned)
        voucher.keep(evolve(it, paid_on=today, interest=interest))
        kept = evolve(kept, earned=earned)
    return evolve(mode, kept=kept)


def keep_idle(voucher: Voucher, mode: Mode, on: bool) -> None:
    """Whether idle money is placed at each close, for a mode that is for it."""
    if mode.terms.fill is Fill.IDLE:
        known = voucher.find(Idle, *mode.ids) or Idle(id=mode.kept.id, on=on)
        voucher.keep(evolve(known, on=on))


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class PlaceIdle(OfMode):
    """Place now what the demand account holds over the floor (存入闲置资金)."""


@frozen
class BreakDeposit(OfMode):
    """Leave one term deposit of a mode early, at the demand rate (定期提前支取)."""

    deposit: str = fields.id_("number of the deposit")


@noun.rule(PlaceIdle)
def place_now(terms: EnterpriseTerms, command: PlaceIdle, books: Books) -> Plan:
    """Place idle money by hand.

    Refuses, in this order: NotFound, NotApproved, PartySuspended, ModeClosed, UseNotAllowed where the mode
    is for other money, NothingIdle, BadTerms where no rate is quoted for a term any more.
    """
    acting_enterprise(books, command.programme, command.enterprise)
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    mode = mode_in(voucher, command.enterprise, command.mode)
    if mode.terms.fill is not Fill.IDLE:
        raise UseNotAllowed(mode.code, "idle money")
    over = _idle(books, mode)
    amount = _whole(mode, over)
    if not amount:
        raise NothingIdle(mode.enterprise, over, mode.terms.step, terms.unit)
    _place_idle(voucher, mode, amount)
    return voucher.plan("place", f"idle money of {mode.enterprise} in {mode.code}")


@noun.rule(BreakDeposit)
def break_deposit(terms: EnterpriseTerms, command: BreakDeposit, books: Books) -> Plan:
    """Leave one deposit early: its principal and the demand rate's interest.

    Refuses, in this order: NotFound, ModeClosed, UseNotAllowed for a mode's fixed sum, TermOver.
    """
    acting_for(books, command.enterprise)
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    mode = mode_in(voucher, command.enterprise, command.mode)
    if mode.terms.fill is Fill.FIXED:
        raise UseNotAllowed(mode.code, "an early exit: end the mode")
    deposit = Deposit.existing(books, *mode.ids, command.deposit)
    if deposit.paid_on is not None:
        raise TermOver(deposit.number, deposit.paid_on)
    after = take_back(voucher, mode, deposit)
    voucher.move(mode.path, mode.demand, deposit.principal)
    after = pay_earned(voucher, after, _others(books, mode, deposit))
    write_mode(voucher, after, "break", -deposit.principal)
    return voucher.plan("break-deposit", f"{mode.enterprise} leaves deposit {deposit.number} of {mode.code}")


# --- placing --------------------------------------------------------------------------------------


def place_sum(voucher: Voucher, mode: Mode, amount: int) -> None:
    """Place a fixed sum from the demand account for the mode's one term."""
    voucher.move(mode.demand, mode.path, amount)
    _place(voucher, mode, "place", [(mode.terms.ladder[0][0], amount)], amount)


def _idle(books: Books, mode: Mode) -> int:
    """What the demand account holds over the floor; holds count as gone."""
    return max((books.available(mode.demand) or 0) - mode.choices.floor, 0)


def _whole(mode: Mode, amount: int) -> int:
    """As much of it as is placed in whole steps."""
    return amount // mode.terms.step * mode.terms.step


def _place_idle(voucher: Voucher, mode: Mode, amount: int) -> None:
    """Divide idle money over the terms chosen, in whole steps, the shortest taking the odd ones.

    Raises BadTerms where no rate is quoted for a term any more, CalendarExhausted.
    """
    steps = largest_remainder(amount // mode.terms.step, [1] * len(mode.choices.months))
    parts = zip(mode.choices.months, steps, strict=True)
    voucher.move(mode.demand, mode.path, amount)
    terms = [(months, part * mode.terms.step) for months, part in parts if part]
    _place(voucher, mode, "place", terms, amount)


def _place(
    voucher: Voucher, mode: Mode, event: str, parts: list[tuple[int, int]], moved: int, **changes: Any
) -> Mode:
    """New deposits of today as (months, principal)."""
    count, today = mode.kept.count, voucher.books.today
    for number, (months, principal) in enumerate(parts, count + 1):
        matures_on = add_months(today, months)
        pay_on = _pay_on(mode.terms, matures_on)
        deposit = Deposit(
            id=f"{mode.kept.id}:{number}",
            principal=principal,
            months=months,
            rate=mode.terms.rate_for(months),
            start=today,
            matures_on=matures_on,
            pay_on=pay_on,
        )
        voucher.keep(deposit)
        tell_calendar_end(voucher, mode.terms.calendar, mode.terms.roll, mode.enterprise, deposit.id, pay_on)
        due(voucher, pay_on, EARLY, mode.enterprise, mode.code, f"mature.{number}")
    return write_mode(voucher, mode, event, moved, count=count + len(parts), **changes)


def _pay_on(terms: ModeTerms, matures_on: date) -> date:
    """The day of payment; raises CalendarExhausted beyond the calendar's data."""
    return business_calendar(terms.calendar, terms.past_calendar).roll(matures_on, terms.roll)


# --- the close of a day -----------------------------------------------------------------------------


@job("mature")
def mature(books: Books, programme: str, enterprise: str, code: str, number: str) -> Iterator[Transaction]:
    """Pay a deposit, or roll it over as chosen."""
    deposit = Deposit.existing(books, programme, enterprise, code, number)
    if deposit.paid_on is not None:
        return
    voucher = start(books, programme)
    mode = mode_of(books, Kept.existing(books, programme, enterprise, code))
    after = take_back(voucher, mode, deposit)
    renewed = _renewed(mode, deposit, after.owed, books.today)
    gone = deposit.principal - renewed  # more goes in than comes out where interest is rolled over
    into = max(-gone, 0)
    voucher.move(mode.path, mode.demand, max(gone, 0))
    paid = {mode.demand: after.owed - into, mode.path: into}
    after = pay_earned(voucher, after, _others(books, mode, deposit), paid)
    _go_on(voucher, after, deposit.months, renewed, -gone)
    yield voucher.transaction("mature", f"deposit {number} of {enterprise} in {code} matures")


def _others(books: Books, mode: Mode, gone: Deposit) -> Fraction:
    """What the other deposits of a mode have earned."""
    return standing(mode.terms, (it for it in live(books, mode) if it.id != gone.id), books.today)


def _go_on(voucher: Voucher, mode: Mode, months: int, renewed: int, moved: int) -> None:
    """Place what is rolled over; a fixed sum that is not has come to the mode's end.

    The fee discounts of a term held to its end are kept.
    """
    if renewed:
        _place(voucher, mode, "roll over", [(months, renewed)], moved)
        begin(voucher, mode)
    elif mode.terms.fill is Fill.FIXED:
        end(voucher, mode, claw_back=False)
        write_mode(voucher, mode, "mature", moved, ended_on=voucher.books.today)
    else:
        write_mode(voucher, mode, "mature", moved)


def _renewed(mode: Mode, paid: Deposit, interest: int, today: date) -> int:
    """What goes into a new deposit: nothing where the rate is no longer quoted or the calendar ends."""
    choice = mode.choices.rollover
    if choice is Rollover.NONE or paid.months not in dict(mode.terms.ladder):
        return 0
    try:
        _pay_on(mode.terms, add_months(today, paid.months))
    except CalendarExhausted:
        return 0
    if choice is Rollover.PRINCIPAL:
        return paid.principal
    whole = paid.principal + interest
    return whole if mode.terms.fill is Fill.FIXED else _whole(mode, whole)


@noun.daily(Phase.MONITOR)
def sweep(books: Books, day: date) -> Iterator[Step]:
    """Place what is idle, where that was chosen, the terms are still quoted and the calendar reaches them."""
    for programme in PROGRAMMES.ids(books):
        yield from each(books, Idle.KIND, programme, f"{programme}/idle", _sweep)


def _sweep(books: Books, record: Record) -> Plan:
    programme, *ids = record.id.split(":")
    mode = mode_of(books, Kept.existing(books, programme, *ids))
    if not Idle.of(record).on or mode.choices.sweep is Sweep.HAND:
        return Plan()
    amount, voucher = _whole(mode, _idle(books, mode)), start(books, programme)
    if not amount:
        return Plan()
    try:
        _place_idle(voucher, mode, amount)
    except (BadTerms, CalendarExhausted):
        return Plan()
    placed = voucher.transaction("place", f"idle money of {mode.enterprise} in {mode.code}")
    return attempted(books, programme, (*ids, "idle"), [placed])


# --- invariants -----------------------------------------------------------------------------------


@noun.invariant("D7")
def modes_hold_what_they_say(books: Books) -> Iterator[str]:
    """A mode's account holds its balance, explained by lots or deposits; nothing once it ended."""
    for mode in every_mode(books):
        held = books.balance(mode.path)
        explained = held
        if mode.terms.interest is Interest.NOTICE:
            explained = sum(lot.amount for lot in mode.kept.lots)
        if mode.terms.interest is Interest.TERM:
            explained = sum(deposit.principal for deposit in live(books, mode))
        if not held == mode.balance == explained or (held and not mode.is_open):
            yield f"mode {mode.kept.id} holds {held}, its record {mode.balance}, parts {explained}"
