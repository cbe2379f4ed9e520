"""Maps of CSV files in TOML."""

from __future__ import annotations

from pathlib import Path

from bankcore.replay import Mapping

MAP = """
key = "shop:{id}"
description = "{text}"
[file]
order = ["day", "id"]
delimiter = ";"
encoding = "utf-8"
[date]
column = "day"
format = "%d.%m.%Y"
[amount]
column = "amount"
unit = "CNY/2"
decimal = ","
thousands = "."
[account]
path = "client:{client}"
type = "liability"
floor = "0.00"
[[sign]]
when = { type = ["in", "refund"] }
side = "credit"
[[sign]]
when = { type = "out" }
side = "debit"
[[contra]]
path = "bank:cash"
type = "asset"
[balance]
column = "balance"
[balance.rounding]
column = "delta"
path = "bank:rounding"
type = "expense"
"""
SEEDS = (MAP, (Path(__file__).parents[1] / "examples" / "berka.toml").read_text(encoding="utf-8"))


def read(text: str) -> Mapping:
    return Mapping.parse(text)
