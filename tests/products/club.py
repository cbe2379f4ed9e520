"""A points programme "p" on a bank, driven by commands with amounts as text in yuan."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tests.products.holders import accounts, holders
from tests.products.people import HAN, LI

from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.errors import BankcoreError
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.ledger.personal import seeded
from bankcore.ledger.ports import Store
from bankcore.ledger.transactions import Entry, Receipt, Transaction, legs
from bankcore.product.actor import Actor
from bankcore.products.points import (
    ApproveMerge,
    GrantPoints,
    OpenProgramme,
    PlaceOrder,
    ProposeMerge,
    Redeem,
    RefundOrder,
    RegisterConsumer,
    RegisterProvider,
    SignAgreement,
)
from bankcore.stores.memory import MemoryStore
from bankcore.units import Unit

CNY = Unit("CNY/2")
FIRST = date(2024, 5, 1)


def cny(text: str) -> Amount:
    return Amount.parse(text, CNY)


class Club:
    """The programme with consumers, providers, an agreement of each, and money on demand accounts."""

    def __init__(
        self,
        cards: Iterable[str] = ("c",),
        providers: Iterable[str] = ("g",),
        agreed: dict[str, Any] | None = None,
        opened_on: date = FIRST,
        store: Store | None = None,
        **terms: Any,
    ) -> None:
        self.bank = Bank.create(
            store or MemoryStore(),
            opened_on=opened_on,
            clock=lambda: datetime(2024, 5, 1, tzinfo=UTC),
            salts=seeded("club"),
        )
        self.keys = 0
        cards, providers = tuple(cards), tuple(providers)
        for command in holders(*dict.fromkeys((*cards, *providers))):
            self.do(command)
        self.do(OpenProgramme("p", terms))
        for provider in providers:
            self.do(RegisterProvider("p", provider))
            self.do(SignAgreement("p", provider, terms=agreed or {}))
        for card in cards:
            self.do(RegisterConsumer("p", card))

    @property
    def books(self) -> Books:
        return self.bank.ledger.books

    def do(self, command: Any, key: str = "", actor: Actor | None = None) -> tuple[Receipt, ...]:
        self.keys += 1
        return self.bank.handle(command, key or str(self.keys), actor)

    def join(self, card: str, document: str = "passport", **given: str) -> None:
        """A new party with an account, and its card."""
        for command in accounts(card, document=document):
            self.do(command)
        self.do(RegisterConsumer("p", card, **given))

    def merge(self, card: str, into: str) -> None:
        """Merge a card into that of the same person, who was registered twice."""
        self.do(ProposeMerge("p", card, into), actor=LI)
        made = self.books.record("points.merge", f"p:{card}")
        assert made is not None
        self.do(ApproveMerge("p", card, made.version), actor=HAN)

    def order(self, amount: str, order: str = "", card: str = "c", provider: str = "g") -> None:
        self.do(PlaceOrder("p", provider, card, order or f"o{self.keys}", cny(amount), confirmed_by="pin"))

    def refund(self, order: str, amount: str, provider: str = "g") -> None:
        self.do(RefundOrder("p", provider, order, cny(amount)))

    def grant(self, points: int, card: str = "c", provider: str = "g") -> None:
        self.do(GrantPoints("p", provider, card, points))

    def redeem(self, points: int, card: str = "c") -> None:
        self.do(Redeem("p", card, points))

    def pay_in(self, **amounts: str) -> None:
        """Cash to demand accounts."""
        credit = {AccountPath(f"bank:demand:{who}"): cny(text).quantity for who, text in amounts.items()}
        self.post({"bank:cash": sum(credit.values())}, {str(path): fen for path, fen in credit.items()})

    def post(self, debit: dict[str, int], credit: dict[str, int]) -> None:
        """Post by hand what no command does."""
        self.keys += 1
        columns = ({AccountPath(path): fen for path, fen in column.items()} for column in (debit, credit))
        postings = legs(CNY, **dict(zip(("debit", "credit"), columns, strict=True)))
        self.bank.ledger.post(
            Transaction(
                kind="opening", effective_on=self.books.today, postings=postings, key=f"hand-{self.keys}"
            )
        )

    def close_until(self, day: date) -> None:
        """Close the days before `day`."""
        if self.books.today < day:
            self.bank.close_day(day - timedelta(days=1))

    def points(self, card: str = "c") -> int:
        return self.books.balance(AccountPath(f"points:p:consumer:{card}:live"))

    def balance(self, path: str) -> int:
        return self.books.balance(AccountPath(path))

    def balances(self) -> dict[str, int]:
        return {path: balance for path, balance in self.books.balances("") if balance}

    def journal(self, after: int = 0) -> list[Entry]:
        """Entries with postings."""
        return [entry for entry in self.bank.ledger.reader.entries(after) if entry.transaction.postings]

    def sound(self) -> bool:
        """Raises AssertionError where an invariant is broken."""
        assert not list(self.bank.broken_invariants())
        return True

    def refused(self, command: Any, code: str, actor: Actor | None = None) -> dict[str, Any]:
        """The refusal's fields, once it is sure that it left no trace and its key free."""
        before = self.bank.ledger.reader.head()
        with pytest.raises(BankcoreError) as caught:
            self.do(command, "refused", actor)
        assert caught.value.code == code, caught.value
        assert self.bank.ledger.reader.head() == before
        assert self.bank.ledger.reader.numbers(["refused"]) == {}
        return caught.value.as_dict()
