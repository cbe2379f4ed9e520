"""Calendars, with one query of each."""

from __future__ import annotations

from bankcore.calendars import Calendar, Roll

SEEDS = (
    'first = 2024-01-01\nlast = 2024-12-31\nholidays = ["2024-10-01/2024-10-07", 2024-05-01]',
    'workdays = ["2024-02-04"]\nholidays = []',
    'first = 2024-01-01T00:00:00\nholidays = "2024-10-01"',
)


def read(text: str) -> Calendar:
    calendar = Calendar.parse("fuzzed", text)
    for day in sorted(calendar.holidays)[:3]:
        calendar.roll(day, Roll.MODIFIED_FOLLOWING)
    return calendar
