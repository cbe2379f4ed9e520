"""Matching supply and demand (供需撮合): the best price first, then the earliest; it posts nothing.

Open offers stand on levels: one record for each side, goods, region and price, with the offers at that
price in the order in which they came.  The key of a level ends so that the best price comes first on
either side, so whoever looks for a match reads levels from the best on until the price is no longer
good enough, whatever else is on the market.

>>> level_key("supply", 9_00) < level_key("supply", 10_00)
True
>>> level_key("demand", 10_00) < level_key("demand", 9_00)
True
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from attrs import frozen

from bankcore.amounts import MAX_QUANTITY
from bankcore.ledger.ports import Books
from bankcore.ledger.transactions import Record
from bankcore.products.platform import registry
from bankcore.products.platform.draft import Draft
from bankcore.products.platform.refusals import NotMatched
from bankcore.products.records import every

__all__ = ["DEMAND", "OPEN", "SUPPLY", "Match", "enter", "leave", "level_key", "matchable", "matches_of"]

SUPPLY: Final = "supply"
DEMAND: Final = "demand"
OPEN: Final = "open"

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
    for level in every(books, registry.LEVEL, ":".join((programme, other, data["goods"], data["region"]))):
        if level.id.rpartition(":")[2] > last:
            return
        for _, id in level.data["offers"]:
            found = books.record(registry.OFFER, f"{programme}:{id}")
            assert found is not None  # it is on the level
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


def enter(draft: Draft, id: str, offer: dict[str, Any]) -> int:
    """Put an offer on its level, behind those that came before; returns its place there."""
    key = _level_of(draft, offer)
    level = draft.data(registry.LEVEL, *key) or {"places": 0, "offers": []}
    place = offer.get("place") or level["places"] + 1
    offers = sorted([*(list(it) for it in level["offers"]), [place, id]])
    draft.write(registry.LEVEL, *key, places=max(level["places"], place), offers=offers)
    return int(place)


def leave(draft: Draft, id: str, offer: dict[str, Any]) -> None:
    """Take an offer off its level."""
    key = _level_of(draft, offer)
    offers = [list(it) for it in draft.data(registry.LEVEL, *key)["offers"] if it[1] != id]
    draft.write(registry.LEVEL, *key, offers=offers)


def _level_of(draft: Draft, offer: dict[str, Any]) -> tuple[str, ...]:
    key = level_key(offer["side"], offer["price"])
    return draft.programme, offer["side"], offer["goods"], offer["region"], key
