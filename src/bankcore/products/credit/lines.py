"""A credit line: its limit, when it is due, and the exact interest.

Interest runs over [start, end) on the principal.  What is not repaid by the due date and some days
of grace costs the overdue rate from the due date on; until that is known, those days wait.

>>> from bankcore.products.credit.terms import CreditTerms
>>> tariff = Tariff(((date(2024, 1, 1), CreditTerms.from_data({"grace_days": 3})),))
>>> line = LineState(since=date(2024, 1, 31), due_on=date(2024, 3, 18))
>>> line = line.accrued(tariff, 4_321_09, date(2024, 3, 20))
>>> line.interest.due(), line.since, line.accrued(tariff, 4_321_09, date(2024, 3, 22)).penalty.due()
(4118, datetime.date(2024, 3, 18), 526)
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from attrs import evolve, frozen

from bankcore.calendars import parse_date
from bankcore.products.credit.tariff import Tariff
from bankcore.rates import Accrual, fraction_text, parse_fraction

__all__ = ["LineState"]


@frozen
class LineState:
    """`since` is the day up to which interest is in the exact sums; without a drawing nothing is due."""

    since: date
    due_on: date | None = None
    limit: int = 0
    automatic: bool = True  # whether points raise the limit
    person: str = ""
    interest: Accrual = Accrual()
    penalty: Accrual = Accrual()
    elsewhere: int = 0  # what of the sums was posted to the line of an earlier card, and stayed there
    moved_to: str = ""  # the card that has the line now

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> LineState:
        """What `as_data` made."""
        sums = {
            name: Accrual(parse_fraction(data[name][0]), data[name][1]) for name in ("interest", "penalty")
        }
        due = parse_date(data["due_on"]) if data["due_on"] else None
        return cls(**{**data, **sums, "since": parse_date(data["since"]), "due_on": due})

    def as_data(self) -> dict[str, Any]:
        """Plain data for a record."""
        return {
            "since": self.since.isoformat(),
            "due_on": self.due_on.isoformat() if self.due_on else None,
            "limit": self.limit,
            "automatic": self.automatic,
            "person": self.person,
            "interest": [fraction_text(self.interest.exact), self.interest.posted],
            "penalty": [fraction_text(self.penalty.exact), self.penalty.posted],
            "elsewhere": self.elsewhere,
            "moved_to": self.moved_to,
        }

    def is_due(self, today: date) -> bool:
        """Whether the due date of a drawing has come."""
        return self.due_on is not None and today >= self.due_on

    def days_overdue(self, today: date) -> int:
        """Days since the due date."""
        return max((today - self.due_on).days, 0) if self.due_on else 0

    def accrued(self, tariff: Tariff, principal: int, until: date, settling: bool = False) -> LineState:
        """With the interest of the days before `until`; a repayment within the grace settles its days."""
        if self.due_on is None or until <= self.since:
            return self if self.due_on else evolve(self, since=until)
        interest, penalty, since = self.interest, self.penalty, self.since
        if since < self.due_on:
            end = min(until, self.due_on)
            interest, since = interest.add(tariff.interest(principal, since, end)), end
        if until > self.due_on + timedelta(days=tariff.on(self.due_on).grace_days):
            penalty = penalty.add(tariff.interest(principal, since, until, overdue=True))
            since = until
        elif settling:
            interest, since = interest.add(tariff.interest(principal, since, until)), until
        return evolve(self, interest=interest, penalty=penalty, since=since)

    def posted(self) -> tuple[LineState, int, int]:
        """With everything due posted; and how much of it is interest, and overdue interest."""
        interest, due = self.interest.post()
        penalty, overdue = self.penalty.post()
        return evolve(self, interest=interest, penalty=penalty), due, overdue
