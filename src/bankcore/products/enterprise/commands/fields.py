"""The kinds of fields that commands of a platform have, and who may ask."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import attrs
from attrs import field

from bankcore.amounts import Amount
from bankcore.errors import BadCommand
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.rates import Rate

__all__ = [
    "CHECKER", "ENTERPRISE", "MAKER", "OFFICER", "PARTY", "capital", "fact", "party", "programme", "share",
    "stars", "trade", "whole",
]  # fmt: skip

OFFICER = {Role.OFFICER: ""}
ENTERPRISE = {Role.CUSTOMER: "enterprise"}
PARTY = {Role.CUSTOMER: "party"}
MAKER, CHECKER = {Role.OFFICER: "maker"}, {Role.OFFICER: "checker"}
_LONGEST = 200
_STARS = 5
_FINEST = Fraction(1, 10**9)


def programme() -> Any:
    """The id of the programme."""
    return fields.id_("the platform")


def trade() -> Any:
    """The id of a trade."""
    return fields.id_("the trade")


def party() -> Any:
    """Which enterprise of a trade asks."""
    return fields.id_("the enterprise that asks, buyer or seller")


def fact(help: str) -> Any:
    """A fact about an enterprise; it may be missing until the registration is checked."""
    return field(validator=_check_fact, default="", metadata={"help": help})


def capital() -> Any:
    """The registered capital; it may be missing until the registration is checked."""
    return field(validator=_check_capital, default=None, metadata={"help": "registered capital"})


def whole(help: str) -> Any:
    """A whole number, 0 if not given."""
    return field(validator=_check_whole, default=0, metadata={"help": help})


def share(help: str, nothing: bool = False) -> Any:
    """An exact part of a whole such as 2/3; 0 only where nothing is a part too."""
    return field(validator=_check_share, metadata={"help": help, "least": 0 if nothing else _FINEST})


def stars(help: str) -> Any:
    """From one to five."""
    words = tuple(map(str, range(1, _STARS + 1)))
    return field(validator=_check_stars, metadata={"help": help, "choices": words})


def _check_fact(_: Any, it: attrs.Attribute[Any], value: Any) -> None:
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise BadCommand(it.name, f"a text of at most {_LONGEST} characters is needed")


def _check_capital(_: Any, it: attrs.Attribute[Any], value: Any) -> None:
    if value is not None and (not isinstance(value, Amount) or value.quantity <= 0):
        raise BadCommand(it.name, "an amount above zero is needed")


def _check_whole(_: Any, it: attrs.Attribute[Any], value: Any) -> None:
    if type(value) is not int or value < 0:
        raise BadCommand(it.name, "a whole number is needed")


def _check_share(_: Any, it: attrs.Attribute[Any], value: Any) -> None:
    least = it.metadata["least"]
    known = isinstance(value, Rate) and least <= value.fraction <= 1
    if not known or value.fraction.denominator * _FINEST > 1:  # so that exact sums of many stay short
        raise BadCommand(it.name, "a part of up to 1 is needed, such as 2/3 or 12.5%, of at most 9 decimals")


def _check_stars(_: Any, it: attrs.Attribute[Any], value: Any) -> None:
    if type(value) is not int or not 1 <= value <= _STARS:
        raise BadCommand(it.name, f"a whole number from 1 to {_STARS} is needed")
