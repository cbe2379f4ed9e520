"""Calendars supplied as data, and their later editions."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import attrs
import pytest
from click.testing import CliRunner

from bankcore.calendars import Calendar, add_calendar, calendar_names, editions, load_calendar
from bankcore.cli import main
from bankcore.errors import BadDate, BadFile, BadTerms, CalendarContradiction, CalendarExhausted
from bankcore.sources.calendars import read_calendars

CSV = "date,kind\n2024-10-01,holiday\n2025-10-11,workday\n"
TOML = """
first = 2024-01-01
last = 2025-12-31
announced = 2024-12-31
holidays = ["2024-10-01/2024-10-07", "2025-10-01"]
"""


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calendars are the process's: what a test supplies is taken away again."""
    monkeypatch.setattr(editions, "_supplied", {})


def test_a_supplied_calendar_is_known_by_its_name() -> None:
    add_calendar(Calendar.parse("mall", TOML))
    assert "mall" in calendar_names()
    assert load_calendar("mall").roll(date(2024, 10, 1), "following") == date(2024, 10, 8)
    assert load_calendar("mall").known_to == date(2024, 12, 31)


def test_csv_covers_whole_years() -> None:
    calendar = Calendar.parse_csv("mall", CSV)
    assert (calendar.first, calendar.last, calendar.known_to) == (
        date(2024, 1, 1),
        date(2025, 12, 31),
        date(2025, 12, 31),
    )
    assert not calendar.is_business_day(date(2024, 10, 1))
    assert calendar.is_business_day(date(2025, 10, 11))  # a Saturday


@pytest.mark.parametrize(
    "text",
    [
        *("", "date,kind\n", "day,kind\n2024-10-01,holiday\n", "date,kind\n2024-10-01,feast\n"),
        *("date,kind\n2024-10-01\n", "date,kind\n2024-10-32,holiday\n", 'date,kind\n"2024-10-01,holiday\n'),
        "date,kind\n2024-10-01,holiday\n2024-10-01,workday\n",
    ],
)
def test_no_such_csv(text: str) -> None:
    with pytest.raises((BadTerms, BadDate)):
        Calendar.parse_csv("mall", text)


def test_what_is_announced_lies_within_the_data() -> None:
    with pytest.raises(BadDate):
        Calendar.parse("mall", TOML.replace("announced = 2024-12-31", "announced = 2026-01-01"))
    with pytest.raises(BadDate):
        Calendar.parse("mall", TOML.replace("announced = 2024-12-31", "announced = 1"))


def test_a_later_edition_changes_only_days_that_were_not_announced() -> None:
    add_calendar(Calendar.parse("mall", TOML))
    later = TOML.replace("announced = 2024-12-31", "").replace('"2025-10-01"', '"2025-10-02"')
    add_calendar(Calendar.parse("mall", later))
    assert load_calendar("mall").is_business_day(date(2025, 10, 1))
    add_calendar(load_calendar("mall"))  # the same once more


@pytest.mark.parametrize(
    ("change", "day"),
    [
        ({"holidays": frozenset({date(2024, 10, 1)})}, "2024-10-02"),
        ({"workdays": frozenset({date(2024, 10, 12)})}, "2024-10-12"),
        ({"first": date(2024, 2, 1)}, "2024-01-01"),
        ({"announced": date(2024, 11, 30)}, "2024-12-31"),
        ({"weekend": frozenset({4, 5})}, "2024-01-01"),
    ],
)
def test_an_edition_that_says_otherwise_of_an_announced_day_is_refused(
    change: dict[str, object], day: str
) -> None:
    known = Calendar.parse("mall", TOML)
    add_calendar(known)
    with pytest.raises(CalendarContradiction, match=day):
        add_calendar(attrs.evolve(known, **change))
    assert load_calendar("mall") == known


def test_the_shipped_2027_is_the_law_s_until_its_notice_comes() -> None:
    shipped = load_calendar("CN-IB")
    assert (shipped.known_to, shipped.last) == (date(2026, 12, 31), date(2027, 12, 31))
    closed = [
        day
        for day in map(date.fromordinal, range(date(2027, 1, 1).toordinal(), date(2028, 1, 1).toordinal()))
        if day.weekday() < 5 and not shipped.is_business_day(day)
    ]
    # thirteen days by the law, and one in lieu for each that falls on a weekend
    assert [f"{day:%m-%d}" for day in closed] == [
        *("01-01", "02-05", "02-08", "02-09", "02-10", "04-05", "05-03", "05-04", "06-09", "09-15"),
        *("10-01", "10-04", "10-05"),
    ]
    notice = attrs.evolve(shipped, announced=None, workdays=shipped.workdays | {date(2027, 2, 20)})
    add_calendar(notice)
    assert load_calendar("CN-IB").is_business_day(date(2027, 2, 20))


def test_past_its_data_a_calendar_goes_on_by_weekends_where_that_is_agreed() -> None:
    calendar = load_calendar("CN-IB").extended()
    assert calendar.is_business_day(date(2028, 10, 2))
    assert not calendar.is_business_day(date(2028, 10, 1))  # a Sunday
    with pytest.raises(CalendarExhausted):
        calendar.is_business_day(date(2018, 12, 31))
    with pytest.raises(CalendarExhausted):
        load_calendar("CN-IB").is_business_day(date(2028, 1, 1))


def test_files_and_folders_of_calendars(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text(CSV, encoding="utf-8")
    (tmp_path / "a.toml").write_text(TOML, encoding="utf-8")
    (tmp_path / "README").write_text("nothing", encoding="utf-8")
    assert [it.name for it in read_calendars(tmp_path)] == ["a", "b"]
    with pytest.raises(BadFile, match="ends in"):
        list(read_calendars(tmp_path / "README"))
    with pytest.raises(BadFile):
        list(read_calendars(tmp_path / "c.csv"))


def test_calendars_on_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "mall.csv").write_text(CSV, encoding="utf-8")
    (tmp_path / "CN-IB.csv").write_text(CSV, encoding="utf-8")
    run = CliRunner()
    shown = run.invoke(main, ["--calendars", str(tmp_path / "mall.csv"), "calendars", "--csv"])
    assert "mall,2024-01-01,2025-12-31,2025-12-31" in shown.output.splitlines()
    again = run.invoke(main, ["calendars", "--csv"], env={"BANKCORE_CALENDARS": str(tmp_path / "mall.csv")})
    assert again.output == shown.output
    refused = run.invoke(main, ["--calendars", str(tmp_path), "calendars"])
    assert (refused.exit_code, "calendar_contradiction" in refused.stderr) == (2, True)
