"""A step tried without a book, with many possible draws, so that mistakes show before the run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any, Final

import attrs
from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import BadCommand, BankcoreError, NotPositive
from bankcore.product.forms import faults
from bankcore.simulation.population import Chance, Draw, Nth, Population, Recorded, Scene, Text
from bankcore.simulation.refusals import BadScenario
from bankcore.simulation.steps import Asked, CommandStep, scenes

__all__ = ["TRIES", "Unread", "misfits", "rehearse"]

TRIES: Final = tuple(map(Nth, (*range(12), 2**62)))  # the first numbers, and the last


def rehearse(step: CommandStep, populations: Sequence[Population], scene: Scene, day: date) -> None:
    """Create the step's commands in many ways; raises BadScenario with the place of a failure."""
    for nth in TRIES:
        try:
            samples = _samples(step, populations, scene, day, nth)
        except BankcoreError as error:
            raise BadScenario(step.place, str(error)) from None
        for sample in samples:
            with _field(step, "chance"):
                step.happens(nth, sample)
            with _field(step, "actor"):
                step.actor_in(nth, sample)
            for asked in step.asked:
                _make(step, asked, nth, sample)


@frozen
class Unread:
    """A draw that could not be read, which was found before."""

    def draw(self, chance: Chance, scene: Scene) -> Any:
        """Never called: a field that was not read is left out."""
        raise NotImplementedError


def misfits(
    step: CommandStep, populations: Sequence[Population], scene: Scene, day: date
) -> list[BadScenario]:
    """All that `rehearse` could refuse, the first refusal of each field and of each term."""
    found: dict[str, BadScenario] = {}

    def note(error: BankcoreError, name: str = "") -> None:
        if error.code != step.reject:
            place = f"{step.place}, field {name}" if name else step.place
            reason = error.reason if isinstance(error, BadCommand) else str(error)
            found.setdefault(place, BadScenario(place, reason))

    for nth in TRIES:
        try:
            samples = _samples(step, populations, scene, day, nth)
        except BankcoreError as error:
            note(error)
            break
        for sample in samples:
            for name, tried in (("chance", step.happens), ("actor", step.actor_in)):
                try:
                    tried(nth, sample)
                except BankcoreError as error:
                    note(error, name)
            for asked in step.asked:
                for name, fault in _faults(asked, nth, sample):
                    note(fault, f"{asked.prefix}{name}" if name else "")
    return [*found.values()]


def _faults(asked: Asked, nth: Nth, sample: Scene) -> Iterator[tuple[str, BankcoreError]]:
    """What is wrong with the fields of a command, as drawn from one source."""
    values: dict[str, Any] = {}
    left: set[str] = set()  # out: fields whose draw was refused
    for name, draw in asked.form.items():
        try:
            if isinstance(draw, Unread):
                left.add(name)
            else:
                values[name] = _known(asked, name, draw).draw(nth, sample)
        except BankcoreError as error:
            left.add(name)
            yield name, error
    for name, fault in faults(asked.command, values, asked.unit).items():
        if name not in left:
            yield name, fault


def _make(step: CommandStep, asked: Asked, nth: Nth, sample: Scene) -> None:
    for name, draw in asked.form.items():
        with _field(step, asked.prefix + name):
            draw.draw(nth, sample)
    asked = evolve(asked, form={name: _known(asked, name, draw) for name, draw in asked.form.items()})
    values: dict[str, Any] | None = {}
    try:
        if (values := asked.values(nth, sample)) is not None:
            asked.make(values)
    except BankcoreError as error:
        if error.code != step.reject:
            raise _refusal(step, asked, values or {}, error) from None


def _known(asked: Asked, name: str, draw: Draw) -> Draw:
    """A sample in place of what only a record can say."""
    if not isinstance(draw, Recorded):
        return draw
    known = attrs.fields_dict(asked.command).get(name)
    return Text(known.metadata.get("sample", "x") if known else "x")


@contextmanager
def _field(step: CommandStep, name: str) -> Iterator[None]:
    """Name the field whose value is drawn here in a refusal, unless the refusal is the expected one."""
    try:
        yield
    except BankcoreError as error:
        if error.code != step.reject:
            raise BadScenario(f"{step.place}, field {name}", str(error)) from None


def _samples(
    step: CommandStep, populations: Sequence[Population], scene: Scene, day: date, nth: Nth
) -> list[Scene]:
    """One scene for the step, with one member of each population and the last item of each list."""
    scene = evolve(scene, balance=lambda _: Amount(10**9, step.unit), record=lambda *_: "")
    people = {it.name: [it.member(it.ids[nth.randrange(it.size)], nth, scene)] for it in populations}
    return [*scenes(step.each, scene.with_names({"day": day, "serial": 1}), people)][-1:]


def _refusal(step: CommandStep, asked: Asked, values: Mapping[str, Any], error: BankcoreError) -> BadScenario:
    """The error with its place: the field that it names, or whose value cannot be read even by itself."""
    if isinstance(error, (BadCommand, NotPositive)):
        reason = getattr(error, "reason", str(error))
        return BadScenario(f"{step.place}, field {asked.prefix}{error.field}", reason)
    for name, value in values.items():
        try:
            asked.make({name: value})
        except BadCommand:
            continue  # the value itself can be read; only other fields are missing
        except BankcoreError:
            return BadScenario(f"{step.place}, field {asked.prefix}{name}", str(error))
    return BadScenario(step.place, str(error))
