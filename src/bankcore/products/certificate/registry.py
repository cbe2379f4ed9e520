"""The records of crowdfunded certificates: terms, parties, orders, shares, and what falls due when.

A record's id is the programme's followed by its own, joined by colons.  What falls due has the day
before the order, so that the close of a day reads what is due on it and nothing else.
"""

from __future__ import annotations

from datetime import date

from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product import records
from bankcore.product.records import written
from bankcore.products.certificate.accounts import interest_root
from bankcore.products.certificate.terms import CertificateTerms

__all__ = [
    "CUSTOMER",
    "DUE",
    "ORDER",
    "SHARE",
    "TERMS",
    "THIRD_PARTY",
    "accrued",
    "due",
    "terms_on",
]

CUSTOMER = "certificate.customer"
DUE = "certificate.due"
ORDER = "certificate.order"
SHARE = "certificate.share"
TERMS = "certificate.terms"
THIRD_PARTY = "certificate.third-party"


def due(books: Books, programme: str, order: str, on: date) -> Record:
    """The note that something of the order falls due on a day."""
    return written(books, DUE, programme, on.isoformat(), order)


def accrued(books: Books, programme: str, after: str, last: str) -> dict[str, int]:
    """Interest payable of the certificates after `after` up to `last`, by order."""
    root = interest_root(programme)
    found: dict[str, int] = {}
    start = f"{root}:{after}" if after else ""
    while rows := list(books.balances(root, start, records.PAGE)):
        for path, balance in rows:
            order = path.rpartition(":")[2]
            if order > last:
                return found
            found[order] = balance
        start = rows[-1][0]
    return found


def terms_on(books: Books, programme: str, day: date) -> CertificateTerms:
    """The terms in force on a day that is not closed; raises NotFound."""
    return records.terms_on(CertificateTerms, books, TERMS, programme, day)
