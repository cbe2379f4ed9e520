"""Supply and demand as they are published, taken back, traded and run out."""

from __future__ import annotations

from datetime import date, timedelta

from bankcore.amounts import check_quantity
from bankcore.errors import BadCommand
from bankcore.ledger.books import Books
from bankcore.product.plan import Plan
from bankcore.product.records import existing, fresh, minor_units
from bankcore.products.enterprise import registry
from bankcore.products.enterprise.activity import note_post
from bankcore.products.enterprise.draft import Draft
from bankcore.products.enterprise.terms import EnterpriseTerms
from bankcore.products.platform import commands
from bankcore.products.platform.matching import DEMAND, OPEN, SUPPLY, enter, leave, matchable
from bankcore.products.platform.refusals import NotParty, OfferClosed
from bankcore.products.platform.trades import State

__all__ = ["accept_match", "give_back", "publish", "run_out", "withdraw_offer"]


def publish(
    terms: EnterpriseTerms, command: commands.PublishSupply | commands.PublishDemand, books: Books
) -> Plan:
    """Put an offer on the market.

    Refuses, in this order: UnitMismatch, NotFound, NotApproved, AlreadyTaken, BadCommand for a past day.
    """
    programme, id = command.programme, command.offer
    price = minor_units(terms, command.price)
    registry.enterprise(books, programme, command.enterprise)
    fresh(books, registry.OFFER, programme, id)
    if command.until is not None and command.until < books.today:
        raise BadCommand("until", f"{command.until} is before the business date {books.today}")
    side = SUPPLY if isinstance(command, commands.PublishSupply) else DEMAND
    draft = Draft(books, terms, programme)
    offer = {
        "side": side,
        "enterprise": command.enterprise,
        "goods": command.goods,
        "region": command.region,
        "price": price,
        "quantity": command.quantity,
        "left": command.quantity,
        "minimum": max(command.minimum, 1),
        "freight": command.freight,
        "published_on": books.today.isoformat(),
        "until": command.until.isoformat() if command.until else "",
        "state": OPEN,
    }
    draft.write(registry.OFFER, programme, id, **offer, place=enter(draft, id, offer))
    if command.until:
        draft.write(registry.OFFER_DUE, programme, command.until.isoformat(), id)
    note_post(draft, command.enterprise, side, command.freight)
    return Plan((draft.transaction("publish", f"{side} {id} of {command.quantity} {command.goods}"),))


def withdraw_offer(terms: EnterpriseTerms, command: commands.WithdrawOffer, books: Books) -> Plan:
    """Take an offer off the market; trades made of it stay.

    Refuses, in this order: NotFound, NotParty, OfferClosed.
    """
    offer = existing(books, registry.OFFER, command.programme, command.offer).data
    if offer["enterprise"] != command.enterprise:
        raise NotParty(command.enterprise, "offer", command.offer)
    if offer["state"] != OPEN:
        raise OfferClosed(command.offer, offer["state"])
    draft = Draft(books, terms, command.programme)
    _end(draft, command.offer, "withdrawn")
    return Plan((draft.transaction("withdraw", f"offer {command.offer} is withdrawn"),))


def accept_match(terms: EnterpriseTerms, command: commands.AcceptMatch, books: Books) -> Plan:
    """A trade at the price of the side that did not accept; what is traded leaves the market.

    Refuses, in this order: AlreadyTaken, NotFound, NotParty, NotMatched, BadCommand for a past day,
    AmountOverflow for a total that no account could hold.
    """
    programme, id = command.programme, fresh(books, registry.TRADE, command.programme, command.trade)
    demand, supply = (
        existing(books, registry.OFFER, programme, it) for it in (command.demand, command.supply)
    )
    if command.party not in (demand.data["enterprise"], supply.data["enterprise"]):
        raise NotParty(command.party, "trade", command.trade)
    quantity = matchable(books, command.trade, demand, supply, command.quantity)
    days = min(terms.delivery_days, (date.max - books.today).days)
    deliver_by = command.deliver_by or books.today + timedelta(days=days)
    if deliver_by < books.today:
        raise BadCommand("deliver_by", f"{deliver_by} is before the business date {books.today}")
    price = (demand if command.party == supply.data["enterprise"] else supply).data["price"]
    total = check_quantity(price * quantity)
    draft = Draft(books, terms, programme)
    for offer in (command.demand, command.supply):
        _take(draft, offer, quantity)
    draft.write(
        registry.TRADE,
        id,
        state=State.MATCHED.value,
        buyer=demand.data["enterprise"],
        seller=supply.data["enterprise"],
        demand=command.demand,
        supply=command.supply,
        quantity=quantity,
        price=price,
        total=total,
        freight=supply.data["freight"],
        fee_rate=str(terms.fee),
        matched_on=books.today.isoformat(),
        deliver_by=deliver_by.isoformat(),
        funded_on="",
        from_mode=0,
        mode="",
        share="0/1",
        released=0,
        fee=0,
        paid_fee=0,
        returned=0,
        agreed=[],
        disputed_by="",
        ended_on="",
    )
    return Plan((draft.transaction("match", f"trade {command.trade} of {quantity} at {price}"),))


def give_back(draft: Draft, offer: str, quantity: int) -> None:
    """Return to the market what a trade that comes to nothing had taken, at its old place."""
    data = draft.data(registry.OFFER, draft.programme, offer)
    state = data["state"]
    if state == "filled":
        state = "expired" if data["until"] and data["until"] < draft.books.today.isoformat() else OPEN
        if state == OPEN:
            enter(draft, offer, data)
    draft.write(registry.OFFER, draft.programme, offer, left=data["left"] + quantity, state=state)


def run_out(draft: Draft, offer: str) -> None:
    """The end of an offer whose last day has come."""
    if draft.data(registry.OFFER, draft.programme, offer)["state"] == OPEN:
        _end(draft, offer, "expired")


def _take(draft: Draft, offer: str, quantity: int) -> None:
    data = draft.data(registry.OFFER, draft.programme, offer)
    left = data["left"] - quantity
    draft.write(registry.OFFER, draft.programme, offer, left=left)
    if not left:
        _end(draft, offer, "filled")


def _end(draft: Draft, offer: str, state: str) -> None:
    leave(draft, draft.data(registry.OFFER, draft.programme, offer))
    draft.write(registry.OFFER, draft.programme, offer, state=state)
