"""The terms of an enterprise platform: every parameter with its default and its bounds.

>>> terms = EnterpriseTerms.from_data({"fee": "0.3%"})
>>> str(terms.fee), terms.as_data()["face"], terms.earned(1_234_56)
('0.3%', '2.50', Fraction(11574, 3125))
>>> terms.expiry_of(date(2024, 4, 30))
datetime.date(2024, 10, 31)
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any, Self

from attrs import frozen

from bankcore.calendars import add_months, month_end
from bankcore.product import term
from bankcore.rates import Rate
from bankcore.units import Unit

__all__ = ["EnterpriseTerms"]


@frozen(kw_only=True)
class EnterpriseTerms:
    """What the platform asks of its members and grants them; amounts are minor units of `unit`.

    Raises BadTerms for a value out of bounds.
    """

    unit: Unit = term.unit("CNY/2", "unit of all amounts")
    fee: Rate = term.rate("0.25%", "3%", "platform fee on what a seller receives, 0 to 3%")
    entitlements: int = term.count(3, 0, 1_000, "entitlements for each `traded`, 0 to 1000")
    traded: int = term.amount(1_000_00, "settled trade that earns so many entitlements", least=1)
    face: int = term.amount(2_50, "what an entitlement pays of a fee", least=1)
    life_months: int = term.count(6, 1, 600, "months that entitlements live, to the end of the last")
    delivery_days: int = term.count(30, 1, 366, "days to deliver in, if a trade names no deadline")

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Terms from plain data as TOML has it: amounts and rates are text.  Raises BadTerms."""
        return term.read(cls, data)

    def as_data(self) -> dict[str, Any]:
        """The terms as plain data that `from_data` reads."""
        return term.written(self)

    def earned(self, settled: int) -> Fraction:
        """The exact entitlements on a settled sum in minor units."""
        return Fraction(settled * self.entitlements, self.traded)

    def expiry_of(self, granted_on: date) -> date:
        """The last day on which entitlements granted on a day can be used."""
        return month_end(add_months(granted_on, self.life_months))
