"""Items of one amount: which posting is which entry, by day and text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bankcore.reconciling.items import Item, Match, Rules, Sureness, likeness

__all__ = ["equal_pairs"]

_MOST_CELLS = 250_000  # of a table of postings by entries; more are paired in the order of days


def equal_pairs(ours: Sequence[Item], theirs: Sequence[Item], rules: Rules) -> list[Match]:
    """The matches among items that all have the same quantity.

    As many as possible are paired within the days of the rules, those nearest in time; where texts tell
    items apart, they do.  A pair whose item could as well be one that stays open is ambiguous.
    """
    matches: list[Match] = []
    for some, others in _clusters(_sorted(ours), _sorted(theirs), rules.days):
        alike = _by_text(some, others, rules) if len(some) + len(others) > 2 else []
        matches += (
            Match((one.name,), (other.name,), "amount, day and text", Sureness.PROBABLE, _days(one, other))
            for one, other in alike
        )
        taken = {it.name for it, _ in alike}, {it.name for _, it in alike}
        left = (
            [it for it in some if it.name not in taken[0]],
            [it for it in others if it.name not in taken[1]],
        )
        matches += _by_day(*left, rules)
    return matches


def _sorted(items: Sequence[Item]) -> list[Item]:
    return sorted(items, key=lambda it: it.day)  # stable: in the order of the book or of the file


def _days(one: Item, other: Item) -> int:
    return abs((one.day - other.day).days)


def _clusters(ours: list[Item], theirs: list[Item], days: int) -> Iterator[tuple[list[Item], list[Item]]]:
    """Runs of items without a gap of more than the days, which have both sides."""
    run: tuple[list[Item], list[Item]] = ([], [])
    last = None
    marked = [*((it, 0) for it in ours), *((it, 1) for it in theirs)]
    for item, side in sorted(marked, key=lambda it: it[0].day):
        if last is not None and (item.day - last).days > days:
            if all(run):
                yield run
            run = ([], [])
        run[side].append(item)
        last = item.day
    if all(run):
        yield run


def _by_text(ours: list[Item], theirs: list[Item], rules: Rules) -> list[tuple[Item, Item]]:
    """Pairs alike in text of which each is the other's only best."""
    if len(ours) * len(theirs) > _MOST_CELLS:
        return []
    likes = {
        (place, other): (likeness(one, it), -_days(one, it))
        for place, one in enumerate(ours)
        for other, it in enumerate(theirs)
        if _days(one, it) <= rules.days
    }
    best_of_ours: dict[int, list[int]] = {}
    best_of_theirs: dict[int, list[int]] = {}
    for side, best in ((0, best_of_ours), (1, best_of_theirs)):
        highest: dict[int, tuple[int, int]] = {}
        for key, like in likes.items():
            if like[0] < rules.likeness:
                continue
            if key[side] not in highest or like > highest[key[side]]:
                highest[key[side]], best[key[side]] = like, [key[1 - side]]
            elif like == highest[key[side]]:
                best[key[side]].append(key[1 - side])
    return [
        (ours[place], theirs[found[0]])
        for place, found in sorted(best_of_ours.items())
        if len(found) == 1 and best_of_theirs.get(found[0]) == [place]
    ]


def _by_day(ours: list[Item], theirs: list[Item], rules: Rules) -> Iterator[Match]:
    pairs = _aligned(ours, theirs, rules.days)
    paired = {ours[one].name for one, _ in pairs}, {theirs[other].name for _, other in pairs}
    open_ours = [it for it in ours if it.name not in paired[0]]
    open_theirs = [it for it in theirs if it.name not in paired[1]]
    for one, other in pairs:
        mine, its = ours[one], theirs[other]
        doubtful = any(_as_good(it, mine, its) for it in open_ours) or any(
            _as_good(it, its, mine) for it in open_theirs
        )
        reason = "amount and day"
        if doubtful:
            reason = "amount and day, as have others"
        elif len(pairs) > 1:
            reason = "amount and day, in the order of equal ones"
        sure = Sureness.AMBIGUOUS if doubtful else Sureness.PROBABLE
        yield Match((mine.name,), (its.name,), reason, sure, _days(mine, its))


def _as_good(spare: Item, taken: Item, other: Item) -> bool:
    """Whether an item that stays open could take the place of one that does not, and is not just the same."""
    if _days(spare, other) > _days(taken, other):
        return False
    return (spare.day, spare.references, spare.words) != (taken.day, taken.references, taken.words)


def _aligned(ours: list[Item], theirs: list[Item], days: int) -> list[tuple[int, int]]:
    """As many pairs as possible in the order of days, then with the fewest days between them."""
    if len(ours) * len(theirs) > _MOST_CELLS:
        return _in_order(ours, theirs, days)
    # best[i][j]: of the items from i and j on, (pairs, minus days), as one number to compare
    wide = (days + 1) * (len(ours) + len(theirs) + 1)
    best = [[0] * (len(theirs) + 1) for _ in range(len(ours) + 1)]
    for one in reversed(range(len(ours))):
        row, below = best[one], best[one + 1]
        for other in reversed(range(len(theirs))):
            value = max(below[other], row[other + 1])
            apart = _days(ours[one], theirs[other])
            if apart <= days:
                value = max(value, below[other + 1] + wide - apart)
            row[other] = value
    pairs, one, other = [], 0, 0
    while one < len(ours) and other < len(theirs):
        apart = _days(ours[one], theirs[other])
        if apart <= days and best[one][other] == best[one + 1][other + 1] + wide - apart:
            pairs.append((one, other))
            one, other = one + 1, other + 1
        elif best[one][other] == best[one + 1][other]:
            one += 1
        else:
            other += 1
    return pairs


def _in_order(ours: list[Item], theirs: list[Item], days: int) -> list[tuple[int, int]]:
    pairs, one, other = [], 0, 0
    while one < len(ours) and other < len(theirs):
        apart = (ours[one].day - theirs[other].day).days
        if abs(apart) <= days:
            pairs.append((one, other))
            one, other = one + 1, other + 1
        elif apart < 0:
            one += 1
        else:
            other += 1
    return pairs
