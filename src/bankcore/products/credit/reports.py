"""Reports: limits and their use, and what is overdue."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bankcore.amounts import Amount
from bankcore.ledger.books import Books
from bankcore.product.records import pages
from bankcore.products.credit import accounts, registry
from bankcore.products.credit.lines import LineState
from bankcore.products.credit.registry import Line
from bankcore.products.credit.terms import CreditTerms
from bankcore.tables import Table

__all__ = ["REPORTS"]


def lines(books: Books) -> Table:
    """Every line: limit, what is drawn and undrawn, percent in use, interest owed, and when it is due."""
    rows = []
    for line, terms, state in _lines(books):
        drawn, undrawn, owing = (
            books.balance(path(*line)) for path in (accounts.loan, accounts.undrawn, accounts.interest)
        )
        money = (Amount(fen, terms.unit) for fen in (state.limit, drawn, undrawn, owing))
        rows.append((*line, *money, 100 * drawn // state.limit if state.limit else 0, state.due_on))
    columns = ("programme", "kind", "holder", "limit", "drawn", "undrawn", "interest", "percent used", "due")
    return Table("Credit lines", columns, tuple(rows))


def overdue(books: Books) -> Table:
    """Lines past their due date, the longest first."""
    rows: list[tuple[Any, ...]] = []
    for line, terms, state in _lines(books):
        if days := state.days_overdue(books.today):
            owed = (
                Amount(books.balance(path(*line)), terms.unit) for path in (accounts.loan, accounts.interest)
            )
            rows.append((*line, *owed, state.due_on, days))
    rows.sort(key=lambda row: (-row[-1], row[:3]))
    columns = ("programme", "kind", "holder", "principal", "interest", "due", "days")
    return Table("Overdue", columns, tuple(rows))


def _lines(books: Books) -> Iterator[tuple[Line, CreditTerms, LineState]]:
    for page in pages(books, registry.LINE):
        for record in page:
            programme, kind, holder = record.id.split(":")
            terms = registry.terms_of(books, programme)
            yield (programme, kind, holder), terms, LineState.from_data(record.data)


REPORTS: Mapping[str, Callable[[Books], Table]] = {"lines": lines, "overdue": overdue}
