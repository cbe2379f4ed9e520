"""Interest of loans at the ends of months: receivable and income as they are, however they accrue."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.products.holders import cny
from tests.products.lender import Lender
from tests.products.trouble import free, stop

from bankcore.calendars import is_month_end
from bankcore.product.deferrals import Deferral
from bankcore.products.loan import LoanTerms, ProposeWriteOff
from bankcore.products.loan.instalments import Schedule

ACCRUE = ("daily", "month-end", "quarter-end", "events")
FEW = settings(max_examples=max(settings().max_examples // 10, 5))


def test_a_bullet_loan_shows_its_interest_at_every_month_s_end() -> None:
    book = Lender(rate="6%", method="bullet", accrue="month-end")
    book.lend("1,000,000.00", 12)
    book.close_until(date(2024, 4, 1))
    assert book.of("interest") == book.balance("bank:interest-income") == 10_000_00
    book.pay_in("60,000.00")
    book.close_until(date(2025, 2, 1))
    assert (book.demand(), book.balance("bank:interest-income")) == (0, 60_000_00)
    assert book.sound()


def test_what_accrued_is_a_part_of_the_instalment() -> None:
    book = Lender(on=date(2024, 1, 15), rate="12%", method="equal-principal", accrue="month-end")
    book.lend("1,200.00", 12)
    book.close_until(date(2024, 2, 1))
    assert book.of("interest") == 6_19  # 16 days of 31 of 12.00
    assert book.printed("portfolio")[0][4:6] == ["1,200.00 CNY", "0.00 CNY"]  # nothing of it is due
    book.close_until(date(2024, 2, 16))
    assert (book.of("interest"), book.balance("bank:interest-income")) == (0, 12_00)
    assert book.demand() == 1_200_00 - 112_00
    book.close_until(date(2024, 3, 1))
    assert book.of("interest") == 5_31  # 14 days of 29 of 11.00
    assert book.sound()


def test_a_fee_is_earned_over_its_period() -> None:
    book = Lender(on=date(2024, 1, 15), rate="6%", fee="1.5%", method="equal-principal", accrue="month-end")
    book.lend("30,000.00", 3)
    book.close_until(date(2024, 2, 1))
    assert book.of("unearned-fee") == 450_00 - 115_64  # 16 days of 31 of 224.06
    book.close_until(date(2024, 2, 16))
    assert book.of("unearned-fee") == 225_94
    assert book.sound()


def test_a_write_off_loses_the_interest_to_its_day() -> None:
    book = Lender(rate="6%", method="bullet", accrue="month-end")
    book.lend("1,000.00", 12)
    book.close_until(date(2024, 3, 31))
    assert book.of("interest") == 5_00
    book.write_off()
    assert (book.balance("bank:loan-loss"), book.balance("bank:interest-income")) == (1_010_00, 10_00)
    assert (book.of("interest"), book.read().interest_owed) == (0, 0)
    book.close_until(date(2024, 6, 1))
    assert book.balance("bank:interest-income") == 10_00
    assert book.sound()


@pytest.mark.parametrize("account", ["loan:p:l:interest", "bank:interest-income"])
def test_what_is_refused_accrues_later(account: str) -> None:
    book = Lender(rate="6%", method="bullet", accrue="month-end")
    book.lend("1,000.00", 12)
    book.close_until(date(2024, 2, 29))
    stop(book.bank, {account: "frozen"})
    book.close()
    [kept] = Deferral.every(book.books)
    assert (kept.thing, kept.product, book.of("interest")) == ("p/l", "loan", 0)
    free(book.bank, {account: "frozen"})
    book.close()
    assert book.of("interest") == 5_16  # a month, and a day of the next
    book.close_until(date(2024, 4, 1))
    assert book.of("interest") == 10_00
    assert book.sound()


def test_penalty_accrues_at_a_month_s_end() -> None:
    book = Lender(rate="12%", posting="events", accrue="month-end", automatic=False)
    book.lend("1,000.00", 1)
    book.close_until(date(2024, 4, 1))
    assert book.balance("bank:penalty-income") == 15_66  # 31 days of 18% on 1,010.00
    assert book.sound()


def test_a_write_off_is_of_the_loan_as_it_was_proposed() -> None:
    """What the close accrues changes a loan: who approves afterwards looks again."""
    book = Lender(rate="6%", method="bullet", accrue="month-end")
    book.lend("1,000.00", 12)
    book.close_until(date(2024, 2, 29))
    book.do(ProposeWriteOff("p", "l", "insolvent"))
    book.close()
    book.write_off()
    assert book.read().state.value == "written-off"


# --- at any month's end -----------------------------------------------------------------------------


class Exact:
    """What a loan has earned, by its schedule and plain fractions."""

    def __init__(self, amount: int, months: int, start: date, terms: dict[str, Any]) -> None:
        self.schedule = Schedule.begin(LoanTerms.from_data(terms), amount, months, start)
        self.start, self.terms, self.amount = start, terms, amount
        self.rows = list(self.schedule.rest())

    def earned(self, day: date) -> Fraction:
        """The instalments that are due, and of the one that runs the exact interest."""
        due = [it for it in self.rows if it.due_on <= day]
        left = self.amount - sum(it.principal for it in due)
        since = due[-1].due_on if due else self.start
        rate = Fraction(6, 100) * (self.schedule.elapsed(day) - self.schedule.elapsed(since)) if left else 0
        return sum(it.interest for it in due) + left * Fraction(rate)


@FEW
@given(
    loans=st.lists(
        st.tuples(
            st.integers(1_00, 10**8), st.integers(1, 14),
            st.sampled_from(["annuity", "equal-principal", "bullet"]), st.sampled_from(["months", "act-360"]),
            st.integers(0, 40),
        ),
        min_size=1, max_size=4,
    ),
    accrue=st.sampled_from(ACCRUE[:2]),
)  # fmt: skip
def test_at_a_month_s_end_receivable_and_income_are_exact(loans: list[Any], accrue: str) -> None:
    book, exact = Lender(rate="6%", accrue=accrue), []
    for nth, (amount, months, method, basis, wait) in enumerate(loans):
        book.close_days(wait) if wait else None
        terms = {"rate": "6%", "method": method, "basis": basis}
        book.lend(amount, months, f"l{nth}", **terms)
        exact.append(Exact(amount, months, book.books.today, terms))
    book.pay_in(10**9)
    for _ in range(16):
        day = book.books.today
        while not is_month_end(day):
            day += timedelta(days=1)
        book.close_until(day + timedelta(days=1))
        running = sum(it.rows[-1].due_on > day for it in exact)
        income = sum(it.earned(day) for it in exact)
        assert abs(book.balance("bank:interest-income") - income) <= Fraction(running, 2)
        receivable = income - sum(it.interest for each in exact for it in each.rows if it.due_on <= day)
        held = sum(book.of("interest", f"l{nth}") for nth in range(len(loans)))
        assert abs(held - receivable) <= Fraction(running, 2)
    assert book.sound()


@FEW
@given(
    method=st.sampled_from(["annuity", "equal-principal", "bullet"]),
    basis=st.sampled_from(["months", "act-360"]),
    fee=st.sampled_from(["0%", "2%"]),
    events=st.lists(
        st.tuples(st.integers(0, 50), st.sampled_from(["prepay", "repay early", "write off", "pay in"])),
        max_size=4,
    ),
)
def test_however_it_accrues_the_totals_are_the_same(
    method: str, basis: str, fee: str, events: list[tuple[int, str]]
) -> None:
    ends = []
    for accrue in ACCRUE:
        book = Lender(rate="12%", method=method, basis=basis, fee=fee, accrue=accrue)
        book.lend("12,345.67", 6)
        for days, event in events:
            if days:
                book.close_days(days)
            if book.read().ended_on:
                break
            if event == "write off":
                book.write_off()
                continue
            book.pay_in("15,000.00")
            if event == "repay early":
                book.repay_early()
            elif event == "prepay" and book.read().plan.left > 2_000_00:
                book.prepay("1,000.00")
        assert book.sound()
        book.close_until(date(2025, 4, 1))
        ends.append(book.balances())
    assert ends[1:] == ends[:-1]


def test_interest_is_never_on_money_that_is_back() -> None:
    book = Lender(rate="6%", accrue="daily")
    book.lend("1,000.00", 12)
    book.pay_in("10.00")
    book.close_days(3)
    book.repay_early()
    income = book.balance("bank:interest-income")
    book.close_days(40)
    assert book.balance("bank:interest-income") == income
    assert book.demand() + income == cny("1,010.00").quantity - 1_000_00
