"""New terms for points and credit lines: from a later day on, and never for what was agreed before."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from tests.products.club import FIRST, Club
from tests.products.holders import cny

from bankcore.amounts import Amount
from bankcore.ledger.accounts import AccountPath, Status
from bankcore.products import credit, points
from bankcore.rates import round_half_up

JUNE = date(2024, 6, 1)


def club(**terms: Any) -> Club:
    book = Club(**terms)
    book.pay_in(c="10,000.00", g="1,000.00")
    return book


def lines(opened_on: date = date(2024, 1, 31), **terms: Any) -> Club:
    book = Club(opened_on=opened_on)
    book.pay_in(g="1,000.00", c="1,000.00")
    book.do(credit.OpenProgramme("p", {"automatic": False, **terms}))
    book.do(credit.OpenLine("p", card="c"))
    return book


def change(book: Club, start: date | None = None, **terms: Any) -> None:
    book.do(points.ChangeTerms("p", terms, start))


def change_credit(book: Club, start: date | None = None, **terms: Any) -> None:
    book.do(credit.ChangeTerms("p", terms, start))


# --- points -----------------------------------------------------------------------------------------


def test_points_of_today_keep_the_expiry_that_was_in_force() -> None:
    book = club()
    book.order("10.00")
    change(book, expiry="rolling", expiry_months=1)
    book.order("20.00")
    book.close_until(FIRST + timedelta(days=1))
    book.order("40.00")
    assert [(row[2], row[5]) for row in book.bank.report("points", "lots").rows] == [
        (date(2024, 6, 30), 40),
        (date(2028, 12, 31), 10),
        (date(2028, 12, 31), 20),
    ]
    book.close_until(date(2024, 7, 2))
    assert book.points() == 30
    assert book.sound()


def test_what_is_pending_stays_so_and_what_is_not_does_too() -> None:
    book = club(pending_days=7, least_redeemed=1)
    book.order("10.00")
    change(book, pending_days=0)
    book.close_until(FIRST + timedelta(days=1))
    book.order("5.00")
    assert book.refused("points_short", points.Redeem("p", "c", 6))["available"] == 5
    book.close_until(FIRST + timedelta(days=7))
    book.redeem(15)
    assert book.sound()


def test_the_cap_of_advances_may_fall_below_what_is_advanced() -> None:
    book = club(funding="postpaid", funding_cap="5.00")
    book.order("400.00", "o1")
    change(book, funding_cap="3.00")
    book.close_until(FIRST + timedelta(days=1))
    refusal = book.refused("fund_short", points.PlaceOrder("p", "g", "c", "o2", cny("1.00")))
    assert refusal["available"] == -100
    book.do(points.SettleFund("p", "g", cny("4.00")))
    book.order("300.00", "o2")
    assert book.balance("points:p:provider:g:advance") == 3_00
    assert book.sound()


def test_changes_wait_for_their_day_and_can_be_changed_before_it() -> None:
    book = club(least_redeemed=50)
    book.order("100.00")
    change(book, JUNE, least_redeemed=10, breakage="1/2")
    change(book, JUNE, least_redeemed=20)
    change(book, JUNE + timedelta(days=5), least_redeemed=1)
    book.close_until(JUNE - timedelta(days=1))
    book.refused("below_min", points.Redeem("p", "c", 20))
    book.close_until(JUNE)
    book.redeem(20)
    book.refused("below_min", points.Redeem("p", "c", 19))
    book.close_until(JUNE + timedelta(days=5))
    book.redeem(1)
    change(book, warning_days=1)  # terms of past days stay, for orders that become known late
    record = book.books.record("points.terms", "p")
    assert record is not None
    days = ["2024-05-01", "2024-06-01", "2024-06-06", "2024-06-07"]
    assert [start for start, _ in record.data["schedule"]] == days
    assert record.data["schedule"][1][1] == {"breakage": "50%", "least_redeemed": 20}
    assert book.sound()


REFUSED = {
    "today": ({"least_redeemed": 1}, FIRST),
    "a day of the past": ({"least_redeemed": 1}, FIRST - timedelta(days=1)),
    "another unit": ({"unit": "USD/2"}, None),
    "another value of a point": ({"value": "2"}, None),
    "no term": ({"colour": "red"}, None),
    "another funding": ({"funding": "postpaid", "funding_cap": "1.00"}, None),
}


@pytest.mark.parametrize(("terms", "start"), REFUSED.values(), ids=REFUSED)
def test_changes_that_are_refused(terms: dict[str, Any], start: date | None) -> None:
    book = club()
    book.refused("bad_terms", points.ChangeTerms("p", terms, start))


def test_a_change_may_not_contradict_one_that_follows_it() -> None:
    book = lines()
    change_credit(book, JUNE, cap="3,000.00")
    command = credit.ChangeTerms("p", {"base": "4,000.00"}, date(2024, 5, 1))
    assert book.refused("bad_terms", command)["field"] == "cap"
    book.do(credit.ChangeTerms("p", {"base": "3,000.00"}, date(2024, 5, 1)))


def test_strangers_have_no_terms() -> None:
    book = club()
    book.refused("not_found", points.ChangeTerms("q", {}))
    book.refused("not_found", credit.ChangeTerms("p", {}))


def test_on_the_last_day_there_is_nothing_can_change() -> None:
    book = Club(opened_on=date.max)
    book.refused("bad_date", points.ChangeTerms("p", {"warning_days": 1}))


# --- credit -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("posting", ["daily", "due"])
def test_a_rate_changes_inside_the_exact_sum(posting: str) -> None:
    book = lines(posting=posting)
    book.do(credit.Draw("p", cny("1,500.00"), card="c"))
    change_credit(book, date(2024, 2, 10), rate="14.6%")
    change_credit(book, date(2024, 2, 15), rate="3.65%")
    book.close_until(date(2024, 2, 20))
    parts = 10 * Fraction("0.073") + 5 * Fraction("0.146") + 5 * Fraction("0.0365")
    book.do(credit.Repay("p", Amount(1, cny("1").unit), card="c"))
    assert book.balance("bank:interest-income") == round_half_up(150_000 * parts / 360)
    assert book.sound()


def test_what_was_changed_long_ago_is_still_known() -> None:
    """A frozen line misses many closes; each of its days earns at the rate of that day."""
    book = lines()
    book.do(credit.Draw("p", cny("1,500.00"), card="c"))
    path = AccountPath("credit:p:consumer:c:interest")
    book.bank.ledger.change(path, key="freeze", reason="court", status=Status.FROZEN)
    for day, rate in ((5, "14.6%"), (8, "3.65%"), (11, "0%")):
        change_credit(book, rate=rate)
        book.close_until(date(2024, 2, day))
    book.bank.ledger.change(path, key="thaw", reason="court", status=Status.OPEN)
    book.close_until(date(2024, 2, 12))
    # 31 January at the first rate; a change is from the next day on: 1, 6 and 9 February
    parts = 1 * Fraction("0.073") + 5 * Fraction("0.146") + 3 * Fraction("0.0365")
    assert book.balance("bank:interest-income") == round_half_up(150_000 * parts / 360)
    assert book.sound()


@pytest.mark.parametrize("posting", ["daily", "due"])
def test_the_grace_and_the_due_date_are_those_of_the_drawing(posting: str) -> None:
    book = lines(posting=posting)
    book.do(credit.Draw("p", cny("1,500.00"), card="c"))
    change_credit(book, date(2024, 2, 21), grace_days=0, due_months=2)  # the day after it was due
    book.close_until(date(2024, 2, 23))
    book.do(credit.Repay("p", cny("100.00"), card="c"))
    assert book.balance("bank:penalty-income") == 0
    assert book.bank.report("credit", "lines").rows[0][-1] == date(2024, 2, 20)
    assert book.sound()


def test_overdue_days_cost_the_rate_of_each_day() -> None:
    book = lines(grace_days=0)
    book.do(credit.Draw("p", cny("1,500.00"), card="c"))
    change_credit(book, date(2024, 2, 22), overdue_factor="1.3", rate="3.6%")
    book.close_until(date(2024, 2, 25))
    penalty = 2 * Fraction("0.073") * Fraction(3, 2) + 3 * Fraction("0.036") * Fraction(13, 10)
    assert book.balance("bank:penalty-income") == round_half_up(150_000 * penalty / 360)
    assert book.sound()


def test_limits_rise_with_new_terms_and_do_not_fall() -> None:
    book = lines()
    change_credit(book, base="3,000.00")
    book.close_until(date(2024, 2, 1))
    assert book.balance("credit:p:consumer:c:undrawn") == 2_000_00
    book.close_until(date(2024, 2, 2))
    assert book.balance("credit:p:consumer:c:undrawn") == 3_000_00
    change_credit(book, base="1,000.00", cap="1,000.00")
    book.close_until(date(2024, 2, 4))
    assert book.balance("credit:p:consumer:c:undrawn") == 3_000_00
    assert book.sound()


CREDIT_REFUSED: dict[str, tuple[dict[str, Any], date | None]] = {
    "today": ({"rate": "5%"}, date(2024, 1, 31)),
    "another unit": ({"unit": "USD/2"}, None),
    "a limit above the cap": ({"base": "50,000.01"}, None),
}


@pytest.mark.parametrize(("terms", "start"), CREDIT_REFUSED.values(), ids=CREDIT_REFUSED)
def test_changes_of_credit_that_are_refused(terms: dict[str, Any], start: date | None) -> None:
    book = lines()
    book.refused("bad_terms", credit.ChangeTerms("p", terms, start))
