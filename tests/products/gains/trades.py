"""The games of a certificate and of a platform: participants who sell each other shares, and traders."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from tests.products.circle import Circle
from tests.products.exchange import Exchange
from tests.products.gains.game import AMOUNTS, PARTS, WHICH, Figure, Game, of
from tests.products.holders import CNY

from bankcore.amounts import Amount
from bankcore.calendars import DayCount, day_count
from bankcore.rates import round_half_up

DEMAND = Fraction(35, 10_000)


def text(fen: int) -> str:
    return Amount(fen, CNY).decimal()


class Participant(Game):
    """Who joins an order and leaves it as often as he likes: money in escrow earns the demand rate."""

    MOVES = {"join": (AMOUNTS,), "leave": (), "wait": (of(1, 2, 3, 4),)}
    CASH = 10_000_00

    def __init__(self) -> None:
        super().__init__(Circle())
        self.book.order(target="1,000,000.00", window=30, lock=0)
        self.book.deposit("b", self.CASH)
        self.inside, self.earned = 0, Fraction(0)

    def join(self, amount: int) -> None:
        self.book.pay("b", amount)
        self.inside = amount

    def leave(self) -> None:
        self.book.leave("b")
        self.inside = 0

    def closing(self) -> None:
        if self.day < 30:
            self.earned += self.inside * DEMAND / 360

    def finish(self) -> None:
        self.wait(max(32 - self.day, 0))

    def figures(self) -> dict[str, Figure]:
        return {"interest": Figure(self.book.demand("b") - self.CASH, self.earned, self.earned)}


class Sharer(Game):
    """Two participants who exit, sell each other shares and wait: the term's rate for what stays to the end.

    What leaves earns the demand rate; each sale costs the fee on the share.
    """

    MOVES = {
        "exit": (PARTS, of("a", "d")),
        "sell": (of("a", "d"), of("0%", "1%", "1.75%")),
        "wait": (of(1, 20, 60),),
    }
    SLICED = frozenset({"exit"})
    FREE = frozenset({"exit"})
    LONGEST = 8
    START = date(2024, 1, 10)
    CASH = 100_000_00

    def __init__(self) -> None:
        super().__init__(Circle("abcd", products={"CD12": [3, "1.75%"]}, tiers=[["0", "1"]]))
        self.book.filled("12,000.00", "30,000.00", target="42,000.00", exits=100)
        for party in "ad":
            self.book.deposit(party, self.CASH)
        self.shares = {"a": 12_000_00, "d": 0}
        self.earned, self.fees, self.count = Fraction(0), 0, 0

    def exit(self, amount: int, party: str) -> tuple[int, str]:
        part = self.some(amount, self.shares[party])
        self.book.exit(party, text(part))
        self.shares[party] -= part
        self.earned += part * DEMAND * self.day / 360
        return part, party

    def sell(self, seller: str, rate: str) -> None:
        buyer = "d" if seller == "a" else "a"
        self.book.sell(seller, buyer, rate)
        self.fees += round_half_up(Fraction(self.shares[seller], 1_000))
        self.shares[buyer] += self.shares[seller]
        self.shares[seller] = 0
        self.count += 1

    def finish(self) -> None:
        self.book.close_until(date(2024, 4, 12))
        years = day_count(DayCount.CN_ITEM, self.START, date(2024, 4, 10))
        self.earned += sum(self.shares.values()) * Fraction(175, 10_000) * years

    def figures(self) -> dict[str, Figure]:
        gained = sum(map(self.book.demand, "ad")) - 2 * self.CASH - 12_000_00
        granted = self.earned - self.fees
        return {"interest": Figure(gained, granted, granted, slack=2 + self.count)}


class Trader(Game):
    """Buyer and seller hand in glove: the fee is that of what was delivered, and so are entitlements.

    Shares of a trade are accepted by thousandths, what is not delivered goes back to the buyer.
    """

    MOVES = {
        "trade": (of(1, 99, 1_234_56, 88_888_88),),
        "accept": (of(1, 3, 333, 500, 1_000), WHICH),
        "cancel": (WHICH,),
        "wait": (of(1, 2, 3),),
    }
    SLICED = frozenset({"accept"})
    FREE = frozenset({"accept"})
    CASH = 1_000_000_00

    def __init__(self) -> None:
        super().__init__(Exchange())
        self.book.deposit("b", text(self.CASH))
        self.totals: list[int] = []
        self.done: list[int] = []
        self.over: set[int] = set()

    def trade(self, total: int) -> None:
        id = f"t{len(self.totals)}"
        self.book.match(id, text(total))
        self.book.fund(id)
        self.totals.append(total)
        self.done.append(0)

    def accept(self, thousandths: int, nth: int) -> tuple[int, int]:
        nth = self.one(nth, self.totals)
        part = self.some(thousandths, 1_000 - self.done[nth])
        self.book.accept(f"t{nth}", f"{part}/1000")
        self.done[nth] += part
        return part, nth

    def cancel(self, nth: int) -> tuple[int]:
        nth = self.one(nth, self.totals)
        self.book.cancel(f"t{nth}")
        self.over.add(nth)
        return (nth,)

    def finish(self) -> None:
        for nth, done in enumerate(self.done):
            if nth not in self.over and done < 1_000:
                self.book.cancel(f"t{nth}")
        self.wait(2)

    def figures(self) -> dict[str, Figure]:
        settled = sum(
            (Fraction(it * done, 1_000) for it, done in zip(self.totals, self.done, strict=True)), Fraction(0)
        )
        cost = self.book.demand_of("b") + self.book.demand_of("s") - self.CASH
        return {
            "fees": Figure(cost, -settled / 400, -settled / 400, slack=max(len(self.totals), 1)),
            "entitlements": Figure(self.book.live("s"), 0, settled * 3 / 1_000_00, slack=0),
        }
