"""Purchases (消费): a card pays a registered shop, at the close or at once.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| spend (消费) | card | takings, or the shop's account at once | the price |
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import ClassVar

from attrs import evolve, frozen

from bankcore import Amount
from bankcore.product import Books, Facts, Noun, Plan, ProductRejection, Role, fields
from bankcore.product.parties import account_of, acting_for, active_party
from bankcore.product.refusals import NotFound
from meal_card.cards import CARD, Card, open_card_of
from meal_card.programmes import PROGRAMMES, MealTerms, Settle
from meal_card.shops import SETTLEMENTS, TAKINGS, Shop, open_shop_of

__all__ = ["CardShort", "Purchase", "Spend"]

noun = Noun(__name__)


@frozen(kw_only=True)
class Purchase(Facts):
    """What a card paid to a shop on a day."""

    KIND: ClassVar = "meal-card.purchase"  # programme:purchase
    card: str
    shop: str
    amount: int
    on: date


class CardShort(ProductRejection):
    sentence = "card {card} has {live} to spend today, {amount} asked"
    quantities = ("live", "amount")
    card: str
    live: int
    amount: int
    unit: str = ""


@frozen
class Spend:
    """Pay a registered shop with a card (刷卡消费)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "employee", Role.MERCHANT: "shop"}
    programme: str = fields.id_("the programme of cards")
    employee: str = fields.id_("whose card it is")
    card: str = fields.id_("id of the card")
    shop: str = fields.id_("the shop that is paid")
    amount: Amount = fields.amount("the price")
    purchase: str = fields.id_("id of the purchase")


@noun.rule(Spend)
def spend(terms: MealTerms, command: Spend, books: Books) -> Plan:
    """Card to takings, or to the shop's account where the terms settle at once.

    Refuses, in this order: UnitMismatch, PartySuspended for who acts, NotFound also for somebody else's card,
    PartyErased, PartySuspended, CardClosed, ShopClosed, AlreadyTaken, CardShort.
    """
    amount, programme = terms.minor_units(command.amount), command.programme
    acting_for(books, command.employee)
    card = open_card_of(books, programme, command.card)
    if card.employee != command.employee:
        raise NotFound("card", command.card)
    active_party(books, card.employee)
    shop = open_shop_of(books, programme, command.shop)
    id = Purchase.fresh(books, programme, command.purchase)
    if (live := card.live(books.today)) < amount:
        raise CardShort(command.card, live, amount, terms.unit)
    voucher = PROGRAMMES.voucher(books, terms, programme)
    if terms.settle is Settle.AT_ONCE:
        voucher.move(CARD(*card.ids), account_of(books, command.shop), amount)
        voucher.keep(evolve(shop, taken=shop.taken + amount, settled=shop.settled + amount))
    else:
        voucher.move(CARD(*card.ids), TAKINGS(*shop.ids), amount)
        voucher.keep(evolve(shop, taken=shop.taken + amount))
        voucher.put(SETTLEMENTS.note(books, programme, command.shop, books.today))
    voucher.keep(
        card.paying(amount, books.today),
        Purchase(id=id, card=command.card, shop=command.shop, amount=amount, on=books.today),
    )
    return voucher.plan("spend", f"card {command.card} at {command.shop}")


@noun.invariant("M3")
def purchases_are_spent_once(books: Books) -> Iterator[str]:
    """What the cards spent is what the purchases say, and what the shops took."""
    spent = sum(card.spent for card in Card.every(books))
    bought = sum(purchase.amount for purchase in Purchase.every(books))
    taken = sum(shop.taken for shop in Shop.every(books))
    if not spent == bought == taken:
        yield f"cards spent {spent}, purchases are {bought}, shops took {taken}"
