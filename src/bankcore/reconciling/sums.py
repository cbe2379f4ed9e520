"""Sums: which of some items make an amount, within stated limits."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

from attrs import define, frozen

from bankcore.reconciling.items import Item, Rules

__all__ = ["Budget", "Sums", "subsets"]

_ENOUGH = 2  # solutions, to know that there are several
_RARE = 20  # a sum by chance is to be expected once in so many at most


@define
class Budget:
    """The steps that are left for sums."""

    steps: int

    @property
    def spent(self) -> bool:
        """Whether a search was ended by it."""
        return self.steps <= 0


@frozen
class Sums:
    """The sets that were found; `by_chance` says that of so many that were tried one may fit by chance."""

    sets: tuple[tuple[Item, ...], ...]
    by_chance: bool


def subsets(whole: Item, items: Sequence[Item], rules: Rules, budget: Budget) -> Sums:
    """At most two sets of two or more items that make the quantity of `whole`.

    Taken are those of its sign within the days of the rules, the nearest in time first.
    """
    sign = 1 if whole.quantity > 0 else -1
    near = [
        it
        for it in items
        if 0 < it.quantity * sign < whole.quantity * sign and abs((it.day - whole.day).days) <= rules.days
    ]
    near.sort(key=lambda it: (abs((it.day - whole.day).days), it.day))
    near = sorted(near[: rules.most_candidates], key=lambda it: -abs(it.quantity))
    order = {it.name: place for place, it in enumerate(items)}
    amounts = [abs(it.quantity) for it in near]
    rest = [sum(amounts[place:]) for place in range(len(amounts) + 1)]
    found: list[tuple[Item, ...]] = []

    def search(place: int, wanted: int, taken: tuple[int, ...]) -> None:
        budget.steps -= 1
        if wanted == 0:
            if len(taken) > 1:
                found.append(tuple(sorted((near[at] for at in taken), key=lambda it: order[it.name])))
            return
        if len(taken) == rules.most_parts:
            return
        for at in range(place, len(amounts)):
            if len(found) == _ENOUGH or budget.spent or rest[at] < wanted:
                return
            if amounts[at] <= wanted:
                search(at + 1, wanted - amounts[at], (*taken, at))

    search(0, abs(whole.quantity), ())
    parts = max(map(len, found), default=0)
    tried = sum(comb(len(near), size) for size in range(2, parts + 1))
    return Sums(tuple(found), tried * _RARE > abs(whole.quantity))
