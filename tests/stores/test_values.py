"""What is read is the reader's own: nobody changes a book by what he does to it, on any store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import attrs
import pytest
from tests.ledger.features import SHARED, history, pay, perform

from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.ports import Reader, Store
from bankcore.ledger.transactions import Book

POOL = AccountPath("pool")


def ticking() -> Callable[[], datetime]:
    moments = (datetime(2024, 5, 1, tzinfo=UTC) + timedelta(seconds=n) for n in count())
    return lambda: next(moments)


@pytest.fixture
def ledger(store: Store, book: Book) -> Ledger:
    """A book that used everything once."""
    ledger = Ledger.create(store, book, ticking())
    ledger.open(SHARED, key="open")
    for feature in history(ledger, "values-"):
        list(perform(feature))
    ledger.post(pay("held", 7, pending=True, records=(), details={"for": ["a", {"b": "c"}]}))
    return ledger


def all_of(reader: Reader) -> list[Any]:
    """Whatever of a book is not a single number or text, by every way of asking."""
    entries = list(reader.entries())
    accounts = [stored.account.path for stored in reader.accounts()]
    records = [(r.kind, r.id) for e in entries for r in e.transaction.records]
    return [
        entries,
        [reader.entry(e.number) for e in entries],
        reader.head(),
        list(reader.accounts()),
        reader.states(accounts),
        reader.fetch([e.transaction.key for e in entries], accounts, records),
        reader.latest_versions(records),
        [reader.record(*name) for name in records],
        [list(reader.versions(*name)) for name in records],
        [list(reader.records(kind)) for kind, _ in records],
        list(reader.holds()),
        [reader.hold(hold.number) for hold in reader.holds()],
        reader.due_holds(datetime(9999, 1, 1, tzinfo=UTC)),
        [reader.later(path, date.min) for path in accounts],
        [list(reader.lines(path)) for path in accounts],
        [reader.group(e.transaction.group) for e in entries],
        [reader.corrections(e.number) for e in entries],
        list(reader.totals_through(len(entries))),
        list(reader.accounts_through(len(entries))),
        list(reader.standings()),
        reader.pages(0, [0]),
    ]


def spoil(value: Any) -> None:
    """Change all that lets itself be changed, as deep as it goes."""
    for part in parts(value):
        spoil(part)
    if isinstance(value, list):
        value.append(value[0] if value else 9)
        value.reverse()
    elif type(value) is dict:
        for name in value:
            value[name] = 9
        value["floor"] = 0


def parts(value: Any) -> Iterator[Any]:
    """What a value consists of; a value with fields has none that can be set."""
    if isinstance(value, Mapping):
        yield from value.values()
        return
    if isinstance(value, list | tuple):
        yield from value
    names = [field.name for field in attrs.fields(type(value))] if attrs.has(type(value)) else []
    for name in (*names, *getattr(value, "_fields", ())):
        with pytest.raises(AttributeError):
            setattr(value, name, 9)
    yield from [getattr(value, name) for name in names]


def test_a_value_that_was_read_cannot_be_changed(ledger: Ledger) -> None:
    (stored,) = ledger.reader.states([POOL]).values()
    for name in (*stored._fields, "note"):
        with pytest.raises(AttributeError):
            setattr(stored, name, 9)


def test_who_spoils_what_he_has_read_spoils_nothing_else(ledger: Ledger) -> None:
    reader = ledger.reader
    before = repr(all_of(reader))
    spoil(all_of(reader))
    assert repr(all_of(reader)) == before
    with ledger.store.writing(ledger.book.id) as writer:
        spoil(all_of(writer))
    assert repr(all_of(reader)) == before
    held = ledger.balance("pool")
    ledger.post(pay("after", 5))
    assert ledger.balance("pool") == attrs.evolve(held, credits=held.credits + 5)
    verify(reader, ledger.book).require()
