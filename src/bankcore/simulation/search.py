"""Search: the value of one setting from which on enough runs fulfil a condition, found by bisection.

The same seeds are run at every value that is tried.  Bisection needs that more of the value never makes
fewer runs fulfil the condition (or never more of them); where the values that were tried contradict that, the
answer says so, and a grid shows the values between.

>>> condition = Condition.read("shortfall <= 1,000.00")
>>> condition.holds(Amount.parse("999.99", "CNY/2")), condition.holds(Amount.parse("1000.01", "CNY/2"))
(True, False)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.errors import BankcoreError
from bankcore.rates import Share
from bankcore.simulation.grids import Point, Trials
from bankcore.simulation.measures import Figure
from bankcore.simulation.refusals import BadSearch
from bankcore.simulation.settings import shown
from bankcore.simulation.trials import Measured
from bankcore.tables import Table
from bankcore.units import Unit

__all__ = ["Answer", "Condition", "find"]

_CONDITION: Final = re.compile(r"(\S+?)\s*(<=|>=|=)\s*(\S+)")
_MOST_VALUES: Final = 2**40
_WHOLE: Final = Unit("COUNT/0")
_ANY: Final = Unit("ANY/8")


@frozen
class Condition:
    """A comparison of a measure with an amount or a whole number: `shortfall = 0`."""

    measure: str
    word: str
    limit: str

    @classmethod
    def read(cls, text: str) -> Condition:
        """A condition from text; raises BadSearch."""
        match = _CONDITION.fullmatch(text.strip())
        if match is None:
            raise BadSearch("until", f"a measure, =, <= or >=, and a number are needed, not {text!r}")
        try:
            Amount.parse(match[3], _ANY)
        except BankcoreError as error:
            raise BadSearch("until", str(error)) from None
        return cls(*match.groups())

    def holds(self, figure: Figure) -> bool:
        """Whether a figure fulfils it; raises BadSearch where the limit cannot be compared with it."""
        unit = figure.unit if isinstance(figure, Amount) else _WHOLE if figure else _ANY
        found = figure.quantity if isinstance(figure, Amount) else figure
        try:
            limit = Amount.parse(self.limit, unit).quantity
        except BankcoreError as error:
            raise BadSearch("until", str(error)) from None
        return {"=": found == limit, "<=": found <= limit, ">=": found >= limit}[self.word]

    def __str__(self) -> str:
        return f"{self.measure} {self.word} {self.limit}"


@frozen
class Tried:
    """A value that was tried, and in how many of its runs the condition held; a failed run counts as not."""

    value: Any
    place: int
    held: int
    runs: int
    failed: int
    enough: bool


@frozen
class Answer:
    """What a search found: the `value`, None where there is none in the range.

    It is the smallest value from which on the condition holds, or, where it holds at the low end of the
    range and not at the high end (`rising` is False), the largest up to which it does.
    """

    path: str
    condition: Condition
    share: Share
    rising: bool
    value: Any
    tried: tuple[Tried, ...]
    failed: tuple[Measured, ...]

    @property
    def runs(self) -> int:
        """How many runs were made."""
        return sum(it.runs for it in self.tried)

    @property
    def contradictions(self) -> tuple[tuple[Any, Any], ...]:
        """Neighbours among the tried values of which the one that should be better is worse."""
        pairs = pairwise(self.tried if self.rising else self.tried[::-1])
        return tuple((a.value, b.value) for a, b in pairs if a.held > b.held)

    def table(self) -> Table:
        """The values that were tried, ascending."""
        rows = ((shown(it.value), it.held, it.runs, it.failed, it.enough) for it in self.tried)
        return Table("tried", (self.path, "held", "runs", "failed", "enough"), tuple(rows))


def find(
    trials: Trials,
    path: str,
    low: str,
    high: str,
    *,
    step: str,
    until: Condition,
    share: Share,
    settings: Mapping[str, Any] | None = None,
) -> Answer:
    """Search the values `low`, `low` + `step`, ... up to `high` of a path for where `until` begins to hold
    in a `share` of the runs; `settings` are other values that differ from the file.

    The values are amounts as text, or whole numbers where the file has one.  Raises BadSearch for a
    range, a step or a condition that cannot be used, BadSetting, BadScenario.
    """
    if until.measure not in trials.measures:
        raise BadSearch("until", f"{until.measure} is not measured")
    values = _Values.of(trials, path, low, high, step)
    if path in (settings or {}):
        raise BadSearch("find", f"{path} is given a value, too")
    search = _Search(trials, path, values, until, share, dict(settings or {}))
    return search.answer()


class _Search:
    """The values tried so far, by their places in the range."""

    def __init__(
        self,
        trials: Trials,
        path: str,
        values: _Values,
        until: Condition,
        share: Share,
        settings: dict[str, Any],
    ) -> None:
        self._trials, self._path, self._values = trials, path, values
        self._until, self._share, self._settings = until, share, settings
        self._place = trials.measures.index(until.measure)
        self._tried: dict[int, Tried] = {}
        self._failed: list[Measured] = []

    def answer(self) -> Answer:
        """Try both ends, then halve what is between a value that is enough and one that is not."""
        low, high = 0, self._values.count - 1
        first, last = self._try(low).enough, self._try(high).enough
        rising = last or not first
        if first == last:
            found = self._values.at(low) if first else None
        else:
            while high - low > 1:
                middle = (low + high) // 2
                if self._try(middle).enough is last:
                    high = middle
                else:
                    low = middle
            found = self._values.at(high if last else low)
        tried = tuple(self._tried[place] for place in sorted(self._tried))
        return Answer(self._path, self._until, self._share, rising, found, tried, tuple(self._failed))

    def _try(self, place: int) -> Tried:
        if place not in self._tried:
            value = self._values.at(place)
            number = len(self._tried) + 1
            (point,) = self._trials.points([{**self._settings, self._path: value}], number)
            self._failed += point.failed
            self._tried[place] = self._counted(point, value, place)
        return self._tried[place]

    def _counted(self, point: Point, value: Any, place: int) -> Tried:
        held = sum(not run.failed and self._until.holds(run.figures[self._place]) for run in point.runs)
        enough = held >= self._share.fraction * len(point.runs)
        return Tried(value, place, held, len(point.runs), len(point.failed), enough)


@frozen
class _Values:
    """The values of a range as they are written in a scenario."""

    first: int
    step: int
    count: int
    unit: Unit | None  # of amounts; None for whole numbers

    @classmethod
    def of(cls, trials: Trials, path: str, low: str, high: str, step: str) -> _Values:
        """The values from `low` to `high`; raises BadSearch, BadSetting."""
        whole = type(trials.variants.read(f'{path}="{low}"').values[0]) is int
        unit = _WHOLE if whole else trials.scenario.unit
        first, last, by = (
            _quantity(field, text, unit) for field, text in (("from", low), ("to", high), ("step", step))
        )
        if by < 1:
            raise BadSearch("step", "it is not positive")
        if first > last:
            raise BadSearch("to", "it is below the other end")
        if (count := (last - first) // by + 1) > _MOST_VALUES:
            raise BadSearch("step", "the range has too many values")
        return cls(first, by, count, None if whole else unit)

    def at(self, place: int) -> Any:
        """The value at a place."""
        quantity = self.first + place * self.step
        return quantity if self.unit is None else Amount(quantity, self.unit).decimal()


def _quantity(field: str, text: str, unit: Unit) -> int:
    try:
        return Amount.parse(text, unit).quantity
    except BankcoreError as error:
        raise BadSearch(field, str(error)) from None
