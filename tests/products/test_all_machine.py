"""All products alive in one book, under random commands of any of them, on both stores at once.

The commands are made from their own fields: an id is one that was used before or a stranger's, an
amount is round or odd, anything else one of a few.  Nobody tells the machine what a command does, so
a new product takes part by its line in PRODUCTS and, to get far, by a few commands in `town.py`.
"""

from __future__ import annotations

import typing
from collections.abc import Mapping
from datetime import date, timedelta
from enum import Enum
from random import Random
from typing import Any

import attrs
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule
from tests.products.pair import Pair
from tests.products.town import FIRST, TOWN

from bankcore.amounts import Amount
from bankcore.authority import natural_actor
from bankcore.errors import BankcoreError
from bankcore.products import PRODUCTS
from bankcore.rates import Rate
from bankcore.units import Unit

CNY = Unit("CNY/2")
COMMANDS = [command for product in PRODUCTS for command in product.rules]
ROOM = {command: product.name for product in PRODUCTS for command in product.rules}
HINTS = {command: typing.get_type_hints(command) for command in COMMANDS}
STRANGER = "stranger"
FAULTS = {"internal_error", "invariant_broken", "bad_transaction", "unbalanced"}  # the rules' own, if ever

AMOUNTS = (1, 33, 1_00, 99_99, 1_000_00, 3_333_33, 10_000_00)
COUNTS = (1, 2, 7, 30, 500)
DAYS = (-1, 0, 1, 1, 30)  # from today
RATES = ("0%", "0.25%", "3%", "100%")


class Town(Pair):
    """Whatever is asked of whichever product, both stores answer alike and every unit is conserved."""

    @initialize()
    def start(self) -> None:
        self.open_on(FIRST)
        self.known: dict[tuple[str, str], set[str]] = {}  # by product and field: the ids that were used
        self.tables: dict[tuple[type[Any], str], list[Any]] = {}  # by command and field: terms and the like
        for commands in TOWN:
            outcome = self.give(*commands)
            assert not isinstance(outcome, dict), (commands, outcome)
            self.learn(commands)

    def learn(self, commands: tuple[Any, ...]) -> None:
        for command in commands:
            for field in attrs.fields(type(command)):
                value = getattr(command, field.name)
                if isinstance(value, str) and value:
                    self.known.setdefault((ROOM[type(command)], field.name), set()).add(value)
                elif attrs.has(type(value)) or isinstance(value, Mapping):
                    tables = self.tables.setdefault((type(command), field.name), [])
                    if not isinstance(value, (Amount, Rate)) and value not in tables:
                        tables.append(value)

    # --- making a command of any class ------------------------------------------------------------------

    def value(self, chance: Random, command: type[Any], field: attrs.Attribute[Any]) -> Any:
        hint = HINTS[command][field.name]
        options = typing.get_args(hint) if type(None) in typing.get_args(hint) else ()
        if options:
            if chance.choice((True, False)):
                return None
            hint = next(option for option in options if option is not type(None))
        kind = typing.get_origin(hint) or hint
        if kind is Amount:
            return Amount(chance.choice(AMOUNTS), CNY)
        if kind is Rate:
            return Rate.parse(chance.choice(RATES))
        if kind is bool:
            return chance.choice((True, False))
        if kind is int:
            return chance.choice(COUNTS)
        if kind is date:
            return self.banks[0].today + timedelta(days=chance.choice(DAYS))
        if isinstance(kind, type) and issubclass(kind, Enum):
            return chance.choice(list(kind))
        if kind is str:
            return chance.choice(self.words(ROOM[command], field))
        return chance.choice(self.tables.get((command, field.name)) or [{}])

    def words(self, product: str, field: attrs.Attribute[Any]) -> list[str]:
        """What a text may be: a choice, what the field was before, now and then something new."""
        if choices := field.metadata.get("choices"):
            return list(choices)
        known = sorted(self.known.get((product, field.name), ()))
        default = [field.default] if isinstance(field.default, str) else []
        return [*default, *known, *known, *([] if field.name == "programme" else [STRANGER])]

    def command(self, chance: Random) -> Any:
        """A command of any class; None where its own fields contradict each other."""
        made = chance.choice(COMMANDS)
        values = {field.name: self.value(chance, made, field) for field in attrs.fields(made)}
        try:
            return made(**values)
        except BankcoreError:
            return None

    def follow(self) -> None:
        """Cash moves by a teller, before the pair takes the entries in."""
        for entry in self.banks[0].ledger.reader.entries(self.taken):
            transaction = entry.transaction
            if any(leg.account == "bank:cash" for leg in transaction.postings):
                assert transaction.actor.startswith("officer:")
        super().follow()

    # --- what happens ---------------------------------------------------------------------------------

    @rule(chance=st.randoms(use_true_random=True), commands=st.sampled_from([20, 10, 5, 1]))
    def a_busy_hour(self, chance: Random, commands: int) -> None:
        for _ in range(commands):
            self.anything(chance, chance.choice((1, 1, 1, 2, 3)))

    def anything(self, chance: Random, together: int) -> None:
        """One command, or several that one and the same actor gives in one commit."""
        made = [it for it in (self.command(chance) for _ in range(together)) if it is not None]
        commands = tuple(it for it in made if natural_actor(it) == natural_actor(made[0]))
        if not commands:
            return
        outcome = self.give(*commands)
        if isinstance(outcome, dict):
            assert outcome["code"] not in FAULTS, (commands, outcome)
        else:
            self.learn(commands)

    @rule(number=st.sampled_from([1, 1, 7, 31]), twice=st.booleans())
    def days_go_by(self, number: int, twice: bool) -> None:
        self.close(number, twice=twice)


TestTown = Town.TestCase
TestTown.settings = settings(max_examples=max(settings.default.max_examples // 3, 1), stateful_step_count=20)
