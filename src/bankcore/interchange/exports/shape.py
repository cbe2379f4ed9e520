"""What the plain-text formats need to know before they write: names of units, references, last days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date

from attrs import frozen

from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.ports import Reader
from bankcore.ledger.transactions import Entry, timestamp
from bankcore.units import Unit

__all__ = ["Shape", "tags"]

_REFERENCES = ("reverses", "corrects", "resolves")


@frozen
class Shape:
    """Of a whole book: a name for each unit, each account's last value date, the transactions referred to."""

    units: Mapping[Unit, str]
    last: Mapping[AccountPath, date]
    referred: frozenset[int]
    until: date

    @classmethod
    def of(cls, reader: Reader) -> Shape:
        """Read the journal once; a unit is named by its code, or by code and scale where that is not unique.

        >>> from bankcore.ledger.transactions import Book
        >>> from bankcore.stores.memory import MemoryStore
        >>> store = MemoryStore()
        >>> store.create(Book(1, "demo", Unit("CNY/2"), date(2024, 5, 1)))
        >>> Shape.of(store.reading(1)).units
        {Unit('CNY/2'): 'CNY'}
        """
        last: dict[AccountPath, date] = {}
        referred: set[int] = set()
        for entry in reader.entries():
            t = entry.transaction
            referred.update(it for it in (getattr(t, name) for name in _REFERENCES) if it is not None)
            if not t.pending:
                for posting in t.postings:
                    last[posting.account] = max(last.get(posting.account, date.min), t.effective_on)
        known = {it.account.unit for it in reader.accounts()} | {reader.book.base_unit}
        codes = Counter(unit.code for unit in known)
        names = {
            unit: unit.code if codes[unit.code] == 1 and len(unit.code) > 1 else f"{unit.code}.{unit.scale}"
            for unit in sorted(known)
        }
        return cls(names, last, frozenset(referred), max(last.values(), default=reader.book.opened_on))


def tags(entry: Entry) -> Iterator[tuple[str, str]]:
    """What the journal says of a transaction besides date, description and postings: names and texts."""
    t = entry.transaction
    yield "number", str(entry.number)
    yield "recorded", timestamp(entry.recorded_at)
    for name in ("kind", "key", "actor", "agreement", "group"):
        if text := getattr(t, name):
            yield name, text
    if t.expires_at is not None:
        yield "expires", timestamp(t.expires_at)
    for name in _REFERENCES:
        if (number := getattr(t, name)) is not None:
            yield name, str(number)
