"""The records of loans beside the loans themselves: terms, pushes lent on, and what falls due when.

What falls due has the day before the loan in its id, so that the close of a day reads what is due on
it and nothing else.
"""

from __future__ import annotations

from datetime import date
from functools import partial

from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product import records, voucher
from bankcore.products.loan.terms import LoanTerms

__all__ = ["DUE", "LENT_ON", "TERMS", "due", "operation", "terms_on"]

DUE = "loan.due"  # programme:day:loan
LENT_ON = "loan.push"  # network:push, of all programmes
TERMS = "loan.terms"  # programme

operation = partial(voucher.operation, "loan")


def terms_on(books: Books, programme: str, day: date) -> LoanTerms:
    """The terms in force on a day that is not closed; raises NotFound."""
    return records.terms_on(LoanTerms, books, TERMS, programme, day)


def due(books: Books, programme: str, loan: str, on: date) -> Record:
    """The note that something of the loan falls due on a day."""
    return records.written(books, DUE, programme, on.isoformat(), loan)
