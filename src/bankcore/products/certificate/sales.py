"""Sales (转让): a share offered for its principal and interest at a retained rate, and bought.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| buy | the buyer's demand account | the seller's demand account, fee income | price less fee, fee |
| | the seller's share | the buyer's share | principal |

The interest and the fees of all sales of one participant are rounded together, so that nobody gains by
selling a share and buying it back.

>>> RateTooHigh("3%", "2.45%").code
'rate_too_high'
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import BadCommand, ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import chart, fields
from bankcore.product.actor import Role
from bankcore.product.parties import account_of, acting_for, active_party
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import TermsMoved
from bankcore.products.certificate.orders import Certificate, Order
from bankcore.products.certificate.programmes import PROGRAMMES, CertificateTerms
from bankcore.products.certificate.shares import (
    SHARE,
    OfParticipant,
    Share,
    ShareState,
    fresh_share,
    shares_of,
    the_share,
)
from bankcore.rates import Accrual, Rate

__all__ = ["BuyShare", "NotOffered", "OfferShare", "RateTooHigh"]

noun = Noun(__name__)


# --- refusals -----------------------------------------------------------------------------------------


class RateTooHigh(ProductRejection):
    sentence = "retained rate {rate} is above the certificate's {most}"
    rate: str
    most: str


class NotOffered(ProductRejection):
    sentence = "{participant} does not offer a share of order {order}"
    order: str
    participant: str


# --- commands and their rules -------------------------------------------------------------------------


@frozen
class OfferShare(OfParticipant):
    """Offer the whole share for its principal and interest at a retained rate (转让挂单)."""

    participant: str = fields.id_("the party that sells")
    rate: Rate = fields.rate("yearly rate that the seller retains")


@frozen
class BuyShare(OfParticipant):
    """Buy a share that is offered (受让份额)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "buyer"}
    participant: str = fields.id_("the party that sells")
    buyer: str = fields.id_("the party that buys")
    at: Rate = fields.rate("the retained rate that was seen")

    def __attrs_post_init__(self) -> None:
        if self.buyer == self.participant:
            raise BadCommand("buyer", "nobody buys from himself")


@noun.rule(OfferShare)
def offer_share(terms: CertificateTerms, command: OfferShare, books: Books) -> Plan:
    """Note the offer, and tell the others of the certificate.

    Refuses, in this order: PartySuspended for who acts for the seller, NotFound, OrderClosed, NotConfirmed,
    ShareFrozen, RateTooHigh.
    """
    acting_for(books, command.participant)
    it, share = _held(books, command)
    if command.rate.fraction > it.rate.fraction:
        raise RateTooHigh(str(command.rate), str(it.rate))
    voucher = PROGRAMMES.voucher(books, terms, it.id)
    voucher.keep(evolve(share, offer=command.rate))
    others = (other.participant for other in shares_of(books, it, ShareState.SHARE) if other != share)
    offered = {"seller": share.participant, "amount": str(Amount(share.amount, terms.unit))}
    it.tell(voucher, "share-offered", others, rate=str(command.rate), **offered)
    return voucher.plan("offer", f"{share.participant} offers a share of {it.name} at {command.rate}")


@noun.rule(BuyShare)
def buy_share(terms: CertificateTerms, command: BuyShare, books: Books) -> Plan:
    """The buyer pays the seller, who pays the fee; the buyer takes the seller's place.

    Who has a share already adds to it, and offers it no more.  Refuses, in this order: PartySuspended for who
    acts for the buyer, NotFound, OrderClosed, NotConfirmed, ShareFrozen, NotOffered, TermsMoved, and for the
    buyer NotFound, PartyErased, PartySuspended, NoCurrentAccount; the ledger what an account does not hold,
    pay or take.
    """
    acting_for(books, command.buyer)
    it, share = _held(books, command)
    seller, buyer = share.participant, command.buyer
    if share.offer is None:
        raise NotOffered(it.name, seller)
    if share.offer.fraction != command.at.fraction:
        raise TermsMoved(f"the share of {seller} in {it.name}", str(share.offer), str(command.at))
    account = account_of(books, active_party(books, buyer).id)
    sold, interest = (share.sold or Accrual()).add(_earned(it, share, share.offer, books)).post()
    fees, fee = (share.fees or Accrual()).add(share.amount * terms.transfer_fee.fraction).post()
    cost = share.amount + interest
    bought = _bought(books, it, share, buyer)
    voucher = PROGRAMMES.voucher(books, terms, it.id)
    voucher.open_again(SHARE.account(*bought.ids, unit=terms.unit, on=books.today, party=buyer))
    voucher.move(account, chart.DEMAND(seller), cost - fee)
    voucher.move(account, chart.FEE_INCOME(), fee)
    voucher.move(SHARE(*share.ids), SHARE(*bought.ids), share.amount)
    gone = evolve(share, state=ShareState.SOLD, amount=0, offer=None, paid=share.paid + interest)
    voucher.keep(evolve(gone, sold=sold, fees=fees), bought)
    voucher.put(*share.freed(books), bought.bound(books))
    it.tell(voucher, "share-sold", (seller,), paid=str(Amount(cost - fee, terms.unit)))
    return voucher.plan("transfer", f"{buyer} buys the share of {seller} in {it.name}")


def _held(books: Books, command: OfParticipant) -> tuple[Certificate, Share]:
    """An active certificate and a share in it that can be sold; raises ShareFrozen among others."""
    it = Order.existing(books, command.programme, command.order).running(books.today)
    share = the_share(books, it, command.participant, ShareState.SHARE)
    share.check_free()
    return it, share


def _earned(it: Certificate, share: Share, rate: Rate, books: Books) -> Fraction:
    """The exact interest of a share so far at the retained rate."""
    earned = it.earned(share.amount, books.today)
    return earned * rate.fraction / it.rate.fraction if it.rate.fraction else earned


def _bought(books: Books, it: Certificate, share: Share, buyer: str) -> Share:
    """The buyer's share after the purchase: a new one in the seller's place, or more of the old one."""
    held = Share.find(books, it.id, buyer)
    if held and held.state is ShareState.SHARE:
        return evolve(held, amount=held.amount + share.amount, consents=(), offer=None)
    return fresh_share(books, it, buyer, state=ShareState.SHARE, amount=share.amount, number=share.number)
