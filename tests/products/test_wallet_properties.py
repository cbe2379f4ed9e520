"""Properties of the wealth programme that speak of sequences of operations."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bankcore.amounts import Amount
from bankcore.errors import Rejection
from bankcore.products.wallet import Recharge
from bankcore.units import Unit

AMOUNTS = st.integers(1, 2_000_00)
RATES = st.integers(0, 20).map(lambda percent: [["0", f"{percent}%"]])


def split(total: int, cuts: list[int]) -> list[int]:
    """A whole cut into parts of at least one."""
    edges = sorted({cut % total for cut in cuts if cut % total} | {0, total})
    return [high - low for low, high in pairwise(edges)]


@given(
    recharge=AMOUNTS,
    tiers=RATES,
    spent=st.integers(0, 100),
    first=st.integers(1, 100),
    second=st.integers(1, 100),
)
def test_a8_one_withdrawal_or_two_forfeit_the_same(
    mall: Any, recharge: int, tiers: Any, spent: int, first: int, second: int
) -> None:
    forfeited = []
    for parts in ([first, second], [first + second]):
        book = mall(fund=3_000_00, bonus_tiers=tiers)
        book.recharge("a", recharge + 200)
        if spent:
            book.buy("a", min(spent, recharge))
        before = book.pockets("a")["bonus"]
        for part in parts:
            if part <= book.pockets("a")["principal"]:
                book.withdraw("a", part)
        forfeited.append((book.balance("bank:demand:a"), before - book.pockets("a")["bonus"]))
        assert book.sound()
    (taken, once), (all_taken, twice) = forfeited
    if taken == all_taken:
        assert abs(once - twice) <= 1


@given(recharges=st.lists(AMOUNTS, min_size=1, max_size=6), cuts=st.lists(st.integers(1, 10**6), max_size=4))
def test_a8_recharging_and_withdrawing_gains_nothing(
    mall: Any, recharges: list[int], cuts: list[int]
) -> None:
    book = mall(fund=100_000_00)
    for amount in recharges:
        book.recharge("a", amount)
        for part in split(amount, cuts):
            book.withdraw("a", part)
    assert book.balance("bank:demand:a") == sum(recharges)
    assert not any(book.pockets("a").values())
    assert book.reserve() == 100_000_00 - sum(recharges)


@given(
    recharge=AMOUNTS,
    tiers=RATES,
    earlier=st.integers(0, 300_00),
    price=st.integers(1, 2_300_00),
    cuts=st.lists(st.integers(1, 10**6), max_size=4),
    merchant=st.sampled_from(["own", "m"]),
    settled=st.integers(0, 5),
    ring_fence=st.booleans(),
)
def test_a6_a_purchase_and_its_full_refund_restore_everything(
    mall: Any,
    recharge: int,
    tiers: Any,
    earlier: int,
    price: int,
    cuts: list[int],
    merchant: str,
    settled: int,
    ring_fence: bool,
) -> None:
    book = mall(
        merchants=("own", "m"),
        fund=5_000_00,
        bonus_tiers=tiers,
        merchant_fee="0.38%",
        ring_fence_third_party=ring_fence,
    )
    book.recharge("a", recharge)
    book.close_days(2)
    if 0 < earlier <= sum(book.pockets("a").values()):
        book.buy("a", earlier, "m")
        book.settle("m")
    before = book.balances()
    if price > sum(book.pockets("a").values()):
        return
    book.buy("a", price, merchant, "p")
    for number, part in enumerate(split(price, cuts)):
        if number == settled and merchant == "m":
            book.settle("m")
        book.refund("p", part, merchant)
    assert book.balances() == before
    assert book.sound()


OPERATIONS = st.one_of(
    st.tuples(st.just("recharge"), st.sampled_from("ab"), AMOUNTS),
    st.tuples(st.just("buy"), st.sampled_from("ab"), AMOUNTS, st.sampled_from(["own", "m"])),
    st.tuples(st.just("withdraw"), st.sampled_from("ab"), AMOUNTS),
    st.tuples(st.just("refund"), st.integers(0, 20), AMOUNTS, st.sampled_from(["own", "m"])),
    st.tuples(st.just("undo"), st.integers(0, 20)),
    st.tuples(st.just("pay_in"), AMOUNTS),
    st.tuples(st.just("take_out"), AMOUNTS, st.sampled_from(["reserve", "service"])),
    st.tuples(st.just("settle"), st.just("m")),
    st.tuples(st.just("close_days"), st.integers(1, 3)),
)


@given(
    operations=st.lists(OPERATIONS, max_size=25),
    fund=st.integers(1, 8_000_00),
    sweep=st.sampled_from(["once", "until", "top-up"]),
    interval=st.sampled_from(["1D", "3D"]),
)
def test_every_invariant_holds_after_every_step(
    mall: Any, operations: list[tuple[Any, ...]], fund: int, sweep: str, interval: str
) -> None:
    """A1 to A5, A7 and A9; the reserve is low on purpose."""
    book = mall(
        clients="ab",
        merchants=("own", "m"),
        fund=fund,
        threshold="1,000.00",
        preset="70.00",
        sweep=sweep,
        interval=interval,
        yield_rate="15%",
    )
    ids: list[str] = []
    for name, *arguments in operations:
        if name in ("refund", "undo"):
            arguments[0] = ids[arguments[0] % len(ids)] if ids else "none"
        before, cash = book.balances(), book.balance("bank:cash")
        try:
            id = {"recharge": "r", "buy": "p"}.get(name, "-") + str(book.keys)
            getattr(book, name)(*arguments)
            ids.append(id)
        except Rejection:
            assert book.balances() == before
        assert book.sound()
        if name not in ("pay_in", "take_out"):
            assert book.balance("bank:cash") == cash


@given(AMOUNTS)
def test_a10_a_replay_changes_nothing(mall: Any, amount: int) -> None:
    book = mall(fund=5_000_00)
    command = Recharge("o", "a", Amount(amount, Unit("CNY/2")), "r")
    first = book.do(command, key="same")
    head = book.bank.ledger.reader.head()
    again = book.do(command, key="same")
    assert [receipt.number for receipt in again] == [receipt.number for receipt in first]
    assert all(receipt.replayed for receipt in again)
    assert book.bank.ledger.reader.head() == head
