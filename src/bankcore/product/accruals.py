"""Accruals (计提): interest that is earned and not paid yet, at the ends of months for every contract.

Each contract notes the day of its next accrual, so a close reads what accrues on it and nothing else.  What
is posted is the rounded exact sum less what was posted before, so accruing by day, by month or only at the
end comes to the same.

>>> [str(it.next_after(date(2024, 2, 28))) for it in Accrue]
['2024-02-29', '2024-02-29', '2024-03-31', 'None']
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from enum import Enum

from attrs import frozen

from bankcore.calendars import month_end
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product import chart, term
from bankcore.product.agenda import Agenda, Serve
from bankcore.product.plan import Step
from bankcore.product.voucher import Voucher

__all__ = ["Accruals", "Accrue", "accrue_term", "pay_interest"]


class Accrue(Enum):
    """At the close of which days interest accrues; with events that pay or settle it, it always does."""

    DAILY = "daily"
    MONTH_END = "month-end"
    QUARTER_END = "quarter-end"
    EVENTS = "events"

    def next_after(self, day: date) -> date | None:
        """The first such day after a day; None for none."""
        if self is Accrue.EVENTS or day == date.max:
            return None
        following = day + timedelta(days=1)
        if self is Accrue.DAILY:
            return following
        later = -following.month % 3 if self is Accrue.QUARTER_END else 0
        return month_end(following.replace(day=1, month=following.month + later))

    def is_on(self, day: date) -> bool:
        """Whether interest accrues at the close of a day, whatever happens on it.

        >>> [it.name for it in Accrue if it.is_on(date(2024, 2, 29))]
        ['DAILY', 'MONTH_END']
        """
        return day > date.min and self.next_after(day - timedelta(days=1)) == day


def accrue_term() -> Accrue:
    """The term `accrue` of a product whose contracts bear interest."""
    accrue: Accrue = term.choice(Accrue.MONTH_END, "at the close of which days interest accrues")
    return accrue


def pay_interest(
    voucher: Voucher, accrued: AccountPath, released: int, paid: Mapping[AccountPath, int]
) -> None:
    """Interest to accounts: so much of what had accrued is released, and expense takes the difference.

    `released` is negative where more accrues with the payment; so may a quantity paid be, and is debited.
    """
    expense = sum(paid.values()) - released
    moved = {accrued: released, chart.INTEREST_EXPENSE(): expense, **{it: -paid[it] for it in paid}}
    voucher.post(
        {path: max(quantity, 0) for path, quantity in moved.items()},
        {path: max(-quantity, 0) for path, quantity in moved.items()},
    )


@frozen
class Accruals(Agenda):
    """The notes of the days on which contracts of one kind accrue."""

    def next(self, books: Books, programme: str, thing: str, *, accrue: Accrue) -> tuple[Record, ...]:
        """The note of the next accrual after today; none where events alone accrue."""
        day = accrue.next_after(books.today)
        return () if day is None else (self.note(books, programme, thing, day),)

    def accruing(self, books: Books, day: date, programmes: Iterable[str], serve: Serve) -> Iterator[Step]:
        """The steps of the close of a day; `serve` gives an accrual, and the next note with it."""
        return self.steps(books, day, programmes, "accrue", serve)
