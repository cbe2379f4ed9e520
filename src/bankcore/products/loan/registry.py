"""The records of loans beside the loans themselves: terms, pushes lent on, and what falls due when.

What falls due has the day before the loan in its id, so that the close of a day reads what is due on
it and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from bankcore.errors import UnitMismatch
from bankcore.ledger.accounts import Account, AccountPath
from bankcore.ledger.ports import Books
from bankcore.ledger.transactions import Record, Transaction, legs, open_account
from bankcore.products import records
from bankcore.products.loan.terms import LoanTerms
from bankcore.products.refusals import AlreadyTaken

__all__ = ["DUE", "LENT_ON", "TERMS", "due", "missing", "operation", "terms_on"]

DUE = "loan.due"  # programme:day:loan
LENT_ON = "loan.push"  # network:push, of all programmes
TERMS = "loan.terms"  # programme


def terms_on(books: Books, programme: str, day: date) -> LoanTerms:
    """The terms in force on a day that is not closed; raises NotFound."""
    return records.terms_on(LoanTerms, books, TERMS, programme, day)


def due(books: Books, programme: str, loan: str, on: date) -> Record:
    """The note that something of the loan falls due on a day."""
    return records.written(books, DUE, programme, on.isoformat(), loan)


def missing(books: Books, wanted: tuple[Account, ...]) -> tuple[Record, ...]:
    """Records that open those of the accounts that are not there yet.

    Raises UnitMismatch, AlreadyTaken where somebody opened an account of the loan by hand.
    """
    opening = []
    known = books.accounts([account.path for account in wanted])
    for account in wanted:
        stored = known.get(account.path)
        if stored is None:
            opening.append(open_account(account))
        elif stored.unit != account.unit:
            raise UnitMismatch(stored.unit, account.unit, account.path)
        elif account.path.within("loan"):
            raise AlreadyTaken("account", account.path)
    return tuple(opening)


def operation(
    books: Books,
    terms: LoanTerms,
    agreement: str,
    kind: str,
    description: str,
    *,
    debit: Mapping[AccountPath, int] | None = None,
    credit: Mapping[AccountPath, int] | None = None,
    records: tuple[Record, ...] = (),
) -> Transaction:
    """A transaction of today: debits, credits and records."""
    return Transaction(
        kind=f"loan.{kind}",
        effective_on=books.today,
        postings=legs(terms.unit, debit=debit or {}, credit=credit or {}),
        records=records,
        description=description,
        agreement=agreement,
    )
