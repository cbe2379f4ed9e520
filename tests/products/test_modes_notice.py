"""Notice deposits: what notice earns, what it costs not to use it, and that slicing gains nothing."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st
from tests.products.firms import Firms
from tests.products.holders import CNY

from bankcore.amounts import Amount
from bankcore.products.deposit_modes import CancelNotice
from bankcore.rates import Rate, round_half_up

DAY = date(2024, 5, 1)
NOTICED = Rate.parse("1.35%").fraction / 360
DEMAND = Rate.parse("0.35%").fraction / 360


def after(days: int) -> date:
    return DAY + timedelta(days=days)


def carrier(amount: str = "") -> Firms:
    """A firm with an open mode LOG, with this amount in it."""
    book = Firms("f", modes=["LOG"])
    book.take("LOG", "f")
    if amount:
        book.fill("LOG", amount, "f")
    return book


def test_money_younger_than_the_notice_earns_the_demand_rate() -> None:
    book = carrier()
    book.notice("LOG", "360,000.00", after(7), "f")
    book.close_until(after(6))
    book.fill("LOG", "360,000.00", "f")
    book.close_until(after(7))
    book.withdraw("LOG", "360,000.00", "f")
    assert book.demand_of("f") == 360_000_00 + 3_50
    assert book.sound()


def test_an_order_paid_with_yesterdays_money_earns_the_demand_rate() -> None:
    book = Firms("bs", modes=["PROC"])
    book.take("PROC", "b")
    book.fill("PROC", "360,000.00", "b")
    book.close_until(after(1))
    book.match("n", "360,000.00")
    book.fund("n")
    book.close_until(date(2024, 6, 22))
    assert book.demand_of("b") == 3_50


def test_a_notice_that_is_not_used_earns_nothing_for_its_days() -> None:
    book = carrier("360,000.00")
    book.notice("LOG", "180,000.00", after(7), "f")
    book.close_until(after(8))
    assert [it["lost"] for it in book.mode("LOG", "f")["lots"]] == [7, 0]
    assert book.books.record("notice", "f:notice-lapsed:p.LOG").data["day"] == "2024-05-08"  # type: ignore[union-attr]
    book.close_until(after(10))
    book.withdraw("LOG", "360,000.00", "f")
    assert book.demand_of("f") == 360_000_00 + round_half_up(180_000_00 * (10 + 3) * DEMAND)
    assert book.sound()


def test_a_notice_that_is_cancelled_earns_nothing_for_its_days() -> None:
    book = carrier("360,000.00")
    book.notice("LOG", "360,000.00", after(20), "f")
    book.close_until(after(2))
    book.cancel_notice("LOG", after(20), "f")
    book.refused("not_found", CancelNotice("p", "f", "LOG", after(20)))
    book.withdraw("LOG", "180,000.00", "f")  # both days so far are among the seven
    assert book.demand_of("f") == 180_000_00
    book.notice("LOG", "180,000.00", after(30), "f")
    book.close_until(after(30))
    book.withdraw("LOG", "180,000.00", "f")
    assert book.demand_of("f") == 360_000_00 + round_half_up(180_000_00 * 23 * NOTICED)
    assert book.sound()


def test_overlapping_notices_lose_each_day_once() -> None:
    book = carrier("360,000.00")
    for day in range(3):
        book.close_until(after(day))
        book.notice("LOG", "360,000.00", after(day + 7), "f")
    book.close_until(after(10))
    assert [it["lost"] for it in book.mode("LOG", "f")["lots"]] == [9]
    book.refused("not_found", CancelNotice("p", "f", "LOG", after(9)))  # its day is over
    assert book.sound()


def test_the_oldest_money_leaves_first_whatever_was_noticed() -> None:
    book = carrier("360,000.00")
    book.close_until(after(3))
    book.notice("LOG", "360,000.00", after(10), "f")
    book.close_until(after(5))
    book.fill("LOG", "360,000.00", "f")
    book.close_until(after(10))
    book.withdraw("LOG", "360,000.00", "f")
    assert book.demand_of("f") == 360_000_00 + 135_00
    assert [it["day"] for it in book.mode("LOG", "f")["lots"]] == ["2024-05-06"]


def test_a_notice_of_a_mode_that_ended_is_forgotten() -> None:
    book = carrier("3,600.00")
    book.notice("LOG", "3,600.00", after(7), "f")
    book.end("LOG", "f")
    book.close_until(after(9))
    assert book.books.record("notice", "f:notice-lapsed:p.LOG") is None
    assert book.sound()


@given(parts=st.lists(st.integers(1, 900_00), min_size=2, max_size=8), days=st.integers(1, 60))
def test_slicing_changes_nothing(parts: list[int], days: int) -> None:
    """One withdrawal, or many: the interest is that of the whole, rounded once."""
    total, paid = sum(parts), []
    for sums in ([total], parts):
        book = carrier(Amount(total, CNY).decimal())
        book.close_until(after(days))
        for fen in sums:
            book.withdraw("LOG", Amount(fen, CNY).decimal(), "f")
        paid.append(book.demand_of("f") - total)
    assert paid[0] == paid[1] == round_half_up(total * days * DEMAND)
