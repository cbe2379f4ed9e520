"""How a member of a points programme stands: what other products may know about it.

The points product keeps these records; a product that builds on points reads them here, from the
book, and imports no sibling.
"""

from __future__ import annotations

from attrs import frozen

from bankcore.ledger.ports import Books
from bankcore.rates import parse_fraction, round_down

__all__ = ["CARD", "PROVIDER", "Standing", "standing_of"]

CARD = "points.card"  # programme:card
PROVIDER = "points.provider"  # programme:provider


@frozen
class Standing:
    """The person behind a card or a provider, and all points net of what was taken back."""

    person: str
    points: int


def standing_of(books: Books, kind: str, programme: str, id: str) -> Standing | None:
    """A card's lifetime points, or a provider's credit points; None for who takes no part (any more)."""
    record = books.record(kind, f"{programme}:{id}")
    if record is None or record.data.get("closed_on"):
        return None
    points = record.data["lifetime"] if kind == CARD else round_down(parse_fraction(record.data["credit"]))
    return Standing(record.data["person"], points)
