"""The terms of a wealth programme: every parameter with its default and its bounds.

>>> terms = WalletTerms.from_data({"threshold": "0", "yield_rate": "4.30%", "sweep": "until"})
>>> terms.threshold, str(terms.yield_rate), terms.as_data()["preset"]
(0, '4.3%', '20000.00')
>>> WalletTerms().bonus(999_99), WalletTerms().bonus(1_000_00)
(3000, 5000)
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import Enum
from fractions import Fraction
from typing import Any

from attrs import frozen

from bankcore.calendars import DayCount, Period, Roll, add_months
from bankcore.product import term
from bankcore.products.wallet.parameters import bonus_tiers, interval, pockets
from bankcore.rates import Rate, TierMode, Tiers, round_half_up
from bankcore.units import Unit

__all__ = ["Profile", "Settlement", "SweepMode", "WalletTerms", "YieldMode"]


class SweepMode(Enum):
    """How a low reserve is filled from the service fund."""

    ONCE = "once"  # one preset amount
    UNTIL = "until"  # preset amounts while below the threshold
    TOP_UP = "top-up"  # exactly to the threshold


class YieldMode(Enum):
    """Whether yield follows a rate or divides declared pools."""

    RATE = "rate"
    POOL = "pool"


class Settlement(Enum):
    """Whether merchants are paid on command or at the close of every day."""

    MANUAL = "manual"
    DAILY = "daily"


class Profile(Enum):
    """Legal profiles; PREPAID_CN is the Chinese rule for prepaid cards."""

    NONE = "none"
    PREPAID_CN = "prepaid-cn"


_BASES = (DayCount.ACT_365F, DayCount.ACT_360)
_PREPAID_CAPS = {False: 5_000, True: 1_000}  # whole units, by anonymous
_PREPAID_MONTHS = 3


@frozen(kw_only=True)
class WalletTerms:
    """What operator and bank agreed; amounts are minor units of `unit`, defaults those of CNY/2.

    Raises BadTerms for a value out of bounds.
    """

    unit: Unit = term.unit("CNY/2", "unit of all amounts")
    profile: Profile = term.choice(Profile.NONE, "legal profile")
    threshold: int = term.amount(50_000_00, "the monitor sweeps while the reserve is below this")
    preset: int = term.amount(20_000_00, "amount of one sweep", least=1)
    sweep: SweepMode = term.choice(SweepMode.ONCE, "how the reserve is filled")
    partial_sweep: bool = term.flag(True, "sweep less when the service fund holds less")
    bonus_tiers: Tiers = bonus_tiers(
        [(0, "0%"), (500_00, "3%"), (1_000_00, "5%")], "bonus on a recharge, as [from, rate], 0 to 20%"
    )
    bonus_mode: TierMode = term.choice(
        TierMode.WHOLE, "whether a tier's rate covers the whole recharge or its slice"
    )
    yield_mode: YieldMode = term.choice(YieldMode.RATE, "whether yield follows a rate or declared pools")
    yield_rate: Rate = term.rate("3%", "15%", "yearly yield, 0 to 15%")
    interval: Period = interval("1D", "how often yield is paid, from registration on, 1D to 12M")
    basis: DayCount = term.choice(DayCount.ACT_365F, "days of the year for yield", _BASES)
    eligible: tuple[str, ...] = pockets("pockets that earn yield")
    roll: Roll = term.choice(Roll.CALENDAR, "where a payout goes that falls on no business day")
    calendar: str = term.calendar("WEEKENDS", "business calendar of the roll")
    merchant_fee: Rate = term.rate("0.6%", "5%", "fee on third-party sales, 0 to 5%")
    settlement: Settlement = term.choice(
        Settlement.MANUAL, "whether merchants are paid at every close of a day"
    )
    ring_fence_third_party: bool = term.flag(True, "keep third-party takings out of the service fund")
    balance_cap: int | None = term.amount(None, "most a client may hold; none for no cap")
    max_due: int | None = term.amount(None, "most offline cash not yet paid in; none for no cap")

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> WalletTerms:
        """Terms from plain data, as `term.read` does; raises BadTerms."""
        return term.read(cls, data)

    def as_data(self) -> dict[str, Any]:
        """The terms as plain data that `from_data` reads."""
        return term.written(self)

    def bonus(self, amount: int) -> int:
        """The bonus on a recharge, rounded half up."""
        return round_half_up(Tiers(self.bonus_tiers.steps, self.bonus_mode).apply(amount))

    def daily_rate(self) -> Fraction:
        """The exact yield of one minor unit for one day; 0 where pools are divided instead."""
        days = 365 if self.basis is DayCount.ACT_365F else 360
        return self.yield_rate.fraction / days if self.yield_mode is YieldMode.RATE else Fraction(0)

    def cap(self, anonymous: bool) -> int | None:
        """The most a client may hold in all pockets; None is no cap."""
        legal = _PREPAID_CAPS[anonymous] * 10**self.unit.scale if self.profile is Profile.PREPAID_CN else None
        return min((cap for cap in (self.balance_cap, legal) if cap is not None), default=None)

    def withdrawable_from(self, registered_on: date) -> date:
        """The first day on which a registered client may withdraw."""
        months = _PREPAID_MONTHS if self.profile is Profile.PREPAID_CN else 0
        return add_months(registered_on, months)

    def sweep_of(self, reserve: int, service: int) -> tuple[int, int]:
        """What the monitor moves from the service fund into the reserve, and in how many sweeps.

        >>> WalletTerms().sweep_of(50_000_00, 12_345_67), WalletTerms().sweep_of(49_999_99, 12_345_67)
        ((0, 0), (1234567, 1))
        """
        gap = self.threshold - reserve
        if gap <= 0:
            return 0, 0
        size = gap if self.sweep is SweepMode.TOP_UP else self.preset
        times = -(-gap // size) if self.sweep is SweepMode.UNTIL else 1
        amount = min(times * size, service)
        if not self.partial_sweep:
            amount -= amount % size
        return amount, -(-amount // size)
