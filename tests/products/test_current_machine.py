"""Current accounts under random commands, on memory and on a SQLite file at once.

The model knows balances, states and courts' holds; interest is taken from the journal, and its sum is
held against the days by `test_current_interest`.
"""

from __future__ import annotations

from datetime import date, timedelta

from attrs import define, field
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule
from tests.products.holders import endow
from tests.products.pair import Pair

from bankcore.amounts import Amount
from bankcore.ledger.accounts import AccountPath, Status
from bankcore.product.actor import Actor
from bankcore.products.current import (
    CancelStandingOrder,
    CashIn,
    CashOut,
    ChangeTerms,
    CloseAccount,
    CourtFreeze,
    ExecuteCourtOrder,
    LiftCourtFreeze,
    OpenAccount,
    OpenProgramme,
    PlaceStandingOrder,
    ReplaceLost,
    ReportLost,
    ReviveAccount,
    Transfer,
)
from bankcore.products.current.accounts import CurrentAccount
from bankcore.products.parties import IdentifyParty, RegisterParty
from bankcore.units import Unit

CNY = Unit("CNY/2")
START = date(2024, 2, 25)
WHO = ("a", "b", "c")
PARTY = st.sampled_from(WHO)
MONEY = st.integers(1, 2_000_00).map(lambda quantity: Amount(quantity, CNY))


@define
class Model:
    """One account."""

    balance: int = 0
    lost: bool = False
    frozen: set[str] = field(factory=set)
    held: dict[str, int] = field(factory=dict)
    orders: set[str] = field(factory=set)
    closed: bool = False

    def pays(self, amount: int) -> bool:
        return not self.lost and not self.frozen and amount <= self.balance - sum(self.held.values())


class Accounts(Pair):
    """Three parties; every command ends alike on both stores, as the model says."""

    @initialize(rate_rule=st.sampled_from(["segmented", "settlement-day"]))
    def start(self, rate_rule: str) -> None:
        self.open_on(START)
        terms = {"rate": "3.6%", "rate_rule": rate_rule, "dormant_years": 30}
        self.give(OpenProgramme("std", terms))  # type: ignore[arg-type]
        for number, party in enumerate(WHO):
            self.give(RegisterParty(party))
            self.give(IdentifyParty(party, "passport", str(number)))
            self.give(OpenAccount("std", party))
        self.both(endow)
        self.model = {party: Model() for party in WHO}
        self.blocked: set[str] = set()

    def ask(self, command: object, expected: bool, actor: str = "") -> bool:
        done = isinstance(self.give(command, actor=Actor.parse(actor) if actor else None), tuple)
        assert done is expected, command
        return done

    @rule(party=PARTY, money=MONEY, back=st.integers(0, 3))
    def cash_in(self, party: str, money: Amount, back: int) -> None:
        day = max(self.banks[0].today - timedelta(days=back), START)
        account = self.model[party]
        opened = CurrentAccount.existing(self.banks[0].ledger.books, party).opened_on
        value_on = day if day >= opened else None
        if self.ask(CashIn(party, money, value_on), not account.closed and party not in self.blocked):
            account.balance += money.quantity

    @rule(party=PARTY, money=MONEY)
    def cash_out(self, party: str, money: Amount) -> None:
        account = self.model[party]
        allowed = not account.closed and account.pays(money.quantity) and party not in self.blocked
        if self.ask(CashOut(party, money), allowed):
            account.balance -= money.quantity

    @rule(party=PARTY, receiver=PARTY, money=MONEY, asks=PARTY)
    def transfer(self, party: str, receiver: str, money: Amount, asks: str) -> None:
        one, other = self.model[party], self.model[receiver]
        allowed = asks == party != receiver and not one.closed and not other.closed
        allowed = allowed and one.pays(money.quantity) and not {party, receiver} & self.blocked
        if self.ask(Transfer(party, receiver, money), allowed, f"customer:{asks}"):
            one.balance -= money.quantity
            other.balance += money.quantity

    @rule(party=PARTY, back=st.booleans())
    def lose_or_replace(self, party: str, back: bool) -> None:
        account = self.model[party]
        command = ReplaceLost(party) if back else ReportLost(party)
        if self.ask(command, not account.closed and account.lost is back):
            account.lost = not back

    @rule(party=PARTY)
    def revive(self, party: str) -> None:
        self.ask(ReviveAccount(party), expected=False)

    @rule(party=PARTY, money=st.none() | MONEY, days=st.none() | st.integers(0, 5))
    def freeze(self, party: str, money: Amount | None, days: int | None) -> None:
        account, order = self.model[party], f"o{self.step}"
        until = None if days is None else self.banks[0].today + timedelta(days=days)
        fits = money is None or (
            not account.lost
            and not account.frozen
            and party not in self.blocked
            and money.quantity <= account.balance - sum(account.held.values())
        )
        if self.ask(CourtFreeze(party, order, money, until), not account.closed and fits):
            if money is None:
                account.frozen.add(order)
            else:
                account.held[order] = money.quantity

    @rule(party=PARTY, data=st.data())
    def lift(self, party: str, data: st.DataObject) -> None:
        account = self.model[party]
        order = data.draw(st.sampled_from(sorted({"none", *account.frozen, *account.held})))
        if self.ask(LiftCourtFreeze(party, order), order != "none"):
            account.frozen.discard(order)
            account.held.pop(order, None)

    @rule(party=PARTY, receiver=PARTY, money=MONEY, data=st.data())
    def carry_out(self, party: str, receiver: str, money: Amount, data: st.DataObject) -> None:
        one, other = self.model[party], self.model[receiver]
        order = data.draw(st.sampled_from(sorted({"none", *one.held})))
        allowed = order != "none" and party != receiver and not other.closed
        allowed = allowed and money.quantity <= one.held[order] and not {party, receiver} & self.blocked
        if self.ask(ExecuteCourtOrder(party, order, receiver, "x", money), allowed):
            one.balance, other.balance = one.balance - money.quantity, other.balance + money.quantity
            one.held[order] -= money.quantity
            if not one.held[order]:
                del one.held[order]

    @rule(party=PARTY, receiver=PARTY, money=MONEY, every=st.integers(1, 9))
    def place_order(self, party: str, receiver: str, money: Amount, every: int) -> None:
        one, other, order = self.model[party], self.model[receiver], f"s{self.step}"
        cap = Amount(money.quantity * 5 // 2, CNY)
        today = self.banks[0].today
        command = PlaceStandingOrder(party, order, receiver, money, today, every, "day", None, cap)
        if self.ask(command, party != receiver and not one.closed and not other.closed):
            one.orders.add(order)

    @rule(party=PARTY, data=st.data())
    def cancel_order(self, party: str, data: st.DataObject) -> None:
        account = self.model[party]
        order = data.draw(st.sampled_from(sorted({"none", *account.orders})))
        if self.ask(CancelStandingOrder(party, order), order != "none"):
            account.orders.discard(order)

    @rule(party=PARTY, into=PARTY)
    def close_account(self, party: str, into: str) -> None:
        account, other = self.model[party], self.model[into]
        free = not (account.lost or account.frozen or account.held or account.orders)
        allowed = not account.closed and free and party != into and not other.closed
        outcome = self.give(CloseAccount(party, into))
        if not {party, into} & self.blocked:
            assert isinstance(outcome, tuple) is allowed
        if isinstance(outcome, tuple):
            account.closed, account.balance = True, 0
            other.balance = self.stored(into)

    @rule(party=PARTY)
    def open_again(self, party: str) -> None:
        if self.ask(OpenAccount("std", party), self.model[party].closed):
            self.model[party] = Model()

    @rule(party=PARTY)
    def block_or_not(self, party: str) -> None:
        """The ledger's own door."""
        path = AccountPath(f"bank:demand:{party}")
        account = self.model[party]
        if account.closed or account.lost or account.frozen:
            return
        self.blocked ^= {party}
        status, key = Status.FROZEN if party in self.blocked else Status.OPEN, f"door-{self.step}"
        self.step += 1
        self.both(lambda bank: bank.ledger.change(path, key=key, reason="x", status=status))

    @rule(percent=st.integers(0, 5), days=st.integers(1, 9))
    def change_rate(self, percent: int, days: int) -> None:
        day = self.banks[0].today + timedelta(days=days)
        self.ask(ChangeTerms("std", {"rate": f"{percent}%"}, day), expected=True)

    @rule(days=st.integers(1, 9))
    def close_days(self, days: int) -> None:
        self.close(days, twice=True)
        books = self.banks[0].ledger.books
        for party, account in self.model.items():
            account.balance = self.stored(party)
            for kind in (account.frozen, account.held):
                for order in sorted(kind):
                    record = books.record("current.court-order", f"{party}:{order}")
                    if record is not None and record.data["lifted_on"]:
                        kind.discard(order) if isinstance(kind, set) else kind.pop(order)
            for order in sorted(account.orders):
                record = books.record("current.order", f"{party}:{order}")
                if record is not None and record.data["ended_on"]:
                    account.orders.discard(order)

    def stored(self, party: str) -> int:
        return self.banks[0].ledger.books.balance(AccountPath(f"bank:demand:{party}"))

    @invariant()
    def everything_is_where_the_model_has_it(self) -> None:
        books = self.banks[0].ledger.books
        for party, account in self.model.items():
            assert self.stored(party) == account.balance
            state = CurrentAccount.existing(books, party).status
            frozen = "frozen" if account.frozen else "lost" if account.lost else "normal"
            assert state == ("closed" if account.closed else frozen)


TestAccounts = Accounts.TestCase
TestAccounts.settings = settings(max_examples=settings.default.max_examples // 2)
