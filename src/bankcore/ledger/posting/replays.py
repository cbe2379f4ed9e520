"""Replays: whether what is asked for is what its key already stands for.

A posting is compared by its content, an operation by its request.  Keys that are decided and not yet
stored count like stored ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bankcore.errors import KeyConflict
from bankcore.ledger.posting.draft import Draft
from bankcore.ledger.transactions import PERSONAL, Entry, Receipt, Transaction, canonical_json, timestamp

__all__ = ["first_difference", "key_of", "operation_of", "replay", "replay_operation"]


def replay(stored: Entry, given: Transaction) -> Receipt:
    """The first receipt again, if the content is the same; raises KeyConflict.

    An `up_to` transaction is the same while its cap covers what moved.
    """
    if difference := first_difference(stored.transaction, _as_moved(given, stored.transaction)):
        raise KeyConflict(given.key, *difference)
    return _again(stored)


def key_of(operation: str, place: int) -> str:
    """The key of an operation's first, second, ... transaction."""
    return operation if place == 1 else f"{operation}#{place}"


def operation_of(key: str) -> str | None:
    """The operation of which this would be the key of a transaction after the first, or None."""
    operation, _, place = key.rpartition("#")
    if not operation or not place.isdecimal() or int(place) < 2:
        return None
    return operation if key == key_of(operation, int(place)) else None


def replay_operation(draft: Draft, key: str, request: Mapping[str, Any], actor: str) -> list[Receipt]:
    """The receipts of an operation that the key already stands for, none where it is free.

    They follow each other, and nobody else writes one under their keys (see `Batch`).  The draft
    must have looked the key up.  Raises KeyConflict.
    """
    first = entry = draft.stored(key)
    if first is not None:
        _check_request(first.transaction, request, actor)
    receipts: list[Receipt] = []
    while entry is not None and entry.transaction.key == key_of(key, len(receipts) + 1):
        receipts.append(_again(entry))
        entry = draft.entry(entry.number + 1)
    return receipts


def _again(stored: Entry) -> Receipt:
    return Receipt(stored.number, stored.transaction.key, stored.recorded_at, stored.digest, replayed=True)


def _check_request(stored: Transaction, request: Mapping[str, Any], actor: str) -> None:
    ours, theirs = {**stored.details, "actor": stored.actor}, {**request, "actor": actor}
    for name in sorted({*ours, *theirs}):
        before, now = ours.get(name), theirs.get(name)
        if canonical_json({name: before}) != canonical_json({name: now}):
            raise KeyConflict(stored.key, name, _named(name, before), _named(name, now))


def _named(name: str, value: Any) -> str:
    """A value of a request as a refusal may say it."""
    text = "a table" if isinstance(value, Mapping) else str(value)
    return _shown(canonical_json({name: value}), text)


def _as_moved(given: Transaction, stored: Transaction) -> Transaction:
    """The given transaction with the quantities that moved, where its own cover them."""
    if not (given.up_to and stored.up_to):
        return given
    covered = all(
        (0 < theirs.quantity <= ours.quantity) or (ours.quantity <= theirs.quantity < 0)
        for ours, theirs in zip(given.postings, stored.postings, strict=True)
    )
    if not covered:
        return given
    moved = (
        ours._replace(quantity=theirs.quantity)
        for ours, theirs in zip(given.postings, stored.postings, strict=True)
    )
    return given._replace(postings=tuple(moved))


def first_difference(stored: Transaction, given: Transaction) -> tuple[str, str, str] | None:
    """The first field in which two transactions differ, with both values as text, or None."""
    ours, theirs = _content(stored), _content(given)
    for name in [*ours, *(name for name in theirs if name not in ours)]:
        before, now = ours.get(name, ""), theirs.get(name, "")
        if before != now:
            return name, _shown(before, before), _shown(now, now)
    return None


def _shown(data: str, text: str) -> str:
    """The text of some data, unless it holds something personal: others may read the refusal."""
    return f"({PERSONAL})" if f'"{PERSONAL}":' in data else text


def _content(t: Transaction) -> dict[str, str]:
    content = {
        "kind": t.kind,
        "effective_on": t.effective_on.isoformat(),
        "description": t.description,
        "agreement": t.agreement,
        "actor": t.actor,
        "reverses": str(t.reverses),
        "corrects": str(t.corrects),
        "pending": str(t.pending),
        "expires_at": timestamp(t.expires_at) if t.expires_at else "",
        "resolves": str(t.resolves),
        "group": t.group,
        "up_to": str(t.up_to),
    }
    for place, p in enumerate(t.postings, start=1):
        content[f"postings.{place}.account"] = p.account
        content[f"postings.{place}.quantity"] = str(p.quantity)
        content[f"postings.{place}.unit"] = p.unit
    for place, r in enumerate(t.records, start=1):
        content[f"records.{place}.id"] = f"{r.kind} {r.id}"
        content[f"records.{place}.version"] = str(r.version)
        content[f"records.{place}.data"] = r.json
    content["details"] = t.details_json
    return content
