"""Plain data from outside, read field by field; a value not in bankcore's notation is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from bankcore.amounts import check_quantity
from bankcore.calendars.dates import parse_date
from bankcore.errors import BadProof, BankcoreError
from bankcore.ledger.transactions import Book, is_storable
from bankcore.readers import read_json
from bankcore.units import Unit

__all__ = [
    "Reader",
    "Readers",
    "book_data",
    "exactly",
    "list_of",
    "object_of",
    "parse_json",
    "read_book",
    "read_fields",
    "read_text",
]


Reader = Callable[[Any], Any]  # converts a value; raises BankcoreError, TypeError, ValueError
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
    """Read an object of some fields and build a value from them."""
    return lambda value: make(**read_fields(name, value, readers))


def list_of(read: Reader) -> Reader:
    """Read a list, each item by `read`, as a tuple."""

    def items(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise TypeError("a list is needed")
        return tuple(read(item) for item in value)

    return items


def exactly(expected: str | int) -> Reader:
    """Accept exactly one value."""

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


def book_data(book: Book) -> dict[str, Any]:
    """The identity of a book as plain data."""
    return {
        "id": book.id,
        "name": book.name,
        "base_unit": str(book.base_unit),
        "opened_on": book.opened_on.isoformat(),
        "zone": book.zone,
    }


def parse_json(text: str) -> Any:
    """Read JSON without duplicate names in an object; raises BadProof."""
    if not isinstance(text, str):
        raise BadProof("form", "it is not JSON: text is needed")
    return read_json(text, lambda reason: BadProof("form", reason))


_BOOK: Final[Readers] = {
    "id": check_quantity,
    "name": read_text,
    "base_unit": Unit,
    "opened_on": parse_date,
    "zone": read_text,
}
read_book: Final = object_of("book", Book, _BOOK)
