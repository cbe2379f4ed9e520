"""How a line stood after each drawing and payment, for what becomes known late."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from attrs import frozen

from bankcore.ledger.books import Books
from bankcore.product.facts import Facts, kept
from bankcore.product.history import Event
from bankcore.products.credit.lines import Line
from bankcore.rates import Accrual

__all__ = ["Stand"]


@frozen(kw_only=True)
class Stand(Facts):
    """A line after an event: its exact sums up to `since`, `principal` drawn, interest posted and `owing`."""

    KIND: ClassVar = "credit.stand"  # programme:kind:party
    event: Event
    since: date
    due_on: date | None
    interest: Accrual
    penalty: Accrual
    principal: int
    owing: int
    waived: int | None = kept(None, absent=True)

    @classmethod
    def after(
        cls, books: Books, line: Line, principal: int, owing: int, what: str, amount: int,
        value_on: date | None = None, closing: bool | None = None,
    ) -> Stand:  # fmt: skip
        """The stand that an event of today leaves."""
        event = Event(what, books.today, value_on or books.today, amount, closing=closing)
        sums = {
            "interest": line.interest,
            "penalty": line.penalty,
            "since": line.since,
            "due_on": line.due_on,
            "waived": line.waived,
        }
        return cls.anew(books, *line.ids, event=event, principal=principal, owing=owing, **sums)
