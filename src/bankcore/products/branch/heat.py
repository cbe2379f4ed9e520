"""Heat of products: clicks and purchases, halved with every full seven days, exact.

Events of one weekday halve on the same days, so seven sums are enough, each as it was on its day.

>>> parts = warmed({}, date(2024, 5, 1), 20)
>>> [heat(parts, date(2024, 5, day)) for day in (1, 7, 8, 15)]
[Fraction(20, 1), Fraction(20, 1), Fraction(10, 1), Fraction(5, 1)]
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

__all__ = ["Parts", "heat", "warmed"]

_WEEK = 7

Parts = Mapping[str, tuple[date, Fraction]]  # by day of the week, the day of the last event and the sum then


def heat(parts: Parts, today: date) -> Fraction:
    """The sum of all parts, halved for every full week since."""
    return sum((_cooled(day, exact, today) for day, exact in parts.values()), Fraction(0))


def warmed(parts: Parts, today: date, weight: int) -> Parts:
    """The parts with one more event of today."""
    name = str(today.weekday())
    day, exact = parts.get(name, (today, Fraction(0)))
    return {**parts, name: (today, _cooled(day, exact, today) + weight)}


def _cooled(day: date, exact: Fraction, today: date) -> Fraction:
    return exact / (1 << (today - day).days // _WEEK)
