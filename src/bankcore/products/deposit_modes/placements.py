"""Deposits for a term within a mode: a fixed sum, or idle money in steps; paid, rolled over, left early."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from bankcore.amounts import largest_remainder
from bankcore.calendars import add_months, load_calendar
from bankcore.errors import BadTerms, CalendarExhausted
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record, Transaction
from bankcore.product import chart
from bankcore.product.plan import Plan
from bankcore.product.records import existing
from bankcore.products.deposit_modes import commands
from bankcore.products.deposit_modes.choices import Rollover, Sweep
from bankcore.products.deposit_modes.deposits import Deposit
from bankcore.products.deposit_modes.draft import Draft
from bankcore.products.deposit_modes.memberships import begin, end
from bankcore.products.deposit_modes.refusals import NothingIdle, UseNotAllowed
from bankcore.products.deposit_modes.registry import (
    DEPOSIT,
    EARLY,
    MODE,
    Mode,
    due,
    mode_in,
    mode_of,
    start,
    write_mode,
)
from bankcore.products.deposit_modes.terms import Fill, ModeTerms
from bankcore.products.enterprise.programmes import EnterpriseTerms

__all__ = ["mature", "place_now", "place_sum", "sweep"]


# --- placing ------------------------------------------------------------------------------------------


def place_sum(draft: Draft, mode: Mode, amount: int) -> None:
    """Place a fixed sum from the demand account for the mode's one term."""
    draft.move(mode.demand, mode.path, amount)
    _place(draft, mode, "place", [(mode.terms.ladder[0][0], amount)], amount)


def _idle(books: Books, mode: Mode) -> int:
    """What the demand account holds over the floor; holds count as gone."""
    return max((books.available(mode.demand) or 0) - mode.choices.floor, 0)


def _place_idle(draft: Draft, mode: Mode, amount: int) -> None:
    """Divide idle money over the terms chosen, in whole steps, the shortest taking the odd ones.

    Raises BadTerms where no rate is quoted for a term any more, CalendarExhausted.
    """
    steps = largest_remainder(amount // mode.terms.step, [1] * len(mode.choices.months))
    parts = zip(mode.choices.months, steps, strict=True)
    draft.move(mode.demand, mode.path, amount)
    _place(draft, mode, "place", [(months, part * mode.terms.step) for months, part in parts if part], amount)


def _place(
    draft: Draft, mode: Mode, event: str, parts: list[tuple[int, int]], moved: int, **changes: Any
) -> Mode:
    """New deposits of today as (months, principal)."""
    count, today = int(mode.data["count"]), draft.books.today
    for number, (months, principal) in enumerate(parts, count + 1):
        matures_on = add_months(today, months)
        pay_on = _pay_on(mode.terms, matures_on)
        draft.write(
            DEPOSIT,
            *mode.id,
            str(number),
            principal=principal,
            months=months,
            rate=str(mode.terms.rate_for(months)),
            start=today.isoformat(),
            matures_on=matures_on.isoformat(),
            pay_on=pay_on.isoformat(),
            paid_on="",
            interest=0,
        )
        due(draft, pay_on, EARLY, mode.enterprise, mode.code, f"mature.{number}")
    return write_mode(draft, mode, event, moved, count=count + len(parts), **changes)


def _pay_on(terms: ModeTerms, matures_on: date) -> date:
    """The day of payment; raises CalendarExhausted beyond the calendar's data."""
    return load_calendar(terms.calendar).roll(matures_on, terms.roll)


# --- maturity -----------------------------------------------------------------------------------------


def mature(books: Books, programme: str, enterprise: str, code: str, number: str) -> Iterator[Transaction]:
    """Pay a deposit, or roll it over as chosen; a frozen demand account is asked again the next day."""
    deposit = Deposit(existing(books, DEPOSIT, programme, enterprise, code, number))
    if deposit.paid_on is not None:
        return
    draft, today = start(books, programme), books.today
    mode = mode_of(books, existing(books, MODE, programme, enterprise, code))
    interest = deposit.interest(mode.terms, today)
    renewed = _renewed(mode, deposit, interest, today)
    gone = deposit.principal - renewed  # more goes in than comes out where interest is rolled over
    draft.move(mode.path, mode.demand, max(gone, 0))
    draft.move(chart.INTEREST_EXPENSE(), mode.demand, interest + min(gone, 0))
    draft.move(chart.INTEREST_EXPENSE(), mode.path, max(-gone, 0))
    if draft.is_postable():
        draft.write(DEPOSIT, *mode.id, number, paid_on=today.isoformat(), interest=interest)
        _go_on(draft, mode, deposit.months, renewed, -gone)
    else:
        draft = start(books, programme)
        due(draft, today + timedelta(days=1), EARLY, enterprise, code, f"mature.{number}")
    yield draft.transaction("mature", f"deposit {number} of {enterprise} in {code} matures")


def _go_on(draft: Draft, mode: Mode, months: int, renewed: int, moved: int) -> None:
    """Place what is rolled over; a fixed sum that is not has come to the mode's end.

    The fee discounts of a term held to its end are kept.
    """
    if renewed:
        _place(draft, mode, "roll over", [(months, renewed)], moved)
        begin(draft, mode)
        return
    fixed = mode.terms.fill is Fill.FIXED
    if fixed:
        end(draft, mode, claw_back=False)
    write_mode(draft, mode, "mature", moved, **({"ended_on": draft.books.today.isoformat()} if fixed else {}))


def _renewed(mode: Mode, deposit: Deposit, interest: int, today: date) -> int:
    """What goes into a new deposit: nothing where the rate is no longer quoted or the calendar ends."""
    choice = mode.choices.rollover
    if choice is Rollover.NONE or deposit.months not in dict(mode.terms.ladder):
        return 0
    try:
        _pay_on(mode.terms, add_months(today, deposit.months))
    except CalendarExhausted:
        return 0
    if choice is Rollover.PRINCIPAL:
        return deposit.principal
    whole = deposit.principal + interest
    return whole if mode.terms.fill is Fill.FIXED else _whole(mode, whole)


def _whole(mode: Mode, amount: int) -> int:
    """As much of it as is placed in whole steps."""
    return amount // mode.terms.step * mode.terms.step


# --- idle money -----------------------------------------------------------------------------------------


def sweep(books: Books, record: Record) -> Iterator[Transaction]:
    """At the close of a day: place what is idle, where that was chosen, the demand account allows it,
    the terms are still quoted and the calendar reaches their end.
    """
    programme, enterprise, code = record.id.split(":")
    mode = mode_of(books, existing(books, MODE, programme, enterprise, code))
    if not record.data["on"] or mode.choices.sweep is Sweep.HAND:
        return
    amount = _whole(mode, _idle(books, mode))
    if amount:
        draft = start(books, programme)
        try:
            _place_idle(draft, mode, amount)
        except (BadTerms, CalendarExhausted):
            return
        if draft.is_postable():
            yield draft.transaction("place", f"idle money of {enterprise} in {code}")


def place_now(terms: EnterpriseTerms, command: commands.PlaceIdle, books: Books) -> Plan:
    """Place idle money by hand.

    Refuses, in this order: NotFound, ModeClosed, UseNotAllowed where the mode is for other money,
    NothingIdle, BadTerms where no rate is quoted for a term any more.
    """
    draft = start(books, command.programme)
    mode = mode_in(draft, command.enterprise, command.mode)
    if mode.terms.fill is not Fill.IDLE:
        raise UseNotAllowed(mode.code, "idle money")
    over = _idle(books, mode)
    amount = _whole(mode, over)
    if not amount:
        raise NothingIdle(mode.enterprise, over, mode.terms.step, terms.unit)
    _place_idle(draft, mode, amount)
    return Plan((draft.transaction("place", f"idle money of {mode.enterprise} in {mode.code}"),))
