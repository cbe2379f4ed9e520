"""The programme's records: terms, cards, providers, agreements, memberships, orders, remittances, lots.

A record's id is the programme's followed by its own parts, joined by colons, so that what one party
asks for lies in one range: a provider's remittances to a card, a card's lots in order of expiry, the
cards with points to expire on a day.
"""

from __future__ import annotations

from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product.records import existing, terms_on
from bankcore.products.points.refusals import CardClosed
from bankcore.products.points.terms import PointsTerms
from bankcore.products.standings import CARD, PROVIDER, unified_card

__all__ = [
    "AGREEMENT",
    "CARD",
    "DUE",
    "LOT",
    "MEMBER",
    "ORDER",
    "PROVIDER",
    "REMITTANCE",
    "RIGHT",
    "TERMS",
    "open_card",
    "terms_of",
    "unified_card",
]

AGREEMENT = "points.agreement"  # programme:provider:class
DUE = "points.due"  # programme:date:card, the day whose close expires lots of the card
LOT = "points.lot"  # programme:card:expiry:sequence
MEMBER = "points.member"  # programme:card:provider:class:version of the agreement
ORDER = "points.order"  # programme:order
REMITTANCE = "points.remittance"  # programme:provider:card:order
RIGHT = "points.right"  # programme:sale
TERMS = "points.terms"  # programme


def terms_of(books: Books, programme: str) -> PointsTerms:
    """The terms of a programme in force today; raises NotFound."""
    return terms_on(PointsTerms, books, TERMS, programme, books.today)


def open_card(books: Books, programme: str, card: str) -> Record:
    """The record of a card in use; raises NotFound, CardClosed."""
    record = existing(books, CARD, programme, card)
    if record.data["closed_on"]:
        raise CardClosed(card)
    return record
