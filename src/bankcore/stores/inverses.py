"""Changes of tables in memory, each recorded with its inverse; the changes of an erasure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar, cast

from bankcore.ledger.encoding import entry_of
from bankcore.ledger.transactions import Entry, Record, fingerprint_of

__all__ = ["Inverses", "erase"]

T = TypeVar("T")


class Inverses(list[Callable[[], object]]):
    """The inverses of the changes made so far, the latest last."""

    def push(self, items: list[T], item: T) -> None:
        """Add an item at the end."""
        items.append(item)
        self.append(items.pop)

    def put(self, table: dict[Any, T], key: object, value: T) -> None:
        """Set a value under its key."""
        undo = partial(table.__setitem__, key, table[key]) if key in table else partial(table.pop, key)
        self.append(cast("Callable[[], object]", undo))
        table[key] = value

    def put_at(self, items: list[T], place: int, item: T) -> None:
        """Replace an item."""
        self.append(partial(items.__setitem__, place, items[place]))
        items[place] = item


def erase(
    inverses: Inverses,
    entries: list[Entry],
    versions: list[Record],
    written: Callable[[Record], int],
    numbers: Mapping[str, int],
    marks: dict[str, list[tuple[str, str]]],
) -> None:
    """The transactions that wrote a record, and their requests, read from their lines.

    `written` returns the number of the transaction of a version.
    """
    for version in tuple(versions):
        number = written(version)
        first = entries[number - 1].transaction.key.partition("#")[0]
        for erased in {number, numbers.get(first, number)}:
            old = entries[erased - 1]
            places = [place for place, r in _records(old) if (r.kind, r.id) == (version.kind, version.id)]
            kept = [row for row in old.personal if row[0] not in {0, *places}]
            now = entry_of(old.number, old.transaction.key, old.digest, old.line, kept)
            inverses.put_at(entries, erased - 1, now)
            for place in places:
                record = now.transaction.records[place - 1]
                inverses.put_at(versions, record.version - 1, record)
        if (mark := fingerprint_of(version)) is not None:
            left = [name for name in marks[mark] if name != (version.kind, version.id)]
            inverses.put(marks, mark, left)


def _records(entry: Entry) -> enumerate[Record]:
    return enumerate(entry.transaction.records, start=1)
