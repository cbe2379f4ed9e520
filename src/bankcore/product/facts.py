"""Facts: the data that a product keeps about a thing, a record of the book as an attrs class.

A fact is immutable.  It is read from the book, changed with `attrs.evolve`, and written by `keep` of a
voucher as the next version of its record.

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

import inspect
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from enum import Enum
from fractions import Fraction
from functools import lru_cache, partial
from typing import Any, ClassVar, Self

import attrs
from attrs import frozen

from bankcore.calendars import parse_date
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import PERSONAL, Record, hidden
from bankcore.product import records
from bankcore.product.terms import Terms
from bankcore.rates import Accrual, Rate, fraction_text, parse_fraction
from bankcore.units import Unit

__all__ = ["Facts", "kept"]

Codec = tuple[Callable[[Any], Any], Callable[[Any], Any]]  # read from plain data, write to plain data
_COLUMNS: dict[type[Any], Mapping[str, _Column]] = {}
_NAME, _EMPTY, _ABSENT = "name", "empty", object()


@frozen
class _Column:
    """How a field of facts is kept in a record: its key, and how it is read and written."""

    key: str
    field: str
    read: Callable[[Any], Any]
    write: Callable[[Any], Any]
    follows: bool  # derived from the others


def kept(default: Any = attrs.NOTHING, *, name: str = "", empty: Any = None, absent: bool = False) -> Any:
    """A field that is kept differently in its record.

    Under another `name`; with `empty` as the value for None; or, if `absent`, without an entry for None.
    """
    return attrs.field(default=default, metadata={_NAME: name, _EMPTY: _ABSENT if absent else empty})


@frozen(kw_only=True)
class Facts:
    """The base of a product's facts; `KIND` names the records, as `product.thing`.

    `id` is the record's id: its parts joined by colons.  `version` is that of the record it was read from,
    0 for one that is not in the book yet.  All other fields are its data: texts, whole numbers, flags,
    dates, exact fractions, rates, units, accruals, enums, other attrs classes, tuples and mappings of
    those; each may be None where its type allows it, and be `kept` differently.  A field with `init=False`,
    derived from the others, is written for other readers and never read back.  A field called `personal`
    is None once it is erased, and must not be written again; facts with such a field name their party in a
    property `personal_of`.
    """

    KIND: ClassVar[str]
    id: str
    version: int = 0

    def __init_subclass__(cls) -> None:
        if PERSONAL in inspect.get_annotations(cls) and cls.personal_of is Facts.personal_of:
            raise TypeError(f"{cls.__name__} keeps personal data: `personal_of` has to say whose they are")
        if PERSONAL in inspect.get_annotations(cls) and "__attrs_attrs__" not in vars(cls):  # not made yet
            given = vars(cls).get(PERSONAL, attrs.NOTHING)
            setattr(cls, PERSONAL, attrs.field(default=given, repr=hidden))

    @property
    def personal_of(self) -> str:
        """The party whose personal data it keeps, with which they are erased; nothing for none."""
        return ""

    @property
    def ids(self) -> tuple[str, ...]:
        """The parts of the id."""
        return tuple(self.id.split(":"))

    # --- reading ------------------------------------------------------------------------------------

    @classmethod
    def of(cls, record: Record) -> Self:
        """The facts of a record."""
        return cls(id=record.id, version=record.version, **_read(cls, record.data))

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
        """The id for new facts; raises AlreadyTaken."""
        return records.fresh(books, cls.KIND, *id)

    @classmethod
    def anew(cls, books: Books, /, *id: str, **data: Any) -> Self:
        """Facts of this id with exactly this data, replacing any existing ones."""
        record = books.record(cls.KIND, ":".join(id))
        return cls(id=":".join(id), version=0 if record is None else record.version, **data)

    @classmethod
    def every(cls, books: Books, *root: str, after: str = "") -> Iterator[Self]:
        """All below a root, in the order of their ids; those after an id, if one is given."""
        return map(cls.of, records.every(books, cls.KIND, ":".join(root), after))

    @classmethod
    def versions(cls, books: Books, *id: str) -> Iterator[Self]:
        """All versions of this id, oldest first."""
        return map(cls.of, books.versions(cls.KIND, ":".join(id)))

    # --- writing ------------------------------------------------------------------------------------

    def record(self) -> Record:
        """The next version of its record."""
        return Record(self.KIND, self.id, self.data, self.version + 1)

    def written(self) -> Self:
        """The facts after that record is written, for a further transaction of the same plan."""
        return attrs.evolve(self, version=self.version + 1)

    @property
    def data(self) -> dict[str, Any]:
        """The plain data of its record."""
        return _write(self)


def _columns(cls: type[Any]) -> Mapping[str, _Column]:
    """How each field of an attrs class is kept in plain data, by its key there."""
    if cls not in _COLUMNS:
        hints = typing.get_type_hints(cls)
        own = {"id", "version"} if issubclass(cls, Facts) else set()
        columns = [_column(it, hints[it.name]) for it in attrs.fields(cls) if it.name not in own]
        _COLUMNS[cls] = {it.key: it for it in columns}
    return _COLUMNS[cls]


def _column(it: attrs.Attribute[Any], hint: Any) -> _Column:
    read, write = _codec(hint)
    if (empty := it.metadata.get(_EMPTY)) is not None:
        read, write = _unless(empty, None, read), _unless(None, empty, write)
    return _Column(it.metadata.get(_NAME) or it.name, it.name, read, write, not it.init)


def _read(cls: type[Any], data: Mapping[str, Any]) -> dict[str, Any]:
    columns = _columns(cls)
    known = ((columns[key], value) for key, value in data.items())
    return {
        it.field: None if it.key == PERSONAL and isinstance(value, str) else it.read(value)
        for it, value in known
        if not it.follows
    }


def _write(value: Any) -> dict[str, Any]:
    columns = _columns(type(value)).values()
    return {it.key: made for it in columns if (made := it.write(getattr(value, it.field))) is not _ABSENT}


def _codec(hint: Any) -> Codec:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        read, write = _codec(next(it for it in inner if it is not type(None)))
        return _unless(None, None, read), _unless(None, None, write)
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
    if isinstance(kind, type) and issubclass(kind, Terms):
        return partial(records.read_terms, kind), kind.as_data
    if hasattr(kind, "from_data"):
        return kind.from_data, lambda value: value.as_data()
    if isinstance(kind, type) and attrs.has(kind):
        return lambda value: kind(**_read(kind, value)), _write
    return _same, _same


def _unless(one: Any, other: Any, convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: other if value == one else convert(value)


def _same(value: Any) -> Any:
    return value


_KNOWN: Mapping[Any, Codec] = {
    date: (parse_date, date.isoformat),
    Fraction: (parse_fraction, fraction_text),
    Rate: (lru_cache(maxsize=1_000)(Rate.parse), str),  # many records have the same rate
    Unit: (Unit.parse, str),
    Accrual: (
        lambda value: Accrual(parse_fraction(value[0]), value[1]),
        lambda value: [fraction_text(value.exact), value.posted],
    ),
}
