"""The day whose close has begun, a record of the book: so a close that was killed is known to be open."""

from __future__ import annotations

from datetime import date
from typing import Final

from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record, Transaction
from bankcore.product.plan import Plan

__all__ = ["begin", "closing_day"]

_CLOSING: Final = ("bank.day", "closing")


def begin(books: Books, day: date) -> Plan:
    """The plan that notes that the close of a day begins."""
    stored = books.record(*_CLOSING) or Record(*_CLOSING, {}, version=0)
    record = stored.next(day=day.isoformat())
    return Plan((Transaction(kind="day.begin", effective_on=day, records=(record,)),))


def closing_day(books: Books) -> date | None:
    """The day whose close has begun and not ended, if there is one."""
    stored = books.record(*_CLOSING)
    day = date.fromisoformat(stored.data["day"]) if stored else None
    return day if day is not None and day >= books.today else None
