"""Matching supply and demand (供需撮合): the best price first, then the earliest; it posts nothing.

Open offers queue at levels: a level is one side, goods, region and price, and each offer has a place of
its own in the queue there.  The key of a level ends so that the best price comes first on either side,
so whoever looks for a match reads levels from the best on until the price is no longer good enough, and
in each the queue from its first open offer on, whatever else is or was on the market.

>>> level_key("supply", 9_00) < level_key("supply", 10_00)
True
>>> level_key("demand", 10_00) < level_key("demand", 9_00)
True
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from attrs import frozen

from bankcore.amounts import MAX_QUANTITY
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product.records import existing, pages
from bankcore.products.enterprise import registry
from bankcore.products.enterprise.draft import Draft
from bankcore.products.platform.refusals import NotMatched

__all__ = ["DEMAND", "OPEN", "SUPPLY", "Match", "enter", "leave", "level_key", "matchable", "matches_of"]

SUPPLY: Final = "supply"
DEMAND: Final = "demand"
OPEN: Final = "open"

_PAGE = 20  # levels read at a time: few are looked at
_OTHER = {SUPPLY: DEMAND, DEMAND: SUPPLY}


@frozen
class Match:
    """An offer of the other side, and the most that can be traded."""

    offer: Record
    quantity: int


def level_key(side: str, price: int) -> str:
    """The end of a level's id: ascending from the best price."""
    return f"{price if side == SUPPLY else MAX_QUANTITY - price:019}"


def matches_of(books: Books, programme: str, offer: Record) -> Iterator[Match]:
    """The offers of the other side that an open offer can be traded with, the best first."""
    data = offer.data
    other = _OTHER[data["side"]]
    last = level_key(other, data["price"])
    market = ":".join((programme, other, data["goods"], data["region"]))
    for level in (level for page in pages(books, registry.LEVEL, market, size=_PAGE) for level in page):
        if level.id.rpartition(":")[2] > last:
            return
        for found in queue(books, level):
            pair = (found.data, data) if other == DEMAND else (data, found.data)
            if not _obstacle(books, *pair):
                yield Match(found, min(data["left"], found.data["left"]))


def matchable(books: Books, trade: str, demand: Record, supply: Record, quantity: int) -> int:
    """How many are traded: so many, or as many as can be; raises NotMatched."""
    reason = _obstacle(books, demand.data, supply.data)
    most = min(demand.data["left"], supply.data["left"])
    least = max(demand.data["minimum"], supply.data["minimum"])
    if not reason and quantity and not least <= quantity <= most:
        reason = f"between {least} and {most} can be traded, not {quantity}"
    if reason:
        raise NotMatched(trade, reason)
    return quantity or most


def _obstacle(books: Books, demand: Any, supply: Any) -> str:
    """Why two offers do not match; nothing where they do."""
    if (demand["side"], supply["side"]) != (DEMAND, SUPPLY):
        return "a demand and a supply are needed"
    if demand["enterprise"] == supply["enterprise"]:
        return "both are of one enterprise"
    if (demand["goods"], demand["region"]) != (supply["goods"], supply["region"]):
        return "goods or region differ"
    if demand["price"] < supply["price"]:
        return "the demand pays less than the supply asks"
    today = books.today.isoformat()
    if any(it["state"] != OPEN or (it["until"] and it["until"] < today) for it in (demand, supply)):
        return "one of them is no longer open"
    if min(demand["left"], supply["left"]) < max(demand["minimum"], supply["minimum"]):
        return "what is left is less than the fewest in one trade"
    return ""


def queue(books: Books, level: Record) -> Iterator[Record]:
    """The open offers at a level, the earliest first."""
    if level.data["open"]:
        programme = level.id.partition(":")[0]
        for number in range(level.data["first"], level.data["last"] + 1):
            place = existing(books, registry.PLACE, level.id, f"{number:09}")
            offer = existing(books, registry.OFFER, programme, place.data["offer"])
            if offer.data["state"] == OPEN:
                yield offer


def enter(draft: Draft, id: str, offer: Mapping[str, Any]) -> int:
    """Put an offer into the queue at its price, or back to the place that it had; returns its place."""
    key = level_of(draft.programme, offer)
    level = draft.data(registry.LEVEL, *key) or {"open": 0, "first": 1, "last": 0}
    place: int = offer.get("place") or level["last"] + 1
    first = min(level["first"], place) if level["open"] else place
    last = max(level["last"], place)
    draft.write(registry.LEVEL, *key, open=level["open"] + 1, first=first, last=last)
    if place > level["last"]:
        draft.write(registry.PLACE, *key, f"{place:09}", offer=id)
    return place


def leave(draft: Draft, offer: Mapping[str, Any]) -> None:
    """Take an offer out of its queue, which then begins with the next open one."""
    key = level_of(draft.programme, offer)
    level = draft.data(registry.LEVEL, *key)
    first = level["first"]
    if offer["place"] == first:
        first = _next(draft, key, level) if level["open"] > 1 else level["last"] + 1
    draft.write(registry.LEVEL, *key, open=level["open"] - 1, first=first)


def _next(draft: Draft, key: Sequence[str], level: Mapping[str, int]) -> int:
    """The first place with an open offer after the one that is first now; each is passed once."""
    places = range(level["first"] + 1, level["last"] + 1)
    offers = ((it, draft.data(registry.PLACE, *key, f"{it:09}")["offer"]) for it in places)
    states = ((it, draft.data(registry.OFFER, draft.programme, id)["state"]) for it, id in offers)
    return next(it for it, state in states if state == OPEN)


def level_of(programme: str, offer: Mapping[str, Any]) -> tuple[str, ...]:
    """The parts of the id of an offer's level."""
    side, price = offer["side"], offer["price"]
    return programme, side, offer["goods"], offer["region"], level_key(side, price)
