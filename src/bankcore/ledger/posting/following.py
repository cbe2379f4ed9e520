"""Following others: what is known of a book is brought up to its end by the lines that somebody else wrote.

Each line has the accounts that it moves, with their sequence and balance, so nothing else need be read.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from itertools import islice
from typing import Any, Final

from bankcore.ledger.ports import AuditReader, Head
from bankcore.ledger.posting.draft import Known
from bankcore.ledger.posting.shape import RESERVED

__all__ = ["follow"]

_MOST: Final = 500  # transactions; for more, reading anew is cheaper
_HARMLESS: Final = frozenset({"reverses", "corrects", "group"})  # rarer fields of transactions like others


def follow(known: Known, reader: AuditReader, head: Head) -> bool:
    """Bring what is known up to `head`; False where that takes more than postings, and it is void then."""
    count = head.number - known.head.number
    if not 0 < count <= _MOST:
        return False
    digest, lines = known.head.digest, []
    for _, _, _, line in islice(reader.journal(known.head.number), count):
        digest = sha256(digest + line.encode()).digest()
        lines.append(line)
    if digest != head.digest:
        return False  # not the book that is known
    try:
        followed = all(_apply(known, json.loads(line)) for line in lines)
    except (LookupError, TypeError, ValueError):  # not a line of ours: `verify` tells what it is
        return False
    known.head = head
    known.used.clear()
    return followed


def _apply(known: Known, said: Sequence[Any]) -> bool:
    """Move the known accounts; False where a transaction does more than a posting to what is known."""
    records, rest = (*said[9:10], ())[0], (*said[11:12], ())[0]
    if any(name not in _HARMLESS for name, _ in rest) or any(record[0] in RESERVED for record in records):
        return False
    on = date.fromisoformat(said[4])
    for path, _, quantity, sequence, balance in said[8]:
        state = known.states.get(path)
        if state is None:
            continue
        state.post(quantity)
        state.sequence += 1
        state.horizon = max(state.horizon, on)
        if (state.sequence, state.debits - state.credits) != (sequence, balance):
            return False
    return True
