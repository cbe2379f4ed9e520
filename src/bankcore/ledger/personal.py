"""Personal data: a salted commitment in the line of a transaction, the data itself where it can be erased.

Data under the name `personal`, at any depth of a record's data or of a transaction's details, is not
written to the line, nor to the record's row.  SHA-256 over a salt and the data takes its place; salt and
data have a row of their own.  Once that row is erased the line does not reveal the data, and digests, seals
and proofs stay valid.

A record that must be found by personal data, such as a party by its document, keeps a fingerprint among its
personal data: a keyed hash by a secret of the book, which is in the same table and in no line.

>>> public, hidden = conceal('{"n":1,"personal":{"contact":"Li Lei"}}', b"salt")
>>> print(public)
{"n":1,"personal":"987bed609251feeb03e8862d441aa11f85ba99ed00d12d78841a2d0dafa3b667"}
>>> print(hidden)
[{"contact":"Li Lei"}]
>>> reveal(json.loads(public), hidden)
{'n': 1, 'personal': {'contact': 'Li Lei'}}
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

from bankcore.errors import BadTransaction
from bankcore.ledger.transactions import PERSONAL, PersonalRow, Transaction, canonical_json

__all__ = [
    "Salts",
    "blanked",
    "conceal",
    "is_erased",
    "keyed",
    "new_secret",
    "personal_rows",
    "reveal",
    "seeded",
]

# The salt for a transaction number and a place: 0 for the details, then the records.  For number 0 and
# place 0 it is the secret of the book.
Salts = Callable[[int, int], bytes]
_MARK: Final = f'"{PERSONAL}":'


def personal_rows(t: Transaction, number: int, salts: Salts | None) -> tuple[PersonalRow, ...]:
    """The personal data of a transaction, by place, each with its salt.

    Raises BadTransaction where there is some but no source of salts, and for data that is not plain.
    """
    texts = [t.details_json, *(r.json for r in t.records)]
    rows = []
    for place, text in enumerate(texts):
        if _MARK in text and _holds(json.loads(text)):
            salt = _given(salts)(number, place)
            rows.append((place, salt.hex(), conceal(text, salt)[1]))
    return tuple(rows)


def new_secret(salts: Salts | None) -> str:
    """A secret for a book that has none; raises BadTransaction without a source of salts."""
    return _given(salts)(0, 0).hex()


def keyed(secret: str, text: str) -> str:
    """HMAC-SHA-256 of personal data with the secret of a book: equal texts give equal hashes.

    >>> keyed("00ff", "id-card:1") == keyed("00ff", "id-card:1") != keyed("00fe", "id-card:1")
    True
    """
    return hmac.new(bytes.fromhex(secret), text.encode(), "sha256").hexdigest()


def _given(salts: Salts | None) -> Salts:
    if salts is None:
        raise BadTransaction(PERSONAL, "the ledger has no source of salts")
    return salts


def seeded(seed: str) -> Salts:
    """Salts derived from a seed: equal histories give equal digests, in simulations and tests."""
    return lambda number, place: sha256(f"{seed}:{number}:{place}".encode()).digest()[:16]


def conceal(text: str, salt: bytes) -> tuple[str, str]:
    """Canonical JSON with commitments for personal data, and a list of that data as canonical JSON."""
    data, hidden = json.loads(text), list[str]()
    for holder in _holders(data):
        own = _canonical(holder[PERSONAL])
        holder[PERSONAL] = sha256(salt + f"{len(hidden)}:{own}".encode()).hexdigest()
        hidden.append(own)
    return canonical_json(data), f"[{','.join(hidden)}]"


def reveal(data: Any, hidden: str) -> Any:
    """The data of a record or request with the personal data that `conceal` took out."""
    for holder, own in zip(_holders(data), json.loads(hidden), strict=True):
        holder[PERSONAL] = own
    return data


def is_erased(data: Mapping[str, Any], place: int, personal: Sequence[PersonalRow]) -> bool:
    """Whether the personal data at a place of a transaction is exactly what the line commits to."""
    return _holds(data) and all(row[0] != place for row in personal)


def blanked(data: Any) -> Any:
    """Plain data with all personal data left out."""
    if isinstance(data, Mapping):
        return {key: None if key == PERSONAL else blanked(it) for key, it in data.items()}
    return [blanked(item) for item in data] if isinstance(data, (list, tuple)) else data


def _canonical(value: Any) -> str:
    """One value as canonical JSON."""
    return canonical_json({"": value})[len('{"":') : -1]


def _holders(data: Any) -> Iterator[dict[str, Any]]:
    """The mappings that contain personal data, in the order of their text."""
    if isinstance(data, Mapping):
        for key in sorted(data):
            if key == PERSONAL and data[key] is not None:
                yield data  # type: ignore[misc]
            else:
                yield from _holders(data[key])
    elif isinstance(data, list):
        for item in data:
            yield from _holders(item)


def _holds(data: Any) -> bool:
    return next(_holders(data), None) is not None
