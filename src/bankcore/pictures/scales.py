"""Scales of charts: whole numbers all the way; what a chart gets is made small enough to be drawn exactly.

An engine that draws reads numbers as JSON does, so quantities are divided by a power of ten where they are
longer than it can keep.  Only lengths on paper are made of them: every figure that is read is text of ours.

>>> ticks(0, 1_234_56, 4)
[0, 50000, 100000, 150000]
>>> ticks(-700, 300, 4)
[-1000, -500, 0, 500]
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from unicodedata import east_asian_width

from bankcore.amounts import Amount

__all__ = ["brief", "figure", "fitted", "pixels", "reduced", "ticks", "wide"]

_MOST = 10**12  # well below 2**53, up to which JSON's readers keep whole numbers
_STEPS = (1, 2, 5, 10)
_NAMES = {"en": ((9, "B"), (6, "M"), (3, "k")), "zh": ((8, "亿"), (4, "万"))}


def reduced(quantities: Iterable[int]) -> int:
    """The power of ten by which all of them are divided to be drawn.

    >>> reduced([5, -10**15]), reduced([5])
    (1000, 1)
    """
    most = max((abs(it) for it in quantities), default=0)
    divisor = 1
    while most // divisor > _MOST:
        divisor *= 10
    return divisor


def ticks(low: int, high: int, count: int) -> list[int]:
    """Round marks from at or below `low` to at or above `high`, about `count` steps of 1, 2 or 5 tens."""
    span, power = max(high - low, 1), 1
    while power * 10 * count < span:
        power *= 10
    step = next(power * it for it in (*_STEPS, 100) if power * it * count >= span)
    first, last = low // step, -(-high // step)
    return [place * step for place in range(first, max(last, first + 1) + 1)]


def brief(quantity: int, scale: int, language: str) -> str:
    """A round quantity of minor units for an axis, exactly.

    >>> brief(150000000, 2, "en"), brief(150000000, 2, "zh"), brief(-5, 2, "en"), brief(0, 2, "en")
    ('1.5M', '150万', '-0.05', '0')
    """
    shift, name = scale, ""
    for power, word in _NAMES[language]:
        if abs(quantity) >= 10 ** (power + scale):
            shift, name = power + scale, word
            break
    digits = str(abs(quantity)).rjust(shift + 1, "0")
    whole, part = digits[: len(digits) - shift], digits[len(digits) - shift :].rstrip("0")
    return f"{'-' if quantity < 0 else ''}{int(whole):,}{'.' if part else ''}{part}{name}"


def figure(value: Amount | int) -> str:
    """An amount without its unit, or a number, grouped and exact.

    >>> figure(Amount.parse("-1234.50", "CNY/2")), figure(1234)
    ('-1,234.50', '1,234')
    """
    return str(value).removesuffix(f" {value.unit.code}") if isinstance(value, Amount) else f"{value:,}"


def wide(text: str) -> int:
    """The width of a text in half characters: two for each of the ideographs, one for others.

    >>> wide("现金 a")
    6
    """
    return sum(2 if east_asian_width(it) in "WF" else 1 for it in text)


def pixels(text: str, size: int = 12) -> int:
    """About the most pixels that a text takes in a usual font without serifs.

    >>> pixels("现金"), pixels("cash")
    (25, 30)
    """
    return sum(size * 10 + 5 if east_asian_width(it) in "WF" else size * 6 + 3 for it in text) // 10


def fitted(text: str, places: int, *, keep_end: bool = True) -> str:
    """The text in so many half characters; what is too much is left out before its end, or at it.

    >>> fitted("wallet:mall:client:principal", 16), fitted("Wallet", 4, keep_end=False)
    ('…lient:principal', 'Wal…')
    """
    if wide(text) <= places:
        return text
    parts: Sequence[str] = text[::-1] if keep_end else text
    kept, left = "", places - 1
    for letter in parts:
        if (left := left - wide(letter)) < 0:
            break
        kept += letter
    return f"…{kept[::-1]}" if keep_end else f"{kept}…"
