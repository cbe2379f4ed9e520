"""Random values of a scenario, read from small tables.

>>> step = Section("mall.toml: step 3", {})
>>> read_draw(step, "with.amount", {"from": "10.00", "to": "50.00", "step": "10.00"}, Unit("CNY/2")).high
5000
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bankcore.amounts import Amount, check_quantity
from bankcore.rates import Share
from bankcore.simulation.language import DRAWS, WORDS
from bankcore.simulation.population import Between, Draw, OneOf, Recorded, ShareOf, Some, Text
from bankcore.simulation.section import Section, shown
from bankcore.units import Unit

__all__ = ["read_draw"]


def read_draw(section: Section, key: str, value: Any, unit: Unit) -> Draw:
    """How a value of a scenario is determined; raises BadScenario.

    A table with `from`, `one_of`, `some` or `balance_of` is drawn, one with `record` looked up in the book.
    Any other value is used as written.
    """
    if isinstance(value, Mapping):
        for word, read in _READERS.items():
            if word in value:
                place = f"{section.place}, field {key}"
                return read(Section(place, value, DRAWS[word], section.found), unit)
    return Text(value)


def _between(table: Section, unit: Unit) -> Between:
    kind = type(low := table.take("from"))
    high, step = table.take("to"), table.take("step")
    for key, value in (("to", high), ("step", step)):
        if value is not None and type(value) is not kind:
            raise table.refusal(key, f"{WORDS[kind]} is needed, as in from, not {shown(value)}")
    low, high = _quantity(table, "from", low, unit), _quantity(table, "to", high, unit)
    step = 1 if step is None else _quantity(table, "step", step, unit)
    if low > high:
        raise table.refusal("to", "it is below the other bound")
    if step < 1:
        raise table.refusal("step", "it is not positive")
    return Between(low, high, step, unit if kind is str else None)


def _quantity(table: Section, key: str, value: str | int, unit: Unit) -> int:
    if isinstance(value, str):
        return table.read(key, lambda text: Amount.parse(text, unit), value).quantity
    return table.read(key, check_quantity, value)


def _one_of(table: Section, _: Unit) -> OneOf:
    source = _source(table, "one_of")
    weights = table.take("weights")
    if weights is None:
        return OneOf(source)
    if isinstance(source, str) or len(weights) != len(source):
        raise table.refusal("weights", "one weight is needed for each item of a written list")
    if not all(type(weight) is int and 0 <= weight <= 10**6 for weight in weights) or not any(weights):
        raise table.refusal("weights", "whole numbers from 0 to 1000000 are needed, not all 0")
    return OneOf(source, tuple(weights))


def _some(table: Section, _: Unit) -> Some:
    source, count = _source(table, "some"), table.take("count")
    if count < 1:
        raise table.refusal("count", f"at least 1 is needed, not {shown(count)}")
    return Some(source, count)


def _source(table: Section, key: str) -> tuple[Any, ...] | str:
    source = table.take(key)
    if not source:
        raise table.refusal(key, "it is empty")
    return source if isinstance(source, str) else tuple(source)


def _share_of(table: Section, _: Unit) -> ShareOf:
    account = Text(table.take("balance_of"))
    return ShareOf(account, table.read("share", Share.parse, table.take("share")))


def _recorded(table: Section, _: Unit) -> Recorded:
    kind, id = table.take("record"), Text(table.take("id"))
    return Recorded(kind, id, table.take("field"))


_READERS: dict[str, Callable[[Section, Unit], Draw]] = {
    "from": _between,
    "one_of": _one_of,
    "some": _some,
    "balance_of": _share_of,
    "record": _recorded,
}
