"""Value dates (起息日) of what becomes known late: the entry is of today, the exact sum from an earlier day.

>>> late_day(date(2024, 5, 1), date(2024, 5, 31), value_back=30)
datetime.date(2024, 5, 1)
>>> late_day(date(2024, 4, 30), date(2024, 5, 31), value_back=30)
Traceback (most recent call last):
    ...
bankcore.errors.transactions.PeriodClosed: 2024-04-30 is closed; the book is closed through 2024-04-30
"""

from __future__ import annotations

from datetime import date, timedelta

from bankcore.errors import ActorNotPermitted, BadCommand, PeriodClosed
from bankcore.ledger.books import Books
from bankcore.product.actor import Actor, Role

__all__ = ["by_officer", "late_day"]


def late_day(value_on: date | None, today: date, value_back: int, since: date | None = None) -> date | None:
    """The value date of what becomes known late; None for what is of today.

    `since` is the first day that there can be, such as that of a disbursement.  Raises BadCommand for a day
    after today, PeriodClosed for one before `since` or more than `value_back` days ago.
    """
    if value_on is None or value_on == today:
        return None
    back = value_back if since is None else min(value_back, (today - since).days)
    if value_on > today:
        raise BadCommand("value_on", f"{value_on} is after the business date {today}")
    if (today - value_on).days > back:
        raise PeriodClosed(value_on, today - timedelta(days=back + 1))
    return value_on


def by_officer(books: Books, value_on: date | None, what: str) -> None:
    """Raises ActorNotPermitted where somebody but an officer gives `what` with a value date."""
    actor = Actor.asking(books) if value_on is not None else None
    if actor is not None and actor.role is not Role.OFFICER:
        raise ActorNotPermitted(str(actor), f"{what} with a value date")
