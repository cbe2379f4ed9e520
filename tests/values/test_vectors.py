"""Rows computed elsewhere, with floats; ours are exact and may differ from them only by that."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from bankcore.calendars import DayCount, add_months, day_count, day_count_days, load_calendar, parse_date
from bankcore.rates import Rate, annuity_payment, compound_factor, round_half_up

CALENDARS = {"WeekendsOnly": "WEEKENDS", "China.SSE": "CN-SSE", "China.IB": "CN-IB"}
ROLLS = {
    "Following": "following",
    "ModifiedFollowing": "modified_following",
    "Preceding": "preceding",
    "ModifiedPreceding": "modified_preceding",
    "Unadjusted": "calendar",
}
FREQUENCIES = {"Annual": 1, "Semiannual": 2, "Quarterly": 4, "Monthly": 12, "Weekly": 52, "Daily": 365}

Row = dict[str, str]


Rows = Callable[[str], list[Row]]


@pytest.fixture
def rows(shared_data: Path) -> Rows:
    def read(name: str) -> list[Row]:
        path = shared_data / "spec" / "vectors" / f"{name}.csv"
        if not path.exists():
            pytest.skip(f"{path} is not here")
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    return read


def near(exact: Fraction, written: str, digits: int = 12) -> bool:
    """Whether the text of a float is the exact figure, but for the float's own error."""
    expected = Fraction(written)
    gap: Fraction = abs(exact - expected) * 10**digits
    return gap <= max(abs(expected), Fraction(1))


def span(row: Row) -> tuple[date, date]:
    return parse_date(row["start"]), parse_date(row["end"])


def test_day_counts(rows: Rows) -> None:
    for row in rows("daycount"):
        years = day_count(row["convention"], *span(row))
        assert near(years, row["year_fraction"]), row
        assert day_count_days(row["convention"], *span(row)) == int(row["days"]), row
        if row["den"] and row["convention"] != "ACT/364":  # 0 days are written over 360 there
            assert years == Fraction(int(row["days"]), int(row["den"])), row


def test_every_convention_has_rows(rows: Rows) -> None:
    assert {row["convention"] for row in rows("daycount")} == {each.value for each in DayCount}


def test_interest(rows: Rows) -> None:
    for row in rows("interest"):
        rate, years = Rate.parse(row["rate"]).fraction, day_count(row["convention"], *span(row))
        if row["compounding"] == "Simple":
            factor = 1 + rate * years
        else:
            frequency = FREQUENCIES[row["frequency"]]
            factor = compound_factor(rate / frequency, years * frequency)
        interest = int(row["principal_fen"]) * (factor - 1)
        assert near(factor, row["factor"]), row
        assert near(interest, row["interest_fen_float"], digits=9), row
        if row["near_tie"] == "0":
            assert round_half_up(interest) == int(row["interest_fen_half_up"]), row


def test_annuities(rows: Rows) -> None:
    for row in rows("annuity"):
        principal, months = int(row["principal_fen"]), int(row["months"])
        rate = Rate.parse(row["annual_rate"]).fraction / 12
        payment = annuity_payment(principal, rate, months)
        assert near(payment, row["payment_fen_float"]), row
        assert round_half_up(payment) == int(row["payment_fen_half_up"]), row
        assert near(principal * rate, row["interest1_fen_float"]), row
        assert near(payment - principal * rate, row["principal1_fen_float"]), row
        last = payment * rate / (1 + rate)
        assert near(last, row["interest_last_fen_float"], digits=8), row


def test_schedules(rows: Rows) -> None:
    for row in rows("schedule"):
        start = parse_date(row["start"])
        end = add_months(start, int(row["months"]), end_of_month=row["eom_flag"] == "1")
        assert end == parse_date(row["unadjusted_end"]), row
        if row["calendar"] != "none":
            end = load_calendar(CALENDARS[row["calendar"]]).roll(end, ROLLS[row["convention"]])
        assert end == parse_date(row["adjusted_end"]), row
