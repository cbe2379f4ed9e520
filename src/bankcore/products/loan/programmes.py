"""What the bank offers (贷款产品): terms by default, and what one contract fixes for its whole life.

>>> terms = LoanTerms.from_data({"rate": "7.20%", "method": "equal-principal"})
>>> terms.fee_of(30_000_00), [str(terms.due_on(date(2024, 1, 31), k)) for k in (1, 2)]
(0, ['2024-02-29', '2024-03-31'])
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import Enum
from fractions import Fraction
from typing import Any

from attrs import frozen

from bankcore.calendars import DayCount, Roll, add_months, day_count
from bankcore.ledger.books import Books
from bankcore.product import chart, fields, programme, term
from bankcore.product.accruals import Accrue, accrue_term
from bankcore.product.business_days import PastCalendar, business_calendar, past_calendar_term
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.programme import Programme
from bankcore.product.terms import Terms
from bankcore.rates import Rate, round_half_up

__all__ = ["ChangeTerms", "LoanTerms", "OpenProgramme"]

noun = Noun(__name__)


# --- terms ------------------------------------------------------------------------------------------


class Method(Enum):
    """How principal is repaid."""

    ANNUITY = "annuity"  # 等额本息: level payments
    EQUAL_PRINCIPAL = "equal-principal"  # 等额本金
    BULLET = "bullet"  # 到期还本付息: all of it, with its interest, at the end


class Basis(Enum):
    """How interest is counted."""

    MONTHS = "months"  # a twelfth of the yearly rate a month, a day as its share of its month
    ACTUAL = "act-360"  # actual days over 360


class Posting(Enum):
    """When penalty is posted; the sums are the same."""

    DAILY = "daily"  # at the close of every day overdue
    EVENTS = "events"  # with what is paid, charged or written off


class Reprice(Enum):
    """When a rate that follows an index is taken anew."""

    NEVER = "never"
    JANUARY = "january"  # on the first of January
    YEARLY = "yearly"  # so many whole years after the disbursement
    QUARTERLY = "quarterly"
    MONTHLY = "monthly"

    @property
    def months(self) -> int:
        """The months from one date to the next; 0 for never."""
        return {"never": 0, "quarterly": 3, "monthly": 1}.get(self.value, 12)


@frozen(kw_only=True)
class LoanTerms(Terms):
    """What the bank offers; a contract may differ.  Raises BadTerms for a value out of bounds."""

    needs_push: bool = term.flag(True, "whether a loan needs a push that the firm accepted")
    rate: Rate = term.rate("4.35%", "24%", "yearly rate, 0 to 24%")
    index: str = term.id_("none", "index that the rate follows; none for a rate of its own")
    spread: Rate = term.rate("0%", "20%", "what is added to the index, -10 to 20%", "-10%")
    reprice: Reprice = term.choice(Reprice.YEARLY, "when a rate that follows an index is taken anew")
    method: Method = term.choice(Method.ANNUITY, "how principal is repaid")
    basis: Basis = term.choice(Basis.MONTHS, "how interest is counted")
    fee: Rate = term.rate("0%", "3%", "origination fee on the amount, 0 to 3%, kept back from it")
    roll: Roll = term.choice(Roll.CALENDAR, "where a due date goes that is no business day")
    calendar: str = term.calendar("WEEKENDS", "business calendar")
    past_calendar: PastCalendar = past_calendar_term()
    month_end: bool = term.flag(False, "whether from a month's last day on all due dates are last days")
    penalty_factor: Rate = term.rate("1.5", "1.5", "the penalty rate is so many times the rate", "1")
    grace_days: int = term.count(0, 0, 30, "days after a due date in which paying costs no penalty")
    posting: Posting = term.choice(Posting.DAILY, "when penalty is posted")
    accrue: Accrue = accrue_term()
    coverage: Rate = term.rate("0%", "300%", "part of the principal that collateral and guarantees cover")
    value_back: int = term.count(30, 0, 92, "days by which the value date of a payment may lie back")
    automatic: bool = term.flag(True, "whether what is due is collected at the close of the day")

    def fee_of(self, amount: int) -> int:
        """The origination fee, rounded half up."""
        return round_half_up(amount * self.fee.fraction)

    def due_on(self, start: date, months: int) -> date:
        """So many months after the start, clamped to the month, then rolled to a business day.

        Raises BadDate beyond the year 9999, CalendarExhausted beyond the calendar's data.
        """
        return business_calendar(self.calendar, self.past_calendar).roll(
            add_months(start, months, self.month_end), self.roll
        )

    @property
    def follows(self) -> bool:
        """Whether the rate is that of an index and a spread."""
        return self.index != "none"

    def penalty(self, start: date, end: date, rate: Rate | None = None) -> Fraction:
        """The penalty rate of [start, end) at its own or another rate, by actual days of a year of 360."""
        yearly = self.penalty_factor.fraction * (rate or self.rate).fraction
        return yearly * day_count(DayCount.ACT_360, start, end)


PROGRAMMES = Programme("loan", LoanTerms)


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class OpenProgramme(programme.OpenProgramme):
    """Offer loans (开办贷款)."""

    programme: str = fields.id_("the loan programme")
    terms: LoanTerms = fields.of_terms("its terms", LoanTerms)


@frozen
class ChangeTerms(programme.ChangeTerms):
    """Change terms from a day on, for contracts signed from then on (变更贷款条款)."""

    programme: str = fields.id_("the loan programme")
    terms: Mapping[str, Any] = fields.terms("what changes", fields.some_terms)
    effective_on: date | None = fields.day("first day; today if not given", None)


@noun.rule(OpenProgramme)
def open_programme(terms: LoanTerms, command: OpenProgramme, books: Books) -> Plan:
    """Keep the terms and open the bank's accounts.  Refuses: UnitMismatch, AlreadyTaken."""
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    bank = (chart.INTEREST_INCOME, chart.PENALTY_INCOME, chart.LOAN_LOSS)
    voucher.open(*(it.account(unit=terms.unit, on=books.today) for it in bank))
    PROGRAMMES.open(voucher, command.programme, terms)
    return voucher.plan("open", f"open programme {command.programme}")


noun.rule(ChangeTerms)(PROGRAMMES.change)
