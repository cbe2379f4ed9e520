"""Runs a scenario against a bank on a new book: steps become commands, commands a trace.

The clock is simulated and all keys come from the steps, so that equal scenarios and seeds give equal
books, down to the last digest, on every store.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from attrs import define, evolve, frozen

from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.errors import BankcoreError, BookExists, Conflict, InputError, Rejection, UnknownName
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.personal import seeded
from bankcore.ledger.ports import Store
from bankcore.ledger.transactions import Receipt
from bankcore.product.product import Product
from bankcore.product.refusals import NotFound
from bankcore.products import PRODUCTS
from bankcore.simulation.plain import PLAIN
from bankcore.simulation.population import Scene
from bankcore.simulation.refusals import ExpectationFailed, StepNotRefused, StepRefused
from bankcore.simulation.report import checks, facts, matching, tables, told
from bankcore.simulation.scenario import Scenario
from bankcore.simulation.steps import CommandStep, ExpectStep, People, ShowStep, Subject, scenes
from bankcore.simulation.telling import Telling
from bankcore.tables import Table

__all__ = ["Event", "Outcome", "Progress", "simulate"]

Progress = Callable[[Iterable[date]], Iterable[date]]  # sees each day and must pass it on

_OPENING = time(9, tzinfo=UTC)
_CLOSING = time(22, tzinfo=UTC)


@frozen
class Event:
    """A command that was given: its receipts, or the code it was refused with."""

    key: str
    command: str
    receipts: tuple[Receipt, ...] = ()
    refusal: str = ""


@frozen
class Outcome:
    """The result of a run: every command in order, the end report, the book's last digest.

    `telling` has the refusals of each step in words, and warnings.
    """

    events: tuple[Event, ...]
    facts: Mapping[str, Any]
    tables: tuple[Table, ...]
    digest: bytes
    telling: Telling


def simulate(
    scenario: Scenario,
    store: Store,
    *,
    seed: int | None = None,
    progress: Progress | None = None,
    products: Sequence[Product] = PRODUCTS,
) -> Outcome:
    """Run a scenario on a new book of an empty store, verify the book, and report.

    `seed` replaces the scenario's own.  Raises BookExists where the store has a book,
    StepRefused, StepNotRefused or ExpectationFailed where the scenario does not go as written,
    InvariantBroken and VerificationFailed where the book is not sound.
    """
    for book in store.books():
        raise BookExists("the store", book.name)
    run = Run(scenario, store, scenario.seed if seed is None else seed, products)
    for day in (progress or iter)(scenario.days):
        run.day(day)
        run.require_invariants()
        run.look_after_close(day)
    reader = run.bank.ledger.reader
    verification = verify(reader, run.bank.ledger.book).require()
    counts = {
        "commands done": run.done.total(),
        "commands refused": run.refused.total(),
    }
    return Outcome(
        tuple(run.events),
        facts(scenario, run.seed, counts, verification),
        (
            *run.shown,
            *(run.bank.report(*names) for names in scenario.reports),
            *tables(scenario, run.done, run.refused, reader),
            checks(verification, run.invariants),
        ),
        verification.digest,
        run.telling,
    )


@define
class _Clock:
    """A clock that shows the same time until it is set."""

    now: datetime = datetime.min.replace(tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class Run:
    """One run of a scenario on an empty store, day by day: its bank, and what was done and refused so far."""

    def __init__(
        self, scenario: Scenario, store: Store, seed: int, products: Sequence[Product] = PRODUCTS
    ) -> None:
        self.scenario, self.seed = scenario, seed
        self.people = _people(scenario, seed)
        self.chances = {step.name: Random(f"{seed}/{step.name}") for step in _commands(scenario)}
        self.serials: Counter[str] = Counter()
        self.events: list[Event] = []
        self.done: Counter[str] = Counter()  # by command
        self.refused: Counter[tuple[str, str]] = Counter()  # by command and code
        self.telling = Telling(_commands(scenario))
        self.shown: list[Table] = []
        self.clock = _Clock()
        self.bank = Bank.create(
            store,
            opened_on=scenario.start,
            base_unit=scenario.unit,
            clock=self.clock,
            salts=seeded(str(seed)),
            products=[*products, PLAIN],
        )
        self.scene = Scene(scenario.scene().names, self.bank.amount, self._record)
        self.invariants = sum(len(product.invariants) for product in self.bank.products)

    def day(self, day: date) -> None:
        """Everything that happens on a day, up to and including its close.

        Raises StepRefused, StepNotRefused, ExpectationFailed.
        """
        self.clock.now = datetime.combine(day, _OPENING)
        for step in self._steps(day):
            if isinstance(step, CommandStep):
                self._give(step, day)
            elif not step.after_close:
                self._look(step, day)
        self.clock.now = max(self.clock.now, datetime.combine(day, _CLOSING))
        self.bank.close_day(day)

    def require_invariants(self) -> None:
        """Raise InvariantBroken for the first invariant of a product that does not hold."""
        for broken in self.bank.broken_invariants():
            raise broken

    def look_after_close(self, day: date) -> None:
        """The expectations and reports of a day after its close; raises ExpectationFailed."""
        for step in self._steps(day):
            if not isinstance(step, CommandStep) and step.after_close:
                self._look(step, day)

    def _steps(self, day: date) -> list[CommandStep | ExpectStep | ShowStep]:
        return [step for step in (*self.scenario.programmes, *self.scenario.steps) if day in step.days]

    def _give(self, step: CommandStep, day: date) -> None:
        chance = self.chances[step.name]
        for scene in scenes(step.each, self.scene.with_names({"day": day, "serial": 0}), self.people):
            if not step.happens(chance, scene):
                continue
            self.serials[step.name] += 1
            serial = self.serials[step.name]
            self._handle(step, day, scene.with_names({"serial": serial}), f"{step.name}/{serial}")

    def _handle(self, step: CommandStep, day: date, scene: Scene, key: str) -> None:
        chance = self.chances[step.name]
        self.clock.now += timedelta(milliseconds=1)
        try:
            commands = step.commands(chance, scene)
            if not commands:
                return
            actor = step.actor_in(chance, scene)
            if len(commands) == 1:
                receipts = self.bank.handle(commands[0], key, actor)
            else:
                receipts = self.bank.handle_all(commands, key, actor)
        except (Rejection, InputError, Conflict) as refusal:
            self.refused[step.title, refusal.code] += 1
            self.telling.note_refused(step, day, refusal)
            self.events.append(Event(key, step.title, refusal=refusal.code))
            _judge(step, day, refusal)
        else:
            self.done.update(asked.title for asked in step.asked)
            self.telling.note_done(step)
            self.events.append(Event(key, step.title, receipts))
            if step.reject:
                raise StepNotRefused(step.place, day, step.title, step.reject, "it was done")

    def _record(self, kind: str, id: str, field: str) -> Any:
        found = self.bank.ledger.books.record(kind, id)
        if found is None:
            raise NotFound(kind, id)
        if field not in found.data:
            raise UnknownName(f"field of {kind}", field, ", ".join(found.data))
        return found.data[field]

    def _look(self, step: ExpectStep | ShowStep, day: date) -> None:
        if isinstance(step, ExpectStep):
            self._check(step, day)
        else:
            table = self.bank.report(step.product, step.report, step.actor)
            self.shown.append(evolve(table, title=step.title_on(day)))

    def _check(self, step: ExpectStep, day: date) -> None:
        found = self._found(step)
        if found is None:
            raise ExpectationFailed(step.place, day, f"balance {step.of}", "no such account")
        for bound in step.bounds:
            if not bound.holds(found):
                limit = bound.limit
                shown = str(Amount(found, limit.unit)) if isinstance(limit, Amount) else f"{found}"
                expected = f"{step.subject.value} {step.of} {bound}"
                raise ExpectationFailed(step.place, day, expected, shown)

    def _found(self, step: ExpectStep) -> int | None:
        match step.subject:
            case Subject.DONE:
                return self.done[step.of]
            case Subject.REFUSED:
                return sum(count for (_, code), count in self.refused.items() if code == step.of)
            case Subject.NOTICES:
                return told(self.bank.ledger.books, step.of)
        balances = list(matching(self.bank.ledger.books, step.of))
        if step.subject is Subject.ACCOUNTS:
            return len(balances)
        return sum(balances) if balances or "*" in step.of else None


def _judge(step: CommandStep, day: date, refusal: BankcoreError) -> None:
    """Raise unless the refusal is the expected one, or one that is only counted."""
    if step.reject and refusal.code != step.reject:
        raise StepNotRefused(step.place, day, step.title, step.reject, refusal.code) from refusal
    if not step.reject and (step.required or not isinstance(refusal, Rejection)):
        raise StepRefused(step.place, day, step.title, refusal.code, str(refusal)) from refusal


def _commands(scenario: Scenario) -> list[CommandStep]:
    steps = (*scenario.programmes, *scenario.steps)
    return [step for step in steps if isinstance(step, CommandStep)]


def _people(scenario: Scenario, seed: int) -> People:
    """All members with their drawn attributes; each population has its own random numbers from the seed."""
    scene, people = scenario.scene(), {}
    for population in scenario.populations:
        chance = Random(f"{seed}/{population.name}")
        people[population.name] = [population.member(id, chance, scene) for id in population.ids]
    return people
