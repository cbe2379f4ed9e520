"""What people have decided of earlier matches: confirmed ones stand, others were turned down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import TypeAlias

from attrs import frozen

from bankcore.reconciling.items import Item, Kind, Match, Open, Sureness
from bankcore.reconciling.matching import Matching

__all__ = ["CONFIRMED", "Decided", "Pair", "Split", "split", "turned_down"]

Pair: TypeAlias = tuple[frozenset[int], frozenset[str]]  # numbers of transactions, names of entries
CONFIRMED = "confirmed"


@frozen
class Decided:
    """The decisions on matches of one account."""

    confirmed: tuple[Pair, ...] = ()
    turned_down: frozenset[Pair] = frozenset()


@frozen
class Split:
    """Confirmed matches, and the items that are still to be matched.

    `elsewhere` is the sum of the entries here less that of the postings of the period whose confirmed
    counterparts are in other statements.
    """

    confirmed: tuple[Match, ...]
    ours: tuple[Item, ...]
    theirs: tuple[Item, ...]
    elsewhere: int


def split(ours: Sequence[tuple[Item, int]], theirs: Sequence[Item], decided: Decided) -> Split:
    """Take out what is confirmed; postings come with the numbers of their transactions."""
    entries = {it.name: it for it in theirs}
    postings: dict[int, list[Item]] = {}
    for item, number in ours:
        postings.setdefault(number, []).append(item)
    matches = []
    elsewhere = 0
    taken: set[str] = set()
    gone: set[str] = set()
    for numbers, names in decided.confirmed:
        mine = [it for number in sorted(numbers) for it in postings.get(number, ())]
        its = [it for it in theirs if it.name in names]
        taken |= {it.name for it in mine}
        gone |= {it.name for it in its}
        whole = numbers <= postings.keys() and names <= entries.keys()
        if whole and sum(it.quantity for it in mine) == sum(it.quantity for it in its):
            days = max(abs((one.day - other.day).days) for one in mine for other in its)
            sides = tuple(it.name for it in mine), tuple(it.name for it in its)
            matches.append(Match(*sides, CONFIRMED, Sureness.CERTAIN, days))
        else:
            elsewhere += sum(it.quantity for it in its)
            elsewhere -= sum(it.quantity for it in mine if not it.outside)
    return Split(
        tuple(matches),
        tuple(item for item, _ in ours if item.name not in taken),
        tuple(it for it in theirs if it.name not in gone),
        elsewhere,
    )


def turned_down(found: Matching, numbers: Mapping[str, int], outside: Set[str], decided: Decided) -> Matching:
    """The result without the matches that were turned down; their items are open."""
    kept, ours, theirs = [], [*found.open_ours], [*found.open_theirs]
    for it in found.matches:
        pair = frozenset(numbers[name] for name in it.ours), frozenset(it.theirs)
        if pair not in decided.turned_down:
            kept.append(it)
            continue
        ours += (Open(name, Kind.TURNED_DOWN, it.theirs) for name in it.ours if name not in outside)
        theirs += (Open(name, Kind.TURNED_DOWN, it.ours) for name in it.theirs)
    return Matching(tuple(kept), tuple(ours), tuple(theirs), found.ended)
