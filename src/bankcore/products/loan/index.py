"""Indices (基准利率), such as the loan prime rate (LPR), that rates of loans follow.

An index is the bank's data: an officer publishes its rate with the day from which it holds.

>>> lpr = Index(id="lpr-1y", rates=((date(2024, 1, 22), Rate.parse("3.45%")),))
>>> str(lpr.on(date(2024, 7, 1))), lpr.on(date(2024, 1, 1))
('3.45%', None)
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any, ClassVar

from attrs import evolve, frozen

from bankcore.errors import PeriodClosed, ProductRejection
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Transaction
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.product.facts import Facts
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.products.loan.programmes import PROGRAMMES, LoanTerms
from bankcore.rates import Rate
from bankcore.tables import Table

__all__ = ["IndexUnknown", "PublishIndex"]

noun = Noun(__name__)
_HIGHEST = Rate.parse("24%").fraction


@frozen(kw_only=True)
class Index(Facts):
    """An index: its rates by the day from which each holds, ascending."""

    KIND: ClassVar = "loan.index"  # index
    rates: tuple[tuple[date, Rate], ...]

    def on(self, day: date) -> Rate | None:
        """The rate that holds on a day; None before the first."""
        return next((rate for start, rate in reversed(self.rates) if start <= day), None)


def rate_on(books: Books, terms: LoanTerms, day: date) -> Rate:
    """Index and spread on a day, from 0 to 24%; the contract's own rate where it follows no index.

    Raises IndexUnknown.
    """
    if not terms.follows:
        return terms.rate
    index = Index.find(books, terms.index)
    rate = index and index.on(day)
    if not rate:
        raise IndexUnknown(terms.index, day)
    return Rate(min(max(rate.fraction + terms.spread.fraction, Fraction(0)), _HIGHEST))


# --- refusals ---------------------------------------------------------------------------------------


class IndexUnknown(ProductRejection):
    sentence = "no rate of index {index} is published for {day}"
    index: str
    day: date


# --- commands and their rules -----------------------------------------------------------------------


def _is_index(rate: Any) -> bool:
    return isinstance(rate, Rate) and 0 <= rate.fraction <= 1


@frozen
class PublishIndex:
    """Publish what an index is from a day on (公布基准利率); loans follow it at their repricing dates."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    index: str = fields.id_("the index, such as lpr-1y")
    rate: Rate = fields.checked("yearly rate, 0 to 100%", _is_index, "a rate from 0% to 100% is needed")
    effective_on: date | None = fields.day("from when it holds; today if not given", None)


@noun.rule(PublishIndex)
def publish_index(terms: None, command: PublishIndex, books: Books) -> Plan:
    """Keep the rate; what was to hold from the same day is replaced.  Refuses: PeriodClosed."""
    day = command.effective_on or books.today
    if day < books.today:
        raise PeriodClosed(day, books.today)
    known = Index.find(books, command.index) or Index(id=command.index, rates=())
    rates = tuple(sorted({**dict(known.rates), day: command.rate}.items(), key=lambda it: it[0]))
    text = f"index {command.index} is {command.rate} from {day}"
    record = evolve(known, rates=rates).record()
    kept = Transaction(kind="loan.index", effective_on=books.today, records=(record,), description=text)
    return Plan((kept,))


def terms_for(command: Any, books: Books) -> LoanTerms | None:
    """The terms of the programme that a command names; an index is of no programme."""
    return None if isinstance(command, PublishIndex) else PROGRAMMES.of(command, books)


@noun.report("indices")
def list_indices(books: Books) -> Table:
    """Every index: its rates and from when each holds."""
    rows = tuple((it.id, day, str(rate)) for it in Index.every(books) for day, rate in it.rates)
    return Table("Indices", ("index", "from", "rate"), rows)
