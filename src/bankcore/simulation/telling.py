"""What a run tells beside its report: the refusals of each step, with the first in words, and warnings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from attrs import define, evolve, field, frozen

from bankcore.errors import BankcoreError
from bankcore.simulation.steps import CommandStep
from bankcore.tables import Table

__all__ = ["Refused", "Telling"]


@frozen
class Refused:
    """How often a step was refused with a code, and the first such refusal: its day and its sentence."""

    step: str
    command: str
    code: str
    times: int
    first: date
    sentence: str

    def __str__(self) -> str:
        """As in `step 3 (pay), withdraw: refused 12 times [reserve_short], first on 2024-05-03: ...`."""
        times = "once" if self.times == 1 else f"{self.times} times"
        when = "on" if self.times == 1 else "first on"
        how = f"refused {times} [{self.code}], {when} {self.first}"
        return f"{self.step}, {self.command}: {how}: {self.sentence}"


@define
class _Tried:
    """How often the commands of a step were done, and its refusals by code."""

    done: int = 0
    refused: dict[str, Refused] = field(factory=dict)


@define(init=False)
class Telling:
    """Collects what became of each step that gives commands.

    >>> from bankcore.simulation.scenario import parse
    >>> day = "start = 2024-05-01\\nend = 2024-05-01\\n"
    >>> step = "[[step]]\\non = 2024-05-01\\ndo = 'open'\\nwith = { account = 'a' }\\nrequired = false"
    >>> (opening,) = parse(day + step).steps
    >>> telling = Telling([opening])
    >>> telling.note_refused(opening, date(2024, 5, 1), BankcoreError())
    >>> [str(it) for it in telling.warnings]
    ['step 1, open, was refused every time (1): bankcore refused']
    """

    _steps: dict[str, tuple[CommandStep, _Tried]]

    def __init__(self, steps: Iterable[CommandStep]) -> None:
        self._steps = {step.name: (step, _Tried()) for step in steps}

    def note_done(self, step: CommandStep) -> None:
        """The commands of a step were done."""
        self._steps[step.name][1].done += 1

    def note_refused(self, step: CommandStep, day: date, error: BankcoreError) -> None:
        """The commands of a step were refused."""
        refused = self._steps[step.name][1].refused
        first = Refused(_place(step), step.title, error.code, 0, day, "")
        known = refused.get(error.code) or evolve(first, sentence=str(error))
        refused[error.code] = evolve(known, times=known.times + 1)

    @property
    def refusals(self) -> tuple[Refused, ...]:
        """The refusals by step and code, in the order of the file."""
        return tuple(it for _, tried in self._steps.values() for it in tried.refused.values())

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a designer will hardly have meant: steps refused every time, and steps never given.

        A step that must be refused, by `reject`, is as meant.
        """
        return tuple(self._warnings())

    def _warnings(self) -> Iterator[str]:
        for step, tried in self._steps.values():
            at = f"{_place(step)}, {step.title},"
            times = sum(it.times for it in tried.refused.values())
            if not tried.done and not times:
                yield f"{at} was never given"
            elif not tried.done and not step.reject:
                first = next(iter(tried.refused.values()))
                yield f"{at} was refused every time ({times}): {first.sentence}"

    def tables(self) -> tuple[Table, ...]:
        """The refusals and the warnings as tables."""
        columns = ("step", "command", "code", "times", "first", "sentence")
        rows = tuple((it.step, it.command, it.code, it.times, it.first, it.sentence) for it in self.refusals)
        return (
            Table("refusals", columns, rows),
            Table("warnings", ("warning",), tuple((it,) for it in self.warnings)),
        )


def _place(step: CommandStep) -> str:
    return step.place.partition(": ")[2] or step.place
