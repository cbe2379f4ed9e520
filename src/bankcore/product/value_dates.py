"""Value dates (起息日) of what becomes known late: the entry is of today, the exact sum from an earlier day.

>>> check_value_date(date(2024, 5, 1), date(2024, 5, 31), value_back=30)
>>> check_value_date(date(2024, 4, 30), date(2024, 5, 31), value_back=30)
Traceback (most recent call last):
    ...
bankcore.errors.transactions.PeriodClosed: 2024-04-30 is closed; the book is closed through 2024-04-30
"""

from __future__ import annotations

from datetime import date, timedelta

from bankcore.errors import BadCommand, PeriodClosed

__all__ = ["check_value_date"]


def check_value_date(value_on: date, today: date, value_back: int) -> None:
    """Raises BadCommand for a day after today, PeriodClosed for one more than `value_back` days ago."""
    if value_on > today:
        raise BadCommand("value_on", f"{value_on} is after the business date {today}")
    if (today - value_on).days > value_back:
        raise PeriodClosed(value_on, today - timedelta(days=value_back + 1))
