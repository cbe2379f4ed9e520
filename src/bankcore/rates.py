"""Exact rates, named rounding, tiers, and accruals that carry their remainder.

>>> Rate.parse("4.30%").fraction, str(Rate.parse("43/1000")), str(Rate.parse("1/3"))
(Fraction(43, 1000), '4.3%', '1/3')
>>> round_half_up(Fraction(5, 2)), round_half_up(Fraction(-5, 2)), round_down(Fraction(5, 2))
(3, -3, 2)
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from decimal import Context
from enum import Enum
from fractions import Fraction
from itertools import pairwise
from math import lcm
from operator import itemgetter
from typing import NoReturn, Self

from attrs import field, frozen

from bankcore.amounts import check_quantity
from bankcore.errors import BadAmount, BadRate, BadTerms, UnknownName

__all__ = [
    "Accrual",
    "Rate",
    "Share",
    "TierMode",
    "Tiers",
    "annuity_payment",
    "compound_factor",
    "fraction_text",
    "level_payment",
    "parse_fraction",
    "round_down",
    "round_half_up",
]

_MAX_BITS = 6_000  # of a numerator or denominator, so that its text stays under _LONGEST
_LONGEST = 4_000  # characters; int() itself refuses more than 4300 digits
_MAX_PERIODS = 36_600  # a century of days
_MAX_POWER_BITS = 1_000_000  # of a compounded factor; beyond, reducing it takes seconds
_MOST_DECIMALS = 12  # a percentage with more is shown as a fraction
_RATIO = re.compile(r"([+-]?[0-9]+)/([0-9]+)")
_DECIMAL = re.compile(r"([+-]?[0-9]+)(?:\.([0-9]+))?([%‰]?)")
_SIGNS = {"": 0, "%": 2, "‰": 3}


# --- rounding -------------------------------------------------------------------------------------


def round_half_up(value: Fraction | int) -> int:
    """The nearest int, halves away from zero (四舍五入).  Raises BadAmount unless exact."""
    _check_exact(value)
    numerator, denominator = value.numerator, value.denominator
    if numerator < 0:
        return -((denominator - 2 * numerator) // (2 * denominator))
    return (denominator + 2 * numerator) // (2 * denominator)


def round_down(value: Fraction | int) -> int:
    """The floor: the largest int not above the value.  Raises BadAmount unless exact."""
    _check_exact(value)
    return value.numerator // value.denominator


def _check_exact(value: object) -> None:
    if type(value) is not Fraction and type(value) is not int:
        raise BadAmount(value, f"an exact Fraction or int is needed, not {type(value).__name__}")


# --- text -----------------------------------------------------------------------------------------


def fraction_text(value: Fraction | int) -> str:
    """The exact text "numerator/denominator" in lowest terms, for storage.

    Raises BadAmount unless exact, BadRate beyond some 1,800 digits.

    >>> fraction_text(Fraction(-6, 4))
    '-3/2'
    """
    _check_exact(value)
    _check_size(value)
    return f"{value.numerator}/{value.denominator}"


def parse_fraction(text: str) -> Fraction:
    """Read the text that `fraction_text` wrote.  Raises BadRate for any other text.

    >>> parse_fraction("1/3")
    Fraction(1, 3)
    """
    _check_text(text)
    match = _RATIO.fullmatch(text)
    if match is None:
        raise BadRate(text[:40], "write numerator/denominator in plain digits")
    return _ratio(text, *match.groups())


def _ratio(text: str, numerator: str, denominator: str) -> Fraction:
    if not int(denominator):
        raise BadRate(text[:40], "the denominator is 0")
    return Fraction(int(numerator), int(denominator))


def _check_text(text: object) -> None:
    if not isinstance(text, str):
        raise BadRate(text, f"exact text is needed, not {type(text).__name__}")
    if len(text) > _LONGEST:
        raise BadRate(text[:20] + "…", f"{len(text)} characters are too many")


def _check_size(value: Fraction | int) -> None:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > _MAX_BITS:
        raise BadRate("a fraction", f"it needs more than {_MAX_BITS} bits")


# --- rates ----------------------------------------------------------------------------------------


def _fraction(value: Fraction | int) -> Fraction:
    if type(value) is not Fraction and type(value) is not int:
        raise BadRate(value, f"a Fraction is needed, not {type(value).__name__}")
    _check_size(value)
    return Fraction(value)


@frozen
class Rate:
    """An exact proportion, such as a yearly interest rate or a fee; 43/1000 is 4.3%.

    Raises BadRate unless created from a Fraction or an int.
    """

    fraction: Fraction = field(converter=_fraction)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "4.30%", "3‰", "0.043" or "43/1000" exactly.  Raises BadRate for any other text."""
        _check_text(text)
        if match := _RATIO.fullmatch(text):
            return cls(_ratio(text, *match.groups()))
        match = _DECIMAL.fullmatch(text)
        if match is None:
            raise BadRate(text[:40], "write 4.3%, 3‰, 0.043 or 43/1000")
        whole, decimals, sign = match.groups(default="")
        return cls(Fraction(int(whole + decimals), 10 ** (len(decimals) + _SIGNS[sign])))

    def __str__(self) -> str:
        for decimals in range(_MOST_DECIMALS + 1):
            scaled = self.fraction * 10 ** (decimals + 2)
            if scaled.denominator == 1:
                whole, part = divmod(abs(scaled.numerator), 10**decimals)
                sign = "-" if scaled < 0 else ""
                return f"{sign}{whole}.{part:0{decimals}}%" if decimals else f"{sign}{whole}%"
        return fraction_text(self.fraction)


@frozen
class Share(Rate):
    """A Rate from 0 to 1: a part of a whole.  Raises BadRate outside.

    >>> str(Share.parse("25%"))
    '25%'
    """

    def __attrs_post_init__(self) -> None:
        if not 0 <= self.fraction <= 1:
            raise BadRate(str(self), "a share is between 0 and 1")


# --- tiers ----------------------------------------------------------------------------------------


class TierMode(Enum):
    """Whether the tier's rate applies to the whole quantity, or each slice earns its own rate.

    >>> [mode.value for mode in TierMode]
    ['whole', 'marginal']
    """

    WHOLE = "whole"
    MARGINAL = "marginal"

    @classmethod
    def _missing_(cls, value: object) -> NoReturn:
        raise UnknownName("tier mode", str(value)[:40], ", ".join(each.value for each in cls))


@frozen
class Tiers:
    """Rates by quantity: each step applies from its start up to, not including, the start of the next.

    >>> tiers = Tiers.of([(0, "0"), (50_000, "3%"), (100_000, "5%")])
    >>> str(tiers.rate_for(49_999)), str(tiers.rate_for(50_000)), tiers.apply(100_000)
    ('0%', '3%', Fraction(5000, 1))
    >>> Tiers.of([(0, "0"), (50_000, "3%")], mode="marginal").apply(60_000)
    Fraction(300, 1)
    """

    steps: tuple[tuple[int, Rate], ...]
    mode: TierMode = TierMode.WHOLE

    @classmethod
    def of(cls, steps: Iterable[tuple[int, Rate | str]], mode: TierMode | str = TierMode.WHOLE) -> Tiers:
        """Steps of (start in minor units, rate), the first from 0, starts strictly rising.

        Raises BadTerms where the steps leave a gap, overlap or are not pairs, BadAmount or
        AmountOverflow for a start, BadRate for a rate, UnknownName for a mode.
        """
        if not isinstance(steps, Iterable):
            raise BadTerms("tiers", "a list of pairs is needed")
        read = tuple(_step(step) for step in steps)
        starts = [start for start, _ in read]
        if not starts or starts[0] != 0:
            raise BadTerms("tiers", "the first tier starts at 0")
        if any(low >= high for low, high in pairwise(starts)):
            raise BadTerms("tiers", f"starts must rise: {starts}")
        return cls(read, TierMode(mode))

    def rate_for(self, quantity: int) -> Rate:
        """The rate of the tier for the quantity.  Raises BadAmount below 0."""
        return self.steps[self._index(quantity)][1]

    def apply(self, quantity: int) -> Fraction:
        """The exact yield of the quantity, not rounded.  Raises BadAmount below 0."""
        last = self._index(quantity)
        if self.mode is TierMode.WHOLE:
            return quantity * self.steps[last][1].fraction
        ends = [start for start, _ in self.steps[1 : last + 1]] + [quantity]
        slices = zip(ends, self.steps, strict=False)
        return sum(((end - start) * rate.fraction for end, (start, rate) in slices), Fraction(0))

    def _index(self, quantity: int) -> int:
        if check_quantity(quantity) < 0:
            raise BadAmount(quantity, "tiers begin at 0")
        return bisect_right(self.steps, quantity, key=itemgetter(0)) - 1


def _step(step: tuple[int, Rate | str]) -> tuple[int, Rate]:
    if not isinstance(step, (tuple, list)) or len(step) != 2:
        raise BadTerms("tiers", "each tier is a pair of start and rate")
    start, rate = step
    return check_quantity(start), rate if isinstance(rate, Rate) else Rate.parse(rate)


# --- accrual --------------------------------------------------------------------------------------


@frozen
class Accrual:
    """A stream of exact amounts of which only whole units are posted; the rest is carried.

    After every posting the posted sum is the rounded exact sum, so accruing by day, by month or
    at once gives the same total.

    >>> accrual = Accrual().add(Fraction(29, 2))
    >>> accrual, due = accrual.post()
    >>> due, accrual.add(Fraction(29, 2)).due()
    (15, 14)
    """

    exact: Fraction = Fraction(0)
    posted: int = 0

    def add(self, amount: Fraction | int) -> Accrual:
        """The accrual with one more exact amount.  Raises BadAmount unless exact."""
        _check_exact(amount)
        return Accrual(self.exact + amount, self.posted)

    def due(self) -> int:
        """The amount to post now, in whole units; negative after a downward correction."""
        return round_half_up(self.exact) - self.posted

    def post(self) -> tuple[Accrual, int]:
        """The accrual with its due amount posted, and that amount."""
        due = self.due()
        return Accrual(self.exact, self.posted + due), due


# --- loans and compounding ------------------------------------------------------------------------


def annuity_payment(principal: int, rate_per_period: Fraction, periods: int) -> Fraction:
    """The level payment (等额本息) at the end of each period that repays the principal, exact.

    Raises BadTerms for periods other than 1 to 36,600, BadAmount unless the rest is exact.

    >>> round_half_up(annuity_payment(10_000_000, Fraction(435, 120_000), 12))
    853099
    """
    if type(periods) is not int or not 1 <= periods <= _MAX_PERIODS:
        raise BadTerms("periods", f"an int from 1 to {_MAX_PERIODS} is needed")
    _check_exact(principal)
    _check_exact(rate_per_period)
    if not rate_per_period:
        return Fraction(principal, periods)
    growth = compound_factor(Fraction(rate_per_period), periods)
    return principal * rate_per_period * growth / (growth - 1)


def level_payment(principal: int, rates: Sequence[Fraction]) -> Fraction:
    """The level payment (等额本息) at the end of each of some periods, which have rates of their own, exact.

    It is the principal over the sum of the discount products, 1/(1 + r1) + 1/((1 + r1)(1 + r2)) and so on.
    Raises BadTerms on other than 1 to 36,600 rates or rates below 0, BadAmount unless all is exact.

    >>> round_half_up(level_payment(10_000_000, [Fraction(435, 120_000)] * 12))
    853099
    """
    if not 1 <= len(rates) <= _MAX_PERIODS:
        raise BadTerms("periods", f"from 1 to {_MAX_PERIODS} is allowed")
    _check_exact(principal)
    for rate in rates:
        _check_exact(rate)
    if min(rates) < 0:
        raise BadTerms("rate", "at least 0% is needed")
    whole = lcm(*(rate.denominator for rate in rates))
    if len(rates) * whole.bit_length() > _MAX_POWER_BITS:
        raise BadTerms("rate", f"too fine to compound {len(rates)} times")
    growth, worth, unit = 1, 0, 1  # numerators over `unit`: of 1 so far, and of 1 paid at each end
    for rate in rates:
        grown, unit = whole + rate.numerator * (whole // rate.denominator), unit * whole
        growth, worth = growth * grown, worth * grown + unit
    return Fraction(principal * growth, worth)


def compound_factor(rate_per_period: Fraction, periods: Fraction | int) -> Fraction:
    """The compound factor (1 + rate) ** periods.

    Exact for whole periods; otherwise a root, which is irrational, to 50 significant digits.
    Raises BadTerms for a rate of -1 or less or periods outside 0 to 36,600, BadAmount unless exact.

    >>> compound_factor(Fraction(1, 10), 3)
    Fraction(1331, 1000)
    """
    _check_exact(rate_per_period)
    _check_exact(periods)
    if rate_per_period <= -1:
        raise BadTerms("rate", "more than -100% is needed")
    if not 0 <= periods <= _MAX_PERIODS:
        raise BadTerms("periods", f"from 0 to {_MAX_PERIODS} is allowed")
    base = 1 + Fraction(rate_per_period)
    if periods * max(map(int.bit_length, base.as_integer_ratio())) > _MAX_POWER_BITS:
        raise BadTerms("rate", f"too fine to compound {round_down(periods)} times")
    if periods.denominator == 1:
        return Fraction(base**periods.numerator)
    context = Context(prec=60)
    decimal = context.divide(*map(context.create_decimal, base.as_integer_ratio()))
    exponent = context.divide(*map(context.create_decimal, periods.as_integer_ratio()))
    return Fraction(context.power(decimal, exponent))
