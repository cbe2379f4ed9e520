"""Loans that follow an index: the bank publishes it, and the close takes the rate anew at its dates."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.products.holders import cny
from tests.products.lender import Lender

from bankcore.product.actor import Actor
from bankcore.product.notices import NOTICE
from bankcore.products.loan import Disburse, Prepay, PublishIndex, SignContract
from bankcore.products.loan.loans import State
from bankcore.rates import Rate, round_half_up

OFFICER = Actor.parse("officer:o")
FIRST = date(2024, 1, 31)


def publish(book: Lender, rate: str, on: date | None = None) -> None:
    book.do(PublishIndex("lpr-1y", Rate.parse(rate), on))


def following(on: date = FIRST, **terms: Any) -> Lender:
    """The one-year index is 3.45%; loans are 60 points above."""
    book = Lender(on, index="lpr-1y", spread="0.60%", **terms)
    publish(book, "3.45%")
    return book


def test_a_year_later_the_rate_is_taken_anew_exact_on_both_sides() -> None:
    book = following(method="bullet", basis="act-360")
    book.lend("10,000.00", 24)
    assert str(book.read().terms.rate) == "4.05%"
    publish(book, "3.10%", date(2024, 10, 21))
    book.close_until(date(2025, 1, 31))
    assert book.printed("rates") == [
        ["p", "l", "b", "4.05%", "lpr-1y", "0.6%", "2024-01-31", "2025-01-31"]
    ]  # fmt: skip
    book.close()
    assert str(book.read().terms.rate) == "3.7%"
    assert book.balance("bank:interest-income") == round_half_up(10_000_00 * Fraction("0.0405") * 366 / 360)
    told = book.books.record(NOTICE, "b:repriced:l")
    assert told is not None
    assert told.data == {"on": "2025-01-31", "programme": "p", "rate": "3.7%", "before": "4.05%"}
    assert book.printed("rates") == [["p", "l", "b", "3.7%", "lpr-1y", "0.6%", "2025-01-31", ""]]
    book.pay_in("1,000.00")
    book.close_until(date(2026, 2, 1))
    exact = 10_000_00 * (Fraction("0.0405") * 366 + Fraction("0.037") * 365) / 360
    assert book.balance("bank:interest-income") == round_half_up(exact)
    assert book.read().state is State.REPAID
    assert book.sound()


def test_instalments_are_worked_out_anew_in_the_middle_of_a_period() -> None:
    book = following(date(2024, 10, 15), reprice="january", fee="1%")
    book.lend("12,000.00", 12)
    book.pay_in("2,000.00")
    book.close_until(date(2024, 12, 20))
    before, left = book.read().plan.next(), book.read().plan.left
    publish(book, "2.45%", date(2025, 1, 1))
    book.close_until(date(2025, 1, 2))
    after = list(book.read().plan.rest())
    assert str(book.read().terms.rate) == "3.05%"
    days = Fraction(17, 31) * Fraction("0.0405") + Fraction(14, 31) * Fraction("0.0305")
    assert after[0].interest == round_half_up(left * days / 12)
    assert after[0].payment < before.payment
    assert {it.payment for it in after[:-1]} == {after[0].payment}
    assert abs(after[-1].payment - after[0].payment) <= len(after)  # rounding alone
    assert book.sound()
    book.pay_in("12,000.00")
    book.close_until(date(2025, 10, 16))
    assert book.read().state is State.REPAID
    assert book.of("unearned-fee") == 0
    assert book.sound()


def test_a_rate_that_stays_tells_nobody_anything() -> None:
    book = following(reprice="monthly")
    book.lend("1,000.00", 3)
    book.pay_in("100.00")
    book.close_until(date(2024, 3, 10))
    assert book.books.record(NOTICE, "b:repriced:l") is None
    assert book.read().rates is None
    book.lend("1,000.00", 3, loan="fixed", borrower="c", index="none")
    assert [row[1] for row in book.printed("rates")] == ["l"]
    book.pay_in("2,000.00")
    book.repay_early()
    publish(book, "9.00%")
    book.close_until(date(2024, 4, 2))  # its date comes, and it is repaid
    assert book.printed("rates") == []
    assert book.sound()


def test_penalty_counts_each_day_at_its_rate_though_the_grace_ends_later() -> None:
    book = following(method="bullet", automatic=False, grace_days=10, reprice="january")
    book.lend("1,000.00", 2, loan="k", borrower="b")
    book.sign("1,000.00", 12, method="equal-principal")
    book.close_until(date(2024, 11, 30))
    book.do(Disburse("p", "l"))
    publish(book, "9.45%", date(2025, 1, 1))
    book.close_until(date(2025, 1, 20))
    first = book.read().arrears[0]
    assert (first.due_on, first.since) == (date(2024, 12, 30), date(2025, 1, 19))
    rate = Fraction("0.0405") * 2 + Fraction("0.1005") * 18
    assert book.read().penalty.exact == first.owed * Fraction(3, 2) * rate / 360
    assert book.sound()


@pytest.mark.parametrize(("spread", "published", "rate"), [("-10%", "3%", "0%"), ("20%", "10%", "24%")])
def test_a_rate_lies_between_nothing_and_the_highest(spread: str, published: str, rate: str) -> None:
    book = Lender(FIRST, index="lpr-1y", spread=spread)
    publish(book, published)
    book.lend("1,000.00", 3)
    assert str(book.read().terms.rate) == rate


def test_a_rate_known_ahead_may_be_replaced_and_the_loan_takes_that_of_its_disbursement() -> None:
    book = following()
    publish(book, "3.00%", date(2024, 2, 5))
    publish(book, "3.20%", date(2024, 2, 5))
    book.sign("1,000.00", 3)
    assert str(book.read().terms.rate) == "4.05%"
    book.close_until(date(2024, 2, 6))
    book.do(Disburse("p", "l"))
    assert str(book.read().terms.rate) == "3.8%"
    rows = [["lpr-1y", "2024-01-31", "3.45%"], ["lpr-1y", "2024-02-05", "3.2%"]]
    assert book.printed("indices") == rows


def test_what_of_an_index_is_refused() -> None:
    book = Lender(FIRST, index="lpr-1y")
    book.sign("1.00", 1, index="none")
    contract = SignContract("p", "m", "b", cny("1,000.00"), 3)
    book.refused("index_unknown", contract)
    publish(book, "3.45%", date(2024, 2, 20))
    refusal = book.refusal(contract)
    assert (refusal["code"], refusal["index"], refusal["day"]) == ("index_unknown", "lpr-1y", "2024-01-31")
    command = PublishIndex("lpr-1y", Rate.parse("3%"), date(2024, 1, 30))
    book.refused("period_closed", command)
    book.refused("actor_not_permitted", command, Actor.parse("customer:b"))
    with pytest.raises(Exception, match="100%"):
        PublishIndex("lpr-1y", Rate.parse("101%"))


@settings(max_examples=max(settings().max_examples // 10, 15))
@given(
    start=st.dates(date(2024, 1, 1), date(2024, 12, 31)),
    every=st.sampled_from(["monthly", "quarterly", "yearly", "january"]),
    method=st.sampled_from(["annuity", "equal-principal", "bullet"]),
    fee=st.sampled_from(["0%", "2%"]),
    accrue=st.sampled_from(["events", "month-end"]),
    rates=st.lists(st.tuples(st.integers(0, 500), st.integers(0, 2_000)), max_size=5),
)
def test_each_day_earns_the_rate_that_it_had(
    start: date, every: str, method: str, fee: str, accrue: str, rates: list[tuple[int, int]]
) -> None:
    """By actual days: interest is within half a fen an instalment of each day's principal at its rate."""
    terms = {"reprice": every, "method": method, "fee": fee, "accrue": accrue, "basis": "act-360"}
    book = following(start, **terms)
    book.lend("10,000.00", 15)
    book.pay_in("5,000.00")
    exact, days = Fraction(0), dict(rates)
    for day in range(500):
        today = start + timedelta(days=day)
        book.close_until(today)
        if day in days:
            publish(book, str(Rate(Fraction(days[day], 10_000))))
        if (loan := book.read()).state is not State.LENT:
            break
        book.close()
        if (loan := book.read()).state is State.LENT:
            exact += loan.plan.left * loan.terms.rate.fraction / 360
    assert book.read().state is State.REPAID
    assert abs(book.balance("bank:interest-income") - book.read().fee - exact) <= Fraction(15, 2)
    assert book.of("unearned-fee") == 0
    assert book.sound()


def test_a_prepayment_known_after_a_repricing_is_put_before_it() -> None:
    stands = []
    for late in (False, True):
        book = following(reprice="monthly", accrue="month-end", value_back=92)
        book.lend("1,000.00", 6)
        book.pay_in("1,000.00")
        publish(book, "6.45%", date(2024, 2, 25))
        book.close_until(date(2024, 2, 10))
        if not late:
            book.do(Prepay("p", "l", "b", cny("500.00")))
        book.close_until(date(2024, 4, 20))
        if late:
            book.do(Prepay("p", "l", "b", cny("500.00"), "term", date(2024, 2, 10)), actor=OFFICER)
        book.close_until(date(2024, 5, 15))
        rows = [(it.payment, it.interest) for it in book.read().plan.rest()]
        stands.append((book.balances(), rows))
        assert book.sound()
    assert stands[0] == stands[1]
