"""Settings: values of a scenario's tables that are varied, named by dotted paths as TOML writes them.

>>> text = '''
... start = 2024-05-01
... end = 2024-05-02
... [programme.mall]
... terms = { threshold = "50,000.00" }
... [[step]]
... name = "fund"
... on = 2024-05-01
... do = "fund-reserve"
... with = { amount = "110,000.00" }
... '''
>>> variants = Variants(text, "mall.toml")
>>> variants.read('step.fund.with.amount=90000.00,"120,000.00"').values
('90000.00', '120,000.00')
>>> variants.read("programme.mall.terms.value_back=30,60").values
(30, 60)
>>> variants.read("step.fnd=1")
Traceback (most recent call last):
    ...
bankcore.simulation.refusals.BadSetting: step.fnd: there is no such value; nearest: step.fund.on
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import date
from difflib import get_close_matches
from typing import Any, Final

import attrs
from attrs import frozen

from bankcore.calendars import parse_date
from bankcore.errors import BankcoreError
from bankcore.product.forms import named
from bankcore.product.product import Product
from bankcore.products import PRODUCTS
from bankcore.readers import read_toml
from bankcore.simulation.language import POPULATION, STEPS, Language
from bankcore.simulation.plain import PLAIN
from bankcore.simulation.refusals import BadSetting
from bankcore.simulation.scenario import Scenario, of_tables
from bankcore.simulation.texts import tables_of

__all__ = ["Setting", "Variants"]

_ASSIGNED: Final = re.compile(r"""((?:[^"'=]|"[^"]*"|'[^']*')+)=(.*)""", re.DOTALL)
_VALUE: Final = re.compile(r"""(?:[^,"'\[]|"[^"]*"|'[^']*')*""")
_SEPARATED: Final = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")


def _single(*tables: Language) -> Mapping[str, type[Any]]:
    """The keys of tables that take a single value, with its type; any value is text."""
    kinds: dict[str, type[Any]] = {
        key.name: key.kinds[0] if key.kinds else str for table in tables for key in table.keys.values()
    }
    return {name: kind for name, kind in kinds.items() if kind not in (list, dict)}


_STEP: Final = _single(*STEPS.values())
_POPULATION: Final = _single(POPULATION)


@frozen
class Setting:
    """A path into a scenario's tables and the values that it takes, as TOML has them."""

    path: str
    keys: tuple[str, ...]
    values: tuple[Any, ...]

    def texts(self) -> tuple[str, ...]:
        """The values as people read them."""
        return tuple(shown(value) for value in self.values)


def shown(value: Any) -> str:
    """A value as people read it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


class Variants:
    """A scenario's text, from which scenarios with other values are read."""

    def __init__(self, text: str, name: str = "scenario", products: Sequence[Product] = PRODUCTS) -> None:
        self.text, self.name, self._products = text, name, products
        self._data = tables_of(text, name)

    def scenario(self, settings: Mapping[str, Any]) -> Scenario:
        """The scenario with other values at some paths; raises BadSetting, BadScenario."""
        data = deepcopy(self._data)
        for path, value in settings.items():
            *above, last = self._keys(path)
            holder: Any = data
            for key in above:
                if isinstance(holder, dict):
                    holder = holder.setdefault(key, {})
                else:
                    holder = holder[_place(holder, key)]
            holder[last if isinstance(holder, dict) else _place(holder, last)] = value
        return of_tables(data, name=self.name, products=self._products)

    def read(self, text: str) -> Setting:
        """A setting from text such as `programme.mall.terms.yield_rate=1%,2%`.

        A value with a comma is written in quotes.  The values are of the type that the path has in the file;
        what is not in the file but could be is of the type of its field.  Raises BadSetting, naming the
        nearest path where there is no such value.
        """
        match = _ASSIGNED.fullmatch(text)
        if match is None:
            raise BadSetting(
                text, "a path, '=' and values are needed, as programme.mall.terms.yield_rate=1%,2%"
            )
        path, given = match[1].strip(), match[2]
        keys = self._keys(path)
        read = self._reader(path, keys)
        values = tuple(read(value) for value in _split(path, given))
        return Setting(path, keys, values)

    # --- paths --------------------------------------------------------------------------------------

    def _keys(self, path: str) -> tuple[str, ...]:
        """The keys of a dotted path, written as in TOML."""
        refused = BadSetting(path, "it is not a dotted path as TOML writes them")
        table: Any = read_toml(f"{path} = 0", lambda _: refused)
        keys = []
        while isinstance(table, dict) and len(table) == 1:
            ((key, table),) = table.items()
            keys.append(key)
        if not keys or keys == ["seed"]:
            raise BadSetting(path, "it is not a path; the seeds are given by --seed and --runs")
        return tuple(keys)

    def _found(self, keys: Sequence[str]) -> Any:
        """The value at some keys, or _ABSENT."""
        value: Any = self._data
        for key in keys:
            if isinstance(value, dict) and key in value:
                value = value[key]
            elif isinstance(value, list) and (place := _place(value, key)) is not None:
                value = value[place]
            else:
                return _ABSENT
        return value

    def _reader(self, path: str, keys: tuple[str, ...]) -> Any:
        """What reads a value's text for a path; raises BadSetting where there is no such value."""
        found = self._found(keys)
        if found is not _ABSENT:
            kind = type(found) if type(found) in (bool, int, date) else str
            return _reading(path, kind)
        known = dict(self._fields(keys))
        if keys[-1] not in known or not isinstance(self._found(keys[:1]), (dict, list)):
            raise BadSetting(path, f"there is no such value; nearest: {self._nearest(path, keys, known)}")
        return _reading(path, known[keys[-1]])

    def _nearest(self, path: str, keys: tuple[str, ...], fields: Mapping[str, Any]) -> str:
        """The path most like one that does not exist; of those in its table, where there is that table."""
        *above, last = keys
        beside = self._found(above)
        names = {*beside, *fields} if above and isinstance(beside, dict) else ()
        for word in get_close_matches(last, sorted(names), n=1, cutoff=0):
            return ".".join(map(_key, (*above, word)))
        return "".join(get_close_matches(path, sorted({*self._paths()}), n=1, cutoff=0)) or "none"

    def _fields(self, keys: Sequence[str]) -> Iterator[tuple[str, Any]]:
        """What may be written beside the last of some keys, though the file need not have it."""
        match keys:
            case ("programme", id, "terms", _) if (terms := self._terms(id)) is not None:
                for field in attrs.fields(terms):
                    yield field.name, _term(terms, field.name)
            case ("programme", id, _) if id in self._data["programme"]:
                yield "terms", str
            case ("population", id, _) if id in self._data["population"]:
                yield from _POPULATION.items()
            case ("step", which, "with", _) if (command := self._command(which)) is not None:
                yield from ((field.name, str) for field in attrs.fields(command))
            case ("step", which, _) if self._found(("step", which)) is not _ABSENT:
                yield from _STEP.items()

    def _terms(self, id: str) -> type[Any] | None:
        """The class of the terms of a programme in the file."""
        programme = self._data.get("programme", {}).get(id)
        if not isinstance(programme, dict):
            return None
        product = programme.get("product", self._products[0].name)
        try:
            opening = named([*self._products], f"{product}.open-programme")
        except BankcoreError:
            return None
        default = attrs.fields_dict(opening)["terms"].default
        return type(default) if attrs.has(type(default)) else None

    def _command(self, which: str) -> type[Any] | None:
        """The command of a step in the file."""
        step = self._found(("step", which))
        if not isinstance(step, dict) or not isinstance(step.get("do"), str):
            return None
        try:
            return named([*self._products, PLAIN], step["do"])
        except BankcoreError:
            return None

    def _paths(self) -> Iterator[str]:
        """Every path of a single value in the file, and of every term that it could have."""
        yield from (".".join(map(_key, keys)) for keys in _leaves(self._data, ()))
        for id in self._data.get("programme", {}):
            for name, _ in self._fields(("programme", id, "terms", "")):
                yield ".".join(map(_key, ("programme", id, "terms", name)))


_ABSENT: Final = object()
_DIGITS: Final = 100  # of a whole number


def _leaves(value: Any, keys: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if isinstance(value, dict):
        for key, its in value.items():
            yield from _leaves(its, (*keys, key))
    elif isinstance(value, list) and any(isinstance(it, dict) for it in value):
        for number, its in enumerate(value, start=1):
            name = its.get("name") if isinstance(its, dict) else None
            yield from _leaves(its, (*keys, name if isinstance(name, str) else str(number)))
    else:
        yield keys


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else f'"{key}"'


def _place(items: list[Any], key: str) -> int | None:
    """The place of an item by its number, from 1 on, or its name; None where there is none, or several."""
    if key.isascii() and key.isdecimal():
        return int(key) - 1 if 0 < int(key) <= len(items) else None
    places = [at for at, it in enumerate(items) if isinstance(it, dict) and it.get("name") == key]
    return places[0] if len(places) == 1 else None


# --- values -------------------------------------------------------------------------------------------


def _split(path: str, given: str) -> list[str]:
    """The values of a list, in their order; raises BadSetting."""
    if _SEPARATED.fullmatch(given.strip()):
        plain = given.strip().replace(",", "")
        raise BadSetting(path, f"{given} may be one number or several: write {plain}, or each in quotes")
    if given.strip()[:1] == "[":
        return [given.strip()]
    values, at = [], 0
    while True:
        match = _VALUE.match(given, at)
        text = match[0] if match else ""
        values.append(_unquoted(text.strip()))
        at += len(text)
        if at == len(given):
            break
        if given[at] != ",":
            raise BadSetting(path, f"{given[at:]} cannot be read; a value with a comma is written in quotes")
        at += 1
    if "" in values or len({*values}) < len(values):
        raise BadSetting(path, "different values are needed, separated by commas")
    return values


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text


def _reading(path: str, kind: Any) -> Any:
    """What reads a value of a type from its text."""

    def read(text: str) -> Any:
        try:
            if kind is bool:
                return {"true": True, "false": False}[text]
            if kind is int and len(text) <= _DIGITS:
                return int(text)
            if kind is int:
                raise ValueError(text)
            if kind is date:
                return parse_date(text)
            if text[:1] == "[":
                return read_toml(f"value = {text}", ValueError)["value"]
            return text if kind is str else kind(text)
        except (BankcoreError, KeyError, ValueError, RecursionError):
            words = {bool: "true or false", int: "a whole number", date: "a date"}
            raise BadSetting(path, f"{words.get(kind, 'a value')} is needed, not {text}") from None

    return read


def _term(terms: type[Any], name: str) -> Any:
    """What reads a term: as text, or as a whole number where the term takes no text."""

    def read(text: str) -> Any:
        for value in (text, *([int(text)] if text.isdecimal() and len(text) <= _DIGITS else [])):
            try:
                terms.from_data({name: value})
            except BankcoreError:
                continue
            return value
        return text  # the scenario is refused with its reason

    return read
