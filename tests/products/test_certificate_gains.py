"""Nobody gains by slicing or repeating: whoever ends where he began has what the terms grant, to a fen."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.products.circle import Circle
from tests.products.holders import cny

from bankcore.calendars import add_months
from bankcore.product.interest import Term, at_rate
from bankcore.products.certificate import Exit
from bankcore.rates import Rate, round_half_up

DEMAND = Rate.parse("0.35%")
stays = st.lists(st.tuples(st.integers(1_00, 2_000_00), st.integers(0, 4)), min_size=1, max_size=7)
slices = st.lists(st.tuples(st.integers(1, 2_000_00), st.integers(0, 9)), min_size=1, max_size=5)


@settings(max_examples=30)
@given(stays)
def test_coming_and_going_earns_what_the_money_in_escrow_earned(stays: list[tuple[int, int]]) -> None:
    """Rounded each time, 515.00 that left every day earned a fen a day, twice what it is owed."""
    book, exact = Circle(), at_rate(0, DEMAND, date(2024, 1, 1), date(2024, 1, 2))
    book.order(target="100,000.00", window=30, lock=0)
    book.deposit("b", 2_000_00)
    for amount, days in stays:
        since = book.books.today
        book.pay("b", amount)
        if days:
            book.close_days(days)
        book.leave("b")
        exact += at_rate(amount, DEMAND, since, book.books.today)
    assert book.demand("b") == 2_000_00 + round_half_up(exact)
    assert book.sound()


@settings(max_examples=30)
@given(slices, st.sampled_from(["0%", "20%"]))
def test_an_exit_in_slices_earns_what_the_slices_earned(
    slices: list[tuple[int, int]], withholding: str
) -> None:
    book = Circle(withholding=withholding)
    book.filled("12,000.00", "30,000.00", target="42,000.00", exits=100)
    start, before, out = book.books.today, book.demand("a"), 0
    exact = at_rate(0, DEMAND, start, start)
    for amount, days in slices:
        if days:
            book.close_days(days)
        if book.books.today >= date(2025, 1, 10):
            break
        book.exit("a", f"{cny(amount).decimal()}")
        out += amount
        exact += at_rate(amount, DEMAND, start, book.books.today)
    interest = round_half_up(exact)
    tax = round_half_up(interest * Rate.parse(withholding).fraction)
    assert book.demand("a") - before == out + interest - tax
    assert book.sound()


def test_an_early_exit_never_earns_more_than_the_term_would_have_given() -> None:
    """Demand money at 5% beside a certificate of 1%."""
    book = Circle(demand_rate="5%", products={"CD12": [12, "1%"]}, tiers=[["0", "1"]])
    book.filled("6,000.00", "6,000.00")
    before = book.demand("a")
    book.close_days(300)
    book.exit("a", "1,000.00")
    assert book.demand("a") - before == 1_000_00 + 10_00
    before = book.demand("a") + book.demand("b")
    book.consent("redemption", "a", "b")
    book.redeem()
    assert book.demand("a") + book.demand("b") - before == 11_000_00 + 110_00


def test_who_sells_and_buys_back_has_used_his_exit() -> None:
    book = Circle("abcd")
    book.filled("6,000.00", "8,000.00", "4,000.00")
    book.deposit("d", "10,000.00")
    book.deposit("a", "10,000.00")
    book.exit("a", "1,000.00")
    book.sell("a", "d", "0%")
    book.sell("d", "a", "0%")
    book.refused("exit_used", lambda: book.do(Exit("cd", "k", "a", cny("1,000.00"))))


@pytest.mark.parametrize("days", [1, 2])
def test_the_old_rule_paid_a_fen_for_each_time(days: int) -> None:
    """515.00 earns 0.5007 fen a day."""
    book = Circle()
    book.order(target="100,000.00", window=30, lock=0)
    book.deposit("b", "515.00")
    for _ in range(10 // days):
        book.pay("b", "515.00")
        book.close_days(days)
        book.leave("b")
    assert book.demand("b") == 515_00 + 5


@settings(max_examples=20)
@given(
    st.integers(1_00, 2_000_00),
    st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["0%", "1.1%", "2.45%"])), min_size=1, max_size=9),
)
@example(4_99, [(0, "0%")] * 3)
def test_selling_a_share_and_buying_it_back_pays_every_fee(amount: int, turns: list[tuple[int, str]]) -> None:
    """Rounded each time, no fee was ever taken on a share of 4.99; and half a fen of interest was won."""
    book, whole = Circle("abd"), 10_000_00 - amount % 100
    book.filled(cny(whole).decimal(), cny(amount).decimal())
    book.deposit("d", 5_000_00)
    book.deposit("b", 5_000_00)
    before = {it: book.demand(it) for it in "bd"}
    start, moved = book.books.today, {it: [Fraction(0)] * 2 for it in "bd"}
    seller, buyer = "b", "d"
    for days, rate in turns:
        if days:
            book.close_days(days)
        book.sell(seller, buyer, rate)
        earned = Term(Rate.parse(rate), start, add_months(start, 12)).earned(amount, book.books.today)
        interest, fees = moved[seller]
        moved[seller] = [interest + earned, fees + amount * Rate.parse("0.1%").fraction]
        seller, buyer = buyer, seller
    paid = {it: [round_half_up(exact) for exact in moved[it]] for it in "bd"}
    principal = amount * (len(turns) % 2)
    got = paid["b"][0] - paid["b"][1] - paid["d"][0]
    assert book.demand("b") - before["b"] == principal + got
    got = paid["d"][0] - paid["d"][1] - paid["b"][0]
    assert book.demand("d") - before["d"] == got - principal
    assert book.balance("bank:fee-income") == paid["b"][1] + paid["d"][1]
    assert book.sound()
