"""One transaction in the making: legs and records that several parts of a rule add to."""

from __future__ import annotations

from typing import Any

from bankcore.ledger.books import Books
from bankcore.product import voucher
from bankcore.products.enterprise.terms import EnterpriseTerms

__all__ = ["Draft"]


class Draft(voucher.Voucher):
    """What an operation of the platform writes."""

    def __init__(self, books: Books, terms: EnterpriseTerms, programme: str) -> None:
        super().__init__("platform", books, terms, programme)
        self.terms, self.programme = terms, programme

    def data(self, kind: str, *id: str) -> dict[str, Any]:
        """A record's data as this draft leaves it; empty where there is none."""
        record = self.record(kind, *id)
        return {} if record is None else dict(record.data)
