"""The terms of a time deposit: how long it runs and what it earns.

>>> terms = DepositTerms.from_data({"rate": "1.35%", "months": 3})
>>> terms.matures_on(date(2024, 5, 31)), terms.interest(98_00, date(2024, 5, 31), date(2024, 8, 31))
(datetime.date(2024, 8, 31), Fraction(1323, 40))
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any, Self

from attrs import frozen

from bankcore.calendars import DayCount, add_months, day_count
from bankcore.products import parameters
from bankcore.rates import Rate
from bankcore.units import Unit

__all__ = ["DepositTerms"]


@frozen(kw_only=True)
class DepositTerms:
    """What the bank offers; amounts are minor units of `unit`.  Raises BadTerms for a value out of bounds."""

    unit: Unit = parameters.unit("CNY/2", "unit of all amounts")
    rate: Rate = parameters.rate("1.35%", "15%", "yearly rate, 0 to 15%, item by item")
    demand_rate: Rate = parameters.rate(
        "0.35%", "5%", "yearly demand rate for early withdrawals and days after maturity, by ACT/360"
    )
    months: int = parameters.count(3, 1, 60, "months until it matures")
    least: int = parameters.amount(1_00, "smallest deposit", least=1)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Terms from plain data as TOML has it.  Raises BadTerms."""
        return parameters.read(cls, data)

    def as_data(self) -> dict[str, Any]:
        """The terms as plain data that `from_data` reads."""
        return parameters.written(self)

    def matures_on(self, opened_on: date) -> date:
        """The day on which a deposit of a day is paid back."""
        return add_months(opened_on, self.months)

    def interest(self, principal: int, opened_on: date, until: date) -> Fraction:
        """The exact interest on what is paid back on a day: before maturity the demand rate for all its days.

        Money held until it matures earns the deposit's rate, and the demand rate for the days after that;
        on the principal only, for interest of a term bears none.
        """
        matures_on = self.matures_on(opened_on)
        rate, demand = self.rate.fraction, self.demand_rate.fraction
        if until < matures_on:
            return principal * demand * day_count(DayCount.ACT_360, opened_on, until)
        term = rate * day_count(DayCount.CN_ITEM, opened_on, matures_on)
        return principal * (term + demand * day_count(DayCount.ACT_360, matures_on, until))
