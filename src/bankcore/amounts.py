"""Exact amounts: whole numbers of a unit's smallest part.

>>> price = Amount.parse("1,234.56", Unit("CNY/2"))
>>> price.quantity, str(price), price.decimal()
(123456, '1,234.56 CNY', '1234.56')
>>> [str(part) for part in Amount(100, Unit("CNY/2")).split(3)]
['0.34 CNY', '0.33 CNY', '0.33 CNY']
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from math import lcm

from attrs import frozen

from bankcore.errors import AmountOverflow, BadAmount, BadTerms, UnitMismatch
from bankcore.units import Unit

__all__ = ["MAX_QUANTITY", "MIN_QUANTITY", "Amount", "check_quantity", "largest_remainder"]

MIN_QUANTITY = -(2**63)
MAX_QUANTITY = 2**63 - 1

_PRINTABLE_BITS = 1_000  # Python refuses to print ints beyond 4300 digits, even in an error
_MAX_PARTS = 1_000_000
_LONGEST = 64  # characters; the longest amount in 64 bits needs 40
_PATTERN = re.compile(r"([+-]?)([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.([0-9]+))?(?: ([A-Z][A-Z0-9]{0,11}))?")


def check_quantity(value: object) -> int:
    """The value itself, if it is an int of signed 64 bits.

    Raises BadAmount on any other type (bool and float too), AmountOverflow beyond 64 bits.

    >>> check_quantity(-5)
    -5
    """
    if type(value) is not int:
        raise BadAmount(value, f"a quantity is an int, not {type(value).__name__}")
    if not MIN_QUANTITY <= value <= MAX_QUANTITY:
        if value.bit_length() > _PRINTABLE_BITS:
            raise BadAmount("an int", f"{value.bit_length()} bits are too many")
        raise AmountOverflow(value)
    return value


@frozen
class Amount:
    """A quantity of a unit's smallest parts, such as 123456 fen of CNY/2.

    The constructor takes an int only and trusts its size; text from outside goes through `parse`, an int
    through `check_quantity`.  Arithmetic and comparison between two units raise UnitMismatch, with anything
    that is not an Amount BadAmount, and a result beyond signed 64 bits AmountOverflow.
    """

    quantity: int
    unit: Unit

    def __attrs_post_init__(self) -> None:
        if type(self.quantity) is not int:
            check_quantity(self.quantity)

    @classmethod
    def parse(cls, text: str, unit: Unit | str) -> Amount:
        """Read "1234.5", "-1,234.56" or "1,234.56 CNY" exactly.

        Raises BadAmount for any other text or more decimals than the unit has, UnitMismatch
        where the text names another code, AmountOverflow beyond 64 bits.
        """
        unit = Unit(unit)
        if not isinstance(text, str):
            raise BadAmount(text, f"an amount is read from text, not {type(text).__name__}")
        if len(text) > _LONGEST:
            raise BadAmount(text[:20] + "…", f"{len(text)} characters are too many")
        match = _PATTERN.fullmatch(text)
        if match is None:
            raise BadAmount(text, "write plain digits such as 1234.56 or 1,234.56")
        sign, whole, decimals, code = match.groups(default="")
        if code and code != unit.code:
            raise UnitMismatch(unit.code, code, "amount")
        if len(decimals) > unit.scale:
            raise BadAmount(text, f"{unit} has {unit.scale} decimals")
        quantity = int(whole.replace(",", "") + decimals.ljust(unit.scale, "0"))
        return cls(check_quantity(-quantity if sign == "-" else quantity), unit)

    def decimal(self) -> str:
        """Plain decimal text without separators or code: "1234.56"."""
        return self._text("")

    def __str__(self) -> str:
        return f"{self._text(',')} {self.unit.code}"

    def _text(self, separator: str) -> str:
        scale = self.unit.scale
        whole, part = divmod(abs(self.quantity), 10**scale)
        sign = "-" if self.quantity < 0 else ""
        return f"{sign}{whole:{separator}}.{part:0{scale}}" if scale else f"{sign}{whole:{separator}}"

    def __bool__(self) -> bool:
        return self.quantity != 0

    def __neg__(self) -> Amount:
        return Amount(check_quantity(-self.quantity), self.unit)

    def __add__(self, other: Amount) -> Amount:
        return Amount(check_quantity(self.quantity + self._peer(other)), self.unit)

    def __sub__(self, other: Amount) -> Amount:
        return Amount(check_quantity(self.quantity - self._peer(other)), self.unit)

    def __lt__(self, other: Amount) -> bool:
        return self.quantity < self._peer(other)

    def __le__(self, other: Amount) -> bool:
        return self.quantity <= self._peer(other)

    def __gt__(self, other: Amount) -> bool:
        return self.quantity > self._peer(other)

    def __ge__(self, other: Amount) -> bool:
        return self.quantity >= self._peer(other)

    def _peer(self, other: Amount) -> int:
        """The other's quantity, after checking that it is an Amount of the same unit."""
        if not isinstance(other, Amount):
            raise BadAmount(other, f"an Amount in {self.unit} is needed, not {type(other).__name__}")
        if other.unit is not self.unit and other.unit != self.unit:
            raise UnitMismatch(self.unit, other.unit, "amount")
        return other.quantity

    def split(self, parts: int) -> tuple[Amount, ...]:
        """Equal parts that sum to the amount; the first ones get the odd units.

        Raises BadTerms unless `parts` is an int from 1 to 1,000,000.
        """
        if type(parts) is not int or not 1 <= parts <= _MAX_PARTS:
            raise BadTerms("parts", f"an int from 1 to {_MAX_PARTS} is needed")
        each, odd = divmod(abs(self.quantity), parts)
        sign = -1 if self.quantity < 0 else 1
        more, less = Amount(sign * (each + 1), self.unit), Amount(sign * each, self.unit)
        return (more,) * odd + (less,) * (parts - odd)

    def allocate(self, weights: Sequence[int | Fraction]) -> tuple[Amount, ...]:
        """Parts in proportion to the weights that sum to the amount, by largest remainder.

        Raises BadTerms on weights that `largest_remainder` refuses.
        """
        return tuple(Amount(part, self.unit) for part in largest_remainder(self.quantity, weights))


def largest_remainder(total: int, weights: Sequence[int | Fraction]) -> list[int]:
    """Divide a whole number by weights (Hamilton's method): floors first, then one more to the
    largest fractional parts, ties in list order.  A negative total mirrors the positive one.

    Raises BadAmount unless the total is an int, BadTerms unless the weights are ints or Fractions, none
    negative, one positive.

    >>> largest_remainder(100, [1, 1, 1])
    [34, 33, 33]
    >>> largest_remainder(-100, [1, 1, 1])
    [-34, -33, -33]
    """
    if type(total) is not int:
        raise BadAmount(total, f"a quantity is an int, not {type(total).__name__}")
    if not isinstance(weights, Sequence):
        raise BadTerms("weights", f"a sequence is needed, not {type(weights).__name__}")
    for weight in weights:
        if type(weight) not in (int, Fraction) or weight < 0:
            raise BadTerms("weights", "ints or Fractions of at least 0 are needed")
    denominator = lcm(*(weight.denominator for weight in weights))
    scaled = [int(weight * denominator) for weight in weights]
    whole = sum(scaled)
    if not whole:
        raise BadTerms("weights", "at least one positive weight is needed")
    shares = [divmod(abs(total) * weight, whole) for weight in scaled]
    parts = [floor for floor, _ in shares]
    by_remainder = sorted(range(len(shares)), key=lambda index: -shares[index][1])
    for index in by_remainder[: abs(total) - sum(parts)]:
        parts[index] += 1
    return [-part for part in parts] if total < 0 else parts
