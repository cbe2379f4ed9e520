"""A bank with parties and their current accounts, driven by commands; amounts are text in yuan."""

from __future__ import annotations

from datetime import date
from typing import Any

from bankcore.products.current import (
    CURRENT,
    CashIn,
    OpenProgramme,
)
from bankcore.products.current.accounts import CurrentAccount
from bankcore.products.parties import PARTIES, NameRepresentative
from bankcore.testing import Driver


class Counter(Driver):
    """Persons li and wang, and the firm acme that li represents, all with accounts of one programme."""

    def __init__(self, opened_on: date = date(2024, 1, 1), store: Any = None, **terms: Any) -> None:
        super().__init__(opened_on=opened_on, store=store, products=[PARTIES, CURRENT])
        self.do(OpenProgramme("std", {"rate": "0.36%", **terms}))  # type: ignore[arg-type]
        self.register("li", number="0")
        self.register("wang", number="1")
        self.register("acme", kind="firm", number="2")
        self.do(NameRepresentative("acme", "li"))

    def pay_in(self, party: str, amount: str, value_on: date | None = None) -> None:
        self.do(CashIn(party, self.money(amount), value_on))

    def close_until(self, day: date) -> None:
        """Close the days before `day`."""
        super().close_until(day)
        self.sound()

    def demand(self, party: str = "li") -> int:
        return self.balance(f"bank:demand:{party}")

    def account(self, party: str = "li") -> CurrentAccount:
        return CurrentAccount.existing(self.books, party)

    def interest(self, party: str = "li") -> list[tuple[date, int]]:
        """What was paid, by day."""
        return [
            (entry.transaction.effective_on, -posting.quantity)
            for entry in self.bank.ledger.reader.entries()
            for posting in entry.transaction.postings
            if entry.transaction.kind in ("current.interest", "current.close")
            and posting.account == f"bank:demand:{party}"
            and posting.quantity < 0
        ]

    def accruals(self, party: str = "li") -> list[tuple[date, int]]:
        """What was brought into the books before it was paid, by day."""
        return [
            (entry.transaction.effective_on, -posting.quantity)
            for entry in self.bank.ledger.reader.entries()
            for posting in entry.transaction.postings
            if entry.transaction.kind == "current.accrue" and posting.account == f"current:interest:{party}"
        ]
