"""Races between the floor and bankcore, and the table of their results."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from attrs import frozen
from tabulate import tabulate

HEADERS = ("path", "floor", "bankcore", "ratio", "target", "reached")


@frozen
class Result:
    """One line of the table; `reached` is None where there is no target."""

    path: str
    floor: str
    ours: str
    ratio: str = "-"
    target: str = "-"
    reached: bool | None = None


def seconds(action: Callable[..., Any], *arguments: Any) -> float:
    began = time.perf_counter()
    action(*arguments)
    return time.perf_counter() - began


def race(parties: Sequence[Callable[[Any], Any]], items: Iterable[Any]) -> list[list[float]]:
    """Give every item to every party in turn; by party the seconds of each item.

    The machine may do other work at times: the parties meet it alike, and medians are compared.
    """
    taken: list[list[float]] = [[] for _ in parties]
    for item in items:
        for party, times in zip(parties, taken, strict=True):
            times.append(seconds(party, item))
    return taken


def ratio(ours: Sequence[float], floor: Sequence[float]) -> float:
    """The median over the items of the floor's time by ours: 1 is as fast, 0.5 takes twice as long."""
    return statistics.median(theirs / mine for mine, theirs in zip(ours, floor, strict=True))


def rate(path: str, size: int, ours: list[float], floor: list[float], target: float | None = None) -> Result:
    """A line of transactions per second, where an item held `size` of them."""
    share = ratio(ours, floor)
    per_second = [f"{size / statistics.median(times):,.0f}/s" for times in (floor, ours)]
    if target is None:
        return Result(path, *per_second, f"{share:.0%}")
    return Result(path, *per_second, f"{share:.0%}", f">= {target:.0%}", share >= target)


def duration(path: str, ours: list[float], floor: list[float], most: float) -> Result:
    """A line of milliseconds, with the most that bankcore may take as a multiple of the floor."""
    times = 1 / ratio(ours, floor)
    texts = [f"{statistics.median(values) * 1e3:.2f} ms" for values in (floor, ours)]
    return Result(path, *texts, f"{times:.1f}x", f"<= {most:g}x", times <= most)


def table(results: Iterable[Result], style: str = "simple") -> str:
    rows = [
        (r.path, r.floor, r.ours, r.ratio, r.target, {None: "-", True: "yes", False: "no"}[r.reached])
        for r in results
    ]
    return tabulate(rows, HEADERS, tablefmt=style, disable_numparse=True, colalign=("left", *["right"] * 5))
