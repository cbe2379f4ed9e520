"""Partner products (合作产品), such as an insurance, bought with points.

What the points are worth waits until the buyer has got the product; then the partner is paid, and where he
does not get it, the buyer is, in money, as if the points had been redeemed.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| buy | live | redeemed | points |
| | fund of each provider | waiting for the partner | what its points are worth |
| deliver | waiting for the partner | demand account of the partner | the same |
| refund | waiting for the partner | demand account of the buyer | the same |

>>> WAITING("card", "b1")
'points:card:purchase:b1:waiting'
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from enum import Enum
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import chart, fields
from bankcore.product.actor import Role
from bankcore.product.facts import Facts
from bankcore.product.parties import Contract, account_of, acting_for, active_party, identified_party
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import NotFound, TermsMoved
from bankcore.products.points.cards import OWN_CARDS, usable_card
from bankcore.products.points.programmes import PROGRAMMES, PointsTerms, PointsVoucher
from bankcore.products.points.redemptions import spend
from bankcore.tables import Table

__all__ = [
    "BuyProduct", "ConfirmPurchase", "OfferProduct", "PurchaseOpen", "PurchaseSettled", "RefundPurchase",
    "WithdrawProduct",
]  # fmt: skip

noun = Noun(__name__)
WAITING = chart.liability("points:{programme}:purchase:{purchase}:waiting")


# --- facts and refusals -----------------------------------------------------------------------------


@frozen(kw_only=True)
class Offer(Facts):
    """A product of a partner, and what it costs; `open` purchases of it wait for their delivery."""

    KIND: ClassVar = "points.offer"  # programme:partner:product
    points: int
    text: str
    offered_on: date
    withdrawn_on: date | None = None
    open: int = 0


class State(Enum):
    """How a purchase stands."""

    BOUGHT = "bought"
    DELIVERED = "delivered"
    REFUNDED = "refunded"


@frozen(kw_only=True)
class Purchase(Facts):
    """A product that was bought with points, worth so many minor units; its id is the voucher."""

    KIND: ClassVar = "points.purchase"  # programme:purchase
    card: str
    partner: str
    product: str
    points: int
    worth: int
    bought_on: date
    state: State = State.BOUGHT
    settled_on: date | None = None


class PurchaseSettled(ProductRejection):
    sentence = "purchase {purchase} is {state} already"
    purchase: str
    state: str


class PurchaseOpen(ProductRejection):
    """A partner stays until what was bought of it is delivered or refunded."""

    sentence = "{open} purchases of product {product} wait for their delivery"
    product: str
    open: int


# --- commands ---------------------------------------------------------------------------------------


@frozen
class OfferProduct:
    """Offer a product of a partner for points, or at another price (上架合作产品)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    programme: str = fields.id_("the points programme")
    partner: str = fields.id_("the party that delivers it")
    product: str = fields.id_("the product")
    points: int = fields.count("what it costs in points")
    text: str = fields.text("what it is")


@frozen
class WithdrawProduct:
    """Offer a product no more (下架合作产品)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    programme: str = fields.id_("the points programme")
    partner: str = fields.id_("the party that delivers it")
    product: str = fields.id_("the product")


@frozen
class BuyProduct:
    """Buy a product of a partner with points (积分购买合作产品)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "card"}
    programme: str = fields.id_("the points programme")
    card: str = fields.id_("the consumer's card")
    purchase: str = fields.id_("id of the purchase, its voucher")
    partner: str = fields.id_("the party that delivers it")
    product: str = fields.id_("the product")
    points: int = fields.count("the price that the buyer saw")


@frozen
class ConfirmPurchase:
    """Say that a product was delivered; its partner is paid (确认交付)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "card"}
    programme: str = fields.id_("the points programme")
    card: str = fields.id_("the consumer's card")
    purchase: str = fields.id_("id of the purchase, its voucher")


@frozen
class RefundPurchase:
    """Pay for a product that is not delivered what the points were worth (合作产品退款)."""

    may: ClassVar[Mapping[Role, str]] = {Role.MERCHANT: "partner", Role.OFFICER: ""}
    programme: str = fields.id_("the points programme")
    partner: str = fields.id_("the party that was to deliver it")
    purchase: str = fields.id_("id of the purchase, its voucher")


# --- rules ------------------------------------------------------------------------------------------


def _contract(command: OfferProduct | WithdrawProduct) -> tuple[str, str, str]:
    """By what an offer binds its partner: no card's contract and no provider's is of this form."""
    return command.programme, command.product, "offer"


@noun.rule(OfferProduct)
def offer_product(terms: PointsTerms, command: OfferProduct, books: Books) -> Plan:
    """Keep the offer; from now on it binds its partner.

    Refuses, in this order: NotFound, PartyErased, PartySuspended, NotIdentified, NoCurrentAccount,
    NotWholeFen.
    """
    ids = (command.programme, command.partner, command.product)
    account_of(books, identified_party(books, command.partner).id)
    terms.whole_worth(command.points)
    known = Offer.find(books, *ids)
    voucher = PointsVoucher(books, terms, command.programme)
    what = {"points": command.points, "text": command.text, "offered_on": books.today}
    voucher.keep(Offer.anew(books, *ids, **what, open=known.open if known else 0))
    if known is None or known.withdrawn_on:
        voucher.put(Contract.opened(books, command.partner, "points", *_contract(command)))
    return voucher.plan("offer-product", f"product {command.product} for {command.points} points")


@noun.rule(WithdrawProduct)
def withdraw_product(terms: PointsTerms, command: WithdrawProduct, books: Books) -> Plan:
    """End the offer, and what binds the partner.  Refuses: NotFound, PurchaseOpen."""
    offer = _offered(books, command.programme, command.partner, command.product)
    if offer.open:
        raise PurchaseOpen(command.product, offer.open)
    voucher = PointsVoucher(books, terms, command.programme)
    voucher.keep(evolve(offer, withdrawn_on=books.today))
    voucher.put(Contract.ended(books, command.partner, "points", *_contract(command)))
    return voucher.plan("withdraw-product", f"product {command.product} is offered no more")


@noun.rule(BuyProduct)
def buy_product(terms: PointsTerms, command: BuyProduct, books: Books) -> Plan:
    """The earliest points to redeemed, and their worth from the funds to what waits for the partner.

    Refuses, in this order: PartySuspended, NotFound, CardClosed or CardLost, AlreadyTaken, TermsMoved,
    PointsExpired, PointsShort.
    """
    programme, card, id = command.programme, command.card, command.purchase
    acting_for(books, active_party(books, card).id)
    usable_card(books, programme, card)
    Purchase.fresh(books, programme, id)
    offer = _offered(books, programme, command.partner, command.product)
    active_party(books, command.partner)
    if command.points != offer.points:
        raise TermsMoved(f"product {command.product}", f"{offer.points} points", f"{command.points} points")
    voucher = PointsVoucher(books, terms, programme)
    voucher.open(WAITING.account(programme, id, unit=terms.unit, on=books.today, party=card))
    worth = spend(voucher, card, offer.points, WAITING(programme, id))
    bought = Purchase(
        id=f"{programme}:{id}",
        card=card,
        partner=command.partner,
        product=command.product,
        points=offer.points,
        worth=worth,
        bought_on=books.today,
    )
    voucher.keep(bought, evolve(offer, open=offer.open + 1))
    voucher.notify(command.partner, "product-bought", f"points-{programme}-{id}", product=command.product)
    return voucher.plan("buy-product", f"{command.product} for {offer.points} points of card {card}")


@noun.rule(ConfirmPurchase)
def confirm_purchase(terms: PointsTerms, command: ConfirmPurchase, books: Books) -> Plan:
    """What waits to the partner.

    Refuses, in this order: PartySuspended for who acts for the holder, NotFound also for the purchase of
    another card, PurchaseSettled, NoCurrentAccount.
    """
    acting_for(books, command.card)
    purchase = _waiting(books, command.programme, command.purchase)
    if purchase.card != command.card:
        raise NotFound("purchase", command.purchase)
    return _settled(terms, books, purchase, State.DELIVERED, purchase.partner)


@noun.rule(RefundPurchase)
def refund_purchase(terms: PointsTerms, command: RefundPurchase, books: Books) -> Plan:
    """What waits to the buyer's demand account.

    Refuses, in this order: PartySuspended for who acts for the partner, NotFound also for the purchase of
    another partner's product, PurchaseSettled, NoCurrentAccount.
    """
    acting_for(books, command.partner)
    purchase = _waiting(books, command.programme, command.purchase)
    if purchase.partner != command.partner:
        raise NotFound("purchase", command.purchase)
    return _settled(terms, books, purchase, State.REFUNDED, purchase.card)


def _offered(books: Books, *ids: str) -> Offer:
    offer = Offer.existing(books, *ids)
    if offer.withdrawn_on:
        raise NotFound("offer", ids[-1])
    return offer


def _waiting(books: Books, programme: str, id: str) -> Purchase:
    purchase = Purchase.existing(books, programme, id)
    if purchase.state is not State.BOUGHT:
        raise PurchaseSettled(id, purchase.state.value)
    return purchase


def _settled(terms: PointsTerms, books: Books, purchase: Purchase, state: State, to: str) -> Plan:
    programme, id = purchase.ids
    offer = Offer.existing(books, programme, purchase.partner, purchase.product)
    voucher = PointsVoucher(books, terms, programme)
    voucher.move(WAITING(programme, id), account_of(books, to), purchase.worth)
    voucher.keep(evolve(purchase, state=state, settled_on=books.today), evolve(offer, open=offer.open - 1))
    other = purchase.card if to == purchase.partner else purchase.partner
    for party in (to, other):
        voucher.notify(party, f"product-{state.value}", f"points-{programme}-{id}", product=purchase.product)
    return voucher.plan(f"product-{state.value}", f"purchase {id} is {state.value}")


# --- invariants and reports -------------------------------------------------------------------------


@noun.invariant("C12")
def what_waits_is_not_settled(books: Books) -> Iterator[str]:
    """The worth of a purchase waits until it is settled, and an offer counts those that do."""
    for purchase in Purchase.every(books):
        waits = purchase.worth if purchase.state is State.BOUGHT else 0
        if books.balance(WAITING(*purchase.ids)) != waits:
            yield f"purchase {purchase.id}: {purchase.state.value}, {books.balance(WAITING(*purchase.ids))}"


@noun.report("offers")
def list_offers(books: Books) -> Table:
    """What is offered for points."""
    rows = (
        (*it.ids, it.points, it.text, it.offered_on, it.open)
        for it in Offer.every(books)
        if not it.withdrawn_on
    )
    columns = ("programme", "partner", "product", "points", "what", "since", "open purchases")
    return Table("Products for points", columns, tuple(rows))


@noun.report("purchases", {**OWN_CARDS, Role.MERCHANT: "partner"})
def list_purchases(books: Books) -> Table:
    """What was bought with points: of whom, for how much, and how it stands."""
    rows = []
    for programme, terms in PROGRAMMES.offered(books):
        for it in Purchase.every(books, programme):
            worth = Amount(it.worth, terms.unit)
            parties = (it.card, it.partner, it.product)
            rows.append((*it.ids, *parties, it.points, worth, it.bought_on, it.state.value, it.settled_on))
    columns = (
        "programme",
        "purchase",
        "card",
        "partner",
        "product",
        "points",
        "worth",
        "bought",
        "state",
        "on",
    )
    return Table("Purchases with points", columns, tuple(rows))
