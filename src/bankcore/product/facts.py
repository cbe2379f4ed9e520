"""Facts: what a product keeps about a thing, a record of the book as an attrs class.

A fact is a value.  It is read from the book, changed with `attrs.evolve`, and written by a voucher
that `keeps` it, as the next version of its record.

>>> from attrs import evolve
>>> @frozen(kw_only=True)
... class Deposit(Facts):
...     KIND: ClassVar = "time-deposit.deposit"
...     customer: str
...     matures_on: date
...     interest: Accrual = Accrual()
>>> deposit = Deposit(id="3m:d1", customer="c001", matures_on=date(2024, 8, 31))
>>> record = deposit.record()
>>> record.id, record.version, dict(record.data)
('3m:d1', 1, {'customer': 'c001', 'matures_on': '2024-08-31', 'interest': ['0/1', 0]})
>>> Deposit.of(record) == evolve(deposit, version=1)
True
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from enum import Enum
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Self, TypeAlias

import attrs
from attrs import field, frozen

from bankcore.calendars import parse_date
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product import records
from bankcore.rates import Accrual, Rate, fraction_text, parse_fraction
from bankcore.units import Unit

__all__ = ["BlankDate", "Facts", "if_known"]

_BLANK, _IF_KNOWN = "blank", "if_known"
BlankDate: TypeAlias = Annotated[date | None, _BLANK]
"""A date that its record keeps as an empty text while there is none."""

Codec = tuple[Callable[[Any], Any], Callable[[Any], Any]]  # read from plain data, write as it
_CODECS: dict[type[Any], Mapping[str, Codec]] = {}


@frozen(kw_only=True)
class Facts:
    """The base of a product's facts; `KIND` names the records, as `product.thing`.

    `id` is the record's id: the ids it is made of, joined by colons.  `version` is that of the record it
    was read from, 0 for one that is not in the book yet.  All other fields are its data: texts, whole
    numbers, flags, dates, exact fractions, rates, units, accruals, enums, other attrs classes, tuples and
    mappings of those; each may be None where its type says so.  One made by `if_known` is no part of the
    data while it is None.
    """

    KIND: ClassVar[str]
    id: str
    version: int = 0

    @property
    def ids(self) -> tuple[str, ...]:
        """The parts of the id."""
        return tuple(self.id.split(":"))

    # --- reading ------------------------------------------------------------------------------------

    @classmethod
    def of(cls, record: Record) -> Self:
        """The facts of a record."""
        readers = _codecs(cls)
        values = {name: readers[name][0](value) for name, value in record.data.items()}
        return cls(id=record.id, version=record.version, **values)

    @classmethod
    def find(cls, books: Books, *id: str) -> Self | None:
        """The facts of this id, or None."""
        record = books.record(cls.KIND, ":".join(id))
        return None if record is None else cls.of(record)

    @classmethod
    def existing(cls, books: Books, *id: str) -> Self:
        """The facts of this id; raises NotFound."""
        return cls.of(records.existing(books, cls.KIND, *id))

    @classmethod
    def fresh(cls, books: Books, *id: str) -> str:
        """The id of facts that are still to be made; raises AlreadyTaken."""
        return records.fresh(books, cls.KIND, *id)

    @classmethod
    def every(cls, books: Books, *root: str) -> Iterator[Self]:
        """All below a root, in the order of their ids."""
        return map(cls.of, records.every(books, cls.KIND, ":".join(root)))

    # --- writing ------------------------------------------------------------------------------------

    def record(self) -> Record:
        """The next version of its record."""
        return Record(self.KIND, self.id, self.data, self.version + 1)

    @property
    def data(self) -> dict[str, Any]:
        """Plain data, as its record keeps it."""
        fields = attrs.fields_dict(type(self))
        values = ((name, getattr(self, name), write) for name, (_, write) in _codecs(type(self)).items())
        return {
            name: write(value)
            for name, value, write in values
            if value is not None or _IF_KNOWN not in fields[name].metadata
        }


def if_known() -> Any:
    """A field that is None, and no part of the record's data, until it is known.

    >>> @frozen(kw_only=True)
    ... class Visit(Facts):
    ...     KIND: ClassVar = "shop.visit"
    ...     until: BlankDate = None
    ...     rating: int | None = if_known()
    >>> Visit(id="v").data, Visit(id="v", rating=0, until=date(2024, 5, 1)).data
    ({'until': ''}, {'until': '2024-05-01', 'rating': 0})
    """
    return field(default=None, metadata={_IF_KNOWN: True})


def _codecs(cls: type[Any]) -> Mapping[str, Codec]:
    """How each field of an attrs class is read from plain data and written as it."""
    if cls not in _CODECS:
        hints = typing.get_type_hints(cls, include_extras=True)
        own = {"id", "version"} if issubclass(cls, Facts) else set()
        _CODECS[cls] = {it.name: _codec(hints[it.name]) for it in attrs.fields(cls) if it.name not in own}
    return _CODECS[cls]


def _codec(hint: Any) -> Codec:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated and inner[1:] == (_BLANK,):
        read, write = _codec(inner[0])
        return lambda value: read(value or None), lambda value: write(value) or ""
    if origin in (typing.Union, types.UnionType):
        read, write = _codec(next(it for it in inner if it is not type(None)))
        return _unless_none(read), _unless_none(write)
    if origin is tuple and inner[-1] is Ellipsis:
        read, write = _codec(inner[0])
        return lambda value: tuple(map(read, value)), lambda value: list(map(write, value))
    if origin is tuple:
        each = [_codec(it) for it in inner]
        return (
            lambda value: tuple(read(it) for (read, _), it in zip(each, value, strict=True)),
            lambda value: [write(it) for (_, write), it in zip(each, value, strict=True)],
        )
    if origin in (dict, Mapping):
        read, write = _codec(inner[1])
        return (
            lambda value: {key: read(it) for key, it in value.items()},
            lambda value: {key: write(it) for key, it in value.items()},
        )
    return _plain(hint)


def _plain(kind: Any) -> Codec:
    if kind in _KNOWN:
        return _KNOWN[kind]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind, lambda value: value.value
    if hasattr(kind, "from_data"):
        return kind.from_data, lambda value: value.as_data()
    if isinstance(kind, type) and attrs.has(kind):
        return _nested(kind)
    return _same, _same


def _nested(kind: type[Any]) -> Codec:
    def read(value: Mapping[str, Any]) -> Any:
        return kind(**{name: read(value[name]) for name, (read, _) in _codecs(kind).items() if name in value})

    def write(value: Any) -> dict[str, Any]:
        return {name: write(getattr(value, name)) for name, (_, write) in _codecs(kind).items()}

    return read, write


def _unless_none(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else convert(value)


def _same(value: Any) -> Any:
    return value


_KNOWN: Mapping[Any, Codec] = {
    date: (parse_date, date.isoformat),
    Fraction: (parse_fraction, fraction_text),
    Rate: (Rate.parse, str),
    Unit: (Unit.parse, str),
    Accrual: (
        lambda value: Accrual(parse_fraction(value[0]), value[1]),
        lambda value: [fraction_text(value.exact), value.posted],
    ),
}
