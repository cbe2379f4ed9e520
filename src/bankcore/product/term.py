"""The kinds of terms, and how they are checked, read from plain data and written back.

A class of terms is a frozen attrs class of such fields, the first of them `unit`.

>>> from attrs import frozen
>>> @frozen(kw_only=True)
... class LoanTerms:
...     unit: Unit = unit("CNY/2", "unit of all amounts")
...     rate: Rate = rate("7.3%", "24%", "yearly rate")
>>> terms = read(LoanTerms, {"rate": "5%"})
>>> str(terms.rate), written(terms)
('5%', {'unit': 'CNY/2', 'rate': '5%'})
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import Enum
from itertools import pairwise
from typing import Any, TypeVar

import attrs

from bankcore.amounts import MAX_QUANTITY, Amount
from bankcore.calendars import load_calendar
from bankcore.errors import BadTerms, InputError, UnknownName
from bankcore.errors.nearest import choices
from bankcore.product.refusals import SteppedEarlyRate
from bankcore.rates import Rate, Tiers
from bankcore.units import Unit

__all__ = [
    "LONGEST_TERM", "Validator", "amount", "calendar", "choice", "count", "early_rate", "faults", "flag",
    "id_", "ladder", "rate", "read", "term", "tiers", "unit", "within", "written",
]  # fmt: skip

T = TypeVar("T", bound="attrs.AttrsInstance")

Validator = Callable[[Any, "attrs.Attribute[Any]", Any], None]
ID = re.compile(r"[\w.\-]{1,40}")
LONGEST_TERM = 60  # months
_FINEST = 10**12  # the largest denominator
_HIGHEST = Rate.parse("24%")


def read(cls: type[T], data: Mapping[str, Any]) -> T:
    """Terms of a class from plain data as in TOML: amounts and rates are text, absent terms get the default.

    Raises BadTerms for an unknown name or an unusable value.
    """
    if not isinstance(data, Mapping):
        raise BadTerms("terms", "a table of names and values is needed")
    terms = attrs.fields_dict(cls)
    unknown = [name for name in data if name not in terms]
    if unknown:
        raise _unknown(unknown[0], terms)
    unit: Any = data.get("unit", terms["unit"].default)
    values: dict[str, Any] = {}
    for name in ("unit", *data):
        try:
            values[name] = terms[name].metadata["read"](data.get(name, unit), unit)
            unit = values["unit"]
        except BadTerms as error:
            raise error.replaced(field=name) from None
        except InputError as error:
            raise BadTerms(name, str(error)) from None
    return cls(**values)


def faults(cls: type[Any], data: Mapping[str, Any]) -> dict[str, BadTerms]:
    """What is wrong with each term in plain data by itself, where `read` refuses the first.

    >>> from bankcore.product.terms import Terms
    >>> for fault in faults(Terms, {"unit": "CNY/12", "unt": 1}).values():
    ...     print(fault)
    term unt is not allowed: there is no such term; known: unit
    term unit is not allowed: 'CNY/12' is not a unit: write CODE/scale, such as CNY/2: capitals and digits, \
scale 0 to 9
    """
    terms = attrs.fields_dict(cls)
    found = {name: _unknown(name, terms) for name in data if name not in terms}
    unit: Any = data.get("unit", terms["unit"].default)
    for name in ("unit", *(name for name in data if name in terms)):
        try:
            value = terms[name].metadata["read"](data.get(name, unit), unit)
            check: Validator = terms[name].validator  # type: ignore[assignment]
            check(None, terms[name], value)
        except BadTerms as error:
            found[name] = error.replaced(field=name)
        except InputError as error:
            found[name] = BadTerms(name, str(error))
        if name == "unit" and name in found:
            break  # no amount can be read
        unit = value if name == "unit" else unit
    return found


def _unknown(name: str, terms: Mapping[str, Any]) -> BadTerms:
    return BadTerms(str(name), f"there is no such term; {choices(str(name), terms)}")


def written(terms: Any) -> dict[str, Any]:
    """The terms as plain data that `read` reads."""
    fields = attrs.fields(type(terms))
    return {it.name: it.metadata["write"](getattr(terms, it.name), terms.unit) for it in fields}


def term(
    default: Any,
    help: str,
    check: Validator,
    read: Callable[..., Any],
    write: Callable[..., Any],
    bounds: str = "",
) -> Any:
    """A term of any kind: its default, its check, how it is read and written back, and what is allowed."""
    return attrs.field(
        default=default,
        validator=check,
        metadata={"help": help, "read": read, "write": write, "bounds": bounds},
    )


def unit(default: str, help: str) -> Any:
    """The unit of all amounts."""
    check = within(Unit, lambda _: True, "a unit is needed")
    return term(Unit(default), help, check, lambda text, _: Unit(text), lambda unit, _: str(unit), "a unit")


def amount(default: int | None, help: str, least: int = 0) -> Any:
    """Minor units, written as decimal text; where the default is None, None is allowed.

    A value below `least` raises BadTerms.
    """

    def check(_: Any, term: attrs.Attribute[Any], value: Any) -> None:
        if value is None and default is None:
            return
        if type(value) is not int or not least <= value <= MAX_QUANTITY:
            raise BadTerms(term.name, f"at least {least} minor units are needed")

    def read(value: Any, unit: Unit) -> int | None:
        return None if value in (None, "none") and default is None else Amount.parse(value, unit).quantity

    def write(value: int | None, unit: Unit) -> str | None:
        return None if value is None else Amount(value, unit).decimal()

    bounds = f"at least {least} minor units, as decimal text{'; or none' * (default is None)}"
    return term(default, help, check, read, write, bounds)


def rate(default: str, most: str, help: str, least: str = "0") -> Any:
    """An exact rate within bounds; its denominator is limited, so that exact sums stay short."""
    low, high = Rate.parse(least).fraction, Rate.parse(most).fraction
    check = within(
        Rate,
        lambda rate: low <= rate.fraction <= high and rate.fraction.denominator <= _FINEST,
        f"a rate from {least} to {most} of at most 12 decimals is needed",
    )
    bounds = f"a rate from {least} to {most}"
    return term(
        Rate.parse(default), help, check, lambda text, _: Rate.parse(text), lambda rate, _: str(rate), bounds
    )


def choice(default: Enum, help: str, among: tuple[Enum, ...] = ()) -> Any:
    """A member of an enum, upper or lower case."""
    members = among or tuple(type(default))
    named = {_plain(member.value): member for member in members}
    bounds = f"one of {', '.join(member.value for member in members)}"
    check = within(type(default), lambda member: member in members, f"{bounds} is needed")
    return term(
        default,
        help,
        check,
        lambda text, _: named.get(_plain(text), text),
        lambda member, _: member.value,
        bounds,
    )


def flag(default: bool, help: str) -> Any:
    """True or false."""
    words = {"true": True, "false": False}
    check = within(bool, lambda _: True, "true or false is needed")
    return term(
        default,
        help,
        check,
        lambda word, _: words.get(str(word).lower(), word),
        lambda value, _: value,
        "true or false",
    )


def id_(default: str, help: str) -> Any:
    """The id of somebody or something."""
    check = within(str, lambda text: bool(ID.fullmatch(text)), "an id is needed")
    return term(default, help, check, lambda text, _: text, lambda text, _: text, "an id")


def count(default: int, least: int, most: int, help: str) -> Any:
    """A whole number within bounds."""
    bounds = f"a whole number from {least} to {most}"
    check = within(int, lambda count: least <= count <= most, f"{bounds} is needed")
    return term(default, help, check, lambda count, _: count, lambda count, _: count, bounds)


def tiers(default: list[tuple[int, str]], help: str, allowed: Callable[[Tiers], bool], reason: str) -> Any:
    """Tiers, written as a list of [from, rate]."""
    return term(Tiers.of(default), help, within(Tiers, allowed, reason), _read_tiers, _write_tiers, reason)


def ladder(default: list[tuple[int, str]], help: str) -> Any:
    """Rates by term, written as a list of [months, yearly rate], months rising."""
    steps = tuple((months, Rate.parse(rate)) for months, rate in default)

    def sound(steps: Any) -> bool:
        return all(
            type(months) is int and 1 <= months <= LONGEST_TERM and 0 <= rate.fraction <= _HIGHEST.fraction
            for months, rate in steps
        ) and all(low[0] < high[0] for low, high in pairwise(steps))

    def read(value: Any, _: Unit) -> Any:
        pairs = isinstance(value, list) and all(isinstance(it, list) and len(it) == 2 for it in value)
        return tuple((months, Rate.parse(rate)) for months, rate in value) if pairs else value

    reason = "[months, rate] are needed, months rising from 1 to 60, rates from 0 to 24%"
    check = within(tuple, sound, reason)
    return term(
        steps, help, check, read, lambda steps, _: [[months, str(rate)] for months, rate in steps], reason
    )


def within(kind: type, allowed: Callable[[Any], bool], reason: str) -> Validator:
    """A check of type and value; raises BadTerms with the reason."""

    def check(_: Any, term: attrs.Attribute[Any], value: Any) -> None:
        if type(value) is not kind or not allowed(value):
            raise BadTerms(term.name, reason)

    return check


def calendar(default: str, help: str) -> Any:
    """The name of a business calendar; any other value raises BadTerms."""

    def check(_: Any, it: attrs.Attribute[Any], value: Any) -> None:
        if type(value) is not str:
            raise BadTerms(it.name, "the name of a business calendar is needed")
        try:
            load_calendar(value)
        except UnknownName as error:
            raise BadTerms(it.name, str(error)) from None

    return term(
        default, help, check, lambda name, _: name, lambda name, _: name, "the name of a business calendar"
    )


def early_rate(help: str) -> Any:
    """The word `demand`; a table of rates raises SteppedEarlyRate, any other value BadTerms."""

    def check(_: Any, it: attrs.Attribute[Any], value: Any) -> None:
        if isinstance(value, (list, tuple, dict, Tiers)):
            raise SteppedEarlyRate(it.name)
        if value != "demand":
            raise BadTerms(it.name, "only the demand rate is possible")

    return term("demand", help, check, lambda value, _: value, lambda value, _: value, "demand")


def _plain(text: object) -> str:
    return str(text).lower().replace("_", "-")


def _read_tiers(value: Any, unit: Unit) -> Tiers:
    steps = value if isinstance(value, list) else ()
    if not steps or not all(isinstance(step, list) and len(step) == 2 for step in steps):
        raise BadTerms("tiers", "a list of [from, rate] is needed")
    return Tiers.of([(Amount.parse(start, unit).quantity, Rate.parse(rate)) for start, rate in steps])


def _write_tiers(tiers: Tiers, unit: Unit) -> list[list[str]]:
    return [[Amount(start, unit).decimal(), str(rate)] for start, rate in tiers.steps]
