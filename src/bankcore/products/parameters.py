"""The kinds of terms that any product has: how one is checked, read from plain data, written back.

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

import typing
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, TypeVar

import attrs

from bankcore.amounts import MAX_QUANTITY, Amount
from bankcore.errors import BadTerms, InputError
from bankcore.rates import Rate
from bankcore.units import Unit

__all__ = ["amount", "choice", "count", "rate", "read", "unit", "written"]

T = TypeVar("T")
_Validator = Callable[[Any, "attrs.Attribute[Any]", Any], None]
_FINEST = 10**12  # the largest denominator


def read(cls: type[T], data: Mapping[str, Any]) -> T:
    """Terms from plain data as TOML has it; what is absent is default.

    Raises BadTerms for an unknown name or an unusable value.
    """
    if not isinstance(data, Mapping):
        raise BadTerms("terms", "a table of names and values is needed")
    terms = attrs.fields_dict(typing.cast(Any, cls))
    unknown = [name for name in data if name not in terms]
    if unknown:
        raise BadTerms(str(unknown[0]), f"there is no such term; known: {', '.join(terms)}")
    unit: Any = data.get("unit", terms["unit"].default)
    values: dict[str, Any] = {}
    for name in ("unit", *data):
        try:
            values[name] = terms[name].metadata["read"](data.get(name, unit), unit)
            unit = values["unit"]
        except InputError as error:
            raise BadTerms(name, getattr(error, "reason", str(error))) from None
    return cls(**values)


def written(terms: Any) -> dict[str, Any]:
    """The terms as plain data that `read` reads."""
    return {
        term.name: term.metadata["write"](getattr(terms, term.name), terms.unit)
        for term in attrs.fields(type(terms))
    }


def unit(default: str, help: str) -> Any:
    """The unit of all amounts."""
    check = _within(Unit, lambda _: True, "a unit is needed")
    return _term(Unit(default), help, check, lambda text, _: Unit(text), lambda unit, _: str(unit))


def amount(default: int | None, help: str, least: int = 0) -> Any:
    """Minor units, written as decimal text; where the default is None, None is allowed."""

    def write(value: int | None, unit: Unit) -> str | None:
        return None if value is None else Amount(value, unit).decimal()

    def read(value: Any, unit: Unit) -> int | None:
        return None if value in (None, "none") and default is None else Amount.parse(value, unit).quantity

    return _term(default, help, _whole(default, least, MAX_QUANTITY, "minor units"), read, write)


def count(default: int, least: int, most: int, help: str) -> Any:
    """A whole number within bounds."""
    check = _whole(default, least, most, "")
    return _term(default, help, check, lambda value, _: value, lambda value, _: value)


def rate(default: str, most: str, help: str, least: str = "0") -> Any:
    """An exact rate within bounds; coarse enough that exact sums of many rates stay short."""
    low, high = Rate.parse(least).fraction, Rate.parse(most).fraction
    check = _within(
        Rate,
        lambda rate: low <= rate.fraction <= high and rate.fraction.denominator <= _FINEST,
        f"a rate from {least} to {most} of at most 12 decimals is needed",
    )
    return _term(
        Rate.parse(default), help, check, lambda text, _: Rate.parse(text), lambda rate, _: str(rate)
    )


def choice(default: Enum, help: str) -> Any:
    """A member of an enum, read in any case."""
    members = tuple(type(default))
    named = {_plain(member.value): member for member in members}
    reason = f"one of {', '.join(member.value for member in members)} is needed"
    check = _within(type(default), lambda member: member in members, reason)
    return _term(
        default, help, check, lambda text, _: named.get(_plain(text), text), lambda member, _: member.value
    )


def _whole(default: int | None, least: int, most: int, what: str) -> _Validator:
    def check(_: Any, term: attrs.Attribute[Any], value: Any) -> None:
        if value is None and default is None:
            return
        if type(value) is not int or not least <= value <= most:
            bounds = f"at least {least} {what} are" if what else f"a whole number from {least} to {most} is"
            raise BadTerms(term.name, f"{bounds} needed")

    return check


def _within(kind: type, allowed: Callable[[Any], bool], reason: str) -> _Validator:
    def check(_: Any, term: attrs.Attribute[Any], value: Any) -> None:
        if type(value) is not kind or not allowed(value):
            raise BadTerms(term.name, reason)

    return check


def _term(
    default: Any, help: str, check: _Validator, read: Callable[..., Any], write: Callable[..., Any]
) -> Any:
    return attrs.field(
        default=default, validator=check, metadata={"help": help, "read": read, "write": write}
    )


def _plain(text: object) -> str:
    return str(text).lower().replace("_", "-")
