"""Notices (通知): messages to a party, written in the same transaction as the event.

A notice is a record; its versions are the successive messages to a party on one subject.  Sending them (by
text message, mail, an app) is left to the bank that embeds bankcore.
"""

from __future__ import annotations

from typing import Any

from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product.records import written

__all__ = ["NOTICE", "notice"]

NOTICE = "notice"  # party:topic:subject


def notice(books: Books, to: str, topic: str, subject: str, **data: Any) -> Record:
    """A notice to a party about a subject, such as a loan's id, under a topic such as `overdue`.

    `data` is plain, without personal data: ids, amounts as text, dates as text.
    """
    return written(books, NOTICE, to, topic, subject, on=books.today.isoformat(), **data)
