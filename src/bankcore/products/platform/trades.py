"""Trades: a match that one side accepts, at the price of the other.  Nothing is posted until it is funded.

A trade goes MATCHED, FUNDED and ends SETTLED, or CANCELLED where nothing of it was paid.

>>> str(NotSettled("t1", "funded"))
'trade t1 is funded, only settled trades are rated'
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from enum import Enum
from fractions import Fraction
from typing import Any, ClassVar, Final

import attrs
from attrs import field, frozen

from bankcore.amounts import Amount, check_quantity
from bankcore.errors import ActorNotPermitted, BadCommand, ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.product.agenda import Agenda
from bankcore.product.facts import Facts, kept
from bankcore.product.parties import Contract, acting_for, may_see, represents
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import TermsMoved
from bankcore.product.voucher import Voucher
from bankcore.products.enterprise.enterprises import acting_enterprise
from bankcore.products.enterprise.programmes import PROGRAMMES, EnterpriseTerms
from bankcore.products.enterprise.ratings import Rating, rate
from bankcore.products.platform.market import Offer
from bankcore.products.platform.matching import matchable
from bankcore.products.platform.offers import NotParty, take
from bankcore.rates import Rate
from bankcore.tables import Table

__all__ = [
    "AcceptMatch", "AlreadyRated", "Disputed", "NotSettled", "RateTrade", "TradeNotFunded", "TradeState",
]  # fmt: skip

noun = Noun(__name__)

DEADLINES = Agenda("platform.deadline", "trade")  # programme:date:trade, the last day of delivery
_STARS: Final = 5


class TradeState(Enum):
    """Where a trade stands."""

    MATCHED = "matched"
    FUNDED = "funded"
    SETTLED = "settled"
    CANCELLED = "cancelled"


class TradeNotFunded(ProductRejection):
    sentence = "trade {trade} is {state}, nothing is in escrow"
    trade: str
    state: str


class Disputed(ProductRejection):
    sentence = "trade {trade} is disputed, its escrow is frozen"
    trade: str


class NotSettled(ProductRejection):
    sentence = "trade {trade} is {state}, only settled trades are rated"
    trade: str
    state: str


class AlreadyRated(ProductRejection):
    sentence = "{party} has rated trade {trade}"
    party: str
    trade: str


@frozen(kw_only=True)
class Trade(Facts):
    """A trade; money is minor units.

    `share` is the part that was delivered and accepted, `released` what left escrow for it with the `fee`
    in it, of which `paid_fee` was paid after discounts, `returned` what went back to the buyer.
    `from_mode` of the escrow came out of the deposit mode `mode`.
    """

    KIND: ClassVar = "platform.trade"  # programme:trade
    state: TradeState = TradeState.MATCHED
    buyer: str
    seller: str
    demand: str
    supply: str
    quantity: int
    price: int
    total: int
    freight: bool
    fee_rate: Rate  # as the terms had it on the day of the match
    matched_on: date
    deliver_by: date  # the last day on which one side alone cannot cancel
    funded_on: date | None = kept(None, empty="")
    from_mode: int = 0
    mode: str = ""
    share: Fraction = Fraction(0)
    released: int = 0
    fee: int = 0
    paid_fee: int = 0
    returned: int = 0
    agreed: tuple[str, ...] = ()  # who agreed to cancel
    disputed_by: str = ""  # who froze the escrow
    disputed_on: date | None = kept(None, absent=True)
    reason: str | None = kept(None, absent=True)
    ended_on: date | None = kept(None, empty="")

    @property
    def name(self) -> str:
        """Its id within the platform."""
        return self.ids[1]

    @property
    def held(self) -> int:
        """What is in escrow."""
        return self.total - self.released - self.returned if self.state is TradeState.FUNDED else 0

    def other(self, party: str) -> str:
        """The other party; raises NotParty."""
        if party not in (self.buyer, self.seller):
            raise NotParty(party, "trade", self.name)
        return self.seller if party == self.buyer else self.buyer

    def is_seen(self, books: Books) -> bool:
        """Whether whoever asks for a report may see it: the bank, buyer and seller."""
        return may_see(books, self.buyer) or may_see(books, self.seller)

    def check_buyer(self, party: str) -> None:
        """Raises NotParty."""
        if party != self.buyer:
            raise NotParty(party, "purchase", self.name)

    def check_funded(self) -> None:
        """Raises TradeNotFunded."""
        if self.state is not TradeState.FUNDED:
            raise TradeNotFunded(self.name, self.state.value)

    def check_free(self) -> None:
        """Raises Disputed."""
        if self.disputed_by:
            raise Disputed(self.name)


def tell(voucher: Voucher, trade: Trade, party: str, event: str, **data: str) -> None:
    """A notice to a party of a trade about what happened to it."""
    voucher.notify(party, "trade", ".".join(trade.ids), event=event, **data)


# --- commands and their rules -----------------------------------------------------------------------


def _check_stars(_: Any, it: attrs.Attribute[Any], value: Any) -> None:
    if type(value) is not int or not 1 <= value <= _STARS:
        raise BadCommand(it.name, f"a whole number from 1 to {_STARS} is needed")


def _stars() -> Any:
    words = tuple(map(str, range(1, _STARS + 1)))
    return field(validator=_check_stars, metadata={"help": "one star to five", "choices": words})


@frozen
class AcceptMatch:
    """Accept a match of supply and demand at the other side's price: a trade (接受撮合)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "party"}
    programme: str = fields.id_("the platform")
    trade: str = fields.id_("id of the new trade")
    demand: str = fields.id_("the demand")
    supply: str = fields.id_("the supply")
    party: str = fields.id_("the enterprise that asks, buyer or seller")
    price: Amount = fields.amount("the price of one that was seen at the other side's offer")
    quantity: int = fields.whole("how many; as many as both have left if not given")
    deliver_by: date | None = fields.day("last day of delivery that was seen; not asked if not given", None)


@frozen
class RateTrade:
    """Rate the other party of a settled trade, once (互评)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "party"}
    programme: str = fields.id_("the platform")
    trade: str = fields.id_("the trade")
    party: str = fields.id_("the enterprise that asks, buyer or seller")
    stars: int = _stars()


@noun.rule(AcceptMatch)
def accept_match(terms: EnterpriseTerms, command: AcceptMatch, books: Books) -> Plan:
    """A trade at the price, and in the days, of the side that did not accept; it leaves the market.

    Refuses, in this order: AlreadyTaken, NotFound, NotParty, NotApproved, PartySuspended, NotMatched,
    UnitMismatch, TermsMoved for another price or day than was seen, AmountOverflow for a total that no
    account could hold.
    """
    id = Trade.fresh(books, command.programme, command.trade)
    demand, supply = (Offer.existing(books, command.programme, it) for it in (command.demand, command.supply))
    if command.party not in (demand.enterprise, supply.enterprise):
        raise NotParty(command.party, "trade", command.trade)
    acting_enterprise(books, command.programme, command.party)
    quantity = matchable(books, command.trade, demand, supply, command.quantity)
    accepted = demand if command.party == supply.enterprise else supply
    price, days = accepted.price, accepted.days or terms.delivery_days
    deliver_by = books.today + timedelta(days=min(days, (date.max - books.today).days))
    seen = f"offer {accepted.ids[1]}"
    if terms.minor_units(command.price) != price:
        raise TermsMoved(seen, str(Amount(price, terms.unit)), str(command.price))
    if command.deliver_by not in (None, deliver_by):
        raise TermsMoved(seen, str(deliver_by), str(command.deliver_by))
    trade = Trade(
        id=id,
        buyer=demand.enterprise,
        seller=supply.enterprise,
        demand=command.demand,
        supply=command.supply,
        quantity=quantity,
        price=price,
        total=check_quantity(price * quantity),
        freight=supply.freight,
        fee_rate=terms.fee,
        matched_on=books.today,
        deliver_by=deliver_by,
    )
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    for offer in (demand, supply):
        take(voucher, offer, quantity)
    voucher.keep(trade)
    voucher.put(DEADLINES.note(books, command.programme, command.trade, deliver_by))
    for party in (trade.buyer, trade.seller):
        voucher.put(Contract.opened(books, party, "platform", *trade.ids))
        tell(voucher, trade, party, "matched", total=str(Amount(trade.total, terms.unit)))
    return voucher.plan("match", f"trade {command.trade} of {quantity} at {price}")


@noun.rule(RateTrade)
def rate_trade(terms: EnterpriseTerms, command: RateTrade, books: Books) -> Plan:
    """Note the stars for the other party.

    Refuses, in this order: NotFound, NotParty, ActorNotPermitted where one acts for both, NotSettled,
    AlreadyRated.
    """
    actor = acting_for(books, command.party)
    trade = Trade.existing(books, command.programme, command.trade)
    rated = trade.other(command.party)
    if represents(books, actor.id, rated):
        raise ActorNotPermitted(str(actor), "rate-trade")
    if trade.state is not TradeState.SETTLED:
        raise NotSettled(trade.name, trade.state.value)
    if Rating.find(books, command.programme, rated, trade.name) is not None:
        raise AlreadyRated(command.party, trade.name)
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    rate(voucher, rated, trade.name, command.party, command.stars)
    return voucher.plan("rate", f"{command.party} rates trade {trade.name}")


# --- reports --------------------------------------------------------------------------------------


@noun.report("trades")
def trades(books: Books) -> Table:
    """The trades that whoever asks may see: parties, state, and where the money is or went."""
    rows = []
    for programme in PROGRAMMES.ids(books):
        unit = PROGRAMMES.today(books, programme).unit
        for it in filter(lambda it: it.is_seen(books), Trade.every(books, programme)):
            state = "disputed" if it.disputed_by else it.state.value
            sums = (it.total, it.held, it.released - it.paid_fee, it.paid_fee, it.returned)
            rows.append((*it.ids, it.buyer, it.seller, state, *(Amount(sum_, unit) for sum_ in sums)))
    columns = ("programme", "trade", "buyer", "seller", "state", "total", "escrow", "paid", "fee", "returned")
    return Table("Trades", columns, tuple(rows))
