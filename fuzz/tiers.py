"""Tiers: the mode, and a line of start and rate for each."""

from __future__ import annotations

from bankcore.amounts import Amount
from bankcore.rates import Tiers

SEEDS = ("whole\n0 0%\n50000 3%", "marginal\n0 1/3\n1 2‰\n9 0.5", "whole\n5 1%", "whole\n0 1\n0 2")


def read(text: str) -> Tiers:
    mode, *lines = text.split("\n")
    pairs = (line.partition(" ") for line in lines)
    return Tiers.of([(Amount.parse(start, "X/0").quantity, rate) for start, _, rate in pairs], mode)


def written(tiers: Tiers) -> str:
    return "\n".join([tiers.mode.value, *(f"{start} {rate}" for start, rate in tiers.steps)])
