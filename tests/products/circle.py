"""A programme "cd" of certificates on a bank in memory, driven by commands with amounts as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tests.products.holders import accounts, holders

from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.errors import BankcoreError
from bankcore.feed import Feed, Notice
from bankcore.ledger.accounts import AccountPath, Status
from bankcore.ledger.books import Books
from bankcore.ledger.personal import seeded
from bankcore.ledger.transactions import Entry, Receipt
from bankcore.product.actor import Actor
from bankcore.product.parties import open_contracts
from bankcore.products.certificate import (
    BuyShare,
    CancelOrder,
    ChangeConfig,
    Confirm,
    Consent,
    Exit,
    FreezeShare,
    InitiateOrder,
    IssueLink,
    Leave,
    OfferShare,
    OpenProgramme,
    Reconfirm,
    RedeemEarly,
    ReleaseShare,
)
from bankcore.products.certificate.orders import Order
from bankcore.products.certificate.shares import Share
from bankcore.products.current import CashIn
from bankcore.rates import Rate
from bankcore.stores.memory import MemoryStore
from bankcore.units import Unit

CNY = Unit("CNY/2")


class Circle:
    """The programme with what tests ask of it; amounts are text in yuan or ints of fen."""

    def __init__(self, customers: Iterable[str] = "abc", on: date = date(2024, 1, 10), **terms: Any) -> None:
        instant = datetime(2024, 1, 1, tzinfo=UTC)
        self.bank = Bank.create(MemoryStore(), opened_on=on, clock=lambda: instant, salts=seeded("t"))
        self.customers, self.keys = tuple(customers), 0
        for command in holders(*self.customers):
            self.do(command)
        self.do(OpenProgramme("cd", {"accrue": "events", **terms}))  # type: ignore[arg-type]

    @property
    def books(self) -> Books:
        return self.bank.ledger.books

    def do(self, command: Any, actor: str = "") -> tuple[Receipt, ...]:
        self.keys += 1
        return self.bank.handle(command, str(self.keys), Actor.parse(actor) if actor else None)

    def know(self, *parties: str, identified: bool = True) -> None:
        """More parties with current accounts."""
        for command in accounts(*parties, identified=identified):
            self.do(command)

    def order(self, invited: str = "", order: str = "k", **config: Any) -> None:
        """Request an order and send its link."""
        self.request(order, **config)
        self.invite(invited or ",".join(self.customers), order)

    def invite(self, invited: str, order: str = "k", nonce: str = "n1", **link: Any) -> None:
        self.do(IssueLink("cd", order, self.customers[0], nonce, invited, **link))

    def request(self, order: str = "k", **config: Any) -> None:
        self.do(InitiateOrder("cd", order, self.customers[0], "CD12", "mobile", config))  # type: ignore[arg-type]

    def filled(self, *amounts: str, order: str = "k", **config: Any) -> None:
        """An order that these amounts fill, customer by customer."""
        total = sum(money(amount).quantity for amount in amounts)
        self.order(order=order, **{"target": Amount(total, CNY).decimal(), **config})
        for customer, amount in zip(self.customers, amounts, strict=False):
            self.confirm(customer, amount, order)

    def deposit(self, customer: str, amount: str | int) -> None:
        self.do(CashIn(customer, money(amount)))

    def confirm(self, customer: str, amount: str | int, order: str = "k") -> None:
        """Take part with money deposited for it."""
        self.deposit(customer, amount)
        self.pay(customer, amount, order)

    def pay(self, customer: str, amount: str | int, order: str = "k") -> None:
        """Take part with money that is there."""
        self.do(Confirm("cd", order, customer, money(amount), self.read(order).digest))

    def change(self, order: str = "k", **config: Any) -> None:
        self.do(ChangeConfig("cd", order, self.customers[0], config))

    def reconfirm(self, customer: str, order: str = "k") -> None:
        self.do(Reconfirm("cd", order, customer, self.read(order).digest))

    def leave(self, customer: str, order: str = "k") -> None:
        self.do(Leave("cd", order, customer))

    def cancel(self, order: str = "k") -> None:
        self.do(CancelOrder("cd", order, self.customers[0]))

    def consent(self, to: str, *customers: str, order: str = "k") -> None:
        for customer in customers or self.customers:
            self.do(Consent("cd", order, customer, to))

    def exit(self, customer: str, amount: str = "", order: str = "k") -> None:
        self.do(Exit("cd", order, customer, money(amount) if amount else None))

    def sell(self, seller: str, buyer: str, rate: str, order: str = "k") -> None:
        self.do(OfferShare("cd", order, seller, Rate.parse(rate)))
        self.do(BuyShare("cd", order, seller, buyer, Rate.parse(rate)))

    def redeem(self, order: str = "k") -> None:
        self.do(RedeemEarly("cd", order, self.customers[0]))

    def freeze(self, customer: str, order: str = "k") -> None:
        self.do(FreezeShare("cd", order, customer, "court order 7"))

    def release(self, customer: str, order: str = "k") -> None:
        self.do(ReleaseShare("cd", order, customer))

    def freeze_account(self, customer: str, status: Status = Status.FROZEN) -> None:
        """The ledger's own door."""
        self.keys += 1
        path = AccountPath(f"bank:demand:{customer}")
        self.bank.ledger.change(path, key=f"door-{self.keys}", reason="x", status=status)

    def free_account(self, customer: str) -> None:
        self.freeze_account(customer, Status.OPEN)

    def bound(self, party: str) -> set[str]:
        """The contracts with certificates that bind a party."""
        return {it.ids[2] for it in open_contracts(self.books, party) if it.ids[1] == "certificate"}

    def close(self, days: int = 1) -> None:
        self.bank.close_day(self.books.today + timedelta(days=days - 1))

    def close_until(self, day: date) -> None:
        """Close the days before `day`."""
        if self.books.today < day:
            self.bank.close_day(day - timedelta(days=1))

    def balance(self, path: str) -> int:
        return self.books.balance(AccountPath(path))

    def demand(self, customer: str) -> int:
        return self.balance(f"bank:demand:{customer}")

    def balances(self) -> dict[str, int]:
        return {path: balance for path, balance in self.books.balances("") if balance}

    def read(self, order: str = "k") -> Any:
        """The order, or its certificate once it is open."""
        return Order.existing(self.books, "cd", order)

    def share(self, customer: str, order: str = "k") -> Share:
        return Share.existing(self.books, "cd", order, customer)

    def state(self, order: str = "k") -> str:
        return str(self.read(order).state.value)

    def notices(self, *topics: str) -> list[Notice]:
        """The notices to parties so far, or those under some topics."""
        found = Feed(self.bank.ledger, after=0).notices()
        return [it for it in found if not topics or it.topic in topics]

    def entries(self) -> list[Entry]:
        """Entries with postings."""
        return [entry for entry in self.bank.ledger.reader.entries(0) if entry.transaction.postings]

    def moves(self, entry: Entry) -> Counter[str]:
        """What an entry moves, by account, a debit positive."""
        moved: Counter[str] = Counter()
        for posting in entry.transaction.postings:
            moved[str(posting.account)] += posting.quantity
        return moved

    def refused(self, act: Callable[[], Any]) -> dict[str, Any]:
        """The refusal's fields, once it is sure that it left no trace."""
        before = self.bank.ledger.reader.head()
        with pytest.raises(BankcoreError) as caught:
            act()
        assert self.bank.ledger.reader.head() == before
        return caught.value.as_dict()

    def sound(self) -> bool:
        """Raises AssertionError where an invariant is broken."""
        assert not list(self.bank.broken_invariants())
        return True


def money(amount: str | int) -> Amount:
    return Amount.parse(amount, CNY) if isinstance(amount, str) else Amount(amount, CNY)
