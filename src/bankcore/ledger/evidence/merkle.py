"""Merkle trees over bytes, as in RFC 6962, section 2.1 (Certificate Transparency).

A leaf is hashed after the byte 0, an inner node after the byte 1, and a tree splits at the largest
power of two below its size, so that no leaf can pass for a node and no two lists share a root.

>>> root([]).hex()[:8], root([b"a"]).hex()[:8]
('e3b0c442', '022a6979')
>>> tree = Tree()
>>> for leaf in (b"a", b"b", b"c"):
...     tree.add(leaf, watch=leaf == b"b")
>>> included(b"b", 1, 3, tree.path(), tree.root())
True
>>> included(b"b", 0, 3, tree.path(), tree.root())
False
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import islice, pairwise
from typing import Final

__all__ = [
    "EMPTY",
    "HASH",
    "Tree",
    "consistent",
    "extension",
    "fold",
    "fold_again",
    "folded",
    "included",
    "inclusion",
    "leaf_hash",
    "over",
    "root",
]

HASH: Final = 32  # bytes of a SHA-256
EMPTY: Final = sha256().digest()  # the root over no leaves
_BLOCK: Final = 256  # leaves; a power of two


class Tree:
    """A tree that grows leaf by leaf and remembers only the roots of its full subtrees.

    The path of one watched leaf is gathered on the way; memory grows with the logarithm of the size.
    """

    def __init__(self) -> None:
        self.size = 0
        self._full: list[bytes] = []  # the largest subtree first; their sizes are the bits of `size`
        self._path: list[bytes] = []
        self._watched: int | None = None  # which of the subtrees holds the watched leaf

    def add(self, leaf: bytes, *, watch: bool = False) -> None:
        """Append a leaf; `watch` the one whose `path` will be needed."""
        self._append(leaf_hash(leaf), 1, watch)

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Append many leaves, none of them watched: whole blocks are folded level by level."""
        rest = iter(leaves)
        while block := list(islice(rest, _BLOCK - self.size % _BLOCK)):
            if len(block) < _BLOCK:
                for leaf in block:
                    self.add(leaf)
                continue
            self._append(over([sha256(b"\0" + leaf).digest() for leaf in block]), _BLOCK, False)

    def _append(self, node: bytes, leaves: int, watch: bool) -> None:
        """Append a full subtree to a tree of whole subtrees of its size."""
        rest = self.size // leaves
        while rest & 1:
            left = self._full.pop()
            if watch:
                self._path.append(left)
            elif self._watched == len(self._full):
                self._path.append(node)
                watch = True
            node, rest = _node(left, node), rest >> 1
        if watch:
            self._watched = len(self._full)
        self._full.append(node)
        self.size += leaves

    def root(self) -> bytes:
        """The Merkle tree hash of all leaves so far."""
        return _top(self._full) if self._full else EMPTY

    def path(self) -> tuple[bytes, ...]:
        """The inclusion path of the watched leaf (section 2.1.1): siblings from the leaf upwards."""
        if self._watched is None:
            return ()
        smaller = self._full[self._watched + 1 :]
        larger = reversed(self._full[: self._watched])
        return (*self._path, *([_top(smaller)] if smaller else ()), *larger)


def root(leaves: Iterable[bytes]) -> bytes:
    """The Merkle tree hash of the leaves; that of none is the hash of nothing."""
    tree = Tree()
    tree.extend(leaves)
    return tree.root()


def included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the path leads from the leaf at `index` (from 0) of a tree of `size` leaves to the root.

    Different places have different paths, so a true answer proves the leaf and its index; the size is proved
    only as far as the path depends on it, which is why a size is always given together with its root.
    Source: RFC 9162, section 2.1.3.2.
    """
    if not 0 <= index < size:
        return False
    node, place, last = leaf_hash(leaf), index, size - 1
    for sibling in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            node = _node(sibling, node)
            while not place & 1 and place:  # a node without a right neighbour moves up unchanged
                place, last = place >> 1, last >> 1
        else:
            node = _node(node, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and node == root


def inclusion(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """The inclusion path of the leaf at `index`, from 0 (section 2.1.1): siblings from the leaf upwards."""
    tree = Tree()
    for place, leaf in enumerate(leaves):
        tree.add(leaf, watch=place == index)
    return tree.path()


def extension(leaves: Sequence[bytes], size: int) -> tuple[bytes, ...]:
    """The consistency proof (section 2.1.2) that the first `size` of the leaves, at least one, made up the
    tree before the others were added.
    """
    path: list[bytes] = []
    low, high, known = (
        0,
        len(leaves),
        True,
    )  # `known`: the subtree is the whole old tree, whose root is known
    while size - low < high - low:
        split = low + (1 << ((high - low - 1).bit_length() - 1))
        if size <= split:
            path.append(root(leaves[split:high]))
            high = split
        else:
            path.append(root(leaves[low:split]))
            low, known = split, False
    return (*([] if known else [root(leaves[low:high])]), *reversed(path))


def consistent(size: int, old: bytes, new_size: int, new: bytes, path: Sequence[bytes]) -> bool:
    """Whether the path shows that the tree of `new_size` leaves begins with that of `size`, at least one.

    Source: RFC 9162, section 2.1.4.2.
    """
    if not 0 < size <= new_size:
        return False
    if size == new_size:
        return not path and old == new
    rest = iter(
        path if size & (size - 1) else (old, *path)
    )  # of a full tree the root is left out of the path
    place, last = size - 1, new_size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = second = next(rest, b"")
    for sibling in rest:
        if last == 0:
            return False
        if place & 1 or place == last:
            first, second = _node(sibling, first), _node(sibling, second)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            second = _node(second, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and (first, second) == (old, new)


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of a leaf."""
    return sha256(b"\0" + leaf).digest()


def fold(nodes: Sequence[bytes]) -> list[bytes]:
    """The nodes above some nodes; the last of an odd number moves up unchanged."""
    rest = iter(nodes)
    above = [sha256(b"\1" + left + right).digest() for left, right in zip(rest, rest, strict=False)]
    return [*above, nodes[-1]] if len(nodes) & 1 else above


def folded(nodes: Sequence[bytes], times: int) -> list[list[bytes]]:
    """Some nodes and the given number of levels above them, from the lowest."""
    levels = [[*nodes]]
    for _ in range(times):
        levels.append(fold(levels[-1]))
    return levels


def fold_again(levels: Sequence[list[bytes]], places: Iterable[int]) -> None:
    """Update the levels above the first, after the nodes at some places of it have changed."""
    for below, above in pairwise(levels):
        places = {place >> 1 for place in places}
        for place in places:
            pair = below[2 * place : 2 * place + 2]
            above[place] = _node(*pair) if len(pair) == 2 else pair[0]


def over(nodes: Sequence[bytes]) -> bytes:
    """The node at the top of some nodes, at least one."""
    while len(nodes) > 1:
        nodes = fold(nodes)
    return nodes[0]


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


def _top(roots: Sequence[bytes]) -> bytes:
    """The root over neighbouring full subtrees, the largest first."""
    node = roots[-1]
    for left in reversed(roots[:-1]):
        node = _node(left, node)
    return node
