"""The games of deposits: on notice, for a term, on current account."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

from attrs import define
from tests.products.club import Club
from tests.products.counter import Counter
from tests.products.firms import Firms
from tests.products.gains.game import AMOUNTS, PARTS, WHICH, Figure, Game, Idle, of
from tests.products.holders import cash

from bankcore.amounts import Amount
from bankcore.calendars import DayCount, add_months, day_count
from bankcore.products.current import CashIn, CashOut, Transfer
from bankcore.products.time_deposit import OpenDeposit, OpenProgramme, WithdrawEarly
from bankcore.units import Unit

CNY = Unit("CNY/2")
DEMAND, NOTICE, TERM = Fraction(35, 10_000), Fraction(135, 10_000), Fraction(135, 10_000)


def text(fen: int) -> str:
    return Amount(fen, CNY).decimal()


@define
class Lot:
    """Money that came in on one day, and the days of notice that it lost."""

    day: int
    amount: int
    lost: frozenset[int] = frozenset()

    def earned(self, amount: int, rate: Fraction, until: int) -> Fraction:
        days = set(range(self.day, until)) - self.lost
        return amount * rate * len(days) / 360


class Noticer(Game):
    """A firm with money on 7 days' notice: the notice rate is for money that was there when it was given.

    The oldest leaves first; a notice that is cancelled or not used loses its seven days.
    """

    SUMS = of(360_000_00, 180_000_00, 99)
    MOVES = {
        "top_up": (SUMS,),
        "notice": (SUMS, of(7, 9)),
        "cancel": (WHICH,),
        "withdraw": (SUMS,),
        "withdraw_noticed": (),
        "wait": (of(1, 3),),
        "wait_for_notice": (of(0, 1),),
    }
    FREE = frozenset({"top_up"})
    LONGEST = 10
    CASH = 1_000_000_00

    def __init__(self) -> None:
        super().__init__(Firms("f", modes=["LOG"]))
        self.book.take("LOG", "f")
        self.book.cash(text(self.CASH), "f")
        self.lots: list[Lot] = []
        self.notices: dict[int, tuple[int, int]] = {}  # by the day of withdrawal: amount, day given
        self.earned = Fraction(0)

    def top_up(self, amount: int) -> None:
        self.book.top_up("LOG", text(amount), "f")
        self.lots.append(Lot(self.day, amount))

    def notice(self, amount: int, days: int) -> None:
        self.book.notice("LOG", text(amount), self.today + timedelta(days=days), "f")
        self.notices[self.day + days] = (amount, self.day)

    def cancel(self, nth: int) -> tuple[int]:
        nth = self.one(nth, sorted(self.notices))
        day = sorted(self.notices)[nth]
        self.book.cancel_notice("LOG", self.began + timedelta(days=day), "f")
        self.forgo(day)
        return (nth,)

    def wait_for_notice(self, before: int) -> None:
        """Until the next day for which notice was given, or to the day before it."""
        if not self.notices or min(self.notices) - before <= self.day:
            raise Idle
        self.wait(min(self.notices) - before - self.day)

    def withdraw_noticed(self) -> None:
        """What was announced for today."""
        if self.day not in self.notices:
            raise Idle
        self.withdraw(self.notices[self.day][0])

    def withdraw(self, amount: int) -> None:
        self.book.withdraw("LOG", text(amount), "f")
        given = self.notices.get(self.day)
        noticed = given[1] if given and given[0] == amount else None
        if noticed is not None:
            del self.notices[self.day]
        for lot in self.lots:
            part = min(amount, lot.amount)
            rate = NOTICE if noticed is not None and lot.day <= noticed else DEMAND
            self.earned += lot.earned(part, rate, self.day)
            lot.amount -= part
            amount -= part

    def forgo(self, day: int) -> None:
        """A notice loses its seven days, for as much as it was, the oldest money first."""
        left, given = self.notices.pop(day)
        days, lots = frozenset(range(given, given + 7)), []
        for lot in self.lots:
            part = min(left, lot.amount) if lot.day <= given else 0
            left -= part
            lots += [Lot(lot.day, part, lot.lost | days), Lot(lot.day, lot.amount - part, lot.lost)]
        self.lots = [it for it in lots if it.amount]

    def closing(self) -> None:
        if self.day in self.notices:
            self.forgo(self.day)

    def finish(self) -> None:
        if held := self.book.held("LOG", "f"):
            self.withdraw(held)

    def figures(self) -> dict[str, Figure]:
        gained = self.book.demand_of("f") - self.CASH
        return {"interest": Figure(gained, self.earned, self.earned)}


class Depositor(Game):
    """A customer with deposits of a month: the term's rate for what stays, the demand rate before."""

    MOVES = {
        "place": (of(1, 2, 99, 10_000),),
        "withdraw": (of(1, 2, 49, 10_000), WHICH),
        "wait": (of(1, 10, 29),),
    }
    SLICED = frozenset({"withdraw"})
    FREE = frozenset({"withdraw"})
    LONGEST = 9
    CASH = 100_000_00

    def __init__(self) -> None:
        super().__init__(Club(opened_on=date(2024, 5, 31)))
        self.book.do(OpenProgramme("3m", {"accrue": "events", "months": 1}))  # type: ignore[arg-type]
        self.book.do(cash("c", text(self.CASH)))
        self.placed: list[tuple[date, int]] = []  # when, and what is left
        self.earned = Fraction(0)

    def place(self, yuan: int) -> None:
        self.book.do(OpenDeposit("3m", f"d{len(self.placed)}", "c", Amount(yuan * 100, CNY)))
        self.placed.append((self.today, yuan * 100))

    def withdraw(self, yuan: int, nth: int) -> tuple[int, int]:
        nth = self.one(nth, self.placed)
        start, left = self.placed[nth]
        part = self.some(yuan, left // 100)
        self.book.do(WithdrawEarly("3m", f"d{nth}", "c", Amount(part * 100, CNY)))
        self.placed[nth] = (start, left - part * 100)
        if self.today < add_months(start, 1):
            self.earned += part * 100 * DEMAND * (self.today - start).days / 360
        else:
            self.earned += part * 100 * self.years(start)
        return part, nth

    def finish(self) -> None:
        self.wait(35)
        for start, left in self.placed:
            self.earned += left * self.years(start)

    def years(self, start: date) -> Fraction:
        """What the term gives for one unit."""
        return TERM * day_count(DayCount.CN_ITEM, start, add_months(start, 1))

    def figures(self) -> dict[str, Figure]:
        gained = self.book.balance("bank:demand:c") - self.CASH
        return {"interest": Figure(gained, self.earned, self.earned, slack=len(self.placed))}


class Holder(Game):
    """Who moves money between two accounts: each closing balance earns the demand rate for its day."""

    MOVES = {
        "pay_in": (AMOUNTS,),
        "take_out": (PARTS,),
        "transfer": (PARTS, of("li", "wang")),
        "wait": (of(1, 10, 45),),
    }
    SLICED = frozenset({"pay_in", "take_out", "transfer"})
    FREE = frozenset({"pay_in"})
    BOTH = ("li", "wang")

    def __init__(self) -> None:
        super().__init__(Counter(rate="3.6%"))
        self.moved, self.earned = 0, Fraction(0)
        self.quarters = 0

    def pay_in(self, amount: int) -> None:
        self.book.do(CashIn("li", Amount(amount, CNY)))
        self.moved += amount

    def take_out(self, amount: int) -> tuple[int]:
        part = self.some(amount, self.book.demand("li"))
        self.book.do(CashOut("li", Amount(part, CNY)))
        self.moved -= part
        return (part,)

    def transfer(self, amount: int, payer: str) -> tuple[int, str]:
        part = self.some(amount, self.book.demand(payer))
        payee = next(it for it in self.BOTH if it != payer)
        self.book.do(Transfer(payer, payee, Amount(part, CNY)))
        return part, payer

    def closing(self) -> None:
        held = sum(map(self.book.demand, self.BOTH))
        self.earned += held * Fraction(36, 360_000)
        self.quarters += (self.today.month % 3, self.today.day) == (0, 20)

    def finish(self) -> None:
        while (self.today.month % 3, self.today.day) != (0, 21):
            self.wait(1)
        self.book.bank.close_day(self.today)

    def figures(self) -> dict[str, Figure]:
        gained = sum(map(self.book.demand, self.BOTH)) - self.moved
        return {"interest": Figure(gained, self.earned, self.earned, slack=Fraction(2 * self.quarters, 2))}
