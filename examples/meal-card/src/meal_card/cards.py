"""Cards (餐卡): what each month's top-ups left, the oldest money spent first.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| close a card (退卡) | card | the employer's account, or breakage income | what is left |

>>> card = Card(id="p:c1", employee="li", monthly=600_00, opened_on=date(2024, 5, 1))
>>> card = card.topped(100_00, date(2024, 5, 1), date(2024, 6, 30)).paying(30_00, date(2024, 5, 2))
>>> card.live(date(2024, 6, 30)), card.live(date(2024, 7, 1))
(7000, 0)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import ClassVar

from attrs import evolve, frozen

from bankcore import Amount, Record, Table
from bankcore.calendars import add_months
from bankcore.product import Agenda, Books, Facts, Noun, Plan, ProductRejection, Role, chart, fields
from bankcore.product.parties import Contract, active_party
from meal_card.programmes import PRODUCT, PROGRAMMES, MealTerms, check_employer, receiver_of_leftover

__all__ = ["Card", "CardClosed", "CloseCard", "Lot", "OpenCard", "OverMonth"]

noun = Noun(__name__)
CARD = chart.liability("meal-card:{programme}:card:{card}")
TOP_UPS = Agenda("meal-card.top-up", "card")


# --- facts ------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Lot:
    """What was topped up in a month, such as 2024-05, and what is left of it."""

    month: str
    topped_up: int
    left: int
    expires_on: date


@frozen(kw_only=True)
class Card(Facts):
    """A card; `lots` are those of this month and all with something left, oldest first."""

    KIND: ClassVar = "meal-card.card"  # programme:card
    employee: str
    monthly: int
    opened_on: date
    lots: tuple[Lot, ...] = ()
    topped_up: int = 0
    spent: int = 0
    expired: int = 0
    closed_on: date | None = None

    @property
    def left(self) -> int:
        """What is left on it."""
        return sum(lot.left for lot in self.lots)

    def live(self, day: date) -> int:
        """What can be spent on a day."""
        return sum(lot.left for lot in self.lots if lot.expires_on >= day)

    def in_month(self, day: date) -> int:
        """What was topped up in the month of a day."""
        return sum(lot.topped_up for lot in self.lots if lot.month == f"{day:%Y-%m}")

    def topped(self, amount: int, day: date, expires_on: date) -> Card:
        """The card with more of a month's money; all of that expires on the latest of its days."""
        month = f"{day:%Y-%m}"
        before = [lot for lot in self.lots if lot.left and lot.month != month]
        mine = next((lot for lot in self.lots if lot.month == month), None)
        mine = mine or Lot(month=month, topped_up=0, left=0, expires_on=expires_on)
        mine = Lot(
            month=month,
            topped_up=mine.topped_up + amount,
            left=mine.left + amount,
            expires_on=max(mine.expires_on, expires_on),
        )
        return evolve(self, lots=(*before, mine), topped_up=self.topped_up + amount)

    def paying(self, amount: int, day: date) -> Card:
        """The card after a purchase of at most what is live."""
        lots, open = [], amount
        for lot in self.lots:
            taken = min(open, lot.left) if lot.expires_on >= day else 0
            open -= taken
            lots.append(evolve(lot, left=lot.left - taken))
        return evolve(self, lots=tuple(lots), spent=self.spent + amount)

    def expiring(self, day: date) -> int:
        """What expires with the end of a day, or should have before."""
        return sum(lot.left for lot in self.lots if lot.expires_on <= day)

    def after(self, day: date) -> Card:
        """The card after the end of a day."""
        lots = tuple(evolve(lot, left=0) if lot.expires_on <= day else lot for lot in self.lots)
        return evolve(self, lots=lots, expired=self.expired + self.expiring(day))


class CardClosed(ProductRejection):
    sentence = "card {card} was closed on {on}"
    card: str
    on: date


class OverMonth(ProductRejection):
    sentence = "card {card} may be topped up with {most} in a month: it got {got}, {amount} asked"
    quantities = ("most", "got", "amount")
    card: str
    most: int
    got: int
    amount: int
    unit: str = ""


def open_card_of(books: Books, programme: str, card: str) -> Card:
    """A card that is not closed; raises NotFound, CardClosed."""
    found = Card.existing(books, programme, card)
    if found.closed_on:
        raise CardClosed(card, found.closed_on)
    return found


def check_month(terms: MealTerms, card: str, got: int, amount: int) -> None:
    """Raise OverMonth where a card would get more in a month than the terms allow."""
    if got + amount > terms.most:
        raise OverMonth(card, terms.most, got, amount, terms.unit)


def next_top_up(books: Books, terms: MealTerms, programme: str, card: str, first: date) -> Record:
    """The note of a card's next monthly top-up, not before a day."""
    day = first.replace(day=terms.top_up_day)
    return TOP_UPS.note(books, programme, card, day if day >= first else add_months(day, 1))


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class OpenCard:
    """Give an employee a card that is topped up every month (开卡)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "employer", Role.OFFICER: ""}
    programme: str = fields.id_("the programme of cards")
    employer: str = fields.id_("the firm that pays for them")
    card: str = fields.id_("id of the card")
    employee: str = fields.id_("the party who may spend it")
    monthly: Amount = fields.amount("what it is topped up with every month")


@frozen
class CloseCard:
    """Close a card; what is left goes where expired money goes (退卡)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "employer", Role.OFFICER: ""}
    programme: str = fields.id_("the programme of cards")
    employer: str = fields.id_("the firm that pays for them")
    card: str = fields.id_("id of the card")


@noun.rule(OpenCard)
def open_card(terms: MealTerms, command: OpenCard, books: Books) -> Plan:
    """Open the card's account; the next close of a top-up day tops it up.

    Refuses, in this order: PartySuspended for who acts for the employer, NotTheEmployer, UnitMismatch,
    OverMonth, NotFound, PartyErased, PartySuspended, AlreadyTaken.
    """
    check_employer(books, command.programme, command.employer)
    monthly = terms.minor_units(command.monthly)
    check_month(terms, command.card, 0, monthly)
    employee, ids = active_party(books, command.employee).id, (command.programme, command.card)
    id = Card.fresh(books, *ids)
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    voucher.open(CARD.account(*ids, unit=terms.unit, on=books.today, party=employee))
    voucher.keep(Card(id=id, employee=employee, monthly=monthly, opened_on=books.today))
    voucher.put(Contract.opened(books, employee, PRODUCT, *ids), next_top_up(books, terms, *ids, books.today))
    return voucher.plan("open-card", f"card {command.card} for {employee}")


@noun.rule(CloseCard)
def close_card(terms: MealTerms, command: CloseCard, books: Books) -> Plan:
    """The last of the card to who gets what expires.

    Refuses, in this order: PartySuspended for who acts for the employer, NotTheEmployer, NotFound,
    CardClosed.
    """
    check_employer(books, command.programme, command.employer)
    ids = (command.programme, command.card)
    card = open_card_of(books, *ids)
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    voucher.move(CARD(*ids), receiver_of_leftover(books, terms, command.programme), card.left)
    voucher.keep(evolve(card.after(date.max), closed_on=books.today))
    voucher.put(Contract.ended(books, card.employee, PRODUCT, *ids))
    voucher.close(CARD(*ids), "the card was closed")
    return voucher.plan("close-card", f"card {command.card} of {card.employee} is closed")


# --- invariants and reports -------------------------------------------------------------------------


@noun.invariant("M1")
def money_is_there_until_spent(books: Books) -> Iterator[str]:
    """A card holds what its lots have left: all that was topped up, and neither spent nor expired."""
    for card in Card.every(books):
        held = books.balance(CARD(*card.ids))
        if not held == card.left == card.topped_up - card.spent - card.expired:
            yield f"{card.id}: {card.data}, holds {held}"


@noun.report("cards", {Role.CUSTOMER: "employee"})
def list_cards(books: Books) -> Table:
    """Every card: topped up, spent, expired, and live, which is what can be spent today."""
    rows = []
    for card in Card.every(books):
        unit = PROGRAMMES.today(books, card.ids[0]).unit
        sums = (card.topped_up, card.spent, card.expired, card.live(books.today))
        rows.append((*card.ids, card.employee, *(Amount(it, unit) for it in sums), card.closed_on))
    columns = ("programme", "card", "employee", "topped up", "spent", "expired", "live", "closed")
    return Table("Cards", columns, tuple(rows))
