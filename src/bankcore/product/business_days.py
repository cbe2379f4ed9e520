"""Business days of a contract: its calendar, and what holds past the last day that the calendar knows.

>>> business_calendar("CN-IB", PastCalendar.WEEKENDS).roll(date(2031, 2, 1), "following")
datetime.date(2031, 2, 3)
"""

from __future__ import annotations

from datetime import date
from enum import Enum
from typing import Any

from bankcore.calendars import Calendar, Roll, load_calendar
from bankcore.product import term
from bankcore.product.voucher import Voucher

__all__ = ["CALENDAR_ENDS", "PastCalendar", "business_calendar", "past_calendar_term", "tell_calendar_end"]

CALENDAR_ENDS = "calendar-ends"


class PastCalendar(Enum):
    """What a contract does whose days lie past the data of its calendar."""

    REFUSE = "refuse"  # it is not signed
    WEEKENDS = "weekends"  # it is signed, and goes on with only weekends closed


def past_calendar_term() -> Any:
    """The term that says what holds past the calendar's data."""
    return term.choice(PastCalendar.REFUSE, "what holds past the calendar's data: refuse, or weekends only")


def business_calendar(name: str, past: PastCalendar) -> Calendar:
    """The calendar of a contract; a day past its data raises CalendarExhausted unless weekends go on."""
    calendar = load_calendar(name)
    return calendar.extended() if past is PastCalendar.WEEKENDS else calendar


def tell_calendar_end(
    voucher: Voucher, calendar: str, roll: Roll, party: str, subject: str, last: date
) -> None:
    """A notice to who signs where the last day lies past what is announced, with the last day that is.

    A contract that does not roll has no need of it.
    """
    known_to = load_calendar(calendar).known_to
    if roll is not Roll.CALENDAR and last > known_to:
        days = {"known_to": known_to.isoformat(), "last": last.isoformat()}
        voucher.notify(party, CALENDAR_ENDS, subject, calendar=calendar, **days)
