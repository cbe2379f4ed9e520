"""Demand interest (活期利息): on the closing balance of each day, by actual days of a year of 360.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| accrue (计提) | interest expense | interest | what was earned, less what is in the books |
| pay (结息) | interest | demand account | what the quarter earned, rounded once |

A quarter ends with the closing balance of the 20th of March, June, September and December and is paid on
the 21st; an account that is closed is paid to the day before.  Nothing is added up from day to day: when
interest is paid or enters the books, it is reckoned from the value-dated balances of the whole quarter, so
that it does not matter how often that is done, nor which product moved the money.

Days whose interest another product pays, as an agreed deposit does, earn nothing here.
What is paid late earns from the 21st on as if it had been paid then.

>>> [(str(it.start), str(it.end), it.is_whole) for it in spans(date(2024, 3, 19), date(2024, 3, 31))]
[('2024-03-19', '2024-03-20', True), ('2024-03-21', '2024-03-31', False)]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

from attrs import evolve, frozen

from bankcore.ledger.books import Books
from bankcore.ledger.rules import Attempt
from bankcore.ledger.transactions import Transaction
from bankcore.product import chart, records
from bankcore.product.agenda import Agenda
from bankcore.product.deferrals import deferred
from bankcore.product.interest import closing_balances, on_balances
from bankcore.product.parties import Cover
from bankcore.product.plan import Plan, Step
from bankcore.product.product import Noun, Phase
from bankcore.product.voucher import Voucher
from bankcore.products.current.accounts import (
    INTEREST,
    PROGRAMMES,
    Accrue,
    CurrentAccount,
    RateRule,
    Shift,
    voucher_of,
)
from bankcore.rates import Rate, round_half_up

__all__: list[str] = []

noun = Noun(__name__)
WAITS = Agenda("current.waits", "interest")  # programme:date:party
_DAY = timedelta(days=1)
_SETTLES = 20  # the day of the month
_QUARTER = 3  # months
_NONE = Rate.parse("0%")


# --- the calendar -----------------------------------------------------------------------------------


class Span(NamedTuple):
    """Days of one quarter, the last of them included; `is_whole` where it ends on the settlement day."""

    start: date
    end: date
    is_whole: bool


def settlement_day(day: date) -> date:
    """The settlement day of the quarter that a day belongs to.

    >>> str(settlement_day(date(2024, 12, 20))), str(settlement_day(date(2024, 12, 21)))
    ('2024-12-20', '2025-03-20')
    """
    month = -(-day.month // _QUARTER) * _QUARTER
    this = date(day.year, month, _SETTLES)
    if day <= this:
        return this
    later = day.year * 12 + month + _QUARTER - 1
    if later // 12 > date.max.year:
        return date.max
    return date(later // 12, later % 12 + 1, _SETTLES)


def spans(since: date, through: date) -> Iterator[Span]:
    """The quarters of some days, the last perhaps not whole; none where `through` lies before `since`."""
    while since <= through:
        end = settlement_day(since)
        if end > through:
            yield Span(since, through, is_whole=False)
            return
        yield Span(since, end, is_whole=True)
        if end == date.max:
            return
        since = end + _DAY


def settled_by(day: date) -> date | None:
    """The last settlement day before a day.

    >>> str(settled_by(date(2024, 3, 20))), str(settled_by(date(2024, 3, 21)))
    ('2023-12-20', '2024-03-20')
    """
    month = -(-day.month // _QUARTER) * _QUARTER
    if day > (this := date(day.year, month, _SETTLES)):
        return this
    before = day.year * 12 + month - _QUARTER - 1
    return date(before // 12, before % 12 + 1, _SETTLES) if before // 12 >= date.min.year else None


def accrued_by(accrue: Accrue, day: date) -> date | None:
    """The last day, of those before and this one, at whose close interest enters the books."""
    match accrue:
        case Accrue.DAILY:
            return day
        case Accrue.EVENTS:
            return None
    if day == date.max:
        return day
    first = (day + _DAY).replace(day=1)
    if accrue is Accrue.QUARTER_END:
        first = first.replace(month=(first.month - 1) // _QUARTER * _QUARTER + 1)
    return first - _DAY if first > date.min else None


# --- the exact sum ----------------------------------------------------------------------------------


@frozen
class Earned:
    """What an account earned since the last payment: whole quarters, each rounded once, and the rest.

    `carried` is exact and below zero: what value dates of earlier quarters took back.
    """

    quarters: tuple[int, ...]
    rest: int
    carried: Fraction

    @property
    def total(self) -> int:
        """Minor units."""
        return sum(self.quarters) + self.rest


def earned(books: Books, account: CurrentAccount, through: date, rate_on: date) -> Earned:
    """What an account earned through a day, at whose end, or on `rate_on`, the last quarter has its rate.

    Quarters that are still to be paid earn from their 21st on, as if they had been paid then.
    """
    quarters: list[int] = []
    carried, rest = account.carried, 0
    for span in spans(account.since, through):
        exact = carried + _exact(books, account, span, sum(quarters), rate_on)
        amount, carried = max(round_half_up(exact), 0), min(exact, Fraction(0))
        if span.is_whole:
            quarters.append(amount)
        else:
            rest = amount
    return Earned(tuple(quarters), rest, carried)


def _exact(books: Books, account: CurrentAccount, span: Span, owed: int, rate_on: date) -> Fraction:
    """The interest of the days of one span, with what is owed of earlier ones, and of what was dated back."""
    base = PROGRAMMES.on(books, account.programme, span.end).base_unit
    balances = closing_balances(books, chart.DEMAND(account.id), span.start, span.end)
    held = [(day, (balance + owed) // base * base) for day, balance in balances]
    rates = _uncovered(books, account, _rates(books, account, span.start, span.end, rate_on), span.end)
    exact = on_balances(held, rates, span.end)
    for nth, shift in enumerate(account.shifts):
        if span.start <= shift.booked_on <= span.end and shift.value_on < shift.booked_on:
            until = shift.booked_on - _DAY
            rates = _rates(books, account, shift.value_on, until, rate_on)
            rates = _uncovered(books, account, rates, until)
            exact += on_balances(_more(books, account, nth, base), rates, until)
    return exact


def _more(books: Books, account: CurrentAccount, nth: int, base: int) -> Sequence[tuple[date, int]]:
    """By how much more than without it a shift made a balance earn, from the days on which that changes.

    Whole multiples of the base do not add up, so what was there counts, the shifts before this one too.
    """
    shift = account.shifts[nth]
    until = shift.booked_on - _DAY
    held = closing_balances(books, chart.DEMAND(account.id), shift.value_on, until)
    before = [it for it in account.shifts[:nth] if it.value_on <= until and it.booked_on > shift.value_on]
    changes = {day for it in before for day in (it.value_on, it.booked_on) if shift.value_on < day <= until}
    found = []
    for day in sorted({*(day for day, _ in held), *changes}):
        there = next(balance for first, balance in reversed(held) if first <= day)
        there += sum(it.quantity for it in before if it.value_on <= day < it.booked_on)
        found.append((day, (there + shift.quantity) // base * base - there // base * base))
    return found


def _rates(
    books: Books, account: CurrentAccount, start: date, end: date, rate_on: date
) -> Sequence[tuple[date, Rate]]:
    """The rates of some days, by the first day of each."""
    schedule = PROGRAMMES.schedule(books, account.programme)
    if schedule[0][1].rate_rule is RateRule.SETTLEMENT_DAY:
        # The quarter of a day that is not over takes the rate of the day on which it is reckoned.
        days = ((it.start, min(settlement_day(it.start), rate_on)) for it in spans(start, end))
        return [(first, PROGRAMMES.on(books, account.programme, day).rate) for first, day in days]
    later = [(day, terms.rate) for day, terms in schedule if start < day <= end]
    return [(start, PROGRAMMES.on(books, account.programme, start).rate), *later]


def _uncovered(
    books: Books, account: CurrentAccount, rates: Sequence[tuple[date, Rate]], end: date
) -> Sequence[tuple[date, Rate]]:
    """The rates with none on the days whose interest another product pays."""
    for first, after in Cover.of_party(books, account.id):
        start = max(first, rates[0][0])
        if start < after and start <= end:
            resumes = next(rate for day, rate in reversed(rates) if day <= after)
            before = [it for it in rates if it[0] < start]
            later = [it for it in rates if it[0] > after]
            rates = [*before, (start, _NONE), (after, resumes), *later]
    return [it for it in rates if it[0] <= end]


# --- the close of a day -----------------------------------------------------------------------------


def paid(voucher: Voucher, account: CurrentAccount, through: date, rate_on: date) -> CurrentAccount:
    """Pay what an account earned through a day; the account after it."""
    books = voucher.books
    found = earned(books, account, through, rate_on)
    voucher.move(chart.INTEREST_EXPENSE(), INTEREST(account.id), found.total - account.accrued)
    voucher.move(INTEREST(account.id), chart.DEMAND(account.id), found.total)
    terms = PROGRAMMES.on(books, account.programme, through)
    # a later shift of the same days needs those before it, where whole multiples do not add up
    kept = through if terms.base_unit == 1 else through - timedelta(days=terms.value_back)
    shifts = tuple(it for it in account.shifts if it.booked_on > kept)
    if found.total and through + _DAY < books.today:  # as if it had been paid on time
        shifts += (Shift(through + _DAY, books.today, found.total),)
    return evolve(account, since=through + _DAY, accrued=0, carried=found.carried, shifts=shifts)


def due(books: Books, party: str) -> tuple[Transaction, ...]:
    """What is to be written of an account's interest today: a payment, or what enters the books."""
    account = CurrentAccount.existing(books, party)
    if account.closed_on is not None:
        return ()
    terms = PROGRAMMES.today(books, account.programme)
    voucher = voucher_of(books, terms, party)
    settled = settled_by(books.today)
    through = accrued_by(terms.accrue, books.today)
    if settled is not None and account.since <= settled:
        after = paid(voucher, account, settled, settled)
        if through is not None and through > settled:  # it comes so late that more has entered the books
            rest = earned(books, account, through, through).rest
            voucher.move(chart.INTEREST_EXPENSE(), INTEREST(party), rest)
            after = evolve(after, accrued=rest)
        voucher.keep(after)
        return (voucher.transaction("interest", f"interest of {party} through {settled}"),)
    if through is None or through < account.since:
        return ()
    total = earned(books, account, through, through).total
    if total == account.accrued:
        return ()
    voucher.move(chart.INTEREST_EXPENSE(), INTEREST(party), total - account.accrued)
    voucher.keep(evolve(account, accrued=total))
    return (voucher.transaction("accrue", f"interest of {party} through {through}"),)


@noun.daily(Phase.DUE)
def pay_interest(books: Books, day: date) -> Iterator[Step]:
    """Pay the quarter on the 21st; what the ledger refuses is due again tomorrow."""
    if day > date.min and settled_by(day) == day - _DAY:
        yield from _all(books, "interest")
    yield from WAITS.steps(books, day, PROGRAMMES.ids(books), "waits", lambda b, _, party: due(b, party))


@noun.daily(Phase.ACCRUAL)
def accrue_interest(books: Books, day: date) -> Iterator[Step]:
    """Bring interest into the books at the close of the days that the terms name."""
    for programme in PROGRAMMES.ids(books):
        terms = PROGRAMMES.today(books, programme)
        if accrued_by(terms.accrue, day) == day:
            yield from _all(books, "accrue", programme)


def _all(books: Books, name: str, programme: str = "") -> Iterator[Step]:
    """A step for each page of open accounts, of one programme or all."""
    for page in records.pages(books, CurrentAccount.KIND):
        open = [it for it in map(CurrentAccount.of, page) if it.closed_on is None]
        mine = [it.id for it in open if programme in ("", it.programme)]
        if mine:
            yield Step(f"{name}/{programme}/{mine[0]}", lambda b, mine=mine: _attempts(b, mine))  # type: ignore[misc]


def _attempts(books: Books, parties: Sequence[str]) -> Plan:
    return Plan(tuple(_attempt(books, party, found) for party in parties if (found := due(books, party))))


def _attempt(books: Books, party: str, transactions: tuple[Transaction, ...]) -> Attempt:
    account = CurrentAccount.existing(books, party)
    again = WAITS.postponed(books, account.programme, party)
    text = f"interest of {party} waits"
    return Attempt(transactions, deferred(books, "current", party, text, again, agreement=party))
