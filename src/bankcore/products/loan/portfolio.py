"""Loans in tables (贷款台账): portfolio, overdue, schedules, fees, and a schedule before signing.

>>> table = preview(LoanTerms(), Amount.parse("1,000.00", "CNY/2"), 2, date(2024, 1, 31))
>>> [str(row[2]) for row in table.rows]
['502.72 CNY', '502.73 CNY']
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

from bankcore.amounts import Amount
from bankcore.ledger.books import Books
from bankcore.product.parties import may_see
from bankcore.product.product import Noun
from bankcore.products.loan.effective import decimals
from bankcore.products.loan.instalments import Schedule
from bankcore.products.loan.loans import BORROWER, Loan, State
from bankcore.products.loan.programmes import LoanTerms, Method
from bankcore.tables import Table

__all__ = ["preview", "schedule_of"]

noun = Noun(__name__)
_BUCKETS = (0, 30, 60, 90)  # days overdue, the last of each bucket
_INSTALMENT = ("number", "due", "payment", "principal", "interest", "left")


def preview(terms: LoanTerms, amount: Amount, months: int, start: date) -> Table:
    """The schedule that a loan disbursed on `start` would have; raises BadDate, CalendarExhausted."""
    schedule = Schedule.begin(terms, amount.quantity, months, start)
    return Table(f"Schedule of {amount}", _INSTALMENT, tuple(_instalments(schedule)))


def schedule_of(books: Books, programme: str, loan: str) -> Table:
    """The instalments of a loan still to come; raises NotFound."""
    found = Loan.existing(books, programme, loan)
    rows = _instalments(found.plan) if found.schedule else ()
    return Table(f"Schedule of {loan}", _INSTALMENT, tuple(rows))


@noun.report("portfolio", BORROWER)
def list_portfolio(books: Books) -> Table:
    """Every loan that runs: what is left, what of it is due, since when, and what it yields a year."""
    rows = []
    for loan in _loans(books, State.LENT):
        money = _amounts(loan, loan.amount, loan.principal_left, loan.owed)
        when = (loan.next_due or "", loan.days_overdue(books.today))
        rows.append((*_named(loan), *money, *when, str(loan.terms.rate), _effective(loan)))
    columns = (
        "programme", "loan", "borrower", "disbursed", "principal", "due", "next due", "days overdue", "rate",
        "effective rate",
    )  # fmt: skip
    return Table("Loans", columns, tuple(rows))


@noun.report("overdue", {})
def list_overdue(books: Books) -> Table:
    """Principal of each programme by the age of the oldest unpaid instalment."""
    held: dict[str, tuple[Loan, Counter[int]]] = {}
    for loan in _loans(books, State.LENT):
        _, buckets = held.setdefault(loan.programme, (loan, Counter()))
        age = sum(loan.days_overdue(books.today) > last for last in _BUCKETS)
        buckets[age] += loan.principal_left
    ages = range(len(_BUCKETS) + 1)
    rows = (
        (programme, *_amounts(loan, *(buckets[age] for age in ages), sum(buckets.values())))
        for programme, (loan, buckets) in held.items()
    )
    columns = (
        "programme", "not overdue", "1-30 days", "31-60 days", "61-90 days", "over 90 days", "principal"
    )  # fmt: skip
    return Table("Overdue loans", columns, tuple(rows))


@noun.report("schedules")
def list_schedules(books: Books) -> Table:
    """The instalments still to come of every loan that runs."""
    seen = (loan for loan in _loans(books, State.LENT) if may_see(books, loan.borrower))
    rows = ((*loan.ids, *row) for loan in seen for row in _instalments(loan.plan))
    return Table("Schedules", ("programme", "loan", *_INSTALMENT), tuple(rows))


@noun.report("fees", BORROWER)
def list_fees(books: Books) -> Table:
    """Origination fees: what is income so far and what is not yet, and the effective rate a year."""
    rows = (
        (*_named(loan), *_amounts(loan, loan.fee, loan.fee - loan.unearned, loan.unearned), _effective(loan))
        for loan in _loans(books, State.LENT, State.REPAID, State.WRITTEN_OFF)
        if loan.fee
    )
    columns = ("programme", "loan", "borrower", "fee", "earned", "unearned", "effective rate")
    return Table("Origination fees", columns, tuple(rows))


def _instalments(schedule: Schedule) -> Iterator[tuple[Any, ...]]:
    left, unit = schedule.left, schedule.terms.unit
    for it in schedule.rest():
        left -= it.principal
        money = (Amount(quantity, unit) for quantity in (it.payment, it.principal, it.interest, left))
        yield (it.number, it.due_on, *money)


def _effective(loan: Loan) -> str:
    """The effective rate of a period times the periods of a year; without a fee it is the contract's."""
    yearly = loan.terms.rate.fraction
    if loan.carrying is not None:
        yearly = loan.carrying.rate * 12 / (loan.plan.at.months if loan.terms.method is Method.BULLET else 1)
    return f"{decimals(yearly * 100, 6)}%"


def _named(loan: Loan) -> tuple[str, str, str]:
    return loan.programme, loan.name, loan.borrower


def _amounts(loan: Loan, *quantities: int) -> tuple[Amount, ...]:
    return tuple(Amount(quantity, loan.unit) for quantity in quantities)


def _loans(books: Books, *states: State) -> Iterator[Loan]:
    """The loans in these states, by programme and id."""
    return (loan for loan in Loan.every(books) if loan.state in states)
