"""Refusals of a simulation: an unreadable scenario, and one with an unexpected outcome."""

from __future__ import annotations

from datetime import date

from bankcore.errors import InputError, Rejection, StoreError

__all__ = [
    "BadMeasure",
    "BadScenario",
    "BadSearch",
    "BadSetting",
    "ExpectationFailed",
    "NoSuchAmount",
    "NotReady",
    "ProcessLost",
    "RunsFailed",
    "StepNotRefused",
    "StepRefused",
    "Warned",
]


class BadScenario(InputError):
    sentence = "{place}: {reason}"
    place: str
    reason: str


class NotReady(InputError):
    """A check of a scenario found what must be mended before it can be run."""

    sentence = "{name} cannot be run as it is: {findings} to be mended"
    remedy = "Mend what the table of findings names."
    name: str
    findings: int


class BadSetting(InputError):
    """A value of a scenario that is to be varied cannot be: its path, or a value given for it."""

    sentence = "{path}: {reason}"
    path: str
    reason: str


class BadMeasure(InputError):
    """What is to be measured of a run is not known, or not measurable."""

    sentence = "{measure} cannot be measured: {reason}"
    measure: str
    reason: str


class BadSearch(InputError):
    """A search that cannot be made: its range, its step, its condition or its share."""

    sentence = "{field}: {reason}"
    field: str
    reason: str


class NoSuchAmount(Rejection):
    """No value of the range fulfils the condition in the share of runs that was asked for."""

    sentence = "{path} from {low} to {high}: {condition} in {share} of the runs is reached nowhere"
    path: str
    low: str
    high: str
    condition: str
    share: str


class ProcessLost(StoreError):
    """The process that made a run died, as the system may kill one for its memory."""

    sentence = "the process that made the run ended with status {status}"
    transient = True
    status: int


class RunsFailed(Rejection):
    """Some runs did not go as the scenario is written; the others are reported."""

    sentence = "{failed} of {runs} runs failed; the first is point {point}, seed {seed}: {reason}"
    failed: int
    runs: int
    point: int
    seed: int
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


class Warned(Rejection):
    """A run that was asked to be strict had warnings; its report is shown all the same."""

    sentence = "the run has {warnings} to be looked at; the first: {first}"
    remedy = "Change the step that the warning names, or run without --strict."
    warnings: int
    first: str
