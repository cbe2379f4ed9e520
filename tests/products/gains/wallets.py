"""The games of a wallet: a client with merchants who take goods back, a merchant, the operator."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from tests.products.gains.game import AMOUNTS, PARTS, WHICH, Figure, Game, Idle, of
from tests.products.mall import Mall

from bankcore.products.wallet import ConsentToUndo

FUND = 1_000_000_00
BONUS = Fraction(5, 100)
SHOPS = ("own", "m")
WAITS = of(1, 2, 7)


def wallet(**terms: Any) -> Mall:
    """A programme with a shop of its own and a merchant, each recharge with a bonus of 5%."""
    given = {"yield_rate": "0%", "bonus_tiers": [["0", "5%"]], **terms}
    return Mall(merchants=SHOPS, fund="1,000,000.00", **given)


class Purchases(Game):
    """What the games of a wallet have in common: recharges and purchases by number."""

    def __init__(self, book: Mall) -> None:
        super().__init__(book)
        self.recharges: list[int] = []  # what stands of each
        self.sales: list[tuple[str, int]] = []  # the shop, and what of the price is not refunded

    def recharge(self, amount: int) -> None:
        self.book.recharge("a", amount, f"r{len(self.recharges)}")
        self.recharges.append(amount)

    def buy(self, amount: int, shop: str) -> tuple[int, str]:
        held = self.book.pockets("a")
        price = self.some(amount, held["principal"] + held["yield"] + held["vested"])
        self.book.buy("a", price, shop, f"p{len(self.sales)}")
        self.sales.append((shop, price))
        return price, shop

    def refund(self, amount: int, nth: int) -> tuple[int, int]:
        nth = self.one(nth, self.sales)
        shop, left = self.sales[nth]
        part = self.some(amount, left)
        self.book.refund(f"p{nth}", part, shop)
        self.sales[nth] = (shop, left - part)
        return part, nth

    def undo(self, nth: int) -> tuple[int]:
        nth = self.one(nth, self.recharges)
        self.book.undo(f"r{nth}")
        self.recharges[nth] = 0
        return (nth,)

    def sold(self, *shops: str) -> int:
        """Net sales of some shops, or of all."""
        return sum(left for shop, left in self.sales if not shops or shop in shops)


class Client(Purchases):
    """A client with merchants who take everything back: what he kept bore its bonus, and no more.

    He has what he withdrew, his pockets and the goods, less the cash he paid.
    """

    MOVES = {
        "recharge": (AMOUNTS,),
        "buy": (PARTS, of(*SHOPS)),
        "refund": (PARTS, WHICH),
        "withdraw": (PARTS,),
        "undo": (WHICH,),
        "return_all": (),
        "wait": (WAITS,),
    }
    SLICED = frozenset({"recharge", "withdraw", "refund"})
    FREE = frozenset({"refund"})

    def __init__(self) -> None:
        super().__init__(wallet())

    def withdraw(self, amount: int) -> tuple[int]:
        part = self.some(amount, self.book.pockets("a")["principal"])
        self.book.withdraw("a", part)
        return (part,)

    def return_all(self) -> None:
        """Everything that is left of every purchase goes back."""
        if not self.sold():
            raise Idle
        for nth, (_, left) in enumerate(self.sales):
            if left:
                self.refund(left, nth)

    def finish(self) -> None:
        if cash := self.book.pockets("a")["principal"]:
            self.withdraw(cash)

    def figures(self) -> dict[str, Figure]:
        pockets, goods = self.book.pockets("a"), self.sold()
        held = self.book.balance("bank:demand:a") + pockets["vested"] + pockets["bonus"] + goods
        return {"wealth": Figure(held - sum(self.recharges), 0, BONUS * goods)}


class Saver(Game):
    """A client for the yield: it is that of each day's closing balance, however it came and went."""

    MOVES = {"recharge": (AMOUNTS,), "withdraw": (PARTS,), "wait": (WAITS,)}
    SLICED = frozenset({"recharge", "withdraw"})
    FREE = frozenset({"recharge"})

    def __init__(self) -> None:
        super().__init__(wallet(yield_rate="3%", bonus_tiers=[["0", "0%"]]))
        self.paid, self.yielded = 0, Fraction(0)

    def recharge(self, amount: int) -> None:
        self.book.recharge("a", amount)
        self.paid += amount

    def withdraw(self, amount: int) -> tuple[int]:
        part = self.some(amount, sum(self.book.pockets("a").values()))
        self.book.withdraw("a", part)
        return (part,)

    def closing(self) -> None:
        self.yielded += Fraction(3, 36_500) * sum(self.book.pockets("a").values())

    def finish(self) -> None:
        for _ in range(2):  # the yield of the last day comes in the day after
            if cash := sum(self.book.pockets("a").values()):
                self.withdraw(cash)
            self.wait(1)

    def figures(self) -> dict[str, Figure]:
        held = self.book.balance("bank:demand:a") + sum(self.book.pockets("a").values())
        return {"yield": Figure(held - self.paid, self.yielded, self.yielded)}


class Merchant(Purchases):
    """A merchant who settles as often as he likes and takes goods back: he pays the fee on net sales."""

    MOVES = {
        "buy": (PARTS, of("m")),
        "refund": (PARTS, WHICH),
        "settle": (),
        "wait": (WAITS,),
    }
    SLICED = frozenset({"refund"})
    FREE = frozenset({"refund"})

    def __init__(self) -> None:
        super().__init__(wallet(bonus_tiers=[["0", "0%"]]))
        self.book.recharge("a", 100_000_00)

    def settle(self) -> None:
        self.book.settle("m")

    def finish(self) -> None:
        if self.book.balance("wallet:o:takings:m"):
            self.settle()

    def figures(self) -> dict[str, Figure]:
        net = self.sold() * (1 - Fraction(6, 1_000))
        return {"wealth": Figure(self.book.balance("bank:demand:m"), net, net)}


class Operator(Purchases):
    """An operator: what it hands back of the cash it took, it hands back to a client who is there.

    It has the cash taken offline, the reserve, the service fund and its account.  A recharge that is undone
    on its own day, or with the client's consent, is cash given back; otherwise the client gets none.
    """

    MOVES = {
        "recharge": (AMOUNTS,),
        "buy": (PARTS, of("own")),
        "refund": (PARTS, WHICH),
        "undo": (WHICH,),
        "consent": (WHICH,),
        "pay_in": (PARTS,),
        "take_out": (AMOUNTS, of("reserve", "service")),
        "wait": (WAITS,),
    }
    SLICED = frozenset({"pay_in", "take_out"})
    FREE = frozenset({"recharge"})

    def __init__(self) -> None:
        super().__init__(wallet(bonus_tiers=[["0", "0%"]]))
        self.box = self.out = 0
        self.there: dict[int, int | None] = {}  # when a client recharged; None once he consented

    def recharge(self, amount: int) -> None:
        super().recharge(amount)
        self.there[len(self.recharges) - 1] = self.day
        self.box += amount

    def undo(self, nth: int) -> tuple[int]:
        nth = self.one(nth, self.recharges)
        amount = self.recharges[nth]
        super().undo(nth)
        if self.there[nth] in (None, self.day):
            self.box -= amount
        return (nth,)

    def consent(self, nth: int) -> tuple[int]:
        nth = self.one(nth, self.recharges)
        self.book.do(ConsentToUndo("o", "a", f"r{nth}"))
        self.there[nth] = None
        return (nth,)

    def pay_in(self, amount: int) -> tuple[int]:
        part = self.some(amount, self.book.balance("wallet:o:cash-due"))
        self.book.pay_in(part)
        self.box -= part
        return (part,)

    def take_out(self, amount: int, source: str) -> None:
        self.book.take_out(amount, source)
        self.out += amount

    def finish(self) -> None:
        if due := self.book.balance("wallet:o:cash-due"):
            self.pay_in(due)

    def figures(self) -> dict[str, Figure]:
        here = self.book.reserve() + self.book.service() + self.book.balance("bank:demand:o")
        held = self.box + self.out + here - FUND - self.sold("own")
        return {"wealth": Figure(held, 0, 0, slack=0)}
