"""Supply and demand as they are published, taken back, traded and run out.  Nothing is posted.

>>> str(OfferClosed("o1", "filled"))
'offer o1 is filled'
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import ClassVar, Final

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import BadCommand, BadDate, ProductRejection
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product import fields, records
from bankcore.product.actor import Role
from bankcore.product.agenda import Agenda
from bankcore.product.parties import acting_for
from bankcore.product.plan import Plan, Step
from bankcore.product.product import Noun, Phase
from bankcore.product.voucher import Voucher
from bankcore.products.enterprise.activity import note_visit
from bankcore.products.enterprise.enterprises import acting_enterprise
from bankcore.products.enterprise.programmes import PROGRAMMES, EnterpriseTerms
from bankcore.products.platform.market import Offer, OfferState, Side, enter, leave
from bankcore.products.platform.matching import tell_matches

__all__ = ["NotParty", "OfferClosed", "PublishDemand", "PublishSupply", "WithdrawOffer"]

noun = Noun(__name__)

DUE = Agenda("platform.offer-due", "offer")  # programme:date:offer, the last day of an offer
_PAGE: Final = 500  # offers served by one step
_MODES: Final = {Side.SUPPLY: "SALES", Side.DEMAND: "PROC"}  # the deposit mode that a post speaks for
_FREIGHT: Final = "LOG"


class NotParty(ProductRejection):
    sentence = "{party} is no party to {kind} {id}"
    party: str
    kind: str
    id: str


class OfferClosed(ProductRejection):
    sentence = "offer {offer} is {state}"
    offer: str
    state: str


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class _Publish:
    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "enterprise"}
    programme: str = fields.id_("the platform")
    enterprise: str = fields.id_("the enterprise that publishes it")
    offer: str = fields.id_("its id")
    goods: str = fields.id_("what is traded")
    region: str = fields.id_("where it is delivered")
    price: Amount = fields.amount("price of one, the least or the most that is agreed to")
    quantity: int = fields.count("how many")
    minimum: int = fields.whole("fewest in one trade")
    freight: bool = fields.flag("whether it is carriage of goods")
    until: date | None = fields.day("its last day; open if not given", None)
    days: int = fields.whole("days to deliver in that are agreed to; by the terms if not given")

    def __attrs_post_init__(self) -> None:
        if self.minimum > self.quantity:
            raise BadCommand("minimum", f"{self.minimum} is more than the quantity of {self.quantity}")


@frozen
class PublishSupply(_Publish):
    """Offer goods for sale (发布供应)."""


@frozen
class PublishDemand(_Publish):
    """Ask for goods (发布需求)."""


@frozen
class WithdrawOffer:
    """Take back what is left of a supply or demand (撤回发布)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "enterprise"}
    programme: str = fields.id_("the platform")
    enterprise: str = fields.id_("the enterprise that published it")
    offer: str = fields.id_("id of the offer")


def publish(terms: EnterpriseTerms, command: _Publish, books: Books) -> Plan:
    """Put an offer on the market.

    Refuses, in this order: UnitMismatch, NotFound, NotApproved, PartySuspended, AlreadyTaken, BadCommand
    for a past day.
    """
    price = terms.minor_units(command.price)
    acting_enterprise(books, command.programme, command.enterprise)
    id = Offer.fresh(books, command.programme, command.offer)
    if command.until is not None and command.until < books.today:
        raise BadCommand("until", f"{command.until} is before the business date {books.today}")
    side = Side.SUPPLY if isinstance(command, PublishSupply) else Side.DEMAND
    offer = Offer(
        id=id,
        side=side,
        enterprise=command.enterprise,
        goods=command.goods,
        region=command.region,
        price=price,
        quantity=command.quantity,
        left=command.quantity,
        minimum=max(command.minimum, 1),
        freight=command.freight,
        published_on=books.today,
        until=command.until,
        days=command.days or None,
    )
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    voucher.keep(enter(voucher, offer))
    if command.until:
        voucher.put(DUE.note(books, command.programme, command.offer, command.until))
    note_visit(voucher, command.enterprise, _FREIGHT if command.freight else _MODES[side])
    tell_matches(voucher, offer)
    return voucher.plan("publish", f"{side.value} {command.offer} of {command.quantity} {command.goods}")


noun.rule(PublishSupply)(publish)
noun.rule(PublishDemand)(publish)


@noun.rule(WithdrawOffer)
def withdraw_offer(terms: EnterpriseTerms, command: WithdrawOffer, books: Books) -> Plan:
    """Take an offer off the market; trades made of it stay.

    Refuses, in this order: NotFound, NotParty, OfferClosed.
    """
    acting_for(books, command.enterprise)
    offer = Offer.existing(books, command.programme, command.offer)
    if offer.enterprise != command.enterprise:
        raise NotParty(command.enterprise, "offer", command.offer)
    if not offer.is_open:
        raise OfferClosed(command.offer, offer.state.value)
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    _end(voucher, offer, OfferState.WITHDRAWN)
    return voucher.plan("withdraw", f"offer {command.offer} is withdrawn")


# --- what trades take and give back -----------------------------------------------------------------


def take(voucher: Voucher, offer: Offer, quantity: int) -> None:
    """What a trade takes off the market."""
    taken = evolve(offer, left=offer.left - quantity)
    voucher.keep(taken)
    if not taken.left:
        _end(voucher, taken, OfferState.FILLED)


def give_back(voucher: Voucher, id: str, quantity: int) -> None:
    """Return to the market what a trade that comes to nothing had taken, at its old place."""
    offer = voucher.existing(Offer, voucher.agreement, id)
    state = offer.state
    if state is OfferState.FILLED:
        state = OfferState.EXPIRED if offer.has_run_out(voucher.books.today) else OfferState.OPEN
        if state is OfferState.OPEN:
            enter(voucher, offer)
    back = evolve(offer, left=offer.left + quantity, state=state)
    voucher.keep(back)
    if back.is_open:
        tell_matches(voucher, back)


def _end(voucher: Voucher, offer: Offer, state: OfferState) -> None:
    leave(voucher, offer)
    voucher.keep(evolve(offer, state=state))


# --- the close of a day -----------------------------------------------------------------------------


@noun.daily(Phase.DUE)
def run_out(books: Books, day: date) -> Iterator[Step]:
    """Take the offers whose last day it is off the market; raises BadDate for the last day there is."""
    programmes = list(PROGRAMMES.ids(books))
    if day == date.max and programmes:
        raise BadDate(day, "no day follows to which what waits could be put off")
    return (
        Step(f"{programme}/offers/{_offer_of(page[0])}", partial(_run_out, programme, page))
        for programme in programmes
        for page in records.pages(books, DUE.kind, f"{programme}:{day}", size=_PAGE)
    )


def _run_out(programme: str, page: Sequence[Record], books: Books) -> Plan:
    voucher = PROGRAMMES.voucher(books, PROGRAMMES.today(books, programme), programme)
    for due in page:
        offer = voucher.existing(Offer, programme, _offer_of(due))
        if offer.is_open:
            _end(voucher, offer, OfferState.EXPIRED)
    return voucher.plan("run-out", f"offers of {programme} run out")


def _offer_of(due: Record) -> str:
    return due.id.rpartition(":")[2]
