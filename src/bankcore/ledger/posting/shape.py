"""The shape of a transaction: checks that need no book.

These checks come first, even before the idempotency key, because malformed input cannot be compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Final

from bankcore.amounts import check_quantity
from bankcore.errors import BadAmount, BadKey, BadTransaction, BankcoreError
from bankcore.ledger.evidence.seals import SEAL, Seal
from bankcore.ledger.transactions import (
    ERASURE,
    EXPIRY,
    EXPIRY_KEY,
    MOVE,
    PERIOD,
    PERSONAL,
    Posting,
    Record,
    Transaction,
    is_storable,
)
from bankcore.ledger.velocity import VELOCITY, VelocityLimit

__all__ = ["LONGEST_TEXT", "RESERVED", "SHAPE", "key_refusal", "reserved_refusal", "shape_refusal"]

LONGEST_TEXT: Final = 200  # characters of a key, a record's kind or id
# The kinds of record that the ledger itself reads.
RESERVED: Final = frozenset({"account", ERASURE, MOVE[0], PERIOD[0], SEAL[0], VELOCITY})


def key_refusal(key: object) -> BankcoreError | None:
    """Why this cannot be an idempotency key, or None."""
    if type(key) is not str or not key:
        return BadKey(key, "text is needed")
    if len(key) > LONGEST_TEXT:
        return BadKey(key[:40] + "...", f"it has over {LONGEST_TEXT} characters")
    return None if is_storable(key) else BadKey(ascii(key), "it is not valid Unicode, or contains a NUL")


def _key(t: Transaction) -> BankcoreError | None:
    return key_refusal(t.key)


def _fields(t: Transaction) -> BankcoreError | None:
    for name in ("kind", "description", "agreement", "actor"):
        text = getattr(t, name)
        if type(text) is not str or not is_storable(text):
            return BadTransaction(name, "valid text is needed")
    if not t.kind:
        return BadTransaction("kind", "it is empty")
    if type(t.group) is not str or len(t.group) > LONGEST_TEXT or not is_storable(t.group):
        return BadTransaction("group", f"a text of at most {LONGEST_TEXT} characters is needed")
    if type(t.effective_on) is not date:
        return BadTransaction("effective_on", "a date is needed")
    for name in ("reverses", "corrects", "resolves"):
        if type(getattr(t, name)) not in (int, type(None)):
            return BadTransaction(name, "the number of a transaction is needed")
    if sum(number is not None for number in (t.reverses, t.corrects, t.resolves)) > 1:
        return BadTransaction("corrects", "a transaction reverses, corrects or resolves only one other")
    return _plain_data("details", t)


def _holding(t: Transaction) -> BankcoreError | None:
    if type(t.pending) is not bool:
        return BadTransaction("pending", "true or false is needed")
    if t.expires_at is not None and (not isinstance(t.expires_at, datetime) or t.expires_at.tzinfo is None):
        return BadTransaction("expires_at", "an instant with its time zone is needed")
    if t.expires_at is not None and not t.pending:
        return BadTransaction("expires_at", "only a hold expires")
    if t.pending and (not t.postings or any(n is not None for n in (t.reverses, t.corrects, t.resolves))):
        return BadTransaction("pending", "a hold has postings and does not reverse, correct or resolve")
    if t.kind == EXPIRY or t.key.startswith(EXPIRY_KEY):
        return BadTransaction(
            "kind", f"{EXPIRY!r} and keys that begin with {EXPIRY_KEY!r} are reserved for the ledger"
        )
    return None


def _postings(t: Transaction) -> BankcoreError | None:
    if type(t.postings) is not tuple or not all(isinstance(p, Posting) for p in t.postings):
        return BadTransaction("postings", "a tuple of postings is needed")
    if not t.postings and not t.records and t.resolves is None:
        return BadTransaction("postings", "there are neither postings nor records")
    for p in t.postings:
        if not isinstance(p.account, str) or not isinstance(p.unit, str):
            return BadTransaction("postings", "an account path and a unit are needed")
        try:
            if check_quantity(p.quantity) == 0:
                return BadAmount(0, "a posting cannot be zero")
        except BankcoreError as error:
            return error
    return None


def _records(t: Transaction) -> BankcoreError | None:
    if type(t.records) is not tuple or not all(isinstance(r, Record) for r in t.records):
        return BadTransaction("records", "a tuple of records is needed")
    for r in t.records:
        for text in (r.kind, r.id):
            if not isinstance(text, str) or not 0 < len(text) <= LONGEST_TEXT or not is_storable(text):
                return BadTransaction("records", f"kind and id are texts of 1 to {LONGEST_TEXT} characters")
        if type(r.version) is not int or r.version < 1:
            return BadTransaction("records", "a version is a whole number from 1")
        if refusal := _plain_data("data", r) or reserved_refusal(r):
            return refusal
    return None


def reserved_refusal(record: Record) -> BankcoreError | None:
    """Why the data of a record of one of the ledger's own kinds is malformed, or None."""
    try:
        if record.kind == "account":
            record.account  # noqa: B018
            if f'"{PERSONAL}":' in record.json:  # accounts are listed to every reader of the book
                return BadTransaction("records", "the description of an account cannot hold personal data")
        elif record.kind == ERASURE:
            if not all(isinstance(record.data.get(name), str) for name in ("kind", "id")):
                return BadTransaction("records", "an erasure names the kind and the id of a record")
        elif record.kind == VELOCITY:
            VelocityLimit.from_data(record.id, record.data)
        elif record.kind == MOVE[0]:
            return _move_refusal(record)
        elif record.kind == PERIOD[0]:
            if record.id != PERIOD[1]:
                return BadTransaction("records", "the only period record is 'closed'")
            if date.fromisoformat(record.data["through"]) == date.max:
                return BadTransaction("records", "no business date would be left")
        elif record.kind == SEAL[0]:
            if record.id != SEAL[1]:
                return BadTransaction("records", "the only seal record is 'day'")
            Seal.from_data(record.data)
    except (KeyError, TypeError, ValueError):
        return BadTransaction("records", "a closed period needs the date 'through'")
    except BankcoreError as error:
        return error
    return None


def _move_refusal(record: Record) -> BankcoreError | None:
    kinds = {name: type(value) for name, value in record.data.items()}
    if record.id != MOVE[1] or kinds != {"attempt": int, "phase": str, "place": str}:
        return BadTransaction("records", "a move is the record 'book' with attempt, phase and place")
    if record.data["phase"] not in ("moved", "open"):
        return BadTransaction("records", "a move says that the book has moved, or is open")
    return None


def _plain_data(field: str, holder: Record | Transaction) -> BankcoreError | None:
    if not isinstance(getattr(holder, field), Mapping):
        return BadTransaction(field, "a mapping is needed")
    try:
        text = holder.json if isinstance(holder, Record) else holder.details_json
    except BadTransaction as error:
        return BadTransaction(field, error.reason)
    return None if is_storable(text) else BadTransaction(field, "it is not valid Unicode, or contains a NUL")


def _moving_up_to(t: Transaction) -> BankcoreError | None:
    if type(t.up_to) is not bool:
        return BadTransaction("up_to", "true or false is needed")
    if not t.up_to:
        return None
    if t.reverses is not None or t.resolves is not None:
        return BadTransaction("up_to", "the amounts of a reversal or a capture are fixed")
    quantities, units = [p.quantity for p in t.postings], {p.unit for p in t.postings}
    if len(quantities) != 2 or sum(quantities) != 0 or len(units) > 1:
        return BadTransaction("up_to", "two legs of the same quantity are needed")
    return None


SHAPE: Final[tuple[Callable[[Transaction], BankcoreError | None], ...]] = (
    _key,
    _fields,
    _postings,
    _records,
    _holding,
    _moving_up_to,
)


def shape_refusal(transaction: Transaction) -> BankcoreError | None:
    """The first refusal in the declared order, or None."""
    return next((refusal for check in SHAPE if (refusal := check(transaction)) is not None), None)
