"""Scenarios in TOML."""

from __future__ import annotations

from pathlib import Path

from bankcore.simulation.scenario import Scenario, parse

SEEDS = (
    *(
        file.read_text(encoding="utf-8")
        for file in sorted((Path(__file__).parents[1] / "examples").glob("*.toml"))
    ),
    """
start = 2024-05-01
end = 2024-05-09
[programme.mall]
[population.customer]
size = 2
pocket = { from = "1.00", to = "9.00", step = "0.50" }
[[step]]
every = "FREQ=WEEKLY;BYDAY=MO"
each = "customer"
do = "recharge"
with = { client = "{customer}", amount = { one_of = ["1.00", "2.00"], weights = [1, 2] }, recharge = "r" }
[[step]]
on = [2024-05-02, 2024-05-03]
expect = { balance = "wallet:*:reserve", at_least = "0.00" }
""",
)


def read(text: str) -> Scenario:
    return parse(text, name="fuzzed")
