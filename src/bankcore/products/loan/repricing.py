"""Repricing (重定价): a loan that follows an index takes its rate anew at its repricing dates.

Days before the date count at the old rate and days from it on at the new one, exactly; the instalments that
are left are worked out anew.  No money moves but the interest that has accrued.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| close of a repricing date | interest | interest income | of the running period, before the date |
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from bankcore.calendars import add_months
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record, Transaction
from bankcore.product.agenda import Agenda
from bankcore.product.plan import Step
from bankcore.product.product import Noun, Phase
from bankcore.products.loan.draft import Draft
from bankcore.products.loan.index import rate_on
from bankcore.products.loan.loans import BORROWER, Loan, State
from bankcore.products.loan.programmes import PROGRAMMES, Reprice
from bankcore.tables import Table

__all__: list[str] = []

noun = Noun(__name__)
_DAY = timedelta(days=1)
REPRICING = Agenda("loan.reprice", "rate of loan")  # programme:day:loan


def next_repricing(loan: Loan, after: date) -> date | None:
    """The first repricing date after a day, where the loan runs as long; None where it has none."""
    start, months = loan.disbursed_on, loan.terms.reprice.months
    if not loan.terms.follows or start is None or not months:
        return None
    if loan.terms.reprice is Reprice.JANUARY:
        day = date(after.year + 1, 1, 1) if after.year < date.max.year else None
    else:
        times = (after.year - start.year) * 12 + after.month - start.month
        day = next(
            it for k in range(max(times // months, 1), times // months + 3)
            if (it := add_months(start, k * months)) > after
        )  # fmt: skip
    last = loan.plan.due_on(loan.plan.count)
    return day if day is not None and day < last else None


def repricing_note(books: Books, loan: Loan) -> tuple[Record, ...]:
    """The note of the next repricing after today."""
    day = next_repricing(loan, books.today)
    return () if day is None else (REPRICING.note(books, loan.programme, loan.name, day),)


@noun.daily(Phase.DUE)
def reprice(books: Books, day: date) -> Iterator[Step]:
    """The loans whose repricing date it is, after what is due was charged at the old rate."""
    return REPRICING.steps(books, day, PROGRAMMES.ids(books), "reprice", _serve)


def _serve(books: Books, programme: str, id: str) -> Sequence[Transaction]:
    loan = Loan.existing(books, programme, id)
    if loan.state is not State.LENT or not loan.plan.left:
        return ()
    draft, rate = Draft(books, loan), rate_on(books, loan.terms, books.today)
    draft.charge()
    if rate != loan.terms.rate and draft.loan.plan.left:
        draft.reprice(rate)
        draft.notify("repriced", rate=str(rate), before=str(loan.terms.rate))
    draft.finish("reprice", f"loan {loan.name} bears {rate}", *repricing_note(books, loan))
    return draft.done


@noun.report("rates", BORROWER)
def list_rates(books: Books) -> Table:
    """The loans that run and follow an index: the rate, the spread, since when, and when it is taken anew."""
    rows = []
    for it in Loan.every(books):
        if it.state is State.LENT and it.terms.follows:
            since = it.rates[-1][0] if it.rates else it.disbursed_on
            its = (str(it.terms.rate), it.terms.index, str(it.terms.spread), since)
            rows.append((*it.ids, it.borrower, *its, next_repricing(it, books.today - _DAY) or ""))
    columns = ("programme", "loan", "borrower", "rate", "index", "spread", "since", "next repricing")
    return Table("Rates of loans", columns, tuple(rows))
