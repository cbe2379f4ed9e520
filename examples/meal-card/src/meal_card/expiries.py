"""Expiry (到期): what is left of a month's money leaves the card at the close of its last day.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| expire (到期) | card | the employer's account, or breakage income | what is left of the month's money |
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from bankcore import Amount, Record, Transaction
from bankcore.product import Agenda, Books, Noun, Phase, Step
from meal_card.cards import CARD, Card
from meal_card.programmes import PROGRAMMES, MealTerms, receiver_of_leftover

noun = Noun(__name__)
EXPIRIES = Agenda("meal-card.expiry", "card")
WARNINGS = Agenda("meal-card.warning", "card")


def note_expiry(books: Books, terms: MealTerms, programme: str, card: str, on: date) -> tuple[Record, Record]:
    """The notes that money on a card expires on a day, and that its employee is told before."""
    told = max(on - timedelta(days=terms.warn), books.today)
    return EXPIRIES.note(books, programme, card, on), WARNINGS.note(books, programme, card, told)


@noun.daily(Phase.DUE)
def warn(books: Books, day: date) -> Iterator[Step]:
    """Tell employees what expires soon."""
    return WARNINGS.steps(books, day, PROGRAMMES.ids(books), "warn", _warn)


def _warn(books: Books, programme: str, id: str) -> Iterator[Transaction]:
    terms, card = PROGRAMMES.today(books, programme), Card.existing(books, programme, id)
    lots = [
        lot for lot in card.lots if lot.left and lot.expires_on <= books.today + timedelta(days=terms.warn)
    ]
    if not lots:
        return
    voucher = PROGRAMMES.voucher(books, terms, programme)
    left, last = sum(lot.left for lot in lots), max(lot.expires_on for lot in lots)
    voucher.notify(
        card.employee, "expires", id, left=str(Amount(left, terms.unit)), last_day=last.isoformat()
    )
    yield voucher.transaction("warn", f"money on card {id} expires")


@noun.daily(Phase.DUE)
def expire(books: Books, day: date) -> Iterator[Step]:
    """Take what expires today off the cards; what is refused is due again tomorrow."""
    return EXPIRIES.steps(books, day, PROGRAMMES.ids(books), "expire", _expire)


def _expire(books: Books, programme: str, id: str) -> Iterator[Transaction]:
    terms, card = PROGRAMMES.today(books, programme), Card.existing(books, programme, id)
    if not (amount := card.expiring(books.today)):
        return
    voucher = PROGRAMMES.voucher(books, terms, programme)
    voucher.move(CARD(programme, id), receiver_of_leftover(books, terms, programme), amount)
    voucher.keep(card.after(books.today))
    voucher.notify(card.employee, "expired", id, amount=str(Amount(amount, terms.unit)))
    yield voucher.transaction("expire", f"what was left on card {id}")
