"""Nobody gains by a sequence of his own commands that ends where it began: faults P1 to P8 for points.

What a customer has is money on his accounts and points at their value, less what he owes of either.  Once
all orders are returned that is no more than at first, whatever was ordered, spent, given on, bought and
returned, or closed in between; and no more is ever drawn than points past their return window give.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.products.club import Club
from tests.products.holders import cny

from bankcore.amounts import Amount
from bankcore.errors import BankcoreError
from bankcore.ledger.accounts import AccountPath
from bankcore.product.actor import Actor
from bankcore.products import credit, points
from bankcore.products.points.orders import Order

CARDS = ("c", "d")
BASE = 2_000_00  # the limit without any points
DOES = ("order", "order", "refund", "redeem", "redeem", "give", "buy", "settle", "draw", "repay")
RARE = ("repay-debt", "sign", "raise", "close", "join")
acts = st.tuples(st.sampled_from((*DOES, *RARE)), st.sampled_from(CARDS), st.integers(1, 10))


def bank(value: str) -> Club:
    book = Club(CARDS, "gh", value=value, transfers="family", least_redeemed=1, confirm_above="1,000,000.00")
    book.pay_in(c="90,000.00", d="90,000.00", g="90,000.00", h="100.00")
    for card in CARDS:
        book.do(points.JoinFamily("p", card, "f"))
    book.do(points.OfferProduct("p", "h", "travel", 100, "a week"))
    book.do(credit.OpenProgramme("p", {"per_points": 100, "cap": "50,000.00"}))
    book.do(credit.OpenLine("p", card="c"))
    return book


def commands(book: Club, what: str, who: str, tenths: int) -> list[Any]:
    """The commands of one act, on so many tenths of what is there."""
    n, unit = book.keys, cny("1").unit
    if what == "refund":
        left = [it for it in Order.every(book.books, "p") if it.price > it.refunded]
        return [returned(it, (it.price - it.refunded) * tenths // 10) for it in left[-1:]]
    if what == "settle":
        bought = [row[1:3] for row in book.bank.report("points", "purchases").rows if row[8] == "bought"]
        refund, confirm = points.RefundPurchase, points.ConfirmPurchase
        return [refund("p", "h", id) if tenths > 5 else confirm("p", card, id) for id, card in bought[:1]]
    held, owed = book.points(who) * tenths // 10 or 1, debt(book, who) * tenths // 10 or 1
    made: dict[str, Any] = {
        "order": points.PlaceOrder("p", "g", who, f"o{n}", Amount(tenths * 377_77, unit)),
        "redeem": points.Redeem("p", who, held),
        "give": points.TransferPoints("p", who, "d" if who == "c" else "c", held),
        "buy": points.BuyProduct("p", who, f"b{n}", "h", "travel", 100),
        "repay-debt": points.RepayDebt("p", who, "g", owed),
        "draw": credit.Draw("p", Amount(tenths * 400_00, unit), card="c"),
        "repay": credit.Repay("p", Amount(tenths * 200_00, unit), card="c"),
        "raise": credit.RaiseLimit("p", card="c"),
        "sign": points.SignAgreement("p", "g", terms={"rate": ("1/3", "1", "3/2")[tenths % 3]}),
        "close": points.CloseCard("p", who, forfeit=True),
        "join": points.RegisterConsumer("p", who),
    }
    return [made[what]]


def returned(order: Order, fen: int) -> points.RefundOrder:
    return points.RefundOrder("p", order.provider, order.ids[1], Amount(max(fen, 1), cny("1").unit))


def debt(book: Club, card: str) -> int:
    """What a card owes to the shop, in points."""
    path = AccountPath(f"points:p:debt:{card}:g")
    return book.books.balance(path) if book.books.account(path) is not None else 0


def has(book: Club, value: str) -> int:
    """What both customers have together, in fen: money and points, less what they owe of either."""
    total = 0
    for card in CARDS:
        total += book.balance(f"bank:demand:{card}") + int(value) * (book.points(card) - debt(book, card))
    total -= sum(book.balance(f"credit:p:consumer:c:{name}") for name in ("loan", "interest"))
    waiting = [row for row in book.bank.report("points", "purchases").rows if row[8] == "bought"]
    return total + sum(row[6].quantity for row in waiting)


def attempt(book: Club, command: Any) -> None:
    """Give a command as whom it speaks for; a refusal leaves everything as it is."""
    role = next(iter(type(command).may))
    actor = Actor(role, getattr(command, type(command).may[role])) if type(command).may[role] else None
    with suppress(BankcoreError):
        book.do(command, actor=actor)


@settings(max_examples=40)
@given(st.sampled_from(["1", "3"]), st.lists(acts, max_size=12))
@example("1", [("order", "d", 10), ("redeem", "d", 10), ("close", "d", 1)])
@example("1", [("order", "c", 10), ("redeem", "c", 10), ("refund", "c", 10)])
@example("1", [("order", "c", 10), ("raise", "c", 1), ("draw", "c", 9), ("refund", "c", 10)])
@example("3", [("order", "d", 9), ("buy", "d", 1), ("refund", "d", 10), ("settle", "d", 10)])
def test_whatever_is_ordered_and_returned_gains_nothing(value: str, does: list[tuple[str, str, int]]) -> None:
    """The first examples are the faults: P7, P5 and P3, and points that come back as money."""
    book = bank(value)
    first = has(book, value)
    for what, who, tenths in does:
        for command in commands(book, what, who, tenths):
            attempt(book, command)
        assert book.balance("credit:p:consumer:c:loan") <= BASE  # nothing counts within its window
    for order in list(Order.every(book.books, "p")):
        if left := order.price - order.refunded:
            book.do(returned(order, left))
    assert has(book, value) <= first
    assert book.sound()
