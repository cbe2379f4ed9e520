"""Notices (通知): what a party is to be told, written in the same transaction as what happened.

A notice is a record; its versions count what a party was told of one subject.  Who sends them on (by
text message, mail, an app) is the embedding bank's to say.
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

    `data` is plain, and holds nothing personal: ids, amounts as text, dates as text.
    """
    return written(books, NOTICE, to, topic, subject, on=books.today.isoformat(), **data)
