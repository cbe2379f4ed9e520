"""Many callers at once: blocking threads on one hot account, and one caller with many in flight.

Floor and limit are group commit over raw sqlite3: a thread takes all waiting transfers, commits them
together, and wakes the callers.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

from book import Ours, transaction
from floor import Floor
from limit import Limit
from measure import Aim, Result, rate
from workload import Transfer, transfers

THREADS, IN_FLIGHT, WORST = 8, 64, 0.030

Wait = Callable[[], Any]
Begin = Callable[[Transfer], Wait]  # submits a transfer and returns how to wait for its commit


class GroupCommit:
    """Callers of the floor or of the limit."""

    def __init__(self, floor: Floor | Limit) -> None:
        self._floor = floor
        self._waiting: deque[tuple[Transfer, threading.Lock]] = deque()
        self._mutex = threading.Lock()
        self._called = threading.Condition(self._mutex)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._open = True
        self._failure: Exception | None = None
        self._thread.start()

    def begin(self, transfer: Transfer) -> Wait:
        done = threading.Lock()
        done.acquire()
        with self._mutex:
            self._waiting.append((transfer, done))
            self._called.notify()

        def wait() -> None:
            done.acquire()
            if self._failure is not None:
                raise self._failure

        return wait

    def close(self) -> None:
        with self._mutex:
            self._open = False
            self._called.notify()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            with self._mutex:
                while not self._waiting and self._open:
                    self._called.wait()
                batch = list(self._waiting)
                self._waiting.clear()
            if not batch:
                return
            try:
                self._floor.write([transfer for transfer, _ in batch])
            except Exception as error:  # otherwise later callers would wait for ever
                self._failure = error
            finally:
                for _, done in batch:
                    done.release()


def threads_and_flights(folder: Path, count: int, rounds: int) -> Iterator[Result]:
    """Rounds of `count` transfers; the parties take turns."""
    floor, limit = Floor(folder / "floor", tuned=True), Limit(folder / "limit")
    ours = Ours(folder / "ours")
    callers = [GroupCommit(floor), GroupCommit(limit)]

    def post(transfer: Transfer) -> Wait:
        ours.ledger.post(transaction(transfer))
        return lambda: None

    def submit(transfer: Transfer) -> Wait:
        return ours.ledger.submit(transaction(transfer)).result

    work = (t for t in transfers(10 * count * rounds) if t.kind == "recharge")  # all from the reserve
    for label, run, mine, aim in (
        (f"{THREADS} threads, one hot account", _in_threads, post, Aim(0.95, 1.10)),
        (f"one caller, {IN_FLIGHT} in flight", _in_flight, submit, Aim(0.62, 0.72)),
    ):
        taken: list[list[float]] = [[], [], []]
        waits: list[float] = []
        for _ in range(rounds):
            some = list(islice(work, count))
            for times, way in zip(taken, (*(it.begin for it in callers), mine), strict=True):
                began = time.perf_counter()
                delays = run(way, some)
                times.append(time.perf_counter() - began)
                waits += delays if way is mine else []
        yield rate(label, count, *taken, aim)
        if run is _in_threads:
            worst = max(waits)
            path, figure = "the longest wait of a thread", f"{worst * 1e3:.1f} ms"
            yield Result(path, "-", figure, target="< 30 ms", reached=worst < WORST)
    for caller in callers:
        caller.close()
    ours.ledger.close()
    for party in (floor, limit, ours):
        party.close()


def _in_threads(begin: Begin, some: Sequence[Transfer]) -> list[float]:
    """Every thread waits for each of its transfers; the seconds of each."""

    def work(mine: Sequence[Transfer]) -> list[float]:
        delays = []
        for transfer in mine:
            began = time.perf_counter()
            begin(transfer)()
            delays.append(time.perf_counter() - began)
        return delays

    with ThreadPoolExecutor(THREADS) as pool:
        parts = pool.map(work, (some[n::THREADS] for n in range(THREADS)))
        return [delay for part in parts for delay in part]


def _in_flight(begin: Begin, some: Sequence[Transfer]) -> list[float]:
    """One caller waits for the oldest whenever the given number are in flight."""
    under_way: deque[Wait] = deque()
    for transfer in some:
        under_way.append(begin(transfer))
        if len(under_way) == IN_FLIGHT:
            under_way.popleft()()
    while under_way:
        under_way.popleft()()
    return []
