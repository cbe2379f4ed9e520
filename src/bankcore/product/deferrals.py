"""Deferrals: what the close of a day could not post, and why, kept in the book.

The close attempts what nobody asked for; where the ledger refuses (an account that is frozen or closed, a
floor, a ceiling, a velocity limit), the deferral is written in its place, with what is to be done later.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import ClassVar

from attrs import frozen

from bankcore.errors import BankcoreError
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record, Transaction
from bankcore.product.facts import Facts

__all__ = ["Deferral", "deferred"]


@frozen(kw_only=True)
class Deferral(Facts):
    """Something that was not posted on a day; `code` and `reason` are those of the refusal."""

    KIND: ClassVar = "bank.deferral"  # day:product:thing, the thing's ids joined by "/"
    code: str
    reason: str

    @property
    def day(self) -> date:
        """The day whose close met it."""
        return date.fromisoformat(self.ids[0])

    @property
    def product(self) -> str:
        """The product whose posting it was."""
        return self.ids[1]

    @property
    def thing(self) -> str:
        """What was not served."""
        return self.ids[2]


def deferred(
    books: Books, product: str, thing: str, text: str, *records: Record, agreement: str = ""
) -> Callable[[BankcoreError], tuple[Transaction, ...]]:
    """What an attempt writes otherwise: the deferral of a thing, and records of what is to be done later.

    `text` describes it, such as `deposit d1 waits`; `thing` has no colon.
    """
    id = f"{books.today}:{product}:{thing}"

    def otherwise(refusal: BankcoreError) -> tuple[Transaction, ...]:
        met = Deferral.find(books, id)
        why = Deferral(id=id, version=met.version if met else 0, code=refusal.code, reason=str(refusal))
        waits = Transaction(
            kind=f"{product}.wait",
            effective_on=books.today,
            records=(*records, why.record()),
            description=text,
            agreement=agreement,
        )
        return (waits,)

    return otherwise
