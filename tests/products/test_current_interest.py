"""Demand interest: worked examples by hand, day by day, and what must hold whatever happens.

At 0.36% a fen earns 0.0036 / 360 = 1/100,000 fen a day, so 10,000.00 earn 10 fen.
"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from attrs import define, field
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.products.counter import Counter
from tests.products.holders import cny, endow

from bankcore.ledger.accounts import Status
from bankcore.ledger.transactions import Transaction
from bankcore.product.deferrals import Deferral
from bankcore.product.parties import Cover
from bankcore.products.current import CashOut, ChangeTerms, CloseAccount, OpenAccount, OpenProgramme
from bankcore.products.current.accounts import Accrue
from bankcore.products.current.interest import accrued_by, settled_by, settlement_day, spans
from bankcore.rates import round_half_up

DAY = timedelta(days=1)


def d(text: str) -> date:
    return date.fromisoformat(f"2024-{text}")


def counter(opened: str = "01-01", amount: str = "10,000.00", **terms: Any) -> Counter:
    book = Counter(d(opened), **terms)
    if amount:
        book.pay_in("li", amount)
    return book


# --- worked examples ----------------------------------------------------------------------------------


def test_x1_a_whole_quarter() -> None:
    """1 January to 20 March: 31 + 29 + 20 = 80 days of 10 fen."""
    book = counter()
    book.close_until(d("03-21"))
    assert book.interest() == []
    book.close_until(d("03-22"))
    assert book.interest() == [(d("03-21"), 8_00)]
    assert book.demand() == 10_008_00


def test_x2_interest_is_capitalised() -> None:
    """21 March to 20 June: 11 + 30 + 31 + 20 = 92 days on 10,008.00: 10.008 x 92 = 920.736 fen."""
    book = counter()
    book.close_until(d("06-22"))
    assert book.interest() == [(d("03-21"), 8_00), (d("06-21"), 9_21)]


def test_x3_the_rate_changes_inside_a_quarter_day_by_day() -> None:
    """10 fen a day until 14 February, 20 fen from the 15th: 45 x 10 + 35 x 20 = 1,150."""
    book = counter()
    book.do(ChangeTerms("std", {"rate": "0.72%"}, d("02-15")))
    book.close_until(d("03-22"))
    day, exact = d("01-01"), Fraction(0)
    while day <= d("03-20"):
        rate = Fraction(72 if day >= d("02-15") else 36, 10_000)
        exact += 10_000_00 * rate / 360
        day += DAY
    assert exact == 1_150
    assert book.interest() == [(d("03-21"), 11_50)]


def test_x4_the_same_change_where_the_settlement_day_rules() -> None:
    """80 days at the rate of 20 March, 20 fen a day: 1,600."""
    book = counter(rate_rule="settlement-day")
    book.do(ChangeTerms("std", {"rate": "0.72%"}, d("02-15")))
    book.close_until(d("03-22"))
    assert book.interest() == [(d("03-21"), 16_00)]


def test_x5_a_change_on_the_21st_is_too_late_for_the_quarter() -> None:
    for rule in ("segmented", "settlement-day"):
        book = counter(rate_rule=rule)
        book.do(ChangeTerms("std", {"rate": "3.6%"}, d("03-21")))
        book.close_until(d("03-22"))
        assert book.interest() == [(d("03-21"), 8_00)]


def test_x6_a_quarter_is_rounded_once_over_its_segments() -> None:
    """55.55 at 0.35% for 45 days and at 0.4% for 35 days: 2.4303125 + 2.16027... = 4.59059... fen.

    Rounded apart it would be 2 + 2.
    """
    book = counter(amount="55.55", rate="0.35%")
    book.do(ChangeTerms("std", {"rate": "0.4%"}, d("02-15")))
    book.close_until(d("03-22"))
    first = 5_555 * Fraction(35, 10_000) * 45 / 360
    second = 5_555 * Fraction(40, 10_000) * 35 / 360
    assert (first, second) == (Fraction(77_770, 32_000), Fraction(77_770, 36_000))
    assert round_half_up(first) + round_half_up(second) == 4
    assert book.interest() == [(d("03-21"), 5)]


def test_x7_month_ends_accrue_cumulatively() -> None:
    """123.45 at 0.35%: 31 days 3.72..., 60 days 7.20..., 80 days 9.60... fen: 4, 3, 3."""
    book = counter(amount="123.45", rate="0.35%")
    book.close_until(d("03-21"))
    assert book.accruals() == [(d("01-31"), 4), (d("02-29"), 3)]
    assert book.balance("current:interest:li") == 7
    book.close_until(d("03-22"))
    assert book.interest() == [(d("03-21"), 10)]
    assert book.balance("current:interest:li") == 0
    assert book.balance("bank:interest-expense") == 10


def test_x8_closing_pays_to_the_day_before() -> None:
    """1 January to 9 February: 40 days of 10 fen."""
    book = counter()
    book.pay_in("wang", "100.00")
    book.close_until(d("02-10"))
    book.do(CloseAccount("li"))
    assert book.balance("bank:cash") == 100_00 - 4_00
    assert book.demand() == 0
    assert book.balance("bank:interest-expense") == 4_00 + 3  # wang's 3.1 fen of January


def test_x9_closing_takes_the_rate_of_its_day_where_the_settlement_day_rules() -> None:
    """40 days at 5 fen, the rate of 10 February; by segments 31 x 10 + 9 x 5 = 355."""
    for rule, paid in (("settlement-day", 2_00), ("segmented", 3_55)):
        book = counter(rate_rule=rule)
        book.do(ChangeTerms("std", {"rate": "0.18%"}, d("02-01")))
        book.close_until(d("02-10"))
        book.do(CloseAccount("li", "wang"))
        assert book.demand("wang") == 10_000_00 + paid


def test_x10_cash_that_is_known_late_earns_from_its_value_date() -> None:
    """1 February to 20 March: 49 days; from 22 January on 10 more: 590 fen."""
    book = counter(amount="")
    book.close_until(d("02-01"))
    book.pay_in("li", "10,000.00", d("01-22"))
    book.close_until(d("03-22"))
    assert book.interest() == [(d("03-21"), 5_90)]


def test_x11_a_value_date_in_a_quarter_that_was_paid() -> None:
    """20 days to 20 March pay 2.00.  On the 25th 5,000.00 left as of the 18th: 7 days x 5 = 35 fen less.

    10.002 x 4 + 5.002 x 88 - 35 = 445.184 fen.
    """
    book = counter("03-01")
    book.close_until(d("03-25"))
    book.do(CashOut("li", cny("5,000.00"), d("03-18")))
    book.close_until(d("06-22"))
    assert book.interest() == [(d("03-21"), 2_00), (d("06-21"), 4_45)]


def test_x12_what_was_paid_too_much_is_kept_from_what_comes() -> None:
    """All left as of 1 March, known on the 21st: 0.184 - 200 fen are carried, then 920.184 - 199.816."""
    book = counter("03-01")
    book.close_until(d("03-21"))
    book.do(CashOut("li", cny("10,000.00"), d("03-01")))
    book.close_until(d("06-21"))
    book.pay_in("li", "10,000.00")
    book.close_until(d("09-22"))
    assert book.interest() == [(d("03-21"), 2_00), (d("09-21"), 7_20)]


def test_x13_the_balance_of_the_20th_is_the_last_of_the_old_quarter() -> None:
    """10,000.00 in on the 20th earn one day, on the 21st none; the day of paying out earns nothing."""
    book = counter(amount="")
    book.close_until(d("03-20"))
    book.pay_in("li", "10,000.00")
    book.close_until(d("03-21"))
    book.pay_in("wang", "10,000.00")
    book.close_until(d("03-22"))
    assert book.interest() == [(d("03-21"), 10)]
    assert book.interest("wang") == []
    book.do(CashOut("wang", cny("10,000.00")))
    book.close_until(d("06-22"))
    assert book.interest("wang") == [(d("06-21"), 10)]


def test_x14_money_dated_ahead_earns_from_its_value_date() -> None:
    """In the ledger on 1 January, dated 1 March: 20 days of 10 fen."""
    book = counter(amount="")
    book.post({"bank:cash": 10_000_00}, {"bank:demand:li": 10_000_00}, on=d("03-01"))
    book.close_until(d("02-01"))
    assert book.accruals() == []
    book.close_until(d("03-22"))
    assert book.interest() == [(d("03-21"), 2_00)]


def test_what_is_opened_and_closed_on_one_day_earns_nothing() -> None:
    book = counter()
    book.do(CloseAccount("li"))
    assert book.balance("bank:interest-expense") == 0
    book.close_until(d("02-01"))
    book.do(OpenAccount("std", "li"))
    book.pay_in("li", "10,000.00")
    book.close_until(d("03-22"))
    assert book.interest()[-1] == (d("03-21"), 4_90)  # 29 + 20 days


def test_a_falling_rate_takes_accruals_back_where_the_settlement_day_rules() -> None:
    book = counter(rate_rule="settlement-day")
    book.do(ChangeTerms("std", {"rate": "0"}, d("02-01")))
    book.close_until(d("03-22"))
    assert book.accruals() == [(d("01-31"), 3_10), (d("02-29"), -3_10)]
    assert book.interest() == []


# --- what the ledger refuses ----------------------------------------------------------------------------


@pytest.mark.parametrize("lifted", ["03-25", "04-05", "09-25"])
@pytest.mark.parametrize("path", ["bank:demand:li", "bank:interest-expense", "current:interest:li"])
def test_what_is_paid_late_comes_to_the_same(path: str, lifted: str) -> None:
    """Trouble from 15 March on; once it is lifted, the next close reaches what was due of all quarters."""
    totals = []
    for troubled in (False, True):
        book = counter(amount="98,765.43", rate="1.35%")
        book.close_until(d("03-15"))
        book.freeze(path) if troubled else None
        book.close_until(d(lifted))
        if troubled:
            assert book.interest() == []
            assert {it.code for it in Deferral.every(book.bank.ledger.books)} == {"account_frozen"}
            book.freeze(path, Status.OPEN)
        book.close_until(d(lifted) + DAY)
        totals.append((book.demand(), book.account().accrued, book.balance("bank:interest-expense")))
        book.close_until(date(2025, 3, 22))
        totals.append((book.demand(), book.account().accrued, book.balance("bank:interest-expense")))
    assert totals[:2] == totals[2:]


def test_one_whose_interest_waits_stops_nobody() -> None:
    book = counter()
    book.pay_in("wang", "10,000.00")
    book.freeze("bank:demand:li")
    book.close_until(d("03-22"))
    assert (book.interest(), book.interest("wang")) == ([], [(d("03-21"), 8_00)])
    assert book.bank.close_day(d("03-21")).transactions == 0


@pytest.mark.parametrize("opened_again", [False, True])
def test_what_waits_for_an_account_that_was_closed_is_paid_by_its_closing(opened_again: bool) -> None:
    book = counter()
    book.close_until(d("03-15"))
    book.freeze("bank:interest-expense")
    book.close_until(d("03-22"))
    book.freeze("bank:interest-expense", Status.OPEN)
    book.do(CloseAccount("li", "wang"))
    assert book.demand("wang") == 10_008_10  # 80 days of 10 fen, and one of 10.008
    if opened_again:
        book.do(OpenAccount("std", "li"))
    book.close_until(d("03-24"))
    assert book.demand() == 0


def test_a_programme_may_be_without_accounts() -> None:
    book = counter()
    book.do(OpenProgramme("other", {"accrue": "daily"}))  # type: ignore[arg-type]
    book.close_until(d("03-22"))
    assert book.interest() == [(d("03-21"), 8_00)]


# --- the calendar ---------------------------------------------------------------------------------------


def test_quarters_end_on_the_20th() -> None:
    days = [d("01-01") + DAY * n for n in range(400)]
    for day in days:
        end = settlement_day(day)
        assert end >= day
        assert (end.day, end.month % 3) == (20, 0)
        assert (end - day).days < 93
        before = settled_by(day)
        assert before is not None
        assert before < day <= settlement_day(before + DAY)
        assert [it.end for it in spans(before + DAY, end)] == [end]
    assert settlement_day(date(9999, 12, 25)) == date.max
    assert [it.is_whole for it in spans(date(9999, 12, 25), date.max)] == [True]
    assert settled_by(date(1, 1, 5)) is None


@pytest.mark.parametrize(
    ("accrue", "day", "last"),
    [
        ("month-end", "02-28", "01-31"),
        ("month-end", "02-29", "02-29"),
        ("quarter-end", "03-30", "2023-12-31"),
        ("quarter-end", "05-31", "03-31"),
        ("quarter-end", "06-30", "06-30"),
        ("daily", "05-05", "05-05"),
    ],
)
def test_accruals_have_their_days(accrue: str, day: str, last: str) -> None:
    expected = date.fromisoformat(last) if len(last) > 5 else d(last)
    assert accrued_by(Accrue(accrue), d(day)) == expected
    assert accrued_by(Accrue.EVENTS, d(day)) is None
    assert accrued_by(Accrue.MONTH_END, date(1, 1, 5)) is None
    assert accrued_by(Accrue.MONTH_END, date.max) == date.max


# --- a property -----------------------------------------------------------------------------------------


@define
class Model:
    """One account, day by day."""

    rule: str
    rates: list[tuple[date, Fraction]]
    base: int = 1
    dated: list[tuple[date, int]] = field(factory=list)
    shifts: list[tuple[date, date, int]] = field(factory=list)
    paid: list[tuple[date, int]] = field(factory=list)

    def rate(self, day: date) -> Fraction:
        day = settlement_day(day) if self.rule == "settlement-day" else day
        return [rate for since, rate in self.rates if since <= day][-1]

    def balance(self, day: date) -> int:
        return sum(quantity for on, quantity in (*self.dated, *self.paid) if on <= day)

    def whole(self, quantity: int) -> int:
        return quantity // self.base * self.base

    def more(self, day: date, nth: int, quantity: int) -> int:
        """By how much more a shift makes a day earn, after the shifts before it."""
        before = sum(it for since, until, it in self.shifts[:nth] if since <= day < until)
        there = self.balance(day) + before
        return self.whole(there + quantity) - self.whole(there)

    def run(self, since: date, through: date) -> list[tuple[date, int]]:
        exact, day = Fraction(0), since
        while day <= through:
            exact += self.whole(self.balance(day)) * self.rate(day) / 360
            for nth, (value_on, booked_on, quantity) in enumerate(self.shifts):
                if booked_on == day:
                    days = ((value_on + DAY * n) for n in range((booked_on - value_on).days))
                    exact += sum(self.more(it, nth, quantity) * self.rate(it) for it in days) / 360
            if day == settlement_day(day):
                amount = max(round_half_up(exact), 0)
                if amount:
                    self.paid.append((day + DAY, amount))
                exact = min(exact, Fraction(0))
            day += DAY
        return self.paid


EVENTS = st.tuples(
    st.integers(0, 130),  # day
    st.sampled_from(["in", "out", "ahead", "rate"]),
    st.integers(1, 9_999_99),
    st.integers(0, 30),  # days back or ahead
)


@settings(max_examples=max(settings.default.max_examples // 8, 5), deadline=None)
@given(
    st.lists(EVENTS, max_size=8),
    st.sampled_from(["segmented", "settlement-day"]),
    st.sampled_from([1, 100, 1_000_00]),
)
@example([(0, "in", 13_87, 0), (55, "in", 1, 0), (61, "out", 329_06, 0)], "segmented", 1)
@example([(35, "in", 1_999_00, 15), (45, "in", 999_00, 20)], "segmented", 1_000_00)
def test_however_often_it_accrues_the_total_is_that_of_the_days(
    events: list[Any], rule: str, base: int
) -> None:
    first, last = d("02-10"), d("06-25")
    found = []
    for accrue in Accrue:
        terms = {"rate": "1.23%", "rate_rule": rule, "accrue": accrue.value}
        book = Counter(first, base_unit=f"{base // 100}.{base % 100:02}", **terms)
        endow(book.bank)
        model = Model(rule, [(first, Fraction(123, 10_000))], base)
        for offset, what, quantity, days in sorted(events, key=lambda it: it[0]):
            book.close_until(first + DAY * offset)
            today, back = book.today, max(book.today - DAY * days, first)
            if what == "rate":
                rate = Fraction(quantity % 500, 10_000)
                book.do(ChangeTerms("std", {"rate": f"{rate.numerator}/{rate.denominator}"}, today + DAY))
                model.rates = [it for it in model.rates if it[0] != today + DAY] + [(today + DAY, rate)]
            elif what == "ahead":
                book.post({"bank:cash": quantity}, {"bank:demand:li": quantity}, on=today + DAY * days)
                model.dated.append((today + DAY * days, quantity))
            else:
                quantity = quantity if what == "in" else -min(quantity, model.balance(today))
                if not quantity:
                    continue
                money = cny(f"{abs(quantity) // 100}.{abs(quantity) % 100:02}")
                book.pay_in("li", str(money.decimal()), back) if what == "in" else book.do(
                    CashOut("li", money, back)
                )
                model.dated.append((today, quantity))
                if back < today:
                    model.shifts.append((back, today, quantity))
            model.paid = [it for it in book.interest() if it[1]]
        book.close_until(last)
        model.paid = []
        assert book.interest() == model.run(first, last - DAY * 2)
        found.append((book.demand(), book.balance("bank:interest-expense") - book.account().accrued))
    assert len(set(found)) == 1


def test_only_whole_units_earn_where_the_terms_say_so() -> None:
    """The older rule (计息起点): 199.99 earns as 199.00 does, at 3.6% a fen and 99/100 less a day."""
    book = Counter(d("01-01"), rate="3.6%", rate_rule="segmented", accrue="events", base_unit="1.00")
    endow(book.bank)
    book.pay_in("li", "199.99")
    book.close_until(d("03-22"))
    days = (d("03-20") - d("01-01")).days + 1
    assert book.interest() == [(d("03-21"), round_half_up(Fraction(199_00 * 36 * days, 360_000)))]
    book.refused("bad_terms", ChangeTerms("std", {"base_unit": "0.01"}))


def test_days_that_another_product_pays_for_earn_nothing_here() -> None:
    """10 fen a day before 11 January, 20 from the 21st through February, none while covered."""
    book = counter()

    def cover(make: Any) -> None:
        book.keys += 1

        def rule(books: Any) -> Any:
            return (Transaction(kind="x", effective_on=books.today, records=(make(books, "li"),)),)

        book.bank.ledger.execute(f"cover-{book.keys}", {}, rule)

    book.close_until(d("01-11"))
    cover(Cover.begun)
    book.close_until(d("01-21"))
    cover(Cover.ended)
    book.do(ChangeTerms("std", {"rate": "0.72%"}))
    book.close_until(d("03-01"))
    cover(Cover.begun)
    book.close_until(d("03-22"))
    assert book.interest() == [(d("03-21"), 10 * 10 + (11 + 29) * 20)]
    cover(Cover.ended)
    book.close_until(d("06-22"))
    fen = Fraction(10_000_00 + 9_00) * 2 / 100_000
    assert book.interest()[-1] == (d("06-21"), round_half_up(fen * 91))
