"""The results of the mutants, and docs/mutation.md."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from typing import Any

from attrs import frozen

from mutation.asking import PATIENCE
from mutation.mutants import ROOT, Mutant

PAGE = ROOT / "docs" / "mutation.md"
SURVIVORS = ROOT / "mutation" / "survivors.toml"
LEAST = 90  # percent of a module's mutants

INTRODUCTION = """\
# Mutation testing

<!-- Written by `make mutate`; the reasons are in mutation/survivors.toml. -->

Coverage shows which lines the tests run; mutation testing shows whether they would notice a mistake there.
`make mutate` changes one thing at a time (an operator, a constant, an argument, a condition) in a function,
method or property of the values and the ledger, and runs the tests that reach the changed statement. A
changed program, a *mutant*, that no test notices survives. {least}% of the mutants of each module must be
noticed, or have a reason why nobody can.

- The tests used are `tests/values` for the values, `tests/ledger`, on the store in memory, and
  `tests/test_signing.py` for the ledger, with few examples, always the same ones; not the state machine,
  races, other processes and slow tests, which say little about a single line. Tests that noticed most in a
  function run first, until one fails.
- A mutant that takes five times the seconds of a test and two more, or ends the process, is noticed, too.
- Not changed are constants of modules and classes, `strict` of a zip, which is an assertion, and the
  sentences in refusals; the kind of refusal and its other fields are changed.
- A survivor is a missing test, superfluous code, or a mutant equivalent to the original. The last kind is
  listed below with its reason; the score does not count it, the last percentage does.
- `make mutate MODULES="amounts posting"` tries some modules; a stopped run continues where it was. A
  verdict stays until its function changes; survivors without a reason are tried again after any change. Each
  mutant gets at most {patience} seconds of tests: a slower test might notice more.

"""


@frozen(order=True)
class Survivor:
    """A mutant that no test noticed, by its function and its lines before and after."""

    where: str
    before: str
    after: str

    def __str__(self) -> str:
        return (
            f"[[survivor]]\nwhere = '{self.where}'\n"
            f"before = '''{self.before}'''\nafter = ['''{self.after}''']\nwhy = ''\n"
        )


@frozen
class Score:
    """What became of the mutants of one module."""

    module: str
    tried_on: str
    seconds: int
    mutants: int
    untried: int
    survivors: tuple[Survivor, ...]
    reasons: int  # of the survivors, those with one

    @property
    def killed(self) -> int:
        return self.mutants - self.untried - len(self.survivors)

    @property
    def is_enough(self) -> bool:
        return not self.untried and 100 * (self.killed + self.reasons) >= LEAST * self.mutants


def percent(part: int, whole: int) -> str:
    """Rounded down, so that 90.0 is reached only by 90."""
    tenths = 1000 * part // max(whole, 1)
    return f"{tenths // 10}.{tenths % 10}%"


def survivor(mutant: Mutant) -> Survivor:
    return Survivor(mutant.where, mutant.before, mutant.after)


def score(module: str, mutants: Sequence[Mutant], verdicts: dict[str, dict[str, Any]]) -> Score:
    found = [(mutant, verdicts[mutant.id]) for mutant in mutants if mutant.id in verdicts]
    survivors = [survivor(mutant) for mutant, verdict in found if verdict["by"] is None]
    return Score(
        module,
        max((verdict["on"] for _, verdict in found), default=""),
        round(sum(verdict["seconds"] for _, verdict in found)),
        len(mutants),
        len(mutants) - len(found),
        tuple(survivors),
        sum(each in with_reason() for each in survivors),
    )


@cache
def accepted() -> list[dict[str, Any]]:
    """The survivors with a reason: where, before, every after, why."""
    found: list[dict[str, Any]] = tomllib.loads(SURVIVORS.read_text("utf-8"))["survivor"]
    return found


@cache
def with_reason() -> set[Survivor]:
    return {Survivor(each["where"], each["before"], after) for each in accepted() for after in each["after"]}


def table(scores: Sequence[Score]) -> str:
    rows = [
        "| module | mutants | killed | survived | with a reason | score | with reasons | seconds | on |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    for s in scores:
        score, all_told = percent(s.killed, s.mutants), percent(s.killed + s.reasons, s.mutants)
        rows.append(
            f"| {s.module} | {s.mutants} | {s.killed} | {len(s.survivors)} | {s.reasons} "
            f"| {score} | {all_told} | {s.seconds} | {s.tried_on} |"
        )
    return "\n".join(rows)


def page(scores: Sequence[Score]) -> str:
    parts = [INTRODUCTION.format(least=LEAST, patience=PATIENCE), table([s for s in scores if not s.untried])]
    if waiting := [s.module for s in scores if s.untried]:
        parts.append(f"\nNot tried to the end since they last changed: {', '.join(waiting)}.")
    parts += ["\nSeconds are those of this machine, under whatever else it did.\n\n## Accepted survivors\n"]
    for each in accepted():
        changes = " or ".join(f"`{after}`" for after in each["after"])
        parts.append(f"- {each['where']}: `{each['before']}` → {changes}. {each['why']}")
    return "\n".join(parts) + "\n"
