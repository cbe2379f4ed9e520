"""What a simulation refuses: a scenario that cannot be read, and one that turns out otherwise."""

from __future__ import annotations

from datetime import date

from bankcore.errors import InputError, Rejection

__all__ = [
    "BadScenario",
    "ExpectationFailed",
    "StepNotRefused",
    "StepRefused",
]


class BadScenario(InputError):
    sentence = "{place}: {reason}"
    place: str
    reason: str


class StepRefused(Rejection):
    """A step of a scenario that had to succeed was refused."""

    sentence = "{place}, on {day}: {command} was refused with {refusal}: {reason}"
    place: str
    day: date
    command: str
    refusal: str
    reason: str


class StepNotRefused(Rejection):
    """A step of a scenario that had to be refused was not, or with another code."""

    sentence = "{place}, on {day}: {command} had to be refused with {expected}, found: {found}"
    place: str
    day: date
    command: str
    expected: str
    found: str


class ExpectationFailed(Rejection):
    """What a scenario expects of the book is not so."""

    sentence = "{place}, on {day}: {expected} was expected, found: {found}"
    place: str
    day: date
    expected: str
    found: str
