"""Interest, exact: one policy for every product.

The first day counts, the last does not (算头不算尾).  Term money earns interest by item (逐笔计息), whole
months and odd days; all other money by actual days over 360 (积数计息).  Nothing is rounded here.

>>> year = Term(Rate.parse("2.45%"), date(2024, 2, 29), date(2025, 2, 28))
>>> year.earned(12_345_00, date(2025, 2, 28))
Fraction(120981, 4)
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from attrs import frozen

from bankcore.calendars import DayCount, day_count
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.rates import Rate

__all__ = ["Term", "at_rate", "closing_balances", "on_balances"]


def at_rate(principal: int, rate: Rate, start: date, end: date) -> Fraction:
    """Interest of [start, end) at a yearly rate, by actual days over 360.

    >>> at_rate(10_000_00, Rate.parse("0.36%"), date(2024, 5, 1), date(2024, 5, 11))
    Fraction(100, 1)
    """
    return principal * rate.fraction * day_count(DayCount.ACT_360, start, end)


def closing_balances(books: Books, path: AccountPath, since: date, until: date) -> list[tuple[date, int]]:
    """An account's closing balances by value date.

    The balance of `since`, then of each later day through `until` with a movement; in between it is
    unchanged.  Held money counts as part of the balance.
    """
    balance, account = books.balance(path), books.accounts([path])[path]
    sign = account.normal_side.sign
    moved = [(it.effective_on, it.quantity * sign) for it in books.later(path, since) if not it.pending]
    balance -= sum(quantity for _, quantity in moved)
    found = {since: balance}
    for day, quantity in moved:
        if day > until:
            break
        balance += quantity
        found[day] = balance
    return [*found.items()]


def on_balances(
    balances: Sequence[tuple[date, int]], rates: Sequence[tuple[date, Rate]], until: date
) -> Fraction:
    """Interest of balances and yearly rates that change on some days, through a day.

    Each list begins with the first day; interest accrues on that day and on `until`, too.

    >>> on_balances([(date(2024, 5, 1), 360_00)], [(date(2024, 5, 1), Rate.parse("1%"))], date(2024, 5, 10))
    Fraction(10, 1)
    """
    end = until + timedelta(days=1)
    days = sorted({*(day for day, _ in balances), *(day for day, _ in rates), end})
    balance, rate = dict(balances), dict(rates)
    exact, held, at = Fraction(0), 0, Rate.parse("0")
    for day, next_day in pairwise(days):
        held, at = balance.get(day, held), rate.get(day, at)
        exact += at_rate(held, at, day, next_day)
    return exact


@frozen
class Term:
    """Money placed from `start` to `end` at a yearly rate (整存整取)."""

    rate: Rate
    start: date
    end: date

    def earned(self, principal: int, through: date) -> Fraction:
        """Interest earned at its own rate up to a day, never beyond its end."""
        return (
            principal * self.rate.fraction * day_count(DayCount.CN_ITEM, self.start, min(through, self.end))
        )

    def accrued(self, principal: int, demand: Rate, on: date) -> Fraction:
        """What is owed for it on a day at which it is not paid: by its own rate, after its end as `paid`."""
        return self.earned(principal, on) if on < self.end else self.paid(principal, demand, on)

    def paid(self, principal: int, demand: Rate, on: date) -> Fraction:
        """Interest paid when the money is withdrawn on a day.

        From its end on: the whole term's interest, and the demand rate for the days after it, on the
        principal only.  Before: the demand rate for the actual days, never more than the whole term's.
        """
        whole = self.earned(principal, self.end)
        if on < self.end:
            return min(at_rate(principal, demand, self.start, on), whole)
        return whole + at_rate(principal, demand, self.end, on)
