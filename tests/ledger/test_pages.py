"""A tree kept in pages is the tree made from scratch, and notices pages that are not its own."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.making import told
from tests.ledger.second_opinion import path_of, tree_hash

from bankcore.errors import HashPageDamaged
from bankcore.ledger.evidence import pages
from bankcore.ledger.evidence.merkle import EMPTY, leaf_hash
from bankcore.ledger.evidence.pages import PAGE, PagedTree, PageName


class Shelf:
    """Leaves, and the tree over them as pages keep it."""

    def __init__(self) -> None:
        self.leaves: list[bytes] = []
        self.kept: dict[PageName, bytes] = {}
        self.root = EMPTY
        self.met = 0  # pages read

    def read(self, level: int, numbers: Sequence[int]) -> dict[int, bytes]:
        self.met += len(numbers)
        return {n: self.kept[level, n] for n in numbers if (level, n) in self.kept}

    def tree(self) -> PagedTree:
        return PagedTree(self.read, len(self.leaves), self.root)

    def change(self, changes: dict[int, bytes], more: int = 0) -> PagedTree:
        tree, size = self.tree(), len(self.leaves)
        changes = {**changes, **{n: b"new %d" % n for n in range(size, size + more)}}
        self.leaves += [b""] * more
        for index, leaf in changes.items():
            self.leaves[index] = leaf
        tree.update((index, leaf_hash(leaf)) for index, leaf in sorted(changes.items()))
        self.kept.update(tree.changed)
        self.root = tree.root
        return tree


def filled(size: int) -> Shelf:
    shelf = Shelf()
    shelf.change({}, size)
    return shelf


steps = st.tuples(st.sampled_from([0, 0, 1, 2, 15, 16, 17, 257]), st.lists(st.integers(0, 2**16), max_size=5))


@given(st.lists(steps, max_size=6), st.sampled_from([1, 3, 16, 4_096]))
def test_the_tree_is_the_one_made_from_scratch(history: list[tuple[int, list[int]]], at_once: int) -> None:
    """Whatever is changed and added, however many leaves are taken at a time."""
    shelf = Shelf()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pages, "_AT_ONCE", at_once)
        for step, (more, picked) in enumerate(history):
            size = len(shelf.leaves)
            changes = {place % size: b"%d" % step for place in picked} if size else {}
            tree = shelf.change(changes, more)
            assert (tree.size, tree.root) == (len(shelf.leaves), tree_hash(shelf.leaves))
            for index in {place % tree.size for place in picked} if tree.size else ():
                assert list(shelf.tree().path(index)) == path_of(index, shelf.leaves)
    assert shelf.change(dict(enumerate(shelf.leaves))).changed == {}


@pytest.mark.parametrize("size", [0, 1, 2, 15, 16, 17, 255, 256, 257, 4_097])
def test_every_way_from_every_size(size: int) -> None:
    shelf = filled(size)
    assert shelf.root == tree_hash(shelf.leaves)
    for index in {0, size // 2, size - 1} & {*range(size)}:
        assert list(shelf.tree().path(index)) == path_of(index, shelf.leaves)
    shelf.change({}, 1)
    assert shelf.root == tree_hash(shelf.leaves)


def test_a_change_reads_the_pages_above_it_and_no_others() -> None:
    shelf = filled(5_000)
    shelf.met = 0
    tree = shelf.change({4_999: b"x", 0: b"y", 1: b"z"})
    assert shelf.met == len(tree.changed) == 2 + 2 + 2 + 1
    assert shelf.change({}).changed == {}


@pytest.mark.parametrize("size", [3, 16, 300, 5_000])
def test_a_page_that_is_not_under_the_root_is_noticed_when_it_is_met(size: int) -> None:
    """One bit changed, a hash too few or too many, the page lost."""
    places = [place for place in filled(size).kept if place[1] == 0]
    for place in places:
        for damage in (
            lambda page: bytes([page[0] ^ 1]) + page[1:],
            lambda page: page[:-32],
            lambda page: page + bytes(32),
            lambda page: page[:-1],
            lambda _: b"",
        ):
            shelf = filled(size)
            shelf.kept[place] = damage(shelf.kept[place])
            with pytest.raises(HashPageDamaged) as damaged:
                shelf.change({0: b"changed"})
            assert damaged.value.fields()["page"] == 0
            assert damaged.value.fields()["level"] in {level for level, _ in places}


def test_a_page_of_another_length_has_no_path() -> None:
    shelf = filled(300)
    shelf.kept[1, 0] += bytes(32)
    with pytest.raises(HashPageDamaged) as damaged:
        shelf.tree().path(0)
    assert damaged.value.fields() == {"level": 1, "page": 0}


@pytest.mark.parametrize("gap", [1, PAGE, 300])
@pytest.mark.parametrize("size", [0, 5, 16, 300])
def test_a_gap_between_the_leaves_is_noticed(size: int, gap: int) -> None:
    with pytest.raises(HashPageDamaged) as damaged:
        filled(size).tree().update([(size + gap, bytes(32))])
    whole_page = gap == PAGE and not size % PAGE  # which is missed only above
    where = (1, 0) if whole_page else (0, (size + gap) // PAGE)
    assert told(damaged.value) == [*where]


@pytest.mark.parametrize("few", [1, 3, 60, 200])
def test_a_page_among_many_that_is_not_under_the_root_never_enters_a_seal(few: int) -> None:
    """Every bit that lies on a page with a change counts, whether few of its hashes change or all."""
    places = range(0, 300, 300 // few)
    for number in sorted({place // PAGE for place in places}):
        shelf = filled(300)
        page = bytearray(shelf.kept[0, number])
        page[-1] ^= 1
        shelf.kept[0, number] = bytes(page)
        with pytest.raises(HashPageDamaged):
            shelf.change(dict.fromkeys(places, b"changed"))
