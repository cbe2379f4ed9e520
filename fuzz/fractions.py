"""Exact fractions, as carried remainders are stored."""

from __future__ import annotations

from bankcore.rates import fraction_text, parse_fraction

SEEDS = ("1/3", "-22/7", "6/4", "1/0", "0/1")

read, written = parse_fraction, fraction_text
