"""The shape of a transaction: what can be said of it without any book.

These checks come first, even before the idempotency key, for what is malformed cannot be compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from bankcore.amounts import check_quantity
from bankcore.errors import BadAmount, BadKey, BadTransaction, BankcoreError
from bankcore.ledger.accounts import Account, AccountPath
from bankcore.ledger.transactions import PERIOD, Posting, Record, Transaction, canonical_json

__all__ = ["LONGEST_TEXT", "SHAPE", "shape_refusal"]

LONGEST_TEXT: Final = 200  # characters of a key, a record's kind or id


def _key(t: Transaction) -> BankcoreError | None:
    if type(t.key) is not str or not t.key:
        return BadKey(t.key, "text is needed")
    if len(t.key) > LONGEST_TEXT:
        return BadKey(t.key[:40] + "...", f"it has over {LONGEST_TEXT} characters")
    return None if _is_unicode(t.key) else BadKey(ascii(t.key), "it is not valid Unicode")


def _fields(t: Transaction) -> BankcoreError | None:
    for name in ("kind", "description", "agreement", "actor"):
        text = getattr(t, name)
        if type(text) is not str or not _is_unicode(text):
            return BadTransaction(name, "valid text is needed")
    if not t.kind:
        return BadTransaction("kind", "it is empty")
    if type(t.effective_on) is not date:
        return BadTransaction("effective_on", "a date is needed")
    for name in ("reverses", "corrects"):
        if type(getattr(t, name)) not in (int, type(None)):
            return BadTransaction(name, "the number of a transaction is needed")
    return _plain_data("details", t.details)


def _postings(t: Transaction) -> BankcoreError | None:
    if type(t.postings) is not tuple or not all(isinstance(p, Posting) for p in t.postings):
        return BadTransaction("postings", "a tuple of postings is needed")
    if not t.postings and not t.records:
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
            if not isinstance(text, str) or not 0 < len(text) <= LONGEST_TEXT or not _is_unicode(text):
                return BadTransaction("records", f"kind and id are texts of 1 to {LONGEST_TEXT} characters")
        if type(r.version) is not int or r.version < 1:
            return BadTransaction("records", "a version is a whole number from 1")
        if refusal := _plain_data("records", r.data) or _reserved_data(r):
            return refusal
    return None


def _reserved_data(record: Record) -> BankcoreError | None:
    """The data of the ledger's own kinds must be what the ledger reads there."""
    try:
        if record.kind == "account":
            Account.from_data(AccountPath.parse(record.id), record.data)
        elif record.kind == PERIOD[0]:
            if record.id != PERIOD[1]:
                return BadTransaction("records", "the only period record is 'closed'")
            date.fromisoformat(record.data["through"])
    except (KeyError, TypeError, ValueError):
        return BadTransaction("records", "a closed period needs the date 'through'")
    except BankcoreError as error:
        return error
    return None


def _plain_data(field: str, data: object) -> BankcoreError | None:
    if not isinstance(data, Mapping):
        return BadTransaction(field, "a mapping is needed")
    try:
        text = canonical_json(data)
    except BankcoreError as error:
        return BadTransaction(field, str(error))
    return None if _is_unicode(text) else BadTransaction(field, "it is not valid Unicode")


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


SHAPE: Final[tuple[Callable[[Transaction], BankcoreError | None], ...]] = (_key, _fields, _postings, _records)


def shape_refusal(transaction: Transaction) -> BankcoreError | None:
    """The first refusal in the declared order, or None."""
    return next((refusal for check in SHAPE if (refusal := check(transaction)) is not None), None)
