"""Year fractions, exact, by the conventions of the market."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Callable
from datetime import date
from enum import Enum
from fractions import Fraction
from typing import NoReturn

from bankcore.calendars.dates import add_months, check_date, is_month_end, month_end
from bankcore.errors import BadDate, UnknownName

__all__ = ["DayCount", "day_count", "day_count_days"]


class DayCount(Enum):
    """Day-count conventions; sections are of the 2006 ISDA Definitions."""

    ACT_360 = "ACT/360"  # 4.16(e)
    ACT_360_INC = "ACT/360-INC"  # the last day counts too
    ACT_364 = "ACT/364"
    ACT_365F = "ACT/365F"  # 4.16(d)
    ACT_ACT_ISDA = "ACT/ACT-ISDA"  # 4.16(b)
    ACT_ACT_AFB = "ACT/ACT-AFB"  # FBF master agreement 1994; the end of February is read as ISDA does
    THIRTY_E_360 = "30E/360"  # 4.16(g)
    THIRTY_E_360_ISDA = "30E/360-ISDA"  # 4.16(h), the end never being the termination date
    THIRTY_360_US = "30/360-US"  # SIFMA, with its February rule
    THIRTY_360_NASD = "30/360-NASD"
    THIRTY_360_BOND = "30/360-BOND"  # 4.16(f)
    THIRTY_360_ITALIAN = "30/360-ITALIAN"
    CN_ITEM = "CN-ITEM"  # 逐笔计息: whole months of 30 days, odd days as actual days

    @classmethod
    def _missing_(cls, value: object) -> NoReturn:
        raise UnknownName("day count", str(value)[:40], ", ".join(each.value for each in cls))


def day_count(convention: DayCount | str, start: date, end: date) -> Fraction:
    """The exact year fraction of [start, end).

    Raises UnknownName for an unknown convention, BadDate where the end is before the start.
    """
    convention = DayCount(convention)
    days = day_count_days(convention, start, end)
    if convention is DayCount.ACT_ACT_ISDA:
        return _act_act_isda(start, end)
    if convention is DayCount.ACT_ACT_AFB:
        return _act_act_afb(start, end)
    return Fraction(days, _YEAR_DAYS.get(convention, 360))


def day_count_days(convention: DayCount | str, start: date, end: date) -> int:
    """The days of [start, end) as the convention counts them; ACT/ACT counts actual days.

    Raises UnknownName for the convention, BadDate where the end is before the start.

    >>> day_count_days(DayCount.THIRTY_360_BOND, date(2024, 1, 31), date(2024, 3, 1))
    31
    """
    convention = DayCount(convention)
    check_date(start)
    check_date(end)
    if end < start:
        raise BadDate(end, f"it is before the start {start}")
    if convention is DayCount.CN_ITEM:
        return _cn_item_days(start, end)
    if convention in _THIRTY_DAYS:
        first, last = _THIRTY_DAYS[convention](start, end)
        return 360 * (end.year - start.year) + 30 * (end.month - start.month) + last - first
    return (end - start).days + (convention is DayCount.ACT_360_INC)


def _cn_item_days(start: date, end: date) -> int:
    months = 12 * (end.year - start.year) + end.month - start.month
    if add_months(start, months) > end:
        months -= 1
    return 30 * months + (end - add_months(start, months)).days


def _act_act_isda(start: date, end: date) -> Fraction:
    """The days of each calendar year over its own length."""
    return _year_position(end) - _year_position(start)


def _year_position(day: date) -> Fraction:
    return day.year + Fraction(day.timetuple().tm_yday - 1, 366 if isleap(day.year) else 365)


def _act_act_afb(start: date, end: date) -> Fraction:
    """Whole years back from the end; the rest is divided by 366 if it contains a 29 February, else 365."""
    years = end.year - start.year
    if _years_before(end, years) < start:
        years -= 1
    stub_end = _years_before(end, years)
    holds_leap_day = any(
        isleap(year) and start <= date(year, 2, 29) < stub_end for year in {start.year, stub_end.year}
    )
    return years + Fraction((stub_end - start).days, 366 if holds_leap_day else 365)


def _years_before(end: date, years: int) -> date:
    if years and end.month == 2 and end.day >= 28:
        return month_end(date(end.year - years, 2, 1))
    return end.replace(year=end.year - years)


def _february_end(day: date) -> bool:
    return day.month == 2 and is_month_end(day)


def _european(start: date, end: date) -> tuple[int, int]:
    return min(start.day, 30), min(end.day, 30)


def _isda(start: date, end: date) -> tuple[int, int]:
    first, last = _european(start, end)
    return 30 if _february_end(start) else first, 30 if _february_end(end) else last


def _us(start: date, end: date) -> tuple[int, int]:
    first, last = start.day, end.day
    if _february_end(start):
        first = 30
        if _february_end(end):
            last = 30
    if last == 31 and first >= 30:
        last = 30
    return min(first, 30), last


def _bond(start: date, end: date) -> tuple[int, int]:
    first = min(start.day, 30)
    return first, min(end.day, 30) if first == 30 else end.day


def _italian(start: date, end: date) -> tuple[int, int]:
    first, last = _european(start, end)
    return 30 if start.month == 2 and first > 27 else first, 30 if end.month == 2 and last > 27 else last


_YEAR_DAYS = {DayCount.ACT_364: 364, DayCount.ACT_365F: 365}
_THIRTY_DAYS: dict[DayCount, Callable[[date, date], tuple[int, int]]] = {
    DayCount.THIRTY_E_360: _european,
    DayCount.THIRTY_E_360_ISDA: _isda,
    DayCount.THIRTY_360_US: _us,
    DayCount.THIRTY_360_NASD: _bond,  # its "31st becomes the next 1st" is the same day 31
    DayCount.THIRTY_360_BOND: _bond,
    DayCount.THIRTY_360_ITALIAN: _italian,
}
