"""Workload W: seeded transfers between 1,000 customers and three house accounts.

Three in five recharge a customer from the reserve, three in ten pay the service from a customer, one
in ten sweeps the service back to the reserve; a customer without enough money is recharged instead, so
only the reserve goes below zero.  A seed gives the same list of transfers on every machine.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import islice
from typing import NamedTuple, TypeVar

CUSTOMERS = [f"c{number:04d}" for number in range(1000)]
RESERVE, SERVICE, INCOME = "reserve", "service", "income"
ACCOUNTS = [*CUSTOMERS, RESERVE, SERVICE, INCOME]
SEED = 20250101
FIRST_DAY = date(2025, 1, 1)
MOST_CENTS = 50_000

T = TypeVar("T")


class Transfer(NamedTuple):
    """`cents` move from `source` to `target`."""

    number: int
    key: str
    kind: str
    source: str
    target: str
    cents: int
    day: date

    @property
    def text(self) -> str:
        return f"{self.kind} {self.number}"


def transfers(count: int, seed: int = SEED) -> Iterator[Transfer]:
    """The first `count` transfers, spread over a year."""
    chance = random.Random(seed)
    held = dict.fromkeys(ACCOUNTS, 0)
    for number in range(1, count + 1):
        draw, cents = chance.random(), chance.randint(1, MOST_CENTS)
        customer = CUSTOMERS[chance.randrange(len(CUSTOMERS))]
        if draw >= 0.9 and held[SERVICE]:
            kind, source, target = "sweep", SERVICE, RESERVE
        elif 0.6 <= draw < 0.9 and held[customer]:
            kind, source, target = "consume", customer, SERVICE
        else:
            kind, source, target = "recharge", RESERVE, customer
        if kind != "recharge":
            cents = min(cents, held[source])
        held[source] -= cents
        held[target] += cents
        day = FIRST_DAY + timedelta(days=(number - 1) * 365 // count)
        yield Transfer(number, f"key-{number:09d}", kind, source, target, cents, day)


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of `size` items, the last one shorter."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk
