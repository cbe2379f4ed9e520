"""When steps happen."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from bankcore.simulation.language import ON
from bankcore.simulation.refusals import BadScenario
from bankcore.simulation.schedule import days_of
from bankcore.simulation.section import Section

FIRST, LAST = date(2024, 5, 1), date(2024, 5, 31)


def days(**step: Any) -> list[int]:
    section = Section("step 1", step, ON)
    return sorted(day.day for day in days_of(section, FIRST, LAST))


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ({"on": date(2024, 5, 3)}, [3]),
        ({"on": [date(2024, 5, 3), date(2024, 5, 31)]}, [3, 31]),
        ({"every": "day", "until": date(2024, 5, 3)}, [1, 2, 3]),
        ({"every": "week"}, [1, 8, 15, 22, 29]),
        ({"every": "week", "since": date(2024, 5, 2)}, [2, 9, 16, 23, 30]),
        ({"every": "month"}, [1]),
        ({"every": "FREQ=WEEKLY;BYDAY=MO"}, [6, 13, 20, 27]),
        ({"every": "FREQ=MONTHLY;BYDAY=-1FR"}, [31]),
        ({"every": "FREQ=MONTHLY;BYMONTHDAY=-1,15"}, [15, 31]),
        ({"every": "FREQ=DAILY;INTERVAL=10;COUNT=2"}, [1, 11]),
        ({"every": {"freq": "weekly", "byday": ["tu", "th"], "interval": 2}}, [2, 14, 16, 28, 30]),
        ({"every": {"freq": "monthly", "bymonthday": 20}}, [20]),
    ],
)
def test_days(step: dict[str, Any], expected: list[int]) -> None:
    assert days(**step) == expected


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        ({}, "field on: a step needs either on or every"),
        ({"on": "2024-05-03"}, "field on: a date or a list is needed, not '2024-05-03'"),
        (
            {"on": date(2024, 4, 30)},
            "field on: a date from 2024-05-01 to 2024-05-31 is needed, not 2024-04-30",
        ),
        ({"on": [7]}, "a date from"),
        ({"on": []}, "field on: there is no such day"),
        ({"every": 7}, "field every: text or a table is needed, not 7"),
        ({"every": "monday"}, "'monday' is not a rule; write day, week, month, year or FREQ=WEEKLY"),
        ({"every": "FREQ=SECONDLY"}, "is not a rule"),
        ({"every": "FREQ=DAILY;INTERVAL=0"}, "is not a rule"),
        ({"every": "FREQ=YEARLY;BYMONTH=13"}, "is not a rule"),
        ({"every": "FREQ=DAILY;COUNT=1;COUNT=2"}, "is not a rule"),
        ({"every": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}, "field every: there is no such day"),
        ({"every": {"freq": 1}}, "field every, field freq: text is needed, not 1"),
        ({"every": {"byday": "mo"}}, "field freq: it is missing"),
        ({"every": {"freq": "weekly", "byday": []}}, "byday needs text"),
        ({"every": {"freq": "weekly", "byday": [True]}}, "byday needs text"),
        (
            {"every": "day", "since": date(2024, 6, 1)},
            "field since: 2024-06-01 to 2024-05-31 is not within",
        ),
        ({"every": "day", "on": date(2024, 5, 3)}, "field every: it does not go with on"),
    ],
)
def test_refusals(step: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadScenario, match=reason):
        days(**step)
