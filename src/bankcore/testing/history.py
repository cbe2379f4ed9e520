"""Histories of a bank: commands and closes with what came of each, to be taken again on another bank.

A history is data.  The same one, taken on a new book, has to lead to the same digest, whatever the store,
the process and the machine; `taken` does that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from attrs import define, frozen

from bankcore.authority import natural_actor
from bankcore.bank import Bank
from bankcore.errors import BankcoreError
from bankcore.ledger.personal import seeded
from bankcore.ledger.ports import Store
from bankcore.ledger.transactions import Receipt
from bankcore.product.actor import Actor
from bankcore.product.product import Product
from bankcore.stores.memory import MemoryStore

__all__ = ["Closed", "FusedClock", "Given", "Step", "World", "asked", "giver", "take", "taken"]


class CutOff(Exception):
    """The clock's own end of a process, in the place of a kill."""


@define
class FusedClock:
    """A clock that stands where it is put; after `fuse` more readings it raises CutOff once."""

    now: datetime
    fuse: int | None = None
    readings: int = 0

    def __call__(self) -> datetime:
        self.readings += 1
        if self.fuse is not None:
            self.fuse -= 1
            if self.fuse < 0:
                self.fuse = None
                raise CutOff
        return self.now

    def begin(self, day: date) -> None:
        """Put it at the first instant of a day."""
        self.now = datetime.combine(day, time(), UTC)


@frozen
class Given:
    """Commands given in one commit by one actor, and what came of them.

    `refused` is the code of the refusal, empty where they were carried out; then `numbers` are those of the
    transactions.
    """

    commands: tuple[Any, ...]
    key: str
    actor: Actor
    day: date
    refused: str = ""
    numbers: tuple[int, ...] = ()

    def __str__(self) -> str:
        what = " with ".join(map(repr, self.commands))
        return f"{what} by {self.actor} on {self.day}: {self.refused or 'done'}"


@frozen
class Closed:
    """The days that were closed, one after the other.

    >>> str(Closed((date(2024, 5, 1), date(2024, 5, 2))))
    'closed 2024-05-01 to 2024-05-02'
    """

    days: tuple[date, ...]

    def __str__(self) -> str:
        return f"closed {self.days[0]} to {self.days[-1]}"


Step = Given | Closed


@frozen
class World:
    """What a book needs to begin: its products and its first day; its unit is CNY/2."""

    products: tuple[Product, ...]
    opened_on: date
    salt: str = "test"

    def clock(self) -> FusedClock:
        """A clock at the beginning of the first day."""
        return FusedClock(datetime.combine(self.opened_on, time(), UTC))

    def begin(self, store: Store, clock: Callable[[], datetime]) -> Bank:
        """A bank on a new book of a store."""
        return Bank.create(
            store, opened_on=self.opened_on, clock=clock, salts=seeded(self.salt), products=self.products
        )

    def again(self, store: Store, clock: Callable[[], datetime]) -> Bank:
        """A bank on the book that a store has already."""
        return Bank.open(store, clock=clock, salts=seeded(self.salt), products=self.products)


def asked(bank: Bank, commands: Sequence[Any], key: str, actor: Actor) -> tuple[Receipt, ...] | BankcoreError:
    """The receipts of commands given in one commit, or their refusal."""
    try:
        if len(commands) == 1:
            return bank.handle(commands[0], key, actor)
        return bank.handle_all(commands, key, actor)
    except BankcoreError as refusal:
        return refusal


def giver(commands: Sequence[Any], actor: Actor | None) -> Actor:
    """Who gives commands: as named, else the natural actor of the first."""
    return actor or natural_actor(commands[0])


def taken(world: World, steps: Iterable[Step]) -> tuple[Bank, list[str]]:
    """A bank in memory after the steps, and the code of each step's refusal, empty where it was done."""
    clock, codes = world.clock(), []
    bank = world.begin(MemoryStore(), clock)
    for step in steps:
        codes.append(take(bank, clock, step))
    return bank, codes


def take(bank: Bank, clock: FusedClock, step: Step) -> str:
    """One step on a bank with this clock; the code of the refusal, or nothing."""
    if isinstance(step, Given):
        outcome = asked(bank, step.commands, step.key, step.actor)
        return outcome.code if isinstance(outcome, BankcoreError) else ""
    try:
        for day in step.days:
            clock.begin(day + timedelta(days=1))
            bank.close_day(day)
    except BankcoreError as refusal:
        return refusal.code
    return ""
