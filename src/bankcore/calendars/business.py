"""Business days of one market, read from data: TOML or CSV."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from enum import Enum
from typing import Any, NoReturn, Self

from attrs import evolve, frozen

from bankcore.calendars.dates import check_date, parse_date
from bankcore.errors import BadDate, BadPeriod, BadTerms, CalendarExhausted, UnknownName
from bankcore.errors.nearest import choices

__all__ = ["Calendar", "Roll"]

_COLUMNS = ["date", "kind"]
_KINDS = ("holiday", "workday")
_KEYS = ("first", "last", "announced", "holidays", "workdays")


class Roll(Enum):
    """How a date that is not a business day is rolled; CALENDAR leaves it unchanged.

    The modified conventions reverse direction rather than leave the month.
    """

    CALENDAR = "calendar"
    FOLLOWING = "following"
    MODIFIED_FOLLOWING = "modified_following"
    PRECEDING = "preceding"
    MODIFIED_PRECEDING = "modified_preceding"

    @classmethod
    def _missing_(cls, value: object) -> NoReturn:
        raise UnknownName("roll", str(value)[:40], ", ".join(each.value for each in cls))


@frozen
class Calendar:
    """The business days of one market, with data from `first` to `last`.

    `weekend` holds the weekdays that are closed (Monday is 0); `workdays` are weekend days that are
    open nevertheless.  Days after `announced` are what the law of public holidays says of them, before the
    year's notice of make-up workdays.  Any query about a day outside the range raises CalendarExhausted,
    except that with `open_ended` only weekends are closed after `last`.
    """

    name: str
    first: date
    last: date
    holidays: frozenset[date]
    workdays: frozenset[date]
    weekend: frozenset[int] = frozenset({5, 6})
    announced: date | None = None
    open_ended: bool = False

    @property
    def known_to(self) -> date:
        """The last day that will not change any more."""
        return self.announced or self.last

    def extended(self) -> Self:
        """The calendar that goes on after its last day with only weekends closed."""
        return evolve(self, open_ended=True)

    @classmethod
    def parse(cls, name: str, text: str) -> Calendar:
        """Read TOML with `first`, `last`, `announced`, and lists of days or spans, `holidays` and `workdays`.

        Raises BadTerms or BadDate where the text does not have that form or contradicts itself.

        >>> text = 'first = 2024-01-01\\nlast = 2024-12-31\\nholidays = ["2024-10-01/2024-10-07"]'
        >>> Calendar.parse("X", text).roll(date(2024, 10, 1), Roll.FOLLOWING)
        datetime.date(2024, 10, 8)
        """
        from bankcore.readers import read_toml  # here, because most processes read no calendar

        data = read_toml(text, lambda reason: BadTerms("calendar", f"{name}: {reason}"))
        return cls.from_data(name, data)

    @classmethod
    def from_data(cls, name: str, data: dict[str, Any]) -> Calendar:
        """A calendar from plain data as in TOML.  Raises BadTerms, as `parse` does."""
        for key in sorted(data.keys() - set(_KEYS)):
            raise BadTerms("calendar", f"{name}: there is no such key {key!r}; {choices(key, _KEYS)}")
        first, last = data.get("first", date.min), data.get("last", date.max)
        return cls._of(
            name, first, last, _days(data, "holidays"), _days(data, "workdays"), data.get("announced")
        )

    @classmethod
    def parse_csv(cls, name: str, text: str) -> Calendar:
        """Read CSV with the columns `date` and `kind`, which is holiday or workday, for whole years.

        The data go from the first day of the first year to the last day of the last.  Raises BadTerms or
        BadDate where the text does not have that form or contradicts itself.

        >>> Calendar.parse_csv("X", "date,kind\\n2024-10-01,holiday\\n2024-10-12,workday\\n").last
        datetime.date(2024, 12, 31)
        """
        from bankcore.readers import read_csv  # here, because most processes read no calendar

        read = read_csv(text, lambda reason: BadTerms("calendar", f"{name}: {reason}"))
        head, *rows = [row for _, row in read] or [[]]
        days: dict[str, list[date]] = {kind: [] for kind in _KINDS}
        if head != _COLUMNS:
            raise BadTerms("calendar", f"the first line of {name} is not {','.join(_COLUMNS)}")
        for row in rows:
            if len(row) != len(_COLUMNS) or row[1] not in days:
                raise BadTerms("calendar", f"{name} has a row that is no date and {' or '.join(_KINDS)}")
            days[row[1]].append(parse_date(row[0]))
        holidays, workdays = (frozenset(days[kind]) for kind in _KINDS)
        if not holidays | workdays:
            raise BadTerms("calendar", f"{name} has no day")
        first, last = min(holidays | workdays).year, max(holidays | workdays).year
        return cls._of(name, date(first, 1, 1), date(last, 12, 31), holidays, workdays)

    @classmethod
    def _of(
        cls,
        name: str,
        first: date,
        last: date,
        holidays: frozenset[date],
        workdays: frozenset[date],
        announced: date | None = None,
    ) -> Calendar:
        """A calendar whose data do not contradict themselves; raises BadDate."""
        for day in (first, last, announced or last):
            check_date(day)
        if not first <= (announced or last) <= last:
            raise BadDate(announced or last, f"{name} covers {first} to {last}")
        if holidays & workdays:
            raise BadDate(min(holidays & workdays), f"{name} has it both as a holiday and as a workday")
        outside = [day for day in holidays | workdays if not first <= day <= last]
        if outside:
            raise BadDate(min(outside), f"{name} covers {first} to {last}")
        return cls(name, first, last, holidays, workdays, announced=announced)

    def is_business_day(self, day: date) -> bool:
        """Whether the market is open on the day; raises CalendarExhausted outside the data, BadDate."""
        check_date(day)
        if not self.first <= day <= self.last and not (self.open_ended and day > self.last):
            raise CalendarExhausted(self.name, day, self.first, self.last)
        if day in self.workdays:
            return True
        return day.weekday() not in self.weekend and day not in self.holidays

    def roll(self, day: date, roll: Roll | str) -> date:
        """The day itself if it is a business day, otherwise the day that `roll` gives.

        Raises UnknownName for an unknown roll.
        """
        roll = Roll(roll)
        if roll is Roll.CALENDAR:
            return day
        forward = roll in (Roll.FOLLOWING, Roll.MODIFIED_FOLLOWING)
        rolled = self._nearest(day, 1 if forward else -1)
        if roll in (Roll.MODIFIED_FOLLOWING, Roll.MODIFIED_PRECEDING) and rolled.month != day.month:
            return self._nearest(day, -1 if forward else 1)
        return rolled

    def add_business_days(self, day: date, count: int) -> date:
        """The count-th business day after the day, or before it if negative; 0 rolls FOLLOWING.

        Raises BadPeriod unless `count` is an int.
        """
        if type(count) is not int:
            raise BadPeriod(count, f"business days are an int, not {type(count).__name__}")
        step = -1 if count < 0 else 1
        if not count:
            return self._nearest(day, step)
        for _ in range(abs(count)):
            day = self._nearest(self._beside(day, step), step)
        return day

    def _nearest(self, day: date, step: int) -> date:
        while not self.is_business_day(day):
            day = self._beside(day, step)
        return day

    def _beside(self, day: date, step: int) -> date:
        check_date(day)
        if day == (date.max if step > 0 else date.min):
            raise CalendarExhausted(self.name, day, self.first, self.last)
        return day + timedelta(days=step)


def _days(data: dict[str, Any], key: str) -> frozenset[date]:
    entries = data.get(key, [])
    if not isinstance(entries, list):
        raise BadTerms(key, "a list of days is needed")
    return frozenset(day for entry in entries for day in _span(entry))


def _span(entry: object) -> Iterator[date]:
    """The days of "2024-10-01" or "2024-10-01/2024-10-07" (ISO 8601), at most a year of them."""
    first, _, last = str(entry).partition("/")
    start = parse_date(first)
    end = parse_date(last) if last else start
    if not 0 <= (end - start).days <= 366:
        raise BadDate(entry, "a span runs forward, for at most a year")
    return (start + timedelta(days=offset) for offset in range((end - start).days + 1))
