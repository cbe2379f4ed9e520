"""The wealth programme under random commands, on memory and on a SQLite file at once.

The model knows nothing of the rules: balances by account, receipts by key, and each client's exact
yield summed again from the balances at the close of every day.
"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule
from tests.products.holders import cash, holders
from tests.products.pair import Pair

from bankcore.amounts import Amount
from bankcore.product.actor import Actor, Role
from bankcore.products.current import CashIn, CloseAccount
from bankcore.products.wallet import (
    Bind,
    ChangeTerms,
    CloseClient,
    ConfirmBinding,
    ConsentToUndo,
    Consume,
    FundReserve,
    OpenProgramme,
    PayIn,
    Recharge,
    Refund,
    RegisterClient,
    RegisterMerchant,
    Settle,
    Sweep,
    TakeOut,
    Unbind,
    UndoRecharge,
    WalletTerms,
    Withdraw,
)
from bankcore.units import Unit

CNY = Unit("CNY/2")
DAY = date(2024, 5, 1)
CLIENTS, MERCHANTS = ("c1", "c2", "c3"), ("own", "third")
POCKETS = ("bonus", "principal", "vested", "yield")
RATE = Fraction(3, 100)

clients, merchants = st.sampled_from(CLIENTS), st.sampled_from(MERCHANTS)
bound_clients = st.sampled_from(CLIENTS[:2])
amounts = (st.integers(1, 3_000_00) | st.sampled_from([1, 500_00, 1_000_00, 333_33])).map(
    lambda n: Amount(n, CNY)
)
TERMS = {
    "threshold": "5,000.00",
    "preset": "1,500.00",
    "yield_rate": "3%",
    "merchant_fee": "0.38%",
    "max_due": "6,000.00",
}


class Wallets(Pair):
    """One programme; every command ends alike on both stores."""

    @initialize(
        sweep=st.sampled_from(["once", "until", "top-up"]),
        interval=st.sampled_from(["1D", "3D", "1M"]),
        settlement=st.sampled_from(["manual", "daily"]),
        ring_fence=st.booleans(),
        bonus=st.sampled_from(["whole", "marginal"]),
    )
    def start(self, sweep: str, interval: str, settlement: str, ring_fence: bool, bonus: str) -> None:
        self.open_on(DAY)
        self.earned = dict.fromkeys(CLIENTS, Fraction(0))
        self.left: set[str] = set()
        self.interval = interval
        terms = WalletTerms.from_data(
            {
                **TERMS,
                "sweep": sweep,
                "interval": interval,
                "settlement": settlement,
                "ring_fence_third_party": ring_fence,
                "bonus_mode": bonus,
            }
        )
        for command in (*holders("mall", *CLIENTS, "third"), cash("mall", "8,000.00")):
            assert isinstance(self.give(command), tuple)
        self.give(OpenProgramme("mall", terms))
        self.recharges: list[str] = []
        self.purchases: list[tuple[str, str, int]] = []  # id, merchant, amount
        self.give(FundReserve("mall", Amount(8_000_00, CNY)))
        for client in CLIENTS:
            self.give(RegisterClient("mall", client))
        for merchant in MERCHANTS:
            self.give(RegisterMerchant("mall", merchant, own=merchant == "own"))
            for client in CLIENTS[:2]:
                self.give(Bind("mall", client, merchant))
                self.give(ConfirmBinding("mall", client, merchant))

    # --- driving ------------------------------------------------------------------------------------

    def pockets(self, client: str) -> dict[str, int]:
        return {name: -self.balances.get(f"wallet:mall:client:{client}:{name}", 0) for name in POCKETS}

    def normal(self, path: str) -> int:
        return -self.balances.get(path, 0)

    # --- commands -----------------------------------------------------------------------------------

    @rule(client=clients, amount=amounts)
    def recharge(self, client: str, amount: Amount) -> None:
        outcome = self.give(Recharge("mall", client, amount, recharge=f"r{self.step}"))
        if isinstance(outcome, tuple):
            self.recharges.append(f"r{self.step - 1}")

    @rule(client=bound_clients, tiers=st.lists(st.sampled_from([499_99, 500_00, 1_000_01]), max_size=3))
    def recharge_often(self, client: str, tiers: list[int]) -> None:
        for quantity in tiers:
            self.recharge(client, Amount(quantity, CNY))

    @precondition(lambda self: self.recharges)
    @rule(data=st.data(), client=clients, consent=st.booleans())
    def undo_recharge(self, data: st.DataObject, client: str, consent: bool) -> None:
        recharge = data.draw(st.sampled_from(self.recharges))
        if consent:
            self.give(ConsentToUndo("mall", client, recharge))
        self.give(UndoRecharge("mall", recharge))

    def buy(self, client: str, merchant: str, amount: Amount) -> bool:
        before = self.pockets(client)
        outcome = self.give(Consume("mall", client, merchant, amount, f"p{self.step}"))
        if not isinstance(outcome, tuple):
            return False
        assert client != "c3"  # A9: never bound
        assert sum(before.values()) - sum(self.pockets(client).values()) == amount.quantity
        self.purchases.append((f"p{self.step - 1}", merchant, amount.quantity))
        return True

    @rule(client=clients, merchant=merchants, amount=amounts)
    def consume(self, client: str, merchant: str, amount: Amount) -> None:
        self.buy(client, merchant, amount)

    @rule(client=bound_clients, merchant=merchants, share=st.integers(1, 10))
    def consume_a_part(self, client: str, merchant: str, share: int) -> None:
        if part := sum(self.pockets(client).values()) * share // 10:
            self.buy(client, merchant, Amount(part, CNY))

    @precondition(lambda self: self.purchases)
    @rule(data=st.data(), share=st.integers(1, 11))
    def refund(self, data: st.DataObject, share: int) -> None:
        purchase, merchant, amount = data.draw(st.sampled_from(self.purchases))
        self.give(Refund("mall", merchant, purchase, Amount(-(-amount * share // 10), CNY)))

    @rule(
        client=bound_clients,
        merchant=merchants,
        share=st.integers(1, 10),
        settled=st.booleans(),
        parts=st.integers(1, 3),
    )
    def buy_and_refund_all(self, client: str, merchant: str, share: int, settled: bool, parts: int) -> None:
        """A6: a purchase and its full refund, in parts, restore every pocket, merchant and fee."""
        amount = Amount(sum(self.pockets(client).values()) * share // 10, CNY)
        if settled:
            self.give(Settle("mall", merchant))  # so that the next settlement is of this purchase alone
        before = dict(self.balances)
        if not amount or not self.buy(client, merchant, amount):
            return
        if settled:
            self.give(Settle("mall", merchant))
        purchase, _, _ = self.purchases.pop()
        for part in amount.split(parts):
            if part and not isinstance(self.give(Refund("mall", merchant, purchase, part)), tuple):
                return
        assert {path: b for path, b in self.balances.items() if b} == {p: b for p, b in before.items() if b}

    @rule(
        client=clients, amount=amounts, pocket=st.sampled_from(["", "principal", "yield", "vested", "bonus"])
    )
    def withdraw(self, client: str, amount: Amount, pocket: str) -> None:
        self.give(Withdraw("mall", client, amount, pocket))

    @rule(client=clients, amount=amounts)
    def recharge_and_withdraw_all(self, client: str, amount: Amount) -> None:
        """A8: nobody gains by recharging and withdrawing."""
        if sum(self.pockets(client).values()):
            return
        demand = self.normal(f"bank:demand:{client}")
        if isinstance(self.give(Recharge("mall", client, amount, recharge=f"x{self.step}")), tuple):
            self.give(Withdraw("mall", client, amount, ""))
            assert sum(self.pockets(client).values()) == 0
            assert self.normal(f"bank:demand:{client}") == demand + amount.quantity

    @rule(merchant=merchants)
    def settle(self, merchant: str) -> None:
        self.give(Settle("mall", merchant))

    @rule(party=st.sampled_from((*CLIENTS, "third", "mall")))
    def nobody_bound_closes_the_account(self, party: str) -> None:
        """Who takes part keeps the current account."""
        if party not in self.left:
            assert self.give(CloseAccount(party))["code"] == "contracts_open"

    @rule(amount=amounts, all_of_it=st.booleans())
    def pay_in(self, amount: Amount, all_of_it: bool) -> None:
        due = self.balances.get("wallet:mall:cash-due", 0)
        amount = Amount(due, CNY) if all_of_it and due else amount
        self.give(CashIn("mall", amount))
        self.give(PayIn("mall", amount))

    @rule(amount=amounts, cash_first=st.booleans())
    def fund(self, amount: Amount, cash_first: bool) -> None:
        if cash_first:
            self.give(CashIn("mall", amount))
        held = self.normal("bank:demand:mall")
        outcome = self.give(FundReserve("mall", amount))
        assert isinstance(outcome, tuple) == (held >= amount.quantity)

    @rule(amount=amounts, source=st.sampled_from(["reserve", "service"]))
    def take_out(self, amount: Amount, source: str) -> None:
        outcome = self.give(TakeOut("mall", amount, source))
        if isinstance(outcome, tuple):
            assert self.normal("wallet:mall:reserve") >= 5_000_00

    @rule()
    def sweep(self) -> None:
        reserve, service = self.normal("wallet:mall:reserve"), self.normal("wallet:mall:service")
        outcome = self.give(Sweep("mall"))
        assert isinstance(outcome, tuple) == (reserve < 5_000_00 and service > 0)  # A5

    @rule(client=clients, merchant=merchants, bound=st.booleans())
    def bind(self, client: str, merchant: str, bound: bool) -> None:
        if client != "c3":
            self.give(Bind("mall", client, merchant) if bound else Unbind("mall", client, merchant))

    @precondition(lambda self: self.step > 50)
    @rule(client=clients, consent=st.booleans())
    def close_client(self, client: str, consent: bool) -> None:
        outcome = self.give(CloseClient("mall", client, consent))
        if isinstance(outcome, tuple):
            assert self.pockets(client) == dict.fromkeys(POCKETS, 0)
            self.left.add(client)

    @rule(max_due=st.sampled_from(["3,000.00", "9,000.00"]), fee=st.sampled_from(["0.38%", "1%"]))
    def change_terms(self, max_due: str, fee: str) -> None:
        self.give(ChangeTerms("mall", {"max_due": max_due, "merchant_fee": fee}))

    @rule(client=clients, amount=amounts, role=st.sampled_from([Role.MERCHANT, Role.OFFICER, Role.CUSTOMER]))
    def wrong_actor(self, client: str, amount: Amount, role: Role) -> None:
        outcome = self.give(Withdraw("mall", client, amount, ""), actor=Actor(role, "somebody"))
        assert outcome["code"] == "actor_not_permitted"

    # --- days -----------------------------------------------------------------------------------------

    @rule(twice=st.booleans())
    def close_day(self, twice: bool) -> None:
        day = self.banks[0].today
        self.close(1, twice=twice)
        for client in CLIENTS:
            if client not in self.left:
                self.earned[client] += sum(self.pockets(client).values()) * RATE / 365
        assert self.banks[0].today == day + timedelta(days=1)
        self.yield_is_exact()

    def yield_is_exact(self) -> None:
        """A3: posted and due is within half a fen of the exact sum at every end of an interval."""
        books = self.banks[0].ledger.books
        for client in CLIENTS:
            if client in self.left:
                continue
            accrual = books.record("wallet.accrual", f"wallet:mall:client:{client}:yield")
            assert accrual is not None
            due = accrual.data.get("due", 0)
            if self.interval == "1D":
                assert abs(accrual.data["paid"] + due - self.earned[client]) <= Fraction(1, 2)
            assert (
                accrual.data["earned"] == f"{self.earned[client].numerator}/{self.earned[client].denominator}"
            )

    # --- always ---------------------------------------------------------------------------------------

    @invariant()
    def cash_covers_every_claim(self) -> None:
        """A1: what is owed changes by cash flows only."""
        owed = sum(-b for p, b in self.balances.items() if p != "bank:cash" and "cash-due" not in p)
        assert owed == self.balances.get("bank:cash", 0)


TestWallets = Wallets.TestCase
