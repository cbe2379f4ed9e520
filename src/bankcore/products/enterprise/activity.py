"""What an enterprise did on the platform, day by day: what recommendations are made from.

One record holds one day of one enterprise, so a window of days is one short range.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from attrs import field, frozen

from bankcore.ledger.books import Books
from bankcore.product.plan import Plan
from bankcore.product.records import every, existing
from bankcore.products.enterprise import commands, registry
from bankcore.products.enterprise.draft import Draft
from bankcore.products.enterprise.terms import EnterpriseTerms

__all__ = ["Activity", "activity_of", "note", "note_post", "visit"]

_SUMS: Final = ("receipts", "payments", "freight", "trades")
_POSTS: Final = {"supply": "SALES", "demand": "PROC", "freight": "LOG"}  # the mode that a post speaks for


@frozen
class Activity:
    """Sums over some days; money in minor units, `visits` counts visits and posts by deposit mode.

    `freight` is the part of the payments that paid for carriage.
    """

    receipts: int = 0
    payments: int = 0
    freight: int = 0
    trades: int = 0
    visits: Mapping[str, int] = field(factory=dict)


def activity_of(books: Books, programme: str, enterprise: str, days: int) -> Activity:
    """What an enterprise did in the last days, today the last of them."""
    root = f"{programme}:{enterprise}"
    before = books.today - timedelta(days=min(days, (books.today - date.min).days))
    sums: Counter[str] = Counter()
    visits: Counter[str] = Counter()
    for record in every(books, registry.ACTIVITY, root, after=f"{root}:{before}"):
        sums.update({name: record.data.get(name, 0) for name in _SUMS})
        visits.update(record.data.get("visits", {}))
    return Activity(**sums, visits=visits)


def note(draft: Draft, enterprise: str, **sums: int) -> None:
    """Add to today's sums of an enterprise."""
    id = (draft.programme, enterprise, draft.books.today.isoformat())
    known = draft.data(registry.ACTIVITY, *id)
    draft.write(registry.ACTIVITY, *id, **{name: known.get(name, 0) + more for name, more in sums.items()})


def note_post(draft: Draft, enterprise: str, side: str, freight: bool) -> None:
    """Count something published, as interest in the mode that it speaks for."""
    _note_visit(draft, enterprise, _POSTS["freight" if freight else side])


def visit(terms: EnterpriseTerms, command: commands.Visit, books: Books) -> Plan:
    """Count a visit.  Refuses, in this order: NotFound, NotApproved, NotFound for no mode of the bank's."""
    registry.enterprise(books, command.programme, command.enterprise)
    existing(books, registry.MODE_OFFER, command.programme, command.mode)
    draft = Draft(books, terms, command.programme)
    _note_visit(draft, command.enterprise, command.mode)
    return Plan((draft.transaction("visit", f"{command.enterprise} looks at {command.mode}"),))


def _note_visit(draft: Draft, enterprise: str, mode: str) -> None:
    id = (draft.programme, enterprise, draft.books.today.isoformat())
    visits = Counter(draft.data(registry.ACTIVITY, *id).get("visits", {}))
    visits[mode] += 1
    draft.write(registry.ACTIVITY, *id, visits=dict(visits))
