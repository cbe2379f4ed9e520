"""Top-ups (充值): every month from the employer's account, and extra ones when the employer asks.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| top up (充值) | the employer's account | card | the card's monthly amount, or what was asked |

Where the employer's account holds too little, the monthly top-up waits, and is tried again the next day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import ClassVar

from attrs import frozen

from bankcore import Amount, Transaction
from bankcore.product import Books, Noun, Phase, Plan, Role, Step, Voucher, chart, fields
from meal_card.cards import CARD, TOP_UPS, Card, check_month, next_top_up, open_card_of
from meal_card.expiries import note_expiry
from meal_card.programmes import PROGRAMMES, Employer, MealTerms, check_employer

__all__ = ["TopUp"]

noun = Noun(__name__)


@frozen
class TopUp:
    """Top a card up beside its monthly amount (额外充值)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "employer", Role.OFFICER: ""}
    programme: str = fields.id_("the programme of cards")
    employer: str = fields.id_("the firm that pays for them")
    card: str = fields.id_("id of the card")
    amount: Amount = fields.amount("what it is topped up with")


@noun.rule(TopUp)
def top_up(terms: MealTerms, command: TopUp, books: Books) -> Plan:
    """Employer's account to card.

    Refuses, in this order: PartySuspended for who acts for the employer, NotTheEmployer, UnitMismatch,
    NotFound, CardClosed, OverMonth.
    """
    check_employer(books, command.programme, command.employer)
    amount = terms.minor_units(command.amount)
    card = open_card_of(books, command.programme, command.card)
    check_month(terms, command.card, card.in_month(books.today), amount)
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    _load(voucher, terms, card, amount)
    return voucher.plan("top-up", f"card {command.card} of {card.employee}")


@noun.daily(Phase.DUE)
def top_up_monthly(books: Books, day: date) -> Iterator[Step]:
    """Top up the cards whose day it is; what is refused is due again tomorrow."""
    return TOP_UPS.steps(books, day, PROGRAMMES.ids(books), "top-up", _monthly)


def _monthly(books: Books, programme: str, id: str) -> Iterator[Transaction]:
    """The monthly amount, less what extra top-ups left of the most that the terms allow."""
    terms, card = PROGRAMMES.today(books, programme), Card.existing(books, programme, id)
    if card.closed_on:
        return
    voucher = PROGRAMMES.voucher(books, terms, programme)
    _load(voucher, terms, card, max(min(card.monthly, terms.most - card.in_month(books.today)), 0))
    voucher.put(next_top_up(books, terms, programme, id, books.today + timedelta(days=1)))
    yield voucher.transaction("top-up", f"card {id} of {card.employee}")


def _load(voucher: Voucher, terms: MealTerms, card: Card, amount: int) -> None:
    books, (programme, id) = voucher.books, card.ids
    if not amount:
        return
    expires_on = terms.expires_on(books.today)
    employer = Employer.existing(books, programme).party
    voucher.move(chart.DEMAND(employer), CARD(programme, id), amount)
    voucher.keep(card.topped(amount, books.today, expires_on))
    voucher.put(*note_expiry(books, terms, programme, id, expires_on))
    voucher.notify(card.employee, "topped-up", id, amount=str(Amount(amount, terms.unit)))
