"""A step tried without a book, with all that chance may answer, so that mistakes show before the run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any, Final

from attrs import evolve

from bankcore.amounts import Amount
from bankcore.errors import BadCommand, BadScenario, BankcoreError, NotPositive
from bankcore.simulation.population import Nth, Population, Scene
from bankcore.simulation.steps import CommandStep, scenes

__all__ = ["TRIES", "rehearse"]

TRIES: Final = tuple(map(Nth, (*range(12), 2**62)))  # the first answers, and the last


def rehearse(step: CommandStep, populations: Sequence[Population], scene: Scene, day: date) -> None:
    """Make the step's command in many ways; raises BadScenario with the place of what cannot be made."""
    for nth in TRIES:
        values: dict[str, Any] | None = {}
        try:
            for sample in _samples(step, populations, scene, day, nth):
                with _field(step, "chance"):
                    step.happens(nth, sample)
                with _field(step, "actor"):
                    step.actor_in(nth, sample)
                for name, draw in step.form.items():
                    with _field(step, _prefix(step) + name):
                        draw.draw(nth, sample)
                if (values := step.values(nth, sample)) is not None:
                    step.make(values)
        except BadScenario:
            raise
        except BankcoreError as error:
            if error.code != step.reject:
                raise _refusal(step, values or {}, error) from None


@contextmanager
def _field(step: CommandStep, name: str) -> Iterator[None]:
    """Give a refusal the name of the field whose value is drawn here."""
    try:
        yield
    except BankcoreError as error:
        if error.code == step.reject:
            raise
        raise BadScenario(f"{step.place}, field {name}", str(error)) from None


def _prefix(step: CommandStep) -> str:
    """What stands before the fields of the command; a programme has them in its own table."""
    return "with." if step.name.startswith("step") else ""


def _samples(
    step: CommandStep, populations: Sequence[Population], scene: Scene, day: date, nth: Nth
) -> Iterator[Scene]:
    """One scene for the step, with one member of each population and the last item of each list."""
    scene = evolve(scene, balance=lambda _: Amount(10**9, step.unit))
    people = {it.name: [it.member(it.ids[nth.randrange(it.size)], nth, scene)] for it in populations}
    return iter([*scenes(step.each, scene.with_names({"day": day, "serial": 1}), people)][-1:])


def _refusal(step: CommandStep, values: Mapping[str, Any], error: BankcoreError) -> BadScenario:
    """The error with its place: the field that it names, or whose value cannot even be read alone."""
    prefix = _prefix(step)
    if isinstance(error, (BadCommand, NotPositive)):
        return BadScenario(f"{step.place}, field {prefix}{error.field}", getattr(error, "reason", str(error)))
    for name, value in values.items():
        try:
            step.make({name: value})
        except BadCommand:
            continue  # the value is read before the others are missed
        except BankcoreError:
            return BadScenario(f"{step.place}, field {prefix}{name}", str(error))
    return BadScenario(step.place, str(error))
