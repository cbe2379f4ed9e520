"""Deferrals: postings that the close of a day could not make, and why, kept in the book.

System-initiated postings are attempts; where the ledger refuses (an account that is frozen or closed, a
floor, a ceiling, a velocity limit), the posting is deferred: a record of it is written instead.
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
    """A posting that was not made on a day; `code` and `reason` are those of the refusal."""

    KIND: ClassVar = "bank.deferral"  # day:product:thing, the thing's ids joined by "/"
    code: str
    reason: str

    @property
    def day(self) -> date:
        """The day whose close deferred it."""
        return date.fromisoformat(self.ids[0])

    @property
    def product(self) -> str:
        """The product of the posting."""
        return self.ids[1]

    @property
    def thing(self) -> str:
        """The id of the item that was not served."""
        return self.ids[2]


def deferred(
    books: Books, product: str, thing: str, text: str, *records: Record, agreement: str = ""
) -> Callable[[BankcoreError], tuple[Transaction, ...]]:
    """The `otherwise` of an attempt: the deferral of a thing, and records for serving it later.

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
