"""The records of crowdfunded certificates: terms, parties, orders, shares, and what falls due when.

A record's id is the programme's followed by its own, joined by colons.  What falls due has the day
before the order, so that the close of a day reads what is due on it and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Any

from bankcore.amounts import Amount
from bankcore.errors import UnitMismatch
from bankcore.ledger.ports import Books
from bankcore.ledger.transactions import Record, canonical_json
from bankcore.products.certificate.accounts import interest_root
from bankcore.products.certificate.refusals import AlreadyTaken, NotFound
from bankcore.products.certificate.terms import CertificateTerms
from bankcore.products.schedules import in_force

__all__ = [
    "CUSTOMER",
    "DUE",
    "ORDER",
    "PAGE",
    "SHARE",
    "TERMS",
    "THIRD_PARTY",
    "accrued",
    "due",
    "every",
    "existing",
    "fresh",
    "pages",
    "programmes",
    "quantity",
    "terms_on",
    "written",
]

CUSTOMER = "certificate.customer"
DUE = "certificate.due"
ORDER = "certificate.order"
SHARE = "certificate.share"
TERMS = "certificate.terms"
THIRD_PARTY = "certificate.third-party"

PAGE = 1_000  # records read at a time


def pages(books: Books, kind: str, root: str = "", size: int = PAGE) -> Iterator[list[Record]]:
    """The latest versions of the records below `root` in id order, a page at a time."""
    after = ""
    while page := list(books.records(kind, root, after, size)):
        yield page
        after = page[-1].id


def every(books: Books, kind: str, root: str = "") -> Iterator[Record]:
    """The latest versions of the records below `root`, in id order."""
    return (record for page in pages(books, kind, root) for record in page)


def programmes(books: Books) -> list[str]:
    """The ids of all programmes, ascending."""
    return [record.id for record in every(books, TERMS)]


def existing(books: Books, kind: str, *id: str) -> Record:
    """The record; raises NotFound."""
    record = books.record(kind, ":".join(id))
    if record is None:
        raise NotFound(_noun(kind), id[-1])
    return record


def fresh(books: Books, kind: str, *id: str) -> str:
    """The id of a record still to be made; raises AlreadyTaken."""
    joined = ":".join(id)
    if books.record(kind, joined) is not None:
        raise AlreadyTaken(_noun(kind), id[-1])
    return joined


def quantity(terms: CertificateTerms, amount: Amount) -> int:
    """The amount in minor units of the programme; raises UnitMismatch."""
    if amount.unit != terms.unit:
        raise UnitMismatch(terms.unit, amount.unit, "amount")
    return amount.quantity


def written(books: Books, kind: str, *id: str, **data: Any) -> Record:
    """The next version of a record, or its first, with exactly this data."""
    stored = books.record(kind, ":".join(id))
    return Record(kind, ":".join(id), data, 1 if stored is None else stored.version + 1)


def due(books: Books, programme: str, order: str, on: date) -> Record:
    """The note that something of the order falls due on a day."""
    return written(books, DUE, programme, on.isoformat(), order)


def accrued(books: Books, programme: str, after: str, last: str) -> dict[str, int]:
    """Interest payable of the certificates behind `after` up to `last`, by order."""
    root = interest_root(programme)
    found: dict[str, int] = {}
    start = f"{root}:{after}" if after else ""
    while rows := list(books.balances(root, start, PAGE)):
        for path, balance in rows:
            order = path.rpartition(":")[2]
            if order > last:
                return found
            found[order] = balance
        start = rows[-1][0]
    return found


def terms_on(books: Books, programme: str, day: date) -> CertificateTerms:
    """The terms in force on a day that is not closed; raises NotFound."""
    record = existing(books, TERMS, programme)
    return _read(canonical_json(in_force(record.data["schedule"], day)))


@lru_cache(maxsize=256)
def _read(text: str) -> CertificateTerms:
    """Reading terms takes longer than a rule; the text of a schedule's entry seldom changes."""
    return CertificateTerms.from_data(json.loads(text))


def _noun(kind: str) -> str:
    return "programme" if kind == TERMS else kind.removeprefix("certificate.")
