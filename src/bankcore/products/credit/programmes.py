"""What the bank offers (授信条款): how limits grow with points, what a drawing costs and when it is due.

Credit lines are offered to the members of a points programme.  New terms count from a later day on, so
every day of a line is charged at the terms that were in force on it.

>>> terms = CreditTerms()
>>> terms.limit(18_765, 1_000), terms.due_on(date(2024, 1, 31))
(1100000, datetime.date(2024, 2, 20))
>>> old, new = CreditTerms.from_data({"rate": "7.2%"}), CreditTerms.from_data({"rate": "3.6%"})
>>> tariff = Tariff(((date(2024, 1, 1), old), (date(2024, 2, 10), new)))
>>> tariff.interest(1_000_00, date(2024, 2, 1), date(2024, 2, 11))
Fraction(190, 1)
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import Enum
from fractions import Fraction
from itertools import pairwise
from typing import Any

from attrs import frozen

from bankcore.calendars import add_months
from bankcore.errors import BadTerms, ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import chart, fields, programme, term
from bankcore.product.interest import at_rate
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.programme import Programme
from bankcore.product.refusals import AlreadyTaken
from bankcore.product.terms import Terms
from bankcore.rates import Rate

__all__ = ["ChangeTerms", "CreditTerms", "LineOpen", "OpenProgramme"]

noun = Noun(__name__)


# --- terms ------------------------------------------------------------------------------------------


class Posting(Enum):
    """When accrued interest is posted; the sums are the same."""

    DAILY = "daily"  # at the close of every day
    DUE = "due"  # when it is due, and with every drawing and repayment


@frozen(kw_only=True)
class CreditTerms(Terms):
    """What the bank offers; amounts are minor units of `unit`.  Raises BadTerms for a value out of bounds."""

    base: int = term.amount(2_000_00, "limit without any points")
    step: int = term.amount(500_00, "rise of the limit for each full number of points")
    per_points: int = term.count(1_000, 1, 10**9, "lifetime points of a consumer for one rise")
    per_credit_points: int = term.count(1_000, 1, 10**9, "credit points of a provider for one rise")
    cap: int = term.amount(50_000_00, "highest limit")
    rate: Rate = term.rate("7.3%", "24%", "yearly rate, 0 to 24%, by ACT/360")
    overdue_factor: Rate = term.rate("1.5", "1.5", "the overdue rate is so many times as high", "1.3")
    grace_days: int = term.count(3, 0, 30, "days after the due date without overdue interest")
    due_day: int = term.count(20, 1, 28, "day of the month on which a drawing is due")
    due_months: int = term.count(1, 1, 12, "months from the first drawing to that day")
    posting: Posting = term.choice(Posting.DAILY, "when interest is posted")
    value_back: int = term.count(30, 0, 92, "days by which the value date of a repayment may lie back")
    automatic: bool = term.flag(True, "whether what is due is collected at the close of the day")
    reminder_days: int = term.count(30, 1, 366, "days from one reminder of what is overdue to the next")
    write_off_days: int = term.count(90, 1, 3_660, "days overdue after which a line may be written off")

    def __attrs_post_init__(self) -> None:
        if self.base > self.cap:
            raise BadTerms("cap", "it lies below the limit without any points")

    def limit(self, points: int, per: int) -> int:
        """The limit that so many points give, one rise for each full `per` of them."""
        return min(self.base + self.step * (points // per), self.cap)

    def due_on(self, drawn_on: date) -> date:
        """When a first drawing of a day is due."""
        return add_months(drawn_on.replace(day=1), self.due_months).replace(day=self.due_day)

    def interest(self, principal: int, start: date, end: date, overdue: bool = False) -> Fraction:
        """The exact interest on a principal over [start, end)."""
        factor = self.overdue_factor.fraction if overdue else 1
        return at_rate(principal, self.rate, start, end) * factor


@frozen
class Tariff:
    """Terms by their first day, ascending; before the first of them there is no line."""

    terms: tuple[tuple[date, CreditTerms], ...]

    def on(self, day: date) -> CreditTerms:
        """The terms in force on a day."""
        return next(terms for start, terms in reversed(self.terms) if start <= day)

    def interest(self, principal: int, start: date, end: date, overdue: bool = False) -> Fraction:
        """The exact interest on a principal over [start, end), each day at its own rate."""
        cuts = [start, *(begin for begin, _ in self.terms if start < begin < end), end]
        return sum(
            (self.on(first).interest(principal, first, last, overdue) for first, last in pairwise(cuts)),
            Fraction(0),
        )


PROGRAMMES = Programme("credit", CreditTerms, history=True, ahead=True)


def tariff_of(books: Books, programme: str) -> Tariff:
    """The terms of every day so far, and of those to come; raises NotFound."""
    return Tariff(PROGRAMMES.schedule(books, programme))


# --- commands and their rules -----------------------------------------------------------------------


class LineOpen(ProductRejection):
    sentence = "there is already a {kind} {id}"
    kind: str
    id: str


@frozen
class OpenProgramme(programme.OpenProgramme):
    """Offer credit lines to the members of a points programme (开办授信)."""

    programme: str = fields.id_("the points programme")
    terms: CreditTerms = fields.of_terms("its terms", CreditTerms)


@frozen
class ChangeTerms(programme.ChangeTerms):
    """Change some terms from a later day on (变更条款); interest of the days before keeps its rate."""

    programme: str = fields.id_("the points programme")
    terms: Mapping[str, Any] = fields.terms("the terms that change", fields.some_terms)
    effective_on: date | None = fields.day("first day of the new terms; tomorrow if not given", None)


@noun.rule(OpenProgramme)
def open_programme(terms: CreditTerms, command: OpenProgramme, books: Books) -> Plan:
    """Keep the terms and open the bank's accounts.  Refuses: UnitMismatch, LineOpen."""
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    income = (chart.INTEREST_INCOME, chart.LOAN_LOSS, chart.PENALTY_INCOME)
    voucher.open(*(it.account(unit=terms.unit, on=books.today) for it in income))
    try:
        PROGRAMMES.open(voucher, command.programme, terms)
    except AlreadyTaken as taken:
        raise LineOpen(taken.kind, taken.id) from None
    return voucher.plan("open", f"credit lines for programme {command.programme}")


# limits fall only by decision; what is drawn keeps its due date, and the grace in force on that date
noun.rule(ChangeTerms)(PROGRAMMES.change)
