"""How a member of a points programme stands: what products that build on each other know of it.

The points product keeps cards and providers, the credit product lines; each reads the other's here,
from the book, and imports no sibling.  Cards, providers and lines are named by the party that has them.
"""

from __future__ import annotations

from bankcore.ledger.books import Books
from bankcore.product.records import existing
from bankcore.rates import parse_fraction, round_down

__all__ = ["CARD", "LINE", "PROVIDER", "has_line", "points_of", "unified_card"]

CARD = "points.card"  # programme:party
LINE = "credit.line"  # programme:kind:party
PROVIDER = "points.provider"  # programme:party


def points_of(books: Books, kind: str, programme: str, party: str) -> int | None:
    """A card's lifetime points, or a provider's credit points; None for who takes no part (any more)."""
    record = books.record(kind, f"{programme}:{party}")
    if record is None or record.data.get("closed_on"):
        return None
    if kind == CARD:
        return int(record.data["lifetime"])
    return round_down(parse_fraction(record.data["credit"]))


def unified_card(books: Books, programme: str, card: str) -> str:
    """The card that a card was merged into, at the end of the chain; itself if it was not."""
    while into := existing(books, CARD, programme, card).data["merged_into"]:
        card = str(into)
    return card


def has_line(books: Books, programme: str, kind: str, party: str) -> bool:
    """Whether a consumer or a provider has a credit line on which something is or may be drawn."""
    line = books.record(LINE, f"{programme}:{kind}:{party}")
    return line is not None and bool(line.data["limit"])
