"""Programmes of time deposits: the terms on offer with their rates; changes are for deposits placed later.

>>> terms = DepositTerms.from_data({"rate": "1.35%", "months": 3, "ladder": [[12, "1.75%"], [24, "2.05%"]]})
>>> {months: str(rate) for months, rate in terms.offered.items()}
{3: '1.35%', 12: '1.75%', 24: '2.05%'}
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from attrs import frozen

from bankcore.calendars import Roll
from bankcore.errors import BadTerms
from bankcore.ledger.books import Books
from bankcore.product import chart, fields, programme, term
from bankcore.product.accruals import Accrue, accrue_term
from bankcore.product.business_days import PastCalendar, business_calendar, past_calendar_term
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.programme import Programme
from bankcore.product.terms import Terms
from bankcore.rates import Rate
from bankcore.tables import Table

__all__ = ["ChangeTerms", "DepositTerms", "OpenProgramme"]

noun = Noun(__name__)


@frozen(kw_only=True)
class DepositTerms(Terms):
    """What the bank offers.  Raises BadTerms for a value out of bounds, or a term with two rates."""

    rate: Rate = term.rate("1.35%", "15%", "yearly rate of the term, 0 to 15%, item by item")
    demand_rate: Rate = term.rate(
        "0.35%", "5%", "yearly demand rate for early withdrawals and days after maturity, by ACT/360"
    )
    months: int = term.count(3, 1, term.LONGEST_TERM, "months until it matures")
    ladder: tuple[tuple[int, Rate], ...] = term.ladder([], "further terms as [months, yearly rate]")
    least: int = term.amount(1_00, "smallest deposit", least=1)
    accrue: Accrue = accrue_term()
    roll: Roll = term.choice(Roll.CALENDAR, "when it is paid that matures on no business day")
    calendar: str = term.calendar("WEEKENDS", "business calendar")
    past_calendar: PastCalendar = past_calendar_term()

    def __attrs_post_init__(self) -> None:
        if self.months in dict(self.ladder):
            raise BadTerms("ladder", f"the rate of {self.months} months is the term rate")

    @property
    def offered(self) -> Mapping[int, Rate]:
        """The rates by the months of a term."""
        return {self.months: self.rate, **dict(self.ladder)}

    def pay_on(self, matures_on: date) -> date:
        """When a deposit is paid: on its maturity, rolled to a business day; raises CalendarExhausted."""
        return business_calendar(self.calendar, self.past_calendar).roll(matures_on, self.roll)


PROGRAMMES = Programme("time-deposit", DepositTerms, keeps=("unit", "accrue"))


@frozen
class OpenProgramme(programme.OpenProgramme):
    """Offer time deposits (开办定期存款)."""

    terms: DepositTerms = fields.of_terms("its terms", DepositTerms)


@frozen
class ChangeTerms(programme.ChangeTerms):
    """Change rates and terms from a day on, for deposits placed from then on (变更定期存款条款)."""

    terms: Mapping[str, Any] = fields.terms("what changes", fields.some_terms)
    effective_on: date | None = fields.day("first day; today if not given", None)


@noun.rule(OpenProgramme)
def open_programme(terms: DepositTerms, command: OpenProgramme, books: Books) -> Plan:
    """Keep the terms.  Refuses: UnitMismatch, AlreadyTaken."""
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    voucher.open(chart.INTEREST_EXPENSE.account(unit=terms.unit, on=books.today))
    PROGRAMMES.open(voucher, command.programme, terms)
    return voucher.plan("open", f"deposits {command.programme}")


noun.rule(ChangeTerms)(PROGRAMMES.change)


@noun.report("offers")
def list_offers(books: Books) -> Table:
    """The terms on offer today: months, yearly rate, and the demand rate before and after them."""
    rows = []
    for id, terms in PROGRAMMES.offered(books):
        rows += [
            (id, months, str(rate), str(terms.demand_rate)) for months, rate in sorted(terms.offered.items())
        ]
    return Table("Offers", ("programme", "months", "rate", "demand rate"), tuple(rows))
