"""One transaction in the making: an operation of the network touches some accounts and many records."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from bankcore.ledger.accounts import Account
from bankcore.ledger.books import Books
from bankcore.product import voucher
from bankcore.products.branch import registry
from bankcore.products.branch.matcher import Matcher
from bankcore.products.branch.terms import BranchTerms

__all__ = ["Draft"]


class Draft(voucher.Voucher):
    """What an operation of the network writes; its records lie below the programme."""

    def __init__(self, books: Books, terms: BranchTerms, programme: str) -> None:
        super().__init__("branch", books, terms, programme)
        self.terms, self.programme = terms, programme

    @cached_property
    def matcher(self) -> Matcher:
        """The index over the templates on offer."""
        return registry.matcher(self.books, self.programme, self.terms)

    @cached_property
    def loads(self) -> registry.Loads:
        """The pushes of the day by branch, before this draft."""
        return registry.Loads(self.books, self.programme)

    def data(self, kind: str, *id: str) -> dict[str, Any]:
        """The data of a record of the programme as this draft leaves it; raises NotFound."""
        return super().data(kind, self.programme, *id)

    def write(self, kind: str, /, *id: str, **data: Any) -> None:
        """Make a record below the programme, or change some of its data."""
        super().write(kind, self.programme, *id, **data)

    def open(self, *wanted: Account) -> None:
        """Open those of the accounts that are not there yet.  Raises UnitMismatch."""
        self.put(*voucher.opening(self.books, wanted))
