"""The kinds of fields of commands, and how their values are checked.

>>> from attrs import frozen
>>> @frozen
... class Redeem:
...     points: int = count("how many")
...     card: str = id_("the card", default="")
>>> Redeem(5).card
''
>>> Redeem(0)
Traceback (most recent call last):
    ...
bankcore.errors.banking.BadCommand: command field points is not usable: a whole number above zero is needed
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import attrs
from attrs import field

from bankcore.amounts import MAX_QUANTITY, Amount
from bankcore.errors import BadCommand, BadTerms, NotPositive
from bankcore.ledger.transactions import hidden
from bankcore.product.personal import PERSONAL
from bankcore.rates import Rate

__all__ = [
    "amount",
    "checked",
    "choice",
    "count",
    "day",
    "flag",
    "id_",
    "of_terms",
    "personal",
    "proposal",
    "rate",
    "some_terms",
    "table",
    "terms",
    "text",
    "time_of_day",
    "whole",
]

_ID = re.compile(r"[\w.\-]{1,40}")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_LONGEST = 200  # characters of a text


def _check_id(_: Any, it: attrs.Attribute[Any], value: Any) -> None:
    if value == it.default == "":
        return
    if not isinstance(value, str) or not _ID.fullmatch(value) or not unicodedata.is_normalized("NFC", value):
        raise BadCommand(it.name, f"{value!r} is not an id of 1 to 40 letters, digits, '_', '-' or '.'")


def _check_text(_: Any, it: attrs.Attribute[Any], value: Any) -> None:
    if value == it.default == "":
        return
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST:
        raise BadCommand(it.name, f"a text of 1 to {_LONGEST} characters is needed")


def _check_personal(_: Any, it: attrs.Attribute[Any], value: Any) -> None:
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise BadCommand(it.name, f"a text of at most {_LONGEST} characters is needed")


def _check_amount(_: Any, it: attrs.Attribute[Any], value: Any) -> None:
    if value is None and it.default is None:
        return
    if not isinstance(value, Amount):
        raise BadCommand(it.name, f"an Amount is needed, not {type(value).__name__}")
    if value.quantity < it.metadata["least"]:
        raise NotPositive(it.name, value)


def _check_count(_: Any, it: attrs.Attribute[Any], value: Any) -> None:
    if value is None and it.default is None:
        return
    if type(value) is not int or not 0 < value <= MAX_QUANTITY:
        raise BadCommand(it.name, "a whole number above zero is needed")


def _check_whole(_: Any, it: attrs.Attribute[Any], value: Any) -> None:
    if type(value) is not int or value < 0:
        raise BadCommand(it.name, "a whole number is needed")


def _check_choice(_: Any, it: attrs.Attribute[Any], value: Any) -> None:
    if value not in it.metadata["choices"]:
        raise BadCommand(it.name, f"one of {', '.join(filter(None, it.metadata['choices']))} is needed")


def _check_rate(_: Any, it: attrs.Attribute[Any], value: Any) -> None:
    if value is None and it.default is None:
        return
    if not isinstance(value, Rate) or value.fraction < 0:
        raise BadCommand(it.name, "a rate of at least 0 is needed")


def _check_flag(_: Any, it: attrs.Attribute[Any], value: Any) -> None:
    if type(value) is not bool:
        raise BadCommand(it.name, "true or false is needed")


def _check_date(_: Any, it: attrs.Attribute[Any], value: Any) -> None:
    if type(value) is not date and not (value is None and it.default is None):
        raise BadCommand(it.name, "a date is needed")


def _check_time(_: Any, it: attrs.Attribute[Any], value: Any) -> None:
    if value == it.default == "":
        return
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise BadCommand(it.name, "a time of day as HH:MM is needed")


def _check_table(_: Any, it: attrs.Attribute[Any], value: Any) -> None:
    if not isinstance(value, Mapping):
        raise BadCommand(it.name, "a table of names and values is needed")


def id_(help: str, default: Any = attrs.NOTHING) -> Any:
    """The id of somebody or something; empty only where that is the default."""
    return field(validator=_check_id, default=default, metadata={"help": help})


def text(help: str, default: Any = attrs.NOTHING) -> Any:
    """Text for people to read; empty only where that is the default."""
    return field(validator=_check_text, default=default, metadata={"help": help})


def personal(help: str, *, needed: bool = False) -> Any:
    """Personal data, shown masked wherever commands are listed; empty where it is not needed."""
    metadata = {"help": help, PERSONAL: True}
    if needed:
        return field(validator=[_check_text, _check_personal], metadata=metadata, repr=hidden)
    return field(validator=_check_personal, default="", metadata=metadata, repr=hidden)


def amount(help: str, least: int = 1, default: Any = attrs.NOTHING) -> Any:
    """An Amount of at least the given minor units; None only where that is the default."""
    return field(validator=_check_amount, default=default, metadata={"help": help, "least": least})


def count(help: str, default: Any = attrs.NOTHING) -> Any:
    """A whole number above zero; none only where that is the default."""
    return field(validator=_check_count, default=default, metadata={"help": help})


def whole(help: str) -> Any:
    """A whole number; 0 if not given."""
    return field(validator=_check_whole, default=0, metadata={"help": help})


def proposal() -> Any:
    """The version of the proposal that the checker has seen."""
    return count("the version of the proposal that was seen")


def choice(help: str, choices: tuple[str, ...], default: Any = attrs.NOTHING) -> Any:
    """One of a few words."""
    return field(validator=_check_choice, default=default, metadata={"help": help, "choices": choices})


def rate(help: str, default: Any = attrs.NOTHING) -> Any:
    """A yearly rate of at least 0; none only where that is the default."""
    return field(validator=_check_rate, default=default, metadata={"help": help})


def flag(help: str, default: bool = False) -> Any:
    """True or false; false if not given otherwise."""
    return field(validator=_check_flag, default=default, metadata={"help": help})


def day(help: str, default: Any = attrs.NOTHING) -> Any:
    """A date."""
    return field(validator=_check_date, default=default, metadata={"help": help})


def time_of_day(help: str, default: Any = attrs.NOTHING) -> Any:
    """A time of day as HH:MM; none only where that is the default."""
    return field(validator=_check_time, default=default, metadata={"help": help})


def checked(
    help: str, allowed: Callable[[Any], bool], reason: str, default: Any = attrs.NOTHING, **metadata: Any
) -> Any:
    """A value with a check of the product's own; BadCommand with the reason where it fails.

    >>> from attrs import frozen
    >>> @frozen
    ... class Rate:
    ...     stars: int = checked("how good", range(1, 6).__contains__, "1 to 5 stars are needed")
    >>> Rate(6)
    Traceback (most recent call last):
        ...
    bankcore.errors.banking.BadCommand: command field stars is not usable: 1 to 5 stars are needed
    """

    def check(_: Any, it: attrs.Attribute[Any], value: Any) -> None:
        if not allowed(value):
            raise BadCommand(it.name, reason)

    return field(validator=check, default=default, metadata={"help": help, **metadata})


def table(help: str) -> Any:
    """A table of names and values, to be read later; a date in it, as TOML has them, is its text.

    >>> from attrs import frozen
    >>> @frozen
    ... class Say:
    ...     values: Mapping[str, Any] = table("what is said")
    >>> Say({"founded_on": date(2018, 5, 1), "in": ["tea"]}).values
    {'founded_on': '2018-05-01', 'in': ['tea']}
    """
    return field(converter=_dates_as_text, validator=_check_table, metadata={"help": help})


def _dates_as_text(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _dates_as_text(its) for name, its in value.items()}
    if isinstance(value, (list, tuple)):
        return [_dates_as_text(it) for it in value]
    return value.isoformat() if type(value) is date else value


def terms(help: str, converter: Any, default: Any = attrs.NOTHING) -> Any:
    """Terms, or plain data from which they are read."""
    return field(converter=converter, default=default, metadata={"help": help})


def of_terms(help: str, kind: type[Any]) -> Any:
    """Terms of a class, or plain data from which they are read; the defaults if not given."""

    def read(given: Any) -> Any:
        return given if isinstance(given, kind) else kind.from_data(given)

    return field(converter=read, default=kind(), metadata={"help": help})


def some_terms(terms: Any) -> Mapping[str, Any]:
    """Some terms as plain data, to be read when the terms they change are known.  Raises BadTerms."""
    if hasattr(terms, "as_data"):
        return dict(terms.as_data())
    if not isinstance(terms, Mapping):
        raise BadTerms("terms", "a table of names and values is needed")
    return dict(terms)
