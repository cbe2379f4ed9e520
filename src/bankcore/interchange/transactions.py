"""A transaction as plain data: one JSON object, or many in a list or line by line.

>>> import json
>>> form = {"key": "k1", "effective_on": "2024-05-01", "postings": [
...     {"account": "bank:cash", "debit": "100.00"}, {"account": "bank:equity", "credit": "100.00"}]}
>>> read_forms("today.json", json.dumps([form]))[0][0]
'transaction 1'
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bankcore.amounts import Amount
from bankcore.calendars import parse_date
from bankcore.doors import value_date
from bankcore.errors import BadDate, BadFile, BadTransaction, NotPositive
from bankcore.errors.nearest import choices
from bankcore.ledger.accounts import AccountPath, Side
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.transactions import Posting, Transaction
from bankcore.readers import check_text, read_json
from bankcore.zones import zone_of

__all__ = ["amount_in", "instant", "posting", "read_forms", "transaction_of"]

_WORDS = frozenset(
    {"key", "kind", "description", "agreement", "actor", "details", "reverses", "corrects", "pending"}
    | {"group", "up_to"}
)
_LEG = frozenset({"account", *(side.value for side in Side)})


def read_forms(place: str, text: str) -> list[tuple[str, Any]]:
    """The objects of a text, each with its place in it; raises BadFile naming `place`."""

    def refuse(reason: str) -> BadFile:
        return BadFile(place, reason)

    text = check_text(text, refuse)
    if text.lstrip().startswith("["):
        forms = read_json(text, refuse)
        return [(f"transaction {number}", form) for number, form in enumerate(forms, start=1)]
    lines = [
        (f"line {number}", line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()
    ]
    return [(at, read_json(line, functools.partial(_refuse_line, place, at))) for at, line in lines]


def _refuse_line(place: str, at: str, reason: str) -> BadFile:
    return BadFile(place, f"{at}: {reason}")


def transaction_of(ledger: Ledger, form: Any, given: Mapping[str, str]) -> Transaction:
    """A transaction from plain data; `given` holds defaults for fields that the data omits, such as the key.

    Raises BadTransaction, NotPositive, and the errors of dates, amounts and paths.
    """
    words = dict(_object("form", form, _WORDS | {"effective_on", "expires_at", "postings"}))
    expires_at = words.pop("expires_at", None)
    effective_on, postings = words.pop("effective_on", None), words.pop("postings", ())
    if not isinstance(postings, (list, tuple)):
        raise BadTransaction("postings", "a list is needed")
    day = None if effective_on is None else parse_date(effective_on)
    return Transaction(
        effective_on=value_date(ledger, day, words.get("key", given["key"])),
        postings=tuple(_posting_of(ledger, _object("posting", leg, _LEG)) for leg in postings),
        expires_at=instant(expires_at, ledger.book.zone),
        **{"kind": "post", **given, **words},
    )


def posting(ledger: Ledger, account: Any, amount: Any, side: Side) -> Posting:
    """A leg of an account in its unit; raises NotPositive, BadAmount, BadAccountPath."""
    value = amount_in(ledger, account, amount)
    if value.quantity <= 0:
        raise NotPositive(side.value, value)
    return Posting(AccountPath.parse(account), value.quantity * side.sign, value.unit)


def amount_in(ledger: Ledger, path: str, text: Any) -> Amount:
    """An amount in the unit of its account; the ledger will refuse an unknown account."""
    known = AccountPath.parse(path)
    state = ledger.reader.states([known]).get(known)
    return Amount.parse(text, ledger.book.base_unit if state is None else state.account.unit)


def instant(text: str | None, zone: str = "UTC") -> datetime | None:
    """An instant from text, in the given time zone where the text has none; raises BadDate.

    >>> str(instant("2024-05-01T18:00", "Asia/Shanghai"))
    '2024-05-01 10:00:00+00:00'
    """
    if text is None:
        return None
    try:
        given = datetime.fromisoformat(text)
        return (given if given.tzinfo else given.replace(tzinfo=zone_of(zone))).astimezone(UTC)
    except (OverflowError, TypeError, ValueError):
        raise BadDate(text, "an instant such as 2024-05-01T18:00:00+08:00 is needed") from None


def _posting_of(ledger: Ledger, form: Mapping[str, Any]) -> Posting:
    sides = [side for side in Side if form.get(side.value) is not None]
    if len(sides) != 1:
        raise BadTransaction("posting", "either a debit or a credit is needed")
    return posting(ledger, form.get("account"), form[sides[0].value], sides[0])


def _object(field: str, form: Any, names: frozenset[str]) -> Mapping[str, Any]:
    if not isinstance(form, dict):
        raise BadTransaction(field, "an object is needed")
    if unknown := sorted(form.keys() - names):
        raise BadTransaction(unknown[0], f"there is no such field; {choices(unknown[0], sorted(names))}")
    return form
