"""What an enterprise did, day by day: what recommendations are made from.

One record holds one day of one enterprise, so a window of days is one short range.  Nothing is posted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, ClassVar, Final

from attrs import evolve, field, frozen

from bankcore.ledger.books import Books
from bankcore.product.facts import Facts, kept
from bankcore.product.voucher import Voucher

__all__ = ["Activity", "activity_of", "note", "note_visit"]

_SUMS: Final = ("receipts", "payments", "freight", "trades")


@frozen(kw_only=True)
class ActiveDay(Facts):
    """One day of an enterprise; see `Activity`."""

    KIND: ClassVar = "platform.activity"  # programme:enterprise:date
    receipts: int | None = kept(None, absent=True)
    payments: int | None = kept(None, absent=True)
    freight: int | None = kept(None, absent=True)
    trades: int | None = kept(None, absent=True)
    visits: Mapping[str, int] | None = kept(None, absent=True)


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
    before = books.today - timedelta(days=min(days, (books.today - date.min).days))
    sums: Counter[str] = Counter()
    visits: Counter[str] = Counter()
    for day in ActiveDay.every(books, programme, enterprise, after=f"{programme}:{enterprise}:{before}"):
        sums.update({name: getattr(day, name) or 0 for name in _SUMS})
        visits.update(day.visits or {})
    return Activity(**sums, visits=visits)


def note(voucher: Voucher, enterprise: str, **sums: int) -> None:
    """Add to today's sums of an enterprise."""
    day = _today(voucher, enterprise)
    changes: dict[str, Any] = {name: (getattr(day, name) or 0) + more for name, more in sums.items()}
    voucher.keep(evolve(day, **changes))


def note_visit(voucher: Voucher, enterprise: str, mode: str) -> None:
    """Count interest in a deposit mode."""
    day = _today(voucher, enterprise)
    visits = Counter(day.visits or {})
    visits[mode] += 1
    voucher.keep(evolve(day, visits=dict(visits)))


def _today(voucher: Voucher, enterprise: str) -> ActiveDay:
    id = (voucher.agreement, enterprise, voucher.books.today.isoformat())
    return voucher.find(ActiveDay, *id) or ActiveDay(id=":".join(id))
