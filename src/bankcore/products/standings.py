"""How a member of a points programme stands: what products that build on each other know of it.

The points product keeps cards and providers, the credit product lines; each reads the other's here,
from the book, and imports no sibling.
"""

from __future__ import annotations

from attrs import frozen

from bankcore.ledger.books import Books
from bankcore.product.records import existing
from bankcore.rates import parse_fraction, round_down

__all__ = ["CARD", "LINE", "PROVIDER", "Standing", "frees_its_points", "standing_of", "unified_card"]

CARD = "points.card"  # programme:card
LINE = "credit.line"  # programme:kind:holder
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


def unified_card(books: Books, programme: str, card: str) -> str:
    """The card that a card was merged into, at the end of the chain; itself if it was not."""
    while into := existing(books, CARD, programme, card).data["merged_into"]:
        card = str(into)
    return card


def frees_its_points(books: Books, programme: str, card: str, into: str) -> bool:
    """Whether the points of a card give no limit any more, but on the card that it goes into."""
    line = books.record(LINE, f"{programme}:consumer:{card}")
    if line is None:
        return True
    moved = line.data["moved_to"]
    return not line.data["limit"] and (not moved or unified_card(books, programme, moved) == into)
