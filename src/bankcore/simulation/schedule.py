"""When a step happens: on given dates, or by a recurrence rule (RFC 5545).

>>> first, last = date(2024, 5, 1), date(2024, 5, 31)
>>> [day.day for day in recurrence("FREQ=WEEKLY;BYDAY=MO", first, last)]
[6, 13, 20, 27]
"""

from __future__ import annotations

import re
from datetime import date, datetime, time

from dateutil.rrule import rrulestr

from bankcore.errors import BankcoreError
from bankcore.simulation.language import RULE
from bankcore.simulation.refusals import BadScenario
from bankcore.simulation.section import Section, shown

__all__ = ["days_of", "recurrence"]

_MONTH = r"([1-9]|1[0-2])"
_MONTH_DAY = r"-?([1-9]|[12][0-9]|3[01])"
_PLACE = r"-?[1-9][0-9]?"
_WEEKDAY = r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)"
_RULE = re.compile(
    r"FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)"
    r"(;(INTERVAL|COUNT)=[1-9][0-9]{0,3}"
    rf"|;BYMONTH={_MONTH}(,{_MONTH})*"
    rf"|;BYMONTHDAY={_MONTH_DAY}(,{_MONTH_DAY})*"
    rf"|;BYSETPOS={_PLACE}(,{_PLACE})*"
    rf"|;BYDAY={_WEEKDAY}(,{_WEEKDAY})*)*"
)
_PLAIN = {"day": "FREQ=DAILY", "week": "FREQ=WEEKLY", "month": "FREQ=MONTHLY", "year": "FREQ=YEARLY"}


def recurrence(rule: str, first: date, last: date) -> tuple[date, ...]:
    """The days of a rule from `first` to `last`, counted from `first`.

    The parts FREQ (DAILY, WEEKLY, MONTHLY, YEARLY), INTERVAL, COUNT, BYMONTH, BYMONTHDAY, BYDAY and
    BYSETPOS are supported.  Raises BadScenario for anything else.
    """
    names = [part.partition("=")[0] for part in rule.split(";")]
    if not _RULE.fullmatch(rule) or len(names) != len(set(names)):
        known = f"write {', '.join(_PLAIN)} or FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH"
        raise BadScenario("rule", f"{shown(rule)} is not a rule; {known}")
    begin, end = datetime.combine(first, time.min), datetime.combine(last, time.min)
    moments = rrulestr(rule, dtstart=begin).between(begin, end, inc=True)
    return tuple(moment.date() for moment in moments)


def days_of(step: Section, start: date, end: date) -> frozenset[date]:
    """Take `on`, or `every` with `since` and `until`, out of a step of a scenario from `start` to `end`."""
    if "on" in step:
        for key in ("every", "since", "until"):
            if key in step:
                raise step.refusal(key, "it does not go with on")
        on = step.take("on")
        days = on if isinstance(on, list) else [on]
        for day in days:
            if type(day) is not date or not start <= day <= end:
                hint = ": a date has no quotes" if isinstance(day, str) else ""
                raise step.refusal("on", f"a date from {start} to {end} is needed, not {shown(day)}{hint}")
        key = "on"
    else:
        if "every" not in step:
            raise step.refusal("on", "a step needs either on or every")
        days, key = list(_recurring(step, start, end)), "every"
    if not days:
        raise step.refusal(key, "there is no such day in the scenario")
    return frozenset(days)


def _recurring(step: Section, start: date, end: date) -> tuple[date, ...]:
    every, since, until = step.take("every"), step.take("since") or start, step.take("until") or end
    if not start <= since <= until <= end:
        raise step.refusal("since", f"{since} to {until} is not within {start} to {end}")
    rule = _PLAIN.get(every, every) if isinstance(every, str) else _written(step, every)
    try:
        return recurrence(rule, since, until)
    except BankcoreError as error:
        raise step.refusal("every", getattr(error, "reason", str(error))) from None


def _written(step: Section, table: dict[str, object]) -> str:
    """A small table as a rule: `{ freq = "weekly", byday = ["mo", "th"], interval = 2 }`."""
    Section(f"{step.place}, field every", table, RULE, step.found)
    parts = []
    for name, value in ({"freq": None} | table).items():
        items = value if isinstance(value, list) else [value]
        if not items or not all(type(item) in (str, int) for item in items):
            raise step.refusal("every", f"{name} needs text, a whole number or a list of them")
        parts.append(f"{name}={','.join(map(str, items))}".upper())
    return ";".join(parts)
