"""The kinds of terms of a wealth programme: how one is checked, read from plain data, written back."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any

import attrs

from bankcore.amounts import MAX_QUANTITY, Amount
from bankcore.calendars import Period, load_calendar
from bankcore.errors import BadTerms, UnknownName
from bankcore.products.wallet.accounts import POCKETS
from bankcore.rates import Rate, Tiers
from bankcore.units import Unit

__all__ = ["amount", "calendar", "choice", "flag", "interval", "pockets", "rate", "tiers", "unit"]

_Validator = Callable[[Any, "attrs.Attribute[Any]", Any], None]
_LONGEST_INTERVAL = {"D": 366, "M": 12, "Y": 1}
_FINEST = 10**12  # the largest denominator
_MOST_BONUS = Rate.parse("20%").fraction


def unit(default: str, help: str) -> Any:
    """The unit of all amounts."""
    check = _within(Unit, lambda _: True, "a unit is needed")
    return _term(Unit(default), help, check, lambda text, _: Unit(text), lambda unit, _: str(unit))


def amount(default: int | None, help: str, least: int = 0) -> Any:
    """Minor units, written as decimal text; where the default is None, None is allowed."""

    def check(_: Any, term: attrs.Attribute[Any], value: Any) -> None:
        if value is None and default is None:
            return
        if type(value) is not int or not least <= value <= MAX_QUANTITY:
            raise BadTerms(term.name, f"at least {least} minor units are needed")

    def read(value: Any, unit: Unit) -> int | None:
        return None if value in (None, "none") and default is None else Amount.parse(value, unit).quantity

    def write(value: int | None, unit: Unit) -> str | None:
        return None if value is None else Amount(value, unit).decimal()

    return _term(default, help, check, read, write)


def rate(default: str, most: str, help: str) -> Any:
    """A rate from 0 to `most`; coarse enough that exact sums of many rates stay short."""
    limit = Rate.parse(most).fraction
    check = _within(
        Rate,
        lambda rate: 0 <= rate.fraction <= limit and rate.fraction.denominator <= _FINEST,
        f"a rate from 0 to {most} of at most 12 decimals is needed",
    )
    return _term(
        Rate.parse(default), help, check, lambda text, _: Rate.parse(text), lambda rate, _: str(rate)
    )


def choice(default: Enum, help: str, among: tuple[Enum, ...] = ()) -> Any:
    """A member of an enum, read in any case."""
    members = among or tuple(type(default))
    named = {_plain(member.value): member for member in members}
    reason = f"one of {', '.join(member.value for member in members)} is needed"
    check = _within(type(default), lambda member: member in members, reason)
    return _term(
        default, help, check, lambda text, _: named.get(_plain(text), text), lambda member, _: member.value
    )


def flag(default: bool, help: str) -> Any:
    """True or false."""
    words = {"true": True, "false": False}
    check = _within(bool, lambda _: True, "true or false is needed")
    return _term(
        default, help, check, lambda word, _: words.get(str(word).lower(), word), lambda value, _: value
    )


def tiers(default: list[tuple[int, str]], help: str) -> Any:
    """Bonus tiers, written as a list of [from, rate]."""
    check = _within(Tiers, _are_modest, "rates from 0 to 20% are needed")
    return _term(Tiers.of(default), help, check, _read_tiers, _write_tiers)


def interval(default: str, help: str) -> Any:
    """A period of 1 day to 12 months."""
    check = _within(
        Period, lambda period: period.count <= _LONGEST_INTERVAL[period.unit], "1 day to 12 months are needed"
    )
    return _term(
        Period.parse(default), help, check, lambda text, _: Period.parse(text), lambda period, _: str(period)
    )


def pockets(help: str) -> Any:
    """Names of pockets, all by default."""
    check = _within(
        tuple,
        lambda names: all(name in POCKETS and names.count(name) == 1 for name in names),
        f"different names among {', '.join(POCKETS)} are needed",
    )
    return _term(
        POCKETS, help, check, lambda names, _: tuple(names) if isinstance(names, list) else names,
        lambda names, _: list(names),
    )  # fmt: skip


def calendar(default: str, help: str) -> Any:
    """The name of a business calendar."""
    check = _within(str, _is_calendar, "the name of a business calendar is needed")
    return _term(default, help, check, lambda name, _: name, lambda name, _: name)


def _term(
    default: Any, help: str, check: _Validator, read: Callable[..., Any], write: Callable[..., Any]
) -> Any:
    return attrs.field(
        default=default, validator=check, metadata={"help": help, "read": read, "write": write}
    )


def _within(kind: type, allowed: Callable[[Any], bool], reason: str) -> _Validator:
    def check(_: Any, term: attrs.Attribute[Any], value: Any) -> None:
        if type(value) is not kind or not allowed(value):
            raise BadTerms(term.name, reason)

    return check


def _plain(text: object) -> str:
    return str(text).lower().replace("_", "-")


def _read_tiers(value: Any, unit: Unit) -> Tiers:
    steps = value if isinstance(value, list) else ()
    if not steps or not all(isinstance(step, list) and len(step) == 2 for step in steps):
        raise BadTerms("tiers", "a list of [from, rate] is needed")
    return Tiers.of([(Amount.parse(start, unit).quantity, Rate.parse(rate)) for start, rate in steps])


def _write_tiers(tiers: Tiers, unit: Unit) -> list[list[str]]:
    return [[Amount(start, unit).decimal(), str(rate)] for start, rate in tiers.steps]


def _are_modest(tiers: Tiers) -> bool:
    return all(0 <= rate.fraction <= _MOST_BONUS for _, rate in tiers.steps)


def _is_calendar(name: str) -> bool:
    try:
        return load_calendar(name).name == name
    except UnknownName:
        return False
