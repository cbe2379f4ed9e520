"""Races between the floor, the limit and bankcore, and the table of their results."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from attrs import evolve, frozen
from tabulate import tabulate

HEADERS = ("path", "floor", "limit", "bankcore", "of floor", "of limit", "target", "goal", "reached")


@frozen
class Result:
    """One line of the table; `reached` says whether the target is, and is None where there is none."""

    path: str
    floor: str
    ours: str
    ratio: str = "-"
    target: str = "-"
    reached: bool | None = None
    limit: str = "-"
    of_limit: str = "-"
    goal: str = "-"


@frozen
class Aim:
    """The required and the desired share of the floor; and a share of the limit."""

    must: float
    goal: float
    of_limit: float = 0


def seconds(action: Callable[..., Any], *arguments: Any) -> float:
    began = time.perf_counter()
    action(*arguments)
    return time.perf_counter() - began


def race(parties: Sequence[Callable[[Any], Any]], items: Iterable[Any]) -> list[list[float]]:
    """Give every item to every party in turn; by party the seconds of each item.

    Other work on the machine affects all parties alike, and medians are compared.
    """
    taken: list[list[float]] = [[] for _ in parties]
    for item in items:
        for party, times in zip(parties, taken, strict=True):
            times.append(seconds(party, item))
    return taken


def ratio(ours: Sequence[float], floor: Sequence[float]) -> float:
    """The median over the items of the floor's time by ours: 1 is as fast, 0.5 takes twice as long."""
    return statistics.median(theirs / mine for mine, theirs in zip(ours, floor, strict=True))


def rate(
    path: str, size: int, floor: list[float], limit: list[float], ours: list[float], aim: Aim | None = None
) -> Result:
    """A line of transactions per second, where an item has `size` of them."""
    share, of_limit = ratio(ours, floor), ratio(ours, limit)
    theirs, loop, mine = (f"{size / statistics.median(times):,.0f}/s" for times in (floor, limit, ours))
    line = Result(path, theirs, mine, f"{share:.0%}", limit=loop, of_limit=f"{of_limit:.0%}")
    if aim is None:
        return line
    target = f">= {aim.must:.0%}" + (f", {aim.of_limit:.0%} of limit" if aim.of_limit else "")
    reached = share >= aim.must and of_limit >= aim.of_limit
    return evolve(line, target=target, goal=f"{aim.goal:.0%}", reached=reached)


def duration(
    path: str, floor: list[float], limit: list[float], ours: list[float], must: float, goal: float
) -> Result:
    """A line of milliseconds, with the most that bankcore may take as a multiple of the floor."""
    times, of_limit = 1 / ratio(ours, floor), 1 / ratio(ours, limit)
    theirs, loop, mine = (f"{statistics.median(it) * 1e3:.2f} ms" for it in (floor, limit, ours))
    share, target, wish = f"{times:.1f}x", f"<= {must:g}x", f"{goal:g}x"
    return Result(path, theirs, mine, share, target, times <= must, loop, f"{of_limit:.1f}x", wish)


def most(path: str, ours: float, must: float, goal: float, unit: str, floor: str = "-") -> Result:
    """A line of a figure with an upper limit."""
    return Result(
        path,
        floor,
        f"{ours:,.3g} {unit}",
        target=f"<= {must:,g} {unit}",
        goal=f"{goal:,g} {unit}",
        reached=ours <= must,
    )


def table(results: Iterable[Result], style: str = "simple") -> str:
    rows = [
        (r.path, r.floor, r.limit, r.ours, r.ratio, r.of_limit, r.target, r.goal, _word(r.reached))
        for r in results
    ]
    return tabulate(rows, HEADERS, tablefmt=style, disable_numparse=True, colalign=("left", *["right"] * 8))


def _word(reached: bool | None) -> str:
    return {None: "-", True: "yes", False: "no"}[reached]
