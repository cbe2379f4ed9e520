"""Remittances (积分汇入): the points of each order with the money behind them, found by both sides."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import ClassVar

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.errors import BadCommand
from bankcore.ledger.books import Books
from bankcore.product.actor import Role
from bankcore.product.facts import Facts
from bankcore.product.product import Noun
from bankcore.products.points.cards import OWN_CARDS
from bankcore.products.points.members import Member
from bankcore.products.points.programmes import PROGRAMMES
from bankcore.products.points.providers import Provider
from bankcore.tables import Table

__all__ = ["Remittance", "remittances_of"]

noun = Noun(__name__)


@frozen(kw_only=True)
class Remittance(Facts):
    """The points of one order and the money behind them (积分汇入); each refund is its next version.

    `debt` is what repaid points debt (below zero: what became debt), `fund` the money moved behind live
    points, `credit` the provider's credit points, `amount` the price, `kept` what a refund to a closed card
    was reduced by; money in minor units.
    """

    KIND: ClassVar = "points.remittance"  # programme:provider:card:order
    on: date
    points: int
    debt: int
    fund: int
    credit: int
    amount: int
    kept: int = 0

    @property
    def provider(self) -> str:
        """Who remitted."""
        return self.ids[1]

    @property
    def card(self) -> str:
        """To which card."""
        return self.ids[2]

    @property
    def order(self) -> str:
        """For which order."""
        return self.ids[3]


def remittances_of(
    books: Books, programme: str, *, card: str = "", provider: str = ""
) -> Iterator[Remittance]:
    """Remittances as either side asks for them, refunds after their order.

    Raises BadCommand where neither a card nor a provider is named.
    """
    if not card and not provider:
        raise BadCommand("card", "a card or a provider is needed")
    asked = [provider] if provider else sorted({it.ids[2] for it in Member.every(books, programme, card)})
    for id in asked:
        for last in Remittance.every(books, programme, id, *filter(None, [card])):
            yield from Remittance.versions(books, last.id)


@noun.report("remittances", {**OWN_CARDS, Role.MERCHANT: "provider"})
def list_remittances(books: Books) -> Table:
    """Every remittance of points, and what refunds took back."""
    rows = []
    for programme, terms in PROGRAMMES.offered(books):
        for provider in Provider.every(books, programme):
            for it in remittances_of(books, programme, provider=provider.ids[1]):
                money = (Amount(quantity, terms.unit) for quantity in (it.amount, it.kept, it.fund))
                parties = (it.provider, it.card, it.order)
                rows.append((programme, it.on, *parties, *money, it.points, it.debt, it.credit))
    columns = (
        *("programme", "date", "provider", "card", "order", "amount", "kept", "fund"),
        *("points", "debt", "credit points"),
    )
    return Table("Remittances", columns, tuple(rows))
