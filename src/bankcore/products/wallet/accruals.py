"""Accruals: each client's exact yield, what of it is due, and when; arithmetic alone.

Yield runs from the client's registration in intervals counted from that day.  A day's closing
balance earns for that day; at an interval's end the exact sum, rounded once, less what was posted
becomes due, so neither the length of an interval nor a late payout changes what a client gets.

>>> day = DayRules.of(WalletTerms.from_data({"yield_rate": "4.30%"}), date(2024, 5, 1))
>>> state = YieldState("2024-05-01").closed(day, balance=1_234_56)
>>> str(state.earned), state.due, state.pay_on
('663576/45625', 15, '2024-05-02')
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction
from json import JSONDecoder
from math import floor, gcd
from typing import Any, NamedTuple

from attrs import field, frozen

from bankcore.calendars import Period, Roll, add_months, parse_date
from bankcore.errors import BadDate
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import JsonData, Record
from bankcore.product.business_days import business_calendar
from bankcore.product.records import existing
from bankcore.products.wallet.programmes import WalletTerms

__all__ = ["ACCRUAL", "DayRules", "YieldState", "accrual_of", "is_interval_end", "payouts_cut_on"]

ACCRUAL = "wallet.accrual"  # the path of the yield pocket that it is paid to
_DAY = timedelta(days=1)
_read = JSONDecoder().raw_decode  # canonical text has no white space to look for


def is_interval_end(registered_on: date, interval: Period, end: date) -> bool:
    """Whether an interval counted from the registration ends on the day.

    >>> is_interval_end(date(2024, 1, 31), Period.parse("1M"), date(2024, 2, 29))
    True
    """
    if interval.unit == "D":
        days = (end - registered_on).days
        return days > 0 and days % interval.count == 0
    months = 12 * (end.year - registered_on.year) + end.month - registered_on.month
    step = interval.count * (12 if interval.unit == "Y" else 1)
    return months > 0 and months % step == 0 and add_months(registered_on, months) == end


def payouts_cut_on(terms: WalletTerms, day: date) -> list[tuple[date, date]]:
    """Nominal ends, with their payout dates, for which the balance of the day before is the last to count.

    An end that rolls back is cut on its payout date, as if matured; one that rolls on, on its own.
    """
    if terms.roll is Roll.CALENDAR:
        return [(day, day)]
    calendar, end, found = business_calendar(terms.calendar, terms.past_calendar), day, []
    while True:
        paid_on = calendar.roll(end, terms.roll)
        if min(end, paid_on) == day:
            found.append((end, paid_on))
        end += _DAY
        if calendar.is_business_day(end):
            return found


@frozen
class DayRules:
    """How the close of one day of a programme treats every client alike."""

    interval: Period
    rate: tuple[int, int]  # of one minor unit for this day, or an interval of it: numerator, denominator
    pool: str  # the yield pool that covers this day, by its first day; empty for none
    ends: tuple[tuple[date, date], ...]
    _payouts: dict[str, str] = field(factory=dict, eq=False)

    @classmethod
    def of(cls, terms: WalletTerms, day: date, pool: str = "") -> DayRules:
        """The rules of a day under its terms.  Raises BadDate for the last day there is."""
        if day == date.max:
            raise BadDate(day, "no day follows on which its yield could be paid")
        rate = (terms.daily_rate() / terms.parts).as_integer_ratio()
        return cls(terms.interval, rate, pool, tuple(payouts_cut_on(terms, day + _DAY)))

    def payout(self, registered_on: str) -> str:
        """When an interval is paid whose last day this is; empty where none ends."""
        known = self._payouts.get(registered_on)
        if known is None:
            since = parse_date(registered_on)
            paid_on = (paid_on for end, paid_on in self.ends if is_interval_end(since, self.interval, end))
            known = self._payouts[registered_on] = next((day.isoformat() for day in paid_on), "")
        return known


class YieldState(NamedTuple):
    """A client's accrual: the exact sum, what was posted of it, what is due and from which day.

    The exact sum is numerator / denominator in lowest terms: plain ints in a tuple, since this is the one
    place that runs for every client every day.  `balance_days` weighs the client in the pool that began
    on `pool`.
    """

    registered_on: str
    numerator: int = 0
    denominator: int = 1
    paid: int = 0
    due: int = 0
    pay_on: str = ""
    pool: str = ""
    balance_days: int = 0

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> YieldState:
        """What `as_data` made."""
        numerator, _, denominator = data["earned"].partition("/")
        get = data.get
        return cls(
            data["registered_on"], int(numerator), int(denominator), data["paid"],
            get("due", 0), get("pay_on", ""), get("pool", ""), get("balance_days", 0),
        )  # fmt: skip

    def as_data(self) -> dict[str, Any]:
        """Plain data for a record; what is empty is left out."""
        data: dict[str, Any] = {
            "registered_on": self.registered_on,
            "earned": f"{self.numerator}/{self.denominator}",
            "paid": self.paid,
        }
        if self.due:
            data["due"], data["pay_on"] = self.due, self.pay_on
        if self.pool:
            data["pool"], data["balance_days"] = self.pool, self.balance_days
        return data

    @classmethod
    def from_json(cls, text: str) -> YieldState:
        """What `as_json` wrote."""
        return cls.from_data(_read(text)[0])

    def as_json(self) -> str:
        """The data of a record as canonical JSON, without a detour through it."""
        weight = f'"balance_days":{self.balance_days},' if self.pool else ""
        due, pay_on = (f'"due":{self.due},', f'"pay_on":"{self.pay_on}",') if self.due else ("", "")
        pool = f'"pool":"{self.pool}",' if self.pool else ""
        earned = f'"earned":"{self.numerator}/{self.denominator}","paid":{self.paid},'
        return f'{{{weight}{due}{earned}{pay_on}{pool}"registered_on":"{self.registered_on}"}}'

    def record(self, pocket: str, version: int) -> Record:
        """A version of a client's accrual, by the path of the yield pocket."""
        return Record(ACCRUAL, pocket, JsonData(self.as_json()), version)

    @property
    def earned(self) -> Fraction:
        """The exact sum."""
        return Fraction(self.numerator, self.denominator)

    def payable(self, on: str) -> int:
        """What is due on a day."""
        return self.due if self.pay_on <= on else 0

    def unpaid(self) -> int:
        """All that is earned and not posted, rounded half up."""
        return _rounded(self.numerator, self.denominator) - self.paid

    def closed(self, day: DayRules, balance: int, payment: int = 0) -> YieldState:
        """After a day that paid all that was due, or nothing, and ended with this eligible balance."""
        numerator, denominator, paid = self.numerator, self.denominator, self.paid + payment
        due, pay_on = (0, "") if payment else (self.due, self.pay_on)
        pool, balance_days = self.pool, self.balance_days
        if balance:
            if day.rate[0]:
                numerator, denominator = _sum(numerator, denominator, balance * day.rate[0], day.rate[1])
            if day.pool:
                pool, balance_days = day.pool, balance + (balance_days if pool == day.pool else 0)
        if end := day.payout(self.registered_on):
            due = max(_rounded(numerator, denominator) - paid, 0)
            pay_on = _earlier(pay_on, end) if due else ""
        return YieldState(self.registered_on, numerator, denominator, paid, due, pay_on, pool, balance_days)

    def shared(self, share: int, pay_on: str) -> YieldState:
        """With a share of a pool, due from `pay_on`, less what was posted too much before."""
        after = self._replace(numerator=self.numerator + share * self.denominator)
        due = max(min(self.due + share, after.unpaid()), 0)
        return after._replace(due=due, pay_on=_earlier(self.pay_on, pay_on) if due else "")

    def revised(self, change: Fraction, ended: Fraction, *, even: bool, on: str) -> YieldState:
        """With a change of the exact sum that became known on a day, of which `ended` is in ended intervals.

        What that adds is due at once, never more than the exact sum; all of it where the last closed day
        ended an interval (`even`).
        """
        numerator, denominator = (self.earned + change).as_integer_ratio()
        after = self._replace(numerator=numerator, denominator=denominator)
        due = max(after.unpaid() if even else min(self.due + floor(ended), after.unpaid()), 0)
        return after._replace(due=due, pay_on=(self.pay_on or on) if due else "")

    def gave_back(self, amount: int) -> YieldState:
        """After yield that was posted too much went back to the reserve."""
        return self._replace(paid=self.paid - amount)

    def weighed(self, pool: str, more: int) -> YieldState:
        """With more, or less, weight in a pool."""
        days = max(more + (self.balance_days if self.pool == pool else 0), 0)
        return self._replace(pool=pool if days else "", balance_days=days)

    def settled(self) -> YieldState:
        """After everything earned was paid at once; the exact remainder is gone."""
        paid = self.paid + self.unpaid()
        return YieldState(self.registered_on, numerator=paid, paid=paid)


def accrual_of(books: Books, pocket: AccountPath) -> tuple[int, YieldState]:
    """Version and state of the accrual that a yield pocket has; raises NotFound."""
    record = existing(books, ACCRUAL, pocket)
    return record.version, YieldState.from_data(record.data)


def _rounded(numerator: int, denominator: int) -> int:
    """Half up; nothing here is negative."""
    return (2 * numerator + denominator) // (2 * denominator)


def _sum(numerator: int, denominator: int, more: int, parts: int) -> tuple[int, int]:
    """A sum of two fractions in lowest terms."""
    numerator, denominator = numerator * parts + more * denominator, denominator * parts
    divisor = gcd(numerator, denominator)
    return numerator // divisor, denominator // divisor


def _earlier(pay_on: str, other: str) -> str:
    """What is not paid yet keeps its day, so that what was carried over is retried first."""
    return min(pay_on or other, other)
