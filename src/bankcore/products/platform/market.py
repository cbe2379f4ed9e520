"""The market of a platform: supply and demand in the order in which they match.  Nothing is posted.

Open offers queue at levels: a level is one side, goods, region and price, and each offer has a place of
its own in the queue there.  The key of a level ends so that the best price comes first on either side,
so whoever looks for a match reads levels from the best on until the price is no longer good enough, and
in each the queue from its first open offer on, whatever else is or was on the market.

>>> level_key(Side.SUPPLY, 9_00) < level_key(Side.SUPPLY, 10_00)
True
>>> level_key(Side.DEMAND, 10_00) < level_key(Side.DEMAND, 9_00)
True
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from enum import Enum
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.amounts import MAX_QUANTITY, Amount
from bankcore.ledger.books import Books
from bankcore.product.facts import Facts, kept
from bankcore.product.product import Noun
from bankcore.product.voucher import Voucher
from bankcore.products.enterprise.enterprises import is_member
from bankcore.products.enterprise.programmes import PROGRAMMES
from bankcore.tables import Table

__all__ = ["Side"]

noun = Noun(__name__)


class Side(Enum):
    """Which side of the market an offer is on."""

    SUPPLY = "supply"
    DEMAND = "demand"

    @property
    def other(self) -> Side:
        """The side that it is matched with."""
        return Side.DEMAND if self is Side.SUPPLY else Side.SUPPLY


class OfferState(Enum):
    """Where an offer stands."""

    OPEN = "open"
    FILLED = "filled"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


@frozen(kw_only=True)
class Offer(Facts):
    """Supply or demand as it was published: the price in minor units, `until` its last day, if any."""

    KIND: ClassVar = "platform.offer"  # programme:offer
    side: Side
    enterprise: str
    goods: str
    region: str
    price: int
    quantity: int
    left: int
    minimum: int
    freight: bool
    published_on: date
    until: date | None = kept(None, empty="")
    days: int | None = kept(None, absent=True)  # to deliver in; those of the terms if none
    state: OfferState = OfferState.OPEN
    place: int = 0  # in the queue of its level

    @property
    def is_open(self) -> bool:
        """Whether it is on the market."""
        return self.state is OfferState.OPEN

    @property
    def level(self) -> tuple[str, ...]:
        """The ids of its level."""
        return self.ids[0], self.side.value, self.goods, self.region, level_key(self.side, self.price)

    def has_run_out(self, today: date) -> bool:
        """Whether its last day is over."""
        return self.until is not None and self.until < today


@frozen(kw_only=True)
class Level(Facts):
    """The queue of offers at a price: how many are open, the first open place and the last place taken."""

    KIND: ClassVar = "platform.level"  # programme:side:goods:region:price
    open: int = 0
    first: int = 1
    last: int = 0


@frozen(kw_only=True)
class Place(Facts):
    """Which offer stands at a place of a level."""

    KIND: ClassVar = "platform.place"  # programme:side:goods:region:price:place
    offer: str


def level_key(side: Side, price: int) -> str:
    """The end of a level's id: ascending from the best price."""
    return f"{price if side is Side.SUPPLY else MAX_QUANTITY - price:019}"


def queue(books: Books, level: Level) -> Iterator[Offer]:
    """The open offers at a level, the earliest first."""
    if level.open:
        for number in range(level.first, level.last + 1):
            place = Place.existing(books, *level.ids, f"{number:09}")
            offer = Offer.existing(books, level.ids[0], place.offer)
            if offer.is_open:
                yield offer


def enter(voucher: Voucher, offer: Offer) -> Offer:
    """Put an offer into the queue at its price, or back to the place that it had."""
    level = voucher.find(Level, *offer.level) or Level(id=":".join(offer.level))
    place = offer.place or level.last + 1
    first = min(level.first, place) if level.open else place
    voucher.keep(evolve(level, open=level.open + 1, first=first, last=max(level.last, place)))
    if place > level.last:
        voucher.keep(Place(id=f"{level.id}:{place:09}", offer=offer.ids[1]))
    return evolve(offer, place=place)


def leave(voucher: Voucher, offer: Offer) -> None:
    """Take an offer out of its queue, which then begins with the next open one."""
    level = voucher.existing(Level, *offer.level)
    first = level.first
    if offer.place == first:
        first = _next(voucher, level) if level.open > 1 else level.last + 1
    voucher.keep(evolve(level, open=level.open - 1, first=first))


def _next(voucher: Voucher, level: Level) -> int:
    """The first place with an open offer after the one that is first now; each is passed once."""
    places = range(level.first + 1, level.last + 1)
    offers = ((it, voucher.existing(Place, *level.ids, f"{it:09}").offer) for it in places)
    return next(it for it, id in offers if voucher.existing(Offer, level.ids[0], id).is_open)


# --- invariants and reports -------------------------------------------------------------------------


@noun.invariant("D-market")
def market_shows_what_is_open(books: Books) -> Iterator[str]:
    """Each open offer stands once in the queue at its price, in the order of places; nothing else does."""
    wanted: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for offer in Offer.every(books):
        if not 0 <= offer.left <= offer.quantity:
            yield f"offer {offer.id} has {offer.left} of {offer.quantity} left"
        if offer.is_open:
            wanted[":".join(offer.level)].append((offer.place, offer.ids[1]))
    for level in Level.every(books):
        shown = [(offer.place, offer.ids[1]) for offer in queue(books, level)]
        open_ = sorted(wanted.pop(level.id, []))
        if shown != open_ or level.open != len(open_):
            yield f"level {level.id} shows {shown}, {open_} are open, {level.open} counted"
    yield from (f"no level {level} for {offers}" for level, offers in sorted(wanted.items()))


@noun.report("market")
def market(books: Books) -> Table:
    """Open supply and demand, the best price first, for the bank and for who takes part."""
    rows = []
    for programme in PROGRAMMES.ids(books):
        if not is_member(books, programme):
            continue
        unit = PROGRAMMES.today(books, programme).unit
        for level in Level.every(books, programme):
            for it in queue(books, level):
                what = (it.side.value, it.goods, it.region, it.ids[1], it.enterprise)
                rows.append(
                    (programme, *what, it.left, it.minimum, Amount(it.price, unit), it.until, it.days)
                )
    columns = (
        "programme", "side", "goods", "region", "offer", "enterprise", "left", "minimum", "price", "until",
        "days",
    )  # fmt: skip
    return Table("Market", columns, tuple(rows))
