"""Shops (商户): what they took, and its settlement to their current accounts.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| settle (商户结算) | takings | the shop's account | what it took |
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import ClassVar

from attrs import evolve, frozen

from bankcore import Amount, Table, Transaction
from bankcore.product import (
    Agenda,
    Books,
    Facts,
    Noun,
    Phase,
    Plan,
    ProductRejection,
    Role,
    Step,
    chart,
    fields,
)
from bankcore.product.parties import Contract, account_of, active_party
from meal_card.programmes import PRODUCT, PROGRAMMES, MealTerms

__all__ = ["CloseShop", "RegisterShop", "Shop", "ShopClosed", "TakingsWait"]

noun = Noun(__name__)
TAKINGS = chart.liability("meal-card:{programme}:shop:{shop}")
SETTLEMENTS = Agenda("meal-card.settlement", "shop")


# --- facts ------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Shop(Facts):
    """A party where cards are accepted: what it took, and what of that was paid to its account."""

    KIND: ClassVar = "meal-card.shop"  # programme:party
    registered_on: date
    taken: int = 0
    settled: int = 0
    closed_on: date | None = None

    @property
    def waiting(self) -> int:
        """What it took and was not paid yet."""
        return self.taken - self.settled


class ShopClosed(ProductRejection):
    sentence = "shop {shop} takes no cards since {on}"
    shop: str
    on: date


class TakingsWait(ProductRejection):
    sentence = "shop {shop} is still to be paid {amount}"
    quantities = ("amount",)
    shop: str
    amount: int
    unit: str = ""


def open_shop_of(books: Books, programme: str, shop: str) -> Shop:
    """A shop that takes cards; raises NotFound, ShopClosed."""
    found = Shop.existing(books, programme, shop)
    if found.closed_on:
        raise ShopClosed(shop, found.closed_on)
    return found


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class RegisterShop:
    """Register a shop where cards are accepted, also one that left (商户注册)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: "", Role.MERCHANT: "shop"}
    programme: str = fields.id_("the programme of cards")
    shop: str = fields.id_("the party that accepts them")


@frozen
class CloseShop:
    """End a shop's part in the programme once it is paid (商户退出)."""

    may: ClassVar[Mapping[Role, str]] = {Role.MERCHANT: "shop", Role.OFFICER: ""}
    programme: str = fields.id_("the programme of cards")
    shop: str = fields.id_("the shop that leaves")


@noun.rule(RegisterShop)
def register_shop(terms: MealTerms, command: RegisterShop, books: Books) -> Plan:
    """Open its takings.  Refuses, in this order: NotFound, PartyErased, PartySuspended, NoCurrentAccount,
    AlreadyTaken.
    """
    ids = (command.programme, active_party(books, command.shop).id)
    account_of(books, command.shop)
    before = Shop.find(books, *ids)
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    if before is None or not before.closed_on:
        before = Shop(id=Shop.fresh(books, *ids), registered_on=books.today)
        voucher.open(TAKINGS.account(*ids, unit=terms.unit, on=books.today, party=command.shop))
    voucher.keep(evolve(before, closed_on=None))
    voucher.put(Contract.opened(books, command.shop, PRODUCT, *ids))
    return voucher.plan("register-shop", f"shop {command.shop}")


@noun.rule(CloseShop)
def close_shop(terms: MealTerms, command: CloseShop, books: Books) -> Plan:
    """End its contract.  Refuses, in this order: NotFound, ShopClosed, TakingsWait."""
    shop = open_shop_of(books, command.programme, command.shop)
    if shop.waiting:
        raise TakingsWait(command.shop, shop.waiting, terms.unit)
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    voucher.keep(evolve(shop, closed_on=books.today))
    voucher.put(Contract.ended(books, command.shop, PRODUCT, *shop.ids))
    return voucher.plan("close-shop", f"shop {command.shop} leaves")


# --- the close of a day -----------------------------------------------------------------------------


@noun.daily(Phase.SETTLEMENT)
def settle(books: Books, day: date) -> Iterator[Step]:
    """Pay the shops what they took; what is refused is due again tomorrow."""
    return SETTLEMENTS.steps(books, day, PROGRAMMES.ids(books), "settle", _settle)


def _settle(books: Books, programme: str, id: str) -> Iterator[Transaction]:
    terms, shop = PROGRAMMES.today(books, programme), Shop.existing(books, programme, id)
    if not shop.waiting:
        return
    voucher = PROGRAMMES.voucher(books, terms, programme)
    voucher.move(TAKINGS(programme, id), account_of(books, id), shop.waiting)
    voucher.keep(evolve(shop, settled=shop.taken))
    yield voucher.transaction("settle", f"shop {id} is paid")


# --- invariants and reports -------------------------------------------------------------------------


@noun.invariant("M2")
def takings_are_there_until_paid(books: Books) -> Iterator[str]:
    """What a shop took and was not paid yet is on its account of takings."""
    for shop in Shop.every(books):
        held = books.balance(TAKINGS(*shop.ids))
        if held != shop.waiting or (held and shop.closed_on):
            yield f"{shop.id}: {shop.data}, holds {held}"


@noun.report("shops", {Role.MERCHANT: "shop"})
def list_shops(books: Books) -> Table:
    """Every shop: what it took, was paid, and is still to be paid."""
    rows = []
    for shop in Shop.every(books):
        unit = PROGRAMMES.today(books, shop.ids[0]).unit
        sums = (Amount(it, unit) for it in (shop.taken, shop.settled, shop.waiting))
        rows.append((*shop.ids, shop.registered_on, *sums, shop.closed_on))
    columns = ("programme", "shop", "registered", "taken", "paid", "waiting", "closed")
    return Table("Shops", columns, tuple(rows))
