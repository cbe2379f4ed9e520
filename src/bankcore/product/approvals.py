"""Decisions that need two people: one proposes, another approves or rejects (maker and checker, 双人复核).

A product keeps one record for each decision, of a kind of its own.  The rule that proposes writes
`proposed`; the rule that approves writes `approved` and carries out, in the same transaction, exactly
what that record says was proposed, so nothing can change between the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product.records import written
from bankcore.product.refusals import AlreadyProposed, NotApproved, NothingProposed, SamePerson

__all__ = ["approved", "check_approved", "is_open", "proposed", "rejected"]

_OPEN, _APPROVED, _REJECTED = "open", "approved", "rejected"


def proposed(books: Books, kind: str, *id: str, maker: str, what: Mapping[str, Any]) -> Record:
    """The decision as `maker` proposes it; only one's own open proposal is replaced by another.

    Raises AlreadyProposed.
    """
    record = books.record(kind, ":".join(id))
    if record is not None and is_open(record) and record.data["maker"] != maker:
        raise AlreadyProposed(record.data["maker"], _subject(kind), id[-1])
    made = {"maker": maker, "made_on": books.today.isoformat(), "what": dict(what)}
    return written(books, kind, *id, state=_OPEN, **made)


def approved(books: Books, kind: str, *id: str, checker: str) -> Record:
    """The decision taken; its `what` is now to be carried out.  Raises NothingProposed, SamePerson."""
    return _decided(books, kind, *id, checker=checker, state=_APPROVED)


def rejected(books: Books, kind: str, *id: str, checker: str) -> Record:
    """The decision turned down.  Raises NothingProposed, SamePerson."""
    return _decided(books, kind, *id, checker=checker, state=_REJECTED)


def check_approved(books: Books, kind: str, *id: str) -> Record:
    """The decision, which stands approved; raises NotApproved."""
    record = books.record(kind, ":".join(id))
    if record is None or record.data["state"] != _APPROVED:
        raise NotApproved(_subject(kind), id[-1])
    return record


def is_open(record: Record | None) -> bool:
    """Whether something is proposed that nobody has decided."""
    return record is not None and record.data["state"] == _OPEN


def _decided(books: Books, kind: str, *id: str, checker: str, state: str) -> Record:
    record = books.record(kind, ":".join(id))
    if record is None or not is_open(record):
        raise NothingProposed(_subject(kind), id[-1])
    if record.data["maker"] == checker:
        raise SamePerson(checker, _subject(kind), id[-1])
    return record.next(state=state, checker=checker, decided_on=books.today.isoformat())


def _subject(kind: str) -> str:
    """What the decision is about, from the kind of its record: `platform.registration`."""
    return kind.partition(".")[2]
