"""How a member of a points programme stands: what products that build on each other know of it.

The points product keeps cards and providers, the credit product lines; each reads the other's here,
from the book, and imports no sibling.  Cards, providers and lines are named by the party that has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from bankcore.ledger.books import Books
from bankcore.product.records import existing
from bankcore.rates import parse_fraction, round_down

__all__ = ["CARD", "LINE", "PROVIDER", "has_line", "points_of", "unified_card", "waits"]

CARD = "points.card"  # programme:party
LINE = "credit.line"  # programme:kind:party
PROVIDER = "points.provider"  # programme:party


def points_of(books: Books, kind: str, programme: str, party: str) -> int | None:
    """What counts of a card's lifetime points, or a provider's credit points; None for who takes no part.

    Points that were granted never count, those of an order not while it may well be returned.
    """
    record = books.record(kind, f"{programme}:{party}")
    if record is None or record.data.get("closed_on"):
        return None
    data, today = record.data, books.today.isoformat()
    if kind == CARD:
        earned = int(data["lifetime"]) - int(data["granted"])
    else:
        earned = round_down(parse_fraction(data["credit"]))
    return max(earned - sum(int(points) for day, points in data["waiting"].items() if day > today), 0)


def waits(waiting: Mapping[str, int], counts_on: date, points: int, today: date) -> dict[str, int]:
    """Points by the day on which they begin to count, with more (or fewer) of a day, without those that do.

    >>> waits({"2024-05-01": 7, "2024-05-20": 5}, date(2024, 5, 31), 10, date(2024, 5, 1))
    {'2024-05-20': 5, '2024-05-31': 10}
    >>> waits({"2024-05-31": 10}, date(2024, 5, 31), -12, date(2024, 5, 1))
    {}
    """
    kept = {day: count for day, count in waiting.items() if day > today.isoformat()}
    if counts_on > today:
        day = counts_on.isoformat()
        kept[day] = kept.get(day, 0) + points
    return {day: count for day, count in kept.items() if count > 0}


def unified_card(books: Books, programme: str, card: str) -> str:
    """The card that a card was merged into, at the end of the chain; itself if it was not."""
    while into := existing(books, CARD, programme, card).data["merged_into"]:
        card = str(into)
    return card


def has_line(books: Books, programme: str, kind: str, party: str) -> bool:
    """Whether a consumer or a provider has a line on which something is or may be drawn, or was lost."""
    line = books.record(LINE, f"{programme}:{kind}:{party}")
    return line is not None and bool(line.data["limit"] or line.data["recovered"] < line.data["lost"])
