"""Firms on the platform "p" with the six deposit modes; amounts as text in yuan."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from tests.products.exchange import Exchange, legs_of
from tests.products.holders import cny

from bankcore.amounts import Amount
from bankcore.ledger.transactions import Record
from bankcore.products.deposit_modes import (
    SHIPPED,
    BreakDeposit,
    CancelNotice,
    ChangeMode,
    CustomiseMode,
    DecideClaim,
    DecideCustomisation,
    EndMode,
    FileClaim,
    GiveNotice,
    OfferMode,
    OpenMode,
    PayClaim,
    PlaceIdle,
    Spend,
    TopUp,
    WithdrawFromMode,
)

FIRST = date(2024, 5, 1)


class Firms(Exchange):
    """The platform with its modes on offer, and what tests ask of them."""

    def __init__(
        self,
        enterprises: Iterable[str] = "e",
        opened_on: date = FIRST,
        modes: Iterable[str] = SHIPPED,
        **terms: Any,
    ) -> None:
        super().__init__(enterprises, opened_on, **terms)
        for mode in modes:
            self.offer(mode)

    def offer(self, mode: str, like: str = "", **terms: Any) -> None:
        self.do(OfferMode("p", mode, {"accrue": "events", **terms}, like))

    def change(self, mode: str, on: date | None = None, **terms: Any) -> None:
        self.do(ChangeMode("p", mode, terms, on))

    def take(self, mode: str, enterprise: str = "e", **choices: Any) -> None:
        self.do(OpenMode("p", enterprise, mode, choices))

    def customise(self, mode: str, enterprise: str = "e", ask: bool = False, **choices: Any) -> None:
        self.do(CustomiseMode("p", enterprise, mode, choices, ask))

    def decide(self, mode: str, approve: bool, proposal: int = 1, enterprise: str = "e") -> None:
        self.do(DecideCustomisation("p", enterprise, mode, proposal, approve))

    def cash(self, amount: str, enterprise: str = "e") -> None:
        self.deposit(enterprise, amount)

    def top_up(self, mode: str, amount: str, enterprise: str = "e") -> None:
        self.do(TopUp("p", enterprise, mode, cny(amount)))

    def fill(self, mode: str, amount: str, enterprise: str = "e") -> None:
        """Cash over the counter, and into a mode."""
        self.cash(amount, enterprise)
        self.top_up(mode, amount, enterprise)

    def receive(self, *amounts: str, enterprise: str = "e") -> None:
        """Receipts of a day, and its close."""
        for amount in amounts:
            self.cash(amount, enterprise)
        self.bank.close_day(self.bank.today)

    def notice(self, mode: str, amount: str, on: date, enterprise: str = "e") -> None:
        self.do(GiveNotice("p", enterprise, mode, cny(amount), on))

    def cancel_notice(self, mode: str, on: date, enterprise: str = "e") -> None:
        self.do(CancelNotice("p", enterprise, mode, on))

    def withdraw(self, mode: str, amount: str, enterprise: str = "e") -> None:
        self.do(WithdrawFromMode("p", enterprise, mode, cny(amount)))

    def spend(self, mode: str, payee: str, amount: str, purpose: str, enterprise: str = "e") -> None:
        self.do(Spend("p", enterprise, mode, payee, cny(amount), purpose))

    def claim(self, amount: str, claim: str = "c1", carrier: str = "f", shipper: str = "h") -> None:
        self.do(FileClaim("p", claim, carrier, "LOG", shipper, cny(amount)))

    def award(self, amount: str, claim: str = "c1") -> None:
        self.do(DecideClaim("p", claim, cny(amount)))

    def pay_claim(self, claim: str = "c1") -> None:
        self.do(PayClaim("p", claim))

    def place(self, enterprise: str = "e", mode: str = "FIN") -> None:
        self.do(PlaceIdle("p", enterprise, mode))

    def leave(self, deposit: str, enterprise: str = "e", mode: str = "FIN") -> None:
        self.do(BreakDeposit("p", enterprise, mode, deposit))

    def end(self, mode: str, enterprise: str = "e", cost: str = "") -> None:
        self.do(EndMode("p", enterprise, mode, cny(cost) if cost else self.cost(mode, enterprise)))

    def cost(self, mode: str, enterprise: str = "e") -> Amount:
        """What ending costs today, by the report."""
        rows = self.table("endings")
        found = [row["cost"] for row in rows if (row["enterprise"], row["mode"]) == (enterprise, mode)]
        return found[0] if found else cny("0.00")

    def held(self, mode: str, enterprise: str = "e") -> int:
        return self.balance(f"platform:p:mode:{enterprise}:{mode}")

    def mode(self, mode: str, enterprise: str = "e") -> dict[str, Any]:
        record = self.books.record("modes.mode", f"p:{enterprise}:{mode}")
        assert record is not None
        return dict(record.data)

    def deposit_record(self, number: int, mode: str = "FIN", enterprise: str = "e") -> Record:
        record = self.books.record("modes.deposit", f"p:{enterprise}:{mode}:{number}")
        assert record is not None
        return record

    def new(self, after: int) -> list[tuple[str, list[tuple[str, int]]]]:
        """Date and legs of the entries after a number."""
        return legs_of(self.entries(after=after))
