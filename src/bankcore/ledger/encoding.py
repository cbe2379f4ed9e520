"""The line of a transaction: the one text that is stored, hashed and proved, in journal format 1.

A line is a JSON array of whole numbers, texts and arrays of these, without spaces, every character
beyond ASCII escaped, so that its bytes are those of its text and any JSON reader can parse it:

    [number, recorded at, key, kind, value date, agreement, actor, description, postings,
     records, details, rest]

A posting is [path, unit, quantity, sequence in its account, balance after it], a debit positive; a held
one ends with the quantity.  A record is [kind, id, version, data], data and details are canonical JSON as
text.  The rest holds the rarer fields by name, such as ["reverses", 7], in the order of `_REST`.
Empty items at the end are left out.  The digest is SHA-256 over the previous digest and the line.

>>> from bankcore.ledger.accounts import AccountPath
>>> from bankcore.ledger.transactions import legs
>>> from bankcore.units import Unit
>>> cash, till = AccountPath("bank:cash"), AccountPath("till")
>>> postings = legs(Unit.parse("CNY/2"), debit={cash: 5}, credit={till: 5})
>>> note = Transaction(key="k", kind="note", effective_on=date(2024, 5, 1), postings=postings)
>>> line = encode(7, "2024-05-01T09:00:00.000000Z", note, ((3, 500), (1, -5)))
>>> print(line[:73])
[7,"2024-05-01T09:00:00.000000Z","k","note","2024-05-01","","","",[["bank
>>> decode(line).transaction == note
True
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final, NamedTuple

from bankcore.errors import BankcoreError
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.personal import conceal, reveal
from bankcore.ledger.transactions import (
    NO_DETAILS,
    Entry,
    PersonalRow,
    Position,
    Posting,
    Record,
    Transaction,
    day_text,
    quoted,
    timestamp,
)
from bankcore.units import Unit

__all__ = ["Decoded", "decode", "digest", "encode", "end_of_line", "entry_of", "public_texts"]

_REST: Final = ("reverses", "corrects", "pending", "expires_at", "resolves", "group", "up_to")
_ABSENT: Final[Sequence[Any]] = ((), "", ())  # records, details and rest of most lines
_FLAGS: Final = ("pending", "up_to")


class Decoded(NamedTuple):
    """The content of a line; `recorded_at` is the text of an instant."""

    number: int
    recorded_at: str
    transaction: Transaction
    positions: tuple[Position, ...]


def encode(
    number: int,
    recorded_at: str,
    t: Transaction,
    positions: Sequence[Position],
    personal: Sequence[PersonalRow] = (),
) -> str:
    """The line of a transaction; raises BadTransaction where details or data are not plain."""
    texts = (t.key, t.kind, day_text(t.effective_on), t.agreement, t.actor, t.description)
    if t.pending:
        legs = [f"[{quoted(p.account)},{quoted(p.unit)},{p.quantity}]" for p in t.postings]
    else:
        legs = [
            f"[{quoted(p.account)},{quoted(p.unit)},{p.quantity},{sequence},{balance}]"
            for p, (sequence, balance) in zip(t.postings, positions, strict=True)
        ]
    said = ",".join([str(number), quoted(recorded_at), *map(quoted, texts)])
    return f"[{said},[{','.join(legs)}]{end_of_line(t, personal)}]"


def end_of_line(t: Transaction, personal: Sequence[PersonalRow] = ()) -> str:
    """The part of a line after the postings: nothing, or a comma and the records, details and rest."""
    details, *data = public_texts(t, personal)
    rest, parts = _rest(t), [""]
    if t.records or details or rest:
        records = (
            f"[{quoted(r.kind)},{quoted(r.id)},{r.version},{quoted(text)}]"
            for r, text in zip(t.records, data, strict=True)
        )
        parts.append(f"[{','.join(records)}]")
    if details or rest:
        parts.append(quoted(details))
    if rest:
        parts.append(f"[{','.join(rest)}]")
    return ",".join(parts)


def public_texts(t: Transaction, personal: Sequence[PersonalRow]) -> list[str]:
    """Details and data of the records as text, with personal data replaced by commitments."""
    texts = [t.details_json if t.details is not NO_DETAILS else "", *[r.json for r in t.records]]
    for place, salt, _ in personal:
        texts[place], _ = conceal(texts[place], bytes.fromhex(salt))
    return texts


def _rest(t: Transaction) -> list[str]:
    """The rarer fields, as the line writes them."""
    numbers = {"reverses": t.reverses, "corrects": t.corrects, "resolves": t.resolves}
    found: dict[str, object] = {name: number for name, number in numbers.items() if number is not None}
    found.update({name: 1 for name in _FLAGS if getattr(t, name)})
    if t.expires_at is not None:
        found["expires_at"] = timestamp(t.expires_at)
    if t.group:
        found["group"] = t.group
    return [
        f'["{name}",{quoted(value) if isinstance(value, str) else value}]'
        for name in _REST
        if (value := found.get(name)) is not None
    ]


def digest(previous: bytes, line: str) -> bytes:
    """The digest of a transaction: SHA-256 over the digest of the one before and its line."""
    return sha256(previous + line.encode()).digest()


def decode(line: str) -> Decoded:
    """The content of a line; raises ValueError for text that is not a line."""
    try:
        return _read(line)
    except (BankcoreError, AttributeError, LookupError, RecursionError, TypeError) as error:
        raise ValueError(f"it is not a line of a transaction: {error}") from None


def _read(line: str) -> Decoded:
    more: list[Any]
    number, recorded_at, key, kind, day, agreement, actor, description, legs, *more = _parse(line)
    records, details, rest = [*more, *_ABSENT[len(more) :]]
    transaction = Transaction(
        kind=kind,
        effective_on=_day(day),
        postings=tuple([Posting(_path(leg[0]), leg[2], _unit(leg[1])) for leg in legs]),
        records=tuple([Record(kind, id, _data(data), version) for kind, id, version, data in records]),
        key=key,
        description=description,
        agreement=agreement,
        actor=actor,
        details=_data(details),
        **_named(rest),
    )
    positions = () if transaction.pending else tuple([(leg[3], leg[4]) for leg in legs])
    return Decoded(number, recorded_at, transaction, positions)


def entry_of(number: int, key: str, digest: bytes, line: str, personal: Sequence[PersonalRow] = ()) -> Entry:
    """An entry from its stored row and its personal data; raises ValueError where the line belongs to
    another transaction or does not commit to that data."""
    said = decode(line)
    if (said.number, said.transaction.key) != (number, key):
        line_of = f"number {said.number}, key {said.transaction.key!r}"
        raise ValueError(f"number {number}, key {key!r}, holds the line of {line_of}")
    recorded_at = _instant(said.recorded_at)
    if timestamp(recorded_at) != said.recorded_at:
        raise ValueError(f"{said.recorded_at!r} is not an instant as bankcore writes it")
    transaction = said.transaction
    if personal:
        transaction = _revealed(transaction, personal)
        if encode(number, said.recorded_at, transaction, said.positions, personal) != line:
            raise ValueError("personal data is not what the line commits to")
    return Entry(number, recorded_at, digest, transaction, said.positions, line, tuple(personal))


def _revealed(t: Transaction, personal: Sequence[PersonalRow]) -> Transaction:
    """The transaction with its personal data."""
    records = list(t.records)
    for place, _, hidden in personal:
        if place == 0:
            t = t._replace(details=reveal(t.details, hidden))
        else:
            r = records[place - 1]
            records[place - 1] = Record(r.kind, r.id, reveal(r.data, hidden), r.version)
    return t._replace(records=tuple(records))


def _named(rest: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """The rarer fields, by name."""
    fields = {name: bool(value) if name in _FLAGS else value for name, value in rest}
    if "expires_at" in fields:
        fields["expires_at"] = _instant(fields["expires_at"])
    return fields


def _data(text: str) -> Any:
    data = _parse(text) if text else NO_DETAILS
    if not isinstance(data, Mapping):
        raise ValueError(f"{text!r} is not a mapping")
    return data


def _no_float(text: str) -> Any:
    raise ValueError(f"{text} is not a whole number")


_parse: Final = json.JSONDecoder(parse_float=_no_float, parse_constant=_no_float).decode


@lru_cache(100)
def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


_day: Final = lru_cache(1_000)(date.fromisoformat)
_path: Final = lru_cache(10_000)(AccountPath)  # the same few accounts in line after line
_unit: Final = lru_cache(100)(Unit)
