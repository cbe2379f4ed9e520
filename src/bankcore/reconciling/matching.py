"""Matching: which postings of an account are which entries of its statements.

In this order: postings that reverse each other are set aside; a shared reference and the amount; the
payments of a batch; a posting with its correction; amount and day; what was set aside, where the statement
has it; sums.  What stays open is named by what it looks like (`findings`).  The same items give the same
result.

>>> from datetime import date
>>> day = date(2024, 5, 2)
>>> ours = [Item("1", 500, day, frozenset({"r1"})), Item("2", 300, day), Item("3", 400, day)]
>>> theirs = [Item("a", 500, day, frozenset({"r1"})), Item("b", 700, day), Item("c", 9, day)]
>>> result = match(ours, theirs)
>>> [(it.ours, it.theirs, it.sureness.value) for it in result.matches]
[(('1',), ('a',), 'certain'), (('2', '3'), ('b',), 'probable')]
>>> [(it.name, it.kind.value) for it in result.open_theirs]
[('c', 'not in the book')]
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from attrs import frozen

from bankcore.reconciling.equal import equal_pairs
from bankcore.reconciling.findings import find
from bankcore.reconciling.items import Item, Match, Open, Rules, Sureness
from bankcore.reconciling.sums import Budget, subsets

__all__ = ["Matching", "match"]


@frozen
class Matching:
    """The matches, and the items of both sides that stay open; each item is in exactly one of them, but
    postings outside the period that match nothing are in neither.

    `ended` says that the limit of steps ended the search for sums.
    """

    matches: tuple[Match, ...]
    open_ours: tuple[Open, ...]
    open_theirs: tuple[Open, ...]
    ended: bool = False


def match(ours: Sequence[Item], theirs: Sequence[Item], rules: Rules | None = None) -> Matching:
    """Match postings and entries of one account; names are unique on each side."""
    work = _Work(ours, theirs, rules or Rules())
    work.set_aside()
    work.by_reference()
    work.batches()
    work.corrections()
    work.by_amount(outside=False)
    work.by_amount(outside=True)
    work.aside_again()
    several = work.sums()
    opens = find(
        [it for it in work.ours.values() if not it.outside],
        [*work.theirs.values()],
        work.matched_items(),
        several,
        work.rules,
    )
    matches = [*work.matches, *opens.cancelled]
    order = {it.name: place for place, it in enumerate(theirs)}
    place = {it.name: place for place, it in enumerate(ours)}
    matches.sort(
        key=lambda it: (
            min((order[name] for name in it.theirs), default=len(order)),
            min((place[name] for name in it.ours), default=0),
        )
    )
    return Matching(tuple(matches), opens.ours, opens.theirs, work.budget.spent)


@frozen
class _Sum:
    ours: tuple[Item, ...]
    theirs: tuple[Item, ...]
    by_chance: bool


class _Work:
    def __init__(self, ours: Sequence[Item], theirs: Sequence[Item], rules: Rules) -> None:
        self.rules = rules
        self.ours = {it.name: it for it in ours}  # those that are left
        self.theirs = {it.name: it for it in theirs}
        self.matches: list[Match] = []
        self.aside: list[tuple[Item, Item]] = []
        self.budget = Budget(rules.most_steps)
        self._all = dict(self.ours), dict(self.theirs)

    def take(self, ours: Iterable[Item], theirs: Iterable[Item], reason: str, sureness: Sureness) -> None:
        ours, theirs = tuple(ours), tuple(theirs)
        days = max((abs((one.day - other.day).days) for one in ours for other in theirs), default=0)
        self.keep(
            Match(tuple(it.name for it in ours), tuple(it.name for it in theirs), reason, sureness, days)
        )

    def keep(self, found: Match) -> None:
        self.matches.append(found)
        for name in found.ours:
            self.ours.pop(name, None)
        for name in found.theirs:
            del self.theirs[name]

    def matched_items(self) -> tuple[list[Item], list[Item]]:
        known = self._all
        return (
            [known[0][name] for it in self.matches for name in it.ours],
            [known[1][name] for it in self.matches for name in it.theirs],
        )

    def set_aside(self) -> None:
        """Postings and their reversals, which the statement may know nothing of."""
        for item in [*self.ours.values()]:
            first = self.ours.get(item.undoes)
            if first is not None and first.quantity == -item.quantity:
                self.aside.append((self.ours.pop(first.name), self.ours.pop(item.name)))

    def by_reference(self) -> None:
        """Items that share a reference: equal amounts one by one, then all of them where they sum up."""
        holders: dict[str, tuple[list[Item], list[Item]]] = defaultdict(lambda: ([], []))
        for side, items in enumerate((self.ours, self.theirs)):
            for item in items.values():
                for reference in item.references:
                    holders[reference][side].append(item)
        shared = [(len(it[0]) + len(it[1]), name) for name, it in holders.items() if all(it)]
        for _, reference in sorted(shared):
            ours, theirs = holders[reference]
            self._equal_of(ours, theirs)
            ours = [it for it in ours if it.name in self.ours]
            theirs = [it for it in theirs if it.name in self.theirs]
            if min(len(ours), len(theirs)) == 1 < len(ours) + len(theirs) - 1 and _sum(ours) == _sum(theirs):
                self.take(ours, theirs, "reference, in sum", Sureness.CERTAIN)

    def _equal_of(self, ours: list[Item], theirs: list[Item]) -> None:
        for one in sorted(ours, key=lambda it: it.day):
            if one.name not in self.ours:
                continue
            same = [it for it in theirs if it.name in self.theirs and it.quantity == one.quantity]
            if same:
                nearest = min(same, key=lambda it: abs((it.day - one.day).days))
                self.take((one,), (nearest,), "reference and amount", Sureness.CERTAIN)

    def batches(self) -> None:
        """Entries whose payments are named, each with a posting of its amount."""
        for entry in [it for it in self.theirs.values() if it.parts]:
            left = [it for it in self.ours.values() if self._near(it, entry)]
            found, certain = [], True
            for quantity, references in entry.parts:
                same = [it for it in left if it.quantity == quantity]
                named = [it for it in same if it.references & references]
                if not same:
                    break
                found.append((named or same)[0])
                certain = certain and bool(named)
                left.remove(found[-1])
            if len(found) == len(entry.parts):
                sure = Sureness.CERTAIN if certain else Sureness.PROBABLE
                self.take(found, (entry,), "payments of a batch", sure)

    def corrections(self) -> None:
        """A posting and its corrections as the one amount that they make."""
        chains: dict[str, list[Item]] = defaultdict(list)
        for item in self.ours.values():
            if item.corrects:
                chains[item.corrects].append(item)
        for name, later in chains.items():
            first = self.ours.get(name)
            if first is None:
                continue
            group = [first, *later]
            if not (total := _sum(group)):
                self.take(group, (), "corrected to nothing in the book", Sureness.CERTAIN)
                continue
            same = [it for it in self.theirs.values() if it.quantity == total and self._near(it, first)]
            if len(same) == 1:
                self.take(group, same, "amount as corrected", Sureness.PROBABLE)

    def by_amount(self, *, outside: bool) -> None:
        """Equal amounts within the days of the rules, without or with postings outside the period."""
        amounts: dict[int, tuple[list[Item], list[Item]]] = defaultdict(lambda: ([], []))
        for side, items in enumerate((self.ours, self.theirs)):
            for item in items.values():
                if outside or not item.outside:
                    amounts[item.quantity][side].append(item)
        for ours, theirs in amounts.values():
            if ours and theirs:
                for found in equal_pairs(ours, theirs, self.rules):
                    self.keep(found)

    def aside_again(self) -> None:
        """What was set aside: open, where the statement has one of the two; else they cancel each other."""
        for pair in self.aside:
            found = []
            for item in pair:
                same = [it for it in self.theirs.values() if it.quantity == item.quantity]
                named = [it for it in same if it.references & item.references]
                near = named or [it for it in same if self._near(it, item)]
                if near:
                    sure = Sureness.CERTAIN if named else Sureness.PROBABLE
                    reason = "reference and amount" if named else "amount and day"
                    self.take((item,), near[:1], reason, sure)
                    found.append(item)
            if not found:
                self.take(pair, (), "reversed in the book", Sureness.CERTAIN)
            elif len(found) == 1:
                left = pair[1] if found[0] is pair[0] else pair[0]
                self.ours[left.name] = left

    def sums(self) -> dict[str, tuple[str, ...]]:
        """Sums that are the only ones; returns what has several, by the item's name.

        Where the limit of steps ends the search, nothing is known to be the only one, and none is taken.
        """
        several: dict[str, tuple[str, ...]] = {}
        while True:
            several.clear()
            found = [*self._sums_of(True, several), *self._sums_of(False, several)]
            uses: Counter[tuple[bool, str]] = Counter()
            for it in found:
                uses.update((True, item.name) for item in it.ours)
                uses.update((False, item.name) for item in it.theirs)
            single = [] if self.budget.spent else [
                it
                for it in found
                if all(uses[True, item.name] == 1 for item in it.ours)
                and all(uses[False, item.name] == 1 for item in it.theirs)
            ]  # fmt: skip
            for it in single:
                sure = Sureness.AMBIGUOUS if it.by_chance else Sureness.PROBABLE
                said = f"sum of {max(len(it.ours), len(it.theirs))}"
                self.take(it.ours, it.theirs, f"{said}, perhaps by chance" if it.by_chance else said, sure)
            if not single:
                for it in found:
                    whole = it.ours[0] if len(it.ours) == 1 else it.theirs[0]
                    others = tuple(item.name for item in (*it.ours, *it.theirs) if item is not whole)
                    several.setdefault(whole.name, others)
                return several

    def _sums_of(self, of_theirs: bool, several: dict[str, tuple[str, ...]]) -> list[_Sum]:
        wholes, parts = (self.theirs, self.ours) if of_theirs else (self.ours, self.theirs)
        named = {name for it in wholes.values() for name in it.references}
        free = [it for it in parts.values() if not it.references & named]
        sharing = {name for it in parts.values() for name in it.references}
        found: list[_Sum] = []
        for whole in wholes.values():
            if self.budget.spent or whole.references & sharing:
                continue
            sums = subsets(whole, free, self.rules, self.budget)
            if len(sums.sets) == 1:
                ours, theirs = (sums.sets[0], (whole,)) if of_theirs else ((whole,), sums.sets[0])
                found.append(_Sum(ours, theirs, sums.by_chance))
            elif sums.sets:
                several[whole.name] = tuple(it.name for it in sums.sets[0])
        return found

    def _near(self, one: Item, other: Item) -> bool:
        return abs((one.day - other.day).days) <= self.rules.days


def _sum(items: Sequence[Item]) -> int:
    return sum(it.quantity for it in items)
