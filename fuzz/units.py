"""Units."""

from __future__ import annotations

from bankcore.units import Unit

SEEDS = ("CNY/2", "POINT/0", "A23456789012/9", "cny/2", "CNY/10")

read, written = Unit.parse, str
