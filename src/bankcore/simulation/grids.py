"""Grids: every combination of some settings, run with many seeds, and the distribution of what was measured.

Quantiles are order statistics, so they are figures of runs that were made: of `n` runs in ascending order,
the quantile of 5% is the first with at least 5% of them at or below it.

>>> quantile([10, 20, 30, 40], Fraction(1, 2)), quantile([10, 20, 30, 40], Fraction(99, 100))
(20, 40)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product as combinations
from typing import Any, Final

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.product.product import Product
from bankcore.products import PRODUCTS
from bankcore.simulation.crew import Crew, Work
from bankcore.simulation.measures import usual_measures
from bankcore.simulation.refusals import BadSearch, BadSetting
from bankcore.simulation.settings import Setting, Variants, shown
from bankcore.simulation.trials import Measured, Trial
from bankcore.tables import Table

__all__ = ["Point", "Trials", "WhatIf", "quantile", "what_if"]

_QUANTILES: Final = tuple(Fraction(percent, 100) for percent in (5, 25, 50, 75, 95, 99))
_HEADS: Final = ("lowest", *(f"{100 * it}%" for it in _QUANTILES), "highest")
_MOST_RUNS: Final = 1_000_000


def quantile(ascending: Sequence[Any], share: Fraction) -> Any:
    """The first of some ascending figures with at least a share of them at or below it."""
    return ascending[max(-(-share.numerator * len(ascending) // share.denominator), 1) - 1]


@frozen
class Point:
    """A point of a grid: the values that differ from the file, and its runs in the order of their seeds."""

    number: int
    settings: Mapping[str, Any]
    measures: tuple[str, ...]
    runs: tuple[Measured, ...]

    @property
    def title(self) -> str:
        """The values, such as `programme.mall.terms.yield_rate = 1%`."""
        return ", ".join(f"{path} = {shown(value)}" for path, value in self.settings.items()) or "as written"

    @property
    def failed(self) -> tuple[Measured, ...]:
        """The runs that ended with an error."""
        return tuple(run for run in self.runs if run.failed)

    def figures(self, measure: str) -> list[Any]:
        """The figures of a measure, ascending, of the runs that did not fail."""
        place = self.measures.index(measure)
        found = [run.figures[place] for run in self.runs if not run.failed]
        unit = next((it.unit for it in found if isinstance(it, Amount)), None)
        if unit is not None:  # a report without rows gives a nothing that has no unit
            found = [it if isinstance(it, Amount) else Amount(it, unit) for it in found]
        return sorted(found)

    def table(self) -> Table:
        """The quantiles of each measure over the runs that did not fail."""
        return Table(self.title, ("measure", "runs", *_HEADS), tuple(self._rows()))

    def _rows(self) -> Iterator[tuple[Any, ...]]:
        for measure in self.measures:
            if found := self.figures(measure):
                inner = (quantile(found, share) for share in _QUANTILES)
                yield (measure, len(found), found[0], *inner, found[-1])


@frozen
class WhatIf:
    """The points of a grid in order: the last setting changes fastest."""

    points: tuple[Point, ...]

    @property
    def runs(self) -> int:
        """How many runs were made."""
        return sum(len(point.runs) for point in self.points)

    @property
    def failed(self) -> tuple[Measured, ...]:
        """The runs that ended with an error, by point and seed."""
        return tuple(run for point in self.points for run in point.failed)

    @property
    def tables(self) -> tuple[Table, ...]:
        """A table of quantiles for each point."""
        return tuple(point.table() for point in self.points)

    def table(self) -> Table:
        """The quantiles of all points in one table, with a column for each setting."""
        paths = tuple(self.points[0].settings)
        rows = (
            (*(shown(value) for value in point.settings.values()), *row)
            for point in self.points
            for row in point.table().rows
        )
        return Table("quantiles", (*paths, "measure", "runs", *_HEADS), tuple(rows))


class Trials:
    """The trials of a scenario's text: some seeds for each of any settings, made by a crew of `jobs`.

    The seeds are `seed`, by default the scenario's own, and those that follow it.  `progress` is called
    after each run.  Raises BadScenario, BadMeasure, and BadSearch for numbers that are not possible.
    """

    def __init__(
        self,
        text: str,
        *,
        name: str = "scenario",
        runs: int = 1,
        seed: int | None = None,
        jobs: int = 1,
        measures: Sequence[str] = (),
        progress: Callable[[Measured], object] = lambda done: None,
        products: Sequence[Product] = PRODUCTS,
    ) -> None:
        for field, number in (("runs", runs), ("jobs", jobs)):
            if type(number) is not int or not 1 <= number <= _MOST_RUNS:
                raise BadSearch(field, f"a whole number from 1 to {_MOST_RUNS} is needed")
        self.variants = Variants(text, name, products)
        self.scenario = self.variants.scenario({})
        first = self.scenario.seed if seed is None else seed
        self.seeds = tuple(range(first, first + runs))
        self.measures = tuple(measures) or usual_measures(self.scenario)
        self._crew = Crew(Work(text, name, self.measures), jobs, progress, products)

    def points(self, settings: Sequence[Mapping[str, Any]], first: int = 1) -> tuple[Point, ...]:
        """Make the runs of some points, numbered from `first` on; raises BadSetting, BadScenario."""
        for values in settings:
            self.variants.scenario(values)  # refused before the first run
        trials = [
            Trial(number, values, seed)
            for number, values in enumerate(settings, start=first)
            for seed in self.seeds
        ]
        made, size = self._crew.make(trials), len(self.seeds)
        return tuple(
            Point(first + nth, values, self.measures, tuple(made[nth * size : (nth + 1) * size]))
            for nth, values in enumerate(settings)
        )

    def __enter__(self) -> Trials:
        return self

    def __exit__(self, *_: object) -> None:
        self._crew.dismiss()


def grid_of(settings: Sequence[Setting]) -> list[dict[str, Any]]:
    """Every combination of the settings' values; raises BadSetting for a path that is given twice."""
    paths = [setting.path for setting in settings]
    for setting in settings:
        if [it.keys for it in settings].count(setting.keys) > 1:
            raise BadSetting(setting.path, "it is given twice")
    return [dict(zip(paths, values, strict=True)) for values in combinations(*(it.values for it in settings))]


def what_if(text: str, settings: Sequence[str] = (), **trials: Any) -> WhatIf:
    """Run a scenario's text at every point of a grid, with many seeds.

    `settings` are paths with values, as `programme.mall.terms.yield_rate=1%,2%`; `trials` are the arguments
    of Trials: name, runs, seed, jobs, measures, progress, products.  Equal texts, settings and seeds give
    equal results, whatever `jobs` is.  With more than one job the calling script needs the usual guard,
    `if __name__ == "__main__":`, as processes are started that import it.

    Raises BadSetting, BadScenario, BadMeasure, BadSearch; a run that fails is in the result.
    """
    with Trials(text, **trials) as made:
        return WhatIf(made.points(grid_of([made.variants.read(setting) for setting in settings])))
