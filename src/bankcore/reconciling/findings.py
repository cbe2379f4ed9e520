"""What the items that stay open look like: missing, twice, with another amount, on another day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from attrs import frozen

from bankcore.reconciling.items import Item, Kind, Match, Open, Rules, Sureness, likeness, transposed

__all__ = ["Opens", "find"]


@frozen
class Opens:
    """Open items of both sides in their order, and entries of the statement that cancel each other."""

    ours: tuple[Open, ...]
    theirs: tuple[Open, ...]
    cancelled: tuple[Match, ...]


def find(
    ours: Sequence[Item],
    theirs: Sequence[Item],
    matched: tuple[Sequence[Item], Sequence[Item]],
    several: Mapping[str, tuple[str, ...]],
    rules: Rules,
) -> Opens:
    """Say of each open item what it looks like, so that each is in one finding."""
    search = _Search(ours, theirs, rules)
    cancelled = search.cancelled()
    search.twice(matched)
    search.pairs(search.named_alike(), Kind.OTHER_AMOUNT)
    search.pairs(search.equal(), Kind.OTHER_DAY)
    search.pairs(search.mistyped(), Kind.OTHER_AMOUNT)
    search.rest(several)
    return Opens(
        tuple(search.found[True, it.name] for it in ours),
        tuple(search.found[False, it.name] for it in theirs if (False, it.name) in search.found),
        cancelled,
    )


class _Search:
    def __init__(self, ours: Sequence[Item], theirs: Sequence[Item], rules: Rules) -> None:
        self.ours = {it.name: it for it in ours}
        self.theirs = {it.name: it for it in theirs}
        self.rules = rules
        self.found: dict[tuple[bool, str], Open] = {}

    def cancelled(self) -> tuple[Match, ...]:
        """Entries of opposite amounts that share a reference: the bank took back its own."""
        matches = []
        by_quantity = _by(self.theirs.values(), lambda it: (it.quantity,))
        for item in [*self.theirs.values()]:
            if item.quantity < 0:
                continue
            for other in by_quantity.get(-item.quantity, ()):
                if other.name in self.theirs and other.references & item.references:
                    names = (item.name, other.name)
                    days = abs((other.day - item.day).days)
                    matches.append(Match((), names, "reversed on the statement", Sureness.PROBABLE, days))
                    for name in names:
                        del self.theirs[name]
                    break
        return tuple(matches)

    def twice(self, matched: tuple[Sequence[Item], Sequence[Item]]) -> None:
        """Items with a reference and the amount of one that is matched, nearly on its day."""
        for mine, left, known in ((True, self.ours, matched[0]), (False, self.theirs, matched[1])):
            kind = Kind.TWICE_IN_BOOK if mine else Kind.TWICE_ON_STATEMENT
            first = _by(known, lambda it: ((it.quantity, name) for name in it.references))
            for item in [*left.values()]:
                same = (it for name in item.references for it in first.get((item.quantity, name), ()))
                if any(abs((it.day - item.day).days) <= self.rules.days for it in same):
                    self.found[mine, item.name] = Open(item.name, kind)
                    del left[item.name]

    def pairs(self, fitting: Iterable[tuple[Item, Item]], kind: Kind) -> None:
        """Keep the pairs of which each is the only one that fits the other."""
        mine: dict[str, list[str]] = defaultdict(list)
        its: dict[str, list[str]] = defaultdict(list)
        for one, other in dict.fromkeys(fitting):
            mine[one.name].append(other.name)
            its[other.name].append(one.name)
        for name, others in mine.items():
            if len(others) == 1 and len(its[others[0]]) == 1:
                one, other = self.ours.pop(name), self.theirs.pop(others[0])
                hint = _hint(one, other, kind)
                self.found[True, one.name] = Open(one.name, kind, (other.name,), hint)
                self.found[False, other.name] = Open(other.name, kind, (one.name,), hint)

    def named_alike(self) -> Iterator[tuple[Item, Item]]:
        """Pairs that share a reference."""
        known = _by(self.theirs.values(), lambda it: it.references)
        for one in self.ours.values():
            yield from ((one, other) for name in sorted(one.references) for other in known.get(name, ()))

    def equal(self) -> Iterator[tuple[Item, Item]]:
        """Pairs of one amount on days far apart."""
        known = _by(self.theirs.values(), lambda it: (it.quantity,))
        for one in self.ours.values():
            for other in known.get(one.quantity, ()):
                if abs((one.day - other.day).days) <= self.rules.far:
                    yield one, other

    def mistyped(self) -> Iterator[tuple[Item, Item]]:
        """Pairs of nearly one day that are alike in text, or in all digits but two that changed places."""
        days = self.rules.days
        known = _by(self.theirs.values(), lambda it: (it.day,))
        for one in self.ours.values():
            for apart in range(-days, days + 1):
                for other in known.get(one.day + timedelta(apart), ()):
                    if (one.quantity < 0) == (other.quantity < 0) and (
                        transposed(one.quantity, other.quantity)
                        or likeness(one, other) >= self.rules.likeness
                    ):
                        yield one, other

    def rest(self, several: Mapping[str, tuple[str, ...]]) -> None:
        for mine, left in ((True, self.ours), (False, self.theirs)):
            kind = Kind.NOT_ON_STATEMENT if mine else Kind.NOT_IN_BOOK
            for name in left:
                if name in several:
                    self.found[mine, name] = Open(
                        name, Kind.SUM_AMBIGUOUS, several[name], "one of several sums"
                    )
                else:
                    self.found[mine, name] = Open(name, kind)


def _by(items: Iterable[Item], names: Callable[[Item], Iterable[Any]]) -> dict[Any, list[Item]]:
    found: dict[Any, list[Item]] = defaultdict(list)
    for item in items:
        for name in names(item):
            found[name].append(item)
    return found


def _hint(one: Item, other: Item, kind: Kind) -> str:
    if kind is Kind.OTHER_DAY:
        return f"{abs((one.day - other.day).days)} days apart"
    if transposed(one.quantity, other.quantity):
        return "two digits have changed places"
    if one.quantity == -other.quantity:
        return "the other sign"
    return ""
