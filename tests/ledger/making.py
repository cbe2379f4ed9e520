"""Short ways to write transactions in tests."""

from __future__ import annotations

from datetime import date

from bankcore.errors import BankcoreError
from bankcore.ledger.additions import Place
from bankcore.ledger.ports import Reader
from bankcore.ledger.transactions import Entry
from bankcore.testing.moves import CNY, DAY, POINT, evolve, leg, move

__all__ = ["CNY", "DAY", "POINT", "evolve", "leg", "move", "places_of", "told"]


def told(error: BankcoreError) -> list[object]:
    """The fields of a refusal, but for the reason, which is said to people."""
    return [value for name, value in error.fields().items() if name != "reason"]


def places_of(reader: Reader, entry: Entry) -> list[Place]:
    """Where the postings of a stored entry stand, as the store has it."""
    states = reader.states([p.account for p in entry.transaction.postings])
    ids = [states[p.account].id for p in entry.transaction.postings]
    if entry.transaction.pending:
        return [Place(id, 0, 0, 0, date.min) for id in ids]
    spans = [(id, sequence, sequence) for id, (sequence, _) in zip(ids, entry.positions, strict=True)]
    rows = {row[:2]: row for row in reader.postings(spans)}
    found = (rows[span[:2]] for span in spans)
    return [Place(*row[:2], *row[4:6], date.fromordinal(row[6])) for row in found]
