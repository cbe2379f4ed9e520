"""Deposits for a term within a mode: what one has earned, and what it pays when it is left."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

from attrs import frozen

from bankcore.calendars import DayCount, day_count, parse_date
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product.records import every
from bankcore.products.deposit_modes.money import at_rate
from bankcore.products.deposit_modes.registry import DEPOSIT, Mode
from bankcore.products.deposit_modes.terms import ModeTerms
from bankcore.rates import Rate, round_half_up

__all__ = ["Deposit", "deposits", "live"]


@frozen
class Deposit:
    """One sum placed for a term, at the rate of its first day."""

    record: Record

    @property
    def number(self) -> str:
        """Its number within the mode."""
        return self.record.id.rpartition(":")[2]

    @property
    def principal(self) -> int:
        """Minor units."""
        return int(self.record.data["principal"])

    @property
    def months(self) -> int:
        """The term."""
        return int(self.record.data["months"])

    @property
    def paid_on(self) -> date | None:
        """When it was paid back, or None."""
        return parse_date(self.record.data["paid_on"]) if self.record.data["paid_on"] else None

    def day(self, name: str) -> date:
        """`start`, `matures_on` or `pay_on`."""
        return parse_date(self.record.data[name])

    def by_term(self, through: date) -> Fraction:
        """Exact interest from the start, whole months and odd days (逐笔计息), never beyond maturity."""
        begin, end = self.day("start"), min(through, self.day("matures_on"))
        years = day_count(DayCount.CN_ITEM, begin, end)
        return self.principal * Rate.parse(self.record.data["rate"]).fraction * years

    def is_mature(self, on: date) -> bool:
        """Whether the whole term's interest is earned, though the close has not paid it yet."""
        return on >= min(self.day("matures_on"), self.day("pay_on"))

    def interest(self, terms: ModeTerms, on: date) -> int:
        """What is paid on a day: all of the term's, and the demand rate after it; before it is mature
        the demand rate of the day for the actual days, never more than by waiting.
        """
        end = self.day("matures_on")
        whole = self.by_term(end)
        if not self.is_mature(on):
            return round_half_up(
                min(at_rate(self.principal, terms.demand_rate, self.day("start"), on), whole)
            )
        late = at_rate(self.principal, terms.demand_rate, end, max(on, end))
        return round_half_up(whole) + round_half_up(late)


def deposits(books: Books, *root: str) -> Iterator[Deposit]:
    """The deposits below a root, in the order of their ids."""
    return (Deposit(record) for record in every(books, DEPOSIT, ":".join(root)))


def live(books: Books, mode: Mode) -> list[Deposit]:
    """The deposits of a mode that are not paid back."""
    return [deposit for deposit in deposits(books, *mode.id) if deposit.paid_on is None]
