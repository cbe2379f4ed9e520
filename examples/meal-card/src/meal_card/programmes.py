"""Programmes (餐卡计划): what an employer and the bank agreed on.

>>> terms = MealTerms.from_data({"most": "600.00", "leftover": "forfeited"})
>>> terms.most, terms.leftover.value, terms.expires_on(date(2024, 5, 9)).isoformat()
(60000, 'forfeited', '2024-06-30')
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from enum import Enum
from typing import Any, ClassVar

from attrs import frozen

from bankcore.calendars import month_end
from bankcore.product import (
    AccountPath,
    Books,
    Facts,
    Noun,
    Plan,
    ProductRejection,
    Programme,
    Terms,
    chart,
    fields,
    programme,
    term,
)
from bankcore.product.parties import Contract, Kind, account_of, acting_for, active_party
from bankcore.product.refusals import NotAFirm

__all__ = ["ChangeTerms", "Leftover", "MealTerms", "NotTheEmployer", "OpenProgramme", "Settle"]

noun = Noun(__name__)
PRODUCT = "meal-card"


class Leftover(Enum):
    """Who gets what was not spent in time."""

    EMPLOYER = "employer"
    FORFEITED = "forfeited"  # the bank, as income


class Settle(Enum):
    """When a shop is paid."""

    AT_CLOSE = "at-close"  # what it took in a day, in one sum
    AT_ONCE = "at-once"


@frozen(kw_only=True)
class MealTerms(Terms):
    """The terms of a programme.  Raises BadTerms for a value out of bounds."""

    most: int = term.amount(1_000_00, "the most that a card is topped up with in a month", least=1)
    top_up_day: int = term.count(1, 1, 28, "day of the month on which cards are topped up")
    days: int = term.count(30, 0, 366, "days after the month's end on which a month's money expires")
    warn: int = term.count(7, 0, 60, "days before that on which the employee is told")
    leftover: Leftover = term.choice(Leftover.EMPLOYER, "who gets what has expired")
    settle: Settle = term.choice(Settle.AT_CLOSE, "when shops are paid")

    def expires_on(self, day: date) -> date:
        """The last day on which money topped up on a day can be spent."""
        return month_end(day) + timedelta(days=self.days)


@frozen(kw_only=True)
class Employer(Facts):
    """The firm that pays for the cards of a programme."""

    KIND: ClassVar = "meal-card.employer"  # programme
    party: str
    since: date


class NotTheEmployer(ProductRejection):
    sentence = "{party} is not the employer of programme {programme}"
    programme: str
    party: str


PROGRAMMES = Programme(PRODUCT, MealTerms)


@frozen
class OpenProgramme(programme.OpenProgramme):
    """Offer meal cards to the employees of a firm (开办餐卡计划)."""

    employer: str = fields.id_("the firm that pays for them")
    terms: MealTerms = fields.of_terms("its terms", MealTerms)


@frozen
class ChangeTerms(programme.ChangeTerms):
    """Change terms from a day on, for money topped up from then on (变更餐卡条款)."""

    terms: Mapping[str, Any] = fields.terms("what changes", fields.some_terms)
    effective_on: date | None = fields.day("first day; today if not given", None)


@noun.rule(OpenProgramme)
def open_programme(terms: MealTerms, command: OpenProgramme, books: Books) -> Plan:
    """Keep the terms and the employer.

    Refuses, in this order: NotFound, PartyErased, PartySuspended, NotAFirm, NoCurrentAccount, UnitMismatch,
    AlreadyTaken.
    """
    employer = active_party(books, command.employer)
    if employer.kind is not Kind.FIRM:
        raise NotAFirm(employer.id)
    account_of(books, employer.id)
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    voucher.open(chart.BREAKAGE_INCOME.account(unit=terms.unit, on=books.today))
    PROGRAMMES.open(voucher, command.programme, terms)
    voucher.put(Contract.opened(books, employer.id, PRODUCT, command.programme))
    voucher.keep(Employer(id=command.programme, party=employer.id, since=books.today))
    return voucher.plan("open", f"meal cards {command.programme}")


noun.rule(ChangeTerms)(PROGRAMMES.change)


def check_employer(books: Books, programme: str, party: str) -> None:
    """Raise NotTheEmployer unless the party is; PartySuspended, PartyErased for who acts for it."""
    acting_for(books, party)
    if Employer.existing(books, programme).party != party:
        raise NotTheEmployer(programme, party)


def receiver_of_leftover(books: Books, terms: MealTerms, programme: str) -> AccountPath:
    """The account that receives what has expired."""
    if terms.leftover is Leftover.FORFEITED:
        return chart.BREAKAGE_INCOME()
    return chart.DEMAND(Employer.existing(books, programme).party)
