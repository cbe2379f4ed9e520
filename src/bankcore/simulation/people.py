"""A population read from its table.

>>> table = Section("mall: population saver", {"size": 12, "cash": "9.00"}, POPULATION)
>>> read_people(table, "saver", (), Unit("CNY/2")).ids[0]
's01'
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from bankcore.errors import BankcoreError
from bankcore.errors.nearest import nearest
from bankcore.simulation.draws import read_draw
from bankcore.simulation.language import POPULATION
from bankcore.simulation.population import Draw, Population, Scene
from bankcore.simulation.refusals import BadScenario
from bankcore.simulation.rehearsal import TRIES
from bankcore.simulation.section import Section, shown
from bankcore.units import Unit

__all__ = ["KINDS", "read_people"]

KINDS: Final = {"person": "id-card", "firm": "business-licence"}  # of parties, with their documents
_MOST: Final = 100_000
_WORD: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_PREFIX: Final = re.compile(r"[A-Za-z][\w.\-]{0,19}")


def read_people(
    it: Section, word: str, others: Sequence[Population], unit: Unit, said: str = ""
) -> Population | None:
    """The population of a table; raises BadScenario.

    `others` are those before it; `said` is a text that has all names of attributes in use.  Where the table
    has a list `found`, what is wrong with its keys is put there, and the answer is None.
    """
    wrong: list[BadScenario] = []
    ids: tuple[str, ...] = ()
    size, prefix, cash, attributes = 1, "", None, dict[str, Draw]()
    if not _WORD.fullmatch(word) or word in ("day", "serial"):
        raise BadScenario(
            it.place, "a name of lowercase letters, digits and '_' is needed, not day or serial"
        )
    parties = it.take("parties")
    with _noted(it, wrong):
        if parties not in ("", *KINDS):
            raise it.refusal("parties", f"one of {', '.join(KINDS)} is needed, not {shown(parties)}")
    with _noted(it, wrong):
        if parties and "cash" in it:
            cash = read_draw(it, "cash", it.take("cash"), unit)
    with _noted(it, wrong):
        ids = _named(it)
    with _noted(it, wrong):
        size = _counted(it, ids)
    with _noted(it, wrong):
        prefix = _prefixed(it, ids, word, others)
    for key, value in it.rest():
        with _noted(it, wrong):
            attributes[key] = _attribute(it, key, value, unit, word, said)
    if wrong or it.bad:
        return None
    population = Population(word, prefix, size, attributes, parties, cash, ids)
    scene = Scene({other.name: other.ids for other in (*others, population)})
    for nth in TRIES:
        try:
            population.member(population.ids[0], nth, scene)
        except BankcoreError as error:
            raise BadScenario(it.place, str(error)) from None
    return population


@contextmanager
def _noted(it: Section, wrong: list[BadScenario]) -> Iterator[None]:
    """Go on after what is wrong with one key, where all of it is to be found."""
    try:
        yield
    except BadScenario as error:
        if it.found is None:
            raise
        it.found.append(error)
        wrong.append(error)


def _named(it: Section) -> tuple[str, ...]:
    """The ids of the members, where they are named."""
    ids = it.take("ids")
    if not all(isinstance(id, str) and _PREFIX.fullmatch(id) for id in ids) or len({*ids}) < len(ids):
        raise it.refusal("ids", "different words are needed")
    return tuple(ids)


def _counted(it: Section, ids: Sequence[str]) -> int:
    given: int | None = it.take("size")
    if (given is None) is not bool(ids) and not it.bad & {"size", "ids"}:
        reason = "it is missing" if given is None else "ids name the members: leave it out"
        raise it.refusal("size", reason)
    size = len(ids) or 1 if given is None else given
    if not 1 <= size <= _MOST:
        raise it.refusal("size", f"1 to {_MOST} people are possible")
    return size


def _prefixed(it: Section, ids: Sequence[str], word: str, others: Sequence[Population]) -> str:
    prefix: str = it.take("prefix") or (ids[0] if ids else word[0])
    if not _PREFIX.fullmatch(prefix):
        raise it.refusal("prefix", f"{shown(prefix)} is not a word")
    for other in others:
        if prefix == other.prefix:
            reason = f"population {other.name} has the prefix {shown(prefix)}: write another one"
            raise it.refusal("prefix", reason)
    return prefix


def _attribute(it: Section, key: str, value: object, unit: Unit, word: str, said: str) -> Draw:
    """An attribute; one that nothing names and that is nearly a key is a slip."""
    if not _WORD.fullmatch(key):
        raise it.refusal(key, "an attribute's name has lowercase letters, digits and '_'")
    unnamed = said and key not in POPULATION.keys and f"{word}.{key}" not in said
    if unnamed and (meant := nearest(key, POPULATION.keys, alike=0.65)):
        raise it.refusal(key, f"no step names such an attribute; nearest key: {', '.join(meant)}")
    return read_draw(it, key, value, unit)
