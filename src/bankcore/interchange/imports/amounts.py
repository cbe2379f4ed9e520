"""Amounts as hledger and Ledger write them: with a commodity on either side, digit groups, lots, costs.

>>> from bankcore.interchange.imports.told import Place
>>> style = Style(Place("a.journal", 1))
>>> leg = read_leg('-10 "ABC 1" {$5.00} @ $1,250.50 = 0 "ABC 1"', style)
>>> leg.amount.commodity, str(leg.cost.of(leg.amount).number), leg.assertion.sole
('ABC 1', '-12505', False)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from attrs import evolve, field, frozen

from bankcore.interchange.imports.told import Place

__all__ = ["Assertion", "Cost", "Quantity", "RawLeg", "Style", "decimal_mark", "read_amount", "read_leg"]

_SIGN: Final = r"([+-]?)[ \t]*"
_SYMBOL: Final = r"\"[^\"\n]*\"|[^\s0-9.,;\"'+\-*/@={}()\[\]]+"
_NUMBER: Final = (
    r"(?:[0-9](?:[0-9]|[.,'](?=[0-9])|[ \u00a0\u2009\u202f](?=[0-9]{3}(?![0-9])))*[.,]?|[.,][0-9]+)"
    r"(?:[eE][+-]?[0-9]{1,3}(?![0-9A-Za-z]))?"
)
_RIGHT: Final = re.compile(rf"{_SIGN}({_NUMBER})[ \t\u00a0]*({_SYMBOL})?")
_LEFT: Final = re.compile(rf"{_SIGN}({_SYMBOL})[ \t\u00a0]*{_SIGN}({_NUMBER})")
_GROUPS: Final = re.compile(r"[ '\u00a0\u2009\u202f]")
_SPACE: Final = re.compile(r"[ \t\u00a0]*")
_MOST_DIGITS: Final = 60
_DEEPEST: Final = 20  # parentheses within each other


@frozen
class Quantity:
    """A number of a commodity, and the decimals with which it was written."""

    number: Fraction
    commodity: str
    decimals: int


@frozen
class Cost:
    """What an amount cost: each of it, or in all."""

    each: Quantity
    total: bool

    def of(self, amount: Quantity) -> Quantity:
        """The cost of an amount; that of a negative amount is negative."""
        if not self.total:
            return evolve(self.each, number=self.each.number * amount.number)
        sign = -1 if amount.number < 0 else 1
        return evolve(self.each, number=abs(self.each.number) * sign)


@frozen
class Assertion:
    """A balance claimed after a posting: `sole` of all commodities, `inclusive` with the accounts below."""

    amount: Quantity
    sole: bool
    inclusive: bool


@frozen
class RawLeg:
    """What stands right of an account; any of it may be missing."""

    amount: Quantity | None = None
    lot: Cost | None = None
    cost: Cost | None = None
    assertion: Assertion | None = None


@frozen
class Style:
    """How numbers are read at a place: the decimal mark where it was said, the default commodity.

    `marks` has the decimal mark of commodities; `grouped` says that a comma before three digits is a mark of
    groups where nothing else tells, as Ledger reads it; hledger takes a single mark for a decimal mark.
    """

    place: Place
    mark: str = ""
    default: str = ""
    marks: Mapping[str, str] = field(factory=dict)
    grouped: bool = False


def read_leg(text: str, style: Style) -> RawLeg:
    """What stands right of an account, comment taken away; raises BadJournal."""
    at = _skip(text, 0)
    if at == len(text):
        return RawLeg()
    amount: Quantity | None = None
    if text[at] != "=":
        amount, at = read_amount(text, at, style)
    leg = RawLeg(amount)
    while (at := _skip(text, at)) < len(text):
        if text.startswith("=", at):
            leg, at = _asserted(leg, text, at, style)
        elif (found := re.compile(r"\(?(@@?)\)?").match(text, at)) is not None:
            each, at = read_amount(text, _skip(text, found.end()), style)
            leg = evolve(leg, cost=Cost(each, found.group(1) == "@@"))
        elif text[at] in "{[(":
            leg, at = _lot(leg, text, at, style)
        else:
            raise style.place.refuse(f"{text[at:][:40]!r} stands where a cost or the end is expected")
    return leg


def read_amount(text: str, at: int, style: Style) -> tuple[Quantity, int]:
    """The amount that begins at a place of a text, and where it ends; raises BadJournal."""
    if text.startswith("(", at):
        value, at = _sum(text, at + 1, style, 1)
        return value, _closed(text, at, style)
    if (found := _RIGHT.match(text, at)) is not None:
        sign, number, symbol = found.groups()
        signs = sign
    elif (found := _LEFT.match(text, at)) is not None:
        first, symbol, second, number = found.groups()
        signs = first + second
    else:
        raise style.place.refuse(f"{text[at:][:40]!r} is not an amount")
    commodity = symbol.strip('"') if symbol else style.default
    exact, places = _number(number, commodity, style)
    return Quantity(-exact if signs.count("-") == 1 else exact, commodity, places), found.end()


def _number(text: str, commodity: str, style: Style) -> tuple[Fraction, int]:
    """An unsigned number and its decimals."""
    plain, _, exponent = _GROUPS.sub("", text).lower().partition("e")
    if len(plain) > _MOST_DIGITS:
        raise style.place.refuse(f"{text[:20]}...: a number of {len(plain)} digits is too long")
    mark = _mark(plain, style.mark or style.marks.get(commodity, ""), style)
    whole, _, part = plain.replace("," if mark == "." else ".", "").partition(mark)
    if mark in part:
        raise style.place.refuse(f"{text!r} has two decimal marks")
    shift = int(exponent or 0)
    if abs(shift) > _MOST_DIGITS:
        raise style.place.refuse(f"{text!r} is too large or too small")
    places = max(0, len(part) - shift)
    return Fraction(int(whole + part or 0), 10 ** len(part)) * Fraction(10) ** shift, places


def _mark(plain: str, said: str, style: Style) -> str:
    """Which of `.` and `,` is the decimal mark of a number."""
    points, commas = plain.count("."), plain.count(",")
    if said:
        return said
    if points and commas:
        return "." if plain.rindex(".") > plain.rindex(",") else ","
    if points > 1 or commas > 1:
        return "," if points else "."
    if commas and style.grouped and re.fullmatch(r"[0-9]{1,3},[0-9]{3}", plain):
        return "."
    return "," if commas else "."


def _asserted(leg: RawLeg, text: str, at: int, style: Style) -> tuple[RawLeg, int]:
    found = re.compile(r"(==?)(\*?)").match(text, at)
    if found is None or leg.assertion is not None:
        raise style.place.refuse(f"{text[at:][:40]!r} is not a balance")
    amount, at = read_amount(text, _skip(text, found.end()), style)
    claimed = Assertion(amount, found.group(1) == "==", bool(found.group(2)))
    at = _skip(text, at)
    if text.startswith("@", at) or text.startswith("{", at):  # hledger reads a cost here and ignores it
        rest = read_leg("0 " + text[at:], style)
        if rest.assertion is not None:
            raise style.place.refuse("two balances are claimed")
        at = len(text)
    return evolve(leg, assertion=claimed), at


def _lot(leg: RawLeg, text: str, at: int, style: Style) -> tuple[RawLeg, int]:
    """A lot's price in braces, date in brackets or note in parentheses; the price counts in Ledger."""
    total = text.startswith("{{", at)
    opened = "{{" if total else text[at]
    closed = {"{": "}", "{{": "}}", "[": "]", "(": ")"}[opened]
    end = text.find(closed, at)
    if end < 0:
        raise style.place.refuse(f"{closed!r} is missing after {text[at:][:40]!r}")
    inside = text[at + len(opened) : end].strip()
    if opened == "(" and text.startswith("((", at):
        end = text.find("))", at) + 1 or end
    if opened[0] == "{" and inside:
        inside = inside.removeprefix("=").strip()
        each, rest = read_amount(inside, 0, style)
        if inside[rest:].strip():
            raise style.place.refuse(f"{inside[:40]!r} is not the price of a lot")
        leg = evolve(leg, lot=Cost(each, total))
    return leg, end + len(closed)


# --- arithmetic in parentheses, as Ledger reads it ----------------------------------------------------


def _sum(text: str, at: int, style: Style, depth: int) -> tuple[Quantity, int]:
    value, at = _product(text, at, style, depth)
    while (at := _skip(text, at)) < len(text) and text[at] in "+-":
        sign = 1 if text[at] == "+" else -1
        other, at = _product(text, at + 1, style, depth)
        if value.commodity and other.commodity and value.commodity != other.commodity:
            raise style.place.refuse(f"{text[:40]!r} adds up different commodities")
        value = Quantity(
            value.number + sign * other.number,
            value.commodity or other.commodity,
            max(value.decimals, other.decimals),
        )
    return value, at


def _product(text: str, at: int, style: Style, depth: int) -> tuple[Quantity, int]:
    value, at = _factor(text, at, style, depth)
    while (at := _skip(text, at)) < len(text) and text[at] in "*/":
        divides = text[at] == "/"
        other, at = _factor(text, at + 1, style, depth)
        if divides and not other.number:
            raise style.place.refuse(f"{text[:40]!r} divides by zero")
        number = value.number / other.number if divides else value.number * other.number
        if len(str(number.numerator)) + len(str(number.denominator)) > 4 * _MOST_DIGITS:
            raise style.place.refuse(f"{text[:40]!r} has too many digits")
        value = Quantity(number, value.commodity or other.commodity, max(value.decimals, other.decimals))
    return value, at


def _factor(text: str, at: int, style: Style, depth: int) -> tuple[Quantity, int]:
    if depth > _DEEPEST:
        raise style.place.refuse("parentheses are nested too deeply")
    at = _skip(text, at)
    if text.startswith("-", at) and text.startswith("(", _skip(text, at + 1)):
        value, at = _factor(text, at + 1, style, depth + 1)
        return evolve(value, number=-value.number), at
    if text.startswith("(", at):
        value, at = _sum(text, at + 1, style, depth + 1)
        return value, _closed(text, at, style)
    return read_amount(text, at, evolve(style, default=""))


def _closed(text: str, at: int, style: Style) -> int:
    at = _skip(text, at)
    if not text.startswith(")", at):
        raise style.place.refuse(f"{text[:40]!r} is not closed, or is an expression that is not read here")
    return at + 1


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return at if found is None else found.end()


def decimal_mark(text: str, commodity: str, style: Style) -> str:
    """The decimal mark of an amount that shows how its commodity is written; empty where it does not tell."""
    found = re.search(_NUMBER, text.replace(f'"{commodity}"', ""))
    plain = _GROUPS.sub("", found.group()) if found else ""
    return _mark(plain, style.mark, style) if "." in plain or "," in plain else ""
