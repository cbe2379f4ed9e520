"""The terms of credit lines: how limits grow with points, what a drawing costs and when it is due.

>>> terms = CreditTerms()
>>> terms.limit(18_765, 1_000), terms.due_on(date(2024, 1, 31))
(1100000, datetime.date(2024, 2, 20))
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import Enum
from fractions import Fraction
from typing import Any, Self

from attrs import frozen

from bankcore.calendars import DayCount, add_months, day_count
from bankcore.errors import BadTerms
from bankcore.product import term
from bankcore.rates import Rate
from bankcore.units import Unit

__all__ = ["CreditTerms", "Posting"]


class Posting(Enum):
    """When accrued interest is posted; the sums are the same."""

    DAILY = "daily"  # at the close of every day
    DUE = "due"  # when it is due, and with every drawing and repayment


@frozen(kw_only=True)
class CreditTerms:
    """What the bank offers; amounts are minor units of `unit`.  Raises BadTerms for a value out of bounds."""

    unit: Unit = term.unit("CNY/2", "unit of all amounts")
    base: int = term.amount(2_000_00, "limit without any points")
    step: int = term.amount(500_00, "rise of the limit for each full number of points")
    per_points: int = term.count(1_000, 1, 10**9, "lifetime points of a consumer for one rise")
    per_credit_points: int = term.count(1_000, 1, 10**9, "credit points of a provider for one rise")
    cap: int = term.amount(50_000_00, "highest limit")
    rate: Rate = term.rate("7.3%", "24%", "yearly rate, 0 to 24%, by ACT/360")
    overdue_factor: Rate = term.rate("1.5", "1.5", "the overdue rate is so many times as high", "1.3")
    grace_days: int = term.count(3, 0, 30, "days after the due date without overdue interest")
    due_day: int = term.count(20, 1, 28, "day of the month on which a drawing is due")
    due_months: int = term.count(1, 1, 12, "months from the first drawing to that day")
    posting: Posting = term.choice(Posting.DAILY, "when interest is posted")

    def __attrs_post_init__(self) -> None:
        if self.base > self.cap:
            raise BadTerms("cap", "it lies below the limit without any points")

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Terms from plain data as TOML has it.  Raises BadTerms."""
        return term.read(cls, data)

    def as_data(self) -> dict[str, Any]:
        """The terms as plain data that `from_data` reads."""
        return term.written(self)

    def limit(self, points: int, per: int) -> int:
        """The limit that so many points give, one rise for each full `per` of them."""
        return min(self.base + self.step * (points // per), self.cap)

    def due_on(self, drawn_on: date) -> date:
        """When a first drawing of a day is due."""
        return add_months(drawn_on.replace(day=1), self.due_months).replace(day=self.due_day)

    def interest(self, principal: int, start: date, end: date, overdue: bool = False) -> Fraction:
        """The exact interest on a principal over [start, end)."""
        rate = self.rate.fraction * (self.overdue_factor.fraction if overdue else 1)
        return principal * rate * day_count(DayCount.ACT_360, start, end)
