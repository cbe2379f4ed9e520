"""Time zones by name (IANA): the calendar day at the bank's place of business.

>>> from datetime import UTC
>>> instant = datetime(2024, 5, 1, 20, tzinfo=UTC)
>>> day_in("Asia/Shanghai", instant), day_in("America/Los_Angeles", instant)
(datetime.date(2024, 5, 2), datetime.date(2024, 5, 1))
>>> start_of("Asia/Shanghai", day_in("Asia/Shanghai", instant)).isoformat()
'2024-05-02T00:00:00+08:00'
"""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo, available_timezones

from bankcore.errors import UnknownName
from bankcore.errors.nearest import nearest

__all__ = ["day_in", "start_of", "zone_of"]

_SAMPLES = ("Asia/Shanghai", "Europe/Berlin", "UTC")


def zone_of(name: str) -> ZoneInfo:
    """The time zone of a name such as `Asia/Shanghai`; raises UnknownName.

    >>> zone_of("Asia/Shanghai").key
    'Asia/Shanghai'
    """
    try:
        return ZoneInfo(name)
    except (LookupError, OSError, TypeError, ValueError):
        raise _unknown(str(name)) from None


def _unknown(name: str) -> UnknownName:
    near = nearest(name, sorted(available_timezones()), alike=0.6)
    return UnknownName("time zone", name, f"names such as {', '.join(near or _SAMPLES)}")


def day_in(name: str, instant: datetime) -> date:
    """The day of an instant in a zone; raises UnknownName."""
    return instant.astimezone(zone_of(name)).date()


def start_of(name: str, day: date) -> datetime:
    """The instant at which a day begins in a zone; raises UnknownName."""
    return datetime.combine(day, time(), zone_of(name))
