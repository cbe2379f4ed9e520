"""Operations: the transactions of one request, written together under the request's key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bankcore.errors import KeyConflict
from bankcore.ledger.ports import Reader
from bankcore.ledger.transactions import PERSONAL, Receipt, Transaction, canonical_json

__all__ = ["earlier", "stamp"]


def stamp(
    transactions: Sequence[Transaction], key: str, request: Mapping[str, Any], actor: str
) -> tuple[Transaction, ...]:
    """Give the transactions of one operation their keys; the first also keeps what was asked."""
    return tuple(
        t._replace(key=key, details=request, actor=actor)
        if place == 1
        else t._replace(key=f"{key}#{place}", actor=actor)
        for place, t in enumerate(transactions, start=1)
    )


def earlier(reader: Reader, key: str, request: Mapping[str, Any], actor: str) -> list[Receipt]:
    """The receipts of an operation that the key already stands for; raises KeyConflict."""
    number = reader.numbers([key]).get(key)
    if number is None:
        return []
    receipts: list[Receipt] = []
    while (entry := reader.entry(number + len(receipts))) is not None:
        t = entry.transaction
        if t.key != (f"{key}#{len(receipts) + 1}" if receipts else key):
            break
        if not receipts:
            _same_request(t, request, actor)
        receipts.append(Receipt(entry.number, t.key, entry.recorded_at, entry.digest, replayed=True))
    return receipts


def _same_request(stored: Transaction, request: Mapping[str, Any], actor: str) -> None:
    ours, theirs = {**stored.details, "actor": stored.actor}, {**request, "actor": actor}
    for name in sorted({*ours, *theirs}):
        before, now = ours.get(name), theirs.get(name)
        if canonical_json({name: before}) != canonical_json({name: now}):
            raise KeyConflict(stored.key, name, _shown(name, before), _shown(name, now))


def _shown(name: str, value: Any) -> str:
    """A value of a request as a refusal may say it: whoever reads that need not be who sent this."""
    if f'"{PERSONAL}":' in canonical_json({name: value}):
        return f"({PERSONAL})"
    return "a table" if isinstance(value, Mapping) else str(value)
