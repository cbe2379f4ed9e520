"""Posting workload W: one durable commit each, and batches."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from itertools import count as numbers
from pathlib import Path
from typing import Any

import reading
from book import Ours
from floor import Floor
from limit import Limit
from measure import Aim, Result, race, rate
from workload import Transfer, chunks, transfers

COMMITS = Aim(0.72, 0.80)
BATCHES = {1_000: Aim(0.58, 0.65, 0.85), 10_000: Aim(0.55, 0.60, 0.85)}
TUNED = 10_000  # from batches of this size on, the floor is the tuned one
ENOUGH = 20_000  # transactions; a shorter book is written several times

Write = Callable[[list[Transfer]], Any]


def one_commit_each(folder: Path, count: int) -> Iterator[Result]:
    """An item is a run of 20 commits, so that one slow fsync does not decide a median."""
    with ExitStack() as open_books:
        floor, limit, ours = _parties(open_books, folder, tuned=False)

        def one_by_one(write: Write) -> Write:
            return lambda run: [write([transfer]) for transfer in run]

        writes = [one_by_one(party.write) for party in (floor, limit, ours)]
        yield rate("one durable commit each", 20, *race(writes, chunks(transfers(count), 20)), COMMITS)


def batches(folder: Path, count: int, size: int) -> Iterator[Result]:
    """Write the given number of transfers to the three, and read those of the first round."""
    times: list[list[float]] = [[], [], []]
    readings: list[Result] = []
    for attempt in numbers():
        with ExitStack() as open_books:
            place = folder / str(attempt)
            place.mkdir()
            floor, limit, ours = _parties(open_books, place, tuned=size >= TUNED)
            gc.collect()
            round_of = race([floor.write, limit.write, ours.write], _whole(count, size))
            times = [before + more for before, more in zip(times, round_of, strict=True)]
            if not attempt:
                readings = list(reading.all_of(floor, limit, ours, count))
        if (attempt + 1) * count >= ENOUGH:
            break
    path = f"batches of {size:,} to {count:,} transactions ({'tuned' if size >= TUNED else 'plain'} floor)"
    yield rate(path, size, *times, BATCHES[size])
    yield from readings


def _parties(open_books: ExitStack, folder: Path, *, tuned: bool) -> tuple[Floor, Limit, Ours]:
    return (
        open_books.enter_context(closing(Floor(folder / "floor", tuned=tuned))),
        open_books.enter_context(closing(Limit(folder / "limit"))),
        open_books.enter_context(closing(Ours(folder / "ours"))),
    )


def _whole(count: int, size: int) -> Iterator[list[Transfer]]:
    return chunks(transfers(count - count % size), size)
