"""Short ways to write transactions in tests."""

from __future__ import annotations

from datetime import date
from typing import Any

import attrs

from bankcore.errors import BankcoreError
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.additions import Place
from bankcore.ledger.ports import Reader
from bankcore.ledger.transactions import Entry, Posting, Transaction
from bankcore.units import Unit

CNY, POINT = Unit("CNY/2"), Unit("POINT/0")
DAY = date(2024, 5, 1)


def evolve(value: Any, **changes: Any) -> Any:
    """The same with other fields: `attrs.evolve`, for transactions and postings too."""
    return value._replace(**changes) if isinstance(value, tuple) else attrs.evolve(value, **changes)


def leg(path: str, quantity: Any, unit: str = CNY) -> Posting:
    return Posting(AccountPath(path), quantity, Unit(unit))


def move(key: str, source: str, target: str, quantity: int, unit: str = CNY, **fields: Any) -> Transaction:
    """Debit the target, credit the source."""
    given = {"kind": "move", "effective_on": DAY, **fields}
    return Transaction(key=key, postings=(leg(target, quantity, unit), leg(source, -quantity, unit)), **given)


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
