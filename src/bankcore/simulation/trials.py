"""Trials: one run of a scenario with some settings and a seed, measured.

A trial's book is in memory.  The invariants of the products are tested once, at its end; `simulate` tests
them after every day, and verifies the book as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from bankcore.errors import BankcoreError, InternalError
from bankcore.product.product import Product
from bankcore.products import PRODUCTS
from bankcore.simulation.measures import Figure, read_measure
from bankcore.simulation.runner import Run
from bankcore.simulation.scenario import Scenario
from bankcore.simulation.settings import Variants
from bankcore.stores.memory import MemoryStore

__all__ = ["Bench", "Measured", "Trial"]


@frozen
class Trial:
    """A run to make: the number of its grid point, the values that differ from the file, and the seed."""

    point: int
    settings: Mapping[str, Any]
    seed: int


@frozen
class Measured:
    """What came of a trial: its figures in the order of the measures, or the error that ended it."""

    trial: Trial
    figures: tuple[Figure, ...] = ()
    code: str = ""
    reason: str = ""

    @property
    def failed(self) -> bool:
        """Whether the run ended with an error."""
        return bool(self.code)


class Bench:
    """Makes trials of one scenario one after another; raises BadScenario and BadMeasure from the start."""

    def __init__(
        self, text: str, name: str, measures: Sequence[str], products: Sequence[Product] = PRODUCTS
    ) -> None:
        self._variants = Variants(text, name, products)
        self._products = products
        self._measures = [read_measure(measure, products) for measure in measures]
        self._read: tuple[Mapping[str, Any], Scenario] | None = None  # the last settings and their scenario

    def make(self, trial: Trial) -> Measured:
        """Make a run and measure it; an error of the scenario or of the book is in the result."""
        try:
            run = Run(self._scenario(trial.settings), MemoryStore(), trial.seed, self._products)
            for day in run.scenario.days:
                run.day(day)
                run.look_after_close(day)
            run.require_invariants()
            return Measured(trial, tuple(measure.of(run) for measure in self._measures))
        except BankcoreError as error:
            return Measured(trial, code=error.code, reason=str(error))
        except Exception as error:  # a mistake of a product's: it must not lose the other runs
            known = InternalError(type(error).__name__, str(error))
            return Measured(trial, code=known.code, reason=str(known))

    def _scenario(self, settings: Mapping[str, Any]) -> Scenario:
        if self._read is None or self._read[0] != settings:
            self._read = settings, self._variants.scenario(settings)
        return self._read[1]
