"""What a product is to the bank: commands, pure rules, work at the close of a day, invariants.

A rule is `(terms, command, books) -> Plan`: it reads the books, decides, and returns what is to be
written.  It keeps no state, knows no clock and posts nothing, so a plan can be previewed, and a
retry is free.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from enum import Enum
from typing import Any, Protocol

from attrs import evolve, frozen

from bankcore.errors import BadActor, UnknownName
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Transaction

__all__ = ["Actor", "Command", "Plan", "Product", "Role", "Step", "Table"]


class Role(Enum):
    """Who may give commands."""

    CUSTOMER = "customer"
    MERCHANT = "merchant"
    OPERATOR = "operator"
    OFFICER = "officer"  # of the bank
    SYSTEM = "system"  # the end-of-day job


@frozen
class Actor:
    """Somebody in a role.

    >>> str(Actor.parse("customer:c001"))
    'customer:c001'
    """

    role: Role
    id: str

    @classmethod
    def parse(cls, text: str) -> Actor:
        """Read `role:id`; raises BadActor."""
        role, _, id = text.partition(":")
        if role not in {known.value for known in Role} or not id:
            known = ", ".join(role.value for role in Role)
            raise BadActor(text, f"role:id is needed, the role one of {known}")
        return cls(Role(role), id)

    def __str__(self) -> str:
        return f"{self.role.value}:{self.id}"


class Command(Protocol):
    """A frozen attrs class; `may` maps each role that may give it to the field with that actor's id.

    An empty field name lets any id of the role.  The first role is the command's natural actor.
    """

    @property
    def may(self) -> Mapping[Role, str]: ...


@frozen
class Plan:
    """The transactions of one operation, written together or not at all."""

    transactions: tuple[Transaction, ...] = ()


@frozen(init=False)
class Step:
    """One part of the close of a day, written at once under a key made from `name` and the date.

    Its rules run one after the other, each on what those before it did, and only if that key is not in
    the journal yet, so a killed run goes on where it stopped.
    """

    name: str
    rules: tuple[Callable[[Books], Plan], ...]

    def __init__(self, name: str, *rules: Callable[[Books], Plan]) -> None:
        self.__attrs_init__(name, rules)


@frozen
class Table:
    """A report: titled columns and plain rows; amounts are `Amount`s."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def where(self, column: str, text: str) -> Table:
        """Only the rows that show this text in a column, such as one customer's; raises UnknownName.

        >>> Table("Lots", ("card", "left"), (("c1", 5), ("c2", 7))).where("card", "c2").rows
        (('c2', 7),)
        """
        if column not in self.columns:
            raise UnknownName("column", column, ", ".join(self.columns))
        place = self.columns.index(column)
        return evolve(self, rows=tuple(row for row in self.rows if str(row[place]) == text))


@frozen
class Product:
    """Everything the bank needs to sell a product.

    `terms` gives the terms in force for a command, `rules` the rule of each command class, `daily`
    the steps of a day's close in order (or a refusal of the day, before the first step), `invariants`
    by name the contradictions found (none when it holds), `reports` the tables by name.
    """

    name: str
    summary: str
    commands: Mapping[str, type[Any]]
    terms: Callable[[Any, Books], Any]
    rules: Mapping[type[Any], Callable[[Any, Any, Books], Plan]]
    daily: Callable[[Books, date], Iterator[Step]]
    invariants: Mapping[str, Callable[[Books], Iterator[str]]]
    reports: Mapping[str, Callable[[Books], Table]]
