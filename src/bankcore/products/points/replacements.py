"""Lost cards (挂失) and their replacements: other numbers, and everything else stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.product.parties import acting_for, identified_party
from bankcore.product.personal import mask
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.products.points.cards import OWN_CARDS, Card, open_card, usable_card
from bankcore.products.points.numbers import NUMBERS, Number, issue_numbers
from bankcore.products.points.programmes import PointsTerms, PointsVoucher
from bankcore.tables import Table

__all__ = ["ReplaceCard", "ReportCardLost"]

noun = Noun(__name__)


@frozen
class ReportCardLost:
    """Report a card as lost: nothing is paid or spent with it until it is replaced (卡挂失)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "card", Role.OFFICER: ""}
    programme: str = fields.id_("the points programme")
    card: str = fields.id_("the consumer's card")


@frozen
class ReplaceCard:
    """Issue a card anew, with other numbers, to its holder, who is at the counter (补卡)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    programme: str = fields.id_("the points programme")
    card: str = fields.id_("the consumer's card")


@noun.rule(ReportCardLost)
def report_card_lost(terms: PointsTerms, command: ReportCardLost, books: Books) -> Plan:
    """Note the day.

    Refuses, in this order: PartySuspended for who acts for the holder, NotFound, CardClosed, CardLost.
    """
    acting_for(books, command.card)
    card = usable_card(books, command.programme, command.card)
    voucher = PointsVoucher(books, terms, command.programme)
    voucher.keep(evolve(card, lost_on=books.today))
    voucher.notify(command.card, "card-lost", f"points-{command.programme}")
    return voucher.plan("card-lost", f"card {command.card} is lost")


@noun.rule(ReplaceCard)
def replace_card(terms: PointsTerms, command: ReplaceCard, books: Books) -> Plan:
    """New numbers; points, debts and the credit line stay.

    Refuses, in this order: NotFound, CardClosed, PartyErased, PartySuspended, NotIdentified.
    """
    card = open_card(books, command.programme, command.card)
    identified_party(books, command.card)
    voucher = PointsVoucher(books, terms, command.programme)
    issue_numbers(voucher, command.programme, command.card)
    voucher.keep(evolve(card, lost_on=None))
    voucher.notify(command.card, "card-replaced", f"points-{command.programme}")
    return voucher.plan("replace-card", f"card {command.card} is issued anew")


@noun.report("numbers", OWN_CARDS)
def list_numbers(books: Books) -> Table:
    """The numbers of each card, masked, how often they were issued, and since when the card is lost."""
    rows = []
    for card in Card.every(books):
        held = [Number.find(books, *card.ids, kind) for kind in NUMBERS]
        shown = (mask(it.personal["number"]) if it and it.personal else "" for it in held)
        rows.append((*card.ids, *shown, max(it.version if it else 0 for it in held), card.lost_on))
    columns = ("programme", "card", "card number", "points number", "issued", "lost")
    return Table("Card numbers", columns, tuple(rows))
