"""All that is wrong with a scenario, found without a run, each with its place in the file.

>>> text = '''
... start = 2024-05-01
... end = 2024-05-31
... [programme.saving]
... product = "time-deposit"
... terms = { rate = "-1%", moths = 3 }
... [[step]]
... on = "2024-05-02"
... do = "open-depsit"
... '''
>>> for finding in check(text, "saving.toml").findings:
...     print(finding.line, finding.field, finding.message[:45])
6 terms.moths term moths is not allowed: there is no such t
6 terms.rate term rate is not allowed: a rate from 0 to 15
8 on a date or a list is needed, not '2024-05-02':
9 do there is no command 'open-depsit'; nearest: o
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

import attrs
from attrs import frozen

from bankcore.errors import BankcoreError
from bankcore.errors.nearest import nearest
from bankcore.product.product import Product
from bankcore.products import PRODUCTS
from bankcore.simulation.language import TOP
from bankcore.simulation.lines import line_of
from bankcore.simulation.population import Text
from bankcore.simulation.refusals import BadScenario
from bankcore.simulation.scenario import MOST_DAYS, Reading, Scenario
from bankcore.simulation.section import Section
from bankcore.simulation.steps import Asked, CommandStep
from bankcore.simulation.texts import tables_and_fractions
from bankcore.tables import Table
from bankcore.units import Unit

__all__ = ["Checked", "Finding", "check"]

_FIELD: Final = ", field "


@frozen
class Finding:
    """What is wrong: the table, as `step 3`; the field, as `with.amount`; the line, if it is known."""

    table: str
    field: str
    line: int | None
    message: str


@frozen
class Checked:
    """All findings, by line, and the number of steps that could not be judged before others are mended."""

    name: str
    findings: tuple[Finding, ...]
    unjudged: int = 0

    def sheet(self) -> Table:
        """The findings as a table."""
        rows = tuple((it.line, it.table, it.field, it.message) for it in self.findings)
        return Table("findings", ("line", "table", "field", "message"), rows)


def check(text: str, name: str = "scenario", products: Sequence[Product] = PRODUCTS) -> Checked:
    """Everything that is wrong with the text of a scenario; nothing is run, and nothing is raised for it."""
    try:
        data, found = tables_and_fractions(text, name)
    except BadScenario as error:
        return Checked(name, (_finding(error, name, text),))
    reading = Reading(name, Section(name, _readable(data, name, found), TOP, found), products)
    found += _too_early(reading.scenario(), {*reading.programmes, reading.accounts})
    different = {(it.place, it.reason): it for it in found}
    findings = sorted((_finding(it, name, text) for it in different.values()), key=_order)
    return Checked(name, tuple(findings), reading.unjudged)


def _order(finding: Finding) -> tuple[int, str, str]:
    return finding.line or 0, finding.table, finding.field


def _finding(error: BadScenario, name: str, text: str) -> Finding:
    table, *fields = error.place.removeprefix(name).removeprefix(_FIELD[:1]).lstrip(": ").split(_FIELD)
    if error.place.startswith(f"{name}{_FIELD}"):
        table, fields = "", error.place.removeprefix(f"{name}{_FIELD}").split(_FIELD)
    field = ".".join(fields)
    return Finding(table, field, line_of(text, table, field, error.reason), error.reason)


def _readable(data: Mapping[str, Any], name: str, found: list[BadScenario]) -> dict[str, Any]:
    """The tables with what is wrong at the top noted and mended, so that all below it can be read."""
    top = Section(name, data, TOP, found, strict=False)
    left = {key: value for key, value in data.items() if key not in top.bad}
    for key in top.bad - {*TOP.keys}:  # read as what it may be meant for
        for near in nearest(key, TOP.keys)[:1]:
            if type(data[key]) in TOP.keys[near].kinds:
                left.setdefault(near, data[key])
    if top.bad & {"population", "programme"}:
        left.pop("step", None)
    try:
        Unit(left.get("unit", TOP.keys["unit"].default))
    except BankcoreError as error:
        found.append(top.refusal("unit", str(error)))
        del left["unit"]
    if "start" in left and "end" in left:
        if 0 <= (left["end"] - left["start"]).days < MOST_DAYS:
            return left
        found.append(top.refusal("end", f"a scenario lasts 1 to {MOST_DAYS} days"))
        del left["end"]
    dates = sorted({it for it in _dates(left) if type(it) is date}) or [date(2000, 1, 1)]
    start = left.get("start", dates[0])
    last = min(date.max, start + timedelta(days=MOST_DAYS - 1)) if start.year < date.max.year else date.max
    return left | {"start": start, "end": min(max(left.get("end", dates[-1]), start), last)}


def _dates(value: Any) -> Iterator[Any]:
    """Every value that is no table and no list."""
    if isinstance(value, Mapping):
        value = [*value.values()]
    if isinstance(value, list):
        for it in value:
            yield from _dates(it)
    else:
        yield value


# --- what steps need before them ----------------------------------------------------------------


def _too_early(scenario: Scenario, programmes: set[str]) -> Iterator[BadScenario]:
    """Steps that name a programme which nothing opens, or a party before it is registered."""
    given = [
        (min(step.days), number, step, asked)
        for number, step in enumerate((*scenario.programmes, *scenario.steps))
        if isinstance(step, CommandStep)
        for asked in step.asked
    ]
    opened: set[str | None] = {
        _named(asked, "programme") for *_, asked in given if asked.title == "open-programme"
    }
    yield from _unknown(given, opened | programmes)
    ids = {id for it in scenario.populations if it.parties for id in it.ids}
    registered: dict[str | None, tuple[date, int]] = dict.fromkeys(ids, (date.min, 0))
    for day, number, step, asked in given:
        if asked.title == "register-party" and step.name.startswith("step-"):
            party = _named(asked, "party")
            registered[party] = min((day, number), registered.get(party, (date.max, 0)))
    if None in registered:
        return  # some are registered by names that are drawn
    for day, number, step, asked in given:
        field = _party_field(asked)
        party = _named(asked, field) if field and not step.reject else None
        if party is not None and (day, number) < registered.get(party, (date.max, 0)):
            first = registered.get(party)
            when = f"it is registered on {first[0]}, after this" if first else "nothing registers it"
            near = nearest(party, [it for it in registered if it])
            hint = f"; nearest: {', '.join(near)}" if near and not first else ""
            reason = f"the party {party!r} is not there on {day}: {when}{hint}"
            yield BadScenario(f"{step.place}{_FIELD}{asked.prefix}{field}", reason)


def _unknown(
    given: Sequence[tuple[date, int, CommandStep, Asked]], programmes: set[str | None]
) -> Iterator[BadScenario]:
    known = sorted(it for it in programmes if it)
    for _, _, step, asked in given:
        programme = _named(asked, "programme")
        if (
            programme is not None
            and programme not in programmes
            and None not in programmes
            and not step.reject
        ):
            near = nearest(programme, known)
            hint = f"nearest: {', '.join(near)}; " if near else ""
            reason = f"nothing opens the programme {programme!r}; {hint}known: {', '.join(known) or 'none'}"
            yield BadScenario(f"{step.place}{_FIELD}{asked.prefix}programme", reason)


def _party_field(asked: Asked) -> str:
    """The field of a command for which the register of parties is asked; empty where that is not known."""
    room = asked.command.__module__.removeprefix("bankcore.products.").partition(".")[0]
    if room == "wallet" and asked.title == "open-programme":
        return "programme"  # which belongs to the party of its name
    return "party" if room in ("parties", "current") and asked.title != "register-party" else ""


def _named(asked: Asked, field: str) -> str | None:
    """The value of a field where it is written in the file; None where it is drawn or left out."""
    draw = asked.form.get(field)
    if field not in attrs.fields_dict(asked.command) or not isinstance(draw, Text):
        return None
    return draw.value if isinstance(draw.value, str) and "{" not in draw.value else None
