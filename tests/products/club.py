"""A points programme "p" on a bank, driven by commands with amounts as text in yuan."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from tests.products.people import HAN, LI

from bankcore.ledger.ports import Store
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
from bankcore.testing import Driver

FIRST = date(2024, 5, 1)


class Club(Driver):
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
        cards, providers = tuple(cards), tuple(providers)
        super().__init__(*dict.fromkeys((*cards, *providers)), store=store, opened_on=opened_on, seed="club")
        self.do(OpenProgramme("p", terms))
        for provider in providers:
            self.do(RegisterProvider("p", provider))
            self.do(SignAgreement("p", provider, terms=agreed or {}))
        for card in cards:
            self.do(RegisterConsumer("p", card))

    def join(self, card: str, document: str = "passport", **given: str) -> None:
        """A new party with an account, and its card."""
        self.register(card, document=document)
        self.do(RegisterConsumer("p", card, **given))

    def merge(self, card: str, into: str) -> None:
        """Merge a card into that of the same person, who was registered twice."""
        self.do(ProposeMerge("p", card, into), actor=LI)
        made = self.books.record("points.merge", f"p:{card}")
        assert made is not None
        self.do(ApproveMerge("p", card, made.version), actor=HAN)

    def order(self, amount: str, order: str = "", card: str = "c", provider: str = "g") -> None:
        self.do(
            PlaceOrder("p", provider, card, order or f"o{self.keys}", self.money(amount), confirmed_by="pin")
        )

    def refund(self, order: str, amount: str, provider: str = "g") -> None:
        self.do(RefundOrder("p", provider, order, self.money(amount)))

    def grant(self, points: int, card: str = "c", provider: str = "g") -> None:
        self.do(GrantPoints("p", provider, card, points))

    def redeem(self, points: int, card: str = "c") -> None:
        self.do(Redeem("p", card, points))

    def pay_in(self, **amounts: str) -> None:
        """Cash to demand accounts."""
        credit = {f"bank:demand:{who}": self.money(text).quantity for who, text in amounts.items()}
        self.post({"bank:cash": sum(credit.values())}, credit, kind="opening")

    def points(self, card: str = "c") -> int:
        return self.balance(f"points:p:consumer:{card}:live")
