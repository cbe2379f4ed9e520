"""Terms that change: a record's [start, terms] pairs, each with the terms that change from its start on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from bankcore.calendars import add_months
from bankcore.ledger.transactions import Record

__all__ = ["changed", "in_force", "later_by"]


def changed(record: Record, start: date, changes: Mapping[str, Any], today: date) -> list[list[Any]]:
    """The record's [start, terms] pairs with more terms that change on `start`.

    The first pair holds all terms, each later one only those that change then, so a change lasts until
    the next change of the same term.  Pairs that have begun are merged into the first.
    """
    pairs: dict[str, dict[str, Any]] = dict(record.data["schedule"])
    pairs[start.isoformat()] = {**pairs.get(start.isoformat(), {}), **changes}
    ordered = [[begin, pairs[begin]] for begin in sorted(pairs)]
    began = [begin for begin in sorted(pairs) if begin <= today.isoformat()]
    return [[began[-1], in_force(ordered, today)], *ordered[len(began) :]]


def later_by(day: date, years: int) -> date:
    """The same day of a later year, at most the last date that Python supports.

    >>> later_by(date(2024, 2, 29), 1), later_by(date(9998, 1, 1), 3)
    (datetime.date(2025, 2, 28), datetime.date(9999, 12, 31))
    """
    return date.max if day.year + years > date.max.year else add_months(day, 12 * years)


def in_force(pairs: Iterable[Sequence[Any]], day: date) -> dict[str, Any]:
    """The terms of all pairs that began by the day; later ones override earlier ones."""
    return {name: term for begin, terms in pairs if begin <= day.isoformat() for name, term in terms.items()}
