"""Amounts, preceded by the unit in which they are read."""

from __future__ import annotations

from bankcore.amounts import Amount

SEEDS = (
    "CNY/2 1,234.56",
    "CNY/2 -0.01 CNY",
    "POINT/0 12",
    "BTC/9 9223372036.854775807",
    "X/0 9223372036854775808",
)


def read(text: str) -> Amount:
    unit, _, amount = text.partition(" ")
    return Amount.parse(amount, unit)


def written(amount: Amount) -> str:
    return f"{amount.unit} {amount}"
