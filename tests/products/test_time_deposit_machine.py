"""Time deposits under random commands, on memory and on a SQLite file at once.

The model knows what is left of each deposit and the exact sum of what it earned.
"""

from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

from attrs import define
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.errors import BankcoreError
from bankcore.ledger.accounts import Account, AccountPath, AccountType, Status
from bankcore.ledger.audit import verify
from bankcore.ledger.transactions import Transaction, legs
from bankcore.products.time_deposit import OpenDeposit, OpenProgramme, Withdraw
from bankcore.rates import round_half_up
from bankcore.stores.memory import MemoryStore
from bankcore.stores.sqlite import SqliteStore
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


class Deposits(RuleBasedStateMachine):
    """Two terms, two customers; every command ends alike on both stores."""

    @initialize()
    def start(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        file = Path(self.folder.name) / "book.db"
        self.banks = [
            Bank.create(store, opened_on=START, clock=lambda: datetime(2024, 1, 31, tzinfo=UTC))
            for store in (MemoryStore(), SqliteStore(file, create=True, durability="normal"))
        ]
        self.step = 0
        self.deposits: dict[str, Model] = {}
        self.frozen: set[str] = set()
        cash = Account(AccountPath("bank:cash"), AccountType.ASSET, CNY)
        demand = [Account(path, AccountType.LIABILITY, CNY, floor=0) for path in DEMAND.values()]
        money = legs(CNY, debit={cash.path: 2 * MONEY}, credit=dict.fromkeys(DEMAND.values(), MONEY))
        for bank in self.banks:
            bank.ledger.open([cash, *demand], key="open")
            bank.ledger.post(Transaction(kind="opening", effective_on=START, postings=money, key="opening"))
        for programme, months in MATURES.items():
            self.handle(OpenProgramme(programme, {"months": months}))  # type: ignore[arg-type]

    def handle(self, command: Any) -> bool:
        self.step += 1
        answers: list[Any] = []
        for bank in self.banks:
            try:
                answers.append(bank.handle(command, f"k{self.step}"))
            except BankcoreError as error:
                answers.append(error.as_dict())
        assert answers[0] == answers[1]
        return isinstance(answers[0], tuple)

    @property
    def today(self) -> date:
        return self.banks[0].today

    @rule(
        programme=st.sampled_from(sorted(MATURES)), customer=st.sampled_from("ab"), yuan=st.integers(1, 4_000)
    )
    def place(self, programme: str, customer: str, yuan: int) -> None:
        id = f"d{self.step}"
        if self.handle(OpenDeposit(programme, id, customer, Amount(yuan * 100, CNY))):
            matures_on = months_later(self.today, MATURES[programme])
            self.deposits[id] = Model(programme, customer, self.today, matures_on, yuan * 100)

    @precondition(lambda self: self.deposits)
    @rule(data=st.data(), tenths=st.integers(1, 12))
    def withdraw(self, data: st.DataObject, tenths: int) -> None:
        id = data.draw(st.sampled_from(sorted(self.deposits)))
        deposit = self.deposits[id]
        taken = max(deposit.left * tenths // 1_000 * 100, 100)
        asked = None if tenths == 10 else Amount(taken, CNY)
        if self.handle(Withdraw(deposit.programme, id, deposit.customer, asked)):
            assert deposit.left
            assert deposit.customer not in self.frozen
            deposit.pay(deposit.left if asked is None else taken, self.today)

    @rule(customer=st.sampled_from("ab"))
    def freeze_or_thaw(self, customer: str) -> None:
        self.step += 1
        status = Status.OPEN if customer in self.frozen else Status.FROZEN
        self.frozen ^= {customer}
        for bank in self.banks:
            bank.ledger.change(DEMAND[customer], key=f"k{self.step}", reason="court", status=status)

    @rule(days=st.integers(1, 12))
    def close_days(self, days: int) -> None:
        for _ in range(days):
            for deposit in self.deposits.values():
                if deposit.left and deposit.matures_on <= self.today and deposit.customer not in self.frozen:
                    deposit.pay(deposit.left, self.today)
            for bank in self.banks:
                bank.close_day(bank.today)

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

    @invariant()
    def both_books_are_one(self) -> None:
        heads = [bank.ledger.reader.head() for bank in self.banks]
        assert heads[0] == heads[1]
        assert not list(self.banks[0].broken_invariants())

    def teardown(self) -> None:
        for bank in self.banks:
            verify(bank.ledger.reader, bank.ledger.book).require()
            bank.ledger.store.close()
        self.folder.cleanup()


TestDeposits = Deposits.TestCase
TestDeposits.settings = settings(max_examples=settings.default.max_examples // 2)
