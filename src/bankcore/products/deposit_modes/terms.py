"""What a deposit mode is: data that the bank edits.

>>> terms = ModeTerms.from_data({"fill": "receipts", "interest": "agreed", "uses": ["guarantees"]})
>>> str(terms.share.usual), str(terms.share.most), terms.usual().target
('10%', '50%', 10000000)
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from enum import Enum
from fractions import Fraction

from attrs import frozen

from bankcore.calendars import Roll
from bankcore.errors import BadTerms
from bankcore.product import term
from bankcore.product.accruals import Accrue, accrue_term
from bankcore.product.business_days import PastCalendar, past_calendar_term
from bankcore.product.term import early_rate
from bankcore.product.terms import Terms
from bankcore.products.deposit_modes.choices import Choices, Release, Rollover, Sweep
from bankcore.products.deposit_modes.parameters import (
    Bounds,
    amounts,
    counts,
    shares,
    words,
)
from bankcore.rates import Rate

__all__ = [
    "STRUCTURE", "EarlyEnd", "Fill", "Interest", "Measure", "ModeTerms", "Profile", "Use",
]  # fmt: skip


class Fill(Enum):
    """How money comes into a mode."""

    RECEIPTS = "receipts"  # a share of each sale receipt, up to a target
    TOP_UPS = "top-ups"  # by hand
    IDLE = "idle"  # what the demand account holds over a floor
    FIXED = "fixed"  # a fixed sum when the mode is opened
    ENTITLEMENTS = "entitlements"  # no money: entitlements in lots


class Interest(Enum):
    """What the money earns."""

    AGREED = "agreed"  # 协定存款: the demand rate up to a quota, another on the excess
    NOTICE = "notice"  # 通知存款: a rate of its own if notice was given
    TERM = "term"  # 定期存款: by a ladder of terms
    NONE = "none"


class Use(Enum):
    """What the money may be used for before the mode ends."""

    ORDERS = "orders"  # escrow of platform orders
    CLAIMS = "claims"  # damage claims
    FREIGHT = "freight"
    GUARANTEES = "guarantees"  # refunds to buyers
    WITHDRAWALS = "withdrawals"  # anything: back to the demand account


class Measure(Enum):
    """What a mode's share of trade is, from which it is recommended."""

    RECEIPTS = "receipts"  # of the turnover
    PAYMENTS = "payments"  # on the platform, of the turnover
    FREIGHT = "freight"  # of the payments
    BALANCE = "balance"  # mean balance over the quota, of the quota
    TRADES = "trades"  # of thirty
    REBATE = "rebate"  # entitlements not used, of 1,000
    NONE = "none"  # never recommended


class EarlyEnd(Enum):
    """What ending early comes to; the interest is the demand rate's in every case."""

    DEMAND = "demand"
    CLAW_BACK = "claw-back"  # and the fee discounts used are taken back
    EXPIRY = "expiry"  # lots run on until they expire


class Profile(Enum):
    """Legal profiles: the Chinese ones have least withdrawals and forbid rewards for deposits."""

    NONE = "none"
    CN = "cn"  # companies
    CN_PERSON = "cn-person"  # sole traders


_LEAST_WITHDRAWAL = {Profile.NONE: 0, Profile.CN: 100_000, Profile.CN_PERSON: 50_000}  # whole units
_PAIRS = {  # which interest suits which way to fill
    Interest.AGREED: (Fill.RECEIPTS, Fill.TOP_UPS),
    Interest.NOTICE: (Fill.TOP_UPS,),
    Interest.TERM: (Fill.IDLE, Fill.FIXED),
    Interest.NONE: (Fill.RECEIPTS, Fill.TOP_UPS, Fill.ENTITLEMENTS),
}
_ROLLS = (Roll.CALENDAR, Roll.FOLLOWING, Roll.PRECEDING)
_MOST = 1_000_000_000_00
STRUCTURE = ("unit", "fill", "uses", "interest", "early_end", "accrue")  # what no later version changes


@frozen(kw_only=True)
class ModeTerms(Terms):
    """One mode as the bank offers it; amounts are minor units of `unit`, defaults those of CNY/2.

    What a customer may change is given as [usual, least, most], or as a list of words of which the
    first is usual.  Raises BadTerms for a value out of bounds or parts that do not go together,
    SteppedEarlyRate for a table of early-exit rates.
    """

    profile: Profile = term.choice(Profile.NONE, "legal profile")
    fill: Fill = term.choice(Fill.TOP_UPS, "how money comes in")
    uses: tuple[Use, ...] = words((Use.WITHDRAWALS,), "what the money may be used for")
    interest: Interest = term.choice(Interest.NONE, "what the money earns")
    accrue: Accrue = accrue_term()
    early_end: EarlyEnd = term.choice(EarlyEnd.DEMAND, "what an early end comes to")
    early_rate: str = early_rate("what early ends and early exits earn: demand")
    share: Bounds = shares("10%", "0%", "50%", "share of each receipt that is set aside")
    target: Bounds = amounts(100_000_00, 1, _MOST, "total that is set aside")
    release: tuple[Release, ...] = words((Release.HAND, Release.DATE), "ways to release", least=1)
    release_months: Bounds = counts(12, 0, 60, "months until money is released")
    quota: Bounds = amounts(500_000_00, 0, _MOST, "what earns the demand rate only")
    demand_rate: Rate = term.rate("0.35%", "5%", "yearly demand rate, 0 to 5%")
    excess_rate: Rate = term.rate("1.15%", "15%", "yearly rate of what is over the quota")
    notice_rate: Rate = term.rate("1.35%", "15%", "yearly rate of money withdrawn with notice")
    notice_days: int = term.count(7, 1, 7, "days of notice, 1 or 7")
    least_withdrawal: int = term.amount(0, "least withdrawal, unless all is withdrawn")
    ladder: tuple[tuple[int, Rate], ...] = term.ladder([], "yearly rates as [months, rate]")
    floor: Bounds = amounts(100_000_00, 0, _MOST, "what stays on the demand account")
    step: int = term.amount(10_000_00, "idle money is placed in multiples of this", least=1)
    sum: Bounds = amounts(20_000_00, 1_000_00, _MOST, "the fixed sum")
    rollover: tuple[Rollover, ...] = words(tuple(Rollover), "what goes into a new deposit", least=1)
    sweep: tuple[Sweep, ...] = words(tuple(Sweep), "when idle money is placed", least=1)
    roll: Roll = term.choice(Roll.CALENDAR, "when is paid what matures on no business day", _ROLLS)
    calendar: str = term.calendar("WEEKENDS", "business calendar")
    past_calendar: PastCalendar = past_calendar_term()
    discount: Rate = term.rate("0%", "100%", "discount on the platform's fee")
    measure: Measure = term.choice(Measure.NONE, "share of trade by which it is recommended")

    def __attrs_post_init__(self) -> None:
        for name, reason in self._contradictions():
            raise BadTerms(name, reason)

    def usual(self) -> Choices:
        """What a customer has who chooses nothing."""
        names = ("share", "target", "quota", "floor", "sum", "release_months")
        return Choices(
            unit=self.unit,
            months=tuple(term for term, _ in self.ladder),
            release=self.release[0],
            rollover=self.rollover[0],
            sweep=self.sweep[0],
            **{name: getattr(self, name).usual for name in names},
        )

    def beyond(self, choices: Choices) -> Iterator[tuple[str, str]]:
        """Each choice beyond the bounds, and what they are."""
        plain, limits = choices.as_data(), self.as_data()
        for name in ("share", "target", "quota", "floor", "sum", "release_months"):
            if not getattr(self, name).admits(getattr(choices, name)):
                yield name, f"{plain[name]} is not from {limits[name][1]} to {limits[name][2]}"
        for name in ("release", "rollover", "sweep"):
            if getattr(choices, name) not in getattr(self, name):
                yield name, f"{plain[name]} is none of {', '.join(limits[name])}"

    def rate_for(self, term: int) -> Rate:
        """The rate of a term in months; raises BadTerms where the bank quotes none."""
        rates = dict(self.ladder)
        if term in rates:
            return rates[term]
        raise BadTerms("months", f"no rate is quoted for {term} months")

    def notice_by(self, day: date) -> date:
        """The last day on which notice for a day can be given."""
        return day - timedelta(days=min(self.notice_days, (day - date.min).days))

    @property
    def withdrawal(self) -> int:
        """The least withdrawal in minor units, that of the profile at least."""
        least: int = _LEAST_WITHDRAWAL[self.profile] * 10**self.unit.scale
        return max(self.least_withdrawal, least)

    def _contradictions(self) -> Iterator[tuple[str, str]]:
        if self.fill not in _PAIRS[self.interest]:
            yield "interest", f"{self.interest.value} does not go with {self.fill.value}"
        if (self.fill is Fill.ENTITLEMENTS) is not (self.early_end is EarlyEnd.EXPIRY):
            yield "early_end", "expiry goes with entitlements, and only with them"
        if self.uses and (self.interest is Interest.TERM or self.fill is Fill.ENTITLEMENTS):
            yield "uses", "what is placed for a term is used for nothing until its end"
        if (self.interest is Interest.TERM) is not bool(self.ladder):
            yield "ladder", "a ladder of rates goes with term interest, and only with it"
        if self.fill is Fill.FIXED and len(self.ladder) != 1:
            yield "ladder", "a fixed sum has one term"
        if self.notice_days not in (1, 7):
            yield "notice_days", "1 or 7 is needed"
        if self.discount.fraction and self.early_end is not EarlyEnd.CLAW_BACK:
            yield "discount", "discounts go with an early end that claws them back"
        if self.discount.fraction and self.profile is not Profile.NONE:
            yield "discount", f"the profile {self.profile.value} forbids rewards for deposits"
        if self.demand_rate.fraction > min(self._better(), default=Fraction(1)):
            yield "demand_rate", "ending early would earn more than waiting"

    def _better(self) -> list[Fraction]:
        """The rates of those who wait."""
        better = {
            Interest.AGREED: [self.excess_rate],
            Interest.NOTICE: [self.notice_rate],
            Interest.TERM: [rate for _, rate in self.ladder],
        }
        return [rate.fraction for rate in better.get(self.interest, [])]
