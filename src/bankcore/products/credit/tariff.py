"""What a credit line costs from day to day: every day at the terms that were in force on it.

>>> old, new = CreditTerms.from_data({"rate": "7.2%"}), CreditTerms.from_data({"rate": "3.6%"})
>>> tariff = Tariff(((date(2024, 1, 1), old), (date(2024, 2, 10), new)))
>>> tariff.interest(1_000_00, date(2024, 2, 1), date(2024, 2, 11))
Fraction(190, 1)
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from itertools import pairwise

from attrs import frozen

from bankcore.products.credit.terms import CreditTerms

__all__ = ["Tariff"]


@frozen
class Tariff:
    """Terms by their first day, ascending; before the first of them there is no line."""

    terms: tuple[tuple[date, CreditTerms], ...]

    def on(self, day: date) -> CreditTerms:
        """The terms in force on a day."""
        return next(terms for start, terms in reversed(self.terms) if start <= day)

    def interest(self, principal: int, start: date, end: date, overdue: bool = False) -> Fraction:
        """The exact interest on a principal over [start, end), each day at its own rate."""
        cuts = [start, *(begin for begin, _ in self.terms if start < begin < end), end]
        return sum(
            (self.on(first).interest(principal, first, last, overdue) for first, last in pairwise(cuts)),
            Fraction(0),
        )
