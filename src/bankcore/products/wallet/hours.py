"""Hours (按时段): yield by intervals of some hours, where the terms say so, at whose ends balances count.

A day's balance is then the sum of those at the ends of its intervals, each weighing as its share of the day;
it refines the exact sum alone, and is posted at the close.  What moved when is what the journal says, by the
ledger's clock in the time zone of the book: after the end of the day it counts for none of its intervals,
and what became known late for all of them.

>>> passed(datetime(2024, 5, 1, 17, 59), date(2024, 5, 1), hours=6)
2
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Entry
from bankcore.products.wallet.clients import POCKET
from bankcore.products.wallet.late_entries import LateEntry
from bankcore.products.wallet.programmes import WalletTerms
from bankcore.zones import zone_of

__all__ = ["of_intervals", "passed"]


def of_intervals(books: Books, programme: str, client: str, terms: WalletTerms, closing: int) -> int:
    """The sum of a client's eligible balances at the ends of the day's intervals."""
    sum_ = closing * terms.parts
    if terms.hours is None or terms.parts == 1:
        return sum_
    for name in terms.eligible:
        for it in books.later(POCKET(programme, client, name), books.today - timedelta(days=1)):
            entry = books.entry(it.number)
            if entry is not None and not it.pending and it.effective_on == books.today:
                sum_ += it.quantity * _passed_before(books, entry, terms.hours)  # a credit is negative
    return sum_


def passed(local: datetime, day: date, hours: int) -> int:
    """How many intervals of a day had ended at a time of the bank's place of business."""
    if local.date() != day:
        return 0 if local.date() < day else 24 // hours
    return local.hour // hours


def _passed_before(books: Books, entry: Entry, hours: int) -> int:
    """How many intervals of today do not count what an entry moved."""
    today = books.today.isoformat()
    late = (it for it in entry.transaction.records if it.kind == LateEntry.KIND)
    if any(it.data["until"] == today for it in late):
        return 0
    return passed(entry.recorded_at.astimezone(zone_of(books.book.zone)), books.today, hours)
