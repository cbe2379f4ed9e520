"""A crew of processes that make trials: results in the order of the trials, however many processes there are.

Each process is a fresh interpreter that reads the scenario itself.  One that dies, as the system may kill
it for its memory, loses only the trial that it had: that one is reported as failed, and another process takes
its place.  Where this process is interrupted the others end at once.
"""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Final

from attrs import define, frozen

from bankcore.calendars import Calendar, add_calendar, calendar_names, load_calendar
from bankcore.product.product import Product
from bankcore.products import PRODUCTS
from bankcore.simulation.refusals import ProcessLost
from bankcore.simulation.trials import Bench, Measured, Trial

__all__ = ["Crew", "Work"]

_CONTEXT: Final = get_context("spawn")  # a fork would inherit open stores


@frozen
class Work:
    """What a crew's trials are of: a scenario's text, its name, and the measures."""

    text: str
    name: str
    measures: tuple[str, ...]


class Crew:
    """Makes trials in `jobs` processes, or in this one for a single job.

    `progress` is called after each trial.  Raises BadScenario and BadMeasure before the first.
    `products` other than the installed ones are known to this process only, and need a single job.
    """

    def __init__(
        self,
        work: Work,
        jobs: int = 1,
        progress: Callable[[Measured], object] = lambda done: None,
        products: Sequence[Product] = PRODUCTS,
    ) -> None:
        self._bench = Bench(work.text, work.name, work.measures, products)
        self._work, self._jobs, self._progress = work, jobs, progress
        self._members: list[_Member] = []

    def make(self, trials: Sequence[Trial]) -> list[Measured]:
        """Make the trials; the results are in their order."""
        if self._jobs == 1:
            return [self._seen(self._bench.make(trial)) for trial in trials]
        found: dict[int, Measured] = {}
        waiting = deque(enumerate(trials))
        while len(self._members) < min(self._jobs, len(trials)):
            self._members.append(_Member.hired(self._work))
        try:
            for member in self._members:
                member.take(waiting)
            while len(found) < len(trials):
                busy = {member.ours: member for member in self._members if member.has is not None}
                for ready in wait([*busy]):
                    self._finish(busy[ready], found, waiting)  # type: ignore[index]
        except BaseException:
            self.dismiss()
            raise
        return [found[place] for place in range(len(trials))]

    def _finish(self, member: _Member, found: dict[int, Measured], waiting: deque[tuple[int, Trial]]) -> None:
        """Take a member's result, and give it, or its successor, the next trial."""
        assert member.has is not None
        place, trial = member.has
        try:
            found[place] = self._seen(member.ours.recv())
        except (EOFError, OSError):
            member.end()
            lost = ProcessLost(member.process.exitcode or 0)
            found[place] = self._seen(Measured(trial, code=lost.code, reason=str(lost)))
            self._members.remove(member)
            if waiting:
                self._members.append(member := _Member.hired(self._work))
        member.take(waiting)

    def dismiss(self) -> None:
        """End the processes."""
        while self._members:
            self._members.pop().end()

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_: object) -> None:
        self.dismiss()

    def _seen(self, done: Measured) -> Measured:
        self._progress(done)
        return done


@define
class _Member:
    """A process, our end of its pipe, and the trial that it has, with its place."""

    process: BaseProcess
    ours: Connection[Any, Any]
    has: tuple[int, Trial] | None = None

    @classmethod
    def hired(cls, work: Work) -> _Member:
        """A new process, which reads the scenario and then waits for trials."""
        ours, theirs = _CONTEXT.Pipe()
        known = [load_calendar(name) for name in calendar_names()]
        process = _CONTEXT.Process(target=_work, args=(theirs, work, known), daemon=True)
        process.start()
        theirs.close()
        return cls(process, ours)

    def take(self, waiting: deque[tuple[int, Trial]]) -> None:
        """Begin the next trial, if there is one."""
        self.has = waiting.popleft() if waiting else None
        if self.has is not None:
            with suppress(OSError):  # where it died, receiving its result says so
                self.ours.send(self.has[1])

    def end(self) -> None:
        """End the process at once."""
        self.process.terminate()
        self.process.join()
        self.ours.close()


def _work(pipe: Connection[Any, Any], work: Work, calendars: list[Calendar]) -> None:
    """What a process of the crew does: trial after trial, until it is ended, or its employer is."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt at the keyboard reaches all; one decides
    for calendar in calendars:
        add_calendar(calendar)
    bench = Bench(work.text, work.name, work.measures)
    with suppress(EOFError, OSError):  # the employer is gone
        while True:
            pipe.send(bench.make(pipe.recv()))
