"""Records of products in the book: their ids are joined by colons and read by ranges.

A record's id is its programme's followed by its own parts, so that related records are in one range,
and the close of a day reads a page of them at a time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Protocol, TypeVar

import attrs

from bankcore.errors import BadDate, BadTerms
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record, RecordText, canonical_json
from bankcore.product import term
from bankcore.product.refusals import AlreadyTaken, NotFound
from bankcore.product.schedules import changed, in_force
from bankcore.units import Unit

__all__ = [
    "PAGE", "every", "existing", "fresh", "pages", "pages_of_texts", "read_terms",
    "rescheduled", "terms_on", "texts", "tomorrow", "written",
]  # fmt: skip

T = TypeVar("T", bound="attrs.AttrsInstance")

PAGE = 1_000  # records read at a time


class Terms(Protocol):
    """What all classes of terms offer."""

    @property
    def unit(self) -> Unit: ...


def pages(
    books: Books, kind: str, root: str = "", after: str = "", size: int | None = None
) -> Iterator[list[Record]]:
    """The latest versions of the records below `root` in id order, a page at a time."""
    limit = size or PAGE
    while page := list(books.records(kind, root, after, limit)):
        yield page
        if len(page) < limit:
            return
        after = page[-1].id


def pages_of_texts(books: Books, kind: str, root: str = "") -> Iterator[list[RecordText]]:
    """The same as id, version and JSON, for a close that reads a record of every customer."""
    after = ""
    while page := list(books.record_texts(kind, root, after, PAGE)):
        yield page
        if len(page) < PAGE:
            return
        after = page[-1][0]


def texts(books: Books, kind: str, root: str = "") -> Iterator[RecordText]:
    """The records below `root` as id, version and JSON, in id order."""
    return (text for page in pages_of_texts(books, kind, root) for text in page)


def every(books: Books, kind: str, root: str = "", after: str = "") -> Iterator[Record]:
    """The latest versions of the records below `root`, in id order."""
    return (record for page in pages(books, kind, root, after) for record in page)


def existing(books: Books, kind: str, *id: str) -> Record:
    """The record; raises NotFound."""
    record = books.record(kind, ":".join(id))
    if record is None:
        raise NotFound(_noun(kind), id[-1])
    return record


def fresh(books: Books, kind: str, *id: str) -> str:
    """The id for a new record; raises AlreadyTaken."""
    joined = ":".join(id)
    if books.record(kind, joined) is not None:
        raise AlreadyTaken(_noun(kind), id[-1])
    return joined


def written(books: Books, kind: str, *id: str, **data: Any) -> Record:
    """The next version of a record, or its first, with exactly this data."""
    stored = books.record(kind, ":".join(id))
    return Record(kind, ":".join(id), data, 1 if stored is None else stored.version + 1)


def terms_on(cls: type[T], books: Books, kind: str, programme: str, day: date) -> T:
    """The terms of a programme in force on a day that is not closed; raises NotFound."""
    record = existing(books, kind, programme)
    return read_terms(cls, in_force(record.data["schedule"], day))


def read_terms(cls: type[T], data: Mapping[str, Any]) -> T:
    """Terms from a record's plain data; raises BadTerms.

    Parsing them takes longer than a rule, and many records have the same terms, so they are cached.
    """
    terms: T = _read(cls, canonical_json(data))
    return terms


def rescheduled(
    cls: type[T],
    books: Books,
    kind: str,
    programme: str,
    changes: Mapping[str, Any],
    start: date,
    *,
    keeps: tuple[str, ...] = ("unit",),
    history: bool = False,
) -> Record:
    """The record of a programme's terms with some that change on `start`; later terms are checked as well.

    Terms in `keeps` never change.  With `history` the terms of past days stay on record.
    Raises NotFound, BadTerms.
    """
    record = existing(books, kind, programme)
    pairs = record.data["schedule"]
    old = in_force(pairs, start)
    new = term.written(term.read(cls, {**old, **changes}))
    for name in keeps:
        if new[name] != old[name]:
            raise BadTerms(name, f"the {name} of a programme cannot change, it is {old[name]}")
    since = date.fromisoformat(pairs[0][0]) if history else books.today
    after = changed(record, start, {name: new[name] for name in changes}, since)
    for begin, _ in after:
        if begin > start.isoformat():
            term.read(cls, in_force(after, date.fromisoformat(begin)))
    return record.next(schedule=after)


def tomorrow(books: Books) -> date:
    """The day after the business date; raises BadDate where none follows."""
    if books.today == date.max:
        raise BadDate(books.today, "no day follows")
    return books.today + timedelta(days=1)


@lru_cache(maxsize=2_048)
def _read(cls: type[Any], text: str) -> Any:
    return term.read(cls, json.loads(text))


def _noun(kind: str) -> str:
    """The name for people of a record of a kind.

    >>> _noun("points.terms"), _noun("points.card")
    ('programme', 'card')
    """
    noun = kind.partition(".")[2]
    return "programme" if noun == "terms" else noun
