"""Interest of every kind of contract at the ends of months, against plain fractions, and in total.

Loans, credit lines, current accounts, escrow and parts of time deposits have such properties of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.products.circle import Circle
from tests.products.club import Club
from tests.products.firms import Firms
from tests.products.holders import CNY, cash

from bankcore.amounts import Amount
from bankcore.calendars import DayCount, add_months, day_count, is_month_end, month_end
from bankcore.products.time_deposit import OpenDeposit, OpenProgramme, WithdrawEarly

ACCRUE = ("daily", "month-end", "quarter-end", "events")
START, MATURES, PAID = date(2023, 12, 30), date(2024, 3, 30), date(2024, 4, 1)  # a Saturday, the Monday
DEMAND = Fraction(35, 10_000)
FEW = settings(max_examples=max(settings().max_examples // 30, 3))


def text(amount: int) -> str:
    return Amount(amount, CNY).decimal()


class Placed:
    """Money for a term: what it earned, by its own rate, and by the demand rate where it left early.

    What is paid late, if any, earns the demand rate after its end.
    """

    def __init__(self, rate: Fraction, is_late: bool = False) -> None:
        self.rate, self.is_late = rate, is_late
        self.live, self.gone = list[tuple[int, date, date]](), Fraction(0)

    def put(self, principal: int, on: date, months: int) -> None:
        self.live.append((principal, on, add_months(on, months)))

    def leave(self, index: int, part: int, on: date) -> None:
        principal, start, end = self.live.pop(index)
        self.gone += part * DEMAND * (on - start).days / 360
        if principal > part:
            self.live.append((principal - part, start, end))

    def earned(self, day: date) -> Fraction:
        """Of all there ever was, through a day's close."""
        owed = (
            principal * self.rate * day_count(DayCount.CN_ITEM, start, min(day, end))
            + principal * DEMAND * max((day - end).days, 0) * self.is_late / 360
            for principal, start, end in self.live
        )
        return self.gone + sum(owed)


class Ladder:
    """Deposits of idle money in FIN: placed, and left early."""

    mode = "FIN"
    parts = 1

    def __init__(self, accrue: str) -> None:
        self.book, self.exact, self.number = Firms(opened_on=START, modes=()), Placed(Fraction(11, 1000)), 0
        self.numbers: list[int] = []
        self.book.offer("FIN", accrue=accrue, step="0.01")
        self.book.take("FIN", months=[3], sweep="by-hand", floor="0", rollover="none")

    def act(self, amount: int) -> None:
        if amount % 3 and self.numbers:
            self.book.leave(str(self.numbers.pop()))
            self.exact.leave(-1, self.exact.live[-1][0], self.book.books.today)
            return
        self.book.cash(text(amount))
        self.number += 1
        self.numbers.append(self.number)
        placed = self.book.demand_of("e")
        self.book.place()
        self.exact.put(placed, self.book.books.today, 3)


class Member:
    """A fixed sum, ended early or held."""

    mode = "MEMB"
    parts = 1

    def __init__(self, accrue: str) -> None:
        self.book, self.exact = Firms(opened_on=START, modes=()), Placed(Fraction(15, 1000))
        self.book.offer("MEMB", accrue=accrue, ladder=[[3, "1.50%"]])
        self.book.cash("20,003.33")
        self.book.take("MEMB", sum="20,003.33", rollover="none")
        self.exact.put(20_003_33, START, 3)

    def act(self, amount: int) -> None:
        if amount % 3 == 0 and self.exact.live:
            self.book.end("MEMB")
            self.exact.leave(0, 20_003_33, self.book.books.today)


class Noticed:
    """A carrier's deposit: topped up, and withdrawn without notice, the oldest first."""

    mode = "LOG"
    parts = 1

    def __init__(self, accrue: str) -> None:
        self.book, self.exact = Firms(opened_on=START, modes=()), self
        self.lots, self.gone = list[tuple[int, date]](), Fraction(0)
        self.book.offer("LOG", accrue=accrue)
        self.book.take("LOG")

    def act(self, amount: int) -> None:
        today = self.book.books.today
        if amount % 3 and amount <= self.book.held("LOG"):
            self.book.withdraw("LOG", text(amount))
            while amount:
                held, start = self.lots.pop(0)
                taken = min(held, amount)
                amount -= taken
                self.gone += taken * DEMAND * (today - start).days / 360
                self.lots[:0] = [(held - taken, start)] if held > taken else []
            return
        self.book.fill("LOG", text(amount))
        self.lots.append((amount, today))

    def earned(self, day: date) -> Fraction:
        rate = Fraction(135, 10_000)
        return self.gone + sum(it * rate * (day - start).days / 360 for it, start in self.lots)


class Agreed:
    """An agreed deposit on a current account whose balance moves; each quarter is rounded once."""

    mode = "SALES"
    parts = 3

    def __init__(self, accrue: str) -> None:
        self.book, self.exact = Firms(opened_on=START, modes=()), self
        self.balances: dict[date, int] = {}
        self.book.offer("SALES", accrue=accrue)
        self.book.take("SALES", share="0%", quota="50,000.00")

    def act(self, amount: int) -> None:
        if amount % 3 and amount <= self.book.demand_of("e"):
            self.book.post({"bank:demand:e": amount}, {"bank:cash": amount})
        else:
            self.book.cash(text(10 * amount))

    def closed(self) -> None:
        """The balance of the day before, after its close."""
        self.balances[self.book.books.today - timedelta(days=1)] = self.book.demand_of("e")

    def earned(self, day: date) -> Fraction:
        quota = 50_000_00
        yearly = (
            min(it, quota) * DEMAND + max(it - quota, 0) * Fraction(115, 10_000)
            for on, it in self.balances.items()
            if on <= day
        )
        return sum(yearly, Fraction(0)) / 360


class Shared:
    """A certificate of three, of which two sell or leave; it is paid late, on a Monday."""

    parts = 3  # each exit is rounded by itself

    def __init__(self, accrue: str) -> None:
        self.book = Circle("abc", on=START, accrue=accrue, products={"CD12": [3, "1.75%"]})
        self.exact, self.left = Placed(Fraction(245, 10_000), is_late=True), ["c", "b"]
        self.book.filled("10,001.11", "3,333.33", "2,999.56", roll="following")
        self.exact.put(16_334_00, START, 3)

    def act(self, amount: int) -> None:
        if amount % 3 and self.left and self.book.state() == "active":
            gone = self.left.pop()
            self.exact.leave(0, self.book.share(gone).amount, self.book.books.today)
            self.book.exit(gone)


class TimeDeposit:
    """A time deposit of which parts are taken early."""

    parts = 1

    def __init__(self, accrue: str) -> None:
        self.book, self.exact = Club(opened_on=START), Placed(Fraction(18, 1000))
        self.book.do(OpenProgramme("y", {"months": 3, "rate": "1.8%", "accrue": accrue}))
        self.book.do(cash("c", "10,007.00"))
        self.book.do(OpenDeposit("y", "t", "c", Amount(10_007_00, CNY)))
        self.exact.put(10_007_00, START, 3)

    def act(self, amount: int) -> None:
        part = amount // 100 * 100
        if 0 < part < self.exact.live[0][0]:
            self.book.do(WithdrawEarly("y", "t", "c", Amount(part, CNY)))
            self.exact.leave(0, part, self.book.books.today)


KINDS = (Ladder, Member, Noticed, Agreed, Shared, TimeDeposit)


def month_ends(case: Any, until: date) -> Iterator[date]:
    """Close the days before a day; the ends of months among them, each after its close."""
    while case.book.books.today < until:
        today = case.book.books.today
        day = today if hasattr(case, "closed") else min(month_end(today), until - timedelta(days=1))
        case.book.close_until(day + timedelta(days=1))
        if hasattr(case, "closed"):
            case.closed()
        if is_month_end(day):
            yield day


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@FEW
@given(events=st.lists(st.tuples(st.integers(1, 50), st.integers(1_00, 9_000_00)), min_size=1, max_size=4))
def test_at_a_month_s_end_the_books_are_exact_and_the_totals_are_the_same(
    kind: Any, events: list[tuple[int, int]]
) -> None:
    """At most half a fen away for each contract; and it does not matter how often interest accrues."""
    ends = []
    for accrue in ACCRUE:
        case = kind(accrue)
        book = case.book
        for days, amount in (*events, (99, 0)):
            until = min(book.books.today + timedelta(days=days), PAID)
            for day in month_ends(case, until):
                if accrue in ACCRUE[:2]:
                    posted = book.balance("bank:interest-expense")
                    assert abs(posted - case.exact.earned(day)) <= Fraction(case.parts, 2), day
            if amount and book.books.today < MATURES:
                case.act(amount)
        if getattr(case, "mode", "") and book.table("endings"):
            book.end(case.mode)
        book.close_until(PAID + timedelta(days=1))
        assert book.sound()
        ends.append(book.balances())
    assert ends[1:] == ends[:-1]
    assert not [path for path in ends[0] if ":accrued:" in path or ":interest:" in path]
