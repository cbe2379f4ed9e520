"""Posting workload W: one durable commit each, and batches."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from book import Ours
from floor import Floor
from measure import Result, race, rate
from workload import Transfer, chunks, transfers

MARKS = (1_000, 100_000, 1_000_000, 5_000_000)  # how long the book is where the rate is told

Write = Callable[[list[Transfer]], Any]


def one_commit_each(folder: Path, count: int) -> Iterator[Result]:
    """An item is a run of 20 commits, so that one slow fsync does not make a median."""
    with closing(Floor(folder / "floor", tuned=False)) as floor, closing(Ours(folder / "ours")) as ours:

        def one_by_one(write: Write) -> Write:
            return lambda run: [write([transfer]) for transfer in run]

        times, mine = race([one_by_one(floor.write), one_by_one(ours.write)], chunks(transfers(count), 20))
        yield rate("one durable commit each", 20, mine, times, 0.75)


def batches(floor: Floor, tuned: Floor, ours: Ours, count: int, size: int) -> Iterator[Result]:
    """Write all transfers to the three; the books stay open for reading."""
    gc.collect()
    plain, best, mine = race([floor.write, tuned.write, ours.write], _whole(count, size))
    path = f"batches of {size:,}, {count:,} transactions"
    yield rate(path, size, mine, plain, 0.65 if size < 10_000 else None)
    yield rate(f"{path}, tuned floor", size, mine, best, 0.65 if size >= 10_000 else None)
    for mark in (mark for mark in MARKS if size == 1_000 and mark <= count):
        window = slice(max(mark - mark // 10, 0) // size if mark > size else 0, mark // size)
        yield rate(f"... as the book reaches {mark:,}, tuned floor", size, mine[window], best[window])


def _whole(count: int, size: int) -> Iterator[list[Transfer]]:
    return chunks(transfers(count - count % size), size)
