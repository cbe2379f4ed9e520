"""Time deposits under random commands, on memory and on a SQLite file at once.

The model knows what is left of each deposit and the exact sum of what it earned.
"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

from attrs import define
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule
from tests.products.holders import cash, holders
from tests.products.pair import Pair

from bankcore.amounts import Amount
from bankcore.ledger.accounts import AccountPath, Status
from bankcore.product.parties import open_contracts
from bankcore.products.current import CloseAccount
from bankcore.products.time_deposit import OpenDeposit, OpenProgramme, WithdrawEarly
from bankcore.rates import round_half_up
from bankcore.units import Unit

CNY = Unit("CNY/2")
START = date(2024, 1, 31)
MATURES = {"1m": 1, "3m": 3}
MONEY = 10_000_00
DEMAND = {who: AccountPath(f"bank:demand:{who}") for who in "ab"}


@define
class Model:
    """One deposit."""

    programme: str
    customer: str
    opened_on: date
    matures_on: date
    left: int
    exact: Fraction = Fraction(0)

    def pay(self, taken: int, today: date) -> None:
        days = (today - self.opened_on).days
        self.left -= taken
        if today < self.matures_on:
            self.exact += taken * Fraction(35, 10_000) * days / 360
        else:
            late = (today - self.matures_on).days
            term = Fraction(135, 10_000) * MATURES[self.programme] / 12
            self.exact += taken * (term + Fraction(35, 10_000) * late / 360)


def months_later(day: date, months: int) -> date:
    """The same day of a later month of 2024 or 2025, or the month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=day.day - 1), following - timedelta(days=1))


class Deposits(Pair):
    """Two terms, two customers; every command ends alike on both stores."""

    @initialize()
    def start(self) -> None:
        self.open_on(START)
        self.deposits: dict[str, Model] = {}
        self.frozen: set[str] = set()
        for command in (*holders(*DEMAND), *(cash(party, "10,000.00") for party in DEMAND)):
            self.give(command)
        for programme, months in MATURES.items():
            self.give(OpenProgramme(programme, {"months": months}))  # type: ignore[arg-type]

    @property
    def today(self) -> date:
        return self.banks[0].today

    @rule(
        programme=st.sampled_from(sorted(MATURES)), customer=st.sampled_from("ab"), yuan=st.integers(1, 4_000)
    )
    def place(self, programme: str, customer: str, yuan: int) -> None:
        id = f"d{self.step}"
        if isinstance(self.give(OpenDeposit(programme, id, customer, Amount(yuan * 100, CNY))), tuple):
            matures_on = months_later(self.today, MATURES[programme])
            self.deposits[id] = Model(programme, customer, self.today, matures_on, yuan * 100)

    @precondition(lambda self: self.deposits)
    @rule(data=st.data(), tenths=st.integers(1, 12))
    def withdraw(self, data: st.DataObject, tenths: int) -> None:
        id = data.draw(st.sampled_from(sorted(self.deposits)))
        deposit = self.deposits[id]
        taken = max(deposit.left * tenths // 1_000 * 100, 100)
        asked = None if tenths == 10 else Amount(taken, CNY)
        if isinstance(self.give(WithdrawEarly(deposit.programme, id, deposit.customer, asked)), tuple):
            assert deposit.left
            assert deposit.customer not in self.frozen
            deposit.pay(deposit.left if asked is None else taken, self.today)

    @rule(customer=st.sampled_from("ab"))
    def freeze_or_thaw(self, customer: str) -> None:
        self.step += 1
        status = Status.OPEN if customer in self.frozen else Status.FROZEN
        self.frozen ^= {customer}
        key = f"court-{self.step}"
        self.both(lambda bank: bank.ledger.change(DEMAND[customer], key=key, reason="court", status=status))

    @rule(customer=st.sampled_from("ab"))
    def nothing_closes_under_a_deposit(self, customer: str) -> None:
        bound = any(it.left and it.customer == customer for it in self.deposits.values())
        books = self.banks[0].ledger.books
        assert bound is any(it.ids[1] == "time-deposit" for it in open_contracts(books, customer))
        if bound:
            refused = self.give(CloseAccount(customer, into="b" if customer == "a" else "a"))
            assert refused["code"] == "contracts_open"

    @rule(days=st.integers(1, 12))
    def close_days(self, days: int) -> None:
        for _ in range(days):
            for deposit in self.deposits.values():
                if deposit.left and deposit.matures_on <= self.today and deposit.customer not in self.frozen:
                    deposit.pay(deposit.left, self.today)
            self.close(1)

    @invariant()
    def every_fen_is_where_the_model_has_it(self) -> None:
        books = self.banks[0].ledger.books
        held = dict.fromkeys(DEMAND, MONEY)
        for record in books.records("time-deposit.deposit"):
            id = record.id.partition(":")[2]
            deposit = self.deposits[id]
            path = AccountPath(f"time-deposit:{deposit.programme}:{id}:principal")
            assert books.balance(path) == deposit.left
            held[deposit.customer] += round_half_up(deposit.exact) - deposit.left
        assert {who: books.balance(path) for who, path in DEMAND.items()} == held


TestDeposits = Deposits.TestCase
TestDeposits.settings = settings(max_examples=settings.default.max_examples // 2)
