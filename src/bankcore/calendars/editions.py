"""The calendars that this process knows, by name: those shipped with bankcore, and those supplied to it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from bankcore.calendars.business import Calendar
from bankcore.errors import CalendarContradiction, UnknownName

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

__all__ = ["add_calendar", "calendar_names", "load_calendar"]

_supplied: dict[str, Calendar] = {}


def load_calendar(name: str) -> Calendar:
    """A calendar that was supplied, or one shipped with bankcore: WEEKENDS (unlimited), CN-SSE (stock
    exchange, closed on make-up workdays) or CN-IB (interbank market, open on them).

    Raises UnknownName for any other name.
    """
    if isinstance(name, str) and (supplied := _supplied.get(name)):
        return supplied
    if not isinstance(name, str) or name not in _shipped():
        raise UnknownName("calendar", str(name)[:40], ", ".join(calendar_names()))
    return _load(name)


def add_calendar(calendar: Calendar) -> None:
    """Supply a calendar to this process, or a later edition of one that it knows.

    A later edition says the same of every day that was announced, so that no contract's past moves.
    Raises CalendarContradiction otherwise.

    >>> from datetime import date
    >>> add_calendar(Calendar("MALL", date(2024, 1, 1), date(2024, 12, 31), frozenset(), frozenset()))
    >>> load_calendar("MALL").is_business_day(date(2024, 10, 1))
    True
    """
    if calendar.name in calendar_names():
        _check_edition(load_calendar(calendar.name), calendar)
    _supplied[calendar.name] = calendar


def calendar_names() -> list[str]:
    """The names of all calendars that this process knows, ascending.

    >>> "CN-IB" in calendar_names()
    True
    """
    return sorted({*_shipped(), *_supplied})


def _check_edition(before: Calendar, after: Calendar) -> None:
    """Raises CalendarContradiction for the first announced day of which the later edition says otherwise."""
    if after.first > before.first:
        raise CalendarContradiction(before.name, before.first)
    if after.known_to < before.known_to:
        raise CalendarContradiction(before.name, before.known_to)
    changed = (before.holidays ^ after.holidays) | (before.workdays ^ after.workdays)
    announced = [day for day in changed if before.first <= day <= before.known_to]
    if announced or before.weekend != after.weekend:
        raise CalendarContradiction(before.name, min(announced, default=before.first))


@cache
def _load(name: str) -> Calendar:
    return Calendar.parse(name, _shipped()[name].read_text("utf-8"))


@cache
def _shipped() -> dict[str, Traversable]:
    """The data files by calendar name."""
    from importlib.resources import files

    return {file.name.removesuffix(".toml"): file for file in files("bankcore").joinpath("data").iterdir()}
