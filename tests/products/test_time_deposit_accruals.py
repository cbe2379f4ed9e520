"""Interest of time deposits at the ends of months, and the same in total however it accrues."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.products.club import Club
from tests.products.holders import cash, cny
from tests.products.trouble import free, stop

from bankcore.calendars import DayCount, day_count, is_month_end, month_end
from bankcore.products.time_deposit import OpenDeposit, OpenProgramme, WithdrawEarly

ACCRUE = ("daily", "month-end", "quarter-end", "events")
START = date(2024, 5, 15)
INTEREST = "time-deposit:y:t:interest"
FEW = settings(max_examples=max(settings().max_examples // 10, 5))


def placed(amount: str = "10,000.00", **terms: Any) -> Club:
    book = Club(opened_on=START)
    book.do(OpenProgramme("y", {"months": 12, "rate": "1.8%", **terms}))
    book.do(cash("c", amount))
    book.do(OpenDeposit("y", "t", "c", cny(amount)))
    return book


def pass_days(book: Club, days: int = 1) -> None:
    book.close_until(book.books.today + timedelta(days=days))


def withdraw(book: Club, amount: str | None = None) -> None:
    book.do(WithdrawEarly("y", "t", "c", None if amount is None else cny(amount)))


def test_interest_payable_is_there_at_the_year_s_end() -> None:
    book = placed()
    book.close_until(date(2025, 1, 1))
    # seven months and sixteen odd days of 15.00 a month
    assert book.balance(INTEREST) == book.balance("bank:interest-expense") == 113_00
    book.close_until(date(2025, 5, 16))
    assert (book.balance(INTEREST), book.balance("bank:demand:c")) == (0, 10_180_00)
    assert book.balance("bank:interest-expense") == 180_00
    assert book.sound()


def test_what_is_taken_early_releases_what_had_accrued_on_it() -> None:
    book = placed()
    book.close_until(date(2024, 7, 1))
    assert book.balance(INTEREST) == 22_50  # 45 of 360
    withdraw(book, "4,000.00")
    # 47 days at 0.35%: 1.8278; and on the rest a month and 16 days by the term
    assert book.balance("bank:demand:c") == 4_001_83
    assert book.balance(INTEREST) == 13_80
    assert book.balance("bank:interest-expense") == 13_80 + 1_83
    withdraw(book)
    pass_days(book, 31)  # nothing is left to accrue
    assert (book.balance(INTEREST), book.balance("bank:interest-expense")) == (0, 4_57)
    assert book.sound()


def test_what_is_refused_accrues_later_and_late_days_at_the_demand_rate() -> None:
    book = placed(months=1)
    book.close_until(date(2024, 5, 31))
    stop(book.bank, {INTEREST: "frozen", "bank:demand:c": "frozen"})
    pass_days(book, 2)
    assert book.balance(INTEREST) == 0
    free(book.bank, {INTEREST: "frozen"})
    pass_days(book)
    assert book.balance(INTEREST) == 9_00  # eighteen odd days
    book.close_until(date(2024, 7, 1))  # it matured on 15 June and waits
    assert book.balance(INTEREST) == 15_00 + 1_46
    free(book.bank, {"bank:demand:c": "frozen"})
    pass_days(book)
    assert book.balance("bank:demand:c") == 10_000_00 + 15_00 + 1_56
    assert book.balance(INTEREST) == 0
    assert book.sound()


@FEW
@given(events=st.lists(st.tuples(st.integers(1, 120), st.integers(1, 4_000)), max_size=4))
def test_however_it_accrues_the_totals_are_the_same(events: list[tuple[int, int]]) -> None:
    """And at any month's end what is posted is within half a fen of what is earned."""
    ends = []
    for accrue in ACCRUE:
        book, left, paid = placed(accrue=accrue), 10_000_00, Fraction(0)
        for days, yuan in events:
            until = book.books.today + timedelta(days=days)
            while book.books.today < until:
                day = min(month_end(book.books.today), until - timedelta(days=1))
                book.close_until(day + timedelta(days=1))
                accrues = accrue in ACCRUE[:2] and day < date(2025, 5, 15)
                if is_month_end(day) and accrues and left:
                    rate = Fraction(18, 1000) * day_count(DayCount.CN_ITEM, START, day)
                    posted = book.balance("bank:interest-expense")
                    assert abs(posted - paid - left * rate) <= Fraction(1, 2)
            if book.books.today >= date(2025, 5, 15) or yuan * 100 > left:
                break
            withdraw(book, f"{yuan}.00")
            left -= yuan * 100
            days = (book.books.today - START).days
            paid += yuan * 100 * Fraction(35, 10_000) * days / 360
        book.close_until(date(2025, 5, 15) + timedelta(days=1))
        assert book.balance(INTEREST) == 0
        assert book.sound()
        ends.append((book.balance("bank:demand:c"), book.balance("bank:interest-expense")))
    assert ends[1:] == ends[:-1]
