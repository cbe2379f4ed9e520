"""The games of loans: a borrower who prepays, and an agent who is paid for bringing borrowers."""

from __future__ import annotations

from collections import Counter
from datetime import date
from fractions import Fraction
from typing import ClassVar

from tests.products.gains.game import ALL, AMOUNTS, WHICH, Figure, Game, of
from tests.products.lender import Lender
from tests.products.network import Network

from bankcore.amounts import Amount
from bankcore.calendars import add_months
from bankcore.products.branch import ClawBackReferral
from bankcore.products.loan import Approve, Prepay, ProposeWriteOff
from bankcore.units import Unit

CNY = Unit("CNY/2")


class Borrower(Game):
    """Who prepays a loan due with its interest at the end: what stays lent bears interest for its time.

    A month is a twelfth of a year, whatever its days; each day of it is its share of that.
    """

    MOVES = {
        "prepay": (AMOUNTS, of("term", "payment")),
        "wait": (of(1, 5, 28),),
    }
    SLICED = frozenset({"prepay"})
    FREE = frozenset({"prepay"})
    LENT, MONTHS = 550_000_00, 4
    TERMS: ClassVar[dict[str, str]] = {"basis": "months"}

    def __init__(self) -> None:
        super().__init__(Lender(rate="6%", method="bullet", **self.TERMS))
        self.book.lend(self.LENT, self.MONTHS)
        self.book.pay_in(50_000_00)
        self.left, self.cost = self.LENT, Fraction(0)

    def prepay(self, amount: int, keep: str) -> None:
        self.book.prepay(amount, keep)
        self.left -= amount

    def closing(self) -> None:
        if self.today < add_months(self.began, self.MONTHS):
            self.cost += self.left * Fraction(6, 100) * self.share(self.today)

    def share(self, day: date) -> Fraction:
        """The part of a year that a day of the loan is."""
        month = max(it for it in range(self.MONTHS) if add_months(self.began, it) <= day)
        days = (add_months(self.began, month + 1) - add_months(self.began, month)).days
        return Fraction(1, 12 * days)

    def finish(self) -> None:
        if self.book.read().state.value == "lent":
            self.book.repay_early()

    def figures(self) -> dict[str, Figure]:
        paid = self.LENT + 50_000_00 - self.book.demand() - self.LENT
        return {"interest": Figure(-paid, -self.cost, -self.cost)}


class ActualBorrower(Borrower):
    """The same by actual days over 360."""

    TERMS: ClassVar[dict[str, str]] = {"basis": "act-360"}

    def share(self, day: date) -> Fraction:
        return Fraction(1, 360)


class Agent(Game):
    """An agent and his borrowers: his fees are for what stayed lent while it was observed.

    He spends what he gets; what he owes back is netted from what he is paid next.
    """

    MOVES = {
        "lend": (of(60_000_00, 200_000_00), of(1, 12)),
        "prepay": (of(99, 20_000_00, 59_999_00, ALL), WHICH),
        "lose": (),
        "write_off": (WHICH,),
        "spend": (),
        "claw_back": (WHICH,),
        "wait": (of(1, 31, 60),),
    }
    SLICED = frozenset({"prepay"})
    FREE = frozenset({"prepay"})
    LONGEST = 9
    FEE, DAYS = Fraction(45, 10_000), 90

    def __init__(self) -> None:
        super().__init__(Network())
        self.book.people("a", "w", "b")
        self.loans: list[int] = []  # what was lent
        self.left: list[int] = []
        self.since: list[int] = []
        self.away: Counter[int] = Counter()  # units not lent, a day each
        self.lost: set[int] = set()  # written off before their fee was paid
        self.spent = self.while_owing = 0

    def lend(self, amount: int, months: int) -> None:
        nth = len(self.loans)
        self.book.lend(Amount(amount, CNY).decimal(), f"l{nth}", "b", months)
        self.book.refer(f"r{nth}", "a", f"l{nth}")
        for noted, it in ((self.loans, amount), (self.left, amount), (self.since, self.day)):
            noted.append(it)
        if nth == 0:
            self.book.pay_in("30,000.00")

    def prepay(self, amount: int, nth: int) -> tuple[int, int]:
        nth = self.one(nth, self.loans)
        part = self.some(amount, self.left[nth])
        self.book.do(Prepay("x", f"l{nth}", "b", Amount(part, CNY)))
        self.gone(nth, part)
        return part, nth

    def lose(self) -> None:
        """The borrower spends all; what falls due is not paid."""
        self.moved("b")

    def spend(self) -> None:
        """The agent spends all."""
        self.spent += self.moved("a")

    def moved(self, party: str) -> int:
        held = self.some(ALL, self.book.balance(f"bank:demand:{party}"))
        self.book.post({f"bank:demand:{party}": held}, {"bank:demand:w": held})
        return held

    def write_off(self, nth: int) -> tuple[int]:
        nth = self.one(nth, self.loans)
        fee_open = self.book.record("referral", f"r{nth}")["state"] == "accrued"
        self.book.do(ProposeWriteOff("x", f"l{nth}", "insolvent"))
        self.book.do(Approve("x", f"l{nth}", "write-off", 1), actor="officer:second")
        self.gone(nth, self.left[nth])
        if fee_open:
            self.lost.add(nth)
        return (nth,)

    def gone(self, nth: int, amount: int) -> None:
        self.left[nth] -= amount
        self.away[nth] += amount * max(self.DAYS - (self.day - self.since[nth]), 0)

    def claw_back(self, nth: int) -> tuple[int]:
        nth = self.one(nth, self.loans)
        self.book.do(ClawBackReferral("n", f"r{nth}"))
        return (nth,)

    def wait(self, days: int) -> None:
        owed, held = self.owing, self.book.balance("bank:demand:a")
        super().wait(days)
        paid = self.book.balance("bank:demand:a") - held
        self.while_owing = max(self.while_owing, min(paid, owed, self.owing))

    @property
    def owing(self) -> int:
        """What the agent has to give back."""
        return int(self.book.balances().get("branch:n:party:a:referral-receivable", 0))

    def finish(self) -> None:
        self.wait(self.DAYS + 1)

    def figures(self) -> dict[str, Figure]:
        payable = self.book.balances().get("branch:n:party:a:referral-payable", 0)
        held = self.book.balance("bank:demand:a") + self.spent + payable - self.owing
        fees = [
            0 if nth in self.lost else lent * self.FEE * (1 - Fraction(self.away[nth], lent * self.DAYS))
            for nth, lent in enumerate(self.loans)
        ]
        return {
            "fees": Figure(held, sum(fees), sum(fees), slack=len(fees)),
            "paid while owing": Figure(self.while_owing, 0, 0, slack=0),
        }
