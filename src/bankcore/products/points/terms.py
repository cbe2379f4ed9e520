"""The terms of a points programme: every parameter with its default and its bounds.

>>> terms = PointsTerms.from_data({"value": "4/5", "expiry": "rolling", "expiry_months": 24})
>>> terms.worth(280), terms.expiry_of(date(2024, 5, 2))
(224, datetime.date(2026, 5, 31))
>>> PointsTerms().expiry_of(date(2020, 6, 1))
datetime.date(2024, 12, 31)
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import Enum
from fractions import Fraction
from typing import Any, Self

from attrs import frozen

from bankcore.calendars import add_months, month_end
from bankcore.errors import BadTerms
from bankcore.product import term
from bankcore.rates import Rate, round_half_up
from bankcore.units import Unit

__all__ = ["CREDIT", "NEVER", "POINT", "AgreementTerms", "Expiry", "Funding", "PointsTerms", "Transfers"]

POINT, CREDIT = Unit("PT/0"), Unit("CPT/0")
NEVER = date.max


class Funding(Enum):
    """When a provider pays for the points of its orders."""

    PREPAID = "prepaid"  # with the order
    POSTPAID = "postpaid"  # on settlement; the bank advances up to a cap


class Expiry(Enum):
    """How long points live."""

    CALENDAR_YEARS = "calendar-years"  # to the end of a year, the year of issue being the first
    ROLLING = "rolling"  # months, to the end of the last
    NEVER = "never"


class Transfers(Enum):
    """Who may give points to whom."""

    OFF = "off"
    FAMILY = "family"


@frozen(kw_only=True)
class PointsTerms:
    """What the bank offers consumers and providers; amounts are minor units of `unit`.

    Raises BadTerms for a value out of bounds.
    """

    unit: Unit = term.unit("CNY/2", "unit of all amounts")
    value: Rate = term.rate("1", "10000", "minor units that a point is worth", least="1/1000")
    funding: Funding = term.choice(Funding.PREPAID, "when providers pay for points")
    funding_cap: int = term.amount(0, "most that the bank advances to a provider, if postpaid")
    pending_days: int = term.count(0, 0, 30, "days until points can be spent, 0 to 30")
    expiry: Expiry = term.choice(Expiry.CALENDAR_YEARS, "how long points live")
    expiry_years: int = term.count(5, 1, 50, "calendar years, that of issue included")
    expiry_months: int = term.count(12, 1, 600, "months of rolling expiry")
    least_redeemed: int = term.count(100, 1, 10**9, "fewest points redeemed at once")
    transfers: Transfers = term.choice(Transfers.OFF, "who may give points to whom")
    transfer_cap: int = term.count(10_000, 1, 10**9, "most points a card gives away on one day")
    breakage: Rate = term.rate("1", "1", "the provider's share of what expires; the bank has the rest")
    warning_days: int = term.count(30, 1, 366, "days before expiry from which holders are warned")

    def __attrs_post_init__(self) -> None:
        if self.funding is Funding.POSTPAID and not self.funding_cap:
            raise BadTerms("funding_cap", "postpaid funding needs a cap above zero")

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Terms from plain data as TOML has it: amounts and rates are text.  Raises BadTerms."""
        return term.read(cls, data)

    def as_data(self) -> dict[str, Any]:
        """The terms as plain data that `from_data` reads."""
        return term.written(self)

    def worth(self, points: int) -> int:
        """What points are worth together, rounded half up to minor units."""
        return round_half_up(self.value.fraction * points)

    def is_whole(self, points: int) -> bool:
        """Whether that is a whole number of minor units without rounding."""
        return (self.value.fraction * points).denominator == 1

    def earned(self, rate: Fraction, spend: int) -> Fraction:
        """The exact points on a spend in minor units, at a rate per whole unit of money."""
        return rate * Fraction(spend, 10**self.unit.scale)

    def expiry_of(self, issued_on: date) -> date:
        """The last day on which points issued on a day can be spent."""
        match self.expiry:
            case Expiry.CALENDAR_YEARS:
                return date(min(issued_on.year + self.expiry_years - 1, NEVER.year), 12, 31)
            case Expiry.ROLLING:
                return month_end(add_months(issued_on, self.expiry_months))
        return NEVER


@frozen(kw_only=True)
class AgreementTerms:
    """What a provider and a class of consumers agreed; amounts are minor units of `unit`.

    >>> terms = AgreementTerms.from_data({"rate": "3/2", "order_cap": "500.00", "day_cap": "700.00"})
    >>> terms.counted(800_00, 0), terms.counted(800_00, 500_00), terms.counted(100_00, 500_00)
    (50000, 20000, 10000)
    """

    unit: Unit = term.unit("CNY/2", "unit of all amounts")
    rate: Rate = term.rate("1", "10", "points for one whole unit of money spent, 0 to 10")
    credit_rate: Rate = term.rate("1/10", "1", "provider credit points for one point, 0 to 1")
    order_cap: int | None = term.amount(None, "most of one order that earns points; none for no cap")
    day_cap: int | None = term.amount(None, "most of a day's orders that earns points; none for no cap")

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Terms from plain data as TOML has it.  Raises BadTerms."""
        return term.read(cls, data)

    def as_data(self) -> dict[str, Any]:
        """The terms as plain data that `from_data` reads."""
        return term.written(self)

    def counted(self, price: int, today: int) -> int:
        """How much of an order earns, when so much of the day's earlier orders did."""
        caps = [price]
        if self.order_cap is not None:
            caps.append(self.order_cap)
        if self.day_cap is not None:
            caps.append(max(self.day_cap - today, 0))
        return min(caps)
