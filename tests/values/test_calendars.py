from __future__ import annotations

import random
from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bankcore.calendars import (
    Calendar,
    DayCount,
    Period,
    Roll,
    add_months,
    day_count,
    day_count_days,
    is_month_end,
    load_calendar,
    month_end,
    parse_date,
)
from bankcore.errors import BadDate, BadPeriod, BadTerms, CalendarExhausted, InputError, UnknownName

D = date.fromisoformat
NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)

days = st.dates(date(1900, 1, 1), date(2200, 12, 31))
month_ends = days.map(month_end)
februaries = st.builds(date, st.integers(1900, 2200), st.just(2), st.integers(27, 28)) | st.builds(
    lambda year: month_end(date(year, 2, 1)), st.integers(1900, 2200)
)
any_day = days | month_ends | februaries
spans = st.tuples(any_day, any_day).map(sorted)


# --- dates and months -----------------------------------------------------------------------------


@given(st.dates())
def test_dates_round_trip(day: date) -> None:
    assert parse_date(day.isoformat()) == day


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "2024",
            "2024-1-31",
            "20240131",
            "2024-02-30",
            "2023-02-29",
            "2024-13-01",
            "0000-01-01",
            "2024/01/31",
        ),
        *(
            " 2024-01-31",
            "2024-01-31 ",
            "2024-01-31\n",
            "2024-01-31T00:00",
            "2024-W05-1",
            "２０２４-01-31",
            "٢٠٢٤-01-31",
        ),
        *("-024-01-31", "+2024-01-31", "2024-01-311", None, 20240131, D("2024-01-31"), NOON, b"2024-01-31"),
        pytest.param("2" * 10**6, id="long"),
    ],
)
def test_no_such_date(text: str) -> None:
    with pytest.raises(BadDate) as refusal:
        parse_date(text)
    assert len(str(refusal.value)) < 150


@given(any_day)
def test_month_ends(day: date) -> None:
    last = month_end(day)
    assert (last.year, last.month, last.day) == (day.year, day.month, monthrange(day.year, day.month)[1])
    assert is_month_end(day) == ((day + timedelta(days=1)).day == 1)
    assert is_month_end(last)


@given(any_day, st.integers(-1200, 1200), st.booleans())
def test_months_are_added_with_the_day_clamped(start: date, months: int, end_of_month: bool) -> None:
    end = add_months(start, months, end_of_month)
    assert (end.year - start.year) * 12 + end.month - start.month == months
    if end_of_month and is_month_end(start):
        assert is_month_end(end)
    else:
        assert end.day == min(start.day, month_end(end).day)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2024-01-31", 1, "2024-02-29"),
        ("2024-01-31", 2, "2024-03-31"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2023-02-28", 12, "2024-02-28"),
        ("2024-03-31", -1, "2024-02-29"),
        ("2024-01-15", -1, "2023-12-15"),
    ],
)
def test_month_arithmetic_is_not_sticky(start: str, months: int, end: str) -> None:
    assert add_months(D(start), months) == D(end)


def test_months_stay_within_the_years_of_dates() -> None:
    assert add_months(date.min, 12 * 9998 + 11) == date(9999, 12, 1)
    for start, months in ((date.max, 1), (date.min, -1), (date.min, 10**5000)):
        with pytest.raises(BadDate):
            add_months(start, months)


@pytest.mark.parametrize("months", [1.0, True, "1", None])
def test_months_are_whole(months: int) -> None:
    with pytest.raises(BadPeriod):
        add_months(D("2024-01-31"), months)


@pytest.mark.parametrize("day", [NOON, "2024-01-31", None, 20240131])
def test_a_datetime_is_no_date(day: date) -> None:
    weekends = load_calendar("WEEKENDS")
    questions: list[Callable[[], object]] = [
        lambda: add_months(day, 1),
        lambda: month_end(day),
        lambda: is_month_end(day),
        lambda: Period.parse("1D").add_to(day),
        lambda: day_count("ACT/360", day, D("2024-02-01")),
        lambda: day_count("ACT/360", D("2024-02-01"), day),
        lambda: weekends.is_business_day(day),
        lambda: weekends.roll(day, Roll.FOLLOWING),
        lambda: weekends.add_business_days(day, 1),
    ]
    for question in questions:
        with pytest.raises(BadDate):
            question()


# --- periods --------------------------------------------------------------------------------------


@given(st.integers(1, 9999), st.sampled_from("DMY"))
def test_periods_round_trip(count: int, unit: str) -> None:
    assert str(Period.parse(f"{count}{unit}")) == f"{count}{unit}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "D",
        "1",
        "0D",
        "01D",
        "-1D",
        "1d",
        "1W",
        "1.5M",
        " 1D",
        "1D ",
        "1D\n",
        "1 D",
        "10000D",
        "١D",
        1,
        None,
        "1" * 99,
    ],
)
def test_no_such_period(text: str) -> None:
    with pytest.raises(BadPeriod) as refusal:
        Period.parse(text)
    assert len(str(refusal.value)) < 150


@given(any_day, st.integers(1, 40), st.integers(-10, 10))
def test_periods_run_from_the_original_start(start: date, count: int, times: int) -> None:
    assert Period(count, "D").add_to(start, times) == start + timedelta(days=count * times)
    assert Period(count, "M").add_to(start, times) == add_months(start, count * times)
    assert Period(count, "Y").add_to(start, times) == add_months(start, 12 * count * times)


def test_periods_stay_within_the_years_of_dates() -> None:
    for text, times in (("1D", 1), ("1M", 1), ("1Y", 1), ("9999D", 10**5000), ("1D", -(10**9))):
        with pytest.raises(BadDate):
            Period.parse(text).add_to(date.max, times)
    with pytest.raises(BadPeriod):
        Period.parse("1D").add_to(date.min, 1.0)  # type: ignore[arg-type]


# --- day counts -----------------------------------------------------------------------------------

ACTUAL = {"ACT/360": 360, "ACT/364": 364, "ACT/365F": 365}


@pytest.mark.parametrize(("convention", "year"), ACTUAL.items())
@given(st.tuples(any_day, any_day, any_day).map(sorted))
def test_actual_counts_add_up(convention: str, year: int, dates: list[date]) -> None:
    start, middle, end = dates
    whole = day_count(convention, start, end)
    assert whole == day_count(convention, start, middle) + day_count(convention, middle, end)
    assert whole == Fraction((end - start).days, year)


@given(st.tuples(any_day, any_day, any_day).map(sorted))
def test_isda_and_european_counts_add_up(dates: list[date]) -> None:
    start, middle, end = dates
    for convention in (DayCount.ACT_ACT_ISDA, DayCount.THIRTY_E_360, DayCount.THIRTY_E_360_ISDA):
        parts = day_count(convention, start, middle) + day_count(convention, middle, end)
        assert day_count(convention, start, end) == parts


@given(any_day, st.integers(0, 600), st.integers(0, 26))
def test_item_counting_is_whole_months_and_odd_days(start: date, months: int, odd: int) -> None:
    end = add_months(start, months) + timedelta(days=odd)
    assume(end < add_months(start, months + 1))
    assert day_count("CN-ITEM", start, end) == Fraction(months, 12) + Fraction(odd, 360)
    assert day_count_days("CN-ITEM", start, end) == 30 * months + odd


@given(any_day, st.integers(0, 50))
def test_whole_years_are_whole(start: date, years: int) -> None:
    end = add_months(start, 12 * years)
    assert day_count(DayCount.CN_ITEM, start, end) == years
    if start.day < 28:
        for convention in DayCount:
            if convention.value.startswith("30") or convention is DayCount.ACT_ACT_AFB:
                assert day_count(convention, start, end) == years


@pytest.mark.parametrize("convention", DayCount)
@given(spans)
def test_every_count_is_an_exact_fraction_near_the_calendar_time(
    convention: DayCount, span: list[date]
) -> None:
    start, end = span
    year = day_count(convention.value, start, end)
    assert type(year) is Fraction
    actual = (end - start).days
    assert abs(day_count_days(convention, start, end) - actual) <= 4 + actual / Fraction(60)
    assert abs(year - Fraction(actual, 365)) <= Fraction(1, 60) + Fraction(actual, 365) / 60
    if start == end:
        assert year == (Fraction(1, 360) if convention is DayCount.ACT_360_INC else 0)


@pytest.mark.parametrize("convention", DayCount)
def test_time_runs_forward(convention: DayCount) -> None:
    with pytest.raises(BadDate):
        day_count(convention, D("2024-01-02"), D("2024-01-01"))


@pytest.mark.parametrize("name", ["ACT", "act/360", "", None, 360, [], "X" * 1000])
def test_no_such_day_count(name: str) -> None:
    for count in (day_count, day_count_days):
        with pytest.raises(UnknownName, match="CN-ITEM") as refusal:
            count(name, D("2024-01-01"), D("2024-01-02"))
        assert len(str(refusal.value)) < 300


def test_day_counts_agree_with_quantlib() -> None:
    ql: Any = pytest.importorskip("QuantLib")
    thirty, actual = ql.Thirty360, ql.ActualActual
    oracles = {
        "ACT/360": ql.Actual360(),
        "ACT/360-INC": ql.Actual360(True),
        "ACT/364": ql.Actual364(),
        "ACT/365F": ql.Actual365Fixed(),
        "ACT/ACT-ISDA": actual(actual.ISDA),
        "ACT/ACT-AFB": actual(actual.AFB),
        "30E/360": thirty(thirty.EurobondBasis),
        "30E/360-ISDA": thirty(thirty.ISDA),
        "30/360-US": thirty(thirty.USA),
        "30/360-NASD": thirty(thirty.NASD),
        "30/360-BOND": thirty(thirty.BondBasis),
        "30/360-ITALIAN": thirty(thirty.Italian),
    }
    assert oracles.keys() == {each.value for each in DayCount} - {"CN-ITEM"}
    chance = random.Random(360)
    for _ in range(3_000):
        start = date(1950, 1, 1) + timedelta(days=chance.randrange(50_000))
        end = start + timedelta(days=chance.choice([chance.randrange(800), chance.randrange(30_000)]))
        start, end = chance.choice([start, month_end(start)]), chance.choice([end, month_end(end)])
        start, end = sorted((start, chance.choice([end, add_months(start, chance.randrange(60))])))
        if chance.random() < 0.3:
            start = min(end, month_end(date(start.year, 2, 1)))
        dates = [ql.Date(day.day, day.month, day.year) for day in (start, end)]
        for name, oracle in oracles.items():
            assert day_count_days(name, start, end) == oracle.dayCount(*dates), (name, start, end)
            gap = abs(day_count(name, start, end) - Fraction(oracle.yearFraction(*dates)))
            assert gap < Fraction(1, 10**12), (name, start, end)


# --- business days --------------------------------------------------------------------------------

NAMES = ["CN-IB", "CN-SSE", "WEEKENDS"]
known_days = st.dates(date(2019, 2, 1), date(2026, 11, 30))


@pytest.mark.parametrize("name", NAMES)
@given(known_days, st.sampled_from(Roll))
def test_rolling_leads_to_the_nearest_business_day(name: str, day: date, roll: Roll) -> None:
    calendar = load_calendar(name)
    rolled = calendar.roll(day, roll.value)
    assert calendar.roll(day, roll) == rolled
    if roll is Roll.CALENDAR or calendar.is_business_day(day):
        assert rolled == day
        return
    assert calendar.is_business_day(rolled)
    low, high = sorted((day, rolled))
    between = [low + timedelta(days=n) for n in range(1, (high - low).days)]
    assert not any(calendar.is_business_day(each) for each in between)
    if roll in (Roll.FOLLOWING, Roll.PRECEDING):
        assert (rolled > day) == (roll is Roll.FOLLOWING)
    else:
        assert rolled.month == day.month


@pytest.mark.parametrize("name", NAMES)
@given(known_days, st.integers(-15, 15))
def test_business_days_are_counted_one_by_one(name: str, day: date, count: int) -> None:
    calendar = load_calendar(name)
    end = calendar.add_business_days(day, count)
    assert calendar.is_business_day(end)
    if count == 0:
        assert end == calendar.roll(day, Roll.FOLLOWING)
        return
    step = timedelta(days=1 if count > 0 else -1)
    passed = [day + step * n for n in range(1, abs((end - day).days) + 1)]
    assert passed[-1] == end
    assert sum(map(calendar.is_business_day, passed)) == abs(count)


@pytest.mark.parametrize(
    ("name", "opened", "closed"),
    [
        ("WEEKENDS", ["2024-10-01", "2024-02-09", "1900-01-01"], ["2024-02-18", "2024-10-12"]),
        ("CN-SSE", ["2024-02-08", "2024-02-19", "2020-02-03"], ["2024-02-09", "2024-02-18", "2020-01-31"]),
        ("CN-IB", ["2024-02-09", "2024-02-18", "2026-10-10"], ["2024-02-12", "2024-02-17", "2026-10-07"]),
    ],
)
def test_business_days_of_markets(name: str, opened: list[str], closed: list[str]) -> None:
    calendar = load_calendar(name)
    assert all(calendar.is_business_day(D(day)) for day in opened)
    assert not any(calendar.is_business_day(D(day)) for day in closed)


def test_modified_rolling_turns_round_at_the_months_edge() -> None:
    calendar = load_calendar("CN-IB")
    assert calendar.roll(D("2024-06-29"), Roll.MODIFIED_FOLLOWING) == D("2024-06-28")
    assert calendar.roll(D("2024-10-01"), Roll.MODIFIED_PRECEDING) == D("2024-10-08")


@pytest.mark.parametrize("name", ["CN-IB", "CN-SSE"])
def test_a_calendar_does_not_guess_beyond_its_data(name: str) -> None:
    calendar = load_calendar(name)
    for question in (
        lambda: calendar.is_business_day(D("2028-01-01")),
        lambda: calendar.is_business_day(D("2018-12-31")),
        lambda: calendar.roll(D("2019-01-01"), Roll.PRECEDING),
        lambda: calendar.add_business_days(D("2027-12-31"), 1),
    ):
        with pytest.raises(CalendarExhausted, match="covers 2019-01-01 to 2027-12-31"):
            question()
    assert calendar.roll(D("2030-01-01"), Roll.CALENDAR) == D("2030-01-01")


def test_time_itself_ends() -> None:
    weekends = load_calendar("WEEKENDS")
    for day, count in ((date.max, 1), (date.min, -1)):
        with pytest.raises(CalendarExhausted):
            weekends.add_business_days(day, count)
    with pytest.raises(CalendarExhausted):
        Calendar("never", date.min, date.max, frozenset(), frozenset(), frozenset(range(7))).roll(
            date(9999, 12, 1), Roll.FOLLOWING
        )


def test_bad_questions_to_a_calendar() -> None:
    calendar = load_calendar("CN-IB")
    with pytest.raises(UnknownName, match="modified_following"):
        calendar.roll(D("2024-01-01"), "nearest")
    for count in (1.0, True, None):
        with pytest.raises(BadPeriod):
            calendar.add_business_days(D("2024-01-01"), count)  # type: ignore[arg-type]
    for name in ("CN", "", "../CN-IB", "CN-IB.toml", None, ["CN-IB"], "X" * 1000):
        with pytest.raises(UnknownName, match=r"CN-IB, CN-SSE.*WEEKENDS"):
            load_calendar(name)  # type: ignore[arg-type]


def test_a_calendar_is_read_from_text() -> None:
    text = """
    first = 2024-01-01
    last = 2024-12-31
    holidays = ["2024-10-01/2024-10-04", 2024-12-25]
    workdays = ["2024-10-12"]
    """
    calendar = Calendar.parse("X", text)
    assert (calendar.name, calendar.first, calendar.last) == ("X", D("2024-01-01"), D("2024-12-31"))
    assert calendar.holidays == {D(f"2024-10-0{n}") for n in (1, 2, 3, 4)} | {D("2024-12-25")}
    assert calendar.workdays == {D("2024-10-12")}
    assert load_calendar("CN-IB") is load_calendar("CN-IB")


@pytest.mark.parametrize(
    "text",
    [
        *("first", "first = 1", "first = 2024-01-01T00:00:00", "last = 'x'", "holiday = []", "holidays = 5"),
        *(
            "holidays = [5]",
            "holidays = ['2024-02-30']",
            "holidays = ['2024-02-02/2024-02-01']",
            "holidays = [[]]",
        ),
        *("holidays = ['2024-01-01/2025-06-01']", "holidays = ['2024-01-01/2024-01-02/2024-01-03']", "\0"),
        *(
            "holidays = ['2024-01-01']\nworkdays = ['2024-01-01']",
            "last = 2024-01-01\nholidays = ['2024-01-02']",
        ),
        *("first = 2024-01-01\nworkdays = ['2023-12-31']", "holidays = [2024-01-01T00:00:00]"),
        pytest.param("holidays = " + "[" * 100_000, id="deep"),
    ],
)
def test_no_such_calendar_text(text: str) -> None:
    with pytest.raises((BadTerms, BadDate)) as refusal:
        Calendar.parse("X", text)
    assert isinstance(refusal.value, InputError)


@pytest.mark.parametrize(
    ("name", "oracle"),
    [("CN-SSE", ("China", "SSE")), ("CN-IB", ("China", "IB")), ("WEEKENDS", ("WeekendsOnly",))],
)
def test_business_days_agree_with_quantlib(name: str, oracle: tuple[str, ...]) -> None:
    ql: Any = pytest.importorskip("QuantLib", minversion="1.41")
    kind = getattr(ql, oracle[0])
    other = kind(*(getattr(kind, market) for market in oracle[1:]))
    calendar = load_calendar(name)
    day = date(2019, 1, 1)
    while day <= date(2026, 12, 31):
        expected = other.isBusinessDay(ql.Date(day.day, day.month, day.year))
        assert calendar.is_business_day(day) == expected, day
        day += timedelta(days=1)
