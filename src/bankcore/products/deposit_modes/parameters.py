"""The kinds of terms that only deposit modes have: what a customer may choose, within which bounds."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from itertools import pairwise
from typing import Any

from attrs import frozen

from bankcore.amounts import MAX_QUANTITY, Amount
from bankcore.product import term
from bankcore.rates import Rate
from bankcore.units import Unit

__all__ = ["Bounds", "amounts", "counts", "months", "shares", "words"]

_LONGEST_TERM = 60  # months


@frozen
class Bounds:
    """What a customer usually gets, and the least and the most that may be chosen instead.

    >>> Bounds(3, 1, 6).admits(7)
    False
    """

    usual: Any
    least: Any
    most: Any

    def admits(self, value: Any) -> bool:
        """Whether the value lies within the bounds."""
        return bool(_size(self.least) <= _size(value) <= _size(self.most))


def shares(usual: str, least: str, most: str, help: str) -> Any:
    """Bounds of a share from 0 to 1."""
    low, usually, high = (Rate.parse(text) for text in (least, usual, most))

    def sound(value: Any) -> bool:
        return type(value) is Rate and 0 <= value.fraction <= 1 and value.fraction.denominator <= 10**12

    return _bounds(Bounds(usually, low, high), help, sound, lambda text, _: Rate.parse(text), _as_text)


def amounts(usual: int, least: int, most: int, help: str) -> Any:
    """Bounds of an amount in minor units."""

    def sound(value: Any) -> bool:
        return type(value) is int and 0 <= value <= MAX_QUANTITY

    def read(value: Any, unit: Unit) -> int:
        return Amount.parse(value, unit).quantity

    def write(value: int, unit: Unit) -> str:
        return Amount(value, unit).decimal()

    return _bounds(Bounds(usual, least, most), help, sound, read, write)


def counts(usual: int, least: int, most: int, help: str) -> Any:
    """Bounds of a number of months."""

    def sound(value: Any) -> bool:
        return type(value) is int and 0 <= value <= _LONGEST_TERM

    return _bounds(Bounds(usual, least, most), help, sound, lambda value, _: value, lambda value, _: value)


def words(default: tuple[Enum, ...], help: str, least: int = 0) -> Any:
    """Some members of an enum, written as a list of words; of those to choose from the first is usual."""
    kind = type(default[0])
    named = {member.value: member for member in kind}
    reason = f"different words of {', '.join(named)} are needed, at least {least}"

    def sound(value: Any) -> bool:
        return len(value) >= least and all(type(word) is kind and value.count(word) == 1 for word in value)

    return term.term(
        default,
        help,
        term.within(tuple, sound, reason),
        lambda value, _: (
            tuple(named.get(word, word) for word in map(str, value)) if _is_list(value) else value
        ),
        lambda value, _: [word.value for word in value],
    )


def months(default: tuple[int, ...], help: str) -> Any:
    """Terms in months, rising, written as a list."""
    check = term.within(
        tuple,
        lambda value: (
            all(type(it) is int and 1 <= it <= _LONGEST_TERM for it in value)
            and all(low < high for low, high in pairwise(value))
        ),
        "months rising from 1 to 60 are needed",
    )
    return term.term(
        default,
        help,
        check,
        lambda value, _: tuple(value) if _is_list(value) else value,
        lambda value, _: list(value),
    )


def _bounds(
    default: Bounds,
    help: str,
    sound: Callable[[Any], bool],
    read: Callable[[Any, Unit], Any],
    write: Callable[[Any, Unit], Any],
) -> Any:
    """Bounds, written as [usual, least, most]."""

    def allowed(value: Bounds) -> bool:
        return all(map(sound, (value.usual, value.least, value.most))) and value.admits(value.usual)

    def read_all(value: Any, unit: Unit) -> Any:
        if not _is_list(value) or len(value) != 3:
            return value
        return Bounds(*(read(part, unit) for part in value))

    return term.term(
        default,
        help,
        term.within(Bounds, allowed, "[usual, least, most] are needed, least <= usual <= most"),
        read_all,
        lambda value, unit: [write(part, unit) for part in (value.usual, value.least, value.most)],
    )


def _size(value: Any) -> Any:
    return value.fraction if isinstance(value, Rate) else value


def _as_text(value: Rate, _: Unit) -> str:
    return str(value)


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple))
