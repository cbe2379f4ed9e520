"""The participants of a scenario, and their random attributes.

Everything is drawn as a whole number below another one, so that a seed gives the same people and
the same days on every machine.

>>> from random import Random
>>> shops = Population("merchant", "m", 20)
>>> shops.ids[0], shops.ids[-1]
('m01', 'm20')
>>> step = Between(10, 50, 10)
>>> step.draw(Random("1/step-4"), Scene({})) in (10, 20, 30, 40, 50)
True
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import Any, Protocol

from attrs import evolve, field, frozen

from bankcore.amounts import Amount
from bankcore.errors import UnknownName
from bankcore.rates import Share
from bankcore.units import Unit

__all__ = [
    "Between", "Chance", "Draw", "Nth", "OneOf", "Population", "Recorded", "Scene", "ShareOf", "Some", "Text",
]  # fmt: skip

_NAME = re.compile(r"\{([a-z_][a-z0-9_.]*)\}")


class Chance(Protocol):
    """The source of a draw: a whole number from 0 up to, not including, `n`; such as `random.Random`."""

    def randrange(self, n: int, /) -> int: ...


@frozen
class Nth:
    """A source that always gives `index`, or the last number; to try what a scenario can draw."""

    index: int

    def randrange(self, n: int, /) -> int:
        return min(self.index, n - 1)


def _no_book(path: str) -> Amount:
    raise UnknownName("book to ask for", path, "none yet")


def _no_record(kind: str, id: str, field: str) -> Any:
    raise UnknownName("book to ask for", f"{kind} {id} {field}", "none yet")


@frozen
class Scene:
    """The values of a scenario's names for one command: `customer` an id, `customer.shops` a list.

    `balance` returns the current balance of an account, `record` a field of a record by kind and id.
    """

    names: Mapping[str, Any]
    balance: Callable[[str], Amount] = _no_book
    record: Callable[[str, str, str], Any] = _no_record

    def value(self, name: str) -> Any:
        """The value of a name; raises UnknownName."""
        if name not in self.names:
            raise UnknownName("name", name, ", ".join(self.names) or "none here")
        return self.names[name]

    def items(self, source: Sequence[Any] | str) -> Sequence[Any]:
        """The items themselves, or those of the list that a name refers to; raises UnknownName."""
        items = self.value(source) if isinstance(source, str) else source
        if not isinstance(items, (list, tuple)) or not items:
            lists = (name for name, value in self.names.items() if isinstance(value, tuple))
            raise UnknownName("list", str(source), ", ".join(lists) or "none here")
        return items

    def with_names(self, names: Mapping[str, Any]) -> Scene:
        """The scene with more names, or with other values of some."""
        return evolve(self, names={**self.names, **names})


class Draw(Protocol):
    """A rule in a scenario that determines a value."""

    def draw(self, chance: Chance, scene: Scene) -> Any: ...


@frozen
class Text:
    """A value as written, with names in braces replaced; `"{customer.age}"` alone keeps its type."""

    value: Any

    def draw(self, chance: Chance, scene: Scene) -> Any:
        """The value; raises UnknownName."""
        if not isinstance(self.value, str):
            return self.value
        if whole := _NAME.fullmatch(self.value):
            return scene.value(whole[1])
        return _NAME.sub(lambda name: str(scene.value(name[1])), self.value)


@frozen
class Between:
    """A whole number from `low` up to and including `high`, by `step`; with a unit, an amount."""

    low: int
    high: int
    step: int = 1
    unit: Unit | None = None

    def draw(self, chance: Chance, scene: Scene) -> Amount | int:
        """One of the values, all equally likely."""
        value = self.low + self.step * chance.randrange((self.high - self.low) // self.step + 1)
        return value if self.unit is None else Amount(value, self.unit)


@frozen
class OneOf:
    """One of the values, or one of the items that a name refers to; weights say how likely each is."""

    source: Sequence[Any] | str
    weights: tuple[int, ...] | None = None

    def draw(self, chance: Chance, scene: Scene) -> Any:
        """One item, the texts among the values with their names replaced."""
        items = scene.items(self.source)
        if self.weights is None:
            place = chance.randrange(len(items))
        else:
            place = bisect_right(list(accumulate(self.weights)), chance.randrange(sum(self.weights)))
        return Text(items[place]).draw(chance, scene)


@frozen
class Some:
    """Several different items, in the order of their source."""

    source: Sequence[Any] | str
    count: int

    def draw(self, chance: Chance, scene: Scene) -> tuple[Any, ...]:
        """`count` items, or all where there are fewer."""
        left = list(range(len(items := scene.items(self.source))))
        taken = sorted(left.pop(chance.randrange(len(left))) for _ in range(min(self.count, len(items))))
        return tuple(items[index] for index in taken)


@frozen
class ShareOf:
    """A share, rounded down, of an account's balance at the time of the command."""

    account: Text
    share: Share

    def draw(self, chance: Chance, scene: Scene) -> Amount:
        """The amount, perhaps zero."""
        whole = scene.balance(self.account.draw(chance, scene))
        share = self.share.fraction
        return Amount(whole.quantity * share.numerator // share.denominator, whole.unit)


@frozen
class Recorded:
    """What a record of the book says at the time of the command, such as the reference of a code shown."""

    kind: str
    id: Text
    field: str

    def draw(self, chance: Chance, scene: Scene) -> Any:
        """The value of the field; raises UnknownName, and NotFound where there is no such record."""
        return scene.record(self.kind, str(self.id.draw(chance, scene)), self.field)


@frozen
class Population:
    """People of one kind: their name, their number, and what is drawn for each of them."""

    name: str
    prefix: str
    size: int
    attributes: Mapping[str, Draw] = field(factory=dict)
    parties: str = ""  # their kind in the register of parties, if they are in it
    cash: Draw | None = None  # the amount that each pays in on the first day
    named: tuple[str, ...] = ()  # their ids, where they do not follow from prefix and size

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the members: c001, c002, ..."""
        if self.named:
            return self.named
        width = len(str(self.size))
        return tuple(f"{self.prefix}{number:0{width}}" for number in range(1, self.size + 1))

    def member(self, id: str, chance: Chance, scene: Scene) -> Mapping[str, Any]:
        """The values of one member's names: the id, and by `name.attribute` what was drawn."""
        names: dict[str, Any] = {self.name: id}
        for attribute, draw in self.attributes.items():
            names[f"{self.name}.{attribute}"] = draw.draw(chance, scene.with_names(names))
        return names
