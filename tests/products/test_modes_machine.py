"""Trading and deposit modes under random commands, on memory and on a SQLite file at once.

The model knows nothing of the rules: balances by account, receipts and fees by enterprise, and from
these alone what was set aside, what modes may lose and what an early end comes to.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule
from tests.products.exchange import FACTS
from tests.products.holders import CNY, NO_INTEREST, cash
from tests.products.pair import Pair

from bankcore.amounts import Amount
from bankcore.ledger.transactions import Entry
from bankcore.products import current
from bankcore.products.deposit_modes import (
    SHIPPED,
    BreakDeposit,
    CancelNotice,
    CustomiseMode,
    DecideClaim,
    EndMode,
    FileClaim,
    GiveNotice,
    OfferMode,
    OpenMode,
    PayClaim,
    PlaceIdle,
    RecommendModes,
    Spend,
    TopUp,
    WithdrawFromMode,
)
from bankcore.products.enterprise import (
    ApproveEnterprise,
    OpenProgramme,
    PayFee,
    RegisterEnterprise,
)
from bankcore.products.platform import (
    AcceptDelivery,
    AcceptMatch,
    CancelTrade,
    FundEscrow,
    PublishDemand,
    PublishSupply,
)
from bankcore.rates import Rate, round_half_up
from bankcore.testing import registration

DAY = date(2024, 6, 14)
FIRMS = ("e", "f", "h")
CHOICES: dict[str, dict[str, Any]] = {
    "SALES": {"share": "12.5%", "target": "700.00", "quota": "60,000.00", "release_months": 0},
    "FIN": {"floor": "50,000.00", "months": [3, 6], "rollover": "all"},
    "MEMB": {"sum": "2,000.00"},
}
INTERNAL = (  # nothing comes in or goes out
    "platform.place",
    "platform.release",
    "platform.open-mode",
    "platform.set-aside",
)
PAID = (
    "platform.withdraw",
    "platform.end-mode",
    "platform.break-deposit",
    "platform.mature",
)  # with interest

firms, modes = st.sampled_from(FIRMS), st.sampled_from(tuple(SHIPPED))
amounts = st.sampled_from([1, 99_99, 1_000_00, 12_345_67]) | st.integers(1, 30_000_00)


class Modes(Pair):
    """Three enterprises of one platform; every command ends alike on both stores."""

    @initialize(closed=st.sets(modes, max_size=2))
    def start(self, closed: set[str]) -> None:
        self.open_on(DAY)
        self.receipts: Counter[str] = Counter()  # since SALES was opened
        self.fees: Counter[str] = Counter()  # gross, since MEMB was opened
        self.trades = 0
        self.handle(current.OpenProgramme("std", NO_INTEREST))  # type: ignore[arg-type]
        self.handle(OpenProgramme("p", {"fee": "1%"}))  # type: ignore[arg-type]
        for command in registration(*FIRMS, kind="firm"):
            self.handle(command)
        for mode in SHIPPED:
            self.handle(OfferMode("p", mode))
        for firm in FIRMS:
            self.handle(RegisterEnterprise("p", firm, **FACTS))
            self.handle(ApproveEnterprise("p", firm, 1))
            self.handle(cash(firm, "84,000.00"))
            for mode in SHIPPED:
                if mode not in closed:
                    self.open_mode(firm, mode)
            self.handle(TopUp("p", firm, "LOG", Amount(9_000_00, CNY)))

    # --- driving ------------------------------------------------------------------------------------

    def handle(self, command: Any) -> bool:
        return isinstance(self.give(command), tuple)

    def follow(self) -> None:
        """D1 and D7, entry by entry, before the pair takes them into its model."""
        for entry in self.banks[0].ledger.reader.entries(self.taken):
            moved: Counter[str] = Counter()
            for p in entry.transaction.postings:
                moved[p.account] += p.quantity
            self.check(entry, moved)
        super().follow()

    def check(self, entry: Entry, moved: Counter[str]) -> None:
        kind = entry.transaction.kind
        own = -sum(q for path, q in moved.items() if path.startswith(("bank:demand:", "platform:p:mode:")))
        if kind in INTERNAL:
            assert own == 0, entry
        if kind in PAID:
            released = sum(q for path, q in moved.items() if path.startswith("platform:p:accrued:"))
            assert own == released + moved["bank:interest-expense"] + moved["bank:fee-income"], entry
        if any(quantity > 0 and path.endswith(":PROC") for path, quantity in moved.items()):
            assert kind in ("platform.fund-escrow", "platform.end-mode"), entry

    def owed(self, path: str) -> int:
        return -self.balances.get(path, 0)

    def held(self, firm: str, mode: str) -> int:
        return self.owed(f"platform:p:mode:{firm}:{mode}")

    def record(self, kind: str, id: str) -> dict[str, Any]:
        record = self.banks[0].ledger.books.record(kind, id)
        return dict(record.data) if record else {}

    def mode(self, firm: str, mode: str) -> dict[str, Any]:
        found = self.record("modes.mode", f"p:{firm}:{mode}")
        return found if found and found["ended_on"] is None else {}

    # --- modes --------------------------------------------------------------------------------------

    @rule(firm=firms, mode=modes)
    def open_mode(self, firm: str, mode: str) -> None:
        if self.handle(OpenMode("p", firm, mode, CHOICES.get(mode, {}))):
            self.receipts[firm] *= mode != "SALES"
            self.fees[firm] *= mode != "MEMB"

    @rule(firm=firms, mode=modes)
    def end_mode(self, firm: str, mode: str) -> None:
        """D8 and D10."""
        before, fees = self.owed(f"bank:demand:{firm}"), self.owed("bank:fee-income")
        held = self.held(firm, mode)
        rows = self.banks[0].report("deposit-modes", "endings").rows
        shown = next((row for row in rows if row[1:3] == (firm, mode)), None)
        seen = shown[-1] if shown is not None else Amount(0, CNY)
        assert not self.handle(EndMode("p", firm, mode, Amount(seen.quantity + 1, CNY)))
        if self.handle(EndMode("p", firm, mode, seen)):
            assert shown is not None
            principal, interest, clawed, cost = (it.quantity for it in shown[3:])
            gained = self.owed(f"bank:demand:{firm}") - before
            assert (principal, gained) == (held, held + interest - clawed)
            assert cost >= clawed
            assert self.held(firm, mode) == 0
            if mode == "MEMB":
                assert (
                    self.owed("bank:fee-income") - fees
                    == clawed
                    == round_half_up(Fraction(self.fees[firm], 5))
                )

    @rule(firm=firms, share=st.sampled_from(["10%", "50%", "51%"]), floor=st.sampled_from(["0", "60,000.00"]))
    def customise(self, firm: str, share: str, floor: str) -> None:
        before = list(self.banks[0].ledger.reader.digests(0, self.taken))
        self.handle(CustomiseMode("p", firm, "FIN", {"floor": floor}))
        self.handle(CustomiseMode("p", "h", "SALES", {"share": share}))
        after = list(self.banks[0].ledger.reader.digests(0, len(before)))
        assert after == before  # D9

    @rule(firm=firms, amount=amounts)
    def receive(self, firm: str, amount: int) -> None:
        if self.handle(current.CashIn(firm, Amount(amount, CNY))):
            self.receipts[firm] += amount

    @rule(firm=firms, to=firms, amount=amounts)
    def transfer(self, firm: str, to: str, amount: int) -> None:
        if firm != to and self.handle(current.Transfer(firm, to, Amount(amount, CNY))):
            self.receipts[to] += amount

    @rule(firm=firms, mode=st.sampled_from(["PROC", "LOG"]), amount=amounts)
    def top_up(self, firm: str, mode: str, amount: int) -> None:
        self.handle(TopUp("p", firm, mode, Amount(amount, CNY)))

    @rule(firm=firms, ahead=st.integers(6, 8), part=st.sampled_from([1, 2]))
    def notice(self, firm: str, ahead: int, part: int) -> None:
        amount = max(self.held(firm, "LOG") // part, 1)
        day = self.banks[0].today + timedelta(days=ahead)
        self.handle(GiveNotice("p", firm, "LOG", Amount(amount, CNY), day))

    @rule(firm=firms, ahead=st.integers(0, 8))
    def cancel_notice(self, firm: str, ahead: int) -> None:
        self.handle(CancelNotice("p", firm, "LOG", self.banks[0].today + timedelta(days=ahead)))

    @rule(firm=firms, mode=modes, part=st.sampled_from([1, 2]), noticed=st.booleans())
    def withdraw(self, firm: str, mode: str, part: int, noticed: bool) -> None:
        notice = self.record("modes.notice", f"p:{firm}:{mode}:{self.banks[0].today}")
        amount = notice["amount"] if noticed and notice else max(self.held(firm, mode) // part, 1)
        self.handle(WithdrawFromMode("p", firm, mode, Amount(amount, CNY)))

    @rule(firm=firms, payee=firms, amount=amounts, freight=st.booleans())
    def spend(self, firm: str, payee: str, amount: int, freight: bool) -> None:
        if firm == payee:
            return
        mode, purpose = ("LOG", "freight") if freight else ("SALES", "guarantees")
        self.handle(Spend("p", firm, mode, payee, Amount(amount, CNY), purpose))

    @rule(carrier=firms, amount=amounts, award=st.sampled_from([0, 1, 2]))
    def claim(self, carrier: str, amount: int, award: int) -> None:
        claim = f"c{self.step}"
        if carrier != "h" and self.handle(FileClaim("p", claim, carrier, "LOG", "h", Amount(amount, CNY))):
            if award < 2:
                self.handle(DecideClaim("p", claim, Amount(amount * award, CNY)))
            self.handle(PayClaim("p", claim))

    @rule(firm=firms, number=st.integers(1, 3))
    def place_and_leave(self, firm: str, number: int) -> None:
        self.handle(PlaceIdle("p", firm, "FIN"))
        self.handle(BreakDeposit("p", firm, "FIN", str(number)))

    @rule(firm=firms, amount=amounts)
    def pay_fee(self, firm: str, amount: int) -> None:
        if self.handle(PayFee("p", firm, Amount(amount, CNY))):
            self.fees[firm] += amount

    @rule(firm=firms)
    def recommend(self, firm: str) -> None:
        if self.handle(RecommendModes("p", firm)):
            assert len(self.record("modes.recommendation", f"p:{firm}")["offered"]) <= 3

    # --- trading ------------------------------------------------------------------------------------

    @rule(
        buyer=firms,
        seller=firms,
        total=amounts,
        share=st.sampled_from(["1", "1/3", "0"]),
        cancel=st.booleans(),
    )
    def trade(self, buyer: str, seller: str, total: int, share: str, cancel: bool) -> None:
        if buyer == seller:
            return
        self.trades += 1
        id, price = f"t{self.trades}", Amount(total, CNY)
        self.handle(PublishSupply("p", seller, f"s{id}", id, "ningbo", price, 1))
        self.handle(PublishDemand("p", buyer, f"d{id}", id, "ningbo", price, 1))
        self.handle(AcceptMatch("p", id, f"d{id}", f"s{id}", buyer, price))
        mode, demand = self.held(buyer, "PROC"), self.owed(f"bank:demand:{buyer}")
        if not self.handle(FundEscrow("p", id, buyer)):
            return
        assert self.held(buyer, "PROC") == mode - min(mode, total)
        before = self.owed(f"bank:demand:{seller}") + self.held(seller, "SALES")
        fees = self.owed("bank:fee-income")
        if share != "0" and self.handle(AcceptDelivery("p", id, buyer, Rate.parse(share))):
            received = self.owed(f"bank:demand:{seller}") + self.held(seller, "SALES") - before
            released = self.record("platform.trade", f"p:{id}")["released"]
            assert received + self.owed("bank:fee-income") - fees == released
            self.receipts[seller] += received
            self.fees[seller] += self.record("platform.trade", f"p:{id}")["fee"]
        if cancel and share != "1":
            aside = self.held(buyer, "SALES")
            self.handle(CancelTrade("p", id, buyer))
            self.handle(CancelTrade("p", id, seller))
            back = self.owed(f"bank:demand:{buyer}") + self.held(buyer, "PROC")
            assert back == demand + mode - self.record("platform.trade", f"p:{id}")["released"]
            assert self.held(buyer, "SALES") == aside  # nothing is set aside of a refund

    # --- days -----------------------------------------------------------------------------------------

    @rule(days=st.sampled_from([1, 1, 3, 7, 7, 30]), twice=st.booleans())
    def close_days(self, days: int, twice: bool) -> None:
        self.close(days, twice=twice)
        for firm in ("e", "f"):
            if data := self.mode(firm, "SALES"):
                due = min(70_000, round_half_up(Fraction(self.receipts[firm], 8))) - data["set_aside"]
                assert due == 0 or due > self.owed(f"bank:demand:{firm}"), (firm, due)

    # --- always ---------------------------------------------------------------------------------------

    @invariant()
    def set_aside_is_the_share_of_all_receipts(self) -> None:
        """D2, for those who never customise."""
        for firm in ("e", "f"):
            if data := self.mode(firm, "SALES"):
                assert data["set_aside"] <= min(70_000, round_half_up(Fraction(self.receipts[firm], 8)))


TestModes = Modes.TestCase
