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
from zoneinfo import ZoneInfo

from bankcore.errors import UnknownName

__all__ = ["day_in", "start_of", "zone_of"]


def zone_of(name: str) -> ZoneInfo:
    """The time zone of a name such as `Asia/Shanghai`; raises UnknownName.

    >>> zone_of("Asia/Shanghai").key
    'Asia/Shanghai'
    """
    try:
        return ZoneInfo(name)
    except (LookupError, OSError, TypeError, ValueError):
        raise UnknownName("time zone", str(name), "names such as Asia/Shanghai, Europe/Berlin, UTC") from None


def day_in(name: str, instant: datetime) -> date:
    """The day of an instant in a zone; raises UnknownName."""
    return instant.astimezone(zone_of(name)).date()


def start_of(name: str, day: date) -> datetime:
    """The instant at which a day begins in a zone; raises UnknownName."""
    return datetime.combine(day, time(), zone_of(name))
