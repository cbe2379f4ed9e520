"""Replays: whether a request is the same as the one its key was used for.

A posting is compared by its content, an operation by its request.  Keys that are decided and not yet
stored count like stored ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bankcore.errors import KeyConflict, PartyErased
from bankcore.ledger.personal import blanked, is_erased
from bankcore.ledger.posting.draft import Draft
from bankcore.ledger.transactions import (
    PERSONAL,
    Entry,
    Receipt,
    Record,
    Transaction,
    canonical_json,
    timestamp,
)

__all__ = ["first_difference", "key_of", "operation_of", "replay", "replay_operation"]


def replay(stored: Entry, given: Transaction) -> Receipt:
    """The first receipt again, if the content is the same; raises KeyConflict.

    An `up_to` transaction is the same if its cap covers the amount that moved.
    """
    if difference := first_difference(stored.transaction, _as_moved(given, stored.transaction)):
        before, now = stored.transaction, _as_moved(given, stored.transaction)
        if (erased := _erased([stored])) and not first_difference(_blanked(before), _blanked(now)):
            raise PartyErased(erased)
        raise KeyConflict(given.key, *difference)
    return _again(stored)


def key_of(operation: str, place: int) -> str:
    """The key of an operation's first, second, ... transaction."""
    return operation if place == 1 else f"{operation}#{place}"


def operation_of(key: str) -> str | None:
    """The operation for which this would be the key of a transaction after the first, or None."""
    operation, _, place = key.rpartition("#")
    if not operation or not place.isdecimal() or int(place) < 2:
        return None
    return operation if key == key_of(operation, int(place)) else None


def replay_operation(draft: Draft, key: str, request: Mapping[str, Any], actor: str) -> list[Receipt]:
    """The receipts of the operation that the key was used for, none where it is unused.

    They are consecutive, and no other request can use their keys (see `Batch`).  The draft must have
    looked the key up.  Raises KeyConflict, PartyErased.
    """
    entry = draft.stored(key)
    entries: list[Entry] = []
    while entry is not None and entry.transaction.key == key_of(key, len(entries) + 1):
        entries.append(entry)
        entry = draft.entry(entry.number + 1)
    if entries:
        _check_request(entries, request, actor)
    return [_again(entry) for entry in entries]


def _again(stored: Entry) -> Receipt:
    return Receipt(stored.number, stored.transaction.key, stored.recorded_at, stored.digest, replayed=True)


def _check_request(entries: Sequence[Entry], request: Mapping[str, Any], actor: str) -> None:
    """Raise KeyConflict where a key was used for another request, PartyErased where this cannot be told."""
    stored, personal = entries[0].transaction, entries[0].personal
    ours, theirs = {**stored.details, "actor": stored.actor}, {**request, "actor": actor}
    gone = is_erased(stored.details, 0, personal)
    if gone:
        ours, theirs = blanked(ours), blanked(theirs)
    for name in sorted({*ours, *theirs}):
        before, now = ours.get(name), theirs.get(name)
        if canonical_json({name: before}) != canonical_json({name: now}):
            raise KeyConflict(stored.key, name, _named(name, before), _named(name, now))
    if gone:
        raise PartyErased(_erased(entries))


def _erased(entries: Sequence[Entry]) -> str:
    """The id of the first record in some transactions whose personal data were erased.

    Where only those of the request were erased, the request's key; empty where none were.
    """
    for entry in entries:
        for place, record in enumerate(entry.transaction.records, start=1):
            if is_erased(record.data, place, entry.personal):
                return record.id
    first = entries[0]
    return first.transaction.key if is_erased(first.transaction.details, 0, first.personal) else ""


def _blanked(t: Transaction) -> Transaction:
    """A transaction with all personal data left out."""
    records = tuple(Record(r.kind, r.id, blanked(r.data), r.version) for r in t.records)
    return t._replace(records=records, details=blanked(t.details))


def _named(name: str, value: Any) -> str:
    """A value of a request as a refusal may show it."""
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
    """The text of some data, unless it holds personal data: others may read the refusal."""
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
