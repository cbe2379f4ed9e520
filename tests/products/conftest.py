"""A programme "o" on a bank in memory, driven by commands with amounts as text."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tests.products.circle import Circle
from tests.products.holders import accounts, holders
from tests.products.lender import Lender

from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.errors import Rejection
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.ledger.personal import seeded
from bankcore.ledger.transactions import Entry, Receipt, Transaction, legs
from bankcore.products.current import CashIn, CashOut
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
from bankcore.stores.memory import MemoryStore
from bankcore.units import Unit

CNY = Unit("CNY/2")
FIRST = date(2024, 5, 1)


class Mall:
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
        self.now = datetime(2024, 5, 1, tzinfo=UTC)
        self.bank = Bank.create(
            MemoryStore(), opened_on=opened_on, zone=zone, clock=lambda: self.now, salts=seeded("mall")
        )
        self.keys = 0
        for command in holders("o"):
            self.do(command)
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

    @property
    def books(self) -> Books:
        return self.bank.ledger.books

    def do(self, command: Any, key: str = "") -> tuple[Receipt, ...]:
        self.keys += 1
        return self.bank.handle(command, key or str(self.keys))

    def join(self, client: str, identified: bool = True) -> None:
        """A party becomes a client."""
        for command in accounts(client, identified=identified):
            self.do(command)
        self.do(RegisterClient("o", client))

    def sell(self, merchant: str) -> None:
        """A party becomes a merchant; "own" is a shop of the operator."""
        for command in accounts(merchant) if merchant != "own" else ():
            self.do(command)
        self.do(RegisterMerchant("o", merchant, own=merchant == "own"))

    def bind(self, client: str, merchant: str) -> None:
        self.do(Bind("o", client, merchant))
        self.do(ConfirmBinding("o", client, merchant))

    def cash_in(self, amount: str | int, party: str = "o") -> None:
        self.do(CashIn(party, money(amount)))

    def fund(self, amount: str | int) -> None:
        """The operator's cash, by way of its account, in the reserve."""
        self.cash_in(amount)
        self.do(FundReserve("o", money(amount)))

    def pay_in(self, amount: str | int) -> None:
        """The cash taken offline comes over the counter and is paid in; where it may not be, it goes back."""
        self.cash_in(amount)
        try:
            self.do(PayIn("o", money(amount)))
        except Rejection:
            self.do(CashOut("o", money(amount)))
            raise

    def take_out(self, amount: str | int, source: str = "reserve") -> None:
        """Out of the programme, and as cash over the counter."""
        self.do(TakeOut("o", money(amount), source))
        self.do(CashOut("o", money(amount)))

    def recharge(self, client: str, amount: str | int, recharge: str = "") -> None:
        self.do(Recharge("o", client, money(amount), recharge or f"r{self.keys}"))

    def undo(self, recharge: str) -> None:
        self.do(UndoRecharge("o", recharge))

    def buy(self, client: str, amount: str | int, merchant: str = "own", purchase: str = "") -> None:
        self.do(Consume("o", client, merchant, money(amount), purchase or f"p{self.keys}"))

    def refund(self, purchase: str, amount: str | int, merchant: str = "own") -> None:
        self.do(Refund("o", merchant, purchase, money(amount)))

    def settle(self, merchant: str) -> None:
        self.do(Settle("o", merchant))

    def withdraw(self, client: str, amount: str | int, pocket: str = "") -> None:
        self.do(Withdraw("o", client, money(amount), pocket))

    def post(self, debit: dict[str, int], credit: dict[str, int], kind: str = "opening") -> None:
        """Post by hand what no command does."""
        self.keys += 1
        postings = legs(CNY, debit=paths(debit), credit=paths(credit))
        self.bank.ledger.post(
            Transaction(kind=kind, effective_on=self.books.today, postings=postings, key=f"hand-{self.keys}")
        )

    def close(self, days: int = 1) -> None:
        self.bank.close_day(self.books.today + timedelta(days=days - 1))

    def close_until(self, day: date) -> None:
        """Close the days before `day`."""
        if self.books.today < day:
            self.bank.close_day(day - timedelta(days=1))

    def balance(self, path: str) -> int:
        return self.books.balance(AccountPath(path))

    def reserve(self) -> int:
        return self.balance("wallet:o:reserve")

    def service(self) -> int:
        return self.balance("wallet:o:service")

    def pockets(self, client: str) -> dict[str, int]:
        return {name: self.books.balance(POCKET("o", client, name)) for name in POCKETS}

    def balances(self) -> dict[str, int]:
        return {path: balance for path, balance in self.books.balances("") if balance}

    def journal(self, after: int = 0) -> list[Entry]:
        """Entries with postings."""
        return [entry for entry in self.bank.ledger.reader.entries(after) if entry.transaction.postings]

    def sound(self) -> bool:
        """Raises AssertionError where an invariant is broken."""
        assert not list(self.bank.broken_invariants())
        return True


def money(amount: str | int) -> Amount:
    return Amount.parse(amount, CNY) if isinstance(amount, str) else Amount(amount, CNY)


def paths(columns: dict[str, int]) -> dict[AccountPath, int]:
    return {AccountPath(path): quantity for path, quantity in columns.items()}


@pytest.fixture(scope="session")
def mall() -> type[Mall]:
    """The class, so that a test can open as many programmes as it needs."""
    return Mall


@pytest.fixture(scope="session")
def circle() -> type[Circle]:
    """The class, so that a test can open as many programmes as it needs."""
    return Circle


@pytest.fixture(scope="session")
def lender() -> type[Lender]:
    """The class, so that a test can open as many programmes as it needs."""
    return Lender
