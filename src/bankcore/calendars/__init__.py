"""Dates: day counts, month arithmetic, business days.

>>> from datetime import date
>>> add_months(date(2024, 1, 31), 1), add_months(date(2024, 1, 31), 2)
(datetime.date(2024, 2, 29), datetime.date(2024, 3, 31))
>>> day_count("30E/360", date(2024, 1, 31), date(2024, 2, 29))
Fraction(29, 360)
>>> load_calendar("CN-IB").roll(date(2024, 2, 17), Roll.FOLLOWING)
datetime.date(2024, 2, 18)
"""

from __future__ import annotations

from bankcore.calendars.business import Calendar, Roll
from bankcore.calendars.dates import Period, add_months, is_month_end, month_end, parse_date
from bankcore.calendars.daycounts import DayCount, day_count, day_count_days
from bankcore.calendars.editions import add_calendar, calendar_names, load_calendar

__all__ = [
    "Calendar",
    "DayCount",
    "Period",
    "Roll",
    "add_calendar",
    "add_months",
    "calendar_names",
    "day_count",
    "day_count_days",
    "is_month_end",
    "load_calendar",
    "month_end",
    "parse_date",
]
