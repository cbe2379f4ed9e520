"""Interest in escrow at the ends of months, and the same in total however it accrues."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.products.circle import Circle
from tests.products.test_certificate_daily import broken
from tests.products.trouble import free, stop

from bankcore.calendars import is_month_end

ACCRUE = ("daily", "month-end", "quarter-end", "events")
INTEREST = "certificate:cd:escrow-interest:k"
START = date(2024, 1, 10)
FEW = settings(max_examples=max(settings().max_examples // 10, 5))


def raising(accrue: str = "month-end", **config: Any) -> Circle:
    book = Circle("abc", on=START, accrue=accrue)
    book.order(target="30,000.00", window=30, **config)
    return book


def test_a_month_s_end_shows_what_each_confirmation_earned() -> None:
    book = raising()
    book.confirm("a", "8,000.00")
    book.close_until(date(2024, 1, 21))
    book.confirm("b", "6,000.00")
    book.close_until(date(2024, 2, 1))
    # 21 days of 8,000.00 and 10 of 6,000.00 at 0.35%: 163.33 and 58.33 fen, each rounded
    assert (book.share("a").accrued, book.share("b").accrued) == (1_63, 58)
    assert book.balance(INTEREST) == book.balance("bank:interest-expense") == 2_21
    book.leave("b")
    assert book.demand("b") == 6_000_00 + 64
    assert (book.balance(INTEREST), book.share("b").accrued) == (1_63, None)
    book.close_until(date(2024, 2, 10))
    assert (book.state(), book.demand("a")) == ("failed", 8_000_00 + 2_33)
    assert (book.balance(INTEREST), book.balance("bank:interest-expense")) == (0, 2_33 + 64)
    assert book.sound()


def test_the_certificate_opens_and_pays_what_had_accrued() -> None:
    book = raising()
    book.confirm("a", "20,000.00")
    book.close_until(date(2024, 2, 5))
    assert book.balance(INTEREST) == 4_08
    book.confirm("b", "10,000.00")
    assert (book.state(), book.demand("a"), book.balance(INTEREST)) == ("active", 5_06, 0)
    assert book.sound()


def test_what_is_refused_accrues_tomorrow_and_what_was_agreed_away_is_released() -> None:
    book = raising()
    book.confirm("a", "20,000.00")
    book.close_until(date(2024, 1, 31))
    stop(book.bank, {"bank:interest-expense": "frozen"})
    book.close()
    assert book.balances().get(INTEREST) is None
    free(book.bank, {"bank:interest-expense": "frozen"})
    book.close()
    assert book.balance(INTEREST) == 4_28  # 22 days
    book.change(escrow_interest="none")
    book.reconfirm("a")
    book.cancel()
    assert (book.demand("a"), book.balance(INTEREST)) == (20_000_00, 0)
    assert book.balance("bank:interest-expense") == 0
    assert book.sound()


def test_an_order_without_interest_accrues_nothing() -> None:
    book = raising(escrow_interest="none")
    book.confirm("a", "20,000.00")
    book.close_until(date(2024, 2, 1))
    assert INTEREST not in book.balances()
    assert book.sound()


def test_an_invariant_finds_interest_that_nobody_earned() -> None:
    book = raising()
    book.confirm("a", "20,000.00")
    book.close_until(date(2024, 2, 1))
    book.post({}, {}, evolve(book.share("a"), accrued=4_09).record())
    assert broken(book) == ["B12"]


@FEW
@given(
    events=st.lists(
        st.tuples(st.integers(0, 9), st.sampled_from("abc"), st.integers(1_00, 9_000_00)),
        min_size=1,
        max_size=6,
    )
)
def test_however_it_accrues_the_totals_are_the_same(events: list[tuple[int, str, int]]) -> None:
    """Leaving and coming back included; and at a month's end each is within half a fen of what he earned."""
    ends = []
    for accrue in ACCRUE:
        book, since, out = raising(accrue), {}, dict.fromkeys("abc", Fraction(0))

        def earned(who: str, on: date, since: Any = since, out: Any = out) -> Fraction:
            amount, start = since.get(who, (0, on))
            return Fraction(out[who] + amount * Fraction(35, 10_000) * (on - start).days / 360)

        for days, who, amount in events:
            until = date.fromordinal(book.books.today.toordinal() + days)
            while book.books.today < until and book.state() == "open":
                day = book.books.today
                book.close()
                if is_month_end(day) and accrue in ACCRUE[:2]:
                    exact = [earned(it, day) for it in "abc"]
                    posted = book.balance("bank:interest-expense")
                    assert abs(posted - sum(exact)) <= Fraction(3, 2)
            if book.state() != "open":
                break
            if who in since and book.books.today <= book.read().leave_until:
                out[who] = earned(who, book.books.today)
                book.leave(who)
                del since[who]
            elif who not in since:
                book.confirm(who, amount)
                since[who] = (amount, book.books.today)
        book.close_until(date(2024, 2, 12))
        assert book.state() == "failed"
        assert book.sound()
        ends.append([book.demand(it) for it in "abc"])
    assert ends[1:] == ends[:-1]
