"""A platform "p" on a bank, driven by commands with amounts as text in yuan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from tests.products.holders import CNY, NO_INTEREST, cny
from tests.products.people import giver

from bankcore.amounts import Amount
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.transactions import Entry, Receipt, Record, open_account
from bankcore.product import chart
from bankcore.product.actor import Actor
from bankcore.product.parties import Party
from bankcore.product.voucher import Voucher
from bankcore.products import current
from bankcore.products.enterprise import (
    ApproveEnterprise,
    OpenProgramme,
    PayFee,
    RegisterEnterprise,
)
from bankcore.products.enterprise.fees import begin_membership, end_membership, membership
from bankcore.products.enterprise.programmes import PROGRAMMES, EnterpriseTerms
from bankcore.products.platform import (
    AcceptDelivery,
    AcceptMatch,
    CancelTrade,
    FundEscrow,
    PublishDemand,
    PublishSupply,
)
from bankcore.products.platform.market import Offer
from bankcore.products.platform.trades import Trade
from bankcore.rates import Rate
from bankcore.testing.driver import NOTHING, Driver

FIRST = date(2024, 5, 1)
FACTS: dict[str, Any] = {
    "registered_name": "Ningbo Lightbulb Ltd",
    "place": "Ningbo",
    "legal_representative": "Li Lei",
    "registered_capital": Amount(1_000_000_00, CNY),
    "business_scope": "lamps",
    "qualifications": "ISO 9001",
    "contact": "Han Meimei 13812345678",
}


class Exchange(Driver):
    """The platform with approved enterprises, and what tests ask of it."""

    def __init__(self, enterprises: Iterable[str] = "bs", opened_on: date = FIRST, **terms: Any) -> None:
        super().__init__(opened_on=opened_on)
        self.do(current.OpenProgramme("std", NO_INTEREST))  # type: ignore[arg-type]
        self.do(OpenProgramme("p", terms))  # type: ignore[arg-type]
        for enterprise in enterprises:
            self.join(enterprise)

    def giver(self, command: Any) -> Actor | None:
        return giver(command)

    def join(self, enterprise: str, proposal: int = 1, **facts: Any) -> None:
        if Party.find(self.books, enterprise) is None:
            self.register(enterprise, kind="firm")
        self.do(RegisterEnterprise("p", enterprise, **{**FACTS, **facts}))
        self.do(ApproveEnterprise("p", enterprise, proposal))

    def supply(self, offer: str, price: str, enterprise: str = "s", quantity: int = 1, **given: Any) -> None:
        self.do(PublishSupply("p", enterprise, offer, "lamp", "ningbo", cny(price), quantity, **given))

    def demand(self, offer: str, price: str, enterprise: str = "b", quantity: int = 1, **given: Any) -> None:
        self.do(PublishDemand("p", enterprise, offer, "lamp", "ningbo", cny(price), quantity, **given))

    def match(self, trade: str, total: str, buyer: str = "b", seller: str = "s", **given: Any) -> None:
        """A trade of this total, still to be funded."""
        days = given.pop("days", 0)
        self.supply(f"s-{trade}", total, seller, freight=given.pop("freight", False), days=days)
        self.demand(f"d-{trade}", total, buyer)
        self.do(self.accepting(trade, f"d-{trade}", f"s-{trade}", buyer, **given))

    def accepting(
        self, trade: str, demand: str, supply: str, party: str = "b", quantity: int = 0, **given: Any
    ) -> AcceptMatch:
        """The acceptance of a match by a party that saw the price of the other side, if there is one."""
        offers = [Offer.find(self.books, "p", it) for it in (demand, supply)]
        others = [it for it in offers if it is not None and it.enterprise != party]
        price = Amount(others[0].price, CNY) if others else cny("1.00")
        return AcceptMatch("p", trade, demand, supply, party, price, quantity, **given)

    def fund(self, trade: str, buyer: str = "b") -> None:
        self.do(FundEscrow("p", trade, buyer))

    def trade(self, trade: str, total: str, buyer: str = "b", seller: str = "s", **given: Any) -> None:
        """A trade of this total in escrow, with money paid in for it."""
        self.deposit(buyer, total)
        self.match(trade, total, buyer, seller, **given)
        self.fund(trade, buyer)

    def accept(self, trade: str, share: str = "1", buyer: str = "b") -> None:
        self.do(AcceptDelivery("p", trade, buyer, Rate.parse(share)))

    def cancel(self, trade: str, *parties: str) -> None:
        for party in parties or "bs":
            self.do(CancelTrade("p", trade, party))

    def pay_fee(self, enterprise: str, amount: str, entitlements: int = 0) -> None:
        self.do(PayFee("p", enterprise, cny(amount), entitlements))

    def member(self, enterprise: str, rate: str) -> None:
        """Begin a membership."""
        voucher = self.voucher()
        begin_membership(voucher, enterprise, Rate.parse(rate))
        self.post({}, {}, *voucher.transaction("x", "x").records)

    def discounts(self, enterprise: str) -> int:
        """Those of the running membership."""
        found = membership(self.books, "p", enterprise)
        return found.discounts if found else 0

    def no_member(self, enterprise: str, claw_back: bool) -> int:
        """End a membership; what is to be paid back."""
        before = self.discounts(enterprise)
        voucher = self.voucher()
        end_membership(voucher, enterprise, claw_back)
        if not voucher.is_empty:
            self.post({}, {}, *voucher.transaction("x", "x").records)
        return before if claw_back else 0

    def voucher(self) -> Voucher:
        return PROGRAMMES.voucher(self.books, EnterpriseTerms(), "p")

    def post(
        self,
        debit: Mapping[str, int] = NOTHING,
        credit: Mapping[str, int] = NOTHING,
        *records: Record,
        **fields: Any,
    ) -> Receipt:
        """Post by hand what no command of the platform does; opens accounts of modes."""
        opened = [
            open_account(chart.liability(path).account(unit=CNY, on=self.today))
            for path in credit
            if self.books.account(AccountPath(path)) is None
        ]
        return super().post(debit, credit, *opened, *records, **fields)

    def read(self, trade: str) -> Trade:
        return Trade.existing(self.books, "p", trade)

    def state(self, trade: str) -> str:
        return self.read(trade).state.value

    def demand_of(self, enterprise: str) -> int:
        return self.balance(f"bank:demand:{enterprise}")

    def live(self, enterprise: str) -> int:
        return self.balance(f"platform:p:entitlement:{enterprise}:live")

    def table(self, name: str) -> list[dict[str, Any]]:
        """A report of the platform, or of the products that it stands on: its rows by column."""
        sold = ("platform", "enterprise", "deposit-modes")
        return self.report(next(it for it in sold if name in self.bank.products.named(it).reports), name)


def legs_of(entries: Iterable[Entry]) -> list[tuple[str, list[tuple[str, int]]]]:
    """Date and legs of entries, by account, a debit positive."""
    return [
        (
            entry.transaction.effective_on.isoformat(),
            sorted((str(leg.account), leg.quantity) for leg in entry.transaction.postings),
        )
        for entry in entries
    ]
