"""What a scenario expects: `expect = { balance = "wallet:mall:reserve", at_least = "50,000.00" }`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from bankcore.amounts import Amount, check_quantity
from bankcore.errors import BankcoreError
from bankcore.errors.nearest import choices
from bankcore.ledger.accounts import AccountPath
from bankcore.product.product import Product
from bankcore.simulation.language import EXPECTATION, WORDS
from bankcore.simulation.section import Section, shown
from bankcore.simulation.steps import Bound, ExpectStep, Subject
from bankcore.units import Unit

__all__ = ["error_codes", "read_expectation", "read_pattern"]

_WORDS = ("equals", "at_least", "at_most")
_STAR = re.compile(r"(?<![^:])\*(?![^:])")  # a segment that is only `*`


def read_expectation(
    step: Section, days: frozenset[date], unit: Unit, products: Sequence[Product]
) -> ExpectStep:
    """Take `expect` and `after_close` out of a step; raises BadScenario.

    `balance` (in the scenario's unit, or in the given `unit`) and `accounts` take an account path in
    which `*` matches one segment, `done` the name of a command, `refused` the code of an error,
    `notices` a party and a topic, as `li:overdue`, each of which may be `*`; with one or more of the
    bounds `equals`, `at_least` and `at_most`.
    """
    after_close = step.take("after_close")
    table = step.section("expect", EXPECTATION)
    subjects = [subject for subject in Subject if subject.value in table]
    if len(subjects) != 1:
        raise step.refusal("expect", f"one of {', '.join(s.value for s in Subject)} is needed")
    (subject,) = subjects
    of = _object(table, subject, products)
    if (given := table.take("unit")) is not None:
        if subject is not Subject.BALANCE:
            raise table.refusal("unit", "it is for balance; a count has none")
        unit = table.read("unit", Unit, given)
    bounds = tuple(_bound(table, subject, word, unit) for word in _WORDS if word in table)
    if not bounds:
        raise step.refusal("expect", f"one of {', '.join(_WORDS)} is needed")
    return ExpectStep(step.place, days, subject, of, bounds, after_close)


def _object(table: Section, subject: Subject, products: Sequence[Product]) -> str:
    of: str = table.take(subject.value)
    if subject in (Subject.BALANCE, Subject.ACCOUNTS):
        return read_pattern(table, subject.value, of)
    if subject is Subject.NOTICES:
        if of.count(":") != 1:
            raise table.refusal(
                subject.value, f"a party and a topic are needed, as li:overdue, not {shown(of)}"
            )
        return of
    commands = [name for product in products for name in product.commands]
    known = commands if subject is Subject.DONE else error_codes()
    if of not in known:
        kind = "command is named" if subject is Subject.DONE else "error has the code"
        raise table.refusal(subject.value, f"no {kind} {shown(of)}; {choices(of, sorted(known))}")
    return of


def _bound(table: Section, subject: Subject, word: str, unit: Unit) -> Bound:
    value, kind = table.take(word), str if subject is Subject.BALANCE else int
    if type(value) is not kind:
        raise table.refusal(word, f"{WORDS[kind]} is needed, not {shown(value)}")
    if subject is Subject.BALANCE:
        return Bound(word, table.read(word, lambda text: Amount.parse(text, unit), value))
    return Bound(word, table.read(word, check_quantity, value))


def read_pattern(section: Section, key: str, value: Any) -> str:
    """A pattern of account paths; raises BadScenario."""
    if not isinstance(value, str):
        raise section.refusal(key, f"a pattern of account paths is needed, not {shown(value)}")
    section.read(key, AccountPath.parse, _STAR.sub("x", value))
    return value


def error_codes() -> frozenset[str]:
    """The codes of all errors."""
    codes, classes = set(), [BankcoreError]
    while classes:
        error = classes.pop()
        codes.add(error.code)
        classes += error.__subclasses__()
    return frozenset(codes)
