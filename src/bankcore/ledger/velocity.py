"""Velocity limits: the amount that may flow out of an account, or into it, in a day, a month or a year.

>>> daily = VelocityLimit("atm", "wallet:mall", "CNY/2", Flow.OUT, Per.DAY, most=500_000, each=True)
>>> daily.first_day(date(2024, 5, 17)), daily.last_day(date(2024, 5, 17))
(datetime.date(2024, 5, 17), datetime.date(2024, 5, 17))
>>> VelocityLimit.from_data("atm", daily.as_data()) == daily
True
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from attrs import field, frozen

from bankcore.amounts import check_quantity
from bankcore.calendars.dates import month_end
from bankcore.errors import BadTransaction
from bankcore.ledger.accounts import Account, AccountPath, Side, Word
from bankcore.units import Unit

__all__ = ["VELOCITY", "Flow", "Per", "VelocityLimit"]

VELOCITY: Final = "limit"  # the kind of the records that hold velocity limits


class Flow(Word):
    """The direction of a posting, seen from its account's normal side."""

    OUT = "out"
    IN = "in"


class Per(Word):
    """The calendar period of value dates over which flows are added up."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


def _read_root(text: object) -> str:
    return "" if text == "" else AccountPath.parse(text)


@frozen
class VelocityLimit:
    """At most `most` minor units of `unit` may flow per period; None lifts the limit.

    It counts gross postings on the accounts at and below `root`, on each account separately with
    `each`, otherwise on all of them together.  Live holds count on their value date; a reversal does
    not reduce the usage.  `reason` says why this version was made.
    """

    name: str
    root: str = field(converter=_read_root)
    unit: Unit = field(converter=Unit)
    flow: Flow = field(converter=Flow)
    per: Per = field(converter=Per)
    most: int | None = field(kw_only=True)
    each: bool = field(default=False, kw_only=True)
    reason: str = field(default="", kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name:
            raise BadTransaction("limit", "its name is a text")
        if self.most is not None and check_quantity(self.most) < 0:
            raise BadTransaction("limit", f"{self.name}: a flow cannot be limited to {self.most}")
        if type(self.each) is not bool or not isinstance(self.reason, str):
            raise BadTransaction("limit", f"{self.name}: each is true or false, the reason is a text")

    def covers(self, account: Account) -> bool:
        """Whether flows of this account count."""
        return self.most is not None and account.unit == self.unit and account.path.within(self.root)

    def counts(self, quantity: int, normal_side: Side) -> bool:
        """Whether a posting (a debit positive) goes in the limited direction."""
        return (quantity * normal_side.sign < 0) == (self.flow is Flow.OUT)

    def first_day(self, day: date) -> date:
        """The first day of the period that contains a day."""
        if self.per is Per.DAY:
            return day
        return day.replace(day=1) if self.per is Per.MONTH else day.replace(month=1, day=1)

    def last_day(self, day: date) -> date:
        """The last day of the period that contains a day."""
        if self.per is Per.DAY:
            return day
        return month_end(day) if self.per is Per.MONTH else day.replace(month=12, day=31)

    def as_data(self) -> dict[str, Any]:
        """The limit as the plain data of its record."""
        return {
            "root": str(self.root),
            "unit": str(self.unit),
            "flow": self.flow.value,
            "per": self.per.value,
            "most": self.most,
            "each": self.each,
            "reason": self.reason,
        }

    @classmethod
    def from_data(cls, name: str, data: Mapping[str, Any]) -> VelocityLimit:
        """The limit of a record that `as_data` made; raises BadTransaction for other data."""
        try:
            return cls(name, **data)
        except TypeError as error:
            raise BadTransaction("limit", f"{name}: {error}") from None
