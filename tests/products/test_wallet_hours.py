"""Yield by hours: what moves during a day counts from its interval on, and the close posts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.making import move
from tests.products.trouble import stop

from bankcore.amounts import Amount
from bankcore.errors import BankcoreError
from bankcore.ledger.transactions import Transaction
from bankcore.products.wallet import ChangeTerms, DeclarePool, Recharge, UndoRecharge
from bankcore.products.wallet.accruals import accrual_of
from bankcore.products.wallet.clients import POCKET
from bankcore.products.wallet.hours import passed
from bankcore.products.wallet.yields import Payout
from bankcore.units import Unit

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
TEN: dict[str, Any] = {"yield_rate": "3.65%", "eligible": ["principal"], "bonus_tiers": [["0", "0%"]]}


def earned(book: Any, client: str = "a") -> Fraction:
    return accrual_of(book.books, POCKET("o", client, "yield"))[1].earned


def at(book: Any, hour: int, day: int = 0) -> None:
    book.clock.now = datetime(2024, 5, 1, hour, 59, tzinfo=UTC) + timedelta(days=day)


def test_a_recharge_of_the_evening_earns_for_the_evening(mall: Any) -> None:
    """1,000.00 at 3.65% earn ten fen a day: a quarter of it from 18:59 on, in intervals of six hours."""
    book = mall(fund="5,000.00", hours=6, **TEN)
    at(book, 17)
    book.recharge("a", "1,000.00")
    at(book, 18)
    book.recharge("a", "1,000.00")
    at(book, 23)
    book.close()
    assert earned(book) == Fraction(10, 2) + Fraction(10, 4)
    at(book, 12, day=1)
    book.buy("a", "2,000.00")  # spent in the third interval: two ended with it
    book.close()
    assert earned(book) == Fraction(75, 10) + 10
    assert Payout.existing(book.books, "o", "2024-05-02").due == 8  # posted at the close, rounded once
    assert book.pockets("a")["yield"] == 8
    assert book.sound()


def test_without_hours_the_closing_balance_earns_for_the_day(mall: Any) -> None:
    book = mall(fund="5,000.00", **TEN)
    at(book, 23)
    book.recharge("a", "1,000.00")
    book.close()
    assert earned(book) == 10


def test_the_hour_is_that_of_the_bank_s_place_of_business(mall: Any) -> None:
    """15:59 in UTC is 23:59 in Shanghai: one interval is left; what comes at 16:00 is of the next day."""
    book = mall(fund="5,000.00", zone="Asia/Shanghai", hours=12, **TEN)
    at(book, 15)
    book.recharge("a", "1,000.00")
    at(book, 16)
    book.recharge("a", "1,000.00")  # before the day is closed, though it is over
    book.close()
    assert earned(book) == 5
    book.close()  # a day that was closed ahead: 16:59 in UTC lies before it
    assert earned(book) == 25
    assert [passed(datetime(2024, 5, n), date(2024, 5, 2), 8) for n in (1, 2, 3)] == [0, 0, 3]


def test_held_money_and_that_of_a_later_day_count_as_ever(mall: Any) -> None:
    book = mall(fund="5,000.00", hours=6, **TEN)
    book.recharge("a", "1,000.00")
    at(book, 20)
    postings = move("", "wallet:o:reserve", POCKET("o", "a", "principal"), 500_00).postings
    for key, on, pending in (("held", date(2024, 5, 1), True), ("later", date(2024, 5, 2), False)):
        book.bank.ledger.post(
            Transaction(kind="x", effective_on=on, postings=postings, pending=pending, key=key)
        )
    closing = book.pockets("a")["principal"]
    book.close()
    assert earned(book) == Fraction(closing, 10_000)


def test_other_hours_than_these_are_refused(mall: Any) -> None:
    book = mall(**TEN)
    for hours in (5, 24, 0, "x"):
        with pytest.raises(BankcoreError) as caught:
            book.do(ChangeTerms("o", {"hours": hours}))
        assert caught.value.code == "bad_terms"


def test_what_became_known_late_counts_all_day(mall: Any) -> None:
    book = mall(fund="5,000.00", hours=6, **TEN)
    book.close_days(2)
    at(book, 20, day=2)
    book.do(Recharge("o", "a", Amount(1_000_00, Unit("CNY/2")), "r", value_on=date(2024, 5, 2)))
    book.close()
    assert earned(book) == 20
    at(book, 12, day=3)
    book.do(Recharge("o", "a", Amount(1_000_00, Unit("CNY/2")), "s", value_on=date(2024, 5, 2)))
    book.do(UndoRecharge("o", "s"))
    book.close()
    assert earned(book) == 30
    assert book.sound()


def test_yield_that_is_posted_earns_from_the_close_on(mall: Any) -> None:
    book = mall(fund="5,000.00", hours=1, **{**TEN, "eligible": ["principal", "yield"]})
    book.recharge("a", "1,000.00")
    book.close()
    at(book, 20, day=1)
    book.close()
    assert (book.pockets("a")["yield"], earned(book)) == (10, 20 + Fraction(10, 10_000))
    assert book.sound()


def test_pools_go_by_closing_balances(mall: Any) -> None:
    book = mall(clients=("a", "b"), fund="5,000.00", hours=6, yield_mode="pool", bonus_tiers=[["0", "0%"]])
    book.do(DeclarePool("o", Amount(1_00, Unit("CNY/2")), date(2024, 5, 1), date(2024, 5, 2)))
    book.recharge("a", "100.00")
    at(book, 20)
    book.recharge("b", "100.00")
    book.close_days(2)
    assert [book.pockets(it)["yield"] for it in "ab"] == [50, 50]


def test_a_page_that_was_refused_earns_by_hours_all_the_same(mall: Any) -> None:
    book = mall(clients=("a", "b"), fund="5,000.00", hours=6, **TEN)
    for client in "ab":
        book.recharge(client, "1,000.00")
    book.close()
    stop(book.bank, {"wallet:o:client:a:yield": "frozen"})
    at(book, 12, day=1)
    book.recharge("a", "1,000.00")
    book.recharge("b", "1,000.00")
    book.close()
    assert [book.pockets(it)["yield"] for it in "ab"] == [0, 10]
    assert [earned(book, it) for it in "ab"] == [25, 25]
    assert book.sound()


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 23), st.integers(1, 500_00)), max_size=6),
    st.sampled_from([1, 2, 3, 4, 6, 8, 12]),
)
def test_the_exact_sum_is_that_of_the_intervals_added_up(
    mall: Any, moves: list[tuple[int, int, int]], hours: int
) -> None:
    book = mall(fund="50,000.00", hours=hours, interval="7D", **TEN)
    exact = Fraction(0)
    for day, hour, amount in sorted(moves):
        book.close_until(date(2024, 5, 1 + day))
        at(book, hour, day)
        book.recharge("a", amount)
    book.close_until(date(2024, 5, 5))
    for n in range(4 * 24 // hours):  # the balance at the end of each interval
        held = sum(amount for day, hour, amount in moves if day * 24 + hour < (n + 1) * hours)
        exact += Fraction(held, 10_000) * hours / 24
    assert earned(book) == exact
    assert book.sound()
