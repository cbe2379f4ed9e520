"""Nobody gains by choosing the order, the size or the number of the operations of a wallet.

Whatever a client does with merchants who take goods back: once all is refunded and withdrawn, it has its
money again and nothing else; what it kept bore the bonus that the terms grant for it.  A sum in slices comes
to the same as the sum at once.
"""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.products.test_wallet_properties import AMOUNTS, split

from bankcore.errors import Rejection
from bankcore.products.wallet.bonuses import Tally

SHOPS = ("own", "m")
FUND = 1_000_000_00
PERCENT = st.integers(0, 20)
CUTS = st.lists(st.integers(1, 10**7), max_size=5)


def wallet(mall: Any, percent: int = 5) -> Any:
    return mall(merchants=SHOPS, fund=FUND, yield_rate="0%", bonus_tiers=[["0", f"{percent}%"]])


def near(one: dict[str, int], other: dict[str, int], most: int = 1) -> bool:
    return all(abs(one[name] - other[name]) <= most for name in one)


# --- the cycle that gained 5% a turn --------------------------------------------------------------------


def cycle(book: Any, turn: int) -> None:
    book.recharge("a", "2,000.00", f"r{turn}")
    book.buy("a", "2,000.00", "own", f"big-{turn}")
    book.buy("a", "100.00", "m", f"small-{turn}")
    book.refund(f"big-{turn}", "2,000.00", "own")


def test_the_bonus_that_was_spent_is_repaid(mall: Any) -> None:
    book = wallet(mall)
    cycle(book, 1)
    assert book.pockets("a") == {"bonus": 95_00, "principal": 1_900_00, "vested": 5_00, "yield": 0}
    later = book.books.record("wallet.purchase", "o:small-1").data
    assert (later["principal"], later["vested"], later["vesting"]) == (100_00, 0, "500/1")
    assert book.sound()


def test_turning_it_again_and_again_gains_what_the_terms_grant_for_the_goods(mall: Any) -> None:
    book = wallet(mall)
    for turn in range(4):
        cycle(book, turn)
        book.withdraw("a", book.pockets("a")["principal"], "principal")
    left = book.pockets("a")
    gained = book.balance("bank:demand:a") + left["vested"] + 4 * 100_00 - 4 * 2_000_00
    assert left["principal"] == left["bonus"] == 0
    assert 19_00 < gained < 20_00  # 5% of the goods of 400.00, some of which the bonus itself has paid
    assert book.sound()


@pytest.mark.parametrize(
    "parts", [["2,000.00"], ["1,000.00", "1,000.00"], ["0.01", "999.99", "500.00", "500.00"]]
)
def test_a_refund_in_parts_repays_the_same(mall: Any, parts: list[str]) -> None:
    book = wallet(mall)
    book.recharge("a", "2,000.00")
    book.buy("a", "2,000.00", "own", "big")
    book.buy("a", "100.00", "m", "small")
    for part in parts:
        book.refund("big", part, "own")
    assert near(book.pockets("a"), {"bonus": 95_00, "principal": 1_900_00, "vested": 5_00, "yield": 0})
    book.refund("small", "100.00", "m")
    assert book.pockets("a") == {"bonus": 100_00, "principal": 2_000_00, "vested": 0, "yield": 0}
    assert book.sound()


# --- any sequence -----------------------------------------------------------------------------------------

OPERATIONS = st.one_of(
    st.tuples(st.just("recharge"), AMOUNTS),
    st.tuples(st.just("buy"), st.integers(1, 100), st.sampled_from(SHOPS)),
    st.tuples(st.just("refund"), st.integers(0, 30), st.integers(1, 100)),
    st.tuples(st.just("withdraw"), st.integers(1, 100)),
    st.tuples(st.just("undo"), st.integers(0, 30)),
)


class Play:
    """A client at play; sizes are hundredths of what there is, `left` is what is not refunded by purchase."""

    def __init__(self, book: Any, operations: list[tuple[Any, ...]]) -> None:
        self.book = book
        self.recharged: dict[str, int] = {}
        self.left: dict[str, tuple[str, int]] = {}
        for name, *arguments in operations:
            with suppress(Rejection):
                getattr(self, name)(*arguments)
            assert book.sound()

    def recharge(self, amount: int) -> None:
        id = f"r{len(self.recharged)}"
        self.book.recharge("a", amount, id)
        self.recharged[id] = amount

    def undo(self, nth: int) -> None:
        id = f"r{nth % max(len(self.recharged), 1)}"
        self.book.undo(id)
        self.recharged[id] = 0

    def buy(self, share: int, shop: str) -> None:
        held = self.book.pockets("a")
        id, price = f"p{len(self.left)}", (sum(held.values()) - held["bonus"]) * share // 100
        if price:
            self.book.buy("a", price, shop, id)
            self.left[id] = (shop, price)

    def refund(self, nth: int, share: int) -> None:
        if self.left:
            id = f"p{nth % len(self.left)}"
            shop, left = self.left[id]
            if part := left * share // 100:
                self.book.refund(id, part, shop)
                self.left[id] = (shop, left - part)

    def withdraw(self, share: int) -> None:
        if part := self.book.pockets("a")["principal"] * share // 100:
            self.book.withdraw("a", part)

    @property
    def paid(self) -> int:
        return sum(self.recharged.values())

    @property
    def goods(self) -> int:
        return sum(left for _, left in self.left.values())


@given(operations=st.lists(OPERATIONS, max_size=25), percent=PERCENT, order=st.randoms(use_true_random=False))
@example([("recharge", 2_000_00), ("buy", 100, "own"), ("buy", 100, "m"), ("withdraw", 100)], 5, None)
def test_who_gives_everything_back_has_gained_nothing(
    mall: Any, operations: list[tuple[Any, ...]], percent: int, order: Any
) -> None:
    book = wallet(mall, percent)
    play = Play(book, operations)
    purchases = sorted(play.left)
    if order is not None:
        order.shuffle(purchases)
    for id in purchases:
        shop, left = play.left[id]
        if left:
            book.refund(id, left, shop)
    play.withdraw(100)
    assert not any(book.pockets("a").values())
    assert book.balance("bank:demand:a") == play.paid
    assert book.reserve() == FUND - play.paid
    assert book.sound()


@given(operations=st.lists(OPERATIONS, max_size=25), percent=PERCENT)
def test_the_gain_is_the_bonus_of_what_was_kept(
    mall: Any, operations: list[tuple[Any, ...]], percent: int
) -> None:
    book = wallet(mall, percent)
    play = Play(book, operations)
    play.withdraw(100)
    gained = book.balance("bank:demand:a") + book.pockets("a")["vested"] + play.goods - play.paid
    assert gained == Tally.of_client(book.books, "o", "a").posted_vested
    assert 0 <= gained <= Fraction(percent, 100) * play.goods + 1
    assert book.pockets("a")["bonus"] == 0


# --- slices -------------------------------------------------------------------------------------------------


@given(amount=st.integers(1, 3_000_00), cuts=CUTS, percent=PERCENT)
def test_a_recharge_in_slices_has_the_same_bonus(
    mall: Any, amount: int, cuts: list[int], percent: int
) -> None:
    pockets = []
    for parts in ([amount], split(amount, cuts)):
        book = wallet(mall, percent)
        for part in parts:
            book.recharge("a", part)
        pockets.append(book.pockets("a"))
        assert book.sound()
    assert pockets[0] == pockets[1]


@given(
    recharge=AMOUNTS,
    share=st.integers(1, 100),
    cuts=CUTS,
    percent=PERCENT,
    what=st.sampled_from(["buy", "withdraw"]),
)
@example(1_000_00, 9, [9 * n for n in range(1, 1_000)], 5, "withdraw")  # a thousand withdrawals of 0.09
def test_spending_and_withdrawing_in_slices_post_the_same(
    mall: Any, recharge: int, share: int, cuts: list[int], percent: int, what: str
) -> None:
    pockets, amount = [], max(recharge * share // 100, 1)
    for parts in ([amount], split(amount, cuts)):
        book = wallet(mall, percent)
        book.recharge("a", recharge)
        for part in parts:
            getattr(book, what)("a", part)
        pockets.append(book.pockets("a"))
        assert book.sound()
    assert pockets[0] == pockets[1]


@given(recharge=AMOUNTS, pieces=st.integers(2, 12), percent=PERCENT)
def test_spending_and_withdrawing_by_turns_vests_no_more(
    mall: Any, recharge: int, pieces: int, percent: int
) -> None:
    """Each of both is rounded over all its own events: small steps of one do not take the other's share."""
    half = recharge * 10 // 2
    vested = []
    for steps in (1, min(pieces, half)):
        book = wallet(mall, percent)
        book.recharge("a", recharge * 10)
        for step in range(steps):
            part = half // steps + (half % steps if not step else 0)
            book.withdraw("a", part)
            book.buy("a", part)
        vested.append(Tally.of_client(book.books, "o", "a").posted_vested)
        assert book.sound()
    assert abs(vested[0] - vested[1]) <= 1


@given(
    recharge=AMOUNTS,
    spent=st.integers(1, 100),
    elsewhere=st.integers(0, 100),
    back=st.integers(1, 100),
    cuts=CUTS,
    percent=PERCENT,
)
@example(2_000_00, 100, 100, 100, [1_000_00], 5)
def test_a_refund_in_slices_restores_the_same(
    mall: Any, recharge: int, spent: int, elsewhere: int, back: int, cuts: list[int], percent: int
) -> None:
    pockets, price = [], max(recharge * spent // 100, 1)
    for whole in (True, False):
        book = wallet(mall, percent)
        book.recharge("a", recharge)
        book.buy("a", price, "own", "p")
        held = book.pockets("a")
        if more := (held["vested"] + held["principal"]) * elsewhere // 100:
            book.buy("a", more, "m", "q")
        refund = max(price * back // 100, 1)
        for part in [refund] if whole else split(refund, cuts):
            book.refund("p", part, "own")
        pockets.append(book.pockets("a"))
        assert book.sound()
    assert near(*pockets)
