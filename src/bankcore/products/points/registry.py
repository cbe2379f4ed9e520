"""The programme's records: terms, cards, providers, agreements, memberships, orders, remittances, lots.

A record's id is the programme's followed by its own parts, joined by colons, so that what one party
asks for lies in one range: a provider's remittances to a card, a card's lots in order of expiry, the
cards with points to expire on a day.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache

from bankcore.amounts import Amount
from bankcore.errors import UnitMismatch
from bankcore.ledger.ports import Books
from bankcore.ledger.transactions import Record, canonical_json
from bankcore.products.points.refusals import AlreadyKnown, CardClosed, NotKnown
from bankcore.products.points.terms import PointsTerms
from bankcore.products.standings import CARD, PROVIDER

__all__ = [
    "AGREEMENT",
    "CARD",
    "DUE",
    "LOT",
    "MEMBER",
    "ORDER",
    "PAGE",
    "PROVIDER",
    "REMITTANCE",
    "RIGHT",
    "TERMS",
    "every",
    "existing",
    "fresh",
    "open_card",
    "pages",
    "programmes",
    "quantity",
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

PAGE = 500  # records read at a time


def pages(books: Books, kind: str, root: str = "", after: str = "") -> Iterator[list[Record]]:
    """The latest versions of the records below `root` in id order, a page at a time."""
    while page := list(books.records(kind, root, after, PAGE)):
        yield page
        after = page[-1].id


def every(books: Books, kind: str, root: str = "", after: str = "") -> Iterator[Record]:
    """The latest versions of the records below `root`, in id order."""
    return (record for page in pages(books, kind, root, after) for record in page)


def programmes(books: Books) -> list[str]:
    """The ids of all programmes, ascending."""
    return [record.id for record in every(books, TERMS)]


def terms_of(books: Books, programme: str) -> PointsTerms:
    """The terms of a programme; raises NotKnown."""
    return _read(canonical_json(existing(books, TERMS, programme).data["terms"]))


@lru_cache(maxsize=256)
def _read(text: str) -> PointsTerms:
    return PointsTerms.from_data(json.loads(text))


def existing(books: Books, kind: str, *id: str) -> Record:
    """The record; raises NotKnown."""
    record = books.record(kind, ":".join(id))
    if record is None:
        raise NotKnown(_noun(kind), id[-1])
    return record


def fresh(books: Books, kind: str, *id: str) -> None:
    """Raises AlreadyKnown where the record exists."""
    if books.record(kind, ":".join(id)) is not None:
        raise AlreadyKnown(_noun(kind), id[-1])


def open_card(books: Books, programme: str, card: str) -> Record:
    """The record of a card in use; raises NotKnown, CardClosed."""
    record = existing(books, CARD, programme, card)
    if record.data["closed_on"]:
        raise CardClosed(card)
    return record


def unified_card(books: Books, programme: str, card: str) -> str:
    """The card that a card was merged into, at the end of the chain; itself if it was not."""
    while into := existing(books, CARD, programme, card).data["merged_into"]:
        card = str(into)
    return card


def quantity(terms: PointsTerms, amount: Amount) -> int:
    """Minor units in the programme's unit; raises UnitMismatch."""
    if amount.unit != terms.unit:
        raise UnitMismatch(terms.unit, amount.unit, "amount")
    return amount.quantity


def _noun(kind: str) -> str:
    return {TERMS: "programme"}.get(kind, kind.partition(".")[2])
