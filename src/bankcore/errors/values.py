"""Errors of values: amounts, units, rates, dates, names."""

from __future__ import annotations

from datetime import date

from bankcore.errors.nearest import choices
from bankcore.errors.roots import InputError

__all__ = [
    "AmountOverflow",
    "BadAmount",
    "BadDate",
    "BadPeriod",
    "BadRate",
    "BadUnit",
    "CalendarContradiction",
    "CalendarExhausted",
    "NotPositive",
    "UnitMismatch",
    "UnknownName",
]


class BadAmount(InputError):
    sentence = "{text!r} is not an amount: {reason}"
    text: object
    reason: str


class BadUnit(InputError):
    sentence = "{text!r} is not a unit: {reason}"
    text: object
    reason: str


class BadRate(InputError):
    sentence = "{text!r} is not a rate: {reason}"
    text: object
    reason: str


class BadDate(InputError):
    sentence = "{text!r} is not a date: {reason}"
    text: object
    reason: str


class BadPeriod(InputError):
    sentence = "{text!r} is not a period: {reason}"
    text: object
    reason: str


class NotPositive(InputError):
    """An amount that moves must be above zero (NOT_POSITIVE)."""

    sentence = "{field} must be above 0, not {amount}"
    remedy = "Give an amount above zero."
    field: str
    amount: object


class UnitMismatch(InputError):
    sentence = "{found} was given where {expected} is needed ({place})"
    remedy = "Give the amount in the unit of the account."
    expected: str
    found: str
    place: str


class AmountOverflow(InputError):
    sentence = "{quantity} does not fit in 64 bits"
    remedy = "Give a smaller amount: totals are of 64 bits."
    quantity: int


class CalendarContradiction(InputError):
    """A later edition of a calendar says otherwise of a day that was announced."""

    sentence = "calendar {calendar} is known already, and says otherwise of {day}"
    remedy = "Correct the file, or add only days that were not announced."
    calendar: str
    day: date


class CalendarExhausted(InputError):
    """The business calendar has no data for the date, and bankcore does not guess."""

    sentence = "calendar {calendar} covers {first} to {last}, not {day}"
    remedy = "Add an edition that covers the date: `--calendars`."
    calendar: str
    day: date
    first: date
    last: date


class UnknownName(InputError):
    """A name is not in the list of those allowed."""

    sentence = "there is no {kind} {name!r}; known: {known}"
    remedy = "Choose one of the known names."
    kind: str
    name: str
    known: str

    def __str__(self) -> str:
        """The sentence; of a longer list the nearest names stand first, of a very long one alone."""
        listed = f"known: {self.known}"
        return super().__str__().replace(listed, choices(self.name, self.known.split(", ")), 1)
