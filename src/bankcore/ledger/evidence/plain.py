"""Plain data from outside, read field by field; a value that was never written so is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from bankcore.errors import BadProof, BankcoreError
from bankcore.ledger.transactions import canonical_json, is_storable, timestamp

__all__ = [
    "Reader",
    "Readers",
    "exactly",
    "list_of",
    "object_of",
    "optional",
    "read_data",
    "read_fields",
    "read_flag",
    "read_instant",
    "read_text",
]


Reader = Callable[[Any], Any]  # gives what a value stands for; raises BankcoreError, TypeError, ValueError
Readers = Mapping[str, Reader]


def read_fields(name: str, data: Any, readers: Readers) -> dict[str, Any]:
    """The fields of an object; raises BadProof where one is missing, unknown or wrong."""
    if not isinstance(data, Mapping) or data.keys() != readers.keys():
        raise BadProof(name, f"an object is needed with the fields {', '.join(readers)}")
    read = {}
    for field, reader in readers.items():
        try:
            read[field] = reader(data[field])
        except BadProof:
            raise
        except (BankcoreError, TypeError, ValueError, OverflowError) as error:
            raise BadProof(field, str(error)) from None
    return read


def object_of(name: str, make: Callable[..., Any], readers: Readers) -> Reader:
    """Read an object of some fields, and make of them what it stands for."""
    return lambda value: make(**read_fields(name, value, readers))


def list_of(read: Reader) -> Reader:
    """Read a list, each item by `read`, as a tuple."""

    def items(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise TypeError("a list is needed")
        return tuple(read(item) for item in value)

    return items


def optional(read: Reader) -> Reader:
    """Read what may be null."""
    return lambda value: None if value is None else read(value)


def exactly(expected: str | int) -> Reader:
    """Read one value and no other."""

    def same(value: Any) -> Any:
        if type(value) is not type(expected) or value != expected:
            raise ValueError(f"{expected!r} is needed")
        return value

    return same


def read_text(value: Any) -> str:
    """A text that can be encoded; raises TypeError."""
    if not isinstance(value, str) or not is_storable(value):
        raise TypeError("valid text is needed")
    return value


def read_flag(value: Any) -> bool:
    """True or false; raises TypeError."""
    if not isinstance(value, bool):
        raise TypeError("true or false is needed")
    return value


def read_data(value: Any) -> Any:
    """A mapping of plain data; raises TypeError, BadTransaction."""
    if not isinstance(value, dict) or not is_storable(canonical_json(value)):
        raise TypeError("plain data are needed")
    return value


def read_instant(value: Any) -> datetime:
    """An instant as `timestamp` writes it; raises TypeError, ValueError."""
    moment = datetime.fromisoformat(value)
    if timestamp(moment) != value:
        raise ValueError("an instant in UTC with microseconds is needed")
    return moment
