"""Shares that change hands, and shares that a court has frozen."""

from __future__ import annotations

from bankcore.ledger.books import Books
from bankcore.product.plan import Plan
from bankcore.product.records import existing
from bankcore.products.certificate import accounts, commands, registry
from bankcore.products.certificate.interest import certificate_interest
from bankcore.products.certificate.orders import (
    Order,
    Share,
    ShareState,
    State,
    fresh_share,
    order_in,
    the_share,
)
from bankcore.products.certificate.parties import check_normal, missing, operation
from bankcore.products.certificate.refusals import NotOffered, RateTooHigh, ShareFrozen
from bankcore.products.certificate.terms import CertificateTerms
from bankcore.rates import Rate, round_half_up

__all__ = ["buy_share", "freeze_share", "offer_share", "price", "release_share"]


def price(order: Order, share: Share, rate: Rate, books: Books) -> int:
    """The principal, and its interest so far at the retained rate, rounded half up."""
    earned = certificate_interest(order, share.amount, books.today)
    at_rate = earned * rate.fraction / order.rate.fraction if order.rate.fraction else earned
    return share.amount + round_half_up(at_rate)


def offer_share(terms: CertificateTerms, command: commands.OfferShare, books: Books) -> Plan:
    """Note the offer.  Refuses: NotFound, OrderClosed, NotConfirmed, ShareFrozen, RateTooHigh."""
    order, share = _held(books, command.programme, command.order, command.participant)
    if command.rate.fraction > order.rate.fraction:
        raise RateTooHigh(str(command.rate), str(order.rate))
    records = (share.next(offer=str(command.rate)).record,)
    text = f"{share.participant} offers a share of {order.id} at {command.rate}"
    return Plan((operation(books, terms, order.record.id, "offer", text, records=records),))


def buy_share(terms: CertificateTerms, command: commands.BuyShare, books: Books) -> Plan:
    """The buyer pays the seller, who pays the fee; the buyer takes the seller's place.

    Who has a share already adds to it.  Refuses, in this order: NotFound, OrderClosed, NotConfirmed,
    ShareFrozen, NotOffered, AccountNotNormal; the floor of the buyer's demand account refuses what it
    does not hold.
    """
    order, share = _held(books, command.programme, command.order, command.participant)
    if not share.data["offer"]:
        raise NotOffered(order.id, share.participant)
    existing(books, registry.CUSTOMER, order.programme, command.buyer)
    check_normal(books, command.buyer)
    check_normal(books, share.participant)
    cost = price(order, share, Rate.parse(share.data["offer"]), books)
    fee = round_half_up(share.amount * terms.transfer_fee.fraction)
    bought = _bought(books, order, share, command.buyer)
    path = accounts.share(order.programme, order.id, command.buyer)
    account = accounts.certificate_account(path, terms.unit, books.today, command.buyer)
    sold = share.next(
        state=ShareState.SOLD, amount=0, offer="", paid=share.data["paid"] + cost - share.amount
    )
    sale = operation(
        books,
        terms,
        order.record.id,
        "transfer",
        f"{command.buyer} buys the share of {share.participant} in {order.id}",
        debit={
            accounts.demand(command.buyer): cost,
            accounts.share(order.programme, order.id, share.participant): share.amount,
        },
        credit={
            accounts.demand(share.participant): cost - fee,
            accounts.FEE_INCOME: fee,
            path: share.amount,
        },
        records=(*missing(books, (account,)), sold.record, bought.record),
    )
    return Plan((sale,))


def freeze_share(terms: CertificateTerms, command: commands.FreezeShare, books: Books) -> Plan:
    """Freeze a share or a confirmation.  Refuses: NotFound, NotConfirmed, ShareFrozen."""
    order, share = _standing(books, command.programme, command.order, command.participant)
    if share.frozen:
        raise ShareFrozen(order.id, share.participant, share.frozen)
    records = (share.next(frozen=command.reason, offer="").record,)
    text = f"the share of {share.participant} in {order.id} is frozen: {command.reason}"
    return Plan((operation(books, terms, order.record.id, "freeze", text, records=records),))


def release_share(terms: CertificateTerms, command: commands.ReleaseShare, books: Books) -> Plan:
    """Release a share; what went to suspense stays there.  Refuses: NotFound, NotConfirmed."""
    order, share = _standing(books, command.programme, command.order, command.participant)
    text = f"the share of {share.participant} in {order.id} is released"
    records = (share.next(frozen="").record,)
    return Plan((operation(books, terms, order.record.id, "release", text, records=records),))


def _held(books: Books, programme: str, id: str, participant: str) -> tuple[Order, Share]:
    """An active certificate and a share in it that can be sold; raises ShareFrozen among others."""
    order = order_in(books, programme, id)
    order.check_running(books.today)
    share = the_share(books, order, participant, ShareState.SHARE)
    if share.frozen:
        raise ShareFrozen(order.id, share.participant, share.frozen)
    return order, share


def _standing(books: Books, programme: str, id: str, participant: str) -> tuple[Order, Share]:
    """An order and a participant's part in it, before or after its opening."""
    order = order_in(books, programme, id)
    open_yet = order.state in (State.ACTIVE, State.MATURED)
    state = ShareState.SHARE if open_yet else ShareState.CONFIRMED
    return order, the_share(books, order, participant, state)


def _bought(books: Books, order: Order, share: Share, buyer: str) -> Share:
    """The buyer's share after the purchase: a new one in the seller's place, or more of the old one."""
    record = books.record(registry.SHARE, f"{order.record.id}:{buyer}")
    held = Share(record) if record else None
    if held and held.state is ShareState.SHARE:
        return held.next(amount=held.amount + share.amount, consents=[])
    return fresh_share(
        books,
        order,
        buyer,
        state=ShareState.SHARE,
        amount=share.amount,
        on=books.today,
        config=order.data["digest"],
        place=share.place[0],
    )
