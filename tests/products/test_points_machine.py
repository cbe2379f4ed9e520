"""Points and credit lines under random commands, on memory and on a SQLite file at once.

The model knows the orders, refunds and days only: what a member must have earned follows from net
spend, what may be redeemed from lots that are spent by expiry.
"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from math import floor
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule
from tests.products.holders import holders
from tests.products.pair import Pair
from tests.products.people import HAN, LI

from bankcore.amounts import Amount
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.transactions import Transaction, legs
from bankcore.product.parties import open_contracts
from bankcore.products import credit, points
from bankcore.products.credit.lines import LOAN, Line
from bankcore.products.points.cards import Card
from bankcore.products.points.providers import Provider
from bankcore.products.points.rights import Right
from bankcore.testing import registration
from bankcore.units import Unit

CNY = Unit("CNY/2")
START = date(2024, 11, 25)  # the first points expire within reach: at the end of a month
CARDS, PROVIDERS = ("c1", "c2", "c3"), ("g1", "g2")

cards, providers = st.sampled_from(CARDS), st.sampled_from(PROVIDERS)
amounts = (st.integers(0, 400_00) | st.sampled_from([1, 66, 67, 99, 100_00])).map(lambda n: Amount(n, CNY))
money = st.integers(1, 400_00).map(lambda n: Amount(n, CNY))
counts = st.integers(1, 400)
tenths = st.integers(1, 10)


class Points(Pair):
    """One programme with two providers; every command ends alike on both stores."""

    @initialize(
        value=st.sampled_from(["1", "4/5", "1/3"]),
        rate=st.sampled_from(["1", "3/2", "1/3"]),
        funding=st.sampled_from(["prepaid", "postpaid"]),
        pending=st.sampled_from([0, 0, 2]),
        breakage=st.sampled_from(["1", "1/3", "0"]),
    )
    def start(self, value: str, rate: str, funding: str, pending: int, breakage: str) -> None:
        self.open_on(START)
        self.rate = Fraction(rate)
        self.spend: dict[tuple[str, str], int] = {}  # net, by card and provider
        self.orders: dict[str, tuple[str, str, int]] = {}  # card, provider, left to refund
        terms = {
            "value": value,
            "funding": funding,
            "funding_cap": "5.00",
            "pending_days": pending,
            "expiry": "rolling",
            "expiry_months": 1,
            "least_redeemed": 1,
            "transfers": "family",
            "breakage": breakage,
        }
        for command in (*holders(*CARDS[:2], *PROVIDERS), *registration("c3", document="id-card")):
            assert isinstance(self.give(command), tuple)
        self.give(points.OpenProgramme("p", terms))
        for provider in PROVIDERS:
            self.give(points.RegisterProvider("p", provider))
            self.give(points.SignAgreement("p", provider, terms={"rate": rate, "credit_rate": "1/8"}))
        for card in CARDS:
            self.give(points.RegisterConsumer("p", card))
            self.give(points.JoinFamily("p", card, "f"))
        self.give(credit.OpenProgramme("p", {"per_points": 100, "grace_days": 1}))
        for card in CARDS[:2]:
            self.give(credit.OpenLine("p", card=card))
        cash = {AccountPath("bank:cash"): 5_000_00}
        people = {AccountPath(f"bank:demand:{it}"): 1_000_00 for it in (*CARDS, *PROVIDERS)}
        opening = legs(CNY, debit=cash, credit=people)
        for bank in self.banks:
            bank.ledger.post(Transaction(kind="opening", effective_on=START, postings=opening, key="opening"))
        self.follow()

    @invariant()
    def a_line_binds_while_something_is_drawn(self) -> None:
        books = self.banks[0].ledger.books
        lines = [it for it in Line.every(books) if books.balance(LOAN(*it.ids))]
        bound = {it.ids for who in CARDS for it in open_contracts(books, who) if it.ids[1] == "credit"}
        assert bound == {(it.holder, "credit", "/".join(it.ids)) for it in lines}

    @invariant()
    def a_role_binds_its_party_while_it_lasts(self) -> None:
        books = self.banks[0].ledger.books
        roles = {(it.ids[1], "points", "p/card") for it in Card.every(books) if not it.closed_on}
        roles |= {(it.ids[1], "points", "p/provider") for it in Provider.every(books) if not it.closed_on}
        parties = (*CARDS, *PROVIDERS)
        assert roles == {
            it.ids for who in parties for it in open_contracts(books, who) if it.ids[1] == "points"
        }

    def balance(self, path: str) -> int:
        account = AccountPath(path)
        books = self.banks[0].ledger.books
        return books.balance(account) if books.account(account) is not None else 0

    def live(self, card: str) -> int:
        return self.balance(f"points:p:consumer:{card}:live")

    def lots(self) -> dict[str, tuple[str, int]]:
        """Expiry and points left, by lot."""
        records = self.banks[0].ledger.books.records("points.lot")
        return {lot.id: (lot.id.split(":")[2], lot.data["left"]) for lot in records}

    # --- orders -------------------------------------------------------------------------------------

    @rule(card=cards, provider=providers, amount=amounts)
    def order(self, card: str, provider: str, amount: Amount) -> None:
        id = f"o{self.step}"
        if isinstance(
            self.give(points.PlaceOrder("p", provider, card, id, amount, confirmed_by="pin")), tuple
        ):
            self.orders[id] = (card, provider, amount.quantity)
            self.spend[card, provider] = self.spend.get((card, provider), 0) + amount.quantity

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), share=st.integers(1, 11))
    def refund(self, data: st.DataObject, share: int) -> None:
        self.give_back(data.draw(st.sampled_from(sorted(self.orders))), share)

    def give_back(self, order: str, share: int) -> None:
        card, provider, left = self.orders[order]
        part = -(-left * share // 10)
        if part and isinstance(self.give(points.RefundOrder("p", provider, order, Amount(part, CNY))), tuple):
            assert part <= left
            self.orders[order] = (card, provider, left - part)
            self.spend[card, provider] -= part

    @rule(card=cards, provider=providers, amount=amounts, parts=st.integers(1, 3))
    def order_and_refund_all(self, card: str, provider: str, amount: Amount, parts: int) -> None:
        """C7: an order and its full refund restore every balance and what limits look at."""
        before = self.snapshot()
        id = f"o{self.step}"
        if isinstance(
            self.give(points.PlaceOrder("p", provider, card, id, amount, confirmed_by="pin")), tuple
        ):
            for part in amount.split(parts):
                if part:
                    outcome = self.give(points.RefundOrder("p", provider, id, part))
                    assert isinstance(outcome, tuple), outcome
            assert self.snapshot() == before

    def snapshot(self) -> dict[str, Any]:
        books = self.banks[0].ledger.books
        held: dict[str, Any] = {path: balance for path, balance in books.balances("") if balance}
        return held | {
            card.id: (card.data["lifetime"], card.data["waiting"]) for card in books.records("points.card")
        }

    # --- points -------------------------------------------------------------------------------------

    @rule(card=cards, count=counts)
    def redeem(self, card: str, count: int) -> None:
        before, cash = self.lots(), self.balance("bank:cash")
        if isinstance(self.give(points.Redeem("p", card, count)), tuple):
            self.spent_in_order(card, before, count)
        assert self.balance("bank:cash") == cash

    @rule(card=cards, share=tenths)
    def redeem_a_part(self, card: str, share: int) -> None:
        part = self.live(card) * share // 10
        if part >= 15:
            self.redeem(card, part - part % 15)  # whole fen at any of the values

    @precondition(lambda self: self.orders)
    @rule(data=st.data())
    def refund_what_is_spent(self, data: st.DataObject) -> None:
        order = data.draw(st.sampled_from(sorted(self.orders)))
        self.redeem_a_part(self.orders[order][0], 10)
        self.give_back(order, 10)

    @rule(card=cards, to=cards, share=tenths)
    def transfer(self, card: str, to: str, share: int) -> None:
        before, count = self.lots(), max(self.live(card) * share // 10, 1)
        if isinstance(self.give(points.TransferPoints("p", card, to, count)), tuple):
            self.spent_in_order(card, before, count)

    def spent_in_order(self, card: str, before: dict[str, tuple[str, int]], count: int) -> None:
        """C5: no lot is touched while one that expires earlier has spendable points left."""
        after = self.lots()
        mine = [id for id in sorted(before) if id.split(":")[1] == card and before[id][1]]
        taken = [id for id in mine if after[id] != before[id]]
        assert sum(before[id][1] - after[id][1] for id in taken) == count
        today = self.banks[0].today.isoformat()
        books = self.banks[0].ledger.books
        for id in mine:
            lot = books.record("points.lot", id)
            assert lot is not None
            if after[id][1] and today <= before[id][0] and lot.data["spendable_on"] <= today:
                assert all(other <= id for other in taken)

    @rule(card=cards, provider=providers, count=counts, everything=st.booleans())
    def repay_debt(self, card: str, provider: str, count: int, everything: bool) -> None:
        owed = self.balance(f"points:p:debt:{card}:{provider}")
        self.give(points.RepayDebt("p", card, provider, owed if everything and owed else count))

    @rule(card=cards, provider=providers, count=counts)
    def grant(self, card: str, provider: str, count: int) -> None:
        self.give(points.GrantPoints("p", provider, card, count))

    @rule(card=cards, price=money, count=counts, share=tenths)
    def sell(self, card: str, price: Amount, count: int, share: int) -> None:
        expected = max(count * share // 10, 1)
        self.give(
            points.SellWithPoints("p", f"s{self.step}", card, price, count, Amount(count, CNY), expected)
        )

    @rule(data=st.data(), count=counts)
    def revise(self, data: st.DataObject, count: int) -> None:
        rights = [it.ids[1] for it in Right.every(self.banks[0].ledger.books)]
        self.give(points.ReviseRight("p", data.draw(st.sampled_from(rights or ["s"])), count))

    @rule(provider=providers, amount=money)
    def settle_fund(self, provider: str, amount: Amount) -> None:
        self.give(points.SettleFund("p", provider, amount))

    @precondition(lambda self: self.step > 40)
    @rule(card=cards, into=cards)
    def propose_merge(self, card: str, into: str) -> None:
        if isinstance(self.give(points.ProposeMerge("p", card, into), actor=LI), tuple):
            assert {card, into} != {"c1", "c2"}

    @precondition(lambda self: self.step > 40)
    @rule(card=st.sampled_from(["c1", "c3"]))
    def merge(self, card: str) -> None:
        into = "c3" if card == "c1" else "c1"
        held = self.live("c1") + self.live("c3")
        debts = sum(self.balance(f"points:p:debt:{it}:{g}") for it in ("c1", "c3") for g in PROVIDERS)
        self.give(points.ProposeMerge("p", card, into), actor=LI)
        made = self.banks[0].ledger.books.record("points.merge", f"p:{card}")
        seen = made.version if made else 1
        if isinstance(self.give(points.ApproveMerge("p", card, seen), actor=HAN), tuple):
            assert self.live(card) == 0
            owed = sum(self.balance(f"points:p:debt:{into}:{g}") for g in PROVIDERS)
            assert held - debts == self.live(into) - owed

    @precondition(lambda self: self.step > 45)
    @rule(card=cards, forfeit=st.booleans())
    def close_card(self, card: str, forfeit: bool) -> None:
        self.give(points.CloseCard("p", card, forfeit))

    @rule(card=cards)
    def register_again(self, card: str) -> None:
        self.give(points.RegisterConsumer("p", card))

    @precondition(lambda self: self.step > 45)
    @rule(provider=providers)
    def close_provider(self, provider: str) -> None:
        self.give(points.CloseProvider("p", provider))

    @rule(provider=providers)
    def register_provider_again(self, provider: str) -> None:
        self.give(points.RegisterProvider("p", provider))

    # --- credit -------------------------------------------------------------------------------------

    @rule(card=cards, amount=money)
    def draw(self, card: str, amount: Amount) -> None:
        self.give(credit.Draw("p", amount, card=card))

    @rule(card=cards, amount=money)
    def repay(self, card: str, amount: Amount) -> None:
        before = self.balance(f"credit:p:consumer:{card}:loan")
        self.give(credit.Repay("p", amount, card=card))
        if self.balance(f"credit:p:consumer:{card}:loan") < before:
            assert self.balance(f"credit:p:consumer:{card}:interest") == 0  # C11

    @rule(card=cards)
    def repay_all(self, card: str) -> None:
        if owed := sum(self.balance(f"credit:p:consumer:{card}:{name}") for name in ("loan", "interest")):
            self.repay(card, Amount(owed, CNY))

    @rule(card=cards, limit=st.integers(0, 3_000_00), automatic=st.booleans())
    def set_limit(self, card: str, limit: int, automatic: bool) -> None:
        self.give(credit.SetLimit("p", Amount(limit, CNY), card=card, automatic=automatic))

    @rule(card=cards, limit=st.integers(0, 3_000_00), automatic=st.booleans())
    def decide_limit(self, card: str, limit: int, automatic: bool) -> None:
        self.give(credit.ProposeLimit("p", Amount(limit or 1, CNY), card=card, automatic=automatic), actor=LI)
        made = self.banks[0].ledger.books.record("credit.limit", f"p:consumer:{card}")
        seen = made.version if made else 1
        self.give(credit.ApproveLimit("p", seen, card=card), actor=HAN)

    @precondition(lambda self: self.step > 45)
    @rule(card=cards)
    def end_line(self, card: str) -> None:
        self.repay_all(card)
        self.set_limit(card, 0, False)

    # --- terms --------------------------------------------------------------------------------------

    @rule(rate=st.sampled_from(["7.3%", "3.65%", "24%"]), grace=st.integers(0, 3), days=st.integers(0, 3))
    def change_credit(self, rate: str, grace: int, days: int) -> None:
        start = self.banks[0].today + timedelta(days=days)
        done = self.give(credit.ChangeTerms("p", {"rate": rate, "grace_days": grace}, start))
        assert isinstance(done, tuple) is bool(days)

    @rule(pending=st.integers(0, 2), share=st.sampled_from(["1", "1/3"]), months=st.integers(1, 2))
    def change_points(self, pending: int, share: str, months: int) -> None:
        terms = {"pending_days": pending, "breakage": share, "expiry_months": months}
        assert isinstance(self.give(points.ChangeTerms("p", terms)), tuple)

    # --- days ---------------------------------------------------------------------------------------

    @rule(days=st.integers(1, 12), twice=st.booleans())
    def close_days(self, days: int, twice: bool) -> None:
        day = self.banks[0].today + timedelta(days=days - 1)
        before, points_before = self.lots(), {card: self.live(card) for card in CARDS}
        self.close(days, twice=twice)
        for card in CARDS:  # C6: exactly what is left of what has expired
            gone = sum(
                left
                for id, (expiry, left) in before.items()
                if f":{card}:" in id and expiry < day.isoformat()
            )
            assert self.live(card) == points_before[card] - gone

    # --- always -------------------------------------------------------------------------------------

    @invariant()
    def points_follow_net_spend(self) -> None:
        """C3, from what the model saw."""
        for (card, provider), spend in self.spend.items():
            member = self.banks[0].ledger.books.record("points.member", f"p:{card}:{provider}")
            assert member is not None
            assert member.data["issued"] == floor(self.rate * Fraction(spend, 100))


TestPoints = Points.TestCase
