"""A programme "cd" of certificates on a bank in memory, driven by commands with amounts as text."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from bankcore.ledger.accounts import Status
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
from bankcore.rates import Rate
from bankcore.testing import Driver


class Circle(Driver):
    """The programme with what tests ask of it; amounts are text in yuan or ints of fen."""

    def __init__(self, customers: Iterable[str] = "abc", on: date = date(2024, 1, 10), **terms: Any) -> None:
        self.customers = tuple(customers)
        super().__init__(*self.customers, opened_on=on)
        self.do(OpenProgramme("cd", {"accrue": "events", **terms}))  # type: ignore[arg-type]

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
        total = sum(self.money(amount).quantity for amount in amounts)
        self.order(order=order, **{"target": self.money(total).decimal(), **config})
        for customer, amount in zip(self.customers, amounts, strict=False):
            self.confirm(customer, amount, order)

    def confirm(self, customer: str, amount: str | int, order: str = "k") -> None:
        """Take part with money deposited for it."""
        self.deposit(customer, amount)
        self.pay(customer, amount, order)

    def pay(self, customer: str, amount: str | int, order: str = "k") -> None:
        """Take part with money that is there."""
        self.do(Confirm("cd", order, customer, self.money(amount), self.read(order).digest))

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
        self.do(Exit("cd", order, customer, self.money(amount) if amount else None))

    def sell(self, seller: str, buyer: str, rate: str, order: str = "k") -> None:
        self.do(OfferShare("cd", order, seller, Rate.parse(rate)))
        self.do(BuyShare("cd", order, seller, buyer, Rate.parse(rate)))

    def redeem(self, order: str = "k") -> None:
        self.do(RedeemEarly("cd", order, self.customers[0]))

    def freeze_share(self, customer: str, order: str = "k") -> None:
        self.do(FreezeShare("cd", order, customer, "court order 7"))

    def release_share(self, customer: str, order: str = "k") -> None:
        self.do(ReleaseShare("cd", order, customer))

    def freeze_account(self, customer: str, status: Status = Status.FROZEN) -> None:
        """The ledger's own door; `freeze_share` is the product's."""
        self.freeze(f"bank:demand:{customer}", status)

    def free_account(self, customer: str) -> None:
        self.freeze_account(customer, Status.OPEN)

    def bound(self, party: str) -> set[str]:
        """The contracts with certificates that bind a party."""
        return {it.ids[2] for it in open_contracts(self.books, party) if it.ids[1] == "certificate"}

    def demand(self, customer: str) -> int:
        return self.balance(f"bank:demand:{customer}")

    def read(self, order: str = "k") -> Any:
        """The order, or its certificate once it is open."""
        return Order.existing(self.books, "cd", order)

    def share(self, customer: str, order: str = "k") -> Share:
        return Share.existing(self.books, "cd", order, customer)

    def state(self, order: str = "k") -> str:
        return str(self.read(order).state.value)
