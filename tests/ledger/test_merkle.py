"""Merkle trees against the published vectors of Certificate Transparency and the RFC's own definition."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.second_opinion import (
    path_of,
    root_by_inclusion,
    roots_by_consistency,
    split,
    subproof,
    tree_hash,
)

from bankcore.ledger.evidence.merkle import Tree, consistent, extension, included, inclusion, root

# The leaves, roots and paths of the certificate-transparency project's own tests.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
PATHS = {  # (index, size): path
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


EXTENSIONS = {  # (old size, new size): path
    (1, 1): [],
    (1, 8): PATHS[0, 8],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


def way(index: int, size: int) -> str:
    """The turns from the root to a leaf."""
    if size == 1:
        return ""
    k = split(size)
    return "l" + way(index, k) if index < k else "r" + way(index - k, size - k)


def watching(leaves: list[bytes], index: int) -> Tree:
    tree = Tree()
    for place, leaf in enumerate(leaves):
        tree.add(leaf, watch=place == index)
    return tree


@pytest.mark.parametrize("size", range(9))
def test_published_roots(size: int) -> None:
    assert root(LEAVES[:size]).hex() == ROOTS[size]
    assert tree_hash(LEAVES[:size]).hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size"), PATHS)
def test_published_paths(index: int, size: int) -> None:
    tree = watching(LEAVES[:size], index)
    assert [node.hex() for node in tree.path()] == PATHS[index, size]
    assert inclusion(LEAVES[:size], index) == tree.path()
    assert included(LEAVES[index], index, size, tree.path(), bytes.fromhex(ROOTS[size]))


def test_a_leaf_is_watched_only_where_that_is_said() -> None:
    tree = Tree()
    for leaf in (b"a", b"b"):
        tree.add(leaf)
    assert tree.path() == ()


def test_where_no_leaf_is_watched_there_is_no_path() -> None:
    assert watching(LEAVES, 99).path() == ()


sizes = st.integers(1, 70)
places = sizes.flatmap(lambda size: st.tuples(st.integers(0, size - 1), st.just(size)))


@given(places)
def test_roots_and_paths_are_those_of_the_definition(place: tuple[int, int]) -> None:
    index, size = place
    leaves = [b"leaf %d" % n for n in range(size)]
    tree = watching(leaves, index)
    assert tree.size == size
    assert tree.root() == root(leaves) == tree_hash(leaves)
    assert list(tree.path()) == path_of(index, leaves)
    assert included(leaves[index], index, size, tree.path(), tree.root())
    assert root_by_inclusion(leaves[index], index, size, list(tree.path())) == tree.root()


@given(places, st.data())
def test_whatever_is_changed_is_refused(place: tuple[int, int], data: st.DataObject) -> None:
    index, size = place
    leaves = [b"leaf %d" % n for n in range(size)]
    tree = watching(leaves, index)
    leaf, path, top = leaves[index], list(tree.path()), tree.root()
    assert not included(leaf + b"x", index, size, path, top)
    assert not included(leaf, index, size, path, sha256(top).digest())
    assert not included(leaf, index, size, [*path, top], top)
    for other in range(-1, size + 1):
        assert included(leaf, other, size, path, top) == (other == index)
    other = data.draw(sizes)  # the size is bound as far as the way to the leaf depends on it
    alike = index < other and way(index, other) == way(index, size)
    assert included(leaf, index, other, path, top) == alike
    if path:
        at = data.draw(st.integers(0, len(path) - 1))
        assert not included(leaf, index, size, path[:at] + path[at + 1 :], top)
        assert not included(leaf, index, size, [*path[:at], sha256(path[at]).digest(), *path[at + 1 :]], top)
    if len(path) > 1:
        assert not included(leaf, index, size, path[::-1], top)


@pytest.mark.parametrize("first", [0, 1, 200])
@pytest.mark.parametrize("more", [0, 55, 255, 256, 257, 600])
def test_many_leaves_at_once_give_the_same_tree(first: int, more: int) -> None:
    """Whole blocks are folded by themselves, whatever was there before, and a watched leaf stays watched."""
    leaves = [str(n).encode() for n in range(first + more)]
    tree = Tree()
    for place, leaf in enumerate(leaves[:first]):
        tree.add(leaf, watch=place == first - 1)
    tree.extend(leaves[first:])
    assert (tree.size, tree.root()) == (len(leaves), tree_hash(leaves))
    if first:
        assert included(leaves[first - 1], first - 1, len(leaves), tree.path(), tree.root())


# --- consistency ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("old", "size"), EXTENSIONS)
def test_published_consistency_proofs(old: int, size: int) -> None:
    path = extension(LEAVES[:size], old)
    assert [node.hex() for node in path] == EXTENSIONS[old, size]
    assert consistent(old, bytes.fromhex(ROOTS[old]), size, bytes.fromhex(ROOTS[size]), path)


extensions = sizes.flatmap(lambda size: st.tuples(st.integers(1, size), st.just(size)))


@given(extensions)
def test_consistency_proofs_are_those_of_the_definition(sizes: tuple[int, int]) -> None:
    old, size = sizes
    leaves = [b"leaf %d" % n for n in range(size)]
    path, before, now = extension(leaves, old), root(leaves[:old]), root(leaves)
    assert list(path) == subproof(old, leaves, True)
    assert consistent(old, before, size, now, path)
    assert roots_by_consistency(old, size, list(path), before) == (before, now)


@given(extensions, st.data())
def test_whatever_is_changed_is_no_consistency(sizes: tuple[int, int], data: st.DataObject) -> None:
    old, size = sizes
    leaves = [b"leaf %d" % n for n in range(size)]
    path, before, now = list(extension(leaves, old)), root(leaves[:old]), root(leaves)
    other = sha256(before).digest()
    assert not consistent(old, other, size, now, path)
    assert not consistent(old, before, size, other, path)
    assert not consistent(old, before, size, now, [*path, other])
    if path:
        at = data.draw(st.integers(0, len(path) - 1))
        assert not consistent(old, before, size, now, path[:at] + path[at + 1 :])
        assert not consistent(old, before, size, now, [*path[:at], other, *path[at + 1 :]])
    forked = [b"fork", *leaves[1:]]
    for bad in (path, extension(forked, old)):
        assert not consistent(old, before, size, root(forked), bad)


def test_every_small_tree_extends_every_smaller_one() -> None:
    leaves = [b"leaf %d" % n for n in range(18)]
    roots = [root(leaves[:size]) for size in range(19)]
    for size in range(1, 19):
        for old in range(1, size + 1):
            assert consistent(old, roots[old], size, roots[size], extension(leaves[:size], old))


@pytest.mark.parametrize(("old", "size"), [(0, 3), (-1, 3), (4, 3), (3, 5)])
def test_sizes_in_the_wrong_order_or_without_a_path_are_no_consistency(old: int, size: int) -> None:
    assert not consistent(old, root([]), size, root(LEAVES[:size]), ())
