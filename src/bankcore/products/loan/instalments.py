"""Instalment schedules (还款计划): interest rounded for each period, on the rounded principal not yet due.

This is the contract's own arithmetic; what is accrued (penalty, fees) is rounded cumulatively elsewhere.

>>> terms = LoanTerms.from_data({"rate": "7.20%"})
>>> schedule = Schedule.begin(terms, 50_000_00, 6, date(2024, 1, 31))
>>> [(str(it.due_on), it.interest, it.payment) for it in schedule.rest()][::5]
[('2024-02-29', 30000, 850921), ('2024-07-31', 5075, 850918)]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from attrs import evolve, frozen

from bankcore.amounts import largest_remainder
from bankcore.calendars import parse_date
from bankcore.products.loan.terms import Basis, LoanTerms, Method
from bankcore.rates import annuity_payment, round_half_up

__all__ = ["Instalment", "Schedule"]


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
class Schedule:
    """What is still to come of a loan: `left` minor units of principal, from instalment `number` on.

    `since` is the first day whose interest was not charged.  From instalment `first` on, `parted` units
    were divided: into level payments of `payment`, or into equal parts.
    """

    terms: LoanTerms
    start: date
    months: int
    number: int
    since: date
    left: int
    first: int
    parted: int
    payment: int

    @classmethod
    def begin(cls, terms: LoanTerms, amount: int, months: int, start: date) -> Schedule:
        """The schedule of a loan disbursed on `start`.

        Raises BadDate or CalendarExhausted where a due date lies beyond what can be told.
        """
        whole = cls(terms, start, months, 1, start, amount, 1, amount, 0)
        for number in range(1, whole.count + 1):
            whole.due_on(number)
        return whole._divided()

    @classmethod
    def from_data(cls, terms: LoanTerms, data: Mapping[str, Any]) -> Schedule:
        """What `as_data` made, under the contract's terms."""
        days = {name: parse_date(data[name]) for name in ("start", "since")}
        return cls(terms, **{**data, **days})

    def as_data(self) -> dict[str, Any]:
        """Plain data for a record; the terms stand elsewhere in it."""
        return {
            "start": self.start.isoformat(),
            "months": self.months,
            "number": self.number,
            "since": self.since.isoformat(),
            "left": self.left,
            "first": self.first,
            "parted": self.parted,
            "payment": self.payment,
        }

    @property
    def count(self) -> int:
        """How many instalments there are over the whole life, at most."""
        return 1 if self.terms.method is Method.BULLET else self.months

    def due_on(self, number: int) -> date:
        """The due date of an instalment, counted from the start; number 0 is the start itself."""
        if number == 0:
            return self.start
        return self.terms.due_on(self.start, self._months(number))

    @property
    def next_due(self) -> date | None:
        """The next due date, None once all principal is due."""
        return self.due_on(self.number) if self.left else None

    def interest_to(self, day: date) -> int:
        """The interest of a broken period, from the last day charged to `day`."""
        return round_half_up(self.left * self.terms.broken(self.since, day))

    def next(self) -> Instalment:
        """The next instalment; the last one takes what is left."""
        due_on, interest = self.due_on(self.number), self._interest()
        principal = self.left if self.number == self.count else min(self._principal(interest), self.left)
        return Instalment(self.number, due_on, principal, interest)

    def after(self, instalment: Instalment) -> Schedule:
        """The schedule once the instalment is due."""
        left = self.left - instalment.principal
        return evolve(self, number=self.number + 1, since=instalment.due_on, left=left)

    def rest(self) -> Iterator[Instalment]:
        """All instalments to come."""
        schedule = self
        while schedule.left:
            instalment = schedule.next()
            yield instalment
            schedule = schedule.after(instalment)

    def prepaid(self, amount: int, day: date, keep: str) -> Schedule:
        """The schedule after a prepayment whose interest to date was paid.

        What `keep`s its "term" is divided anew; with the same "payment" it ends sooner.
        """
        schedule = evolve(self, left=self.left - amount, since=day)
        return schedule._divided() if keep == "term" and schedule.left else schedule

    def _divided(self) -> Schedule:
        schedule = evolve(self, first=self.number, parted=self.left)
        if self.terms.method is not Method.ANNUITY:
            return schedule
        level = annuity_payment(self.left, self.terms.periodic(), self.count - self.number + 1)
        return evolve(schedule, payment=round_half_up(level))

    def _interest(self) -> int:
        begin, end = self.due_on(self.number - 1), self.due_on(self.number)
        if self.terms.basis is Basis.MONTHS and self.since == begin:
            months = self._months(self.number) - self._months(self.number - 1)
            return round_half_up(self.left * self.terms.periodic() * months)
        return round_half_up(self.left * self.terms.broken(self.since, end))

    def _principal(self, interest: int) -> int:
        """The principal of an instalment that is not the last; a payment below the interest repays none."""
        if self.terms.method is Method.ANNUITY:
            return max(self.payment - interest, 0)
        return _parts(self.parted, self.count - self.first + 1)[self.number - self.first]

    def _months(self, number: int) -> int:
        """The months from the start to an instalment."""
        return number * self.months if self.terms.method is Method.BULLET else number


@lru_cache(maxsize=256)
def _parts(total: int, count: int) -> list[int]:
    """Equal parts; kept, since a schedule asks for them with every instalment."""
    return largest_remainder(total, [1] * count)
