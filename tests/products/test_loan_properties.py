"""What holds of any loan: schedules, effective rates, fees and prepayments; and rows computed elsewhere."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.products.lender import Lender

from bankcore.products.loan import LoanTerms
from bankcore.products.loan.effective import Carrying, decimals, effective_rate
from bankcore.products.loan.instalments import Instalment, Schedule
from bankcore.rates import round_half_up

DAYS = st.dates(date(1995, 1, 1), date(2060, 12, 31))
RATES = st.integers(0, 2_400).map(lambda points: f"{points // 100}.{points % 100:02}%")
METHODS = st.sampled_from(["annuity", "equal-principal", "bullet"])
BASES = st.sampled_from(["months", "act-360"])
ROLLS = st.sampled_from(["calendar", "following", "modified_following", "preceding"])


def instalments(amount: int, months: int, start: date, **terms: Any) -> list[Instalment]:
    return list(Schedule.begin(LoanTerms.from_data(terms), amount, months, start).rest())


@given(amount=st.integers(1, 10**10), months=st.integers(1, 360), start=DAYS, rate=RATES, method=METHODS,
       basis=BASES, roll=ROLLS)  # fmt: skip
def test_e3_all_principal_is_repaid_by_the_end(
    amount: int, months: int, start: date, rate: str, method: str, basis: str, roll: str
) -> None:
    rows = instalments(amount, months, start, rate=rate, method=method, basis=basis, roll=roll)
    assert sum(row.principal for row in rows) == amount
    assert all(row.principal >= 0 and row.interest >= 0 for row in rows)
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    dues = [start, *(row.due_on for row in rows)]
    assert dues == sorted({*dues})
    left, yearly = amount, LoanTerms.from_data({"rate": rate}).rate.fraction
    for row, begin in zip(rows, dues, strict=False):  # E4: interest is never on more than what is left
        days = (row.due_on - begin).days + 6  # a month has 28 days at least, less a roll
        assert row.interest <= round_half_up(left * yearly * days / 360)
        left -= row.principal


@given(amount=st.integers(36_000_00, 10**10), months=st.integers(1, 120), start=DAYS, rate=RATES)
def test_e3_level_payments_are_equal_but_for_the_last(
    amount: int, months: int, start: date, rate: str
) -> None:
    rows = instalments(amount, months, start, rate=rate)
    payments = [row.payment for row in rows]
    assert len(rows) == months
    assert len({*payments[:-1]}) <= 1
    left, monthly = amount, LoanTerms.from_data({"rate": rate}).rate.fraction / 12
    for row in rows:
        assert row.interest == round_half_up(left * monthly)
        left -= row.principal
    drift = Fraction((1 + monthly) ** months - 1) / monthly if monthly else months
    assert abs(payments[-1] - payments[0]) <= drift + 1  # half a fen of the payment and of each interest


@given(amount=st.integers(1, 10**10), months=st.integers(1, 360), start=DAYS, rate=RATES)
def test_e3_equal_parts_differ_by_one_at_most(amount: int, months: int, start: date, rate: str) -> None:
    rows = instalments(amount, months, start, rate=rate, method="equal-principal")
    principals = [row.principal for row in rows]
    assert max(principals) - min(principals) <= 1
    assert principals == sorted(principals, reverse=True)


@given(
    amount=st.integers(10_000_00, 10**9),
    months=st.integers(2, 60),
    start=DAYS,
    rate=RATES,
    method=st.sampled_from(["annuity", "equal-principal"]),
    paid=st.integers(0, 58),
    data=st.data(),
)
def test_prepaying_keeps_the_term_or_the_payment(
    amount: int, months: int, start: date, rate: str, method: str, paid: int, data: st.DataObject
) -> None:
    schedule = Schedule.begin(LoanTerms.from_data({"rate": rate, "method": method}), amount, months, start)
    for _ in range(min(paid, months - 2)):
        schedule = schedule.after(schedule.next())
    before = list(schedule.rest())
    part = data.draw(st.integers(1, schedule.left))
    anew, sooner = (list(schedule.prepaid(part, keep).rest()) for keep in ("term", "payment"))
    for rows in (anew, sooner):
        assert sum(row.principal for row in rows) == schedule.left - part
        assert {row.due_on for row in rows} <= {row.due_on for row in before}
    assert sum(row.interest for row in sooner) <= sum(row.interest for row in anew) + len(before)
    assert len(sooner) <= len(before)
    if method == "annuity":
        assert all(row.payment == before[0].payment for row in sooner[:-1])


@given(
    amount=st.integers(36_000_00, 10**10), months=st.integers(1, 240), start=DAYS, rate=RATES, roll=ROLLS,
    basis=BASES,
)  # fmt: skip
def test_a_level_payment_leaves_the_last_instalment_nothing_but_rounding(
    amount: int, months: int, start: date, rate: str, roll: str, basis: str
) -> None:
    """P4: half a fen of the payment and of each interest, with the interest on them."""
    rows = instalments(amount, months, start, rate=rate, basis=basis, roll=roll)
    drift = months * Fraction(1 + LoanTerms.from_data({"rate": rate}).rate.fraction / 11) ** months
    if all(row.principal for row in rows):  # none whose interest alone is more than the payment
        assert abs(rows[-1].payment - rows[0].payment) <= drift + 1


@given(amount=st.integers(1, 10**10), months=st.integers(1, 36), start=DAYS, rate=RATES, method=METHODS,
       basis=BASES, roll=ROLLS, data=st.data())  # fmt: skip
def test_the_parts_of_a_period_add_up_to_the_whole(
    amount: int, months: int, start: date, rate: str, method: str, basis: str, roll: str, data: st.DataObject
) -> None:
    """P8: wherever interest is paid in between, a period earns the same to the fen."""
    terms = LoanTerms.from_data({"rate": rate, "method": method, "basis": basis, "roll": roll})
    schedule = Schedule.begin(terms, amount, months, start)
    for _ in range(data.draw(st.integers(0, schedule.count - 1))):
        if (later := schedule.after(schedule.next())).left:
            schedule = later
    whole, end, paid = schedule.next().interest, schedule.due_on(schedule.at.number), 0
    for day in sorted(data.draw(st.sets(st.dates(schedule.at.since, end), max_size=4))):
        schedule, due = schedule.earned_to(day).posted()
        schedule = schedule.prepaid(0, "payment")
        paid += due
        assert schedule.at.receivable == 0
    assert paid + schedule.next().interest == whole


@given(amount=st.integers(2, 10**10), months=st.integers(1, 36), start=DAYS, rate=RATES, basis=BASES,
       data=st.data())  # fmt: skip
def test_a_token_prepayment_changes_nothing(
    amount: int, months: int, start: date, rate: str, basis: str, data: st.DataObject
) -> None:
    terms = LoanTerms.from_data({"rate": rate, "basis": basis, "method": "bullet"})
    schedule = Schedule.begin(terms, amount, months, start)
    day = data.draw(st.dates(start, schedule.due_on(1)))
    part, due = schedule.earned_to(day).posted()
    after = part.prepaid(1, "term").next()
    before = schedule.next()
    assert (
        0 <= before.interest - due - after.interest <= 8
    )  # of a fen for as long as 36 months at 24%, and a half
    assert before.principal == after.principal + 1


# --- effective rates and fees -----------------------------------------------------------------------


@given(amount=st.integers(1_000_00, 10**9), months=st.integers(1, 120), rate=RATES, fee=st.integers(1, 300),
       method=METHODS)  # fmt: skip
def test_the_effective_rate_brings_the_payments_to_what_was_paid_out(
    amount: int, months: int, rate: str, fee: int, method: str
) -> None:
    rows = instalments(amount, months, date(2024, 1, 31), rate=rate, method=method)
    payments, paid_out = [row.payment for row in rows], amount - round_half_up(Fraction(amount * fee, 10_000))
    found = effective_rate(paid_out, payments)
    assert found.denominator <= 10**60
    with localcontext() as context:
        context.prec = 120
        growth = 1 + Decimal(found.numerator) / Decimal(found.denominator)
        value = sum(Decimal(payment) / growth**number for number, payment in enumerate(payments, 1))
        assert abs(value - paid_out) < Decimal(10) ** -40


def test_payments_of_no_more_than_was_paid_out_yield_nothing() -> None:
    assert effective_rate(1_000_00, [500_00, 500_00]) == 0
    assert decimals(Fraction(0), 2) == "0.00"


@given(amount=st.integers(1_000_00, 10**9), months=st.integers(1, 60), rate=RATES, fee=st.integers(1, 300),
       method=METHODS)  # fmt: skip
def test_e7_all_of_the_fee_is_earned(amount: int, months: int, rate: str, fee: int, method: str) -> None:
    """What is unearned goes from the fee to nothing, but for what the interest's own rounding adds."""
    rows = instalments(amount, months, date(2024, 1, 31), rate=rate, method=method)
    whole = round_half_up(Fraction(amount * fee, 10_000))
    carrying = Carrying.begin(amount - whole, [row.payment for row in rows])
    left, before = amount, Fraction(whole)
    for row in rows:
        left, carrying = left - row.principal, carrying.after(row.payment)
        unearned = left - carrying.amount
        assert -months < unearned <= before + months
        before = unearned
    assert abs(before) < Fraction(1, 10**40)


@settings(max_examples=max(settings().max_examples // 10, 5))
@given(fee=st.sampled_from(["0.01%", "1.5%", "3%"]), months=st.integers(1, 5), method=METHODS,
       amount=st.integers(10_00, 100_000_00), late=st.booleans())  # fmt: skip
def test_e7_unearned_fees_end_at_nothing(fee: str, months: int, method: str, amount: int, late: bool) -> None:
    book = Lender(rate="6%", fee=fee, method=method, automatic=not late)
    book.lend(amount, months)
    book.pay_in(amount)
    for _ in range(months):
        book.close_days(31)
        assert book.sound()
    book.close_days(5)
    assert book.of("unearned-fee") == 0
    assert (book.of("principal") == 0) is not late
    earned = book.balance("bank:interest-income")
    assert earned == book.read().fee + sum(row.interest for row in instalments(
        amount, months, date(2024, 1, 31), rate="6%", method=method
    ))  # fmt: skip


# --- computed elsewhere -----------------------------------------------------------------------------


def near(value: int, written: str) -> bool:
    """Whether the text of a float, in fen, rounds to the value."""
    return abs(value - Fraction(written)) <= Fraction(1, 2) + Fraction(1, 10**6)


def test_annuity_vectors(shared_data: Path) -> None:
    file = shared_data / "spec" / "vectors" / "annuity.csv"
    if not file.is_file():
        pytest.skip(f"no {file}")
    with file.open(encoding="utf-8", newline="") as lines:
        found = list(csv.DictReader(lines))
    assert found
    for row in found:
        amount, months = int(row["principal_fen"]), int(row["months"])
        first, *_, last = instalments(amount, months, date(2024, 1, 31), rate=row["annual_rate"])
        assert first.payment == int(row["payment_fen_half_up"]), row
        assert near(first.interest, row["interest1_fen_float"]), row
        assert abs(first.principal - Fraction(row["principal1_fen_float"])) < 1, row  # of both roundings
        # The last interest is on what half a fen a month has drifted to.
        drift = Fraction(months * months, 100) + 1
        assert abs(last.interest - Fraction(row["interest_last_fen_float"])) <= drift, row


def test_the_preview_is_what_happens() -> None:
    book = Lender(rate="4.35%")
    book.lend("100,000.00", 12)
    book.pay_in("5,000.00")
    rows = instalments(100_000_00, 12, date(2024, 1, 31))
    assert [row.payment for row in rows[:-1]] == [8_530_99] * 11
    before = book.demand()
    for row in rows:
        book.close_until(row.due_on)
        book.close()
        assert before - book.demand() == row.payment
        before = book.demand()
    assert book.read().state.value == "repaid"
