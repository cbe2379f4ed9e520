"""Refusals of a simulation: an unreadable scenario, and one with an unexpected outcome."""

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

    sentence = "{place}, on {day}: {command} should be refused with {expected}, found: {found}"
    place: str
    day: date
    command: str
    expected: str
    found: str


class ExpectationFailed(Rejection):
    """An expectation of a scenario is not met."""

    sentence = "{place}, on {day}: {expected} was expected, found: {found}"
    place: str
    day: date
    expected: str
    found: str
