"""Loans under random commands, on memory and on a SQLite file at once, beside a model of their own.

The model goes day by day with plain fractions and a calendar of its own; it knows no schedule ahead,
no accrual class and no exact rate but one found by bisection.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule
from tests.products.holders import holders
from tests.products.pair import Pair

from bankcore.amounts import Amount
from bankcore.ledger.accounts import Account, AccountPath, AccountType, Status
from bankcore.ledger.transactions import Transaction, legs
from bankcore.product.parties import open_contracts
from bankcore.products.current import CashIn
from bankcore.products.loan import (
    Approve,
    Disburse,
    OpenProgramme,
    Prepay,
    ProposeRecovery,
    ProposeWriteOff,
    Reject,
    Repay,
    RepayEarly,
    ReverseDisbursement,
    SignContract,
)
from bankcore.units import Unit

CNY = Unit("CNY/2")
DAY = date(2024, 1, 30)
ABROAD = AccountPath("bank:abroad")
LOANS = ("l", "m", "n")
METHODS = ("annuity", "equal-principal", "bullet")
UNPAYABLE = ("not_found", "loan_not_running")
RATE, FACTOR = Fraction(12, 100), Fraction(3, 2)


def half_up(value: Fraction) -> int:
    return int((2 * value + 1) // 2)


def due_date(start: date, months: int, roll: str) -> date:
    year, month = divmod(start.month - 1 + months, 12)
    day = date(start.year + year, month + 1, 1)
    day = day.replace(day=min(start.day, monthrange(day.year, day.month)[1]))
    while roll == "following" and day.weekday() > 4:
        day += timedelta(days=1)
    return day


class Debt:
    """One loan, as a patient clerk would keep it."""

    def __init__(self, terms: dict[str, Any], amount: int, months: int, start: date) -> None:
        self.terms, self.amount, self.months, self.start = terms, amount, months, start
        bullet = terms["method"] == "bullet"
        self.dues = [
            due_date(start, k, terms["roll"]) for k in ([months] if bullet else range(1, months + 1))
        ]
        self.left, self.since, self.number = amount, start, 0
        self.earned, self.posted, self.settled = Fraction(0), 0, 0  # of the running period
        self.level, self.parts = self.divide(amount)
        self.unpaid: list[list[Any]] = []  # due date, interest, principal
        self.exact, self.penalty, self.unpaid_penalty = Fraction(0), 0, 0
        self.fee = half_up(Fraction(amount) * Fraction(str(terms["fee"]).rstrip("%")) / 100)
        self.unearned, self.running, self.lost = self.fee, True, 0
        self.curve = self.unearned_by_rate() if self.fee else []

    def divide(self, amount: int) -> tuple[int, list[int]]:
        """The level payment that leaves nothing after the dues to come, and equal parts."""
        grown, paid, since = Fraction(amount), Fraction(0), self.since
        for due in self.dues[self.number :]:
            rate = 1 + self.rate(since, due)
            grown, paid, since = grown * rate, paid * rate + 1, due
        count = len(self.dues) - self.number
        return half_up(grown / paid), [amount // count + (k < amount % count) for k in range(count)]

    def rate(self, begin: date, end: date) -> Fraction:
        """What 1 earns from a day to another, within a month or over whole ones, counted day by day."""
        if self.terms["basis"] == "act-360":
            return RATE * (end - begin).days / 360
        ends = [due_date(self.start, k, self.terms["roll"]) for k in range(self.months + 1)]
        months = ((a, b, min(b, end) - max(a, begin)) for a, b in pairwise([self.start, *ends[1:]]))
        return sum(
            (RATE / 12 * it.days / (b - a).days for a, b, it in months if it.days > 0), start=Fraction(0)
        )

    def exact_until(self, day: date) -> Fraction:
        return self.earned + self.left * self.rate(self.since, day)

    def accrue(self, day: date) -> int:
        """What is earned of the running period and not posted yet."""
        self.earned, self.since = self.exact_until(day), day
        due, self.posted = half_up(self.earned) - self.posted, half_up(self.earned)
        return due

    def next_instalment(self) -> tuple[int, int]:
        """Interest and principal of the next one."""
        interest = half_up(self.exact_until(self.dues[self.number])) - self.settled
        if self.number == len(self.dues) - 1:
            return interest, self.left
        wanted = max(self.level - interest, 0) if self.terms["method"] == "annuity" else self.parts[0]
        return interest, min(wanted, self.left)

    def accrue_all(self, day: date) -> int:
        """Interest and fee at the end of a month."""
        if not self.left:
            return 0
        begin, due = self.dues[self.number - 1] if self.number else self.start, self.dues[self.number]
        income, day = 0, min(day, due)
        if self.unearned:
            before, after = [Decimal(self.fee), *self.curve][self.number : self.number + 2]
            share = self.rate(begin, day) / self.rate(begin, due)
            with localcontext() as context:
                context.prec = 60
                exact = before + (after - before) * share.numerator / share.denominator
            rest = min(max(int(exact.to_integral_value(ROUND_HALF_UP)), 0), self.unearned)
            income, self.unearned = self.unearned - rest, rest
        return income + self.accrue(day)

    def step(self) -> tuple[int, int]:
        """The next instalment is behind us."""
        interest, principal = self.next_instalment()
        self.earned, self.posted, self.settled = Fraction(0), 0, 0
        self.since, self.left = self.dues[self.number], self.left - principal
        self.number, self.parts = self.number + 1, self.parts[1:]
        return interest, principal

    def unearned_by_rate(self) -> list[Decimal]:
        """What is unearned after each instalment, by a rate found by bisection."""
        clerk = Debt.__new__(Debt)
        clerk.__dict__.update(self.__dict__)
        flows = []
        while clerk.left:
            interest, principal = clerk.step()
            flows.append((interest + principal, clerk.left))
        with localcontext() as context:
            context.prec = 60
            low, high = Decimal(0), Decimal(5)
            for _ in range(190):
                rate = (low + high) / 2
                value = sum(Decimal(flow) / (1 + rate) ** k for k, (flow, _) in enumerate(flows, 1))
                low, high = (rate, high) if value > self.amount - self.fee else (low, rate)
            worth, curve = Decimal(self.amount - self.fee), []
            for flow, left in flows:
                worth = worth * (1 + low) - flow
                curve.append(left - worth)
        return [*curve[:-1], Decimal(0)]

    # --- what happens; each returns (interest income, penalty income)

    def charge(self, day: date) -> int:
        """Interest and fee earned by instalments that fall due."""
        earned = 0
        while self.running and self.left and self.dues[self.number] <= day:
            earned += self.accrue(self.dues[self.number])
            interest, principal = self.step()
            self.unpaid.append([self.dues[self.number - 1], interest, principal])
            if self.unearned:
                rest = int(self.curve[self.number - 1].to_integral_value(ROUND_HALF_UP))
                rest = min(max(rest, 0), self.unearned) if self.left else 0
                earned, self.unearned = earned + self.unearned - rest, rest
        self.unpaid = [it for it in self.unpaid if it[1] or it[2]]
        return earned

    def post_penalty(self) -> int:
        due = half_up(self.exact) - self.penalty
        self.penalty, self.unpaid_penalty = self.penalty + due, self.unpaid_penalty + due
        return due

    @property
    def owed(self) -> int:
        return self.unpaid_penalty + sum(it[1] + it[2] for it in self.unpaid)

    def pay(self, amount: int) -> None:
        paid = min(amount, self.unpaid_penalty)
        self.unpaid_penalty, amount = self.unpaid_penalty - paid, amount - paid
        for kind in (1, 2):
            for it in self.unpaid:
                paid = min(amount, it[kind])
                it[kind], amount = it[kind] - paid, amount - paid
        assert amount == 0
        self.unpaid = [it for it in self.unpaid if it[1] or it[2]]
        self.running = bool(self.left or self.owed)

    def prepay(self, amount: int, day: date, keep: str) -> tuple[int, int]:
        """Interest to date that is paid, and with the fee what is income."""
        income, self.unearned = self.accrue(day) + self.unearned, 0
        interest, self.settled = self.posted - self.settled, self.posted
        self.left -= amount
        if keep == "term" and self.left:
            self.level, self.parts = self.divide(self.left)
        self.running = bool(self.left)
        return interest, income

    def night(self) -> None:
        """A day passes over what is unpaid."""
        self.exact += sum(it[1] + it[2] for it in self.unpaid) * RATE * FACTOR / 360


class Loans(Pair):
    """Two borrowers, three loans; every command ends alike on both stores and as the model says."""

    @initialize(
        posting=st.sampled_from(["daily", "events"]),
        automatic=st.booleans(),
        roll=st.sampled_from(["calendar", "following"]),
        basis=st.sampled_from(["months", "act-360"]),
        fee=st.sampled_from(["0%", "0.01%", "1.5%"]),
        accrue=st.sampled_from(["events", "month-end", "quarter-end", "daily"]),
        methods=st.permutations(METHODS),
    )
    def start(self, methods: list[str], **terms: Any) -> None:
        self.open_on(DAY)
        self.terms = {"needs_push": False, "rate": "12%", **terms}
        self.debts: dict[str, Debt] = {}
        self.demand, self.frozen = {"a": 0, "b": 0}, {"a": False, "b": False}
        self.income = self.penalties = self.losses = 0
        abroad = Account(ABROAD, AccountType.LIABILITY, CNY)
        self.both(lambda bank: bank.ledger.open([abroad], key="abroad"))
        for command in (*holders("a", "b"), OpenProgramme("p", self.terms)):  # type: ignore[arg-type]
            assert not self.handle(command)
        for loan, method in zip(LOANS[:2], methods, strict=False):
            self.lend(loan, 12_345_67, 3, method)
        self.spend("a", 4)

    # --- driving ------------------------------------------------------------------------------------

    def handle(self, command: Any) -> str:
        """The code of the refusal, or nothing."""
        outcome = self.give(command)
        return str(outcome["code"]) if isinstance(outcome, dict) else ""

    def follow(self) -> None:
        """E9: principal is paid only when no interest is left, but for what is accrued and not due."""
        for entry in self.banks[0].ledger.reader.entries(self.taken):
            for p in entry.transaction.postings:
                self.balances[p.account] = self.balances.get(p.account, 0) + p.quantity
            for p in entry.transaction.postings:
                events = self.terms["accrue"] == "events"
                if events and p.account.endswith(":principal") and p.quantity < 0:
                    assert self.balances.get(p.account.replace(":principal", ":interest"), 0) == 0
            self.taken = entry.number

    @property
    def today(self) -> date:
        return self.banks[0].today

    def owner(self, loan: str) -> str:
        return "a" if loan == "l" else "b"

    def live(self, loan: str) -> Debt | None:
        debt = self.debts.get(loan)
        return debt if debt is not None and debt.running else None

    # --- commands -----------------------------------------------------------------------------------

    @rule(
        loan=st.sampled_from(LOANS),
        amount=st.sampled_from([50_00, 1_000_00, 12_345_67]) | st.integers(10_00, 100_000_00),
        months=st.integers(1, 4),
        method=st.sampled_from(METHODS),
    )
    def lend(self, loan: str, amount: int, months: int, method: str) -> None:
        owner, frozen = self.owner(loan), self.frozen[self.owner(loan)]
        code = self.handle(
            SignContract("p", loan, owner, Amount(amount, CNY), months, terms={"method": method})
        )
        assert (code == "already_taken") is (loan in self.debts)
        code = self.handle(Disburse("p", loan))
        if loan in self.debts:
            assert code == "loan_not_running"
        elif frozen:
            assert code == "account_frozen"
            self.thaw(owner)
            assert not self.handle(Disburse("p", loan))
        if loan not in self.debts:
            self.debts[loan] = Debt({**self.terms, "method": method}, amount, months, self.today)
            self.demand[owner] += amount - self.debts[loan].fee

    def thaw(self, owner: str) -> None:
        self.frozen[owner] = False
        self.set_status(owner, Status.OPEN)

    def set_status(self, owner: str, status: Status) -> None:
        path, key = AccountPath(f"bank:demand:{owner}"), f"change-{self.taken}"
        changed = self.both(lambda bank: bank.ledger.change(path, key=key, reason="court", status=status))
        assert not isinstance(changed, dict), changed

    @rule(owner=st.sampled_from("ab"), frozen=st.booleans())
    def freeze(self, owner: str, frozen: bool) -> None:
        if self.frozen[owner] is not frozen:
            self.frozen[owner] = frozen
            self.set_status(owner, Status.FROZEN if frozen else Status.OPEN)

    @rule(loan=st.sampled_from(LOANS), amount=st.integers(1, 5_000_00))
    def deposit(self, loan: str, amount: int) -> None:
        owner = self.owner(loan)
        code = self.handle(CashIn(owner, Amount(amount, CNY)))
        assert code == ("account_frozen" if self.frozen[owner] else "")
        if not code:
            self.demand[owner] += amount

    @rule(owner=st.sampled_from("ab"), part=st.integers(1, 4))
    def spend(self, owner: str, part: int) -> None:
        """The borrower uses some of the money: a transfer to another bank."""
        amount = self.demand[owner] * part // 4
        if amount and not self.frozen[owner]:
            self.demand[owner] -= amount
            key, path = f"transfer-{self.taken}", AccountPath(f"bank:demand:{owner}")
            postings = legs(CNY, debit={path: amount}, credit={ABROAD: amount})
            transfer = Transaction(key=key, kind="transfer", effective_on=self.today, postings=postings)
            self.both(lambda bank: bank.ledger.post(transfer))

    def to_date(self, debt: Debt) -> tuple[int, int]:
        """What is income when something is paid by hand."""
        penalty = debt.post_penalty()
        return debt.charge(self.today), penalty

    @rule(
        loan=st.sampled_from(LOANS),
        amount=st.integers(1, 3_000_00),
        all_of_it=st.booleans(),
        funded=st.sampled_from([True, True, False]),
        days=st.sampled_from([0, 4, 33]),
    )
    def repay(self, loan: str, amount: int, all_of_it: bool, funded: bool, days: int) -> None:
        if days:
            self.close_days(days, twice=False)
        debt = self.live(loan)
        if funded:
            self.deposit(loan, 13_000_00)
        if debt is not None and all_of_it:
            owed = debt.owed + half_up(debt.exact) - debt.penalty
            if debt.left and debt.dues[debt.number] == self.today:
                owed += sum(debt.next_instalment())
            amount = owed or amount
        code = self.handle(Repay("p", loan, self.owner(loan), Amount(amount, CNY)))
        if not code:
            assert debt is not None
            income, penalty = self.to_date(debt)
            self.income, self.penalties = self.income + income, self.penalties + penalty
            debt.pay(amount)
            self.demand[self.owner(loan)] -= amount
        elif code == "nothing_due":
            assert debt is not None
            assert not debt.unpaid
        else:
            assert code in (*UNPAYABLE, "payment_exceeds", "balance_floor_breached", "account_frozen")

    @rule(
        loan=st.sampled_from(LOANS),
        part=st.sampled_from([Fraction(1, 100), Fraction(1, 3), Fraction(2, 3), Fraction(1)]),
        keep=st.sampled_from(["term", "payment"]),
        funded=st.sampled_from([True, True, False]),
        days=st.sampled_from([0, 4, 17]),
    )
    def prepay(self, loan: str, part: Fraction, keep: str, funded: bool, days: int) -> None:
        if days:
            self.close_days(days, twice=False)
        debt, owner = self.live(loan), self.owner(loan)
        if funded:
            self.deposit(loan, 13_000_00)
        left = debt.left if debt else 100
        if debt and debt.left and debt.dues[debt.number] == self.today:
            left -= debt.next_instalment()[1]
        amount = max(int(left * part), 1)
        whole = part == 1 and keep == "payment"
        command = (
            RepayEarly("p", loan, owner) if whole else Prepay("p", loan, owner, Amount(amount, CNY), keep)
        )
        if self.handle(command):
            return
        assert debt is not None
        income, penalty = self.to_date(debt)
        self.demand[owner] -= debt.owed
        debt.pay(debt.owed)
        if debt.left:
            interest, earned = debt.prepay(debt.left if whole else amount, self.today, keep)
            self.demand[owner] -= interest + (left if whole else amount)
            income += earned
        self.income, self.penalties = self.income + income, self.penalties + penalty

    @rule(loan=st.sampled_from(LOANS))
    def reverse(self, loan: str) -> None:
        debt, owner = self.live(loan), self.owner(loan)
        if not self.handle(ReverseDisbursement("p", loan)):
            assert debt is not None
            assert debt.start == self.today
            self.demand[owner] -= debt.amount - debt.fee
            debt.running, debt.left, debt.unearned = False, 0, 0

    def proposal(self, decision: str, loan: str) -> int:
        record = self.banks[0].ledger.books.record(f"loan.{decision}", f"p:{loan}")
        assert record is not None
        return record.version

    @precondition(lambda self: self.step > 10)
    @rule(loan=st.sampled_from(LOANS), recovered=st.integers(1, 2_000_00), funded=st.booleans())
    def give_up(self, loan: str, recovered: int, funded: bool) -> None:
        debt = self.live(loan)
        proposed = self.handle(ProposeWriteOff("p", loan, "insolvent"))
        assert bool(proposed) is (debt is None)
        if debt is not None:
            assert not self.handle(Approve("p", loan, "write-off", self.proposal("write-off", loan)))
            income, penalty = self.to_date(debt)
            income += debt.accrue_all(self.today)
            self.income, self.penalties = self.income + income, self.penalties + penalty
            debt.lost = debt.left + debt.owed + debt.posted - debt.settled
            debt.posted = debt.settled = 0
            self.losses, self.income = self.losses + debt.lost, self.income + debt.unearned
            debt.running, debt.left, debt.unearned, debt.unpaid, debt.unpaid_penalty = False, 0, 0, [], 0
        owner = self.owner(loan)
        if funded:
            self.deposit(loan, 2_000_00)
        if not self.handle(ProposeRecovery("p", loan, Amount(recovered, CNY))):
            proposal = self.proposal("recovery", loan)
            code = self.handle(Approve("p", loan, "recovery", proposal))
            if self.frozen[owner] or self.demand[owner] < recovered:
                assert code == ("account_frozen" if self.frozen[owner] else "balance_floor_breached")
                assert not self.handle(Reject("p", loan, "recovery", proposal))
                return
            assert not code
            self.demand[owner] -= recovered
            self.debts[loan].lost -= recovered
            self.losses -= recovered
            assert self.debts[loan].lost >= 0

    # --- days -----------------------------------------------------------------------------------------

    @rule(days=st.sampled_from([1, 2, 29, 31, 40]), twice=st.booleans())
    def close_days(self, days: int, twice: bool) -> None:
        for later in range(days):
            self.close_in_the_model(self.today + timedelta(days=later))
        self.close(days, twice=twice)

    @rule(loan=st.sampled_from(LOANS))
    def close_until_due(self, loan: str) -> None:
        """The next instalment is due today, and its day not over."""
        if (debt := self.live(loan)) is not None and debt.left:
            days = (debt.dues[debt.number] - self.today).days
            if days > 0:
                self.close_days(days, twice=False)

    def close_in_the_model(self, day: date) -> None:
        for loan in LOANS:
            if (debt := self.live(loan)) is None:
                continue
            owner = self.owner(loan)
            there = self.demand[owner] if self.terms["automatic"] and not self.frozen[owner] else 0
            if there or self.terms["posting"] == "daily":
                self.penalties += debt.post_penalty()
            self.income += debt.charge(day)
            paid = min(there, debt.owed)
            self.demand[owner] -= paid
            debt.pay(paid)
            ends = {"daily": True, "month-end": (day + timedelta(days=1)).day == 1}
            ends["quarter-end"] = ends["month-end"] and day.month % 3 == 0
            if debt.running and ends.get(self.terms["accrue"]) and day > debt.start:
                self.penalties += debt.post_penalty()
                self.income += debt.accrue_all(day)
            debt.night()

    # --- always ---------------------------------------------------------------------------------------

    @invariant()
    def the_book_is_the_model(self) -> None:
        wanted = {
            "bank:interest-income": -self.income,
            "bank:penalty-income": -self.penalties,
            "bank:loan-loss": self.losses,
            **{f"bank:demand:{owner}": -quantity for owner, quantity in self.demand.items()},
        }
        for loan, debt in self.debts.items():
            wanted[f"loan:p:{loan}:principal"] = debt.left + sum(it[2] for it in debt.unpaid)
            accrued = debt.posted - debt.settled
            wanted[f"loan:p:{loan}:interest"] = (
                debt.unpaid_penalty + sum(it[1] for it in debt.unpaid) + accrued
            )
            wanted[f"loan:p:{loan}:unearned-fee"] = -debt.unearned
        assert {path: self.balances.get(path, 0) for path in wanted} == wanted

    @invariant()
    def a_loan_binds_until_it_is_repaid_or_nothing_is_lost(self) -> None:
        wanted = {loan for loan, debt in self.debts.items() if debt.running or debt.lost}
        found = {it.ids[2] for owner in "ab" for it in open_contracts(self.banks[0].ledger.books, owner)}
        assert found == {"std", *(f"p/{loan}" for loan in wanted)}


TestLoans = Loans.TestCase
