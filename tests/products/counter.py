"""A bank with parties and their current accounts, driven by commands; amounts are text in yuan."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.errors import BankcoreError
from bankcore.ledger.accounts import AccountPath, Status
from bankcore.ledger.personal import seeded
from bankcore.ledger.transactions import Transaction, legs
from bankcore.product.actor import Actor
from bankcore.products.current import (
    CURRENT,
    CashIn,
    OpenAccount,
    OpenProgramme,
)
from bankcore.products.current.accounts import CurrentAccount
from bankcore.products.parties import PARTIES, IdentifyParty, NameRepresentative, RegisterParty
from bankcore.stores.memory import MemoryStore
from bankcore.units import Unit

CNY = Unit("CNY/2")


def cny(text: str) -> Amount:
    return Amount.parse(text, CNY)


class Counter:
    """Persons li and wang, and the firm acme that li represents, all with accounts of one programme."""

    def __init__(self, opened_on: date = date(2024, 1, 1), store: Any = None, **terms: Any) -> None:
        self.bank = Bank.create(
            store or MemoryStore(),
            opened_on=opened_on,
            clock=lambda: datetime(2024, 1, 1, tzinfo=UTC),
            salts=seeded("t"),
            products=[PARTIES, CURRENT],
        )
        self.keys = 0
        self.do(OpenProgramme("std", {"rate": "0.36%", **terms}))  # type: ignore[arg-type]
        for place, party in enumerate(("li", "wang", "acme")):
            self.do(RegisterParty(party, "firm" if party == "acme" else "person"))
            kind = "business-licence" if party == "acme" else "passport"
            self.do(IdentifyParty(party, kind, str(place)))
            self.do(OpenAccount("std", party))
        self.do(NameRepresentative("acme", "li"))

    @property
    def today(self) -> date:
        return self.bank.today

    def do(self, command: Any, actor: str = "") -> Any:
        self.keys += 1
        return self.bank.handle(command, str(self.keys), Actor.parse(actor) if actor else None)

    def pay_in(self, party: str, amount: str, value_on: date | None = None) -> None:
        self.do(CashIn(party, cny(amount), value_on))

    def refused(self, command: Any, code: str, actor: str = "") -> None:
        head = self.bank.ledger.reader.head()
        with pytest.raises(BankcoreError) as refusal:
            self.do(command, actor)
        assert refusal.value.code == code, refusal.value
        assert self.bank.ledger.reader.head() == head

    def close_until(self, day: date) -> None:
        """Close the days before `day`."""
        if self.today < day:
            self.bank.close_day(day - timedelta(days=1))
        assert not list(self.bank.broken_invariants())

    def post(self, debit: str, credit: str, quantity: int, on: date | None = None) -> None:
        """What some other product, or the ledger's own door, posts."""
        self.keys += 1
        postings = legs(CNY, debit={AccountPath(debit): quantity}, credit={AccountPath(credit): quantity})
        self.bank.ledger.post(
            Transaction(kind="x", effective_on=on or self.today, postings=postings, key=f"hand-{self.keys}")
        )

    def freeze(self, path: str, status: Status = Status.FROZEN) -> None:
        self.keys += 1
        self.bank.ledger.change(AccountPath(path), key=f"hand-{self.keys}", reason="court", status=status)

    def balance(self, party: str = "li") -> int:
        return self.path(f"bank:demand:{party}")

    def path(self, path: str) -> int:
        return self.bank.ledger.books.balance(AccountPath(path))

    def account(self, party: str = "li") -> CurrentAccount:
        return CurrentAccount.existing(self.bank.ledger.books, party)

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
