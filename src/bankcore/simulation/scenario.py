"""Scenarios: a TOML file read into typed steps, refused as a whole before the first command.

    title = "A mall opens a wealth programme"
    start = 2024-05-01
    end = 2024-07-29

    [programme.mall]
    terms = { yield_rate = "3%" }

    [population.customer]
    prefix = "c"
    size = 200
    weekly_visits = { from = 1, to = 3 }

    [[step]]
    on = 2024-05-01
    each = "customer"
    do = "register-client"
    with = { client = "{customer}" }

Every step has `on` (a date or a list) or `every` ("day", a rule such as "FREQ=WEEKLY;BYDAY=MO", or a
small table), and `do`, `together` (a list of tables with `do`: all of them or none), `expect`, or `show`, the
name of a report as in `reports`, shown as it then is, to an `actor` his own rows.  A value is text with names
in braces, or drawn at random:
`{ from = .., to = .., step = .. }`, `{ one_of = .., weights = .. }`, `{ some = .., count = .. }`,
`{ balance_of = .., share = .. }`; or it is a text in a record of the book:
`{ record = .., id = .., field = .. }`.

`[calendar.mall]` with `first`, `last`, `holidays` and `workdays` supplies a business calendar.

A population with `parties = "person"` or `"firm"` is in the register of parties, and has current accounts,
from the first day on; with `cash` each pays that amount in.  `ids = ["mall"]` names its members; a programme
with the id of a party is that party's, and is opened after it.  `open`, `post` and `transfer` need no
product.
A command that names no programme refers to the only one besides that of the current accounts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import attrs
from attrs import evolve, frozen

from bankcore.calendars import Calendar, add_calendar
from bankcore.errors import BankcoreError
from bankcore.ledger.accounts import AccountPath
from bankcore.product.actor import Actor
from bankcore.product.forms import named
from bankcore.product.product import Product
from bankcore.products import PRODUCTS
from bankcore.simulation.draws import read_draw
from bankcore.simulation.expectations import error_codes, read_expectation, read_pattern
from bankcore.simulation.plain import PLAIN
from bankcore.simulation.population import Draw, Population, Scene, Text
from bankcore.simulation.refusals import BadScenario
from bankcore.simulation.rehearsal import TRIES, rehearse
from bankcore.simulation.schedule import days_of
from bankcore.simulation.section import Section, shown
from bankcore.simulation.steps import Asked, CommandStep, ExpectStep, ShowStep
from bankcore.simulation.texts import read_text, tables_of
from bankcore.units import Unit

__all__ = ["Scenario", "load", "parse"]

_MOST_DAYS = 3_660
_MOST_PEOPLE = 100_000
KINDS = {"person": "id-card", "firm": "business-licence"}  # of parties, with their documents
_WORD = re.compile(r"[a-z][a-z0-9_]{0,39}")
_PREFIX = re.compile(r"[A-Za-z][\w.\-]{0,19}")


@frozen
class Scenario:
    """The steps from `start` to the close of `end`; `programmes` are opened first.

    `groups` are patterns of account paths for the report, `watch` the accounts whose level over
    time it shows, `reports` the products' reports at its end.
    """

    title: str
    start: date
    end: date
    seed: int
    unit: Unit
    programmes: tuple[CommandStep, ...]  # and the steps that register populations as parties
    populations: tuple[Population, ...]
    steps: tuple[CommandStep | ExpectStep | ShowStep, ...]
    groups: tuple[tuple[str, str], ...]
    watch: tuple[AccountPath, ...]
    reports: tuple[tuple[str, str], ...] = ()

    @property
    def days(self) -> tuple[date, ...]:
        """Every day, in order."""
        return tuple(self.start + timedelta(days=n) for n in range((self.end - self.start).days + 1))

    def scene(self) -> Scene:
        """The names before a member is chosen: a population's name is the list of its ids."""
        return Scene({population.name: population.ids for population in self.populations})


def load(path: Path | str, products: Sequence[Product] = PRODUCTS) -> Scenario:
    """Read a scenario file; raises BadFile and BadScenario."""
    return parse(read_text(path), name=Path(path).name, products=products)


def parse(text: str, *, name: str = "scenario", products: Sequence[Product] = PRODUCTS) -> Scenario:
    """Read the text of a scenario; raises BadScenario with the place."""
    return of_tables(tables_of(text, name), name=name, products=products)


def of_tables(
    data: Mapping[str, Any], *, name: str = "scenario", products: Sequence[Product] = PRODUCTS
) -> Scenario:
    """Read a scenario from the tables of its file; raises BadScenario with the place."""
    return _Reading(name, Section(name, data), products).scenario()


class _Reading:
    """One scenario being read."""

    def __init__(self, name: str, top: Section, products: Sequence[Product]) -> None:
        self.name, self.top = name, top
        self.products = (*products, PLAIN)  # all: a scenario may name any command and any refusal
        self.start: date = top.take("start", date)
        self.end: date = top.take("end", date)
        if not 0 <= (self.end - self.start).days < _MOST_DAYS:
            raise top.refusal("end", f"a scenario lasts 1 to {_MOST_DAYS} days")
        self.unit = top.read("unit", Unit, top.take("unit", str, default="CNY/2"))
        self.programmes: list[str] = []
        self.accounts = ""  # the programme of current accounts
        self.populations: list[Population] = []

    def scenario(self) -> Scenario:
        top = self.top
        seed = top.take("seed", int, default=1)
        for word, it in top.sections("calendar", "calendar"):
            calendar = it.read("calendar", partial(Calendar.from_data, word), dict(it.rest()))
            it.read("calendar", add_calendar, calendar)
        heading = top.take("title", str, default=self.name)
        opened = tuple(self._programme(id, it) for id, it in top.sections("programme", "programme"))
        for word, it in top.sections("population", "population"):
            self.populations.append(self._population(word, it))
        groups = tuple((label, read_pattern(top, "groups", it)) for label, it in top.section("groups").rest())
        watch = tuple(top.read("watch", AccountPath.parse, it) for it in top.take("watch", list, default=[]))
        reports = tuple(self._report(top, "reports", it) for it in top.take("reports", list, default=[]))
        steps = tuple(self._step(n, it) for n, it in enumerate(top.take("step", list, default=[]), start=1))
        top.end()
        parties = {id for it in self.populations if it.parties for id in it.ids}
        theirs = tuple(it for it in opened if it.name.removeprefix("programme-") in parties)
        opened = (*(it for it in opened if it not in theirs), *self._enlistments(), *theirs)
        scenario = Scenario(
            heading,
            self.start,
            self.end,
            seed,
            self.unit,
            opened,
            tuple(self.populations),
            steps,
            groups,
            watch,
            reports,
        )
        for step in (*opened, *steps):
            if isinstance(step, CommandStep):
                rehearse(step, scenario.populations, scenario.scene(), scenario.start)
        return scenario

    def _programme(self, id: str, it: Section) -> CommandStep:
        """A programme is opened by its product's `open-programme`."""
        product = it.take("product", str, default=self.products[0].name)
        command = self._command(it, "product", f"{product}.open-programme")
        form = {"programme": Text(id)} | {key: Text(value) for key, value in it.rest()}
        self.programmes.append(id)
        if product == "current":
            self.accounts = self.accounts or id
        days = frozenset({self.start})
        return CommandStep(
            f"programme-{id}", it.place, days, (Asked(command, form, self.unit, ""),), self.unit
        )

    def _population(self, word: str, it: Section) -> Population:
        if not _WORD.fullmatch(word) or word in ("day", "serial"):
            raise BadScenario(
                it.place, "a name of lowercase letters, digits and '_' is needed, not day or serial"
            )
        parties = it.take("parties", str, default="")
        if parties not in ("", *KINDS):
            raise it.refusal("parties", f"one of {', '.join(KINDS)} is needed, not {shown(parties)}")
        cash = read_draw(it, "cash", it.take("cash"), self.unit) if parties and "cash" in it else None
        ids = self._named(it)
        prefix = it.take("prefix", str, default=ids[0] if ids else word[0])
        size = len(ids) or it.take("size", int)
        if not _PREFIX.fullmatch(prefix) or any(prefix == other.prefix for other in self.populations):
            raise it.refusal("prefix", f"{shown(prefix)} is not a word, or is used by another population")
        if not 1 <= size <= _MOST_PEOPLE:
            raise it.refusal("size", f"1 to {_MOST_PEOPLE} people are possible")
        attributes = {}
        for key, value in it.rest():
            if not _WORD.fullmatch(key):
                raise it.refusal(key, "an attribute's name has lowercase letters, digits and '_'")
            attributes[key] = read_draw(it, key, value, self.unit)
        population = Population(word, prefix, size, attributes, parties, cash, ids)
        for nth in TRIES:
            try:
                population.member(population.ids[0], nth, self._scene(population))
            except BankcoreError as error:
                raise BadScenario(it.place, str(error)) from None
        return population

    def _named(self, it: Section) -> tuple[str, ...]:
        """The ids of a population's members, where they are named."""
        ids = it.take("ids", list, default=[])
        if not all(isinstance(id, str) and _PREFIX.fullmatch(id) for id in ids) or len({*ids}) < len(ids):
            raise it.refusal("ids", "different words are needed")
        return tuple(ids)

    def _enlistments(self) -> Iterator[CommandStep]:
        """The steps that register populations of parties and open their accounts, on the first day."""
        enlisted = [it for it in self.populations if it.parties]
        days = frozenset({self.start})
        if enlisted and not self.accounts:
            self.accounts = "current"
            form: dict[str, Draw] = {
                "programme": Text(self.accounts),
                "terms": Text({"unit": str(self.unit)}),
            }
            command = self._command(self.top, "population", "current.open-programme")
            opening = Asked(command, form, self.unit, "")
            yield CommandStep("programme-current", self.name, days, (opening,), self.unit)
        for it in enlisted:
            party, programme = Text(f"{{{it.name}}}"), Text(self.accounts)
            kind, number = Text(it.parties), Text(f"{it.name}-{{{it.name}}}")
            forms: dict[str, dict[str, Draw]] = {
                "parties.register-party": {"party": party, "kind": kind, "full_name": party},
                "parties.identify-party": {
                    "party": party,
                    "document": Text(KINDS[it.parties]),
                    "number": number,
                },
                "current.open-account": {"party": party, "programme": programme},
            }
            if it.cash is not None:
                forms["current.cash-in"] = {"party": party, "amount": it.cash}
            asked = tuple(
                Asked(self._command(self.top, "population", name), form, self.unit, f"{name}, ")
                for name, form in forms.items()
            )
            place = f"{self.name}: population {it.name}"
            yield CommandStep(f"parties-{it.name}", place, days, asked, self.unit, each=(it.name,))

    def _scene(self, *more: Population) -> Scene:
        return Scene({population.name: population.ids for population in (*self.populations, *more)})

    def _report(self, it: Section, key: str, name: object) -> tuple[str, str]:
        """A report by its product's name and its own."""
        known = [f"{it.name}.{report}" for it in self.products for report in it.reports]
        if name not in known:
            raise it.refusal(key, f"there is no report {shown(name)}; known: {', '.join(known)}")
        product, _, report = str(name).partition(".")
        return product, report

    # --- steps ----------------------------------------------------------------------------------

    def _step(self, number: int, data: object) -> CommandStep | ExpectStep | ShowStep:
        it = Section(f"{self.name}: step {number}", data)
        if name := it.take("name", str, default=""):
            it.place += f" ({name})"
        days = days_of(it, self.start, self.end)
        if "expect" in it:
            step: CommandStep | ExpectStep | ShowStep = read_expectation(it, days, self.unit, self.products)
        elif "show" in it:
            step = self._shown(it, days)
        else:
            step = self._order(number, it, days)
        it.end()
        return step

    def _shown(self, it: Section, days: frozenset[date]) -> ShowStep:
        product, report = self._report(it, "show", it.take("show", str))
        actor = it.read("actor", Actor.parse, it.take("actor", str)) if "actor" in it else None
        after_close = it.take("after_close", bool, default=False)
        return ShowStep(it.place.partition(": ")[2], days, product, report, actor, after_close)

    def _order(self, number: int, it: Section, days: frozenset[date]) -> CommandStep:
        each = it.take("each", str, list, default=[])
        each = [each] if isinstance(each, str) else each
        reject = it.take("reject", str, default="")
        if reject and reject not in error_codes():
            raise it.refusal("reject", f"no error has the code {shown(reject)}")
        chance, actor = it.take("chance", str, default="1"), it.take("actor", str, default=None)
        return CommandStep(
            name=f"step-{number}",
            place=it.place,
            days=days,
            asked=self._together(it) if "together" in it else (self._asked(it),),
            unit=self.unit,
            each=self._each(it, each),
            chance=Text(chance),
            actor=None if actor is None else Text(actor),
            reject=reject,
            required=it.take("required", bool, default=not each and not reject),
        )

    def _together(self, it: Section) -> tuple[Asked, ...]:
        """Several commands for one commit, each a table with `do` and `with` as in a step."""
        asked = []
        for number, data in enumerate(it.take("together", list), start=1):
            one = Section(f"{it.place}, together {number}", data)
            asked.append(evolve(self._asked(one), prefix=f"together {number}, with."))
            one.end()
        if not asked:
            raise it.refusal("together", "at least one command is needed")
        return tuple(asked)

    def _asked(self, it: Section) -> Asked:
        if "do" not in it:
            raise it.refusal("do", "a step needs do, together, expect or show")
        command = self._command(it, "do", it.take("do", str))
        form = {
            key: read_draw(it, f"with.{key}", value, self.unit)
            for key, value in it.take("with", dict, default={}).items()
        }
        others = [it for it in self.programmes if it != self.accounts] or self.programmes
        if "programme" in attrs.fields_dict(command) and len(others) == 1:
            form = {"programme": Text(others[0])} | form
        return Asked(command, form, self.unit)

    def _command(self, it: Section, key: str, name: str) -> type[Any]:
        return it.read(key, lambda text: named(self.products, text), name)

    def _each(self, it: Section, each: Sequence[object]) -> tuple[str, ...]:
        known = {population.name: population for population in self.populations}
        chosen: list[str] = []
        for name in each:
            owner, _, attribute = str(name).partition(".")
            listed = owner in chosen and attribute in known[owner].attributes
            if not isinstance(name, str) or name in chosen or not (name in known or listed):
                choices = ", ".join(known) or "none"
                raise it.refusal(
                    "each", f"{shown(name)} is not a population ({choices}), nor a list of an earlier one"
                )
            chosen.append(name)
        return tuple(chosen)
