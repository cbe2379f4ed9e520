"""The effective rate of a loan (实际利率): at which its payments are worth what was paid out.

It is irrational, so it is found to 60 decimals, in whole numbers of 10**-80 and without a float.  By it an
origination fee becomes income over the life of the loan (IFRS 9, B5.4.1).

>>> rate = effective_rate(29_550_00, [10_150_00, 10_100_00, 10_050_00])
>>> decimals(rate, 12)
'0.012658562793'
>>> carried = Carrying.begin(29_550_00, [10_150_00, 10_100_00, 10_050_00]).after(10_150_00)
>>> round_half_up(carried.amount)  # 20,000.00 less 450.00, of which 224.06 are earned
1977406
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from attrs import frozen

from bankcore.rates import fraction_text, parse_fraction, round_half_up

__all__ = ["Carrying", "decimals", "effective_rate"]

_FINE = 10**80  # of a discount factor while it is sought
_KEPT = 10**60  # of what is kept of a rate and of a carrying amount


def effective_rate(paid_out: int, payments: Sequence[int]) -> Fraction:
    """The rate of a period at which the payments, one at the end of each, are worth what was paid out.

    Exact to 60 decimals; 0 where the payments are no more than that.  Newton's method on the discount
    factor: the value of the payments is convex in it, so from 1 the steps fall to the root and never pass it
    but by rounding.
    """
    if sum(payments) <= paid_out:
        return Fraction(0)
    factor = _FINE
    while (step := _step(factor, paid_out, payments)) > 0:
        factor -= step
    return _kept(Fraction(_FINE - factor, factor))


def decimals(rate: Fraction, places: int) -> str:
    """A rate of at least 0 as decimal text, rounded half up."""
    whole, part = divmod(round_half_up(rate * 10**places), 10**places)
    return f"{whole}.{part:0{places}}"


@frozen
class Carrying:
    """What a loan is worth at its effective rate, in minor units to 60 decimals."""

    rate: Fraction
    amount: Fraction

    @classmethod
    def begin(cls, paid_out: int, payments: Sequence[int]) -> Carrying:
        """What was paid out, at the effective rate of the payments for it."""
        return cls(effective_rate(paid_out, payments), Fraction(paid_out))

    @classmethod
    def from_data(cls, data: Sequence[str]) -> Carrying:
        """What `as_data` made."""
        return cls(*map(parse_fraction, data))

    def as_data(self) -> list[str]:
        """Plain data for a record."""
        return [fraction_text(self.rate), fraction_text(self.amount)]

    def after(self, payment: int) -> Carrying:
        """A period later, with its payment taken off."""
        return Carrying(self.rate, _kept(self.amount * (1 + self.rate)) - payment)


def _step(factor: int, paid_out: int, payments: Sequence[int]) -> int:
    """How far to lower a discount factor: what the payments are worth too much, over the slope (Horner)."""
    value = slope = 0
    for payment in reversed(payments):
        slope = slope * factor // _FINE + value
        value = value * factor // _FINE + payment * _FINE
    slope = slope * factor // _FINE + value  # of value * factor
    return (value * factor // _FINE - paid_out * _FINE) * _FINE // slope


def _kept(value: Fraction) -> Fraction:
    return Fraction(round_half_up(value * _KEPT), _KEPT)
