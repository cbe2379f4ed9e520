"""Instalment schedules (还款计划): interest rounded for each period, on the rounded principal not yet due.

Within a period interest is earned day by day towards that figure: the days of a month count as their share
of a twelfth of a year, or as actual days of 360, so the parts of a period add up to the whole.

>>> terms = LoanTerms.from_data({"rate": "7.20%"})
>>> schedule = Schedule.begin(terms, 50_000_00, 6, date(2024, 1, 31))
>>> [(str(it.due_on), it.interest, it.payment) for it in schedule.rest()][::5]
[('2024-02-29', 30000, 850921), ('2024-07-31', 5075, 850918)]
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import Any

from attrs import evolve, frozen

from bankcore.amounts import largest_remainder
from bankcore.calendars import DayCount, day_count
from bankcore.products.loan.programmes import Basis, LoanTerms, Method
from bankcore.rates import Accrual, level_payment, round_half_up

__all__ = ["Course", "Instalment", "Schedule"]


@frozen
class Instalment:
    """What falls due on a day, in minor units."""

    number: int
    due_on: date
    principal: int
    interest: int

    @property
    def payment(self) -> int:
        """Principal and interest."""
        return self.principal + self.interest


@frozen
class Course:
    """How far a loan has come: `left` minor units of principal, from instalment `number` on.

    `earned` is the interest of the running period before `since`, exact and posted, and `paid` what of it was
    paid.  From instalment `first` on, `parted` units were divided: into level payments of `payment`, or into
    equal parts.
    """

    start: date
    months: int
    number: int
    since: date
    left: int
    first: int
    parted: int
    payment: int
    earned: Accrual = Accrual()
    paid: int = 0

    @property
    def receivable(self) -> int:
        """Interest of the running period that is posted and not paid."""
        return self.earned.posted - self.paid


@frozen
class Schedule:
    """What is still to come of a loan, from where it stands, under the contract's terms."""

    terms: LoanTerms
    at: Course

    @classmethod
    def begin(cls, terms: LoanTerms, amount: int, months: int, start: date) -> Schedule:
        """The schedule of a loan disbursed on `start`.

        Raises BadDate or CalendarExhausted where a due date lies beyond what can be told.
        """
        whole = cls(terms, Course(start, months, 1, start, amount, 1, amount, 0))
        for number in range(1, whole.count + 1):
            whole.due_on(number)
        return whole._divided()

    @property
    def left(self) -> int:
        """The principal that is not due yet."""
        return self.at.left

    @property
    def count(self) -> int:
        """How many instalments there are over the whole life, at most."""
        return 1 if self.terms.method is Method.BULLET else self.at.months

    def due_on(self, number: int) -> date:
        """The due date of an instalment, counted from the start; number 0 is the start itself."""
        if number == 0:
            return self.at.start
        return self.terms.due_on(self.at.start, self._months(number))

    @property
    def next_due(self) -> date | None:
        """The next due date, None once all principal is due."""
        return self.due_on(self.at.number) if self.left else None

    def elapsed(self, day: date) -> Fraction:
        """The years from the start to a day, as interest counts them.

        By months a whole one is a twelfth, and each day of a month its share of that.
        """
        if self.terms.basis is Basis.ACTUAL:
            return day_count(DayCount.ACT_360, self.at.start, day)
        months = max((day.year - self.at.start.year) * 12 + day.month - self.at.start.month - 2, 0)
        while months < self.at.months and self._month(months + 1) <= day:
            months += 1
        if months == self.at.months:
            return Fraction(months, 12)
        begin, end = self._month(months), self._month(months + 1)
        return (months + Fraction((day - begin).days, (end - begin).days)) / 12

    def earned_to(self, day: date) -> Schedule:
        """The schedule with what is earned before a day, no earlier than what is earned so far."""
        return self._moved(earned=self.at.earned.add(self._exact(day)), since=day)

    def posted(self) -> tuple[Schedule, int]:
        """The schedule with all that is earned posted, and what there was to post."""
        earned, due = self.at.earned.post()
        return self._moved(earned=earned), due

    def next(self) -> Instalment:
        """The next instalment, less interest that was paid; the last one takes what is left."""
        due_on = self.due_on(self.at.number)
        interest = round_half_up(self.at.earned.exact + self._exact(due_on)) - self.at.paid
        principal = self.left if self.at.number == self.count else min(self._principal(interest), self.left)
        return Instalment(self.at.number, due_on, principal, interest)

    def after(self, instalment: Instalment) -> Schedule:
        """The schedule once the instalment is due."""
        left = self.left - instalment.principal
        return self._moved(
            number=self.at.number + 1, since=instalment.due_on, left=left, earned=Accrual(), paid=0
        )

    def rest(self) -> Iterator[Instalment]:
        """All instalments to come."""
        schedule = self
        while schedule.left:
            instalment = schedule.next()
            yield instalment
            schedule = schedule.after(instalment)

    def prepaid(self, amount: int, keep: str) -> Schedule:
        """The schedule after a prepayment with all interest that is posted.

        What `keep`s its "term" is divided anew; with the same "payment" it ends sooner.
        """
        schedule = self._moved(left=self.left - amount, paid=self.at.earned.posted)
        return schedule._divided() if keep == "term" and schedule.left else schedule

    def anew(self, terms: LoanTerms | None = None, months: int = 0) -> Schedule:
        """What is left divided anew: under other terms, or over so many months more."""
        at = evolve(self.at, months=self.at.months + months)
        return Schedule(terms or self.terms, at)._divided()

    def given_up(self) -> Schedule:
        """The schedule of which nothing is left, nor interest to be had."""
        return self._moved(left=0, earned=Accrual(), paid=0)

    def _divided(self) -> Schedule:
        schedule = self._moved(first=self.at.number, parted=self.left)
        if self.terms.method is not Method.ANNUITY:
            return schedule
        dues = map(self.due_on, range(self.at.number, self.count + 1))
        times = (self.elapsed(day) for day in (self.at.since, *dues))
        rates = [self.terms.rate.fraction * (end - begin) for begin, end in pairwise(times)]
        level = level_payment(self.left, rates)
        if self.at.receivable:  # paid with the first of them
            level += self.at.receivable / (1 + rates[0]) * level_payment(1, rates)
        return schedule._moved(payment=round_half_up(level))

    def _moved(self, **changes: Any) -> Schedule:
        return Schedule(self.terms, evolve(self.at, **changes))

    def _exact(self, day: date) -> Fraction:
        """The interest of what is left, from what is earned so far to a day."""
        return self.left * self.terms.rate.fraction * (self.elapsed(day) - self.elapsed(self.at.since))

    def _month(self, months: int) -> date:
        return self.terms.due_on(self.at.start, months) if months else self.at.start

    def _principal(self, interest: int) -> int:
        """The principal of an instalment that is not the last; a payment below the interest repays none."""
        if self.terms.method is Method.ANNUITY:
            return max(self.at.payment - interest, 0)
        return _parts(self.at.parted, self.count - self.at.first + 1)[self.at.number - self.at.first]

    def _months(self, number: int) -> int:
        """The months from the start to an instalment."""
        return number * self.at.months if self.terms.method is Method.BULLET else number


@lru_cache(maxsize=256)
def _parts(total: int, count: int) -> list[int]:
    """Equal parts; kept, since a schedule asks for them with every instalment."""
    return largest_remainder(total, [1] * count)
