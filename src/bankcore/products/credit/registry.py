"""The records of credit lines, and the transactions they travel in."""

from __future__ import annotations

from datetime import date
from functools import partial

from bankcore.errors import UnitMismatch
from bankcore.ledger.accounts import Account
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record, open_account
from bankcore.product import records, voucher
from bankcore.product.records import terms_on
from bankcore.products.credit.refusals import HolderUnknown, LineOpen, LineUnknown
from bankcore.products.credit.tariff import Tariff
from bankcore.products.credit.terms import CreditTerms
from bankcore.products.standings import CARD, LINE, PROVIDER, Standing, standing_of

__all__ = [
    "LINE",
    "TERMS",
    "Line",
    "existing",
    "fresh",
    "opened",
    "operation",
    "per_of",
    "standing",
    "tariff",
    "terms_of",
]

TERMS = "credit.terms"  # programme

operation = partial(voucher.operation, "credit")

Line = tuple[str, str, str]  # programme, kind of holder, holder


def terms_of(books: Books, programme: str) -> CreditTerms:
    """The terms of a programme in force today; raises NotFound where none are offered."""
    return terms_on(CreditTerms, books, TERMS, programme, books.today)


def tariff(books: Books, programme: str) -> Tariff:
    """The terms of every day so far, and of those to come."""
    schedule = records.existing(books, TERMS, programme).data["schedule"]
    days = [date.fromisoformat(start) for start, _ in schedule]
    return Tariff(tuple((day, terms_on(CreditTerms, books, TERMS, programme, day)) for day in days))


def existing(books: Books, line: Line) -> Record:
    """The record of a line; raises LineUnknown."""
    record = books.record(LINE, ":".join(line))
    if record is None:
        raise LineUnknown(line[0], line[2])
    return record


def fresh(books: Books, kind: str, id: str) -> None:
    """Raises LineOpen where the record exists."""
    if books.record(kind, id) is not None:
        raise LineOpen({LINE: "line", TERMS: "programme"}[kind], id.rpartition(":")[2])


def standing(books: Books, line: Line) -> Standing:
    """How the holder of a line stands in the points programme; raises HolderUnknown."""
    programme, kind, holder = line
    found = standing_of(books, CARD if kind == "consumer" else PROVIDER, programme, holder)
    if found is None:
        raise HolderUnknown(programme, holder)
    return found


def per_of(terms: CreditTerms, line: Line) -> int:
    """The points for one rise of the limit."""
    return terms.per_points if line[1] == "consumer" else terms.per_credit_points


def opened(books: Books, wanted: tuple[Account, ...]) -> tuple[Record, ...]:
    """Records that open the accounts; those of the bank may be open already, the line's may not.

    Raises UnitMismatch, LineOpen.
    """
    missing = []
    for account in wanted:
        known = books.account(account.path)
        if known is None:
            missing.append(open_account(account))
        elif known.unit != account.unit:
            raise UnitMismatch(known.unit, account.unit, account.path)
        elif account.path.within("credit"):
            raise LineOpen("account", account.path)
    return tuple(missing)
