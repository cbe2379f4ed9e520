"""A bank in memory with the firm acme, its employees li and wu, and the shop noodles."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from bankcore import Amount, Bank, MemoryStore, Product
from bankcore.products import current, parties
from meal_card import MEAL_CARD, OpenCard, OpenProgramme, RegisterShop, Spend, TopUp

FIRST = date(2024, 5, 1)
PRODUCTS: list[Product] = [MEAL_CARD, parties.PARTIES, current.CURRENT]


def cny(text: str) -> Amount:
    return Amount.parse(text, "CNY/2")


class Canteen:
    """Commands with amounts as text, and what the book says."""

    def __init__(self, cash: str = "5000.00", **terms: Any) -> None:
        self.bank = Bank.create(
            MemoryStore(), opened_on=FIRST, clock=lambda: datetime(2024, 5, 1, tzinfo=UTC), products=PRODUCTS
        )
        self.keys = 0
        self.do(current.OpenProgramme("accounts", {"rate": "0%"}))
        for firm in ("acme", "noodles"):
            self.do(parties.RegisterParty(firm, kind="firm"))
            self.do(current.OpenAccount("accounts", firm))
        for person in ("li", "wu"):
            self.do(parties.RegisterParty(person))
        self.do(current.CashIn("acme", cny(cash)))
        self.do(OpenProgramme("lunch", "acme", terms))
        self.do(RegisterShop("lunch", "noodles"))

    def do(self, command: Any) -> None:
        self.keys += 1
        self.bank.handle(command, str(self.keys))

    def card(self, card: str = "c1", employee: str = "li", monthly: str = "600.00") -> None:
        self.do(OpenCard("lunch", "acme", card, employee, cny(monthly)))

    def top_up(self, amount: str, card: str = "c1") -> None:
        self.do(TopUp("lunch", "acme", card, cny(amount)))

    def spend(self, amount: str, card: str = "c1", employee: str = "li", shop: str = "noodles") -> None:
        self.do(Spend("lunch", employee, card, shop, cny(amount), f"p{self.keys}"))

    def close_until(self, day: date) -> None:
        """Close the days before `day`."""
        if self.bank.today < day:
            self.bank.close_day(day - timedelta(days=1))

    def balances(self) -> dict[str, int]:
        return {path: balance for path, balance in self.bank.ledger.books.balances("") if balance}

    def postings(self) -> list[tuple[str, str, dict[str, int]]]:
        """Day, kind and legs of the product's entries with postings, debits above zero."""
        entries = (entry.transaction for entry in self.bank.ledger.reader.entries())
        return [
            (str(t.effective_on), t.kind, {str(p.account): p.quantity for p in t.postings})
            for t in entries
            if t.postings and t.kind.startswith("meal-card.")
        ]

    def notices(self, party: str) -> list[str]:
        """The topics of what a party was told."""
        records = self.bank.ledger.books.records("notice", party)
        return [f"{it.id.split(':')[1]} {it.version}" for it in records]

    def sound(self) -> bool:
        return not list(self.bank.broken_invariants())
