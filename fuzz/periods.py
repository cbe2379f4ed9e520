"""Periods, and the dates they give."""

from __future__ import annotations

from datetime import date

from bankcore.calendars import Period

SEEDS = ("7D", "3M", "1Y", "9999Y", "0D", "1W")


def read(text: str) -> Period:
    period = Period.parse(text)
    period.add_to(date(2024, 1, 31))
    return period


written = str
