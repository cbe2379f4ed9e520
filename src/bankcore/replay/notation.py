"""How a bank writes amounts and dates.

>>> from bankcore.units import Unit
>>> notation = Notation(",", ".", ("€",), frozenset({"leading", "trailing"}))
>>> notation.read("1.234,56- €", Unit("EUR/2"))
(-123456, None)
>>> read_day("45413", "excel"), read_day("2024-05-01T23:30:00-0500", "%Y-%m-%dT%H:%M:%S%z", "Asia/Shanghai")
(datetime.date(2024, 5, 1), datetime.date(2024, 5, 2))
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.calendars import parse_date
from bankcore.errors import BadAmount, BadDate
from bankcore.ledger.accounts import Side
from bankcore.units import Unit
from bankcore.zones import day_in

__all__ = ["ISO", "MINUSES", "Notation", "check_format", "read_day"]

ISO: Final = "%Y-%m-%d"
MINUSES: Final = ("leading", "trailing", "parentheses")
_BLANKS: Final = " \t\u00a0\u2007\u2008\u2009\u200a\u202f\u3000"
_APOSTROPHES: Final = "'\u2019\u02bc\u2032"
_MINUS: Final = str.maketrans("\u2212\ufe63\uff0d", "---")
_EXCEL: Final = {"excel": date(1899, 12, 30), "excel-1904": date(1904, 1, 1)}
_SERIAL: Final = re.compile(r"([0-9]{1,7})([.,][0-9]+)?")
_NO_SUCH_DAY: Final = 60  # Excel counts 29 February 1900
_PROBE: Final = datetime(2013, 12, 25, tzinfo=UTC)


@frozen
class Notation:
    """The signs of amounts: separators, currency signs, where a minus stands, marks of credit and debit."""

    decimal: str = "."
    thousands: str = ""
    symbols: tuple[str, ...] = ()
    minus: frozenset[str] = frozenset({"leading"})
    marks: tuple[tuple[Side, str], ...] = ()  # such as CR and DR; an empty one stands for none

    def read(self, text: str, unit: Unit) -> tuple[int, Side | None]:
        """The quantity of an amount, and its side where a mark names it; raises BadAmount, AmountOverflow."""
        plain = text.translate(_MINUS).strip()
        side = None
        for of, mark in sorted(self.marks, key=lambda it: -len(it[1])):
            if plain.upper().endswith(mark.upper()) or plain.upper().startswith(mark.upper()):
                side, plain = of, self._without(plain, mark)
                break
        plain, negative = self._unsigned(plain)
        figures = plain.translate(self._separators())
        if figures[:1] in ("+", "-"):
            raise BadAmount(text, "its sign is not one of the map")
        try:
            quantity = Amount.parse(figures, unit).quantity
        except BadAmount as error:
            reason = error.reason if figures == text else "its separators are not those in the map"
            raise BadAmount(text, reason) from None
        return -quantity if negative else quantity, side

    @staticmethod
    def _without(text: str, mark: str) -> str:
        if not mark:
            return text
        return (text[: -len(mark)] if text.upper().endswith(mark.upper()) else text[len(mark) :]).strip()

    def _unsigned(self, text: str) -> tuple[str, bool]:
        """The figures without sign and symbol, each of which may stand once; and whether it is negative."""
        negative = signed = marked = False
        while True:
            text = text.strip()
            if not signed and "parentheses" in self.minus and text[:1] == "(" and text[-1:] == ")":
                text, signed, negative = text[1:-1], True, True
            elif not signed and "trailing" in self.minus and text[-1:] in ("-", "+") and len(text) > 1:
                text, signed, negative = text[:-1], True, text[-1] == "-"
            elif not signed and "leading" in self.minus and text[:1] in ("-", "+") and text:
                text, signed, negative = text[1:], True, text[0] == "-"
            elif not marked and (symbol := self._symbol(text)):
                text = text[len(symbol) :] if text.startswith(symbol) else text[: -len(symbol)]
                marked = True
            else:
                return text, negative

    def _symbol(self, text: str) -> str:
        longest_first = sorted(self.symbols, key=len, reverse=True)
        return next((it for it in longest_first if text.startswith(it) or text.endswith(it)), "")

    def _separators(self) -> dict[int, str]:
        """The translation of the file's separators to ours; others are refused."""
        alike = next(
            (kind for kind in (_BLANKS, _APOSTROPHES) if self.thousands and self.thousands in kind), ""
        )
        marks = {ord("."): "?", ord(","): "?"} | {ord(it): "," for it in alike or self.thousands}
        return marks | {ord(self.decimal): "."}


def read_day(text: str, form: str, zone: str = "UTC") -> date:
    """The day of a date in a format of `strptime`, or a serial number of Excel; raises BadDate.

    Where the format has %z the day is that of the instant in the time zone.
    """
    if form == ISO:
        return parse_date(text)
    if form in _EXCEL:
        return _serial(text.strip(), form)
    if any(letter.isdecimal() and not letter.isascii() for letter in text):
        raise BadDate(text[:20], "digits 0 to 9 are needed")
    try:
        found = datetime.strptime(text.strip(), form)
        return found.date() if found.tzinfo is None else day_in(zone, found)
    except (OverflowError, ValueError):
        raise BadDate(text[:20], f"it does not have the format {form}") from None


def _serial(text: str, form: str) -> date:
    match = _SERIAL.fullmatch(text)
    number = int(match[1]) if match else -1
    first = form == "excel"
    if match is None or (first and number in (0, _NO_SUCH_DAY)):
        raise BadDate(text[:20], "it is no day that Excel counts")
    try:
        return _EXCEL[form] + timedelta(days=number + (first and number < _NO_SUCH_DAY))
    except OverflowError:
        raise BadDate(text[:20], "it is no day that Excel counts") from None


def check_format(text: str) -> str:
    """A format that has a day, a month and a year, or a name of Excel's; raises BadDate."""
    if text in _EXCEL:
        return text
    try:
        read = datetime.strptime(_PROBE.strftime(text), text)
        known = read.date() == _PROBE.date()
    except (ValueError, re.error):
        known = False
    if not known:
        raise BadDate(text, "write a format with day, month and year, such as %d.%m.%Y, or excel, excel-1904")
    return text
