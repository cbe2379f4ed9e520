"""Matching: planted errors are all found and none is invented; what is doubtful is said to be."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from random import Random

import pytest
from tests.reconciling.planting import planted

from bankcore.errors import BadTerms
from bankcore.reconciling.items import Item, Kind, Rules, Sureness, transposed
from bankcore.reconciling.matching import Matching, match

DAY = date(2024, 5, 1)


def item(name: str, quantity: int, days: int = 0, *references: str, text: str = "", **more: object) -> Item:
    return Item(name, quantity, DAY + timedelta(days), frozenset(references), text, **more)  # type: ignore[arg-type]


def pairs(found: Matching) -> list[tuple[tuple[str, ...], tuple[str, ...], Sureness]]:
    return [(it.ours, it.theirs, it.sureness) for it in found.matches]


def opens(found: Matching) -> list[tuple[str, Kind]]:
    return [(it.name, it.kind) for it in (*found.open_ours, *found.open_theirs)]


def check_whole(ours: list[Item], theirs: list[Item], found: Matching) -> None:
    """Each item is in one match or open, and the sides of a match are equal."""
    for items, places, left in (
        (ours, [name for it in found.matches for name in it.ours], found.open_ours),
        (theirs, [name for it in found.matches for name in it.theirs], found.open_theirs),
    ):
        assert sorted([*places, *(it.name for it in left)]) == sorted(it.name for it in items)
    amounts = {True: {it.name: it.quantity for it in ours}, False: {it.name: it.quantity for it in theirs}}
    for it in found.matches:
        assert sum(amounts[True][name] for name in it.ours) == sum(amounts[False][name] for name in it.theirs)


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("equal", [True, False])
@pytest.mark.parametrize("seed", range(40))
def test_planted_errors_are_all_found_and_none_is_invented(seed: int, named: bool, equal: bool) -> None:
    plant = planted(Random(seed), 20 + 5 * seed, 1 + seed % 6, named=named, equal=equal)
    found = match(plant.ours, plant.theirs)
    check_whole(plant.ours, plant.theirs, found)
    ours, theirs = ({it.name: it for it in side} for side in (plant.ours, plant.theirs))
    assert Counter((it.kind, ours[it.name].quantity) for it in found.open_ours) == plant.open_ours
    assert Counter((it.kind, theirs[it.name].quantity) for it in found.open_theirs) == plant.open_theirs
    assert sum(len(it.ours) + len(it.theirs) > 2 and bool(it.theirs) for it in found.matches) == plant.groups
    assert sum(it.reason == "reversed in the book" for it in found.matches) == plant.reversals
    assert sum(it.days > Rules().days for it in found.matches) == plant.late
    assert not found.ended


def test_the_order_of_equal_items_does_not_change_what_is_open() -> None:
    ours = [item(f"o{n}", 1000, n % 3) for n in range(9)]
    theirs = [item(f"t{n}", 1000, n % 3) for n in range(7)]
    chance = Random(1)
    for _ in range(20):
        chance.shuffle(ours)
        chance.shuffle(theirs)
        found = match(ours, theirs)
        check_whole(ours, theirs, found)
        assert (len(found.open_ours), len(found.open_theirs)) == (2, 0)


def test_the_nearest_day_is_taken_and_as_many_as_possible() -> None:
    found = match([item("o1", 5), item("o2", 5, 4)], [item("t", 5, 4)])
    assert pairs(found) == [(("o2",), ("t",), Sureness.PROBABLE)]
    found = match([item("o1", 5), item("o2", 5, 4)], [item("t1", 5, 4), item("t2", 5, 8)])
    assert [it[:2] for it in pairs(found)] == [(("o1",), ("t1",)), (("o2",), ("t2",))]


def test_what_another_could_be_is_ambiguous_and_what_text_tells_is_not() -> None:
    ours = [item("o1", 5, 0, "k1", text="shoes"), item("o2", 5, 0, "k2", text="hats of felt")]
    assert [it[2] for it in pairs(match(ours, [item("t", 5, 1)]))] == [Sureness.AMBIGUOUS]
    found = match(ours, [item("t", 5, 1, text="Felt hats")])
    assert pairs(found) == [(("o2",), ("t",), Sureness.PROBABLE)]
    assert opens(found) == [("o1", Kind.NOT_ON_STATEMENT)]


def test_a_reference_wins_over_a_nearer_day() -> None:
    found = match([item("o1", 5, 0), item("o2", 5, 30, "r")], [item("t", 5, 0, "r")])
    assert pairs(found) == [(("o2",), ("t",), Sureness.CERTAIN)]
    assert found.matches[0].days == 30


def test_a_reference_of_several_is_a_sum_or_nothing() -> None:
    ours = [item("o1", 3, 0, "r"), item("o2", 4, 9, "r")]
    assert pairs(match(ours, [item("t", 7, 1, "r")])) == [(("o1", "o2"), ("t",), Sureness.CERTAIN)]
    found = match(ours, [item("t", 8, 1, "r")])
    assert not found.matches
    assert {kind for _, kind in opens(found)} == {Kind.NOT_ON_STATEMENT, Kind.NOT_IN_BOOK}


def test_the_payments_of_a_batch() -> None:
    batch = item("t", 9, 1, "batch", parts=((4, frozenset({"a"})), (5, frozenset({"b"}))))
    ours = [item("o1", 4, 0, "b"), item("o2", 4, 0, "a"), item("o3", 5, 0, "b")]
    found = match(ours, [batch])
    assert pairs(found) == [(("o2", "o3"), ("t",), Sureness.CERTAIN)]
    unnamed = [item("o1", 4), item("o3", 5)]
    assert pairs(match(unnamed, [batch])) == [(("o1", "o3"), ("t",), Sureness.PROBABLE)]
    assert not match(unnamed[:1], [batch]).matches


def test_reversals_in_the_book() -> None:
    ours = [item("o1", 5, 0, "r"), item("o2", -5, 1, undoes="o1"), item("o3", 5, 1, "r")]
    found = match(ours, [item("t", 5, 1, "r")])  # made again: only the second is on the statement
    assert pairs(found) == [(("o3",), ("t",), Sureness.CERTAIN), (("o1", "o2"), (), Sureness.CERTAIN)]
    found = match(ours[:2], [item("t1", 5, 1), item("t2", -5, 2)])  # the bank has both
    assert [it[:2] for it in pairs(found)] == [(("o1",), ("t1",)), (("o2",), ("t2",))]
    found = match(ours[:2], [item("t", 5, 0, "r")])  # the bank does not know of the reversal
    assert pairs(found) == [(("o1",), ("t",), Sureness.CERTAIN)]
    assert opens(found) == [("o2", Kind.NOT_ON_STATEMENT)]
    found = match(ours[:2], [item("t", -5, 0)])
    assert opens(found) == [("o1", Kind.NOT_ON_STATEMENT)]


def test_corrections_in_the_book() -> None:
    ours = [item("o1", 100), item("o2", -10, 3, corrects="o1"), item("o3", 9, corrects="elsewhere")]
    assert pairs(match(ours, [item("t", 90, 1)])) == [(("o1", "o2"), ("t",), Sureness.PROBABLE)]
    gone = [item("o1", 100), item("o2", -100, 3, corrects="o1")]
    assert pairs(match(gone, [])) == [(("o1", "o2"), (), Sureness.CERTAIN)]
    assert opens(match(ours[:2], [item("t", 100, 1)])) == [("o2", Kind.NOT_ON_STATEMENT)]


def test_the_bank_takes_back_its_own_entry() -> None:
    found = match([], [item("t1", 5, 0, "r"), item("t2", -5, 1, "r"), item("t3", -5, 1, "s")])
    assert pairs(found) == [((), ("t1", "t2"), Sureness.PROBABLE)]
    assert opens(found) == [("t3", Kind.NOT_IN_BOOK)]


def test_a_sum_that_is_not_the_only_one_is_named_and_not_taken() -> None:
    found = match([item("o1", 3), item("o2", 4), item("o3", 5), item("o4", 2)], [item("t", 7)])
    assert not found.matches
    assert opens(found)[-1] == ("t", Kind.SUM_AMBIGUOUS)
    assert len(found.open_theirs[0].counterpart) == 2
    two = match([item("o1", 3), item("o2", 4)], [item("t1", 7), item("t2", 7)])  # who has it?
    assert not two.matches
    assert [kind for _, kind in opens(two)][2:] == [Kind.SUM_AMBIGUOUS] * 2


def test_sums_are_bounded_and_the_end_of_a_search_is_told() -> None:
    many = [item(f"o{n}", 2 * n + 1001) for n in range(24)]
    found = match(many, [item("t", 6 * 1000 + 1)], Rules(most_steps=50))
    assert found.ended
    assert not found.matches
    known = match([*many[:2], item("o", 5)], [item("t", 2004)], Rules(most_steps=2))
    assert known.ended
    assert not known.matches  # one sum was found, and whether it is the only one is not known
    seven = [item(f"o{n}", 3**n) for n in range(7)]
    assert not match(seven, [item("t", sum(3**n for n in range(7)))]).matches
    assert match(seven, [item("t", sum(3**n for n in range(7)))], Rules(most_parts=7)).matches
    with pytest.raises(BadTerms):
        Rules(days=-1)


def test_a_sum_that_may_be_chance_is_ambiguous() -> None:
    chance = Random(5)
    invented = 0
    for _ in range(100):
        ours = [item(f"o{n}", chance.randrange(1000, 99_999)) for n in range(20)]
        found = match(ours, [item("t", chance.randrange(100_000, 300_000))])
        invented += sum(it.sureness is not Sureness.AMBIGUOUS for it in found.matches)
    assert invented <= 5


def test_postings_outside_the_period_are_matched_last_and_never_open() -> None:
    ours = [item("o1", 5, 0, outside=True), item("o2", 5, 3), item("o3", 6, 0, outside=True)]
    assert [it[:2] for it in pairs(match(ours, [item("t", 5, 1)]))] == [(("o2",), ("t",))]
    found = match(ours, [item("t1", 5, 1), item("t2", 6, 1), item("t3", 9, 1)])
    assert len(found.matches) == 2
    assert opens(found) == [("t3", Kind.NOT_IN_BOOK)]


def test_what_is_twice_on_a_side() -> None:
    found = match([item("o1", 5, 0, "r"), item("o2", 5, 1, "r")], [item("t", 5, 0, "r")])
    assert opens(found) == [("o2", Kind.TWICE_IN_BOOK)]
    found = match([item("o1", 5, 0, "r")], [item("t1", 5, 0, "r"), item("t2", 5, 30, "r")])
    assert opens(found) == [("t2", Kind.NOT_IN_BOOK)]  # a month later it is another payment


def test_many_equal_items_are_paired_in_the_order_of_days() -> None:
    ours = [item(f"o{n}", 5, n // 100) for n in range(600)]
    theirs = [item(f"t{n}", 5, n // 100) for n in range(600) if n != 77]
    found = match(ours, theirs)
    check_whole(ours, theirs, found)
    assert len(found.open_ours) == 1


@pytest.mark.parametrize(
    ("one", "other", "verdict"),
    [(12, 21, True), (-12, -21, True), (12, -21, False), (102, 120, True), (100, 10, True), (12, 12, False),
     (123, 321, False), (1, 2, False)],
)  # fmt: skip
def test_transposed_digits(one: int, other: int, verdict: bool) -> None:
    assert transposed(one, other) is verdict
