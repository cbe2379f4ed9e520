"""Orders that are known late: posted today, they earn, count and expire as of the day they took place."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.products.club import FIRST, Club
from tests.products.holders import cny

from bankcore.product.actor import Actor
from bankcore.products import credit
from bankcore.products.points import ChangeTerms, RegisterProvider, SignAgreement, SubmitOrder
from bankcore.products.points.lots import Lot
from bankcore.products.points.providers import Provider

ROLLING = {"expiry": "rolling", "expiry_months": 1}


def club(**terms: Any) -> Club:
    book = Club(**terms)
    book.pay_in(c="5,000.00", g="1,000.00")
    return book


def late(order: str, amount: str, value_on: date | None, confirmed_by: str = "pin") -> SubmitOrder:
    document = {"provider": "g", "card": "c", "order": order, "amount": amount, "confirmed_by": confirmed_by}
    return SubmitOrder("p", document, value_on)


def test_a_late_order_is_posted_today_and_earns_as_of_its_day() -> None:
    """A terminal was off line from 2 to 20 May, and since 10 May the agreement gives less."""
    book = club(agreed={"rate": "2"}, **ROLLING, pending_days=3)
    book.close_until(date(2024, 5, 10))
    book.do(SignAgreement("p", "g", terms={"rate": "1"}))
    book.close_until(date(2024, 5, 20))
    book.do(late("o", "100.00", date(2024, 5, 2)))
    made = book.entries()[-1].transaction
    assert made.effective_on == date(2024, 5, 20)
    sums = Counter[str]()
    for leg in made.postings:
        sums[str(leg.account)] += leg.quantity
    assert sums == {
        "bank:demand:c": 100_00,
        "bank:demand:g": -100_00 + 2_00,
        "points:p:provider:g:fund": -2_00,
        "points:p:provider:g:issued": 200,
        "points:p:consumer:c:live": -200,
        "points:p:provider:g:credit-issued": 20,
        "points:p:provider:g:credit": -20,
    }
    assert book.points() == 200
    (lot,) = Lot.every(book.books)
    assert (lot.expiry, lot.spendable_on) == (date(2024, 6, 30), date(2024, 5, 5))
    (order,) = book.bank.report("points", "orders").rows
    assert (order[2], order[7], order[-1]) == (date(2024, 5, 2), date(2024, 5, 20), 1)
    book.refused("period_closed", late("p", "1.00", date(2024, 5, 20) - timedelta(days=31)))
    book.refused("bad_command", late("p", "1.00", date(2024, 5, 21)))
    book.refused("actor_not_permitted", late("p", "1.00", date(2024, 5, 2)), Actor.parse("customer:c"))
    assert book.sound()


def test_no_order_is_older_than_the_term_allows_or_than_who_takes_part() -> None:
    book = club(value_back=5)
    book.close_until(date(2024, 5, 4))
    book.do(late("a", "1.00", FIRST))
    book.join("d")
    book.do(RegisterProvider("p", "d"))
    for who in ({"card": "d", "provider": "g"}, {"card": "c", "provider": "d"}):
        document = {**who, "order": "b", "amount": "1.00", "confirmed_by": "pin"}
        book.refused("period_closed", SubmitOrder("p", document, date(2024, 5, 3)))
    book.close_until(date(2024, 5, 20))
    book.do(late("b", "1.00", date(2024, 5, 15)))
    assert (
        book.refused("period_closed", late("c", "1.00", date(2024, 5, 14)))["closed_through"] == "2024-05-14"
    )
    assert book.sound()


def test_a_late_order_lives_as_long_as_one_of_its_day() -> None:
    book = club(**ROLLING, breakage="1/2", opened_on=date(2024, 5, 31))
    book.order("50.00", "o1")
    book.close_until(date(2024, 7, 1))
    book.do(late("o", "100.00", date(2024, 6, 1)))  # of the next month: it lives until 31 July
    assert [it.expiry for it in Lot.every(book.books) if it.left] == [date(2024, 6, 30), date(2024, 7, 31)]
    book.close_until(date(2024, 7, 2))
    assert (book.points(), book.balance("points:p:consumer:c:expired")) == (100, 50)
    assert book.sound()


def test_points_that_have_expired_by_now_come_and_go_and_repay_nothing() -> None:
    book = club(expiry_years=1, breakage="1/2", opened_on=date(2024, 12, 1))
    book.order("200.00", "spent")
    book.redeem(150)
    book.close_until(date(2024, 12, 20))
    book.refund("spent", "200.00")
    owed = book.balance("points:p:debt:c:g")
    assert owed == 150
    book.close_until(date(2025, 1, 10))
    before = book.balance("bank:demand:g")
    book.do(late("o", "100.00", date(2024, 12, 20)))
    assert (book.points(), book.balance("points:p:debt:c:g")) == (
        100,
        owed,
    )  # what has expired repays nothing
    book.close_until(date(2025, 1, 11))
    assert (book.points(), book.balance("points:p:consumer:c:expired")) == (0, 100)
    assert book.balance("bank:demand:g") == before + 100_00 - 50
    assert book.balance("bank:breakage-income") == 50
    assert book.sound()


def test_the_cap_of_a_day_holds_for_what_is_known_late() -> None:
    book = club(agreed={"day_cap": "100.00"})
    book.order("60.00", "a")
    book.close_until(date(2024, 5, 3))
    book.order("10.00", "b")
    book.close_until(date(2024, 5, 4))
    book.do(late("c", "70.00", FIRST))  # 40.00 of it earns
    assert book.points() == 60 + 10 + 40
    book.do(late("d", "70.00", FIRST))
    assert book.points() == 110
    book.do(late("e", "95.00", date(2024, 5, 3)))  # the day of the latest
    assert book.points() == 200
    book.do(late("f", "150.00", date(2024, 5, 2)))  # a day without an order
    assert book.points() == 300
    book.order("10.00", "g")
    book.order("95.00", "h")
    assert book.points() == 400
    assert book.sound()


def test_an_order_that_was_wrong_is_refunded_and_submitted_anew_with_its_day() -> None:
    """900.00 for 90.00: the same day's cap is free again, and limits count from the day of the trade."""
    book = club(agreed={"day_cap": "500.00"})
    book.order("900.00", "wrong")
    assert book.points() == 500
    book.close_until(date(2024, 5, 25))
    book.refund("wrong", "900.00")
    book.do(late("right", "490.00", FIRST))
    assert book.points() == 490
    card = book.books.record("points.card", "p:c")
    assert card is not None
    assert card.data["waiting"] == {"2024-05-31": 490}
    assert book.sound()


def test_points_of_a_late_order_count_for_limits_from_its_own_day_on() -> None:
    book = club()
    book.do(credit.OpenProgramme("p", {"per_points": 1_000}))
    book.do(credit.OpenLine("p", card="c"))
    book.close_until(date(2024, 5, 30))
    book.do(late("o", "1,000.00", date(2024, 5, 1)))
    book.close_until(date(2024, 5, 31))
    assert book.bank.report("credit", "lines").rows[0][3] == cny("2,000.00")
    book.close_until(date(2024, 6, 1))
    assert book.bank.report("credit", "lines").rows[0][3] == cny("2,500.00")


def test_what_nothing_confirms_is_summed_on_the_day_it_is_known() -> None:
    """A late order is no way around the bound: many of them on one day are counted together."""
    book = club(confirm_above="100.00")
    book.close_until(date(2024, 5, 4))
    book.do(late("a", "60.00", date(2024, 5, 1), confirmed_by=""))
    book.refused("identity_unconfirmed", late("b", "60.00", date(2024, 5, 2), confirmed_by=""))


def state(book: Club) -> tuple[Any, ...]:
    """What must not depend on when things became known."""
    card = book.books.record("points.card", "p:c")
    assert card is not None
    today = book.books.today.isoformat()
    waiting = {day: points for day, points in card.data["waiting"].items() if day > today}
    (provider,) = Provider.every(book.books)
    member = book.books.record("points.member", "p:c:g")
    issued = book.balance("points:p:provider:g:issued"), book.balance("points:p:provider:g:credit")
    spent = (member.data["parts"], member.data["issued"]) if member else ()
    return issued, card.data["lifetime"], waiting.keys(), provider.credit, spent


def lots(book: Club) -> dict[str, tuple[date, date, int]]:
    """Last day, first day and points of the lot of each order."""
    return {it.order: (it.expiry, it.spendable_on, it.points) for it in Lot.every(book.books)}


def lived(orders: list[tuple[int, int]], known: list[int], changed: int, signed: bool, terms: Any) -> Club:
    """A book with orders of some days, each known so many days late."""
    start = date(2024, 11, 20)
    book = Club(opened_on=start, value="4/5", agreed={"rate": "3/2"}, **terms)
    book.pay_in(c="5,000.00", g="500.00")
    placed = enumerate(zip(orders, known, strict=True))
    events = [(changed, -1, -1), *((on + by, on, nth) for nth, ((on, _), by) in placed)]
    for offset, on, nth in sorted(events):
        book.close_until(start + timedelta(days=offset))
        if nth >= 0:
            day, text = start + timedelta(days=on), f"{orders[nth][1] // 100}.{orders[nth][1] % 100:02}"
            book.do(late(f"o{nth}", text, day if offset > on else None))
            continue
        book.do(ChangeTerms("p", {"pending_days": 1, "expiry_months": 2, "limit_window": 20}))
        if signed:
            book.do(SignAgreement("p", "g", terms={"rate": "1/3"}))
    book.close_until(start + timedelta(days=80))
    assert book.sound()
    return book


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 50), st.integers(0, 30)), max_size=6),
    st.sampled_from([6_00, 6_00, 1_01]),
    st.integers(0, 10),
    st.booleans(),
    st.sampled_from([ROLLING, {"expiry_years": 1}, {**ROLLING, "pending_days": 2}]),
)
def test_what_is_known_late_ends_as_if_it_had_been_known_on_its_day(
    drawn: list[tuple[int, int, int]], step: int, changed: int, signed: bool, terms: dict[str, Any]
) -> None:
    """Points earned, expired and counted, the money behind them and the provider's credit points.

    Where orders earn parts of a point, the point that they make together is in the lot of the one posted
    last; then last days are the same, and points within one of each lot.
    """
    orders = [(on, count * step) for on, count, _ in drawn]
    in_time = lived(orders, [0 for _ in orders], changed, signed, terms)
    known_late = lived(orders, [by for *_, by in drawn], changed, signed, terms)
    assert state(in_time) == state(known_late)
    one, other = lots(in_time), lots(known_late)
    for order in one.keys() & other.keys():
        assert one[order][:2] == other[order][:2]
        assert abs(one[order][2] - other[order][2]) <= (1 if step == 1_01 else 0)
    if step == 6_00:
        assert in_time.balances() == known_late.balances()


@pytest.mark.parametrize("given", [{"value_back": -1}, {"value_back": 93}])
def test_unusable_terms(given: dict[str, Any]) -> None:
    with pytest.raises(Exception, match="value_back"):
        Club(**given)
