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

The tables and their keys are in `language`.  A command that names no programme refers to the only one besides
that of the current accounts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import attrs
from attrs import evolve, frozen

from bankcore.calendars import Calendar, add_calendar
from bankcore.errors import BankcoreError
from bankcore.errors.nearest import choices
from bankcore.ledger.accounts import AccountPath
from bankcore.product.actor import Actor
from bankcore.product.forms import named
from bankcore.product.product import Product
from bankcore.products import PRODUCTS
from bankcore.simulation import language
from bankcore.simulation.draws import read_draw
from bankcore.simulation.expectations import error_codes, read_expectation, read_pattern
from bankcore.simulation.plain import PLAIN
from bankcore.simulation.population import Draw, Population, Scene, Text
from bankcore.simulation.refusals import BadScenario
from bankcore.simulation.rehearsal import TRIES, Unread, misfits, rehearse
from bankcore.simulation.schedule import days_of
from bankcore.simulation.section import Section, shown
from bankcore.simulation.steps import Asked, CommandStep, ExpectStep, ShowStep
from bankcore.simulation.texts import read_text, tables_of
from bankcore.units import Unit

__all__ = ["MOST_DAYS", "Reading", "Scenario", "load", "parse"]

T = TypeVar("T")

MOST_DAYS = 3_660
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
    return Reading(name, Section(name, data, language.TOP), products).scenario()


class Reading:
    """One scenario being read; where its top has a list `found`, all that is wrong is put there.

    >>> days = {"start": date(2024, 5, 1), "end": date(2024, 5, 2)}
    >>> found = []
    >>> top = Section("mall", {**days, "watch": [":"], "reports": ["x"]}, language.TOP, found)
    >>> Reading("mall", top, PRODUCTS).scenario().watch, [it.place for it in found]
    ((), ['mall, field watch', 'mall, field reports'])
    """

    def __init__(self, name: str, top: Section, products: Sequence[Product]) -> None:
        self.name, self.top = name, top
        self.products = (*products, PLAIN)  # all: a scenario may name any command and any refusal
        self.start: date = top.take("start")
        self.end: date = top.take("end")
        if not 0 <= (self.end - self.start).days < MOST_DAYS:
            raise top.refusal("end", f"a scenario lasts 1 to {MOST_DAYS} days")
        self.unit = top.read("unit", Unit, top.take("unit"))
        self.programmes: list[str] = []
        self.accounts = ""  # the programme of current accounts
        self.populations: list[Population] = []
        self.broken: set[str] = set()  # names of calendars, programmes, populations that could not be read
        self.unjudged = 0  # steps that could not be read for what is wrong elsewhere

    def scenario(self) -> Scenario:
        """The scenario, without what was found wrong; raises BadScenario where nothing is to be found."""
        top = self.top
        seed = top.take("seed")
        heading = self.name if (title := top.take("title")) is None else title
        for word, data in top.take("calendar").items():
            self._try(self._calendar, word, data, word=word)
        named = [self._try(self._programme, id, it, word=id) for id, it in top.take("programme").items()]
        for word, data in top.take("population").items():
            if (population := self._try(self._population, word, data, word=word)) is not None:
                self.populations.append(population)
        patterns = [
            (label, self._try(read_pattern, top, "groups", it)) for label, it in top.take("groups").items()
        ]
        watch = [self._try(top.read, "watch", AccountPath.parse, it) for it in top.take("watch")]
        reports = [self._try(self._report, top, "reports", it) for it in top.take("reports")]
        steps = [self._try(self._step, n, it) for n, it in enumerate(top.take("step"), start=1)]
        parties = {id for it in self.populations if it.parties for id in it.ids}
        opened = [it for it in named if it is not None]
        theirs = [it for it in opened if it.name.removeprefix("programme-") in parties]
        scenario = Scenario(
            heading,
            self.start,
            self.end,
            seed,
            self.unit,
            (*(it for it in opened if it not in theirs), *self._enlistments(), *theirs),
            tuple(self.populations),
            tuple(it for it in steps if it is not None),
            tuple((label, it) for label, it in patterns if it is not None),
            tuple(it for it in watch if it is not None),
            tuple(it for it in reports if it is not None),
        )
        for step in (*scenario.programmes, *scenario.steps):
            if isinstance(step, CommandStep):
                self._rehearse(step, scenario)
        return scenario

    def _try(self, read: Callable[..., T], *given: Any, word: str = "") -> T | None:
        """What is read, or None where that is refused and all that is wrong is to be found."""
        try:
            return read(*given)
        except BadScenario as error:
            if self.top.found is None:
                raise
            self.top.found.append(error)
            self.broken |= {word} - {""}
            return None

    def _hangs_on_broken(self, data: object) -> bool:
        """Whether a table says a name that could not be read: as a text, in a path, or in braces."""
        names = "|".join(map(re.escape, self.broken))
        return bool(names) and re.search(rf"(?<![\w\-])({names})(?![\w\-])", str(data)) is not None

    def _rehearse(self, step: CommandStep, scenario: Scenario) -> None:
        given = (step, scenario.populations, scenario.scene(), scenario.start)
        if self.top.found is None:
            rehearse(*given)
        else:
            self.top.found += misfits(*given)

    def _section(self, kind: str, word: str, data: object, keys: language.Language) -> Section:
        return Section(f"{self.name}: {kind} {word}", data, keys, self.top.found)

    def _calendar(self, word: str, data: object) -> None:
        it = self._section("calendar", word, data, language.CALENDAR)
        calendar = it.read("calendar", partial(Calendar.from_data, word), dict(it.rest()))
        it.read("calendar", add_calendar, calendar)

    def _programme(self, id: str, data: object) -> CommandStep | None:
        """A programme is opened by its product's `open-programme`."""
        self.programmes.append(id)
        if self._hangs_on_broken(data):
            return None
        it = self._section("programme", id, data, language.PROGRAMME)
        product = it.take("product") or self.products[0].name
        if product == "current":
            self.accounts = self.accounts or id
        known = [its.name for its in self.products if "open-programme" in its.commands]
        if product not in known:
            raise it.refusal("product", f"there is no product {shown(product)}; {choices(product, known)}")
        command = self._command(it, "product", f"{product}.open-programme")
        form = {"programme": Text(id)} | {key: Text(value) for key, value in it.rest()}
        days = frozenset({self.start})
        return CommandStep(
            f"programme-{id}", it.place, days, (Asked(command, form, self.unit, ""),), self.unit
        )

    def _population(self, word: str, data: object) -> Population:
        it = self._section("population", word, data, language.POPULATION)
        if not _WORD.fullmatch(word) or word in ("day", "serial"):
            raise BadScenario(
                it.place, "a name of lowercase letters, digits and '_' is needed, not day or serial"
            )
        parties = it.take("parties")
        if parties not in ("", *KINDS):
            raise it.refusal("parties", f"one of {', '.join(KINDS)} is needed, not {shown(parties)}")
        cash = read_draw(it, "cash", it.take("cash"), self.unit) if parties and "cash" in it else None
        ids = self._named(it)
        prefix = it.take("prefix") or (ids[0] if ids else word[0])
        given = it.take("size")
        if (given is None) is not bool(ids):
            reason = "it is missing" if given is None else "ids name the members: leave it out"
            raise it.refusal("size", reason)
        size = len(ids) or given
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
        ids = it.take("ids")
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
            raise it.refusal(key, f"there is no report {shown(name)}; {choices(str(name), known)}")
        product, _, report = str(name).partition(".")
        return product, report

    # --- steps ----------------------------------------------------------------------------------

    def _step(self, number: int, data: object) -> CommandStep | ExpectStep | ShowStep | None:
        """A step; None where what was found wrong leaves nothing to be rehearsed."""
        found = self.top.found
        kind = next((it for it in language.STEPS if isinstance(data, Mapping) and it in data), "do")
        place = f"{self.name}: step {number}"
        name = data.get("name") if isinstance(data, Mapping) else None
        place += f" ({name})" if isinstance(name, str) and name else ""
        it = Section(place, data, language.STEPS[kind], found, strict=False)
        days: frozenset[date] | None = None
        if not (it.bad | it.meant) & {"on", "every", "since", "until"}:
            days = self._try(days_of, it, self.start, self.end)
        if (it.bad | it.meant) & {kind, "each", "with"} or self._hangs_on_broken(data):
            self.unjudged += 1
            return None
        days = days or frozenset({self.start})  # to be rehearsed
        if kind == "expect":
            return read_expectation(it, days, self.unit, self.products)
        return self._shown(it, days) if kind == "show" else self._order(number, it, days)

    def _shown(self, it: Section, days: frozenset[date]) -> ShowStep:
        product, report = self._report(it, "show", it.take("show"))
        text = it.take("actor")
        actor = None if text is None else it.read("actor", Actor.parse, text)
        return ShowStep(it.place.partition(": ")[2], days, product, report, actor, it.take("after_close"))

    def _order(self, number: int, it: Section, days: frozenset[date]) -> CommandStep:
        each = it.take("each")
        each = [each] if isinstance(each, str) else each
        reject = it.take("reject")
        if reject and reject not in error_codes():
            known = choices(reject, sorted(error_codes()))
            raise it.refusal("reject", f"no error has the code {shown(reject)}; {known}")
        actor, required = it.take("actor"), it.take("required")
        return CommandStep(
            name=f"step-{number}",
            place=it.place,
            days=days,
            asked=self._together(it) if "together" in it else (self._asked(it),),
            unit=self.unit,
            each=self._each(it, each),
            chance=Text(it.take("chance")),
            actor=None if actor is None else Text(actor),
            reject=reject,
            required=not each and not reject if required is None else required,
        )

    def _together(self, it: Section) -> tuple[Asked, ...]:
        """Several commands for one commit, each a table with `do` and `with` as in a step."""
        asked = []
        for number, data in enumerate(it.take("together"), start=1):
            one = Section(f"{it.place}, together {number}", data, language.COMMAND, it.found)
            asked.append(evolve(self._asked(one), prefix=f"together {number}, with."))
        if not asked:
            raise it.refusal("together", "at least one command is needed")
        return tuple(asked)

    def _asked(self, it: Section) -> Asked:
        command = self._command(it, "do", it.take("do"))
        form: dict[str, Draw] = {}
        for key, value in it.take("with").items():
            draw = self._try(read_draw, it, f"with.{key}", value, self.unit)
            form[key] = Unread() if draw is None else draw
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
                raise it.refusal(
                    "each",
                    f"{shown(name)} is not a population ({', '.join(known) or 'none'}), nor a list of an"
                    " earlier one",
                )
            chosen.append(name)
        return tuple(chosen)
