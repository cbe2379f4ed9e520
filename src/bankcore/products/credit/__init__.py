"""Credit lines (授信) for consumers and providers, whose limits grow with the points they earn.

After the document CN204731835U.  What is drawn goes to the demand account and is due on a day of a
later month; interest is exact, day by day, and overdue interest begins after a grace.

>>> CREDIT.rules[Draw].__name__, CreditTerms().limit(18_765, 1_000)
('draw', 1100000)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bankcore.ledger.books import Books
from bankcore.product.command import title
from bankcore.product.plan import Plan
from bankcore.product.product import Product
from bankcore.products.credit.commands import (
    ChangeTerms,
    Draw,
    MoveLine,
    OpenLine,
    OpenProgramme,
    RaiseLimit,
    Repay,
    SetLimit,
)
from bankcore.products.credit.daily import daily
from bankcore.products.credit.drawings import draw, repay
from bankcore.products.credit.invariants import INVARIANTS
from bankcore.products.credit.limits import change_terms, open_line, open_programme, raise_limit, set_limit
from bankcore.products.credit.moves import move_line
from bankcore.products.credit.registry import terms_of
from bankcore.products.credit.reports import REPORTS
from bankcore.products.credit.terms import CreditTerms

__all__ = [
    "CREDIT",
    "ChangeTerms",
    "CreditTerms",
    "Draw",
    "MoveLine",
    "OpenLine",
    "OpenProgramme",
    "RaiseLimit",
    "Repay",
    "SetLimit",
]

_RULES: Mapping[type[Any], Callable[[Any, Any, Books], Plan]] = {
    OpenProgramme: open_programme,
    ChangeTerms: change_terms,
    OpenLine: open_line,
    MoveLine: move_line,
    RaiseLimit: raise_limit,
    SetLimit: set_limit,
    Draw: draw,
    Repay: repay,
}


def _terms(command: Any, books: Books) -> CreditTerms:
    """The programme's terms; a programme still to be opened brings its own."""
    return command.terms if isinstance(command, OpenProgramme) else terms_of(books, command.programme)


CREDIT = Product(
    name="credit",
    summary="credit lines that grow with points",
    commands={title(command): command for command in _RULES},
    terms=_terms,
    rules=_RULES,
    daily=daily,
    invariants=INVARIANTS,
    reports=REPORTS,
)
