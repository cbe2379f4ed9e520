"""Rates."""

from __future__ import annotations

from bankcore.rates import Rate

SEEDS = ("4.30%", "3‰", "0.043", "43/1000", "-1/3", "1/0", "0." + "0" * 60 + "1%")

read, written = Rate.parse, str
