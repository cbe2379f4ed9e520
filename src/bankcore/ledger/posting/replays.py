"""Replays: whether a transaction is the one that its key already stands for."""

from __future__ import annotations

from bankcore.errors import KeyConflict
from bankcore.ledger.transactions import PERSONAL, Entry, Receipt, Transaction, timestamp

__all__ = ["first_difference", "replay"]


def replay(stored: Entry, given: Transaction) -> Receipt:
    """The first receipt again, if the content is the same; raises KeyConflict.

    An `up_to` transaction is the same while its cap covers what moved.
    """
    if difference := first_difference(stored.transaction, _as_moved(given, stored.transaction)):
        raise KeyConflict(given.key, *difference)
    return Receipt(stored.number, given.key, stored.recorded_at, stored.digest, replayed=True)


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
            return name, _shown(before), _shown(now)
    return None


def _shown(text: str) -> str:
    """A value as a refusal may say it: whoever reads that need not be who sent this."""
    return f"({PERSONAL})" if f'"{PERSONAL}":' in text else text


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
