"""Terms that change: a record's [start, terms] pairs, each holding what changes from its start on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from bankcore.ledger.transactions import Record

__all__ = ["changed", "in_force"]


def changed(record: Record, start: date, changes: Mapping[str, Any], today: date) -> list[list[Any]]:
    """The record's [start, terms] pairs with more terms that change on `start`.

    The first pair holds all terms, each later one only those that change then, so a change lasts
    until another of the same term.  The pairs that began are merged into the first.
    """
    pairs: dict[str, dict[str, Any]] = dict(record.data["schedule"])
    pairs[start.isoformat()] = {**pairs.get(start.isoformat(), {}), **changes}
    ordered = [[begin, pairs[begin]] for begin in sorted(pairs)]
    began = [begin for begin in sorted(pairs) if begin <= today.isoformat()]
    return [[began[-1], in_force(ordered, today)], *ordered[len(began) :]]


def in_force(pairs: Iterable[Sequence[Any]], day: date) -> dict[str, Any]:
    """The terms of all pairs in order that began by the day, later ones over earlier ones."""
    return {name: term for begin, terms in pairs if begin <= day.isoformat() for name, term in terms.items()}
