"""Dates."""

from __future__ import annotations

from bankcore.calendars import parse_date

SEEDS = ("2024-02-29", "0001-01-01", "9999-12-31", "2023-02-29", "2024-W05-1")

read, written = parse_date, str
