"""The games of points and credit lines: a consumer with providers who take goods back, a borrower."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from fractions import Fraction
from math import floor

from tests.products.club import Club
from tests.products.gains.game import ALL, AMOUNTS, PARTS, WHICH, Figure, Game, Idle, of
from tests.products.holders import CNY

from bankcore.amounts import Amount
from bankcore.products import credit
from bankcore.products.points import SignAgreement

RATES = of("1", "3/2", "1/3")


def text(fen: int) -> str:
    return Amount(fen, CNY).decimal()


class Orders(Game):
    """What the games of a card have in common: orders by number, and their refunds."""

    def __init__(self, book: Club, cash: str) -> None:
        super().__init__(book)
        self.book.pay_in(c=cash, g=cash)
        self.rate = Fraction(1)
        self.orders: list[tuple[int, Fraction, int]] = []  # what is left, its rate, its day

    def order(self, amount: int) -> None:
        self.book.order(text(amount), f"o{len(self.orders)}")
        self.orders.append((amount, self.rate, self.day))

    def refund(self, amount: int, nth: int) -> tuple[int, int]:
        nth = self.one(nth, self.orders)
        left, rate, day = self.orders[nth]
        part = self.some(amount, left)
        self.book.refund(f"o{nth}", text(part))
        self.orders[nth] = (left - part, rate, day)
        return part, nth

    def return_all(self) -> None:
        """Everything that is left of every order goes back."""
        if not any(left for left, _, _ in self.orders):
            raise Idle
        for nth, (left, _, _) in enumerate(self.orders):
            if left:
                self.refund(left, nth)

    def earned(self, since: int) -> int:
        """The points of net spend in orders up to a day."""
        return floor(sum((left * rate for left, rate, day in self.orders if day <= since), Fraction(0)) / 100)


class Consumer(Orders):
    """A consumer whose points are worth a fen each: he has them for what he kept, whatever was signed."""

    MOVES = {
        "order": (AMOUNTS,),
        "refund": (PARTS, WHICH),
        "return_all": (),
        "redeem": ((range(100, 3_000), (ALL,)),),
        "sign": (RATES,),
        "wait": (of(1, 2, 3),),
    }
    SLICED = frozenset({"order", "refund"})
    FREE = frozenset({"order", "refund"})
    CASH = 100_000_00

    def __init__(self) -> None:
        super().__init__(Club(confirm_above="1,000,000.00"), text(self.CASH))

    def redeem(self, points: int) -> tuple[int]:
        part = self.some(points, self.book.points())
        self.book.redeem(part)
        return (part,)

    def sign(self, rate: str) -> None:
        self.book.do(SignAgreement("p", "g", terms={"rate": rate}))  # type: ignore[arg-type]
        self.rate = Fraction(rate)

    def finish(self) -> None:
        self.wait(1)

    def figures(self) -> dict[str, Figure]:
        owed = self.book.balances().get("points:p:debt:c:g", 0)
        held = self.book.balance("bank:demand:c") + self.book.points() - owed
        goods = sum(left for left, _, _ in self.orders)
        points = self.earned(self.day)
        return {"wealth": Figure(held + goods - self.CASH, points, points, slack=0)}


class Drawer(Orders):
    """A holder of a credit line: nothing is drawn beyond what points past their return window gave then.

    In the end all goods are returned and all is repaid; he has the limit of the points that stand, and has
    paid interest for each day, at the line's rate, or the overdue one.
    """

    MOVES = {
        "order": (of(1_00, 1_000_00, 15_000_00, 40_000_00),),
        "refund": (PARTS, WHICH),
        "return_all": (),
        "raise_limit": (),
        "draw": (PARTS,),
        "repay": (PARTS,),
        "wait": (of(1, 10, 31),),
    }
    SLICED = frozenset({"draw"})
    CASH = 1_000_000_00
    WINDOW = 30

    def __init__(self) -> None:
        super().__init__(Club(opened_on=date(2024, 4, 1), confirm_above="1,000,000.00"), text(self.CASH))
        self.book.do(credit.OpenProgramme("p", {}))  # type: ignore[arg-type]
        self.book.do(credit.OpenLine("p", "c"))
        self.beyond, self.cost = 0, Fraction(0)

    @property
    def standing(self) -> int:
        """The limit that points past their window give."""
        points = self.earned(self.day - self.WINDOW)
        return min(2_000_00 + points // 1_000 * 500_00, 50_000_00)

    @property
    def drawn(self) -> int:
        return int(self.book.balance("credit:p:consumer:c:loan"))

    def raise_limit(self) -> None:
        self.book.do(credit.RaiseLimit("p", "c"))

    def draw(self, amount: int) -> tuple[int]:
        part = self.some(amount, self.book.balance("credit:p:consumer:c:undrawn"))
        self.book.do(credit.Draw("p", Amount(part, CNY), "c"))
        self.beyond = max(self.beyond, self.drawn - self.standing)
        return (part,)

    def repay(self, amount: int) -> tuple[int]:
        owed = self.drawn + self.book.balance("credit:p:consumer:c:interest")
        part = self.some(amount, owed)
        self.book.do(credit.Repay("p", Amount(part, CNY), "c"))
        return (part,)

    def closed(self) -> None:
        self.cost += self.drawn * Fraction(73, 360_000)

    def finish(self) -> None:
        with suppress(Idle):
            self.return_all()
        self.wait(1)
        with suppress(Idle):
            self.repay(ALL)
        self.wait(1)

    def figures(self) -> dict[str, Figure]:
        limit = self.drawn + self.book.balance("credit:p:consumer:c:undrawn")
        paid = self.CASH - self.book.balance("bank:demand:c")
        return {
            "drawn beyond": Figure(self.beyond, 0, 0, slack=0),
            "limit": Figure(limit, self.standing, self.standing, slack=0),
            "interest": Figure(-paid, -self.cost * Fraction(3, 2), -self.cost, slack=2),
        }
