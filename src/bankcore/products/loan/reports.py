"""Reports: the portfolio, what is overdue by age, schedules, fees, losses; and the preview of a schedule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from bankcore.amounts import Amount
from bankcore.ledger.books import Books
from bankcore.product.records import every
from bankcore.products.lendings import LOAN
from bankcore.products.loan.effective import decimals
from bankcore.products.loan.instalments import Schedule
from bankcore.products.loan.loans import Loan, State, loan_in
from bankcore.products.loan.terms import LoanTerms, Method
from bankcore.tables import Table

__all__ = ["REPORTS", "preview", "schedule_of"]

_BUCKETS = (0, 30, 60, 90)  # days overdue, the last of each bucket
_INSTALMENT = ("number", "due", "payment", "principal", "interest", "left")


def preview(terms: LoanTerms, amount: Amount, months: int, start: date) -> Table:
    """The schedule that a loan disbursed on `start` would have; raises BadDate, CalendarExhausted.

    >>> table = preview(LoanTerms(), Amount.parse("1,000.00", "CNY/2"), 2, date(2024, 1, 31))
    >>> [str(row[2]) for row in table.rows]
    ['502.72 CNY', '502.73 CNY']
    """
    schedule = Schedule.begin(terms, amount.quantity, months, start)
    return Table(f"Schedule of {amount}", _INSTALMENT, tuple(_instalments(schedule)))


def schedule_of(books: Books, programme: str, loan: str) -> Table:
    """The instalments of a loan still to come; raises NotFound."""
    found = loan_in(books, programme, loan)
    rows = _instalments(found.schedule) if found.schedule else ()
    return Table(f"Schedule of {loan}", _INSTALMENT, tuple(rows))


def portfolio(books: Books) -> Table:
    """Every loan that runs: what is left, what of it is due, since when, and what it yields a year."""
    rows = []
    for loan in _loans(books, State.LENT):
        left = loan.plan.left + sum(arrear.principal for arrear in loan.arrears)
        money = _amounts(loan, loan.amount, left, loan.owed)
        when = (loan.next_due or "", loan.days_overdue(books.today))
        rows.append((*_named(loan), *money, *when, str(loan.terms.rate), _effective(loan)))
    columns = (
        "programme", "loan", "borrower", "disbursed", "principal", "due", "next due", "days overdue", "rate",
        "effective rate",
    )  # fmt: skip
    return Table("Loans", columns, tuple(rows))


def overdue(books: Books) -> Table:
    """Principal of each programme by the age of the oldest unpaid instalment."""
    held: dict[str, tuple[Loan, Counter[int]]] = {}
    for loan in _loans(books, State.LENT):
        _, buckets = held.setdefault(loan.programme, (loan, Counter()))
        age = sum(loan.days_overdue(books.today) > last for last in _BUCKETS)
        buckets[age] += loan.plan.left + sum(arrear.principal for arrear in loan.arrears)
    rows = (
        (
            programme,
            *_amounts(loan, *(buckets[age] for age in range(len(_BUCKETS) + 1)), sum(buckets.values())),
        )
        for programme, (loan, buckets) in held.items()
    )
    columns = (
        "programme",
        "not overdue",
        "1-30 days",
        "31-60 days",
        "61-90 days",
        "over 90 days",
        "principal",
    )
    return Table("Overdue loans", columns, tuple(rows))


def schedules(books: Books) -> Table:
    """The instalments still to come of every loan that runs."""
    rows = (
        (loan.programme, loan.id, *row)
        for loan in _loans(books, State.LENT)
        for row in _instalments(loan.plan)
    )
    return Table("Schedules", ("programme", "loan", *_INSTALMENT), tuple(rows))


def fees(books: Books) -> Table:
    """Origination fees: what is income so far and what is not yet, and the effective rate a year."""
    rows = (
        (*_named(loan), *_amounts(loan, loan.fee, loan.fee - loan.unearned, loan.unearned), _effective(loan))
        for loan in _loans(books, State.LENT, State.REPAID, State.WRITTEN_OFF)
        if loan.fee
    )
    columns = ("programme", "loan", "borrower", "fee", "earned", "unearned", "effective rate")
    return Table("Origination fees", columns, tuple(rows))


def losses(books: Books) -> Table:
    """Loans written off, and what came back."""
    rows = (
        (*_named(loan), loan.ended_on, *_amounts(loan, loan.lost, loan.recovered, loan.lost - loan.recovered))
        for loan in _loans(books, State.WRITTEN_OFF)
    )
    columns = ("programme", "loan", "borrower", "written off on", "written off", "recovered", "lost")
    return Table("Loan losses", columns, tuple(rows))


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
        yearly = loan.carrying.rate * 12 / (loan.months if loan.terms.method is Method.BULLET else 1)
    return f"{decimals(yearly * 100, 6)}%"


def _named(loan: Loan) -> tuple[str, str, str]:
    return loan.programme, loan.id, loan.borrower


def _amounts(loan: Loan, *quantities: int) -> tuple[Amount, ...]:
    return tuple(Amount(quantity, loan.terms.unit) for quantity in quantities)


def _loans(books: Books, *states: State) -> Iterator[Loan]:
    """The loans in these states, by programme and id."""
    return (loan for record in every(books, LOAN) if (loan := Loan.read(record)).state in states)


REPORTS: Mapping[str, Callable[[Books], Table]] = {
    "portfolio": portfolio,
    "overdue": overdue,
    "schedules": schedules,
    "fees": fees,
    "losses": losses,
}
