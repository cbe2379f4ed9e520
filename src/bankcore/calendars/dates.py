"""Strict dates, month arithmetic and periods."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta

from attrs import frozen

from bankcore.errors import BadDate, BadPeriod

__all__ = ["Period", "add_months", "check_date", "check_period", "is_month_end", "month_end", "parse_date"]

_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PERIOD = re.compile(r"[1-9][0-9]{0,3}[DMY]")


def parse_date(text: str) -> date:
    """Read "2024-01-31" and no other notation.  Raises BadDate.

    >>> parse_date("2024-01-31")
    datetime.date(2024, 1, 31)
    """
    if not isinstance(text, str):
        raise BadDate(text, f"a date is read from text, not {type(text).__name__}")
    if not _ISO.fullmatch(text):
        raise BadDate(text[:20], "write YYYY-MM-DD")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadDate(text, "there is no such day") from None


def check_date(day: object) -> None:
    """Raises BadDate unless the day is a date and not a datetime."""
    if type(day) is not date:  # a datetime is a date, too, but cannot be compared with one
        raise BadDate(day, f"a date is needed, not {type(day).__name__}")


def month_end(day: date) -> date:
    """The last day of the day's month; raises BadDate.

    >>> month_end(date(2024, 2, 1))
    datetime.date(2024, 2, 29)
    """
    check_date(day)
    return day.replace(day=monthrange(day.year, day.month)[1])


def is_month_end(day: date) -> bool:
    """Whether the day is the last of its month; raises BadDate.

    >>> is_month_end(date(2023, 2, 28))
    True
    """
    return day == month_end(day)


def check_period(since: date | None, until: date | None) -> None:
    """Raises BadDate unless each is a date or None, BadPeriod where `until` is before `since`."""
    for day in (since, until):
        if day is not None:
            check_date(day)
    if since is not None and until is not None and until < since:
        raise BadPeriod(f"{since} to {until}", "it ends before it begins")


def add_months(start: date, months: int, end_of_month: bool = False) -> date:
    """The same day `months` later (or earlier), clamped to the last day of a shorter month.

    With `end_of_month` the last day of a month moves to the last day of a month.
    Raises BadPeriod unless `months` is an int, BadDate beyond the years 1 to 9999.

    >>> add_months(date(2024, 2, 29), 1), add_months(date(2024, 2, 29), 1, end_of_month=True)
    (datetime.date(2024, 3, 29), datetime.date(2024, 3, 31))
    """
    check_date(start)
    if type(months) is not int:
        raise BadPeriod(months, f"the number of months is an int, not {type(months).__name__}")
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    if not date.min.year <= year <= date.max.year:
        raise BadDate(start, "the result is outside the years 1 to 9999")
    last = monthrange(year, month + 1)[1]
    sticky = end_of_month and is_month_end(start)
    return date(year, month + 1, last if sticky else min(start.day, last))


@frozen
class Period:
    """A span of days, months or years, such as "7D", "3M" or "1Y"."""

    count: int
    unit: str

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read a count from 1 to 9999 and D, M or Y.  Raises BadPeriod."""
        if not isinstance(text, str):
            raise BadPeriod(text, f"a period is read from text, not {type(text).__name__}")
        if not _PERIOD.fullmatch(text):
            raise BadPeriod(text[:20], "write a count and D, M or Y, such as 7D, 3M or 1Y")
        return cls(int(text[:-1]), text[-1])

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"

    def add_to(self, start: date, times: int = 1) -> date:
        """The end of the n-th period, each counted from the original start.

        Raises BadPeriod unless `times` is an int, BadDate beyond the years 1 to 9999.

        >>> [Period.parse("1M").add_to(date(2024, 1, 31), n).day for n in (1, 2, 3)]
        [29, 31, 30]
        """
        if type(times) is not int:
            raise BadPeriod(times, f"the number of periods is an int, not {type(times).__name__}")
        if self.unit != "D":
            return add_months(start, self.count * times * (12 if self.unit == "Y" else 1))
        check_date(start)
        try:
            return start + timedelta(days=self.count * times)
        except OverflowError:
            raise BadDate(start, "the result is outside the years 1 to 9999") from None
