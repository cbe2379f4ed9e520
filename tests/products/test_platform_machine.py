"""A platform with deposit modes under random commands, on memory and on a SQLite file at once.

The model knows what was published, delivered and charged; from that it computes again who matches
whom, what each party must have got, discounts and entitlements.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from math import floor
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule
from tests.products.exchange import FACTS
from tests.products.holders import NO_INTEREST, cash
from tests.products.pair import Pair

from bankcore.amounts import Amount
from bankcore.product.actor import Actor
from bankcore.products import current
from bankcore.products.deposit_modes import EndMode, OfferMode, OpenMode, TopUp
from bankcore.products.enterprise import (
    ApproveEnterprise,
    OpenProgramme,
    PayFee,
    RegisterEnterprise,
)
from bankcore.products.platform import (
    AcceptDelivery,
    AcceptMatch,
    ApproveResolution,
    CancelTrade,
    DisputeTrade,
    FundEscrow,
    ProposeResolution,
    PublishDemand,
    PublishSupply,
    RateTrade,
    WithdrawDispute,
    WithdrawOffer,
    matches,
)
from bankcore.rates import Rate, round_half_up
from bankcore.testing import registration
from bankcore.units import Unit

CNY = Unit("CNY/2")
DAY = date(2024, 5, 18)
FIRMS = ("a", "b", "c")
FEE, DISCOUNT = Fraction(1, 100), Fraction(1, 5)

firms = st.sampled_from(FIRMS)
prices = st.sampled_from([99_99, 100_00, 333_33, 1_000_01])
counts = st.integers(1, 9)
money = st.integers(1, 5_000_00)
shares = st.sampled_from(["1", "1/2", "1/3", "2/3", "1/7", "0.001"])


class Platform(Pair):
    """Three enterprises that trade with each other; every command ends alike on both stores."""

    @initialize(life=st.sampled_from([1, 6]))
    def start(self, life: int) -> None:
        self.open_on(DAY)
        self.offers: dict[str, dict[str, Any]] = {}  # in the order in which they came
        self.trades: dict[str, dict[str, Any]] = {}
        self.settled = dict.fromkeys(FIRMS, 0)
        self.member: dict[str, list[int]] = {}  # fees and discounts of those with a member deposit
        self.give(current.OpenProgramme("std", NO_INTEREST))  # type: ignore[arg-type]
        self.give(OpenProgramme("p", {"fee": "1%", "life_months": life}))  # type: ignore[arg-type]
        for command in registration(*FIRMS, kind="firm"):
            self.give(command)
        for mode in ("PROC", "SALES", "MEMB"):
            self.give(OfferMode("p", mode))
        for firm in FIRMS:
            self.give(RegisterEnterprise("p", firm, **FACTS))
            self.give(ApproveEnterprise("p", firm, 1))
            self.give(cash(firm, "60,000.00"))
            self.give(OpenMode("p", firm, "PROC"))
        self.give(OpenMode("p", "a", "SALES"))
        self.give(OpenMode("p", "b", "MEMB"))
        self.member["b"] = [0, 0]
        for seller, buyer in (("a", "b"), ("b", "a"), ("b", "c")):
            self.publish(seller, 333_33, 5, "supply", 1, 3)
            self.publish(buyer, 333_33, 4, "demand", 1, 3)
            self.match(list(self.offers)[-1], other_side=False)
            self.fund(list(self.trades)[-1])
        self.take(next(iter(self.trades)), "1")

    def worth(self, firm: str) -> int:
        """What a firm has at the bank outside of escrow."""
        mine = (f"bank:demand:{firm}", f"platform:p:mode:{firm}:", f"platform:p:interest:{firm}")
        return -sum(held for path, held in self.balances.items() if (path + ":").startswith(mine))

    def moves(self, command: Any, actor: Actor | None = None, **wanted: int) -> bool:
        """D1: give a command; if it is carried out, each firm's money changes by exactly so much."""
        before = {firm: self.worth(firm) for firm in FIRMS}
        if isinstance(self.give(command, actor=actor), dict):
            return False
        assert {f: self.worth(f) - before[f] for f in FIRMS} == {f: wanted.get(f, 0) for f in FIRMS}
        return True

    def charged(self, firm: str, fee: int) -> int:
        """What a firm pays of a fee; only asked once it is carried out."""
        if firm not in self.member:
            return fee
        fees, discounts = self.member[firm]
        discount = round_half_up(DISCOUNT * (fees + fee)) - discounts
        return fee - discount

    def charge(self, firm: str, fee: int) -> None:
        if firm in self.member:
            paid = self.charged(firm, fee)
            self.member[firm] = [self.member[firm][0] + fee, self.member[firm][1] + fee - paid]

    # --- the market -----------------------------------------------------------------------------------

    @rule(
        firm=firms,
        price=prices,
        count=counts,
        side=st.sampled_from(["supply", "demand"]),
        least=counts,
        days=st.integers(0, 9),
    )
    def publish(self, firm: str, price: int, count: int, side: str, least: int, days: int) -> None:
        id, least = f"o{self.step}", min(least, count)
        made = PublishSupply if side == "supply" else PublishDemand
        if self.moves(made("p", firm, id, "lamp", "ningbo", Amount(price, CNY), count, least, days=days)):
            self.offers[id] = {
                "firm": firm,
                "price": price,
                "left": count,
                "side": side,
                "least": least,
                "days": days or 30,
            }

    def matching(self, id: str) -> list[str]:
        """All offers that match one, found by looking at each: best price, then earliest."""
        mine = self.offers[id]
        sign = 1 if mine["side"] == "demand" else -1
        found = [
            (sign * it["price"], place, other)
            for place, (other, it) in enumerate(self.offers.items())
            if it["side"] != mine["side"]
            and it["firm"] != mine["firm"]
            and sign * it["price"] <= sign * mine["price"]
            and min(it["left"], mine["left"]) >= max(it["least"], mine["least"])
        ]
        return [other for _, _, other in sorted(found)]

    @rule(data=st.data(), other_side=st.booleans(), fund=st.booleans())
    def trade(self, data: st.DataObject, other_side: bool, fund: bool) -> None:
        trade = self.match(data.draw(st.sampled_from(sorted(self.offers))), other_side)
        if trade and fund:
            self.fund(trade)

    def match(self, id: str, other_side: bool) -> str:
        """Accept the best match of an offer, from one side or the other; returns the trade, if any."""
        wanted = self.matching(id)
        assert [row[1] for row in matches(self.banks[0].ledger.books, "p", id).rows] == wanted
        if not wanted:
            return ""
        other = wanted[0]
        by, price = (other, id) if other_side else (id, other)
        buys, sells = (id, other) if self.offers[id]["side"] == "demand" else (other, id)
        trade, party = f"t{self.step}", self.offers[by]["firm"]
        seen = self.offers[price]
        last = date.fromordinal(self.banks[0].today.toordinal() + seen["days"])
        at = Amount(seen["price"], CNY)
        assert self.moves(AcceptMatch("p", trade, buys, sells, party, at, deliver_by=last))
        count = min(self.offers[it]["left"] for it in (buys, sells))
        for offer in (buys, sells):
            self.offers[offer]["left"] -= count
        self.trades[trade] = {
            "buyer": self.offers[buys]["firm"],
            "seller": self.offers[sells]["firm"],
            "offers": (buys, sells),
            "count": count,
            "total": count * self.offers[price]["price"],
            "share": Fraction(0),
            "released": 0,
            "fee": 0,
            "state": "matched",
            "last": last,
        }
        return trade

    @rule(data=st.data(), own=st.booleans())
    def withdraw(self, data: st.DataObject, own: bool) -> None:
        id = data.draw(st.sampled_from(sorted(self.offers)))
        if self.moves(WithdrawOffer("p", self.offers[id]["firm"] if own else "x", id)):
            assert own
            self.offers[id]["least"] = 10**9  # it matches nothing any more

    # --- escrow ---------------------------------------------------------------------------------------

    def a_trade(self, data: st.DataObject, *states: str) -> str:
        """A trade in one of the states, if there is one."""
        fit = [trade for trade, it in self.trades.items() if it["state"] in states]
        return str(data.draw(st.sampled_from(fit or list(self.trades))))

    def fund(self, trade: str) -> None:
        it = self.trades[trade]
        kept = -self.balances.get(f"platform:p:mode:{it['buyer']}:PROC", 0)
        if self.moves(FundEscrow("p", trade, it["buyer"]), **{it["buyer"]: -it["total"]}):
            assert it["state"] == "matched"
            it["state"], it["from_mode"] = "funded", min(kept, it["total"])
            left = -self.balances.get(f"platform:p:mode:{it['buyer']}:PROC", 0)
            assert kept - left == it["from_mode"]  # a mode's money goes first

    @rule(data=st.data())
    def fund_one(self, data: st.DataObject) -> None:
        self.fund(self.a_trade(data, "matched"))

    def released(self, it: dict[str, Any], share: Fraction) -> tuple[int, int, int]:
        """What the seller's part of the escrow becomes: the amount, the fee, and what is paid of it."""
        amount = round_half_up(it["total"] * share) - it["released"]
        fee = round_half_up(FEE * (it["released"] + amount)) - it["fee"]
        return amount, fee, self.charged(it["seller"], fee) if fee else 0

    def deliver(self, it: dict[str, Any], share: Fraction) -> None:
        amount, fee, _ = self.released(it, share)
        self.charge(it["seller"], fee)
        it.update(share=share, released=it["released"] + amount, fee=it["fee"] + fee)

    def end(self, it: dict[str, Any]) -> None:
        it["state"] = "settled" if it["released"] else "cancelled"
        for firm in (it["buyer"], it["seller"]):
            self.settled[firm] += it["released"]

    @rule(data=st.data(), share=shares)
    def accept(self, data: st.DataObject, share: str) -> None:
        self.take(self.a_trade(data, "funded"), share)

    def take(self, trade: str, share: str) -> None:
        it = self.trades[trade]
        after = it["share"] + Rate.parse(share).fraction
        amount, _, paid = self.released(it, min(after, Fraction(1)))
        command = AcceptDelivery("p", trade, it["buyer"], Rate.parse(share))
        if self.moves(command, **{it["seller"]: amount - paid}):
            assert it["state"] == "funded"
            assert after <= 1
            assert "disputed" not in it
            self.deliver(it, after)
            it.pop("agreed", None)
            if after == 1:
                self.end(it)

    @rule(data=st.data(), both=st.booleans(), first=st.booleans())
    def cancel(self, data: st.DataObject, both: bool, first: bool) -> None:
        trade = self.a_trade(data, "funded", "matched")
        it = self.trades[trade]
        parties = [it["buyer"], it["seller"]] if first else [it["seller"], it["buyer"]]
        for party in parties if both else parties[:1]:
            late = self.banks[0].today > it["last"]
            funded = it["state"] == "funded"
            ends = it["state"] == "matched" or late or it.get("agreed", party) != party
            back = it["total"] - it["released"] if funded and ends else 0
            if not self.moves(CancelTrade("p", trade, party), **{it["buyer"]: back}):
                assert "disputed" in it or it["state"] in ("settled", "cancelled")
            elif not ends:
                it["agreed"] = party
            else:
                if not funded:
                    for offer in it["offers"]:
                        self.offers[offer]["left"] += it["count"]
                self.end(it)

    # --- disputes and ratings -----------------------------------------------------------------------------

    @rule(data=st.data(), by_buyer=st.booleans(), lift=st.booleans())
    def dispute(self, data: st.DataObject, by_buyer: bool, lift: bool) -> None:
        trade = self.a_trade(data, "funded")
        it = self.trades[trade]
        firm = it["buyer" if by_buyer else "seller"]
        if lift and self.moves(WithdrawDispute("p", trade, firm)):
            assert it.pop("disputed") == firm
            it.pop("proposed", None)
        elif not lift and self.moves(DisputeTrade("p", trade, firm, "late")):
            it["disputed"] = firm

    @rule(data=st.data(), share=shares | st.just("0"), checker=st.sampled_from(["li", "han", "mei"]))
    def resolve(self, data: st.DataObject, share: str, checker: str) -> None:
        trade = self.a_trade(data, "funded")
        it = self.trades[trade]
        if "disputed" not in it and self.moves(DisputeTrade("p", trade, it["buyer"], "broken")):
            it["disputed"] = it["buyer"]
        if not self.moves(ProposeResolution("p", trade, Rate.parse(share))):
            assert "disputed" not in it
            return
        after = it["share"] + (1 - it["share"]) * Rate.parse(share).fraction
        amount, _, paid = self.released(it, after)
        back = it["total"] - it["released"] - amount
        parties = {it["seller"]: amount - paid, it["buyer"]: back}
        proposal = self.banks[0].ledger.books.record("platform.resolution", f"p:{trade}")
        assert proposal is not None
        approve = ApproveResolution("p", trade, proposal.version)
        if self.moves(approve, actor=Actor.parse(f"officer:{checker}"), **parties):
            assert checker != "li"
            self.deliver(it, after)
            del it["disputed"]
            self.end(it)

    @rule(data=st.data(), by_buyer=st.booleans(), stars=st.integers(1, 5))
    def rate(self, data: st.DataObject, by_buyer: bool, stars: int) -> None:
        trade = self.a_trade(data, "settled")
        it = self.trades[trade]
        firm = it["buyer" if by_buyer else "seller"]
        if self.moves(RateTrade("p", trade, firm, stars)):
            assert it["state"] == "settled"
            assert firm not in it.setdefault("rated", [])
            it["rated"].append(firm)

    # --- money ------------------------------------------------------------------------------------------

    @rule(firm=firms, fee=st.integers(1, 100_00), used=st.sampled_from([0, 0, 1, 3]))
    def pay_fee(self, firm: str, fee: int, used: int) -> None:
        due = self.charged(firm, fee) - used * 2_50
        if self.moves(PayFee("p", firm, Amount(fee, CNY), used), **{firm: -due}):
            assert due >= 0
            self.charge(firm, fee)

    @rule(firm=firms, amount=money)
    def receive(self, firm: str, amount: int) -> None:
        assert self.moves(current.CashIn(firm, Amount(amount, CNY)), **{firm: amount})

    @rule(firm=firms, amount=money)
    def top_up(self, firm: str, amount: int) -> None:
        self.moves(TopUp("p", firm, "PROC", Amount(amount, CNY)))

    @rule(firm=firms, mode=st.sampled_from(["SALES", "MEMB", "PROC"]), ending=st.booleans())
    def open_or_end(self, firm: str, mode: str, ending: bool) -> None:
        """What an early end pays is the business of modes; discounts begin and end with the deposit."""
        rows = self.banks[0].report("deposit-modes", "endings").rows
        cost = next((row[-1] for row in rows if row[1:3] == (firm, mode)), Amount(0, CNY))
        if ending and isinstance(self.give(EndMode("p", firm, mode, cost)), tuple) and mode == "MEMB":
            del self.member[firm]
        if not ending and self.moves(OpenMode("p", firm, mode)) and mode == "MEMB":
            self.member[firm] = [0, 0]

    @rule(days=st.sampled_from([1, 1, 5, 40]), twice=st.booleans())
    def close_days(self, days: int, twice: bool) -> None:
        self.close(days, twice=twice)
        for it in self.trades.values():
            waits = it["state"] in ("matched", "funded") and "disputed" not in it
            if waits and it["last"] < self.banks[0].today:
                if it["state"] == "matched":
                    for offer in it["offers"]:
                        self.offers[offer]["left"] += it["count"]
                self.end(it)

    # --- always -----------------------------------------------------------------------------------------

    @invariant()
    def escrow_is_the_order_less_what_left_it(self) -> None:
        """D3, by what the model saw delivered."""
        for trade, it in self.trades.items():
            held = -self.balances.get(f"platform:p:escrow:{trade}", 0)
            assert held == (it["total"] - it["released"] if it["state"] == "funded" else 0)

    @invariant()
    def entitlements_follow_settled_trade(self) -> None:
        """D5, from settled trade alone: nothing is granted on escrow."""
        for firm in FIRMS:
            issued = self.balances.get(f"platform:p:entitlement:{firm}:issued", 0)
            assert issued == floor(Fraction(3 * self.settled[firm], 1_000_00))


TestPlatform = Platform.TestCase
