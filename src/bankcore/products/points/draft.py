"""One transaction in the making: an operation on points touches many accounts and records."""

from __future__ import annotations

from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import open_account
from bankcore.product import voucher
from bankcore.products.points import accounts
from bankcore.products.points.terms import POINT, PointsTerms

__all__ = ["Draft"]


class Draft(voucher.Voucher):
    """What an operation on points writes."""

    def __init__(self, books: Books, terms: PointsTerms, programme: str) -> None:
        super().__init__("points", books, terms, programme)
        self.terms, self.programme = terms, programme

    def points(self, debit: AccountPath, credit: AccountPath, quantity: int) -> None:
        """Move points."""
        self.move(debit, credit, quantity, POINT)

    def debt(self, card: str, provider: str, person: str) -> AccountPath:
        """The account of a points debt, opened if this is the first."""
        path = accounts.debt(self.programme, card, provider)
        if self.books.account(path) is None:
            self.put(open_account(accounts.debt_account(path, person, self.books.today)))
        return path
