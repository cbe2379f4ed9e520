"""Products: commands, pure rules, work at the close of a day, invariants.

A rule is `(terms, command, books) -> Plan`: it reads the books, decides, and returns what to write.
It keeps no state, reads no clock and posts nothing, so a plan can be previewed and a retry has no
side effects.

A product is made of nouns, one file each: a file defines a deposit, a card or a loan, and its `Noun`
collects the rules, reports, invariants, upgrades and the daily work written there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from enum import IntEnum
from functools import wraps
from itertools import chain
from typing import Any, TypeVar

from attrs import Factory, evolve, field, frozen

from bankcore.errors import BadProduct, ProductTwice
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product.actor import Actor, Role
from bankcore.product.command import title
from bankcore.product.parties import speaks_for
from bankcore.product.plan import Plan, Step
from bankcore.tables import Table

__all__ = ["Daily", "Invariant", "Noun", "Phase", "Product", "Report", "Upgrade"]

C = TypeVar("C")
T = TypeVar("T")

Daily = Callable[[Books, date], Iterator[Step]]
Invariant = Callable[[Books], Iterator[str]]
Report = Callable[[Books], Table]
Upgrade = Callable[[Books], Iterable[Record]]


class Phase(IntEnum):
    """The order of a day's close."""

    DUE = 1  # maturities, expiries, instalments, appointments
    ACCRUAL = 2  # interest and yield of the day
    SETTLEMENT = 3  # payments of what has accrued
    MONITOR = 4  # sweeps, alerts, limits
    REPORT = 5  # levels of the day, kept for reports


class Noun:
    """The part of a product in one file, collected by decorators.

    >>> from attrs import Factory, field, frozen
    >>> @frozen
    ... class Greet: ...
    >>> noun = Noun("greetings")
    >>> @noun.rule(Greet)
    ... def greet(terms: None, command: Greet, books: Books) -> Plan:
    ...     return Plan()
    >>> list(Product.of("greeting", "greetings", noun).commands)
    ['greet']
    """

    def __init__(self, module: str) -> None:
        self.module = module  # where its refusals are defined
        self.rules: dict[type[Any], Callable[[Any, Any, Books], Plan]] = {}
        self.works: list[tuple[Phase, Daily]] = []
        self.invariants: dict[str, Invariant] = {}
        self.reports: dict[str, Report] = {}
        self.own: dict[str, Mapping[Role, str]] = {}  # of reports that show rows to their owners
        self.upgrades: list[tuple[int, Upgrade]] = []

    def rule(
        self, command: type[C]
    ) -> Callable[[Callable[[T, C, Books], Plan]], Callable[[T, C, Books], Plan]]:
        """The rule of a command, `(terms, command, books) -> Plan`."""

        def collect(rule: Callable[[T, C, Books], Plan]) -> Callable[[T, C, Books], Plan]:
            self.rules[command] = rule
            return rule

        return collect

    def daily(self, phase: Phase) -> Callable[[Daily], Daily]:
        """Steps of a day's close, `(books, day) -> steps`, in a phase of it."""

        def collect(work: Daily) -> Daily:
            self.works.append((phase, work))
            return work

        return collect

    def invariant(self, name: str) -> Callable[[Invariant], Invariant]:
        """An invariant, `(books) -> contradictions`: it must hold after every step."""

        def collect(invariant: Invariant) -> Invariant:
            self.invariants[name] = invariant
            return invariant

        return collect

    def report(self, name: str, own: Mapping[Role, str] | None = None) -> Callable[[Report], Report]:
        """A table, `(books) -> Table`.

        `own` maps roles outside the bank to the column with the owner of a row: they see their own rows,
        the bank's officers all, any other role none.  Without it the report filters by party itself, or
        shows no data of parties.
        """

        def collect(report: Report) -> Report:
            self.reports[name] = report
            if own is not None:
                self.own[name] = own
            return report

        return collect

    def upgrade(self, to: int) -> Callable[[Upgrade], Upgrade]:
        """What brings this noun's records to a version of the product, `(books) -> records`.

        It reads the records as the version before wrote them, and returns next versions of them; it moves no
        money.  The nouns of a product may each have one for a version, on records of their own.
        """

        def collect(upgrade: Upgrade) -> Upgrade:
            self.upgrades.append((to, upgrade))
            return upgrade

        return collect


def _own_rows(report: Report, own: Mapping[Role, str] | None, product: str) -> Report:
    """The report of a product with the rows that the actor may see."""
    if own is None:
        return report

    @wraps(report)
    def shown(books: Books) -> Table:
        table = report(books)
        actor = Actor.asking(books) if books.actor else None
        if actor is None or actor.role in (Role.OFFICER, Role.SYSTEM):
            return table
        column = own.get(actor.role)
        nth = table.columns.index(column) if column else 0
        rows = table.rows if column else ()
        return evolve(table, rows=tuple(row for row in rows if speaks_for(books, actor, row[nth], product)))

    return shown


@frozen
class Product:
    """Everything the bank needs to sell a product.

    `terms` returns the terms in force for a command, `rules` the rule of each command class, `daily`
    the steps of a day's close in order (or a refusal of the day, before the first step), `works` the
    parts of it by phase of the close, `invariants` by name the contradictions found (none when it
    holds), `reports` the tables by name; `modules` are the files of its nouns.  The accounts at and below
    `roots` are its own, and move by its commands.

    `version`, a whole number from 1 on, is written into the books that it serves, which older versions then
    refuse to serve; `upgrades` by version bring the records of the version before to its form.
    Raises BadProduct for another version, or an upgrade to none of its versions after the first.
    """

    name: str
    summary: str
    commands: Mapping[str, type[Any]]
    terms: Callable[[Any, Books], Any]
    rules: Mapping[type[Any], Callable[[Any, Any, Books], Plan]]
    daily: Daily
    invariants: Mapping[str, Invariant]
    reports: Mapping[str, Report]
    modules: tuple[str, ...] = ()
    version: int = 1
    works: tuple[tuple[Phase, Daily], ...] = field(
        default=Factory(lambda product: ((Phase.SETTLEMENT, product.daily),), takes_self=True)
    )
    roots: tuple[str, ...] = field(default=Factory(lambda product: (product.name,), takes_self=True))
    upgrades: Mapping[int, tuple[Upgrade, ...]] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        if type(self.version) is not int or self.version < 1:
            raise BadProduct(self.name, f"its version is a whole number from 1 on, not {self.version!r}")
        if unknown := [to for to in self.upgrades if to not in range(2, self.version + 1)]:
            raise BadProduct(self.name, f"there is an upgrade to {unknown[0]!r}, and it is at {self.version}")

    @classmethod
    def of(
        cls,
        name: str,
        summary: str,
        *nouns: Noun,
        terms: Callable[[Any, Books], Any] = lambda command, books: None,
        version: int = 1,
        roots: tuple[str, ...] | None = None,
    ) -> Product:
        """The product made of some nouns, in their order; it owns the accounts below its name, or `roots`.

        Raises ProductTwice for a duplicate name, BadProduct.
        """
        rules = _merged(*(noun.rules for noun in nouns))
        upgrades: dict[int, tuple[Upgrade, ...]] = {}
        for to, upgrade in (it for noun in nouns for it in noun.upgrades):
            upgrades[to] = (*upgrades.get(to, ()), upgrade)
        works = sorted((it for noun in nouns for it in noun.works), key=lambda it: it[0])
        return cls(
            name=name,
            summary=summary,
            commands={title(command): command for command in rules},
            terms=terms,
            rules=rules,
            daily=lambda books, day: chain(*(work(books, day) for _, work in works)),
            works=tuple(works),
            invariants=_merged(*(noun.invariants for noun in nouns)),
            reports=_merged(
                *(
                    {key: _own_rows(it, noun.own.get(key), name) for key, it in noun.reports.items()}
                    for noun in nouns
                )
            ),
            modules=tuple(noun.module for noun in nouns),
            version=version,
            roots=(name,) if roots is None else roots,
            upgrades=upgrades,
        )


def _merged(*parts: Mapping[Any, Any]) -> dict[Any, Any]:
    merged: dict[Any, Any] = {}
    for part in parts:
        if twice := merged.keys() & part.keys():
            raise ProductTwice(str(sorted(map(str, twice))[0]))
        merged |= part
    return merged
