"""A book's account and the statement of it, with errors planted whose findings are known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from attrs import define, evolve, field

from bankcore.reconciling.items import Item, Kind

__all__ = ["KINDS", "Plant", "planted"]

START = date(2024, 5, 1)
KINDS = ("missing on statement", "missing in book", "twice", "amount", "day", "split", "merged", "reversed")
_MANY = 8  # equal amounts on one day


@define
class Plant:
    """Both sides, and the findings that are due: by side the open items with kind and quantity."""

    ours: list[Item] = field(factory=list)
    theirs: list[Item] = field(factory=list)
    open_ours: Counter[tuple[Kind, int]] = field(factory=Counter)
    open_theirs: Counter[tuple[Kind, int]] = field(factory=Counter)
    groups: int = 0  # splits and merges
    reversals: int = 0
    late: int = 0  # of certain matches with another day

    def add(self, ours: Item | None = None, theirs: Item | None = None) -> None:
        self.ours += [ours] if ours else []
        self.theirs += [theirs] if theirs else []


def planted(chance: Random, size: int, errors: int, *, named: bool, equal: bool) -> Plant:
    """`size` clean pairs and `errors` of each kind; `named` ones share references, `equal` ones an amount."""
    plant = Plant()
    amounts = _amounts(chance)
    for number in range(size):
        plant.add(*_pair(chance, f"c{number}", next(amounts), named))
    if equal:
        for number in range(3 * _MANY):
            one, other = _pair(chance, f"e{number}", 1000, named)
            day = START + timedelta(number // _MANY)
            plant.add(evolve(one, day=day), evolve(other, day=day))
    for kind in KINDS:
        for number in range(errors):
            _plant(plant, chance, kind, f"{kind[:3]}{KINDS.index(kind)}{number}", amounts, named)
    chance.shuffle(plant.ours)
    chance.shuffle(plant.theirs)
    return plant


def _amounts(chance: Random) -> Iterator[int]:
    """Amounts that differ from each other also when two digits are exchanged."""
    used: set[tuple[str, ...]] = set()
    while True:
        amount = chance.randrange(10_000, 99_999_999) * chance.choice((1, -1))
        digits = tuple(sorted(str(abs(amount))))
        if digits not in used:
            used.add(digits)
            yield amount


def _pair(chance: Random, name: str, amount: int, named: bool) -> tuple[Item, Item]:
    day = START + timedelta(chance.randrange(60))
    references = frozenset({f"ref{name}"}) if named else frozenset[str]()
    own = Item(f"o{name}", amount, day, references)
    return own, Item(f"t{name}", amount, day + timedelta(chance.randrange(3)), references)


def _plant(plant: Plant, chance: Random, kind: str, name: str, amounts: Iterator[int], named: bool) -> None:
    own, its = _pair(chance, name, next(amounts), named)
    if kind == "missing on statement":
        plant.add(own)
        plant.open_ours[Kind.NOT_ON_STATEMENT, own.quantity] += 1
    elif kind == "missing in book":
        plant.add(None, its)
        plant.open_theirs[Kind.NOT_IN_BOOK, its.quantity] += 1
    elif kind == "twice":
        plant.add(own, its)
        plant.add(None, evolve(its, name=f"{its.name}-again"))
        twice = Kind.TWICE_ON_STATEMENT if named else Kind.NOT_IN_BOOK
        plant.open_theirs[twice, its.quantity] += 1
    elif kind == "amount":
        wrong = _exchanged(chance, its.quantity)
        plant.add(own, evolve(its, quantity=wrong))
        plant.open_ours[Kind.OTHER_AMOUNT, own.quantity] += 1
        plant.open_theirs[Kind.OTHER_AMOUNT, wrong] += 1
    elif kind == "day":
        plant.add(own, evolve(its, day=own.day + timedelta(chance.randrange(6, 40))))
        plant.late += named
        if not named:
            plant.open_ours[Kind.OTHER_DAY, own.quantity] += 1
            plant.open_theirs[Kind.OTHER_DAY, own.quantity] += 1
    elif kind in ("split", "merged"):
        _sum(plant, chance, own, its, kind == "split")
    else:
        plant.add(evolve(own, references=frozenset()))
        plant.add(evolve(own, name=f"{own.name}-back", quantity=-own.quantity, undoes=own.name))
        plant.reversals += 1


def _sum(plant: Plant, chance: Random, own: Item, its: Item, split: bool) -> None:
    whole, part = (own, its) if split else (its, own)
    first = whole.quantity * chance.randrange(11, 39) // 100 + chance.randrange(7)
    second = whole.quantity * chance.randrange(11, 39) // 100 + chance.randrange(7)
    parts = [
        evolve(part, name=f"{part.name}-{place}", quantity=quantity, references=frozenset())
        for place, quantity in enumerate((first, second, whole.quantity - first - second))
    ]
    whole = evolve(whole, references=frozenset())
    plant.groups += 1
    if split:
        plant.add(whole)
        plant.theirs += parts
    else:
        plant.add(None, whole)
        plant.ours += parts


def _exchanged(chance: Random, amount: int) -> int:
    digits = [*str(abs(amount))]
    places = [at for at in range(1, len(digits) - 1) if digits[at] != digits[at + 1]]
    if not places:
        return amount + 1
    at = chance.choice(places)
    digits[at], digits[at + 1] = digits[at + 1], digits[at]
    return int("".join(digits)) * (1 if amount > 0 else -1)
