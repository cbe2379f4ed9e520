"""A programme "o" of the wealth product, driven by commands with amounts as text."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from bankcore.errors import Rejection
from bankcore.products.current import CashOut
from bankcore.products.wallet import (
    Bind,
    ConfirmBinding,
    Consume,
    FundReserve,
    OpenProgramme,
    PayIn,
    Recharge,
    Refund,
    RegisterClient,
    RegisterMerchant,
    Settle,
    TakeOut,
    UndoRecharge,
    Withdraw,
)
from bankcore.products.wallet.clients import POCKET
from bankcore.products.wallet.programmes import POCKETS
from bankcore.testing import Driver

FIRST = date(2024, 5, 1)


class Mall(Driver):
    """The programme with what tests ask of it; amounts are text in yuan or ints of fen."""

    def __init__(
        self,
        clients: Iterable[str] = ("a",),
        merchants: Iterable[str] = ("own",),
        fund: str = "",
        opened_on: date = FIRST,
        zone: str = "UTC",
        **terms: Any,
    ) -> None:
        super().__init__("o", opened_on=opened_on, zone=zone, seed="mall")
        self.do(OpenProgramme("o", {"threshold": "0", **terms}))
        for client in clients:
            self.join(client)
        for merchant in merchants:
            self.sell(merchant)
        for client in clients:
            for merchant in merchants:
                self.bind(client, merchant)
        if fund:
            self.fund(fund)

    def join(self, client: str, identified: bool = True) -> None:
        """A party becomes a client."""
        self.register(client, identified=identified)
        self.do(RegisterClient("o", client))

    def sell(self, merchant: str) -> None:
        """A party becomes a merchant; "own" is a shop of the operator."""
        if merchant != "own":
            self.register(merchant)
        self.do(RegisterMerchant("o", merchant, own=merchant == "own"))

    def bind(self, client: str, merchant: str) -> None:
        self.do(Bind("o", client, merchant))
        self.do(ConfirmBinding("o", client, merchant))

    def cash_in(self, amount: str | int, party: str = "o") -> None:
        self.deposit(party, amount)

    def fund(self, amount: str | int) -> None:
        """The operator's cash, by way of its account, in the reserve."""
        self.cash_in(amount)
        self.do(FundReserve("o", self.money(amount)))

    def pay_in(self, amount: str | int) -> None:
        """The cash taken offline comes over the counter and is paid in; where it may not be, it goes back."""
        self.cash_in(amount)
        try:
            self.do(PayIn("o", self.money(amount)))
        except Rejection:
            self.do(CashOut("o", self.money(amount)))
            raise

    def take_out(self, amount: str | int, source: str = "reserve") -> None:
        """Out of the programme, and as cash over the counter."""
        self.do(TakeOut("o", self.money(amount), source))
        self.do(CashOut("o", self.money(amount)))

    def recharge(self, client: str, amount: str | int, recharge: str = "") -> None:
        self.do(Recharge("o", client, self.money(amount), recharge or f"r{self.keys}"))

    def undo(self, recharge: str) -> None:
        self.do(UndoRecharge("o", recharge))

    def buy(self, client: str, amount: str | int, merchant: str = "own", purchase: str = "") -> None:
        self.do(Consume("o", client, merchant, self.money(amount), purchase or f"p{self.keys}"))

    def refund(self, purchase: str, amount: str | int, merchant: str = "own") -> None:
        self.do(Refund("o", merchant, purchase, self.money(amount)))

    def settle(self, merchant: str) -> None:
        self.do(Settle("o", merchant))

    def withdraw(self, client: str, amount: str | int, pocket: str = "") -> None:
        self.do(Withdraw("o", client, self.money(amount), pocket))

    def reserve(self) -> int:
        return self.balance("wallet:o:reserve")

    def service(self) -> int:
        return self.balance("wallet:o:service")

    def pockets(self, client: str) -> dict[str, int]:
        return {name: self.books.balance(POCKET("o", client, name)) for name in POCKETS}
