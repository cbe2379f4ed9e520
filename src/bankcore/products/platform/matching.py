"""Matching supply and demand (供需撮合): the best price first, then the earliest.  Nothing is posted.

>>> str(NotMatched("t1", "goods or region differ"))
't1 is no match of supply and demand: goods or region differ'
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.errors import ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import records
from bankcore.product.parties import Party, may_see
from bankcore.product.product import Noun
from bankcore.product.voucher import Voucher
from bankcore.products.enterprise.enterprises import is_active
from bankcore.products.enterprise.programmes import PROGRAMMES
from bankcore.products.platform.market import Level, Offer, Side, level_key, queue
from bankcore.tables import Table

__all__ = ["NotMatched", "matches"]

noun = Noun(__name__)

_PAGE: Final = 20  # levels read at a time: few are looked at
_TOLD: Final = 5  # best matches whose other side is told of a new offer


class NotMatched(ProductRejection):
    sentence = "{trade} is no match of supply and demand: {reason}"
    trade: str
    reason: str


@frozen
class Match:
    """An offer of the other side, and the most that can be traded."""

    offer: Offer
    quantity: int


def matches_of(books: Books, offer: Offer) -> Iterator[Match]:
    """The offers of the other side that an open offer can be traded with, the best first."""
    other = offer.side.other
    last = level_key(other, offer.price)
    market = ":".join((offer.ids[0], other.value, offer.goods, offer.region))
    for page in records.pages(books, Level.KIND, market, size=_PAGE):
        for level in map(Level.of, page):
            if level.ids[-1] > last:
                return
            for found in queue(books, level):
                pair = (found, offer) if other is Side.DEMAND else (offer, found)
                if not _obstacle(books, *pair):
                    yield Match(found, min(offer.left, found.left))


def matchable(books: Books, trade: str, demand: Offer, supply: Offer, quantity: int) -> int:
    """How many are traded: so many, or as many as can be; raises NotMatched."""
    reason = _obstacle(books, demand, supply)
    most = min(demand.left, supply.left)
    least = max(demand.minimum, supply.minimum)
    if not reason and quantity and not least <= quantity <= most:
        reason = f"between {least} and {most} can be traded, not {quantity}"
    if reason:
        raise NotMatched(trade, reason)
    return quantity or most


def _obstacle(books: Books, demand: Offer, supply: Offer) -> str:
    """Why two offers do not match; nothing where they do."""
    if (demand.side, supply.side) != (Side.DEMAND, Side.SUPPLY):
        return "a demand and a supply are needed"
    if demand.enterprise == supply.enterprise:
        return "both are of one enterprise"
    if (demand.goods, demand.region) != (supply.goods, supply.region):
        return "goods or region differ"
    if demand.price < supply.price:
        return "the demand pays less than the supply asks"
    if any(not it.is_open or it.has_run_out(books.today) for it in (demand, supply)):
        return "one of them is no longer open"
    if min(demand.left, supply.left) < max(demand.minimum, supply.minimum):
        return "what is left is less than the fewest in one trade"
    buyer, seller = (Party.find(books, it.enterprise) for it in (demand, supply))
    if buyer and seller and not {*buyer.representatives}.isdisjoint(seller.representatives):
        return "one person acts for both"
    if not all(is_active(books, it.ids[0], it.enterprise) for it in (demand, supply)):
        return "one side takes no part any more"
    return ""


def tell_matches(voucher: Voucher, offer: Offer) -> None:
    """Tell both sides of the best matches of an offer that is published, or comes back to the market."""
    own = offer.ids[1]
    for rank, match in enumerate(islice(matches_of(voucher.books, offer), _TOLD), start=1):
        other = match.offer
        price = str(Amount(other.price, voucher.unit))
        if rank == 1:
            its = {"best": other.ids[1], "quantity": match.quantity, "price": price}
            voucher.notify(offer.enterprise, "match-found", f"{voucher.agreement}.{own}", **its)
        mine = {"best": own, "quantity": match.quantity, "price": str(Amount(offer.price, voucher.unit))}
        voucher.notify(other.enterprise, "match-found", f"{voucher.agreement}.{other.ids[1]}", **mine)


# --- reports --------------------------------------------------------------------------------------


def matches(books: Books, programme: str, offer: str) -> Table:
    """The matches of one open offer, the best first; raises NotFound."""
    unit = PROGRAMMES.today(books, programme).unit
    rows = []
    for rank, match in enumerate(matches_of(books, Offer.existing(books, programme, offer)), start=1):
        it = match.offer
        price = Amount(it.price, unit)
        rows.append((rank, it.ids[1], it.enterprise, price, match.quantity, it.published_on, it.days))
    columns = ("rank", "offer", "enterprise", "price", "quantity", "since", "days")
    return Table(f"Matches of {offer}", columns, tuple(rows))


@noun.report("matches")
def best_matches(books: Books) -> Table:
    """For each open demand that has a match the best of them, as far as whoever asks is a side of it."""
    rows = []
    for programme in PROGRAMMES.ids(books):
        unit = PROGRAMMES.today(books, programme).unit
        for level in Level.every(books, programme, Side.DEMAND.value):
            for demand in queue(books, level):
                for match in islice(matches_of(books, demand), 1):
                    supply = match.offer
                    if not any(may_see(books, it.enterprise) for it in (demand, supply)):
                        continue
                    sides = (demand.ids[1], demand.enterprise, supply.ids[1], supply.enterprise)
                    rows.append((programme, *sides, Amount(supply.price, unit), match.quantity))
    columns = ("programme", "demand", "buyer", "supply", "seller", "price", "quantity")
    return Table("Matches", columns, tuple(rows))
