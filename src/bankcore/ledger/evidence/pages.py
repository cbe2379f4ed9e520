"""Pages of a Merkle tree: its hashes are stored, so that a change recomputes only the hashes above it.

Page 0 of level 0 holds the hashes of the first `PAGE` leaves, page 1 those of the next, and so on; the hash
over a page is one of the hashes of the level above, and the only page of the highest level gives the root.
As a page holds a power of two, the tree is the one of `merkle`.  Pages are derived data: their content is
trusted only where it leads to a known root, and they can be recomputed from the leaves.

>>> from bankcore.ledger.evidence.merkle import leaf_hash, root
>>> kept = {}
>>> tree = PagedTree(lambda level, numbers: {n: kept[level, n] for n in numbers if (level, n) in kept})
>>> tree.update(enumerate(map(leaf_hash, [b"a", b"b", b"c"])))
>>> tree.root == root([b"a", b"b", b"c"])
True
>>> kept.update(tree.changed)
>>> tree.update([(1, leaf_hash(b"x"))])
>>> tree.root == root([b"a", b"x", b"c"])
True
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from struct import iter_unpack
from typing import Final

from bankcore.errors import HashPageDamaged
from bankcore.ledger.evidence.merkle import EMPTY, HASH, fold, fold_again, folded

__all__ = ["PAGE", "PageName", "PagedTree", "ReadPages"]

PAGE: Final = 16  # hashes on a page, a power of two: larger pages cost more hashing, smaller ones more reads
_AT_ONCE: Final = 4_096  # hashes whose pages are read together
_HEIGHT: Final = PAGE.bit_length() - 1  # levels of the tree from a page to the hash over it
_FEW: Final = 4  # where fewer than one hash in so many changes, only the hashes above these are recomputed

PageName = tuple[int, int]  # its level, its number there
ReadPages = Callable[[int, Sequence[int]], Mapping[int, bytes]]  # those pages of a level that exist


def no_pages(level: int, numbers: Sequence[int]) -> Mapping[int, bytes]:
    """The pages of a tree that is built from nothing."""
    return {}


class PagedTree:
    """A tree of `size` leaves with a root, whose pages come from `read`.

    `changed` are the pages made by its updates, for the store to keep.
    """

    def __init__(self, read: ReadPages = no_pages, size: int = 0, root: bytes = EMPTY) -> None:
        self.size = size
        self.root = root
        self.changed: dict[PageName, bytes] = {}
        self._read = read

    def update(self, hashes: Iterable[tuple[int, bytes]]) -> None:
        """Set hashes of leaves by index, from 0 and in order; new ones follow the last without a gap.

        Raises HashPageDamaged where a page that is read does not lead to the root, or where there is a gap.
        """
        level, count, below = 0, self.size, dict[int, bytes]()
        while True:
            before, after, end = self._set(level, count, below, hashes)
            if 0 < count <= PAGE and before[0] != self.root:
                raise HashPageDamaged(level, 0)
            now = max(count, end)
            if level == 0:
                self.size = now
            if now <= PAGE or not after:
                self.root = after.get(0, self.root)
                return
            above, below = (-(-count // PAGE), before) if count > PAGE else (0, {})
            level, count, hashes = level + 1, above, after.items()

    def path(self, index: int) -> tuple[bytes, ...]:
        """The inclusion path of a leaf: siblings from the leaf upwards; raises HashPageDamaged."""
        path: list[bytes] = []
        level, count = 0, self.size
        while count > 1:
            number, place = divmod(index, PAGE)
            nodes = self._nodes(level, count, [number])
            while len(nodes) > 1:
                path += nodes[place ^ 1 : (place ^ 1) + 1]
                nodes, place = fold(nodes), place >> 1
            level, index, count = level + 1, number, -(-count // PAGE)
        return tuple(path)

    def _set(
        self, level: int, count: int, below: Mapping[int, bytes], hashes: Iterable[tuple[int, bytes]]
    ) -> tuple[dict[int, bytes], dict[int, bytes], int]:
        """Set hashes of a level that had `count`; the hash over each page before and after, and the end.

        `below` are the earlier hashes of the pages beneath, which must be found here.  The only page of its
        level is included: it gave the root before, and may now have a place on the level above.
        """
        before, after, end = dict[int, bytes](), dict[int, bytes](), 0
        for some in _by_page(hashes):
            numbers = [*dict.fromkeys([index // PAGE for index, _ in some])]
            if 0 < count <= PAGE and not before and numbers[:1] != [0]:
                numbers.insert(0, 0)
            old = self._nodes(level, count, numbers)
            levels = folded(old, _HEIGHT)
            before.update(zip(numbers, levels[-1], strict=False))  # the pages that existed come first
            nodes = _changed(level, numbers, old, some, below)
            if len(nodes) == len(old) and len(some) * _FEW < len(old):
                first = {number: place * PAGE for place, number in enumerate(numbers)}
                levels[0] = nodes
                fold_again(levels, [first[index // PAGE] + index % PAGE for index, _ in some])
            else:
                levels = folded(nodes, _HEIGHT)
            after.update(zip(numbers, levels[-1], strict=True))
            self._keep(level, numbers, old, nodes)
            end = some[-1][0] + 1 if some else end
        return before, after, end

    def _nodes(self, level: int, count: int, numbers: Sequence[int]) -> list[bytes]:
        """The hashes on some pages, in order, of a level that has `count`; raises HashPageDamaged."""
        made = {n: self.changed[level, n] for n in numbers if (level, n) in self.changed}
        found = {**self._read(level, [n for n in numbers if n not in made]), **made}
        pages = [found.get(number, b"") for number in numbers]
        for number, page in zip(numbers, pages, strict=True):
            if len(page) != HASH * min(max(count - number * PAGE, 0), PAGE):
                raise HashPageDamaged(level, number)
        return [node for (node,) in iter_unpack(f"{HASH}s", b"".join(pages))]

    def _keep(self, level: int, numbers: Sequence[int], old: list[bytes], nodes: list[bytes]) -> None:
        """Note those of the pages that have changed."""
        for place, number in enumerate(numbers):
            page = nodes[place * PAGE : (place + 1) * PAGE]
            if page != old[place * PAGE : (place + 1) * PAGE]:
                self.changed[level, number] = b"".join(page)


def _changed(
    level: int,
    numbers: Sequence[int],
    old: Sequence[bytes],
    some: Sequence[tuple[int, bytes]],
    below: Mapping[int, bytes],
) -> list[bytes]:
    """The hashes on some pages with some of them set; one given in `below` must have been there before."""
    begin = numbers[0] * PAGE if numbers else 0
    if not old and [index for index, _ in some] == [*range(begin, begin + len(some))]:
        return [node for _, node in some]  # all are new and in order: no need to compare them one by one
    nodes, first = [*old], {number: place * PAGE for place, number in enumerate(numbers)}
    for index, node in some:
        place = first[index // PAGE] + index % PAGE
        if place < len(nodes):
            if below.get(index, nodes[place]) != nodes[place]:
                raise HashPageDamaged(level, index // PAGE)
            nodes[place] = node
        elif place == len(nodes):
            nodes.append(node)
        else:
            raise HashPageDamaged(level, index // PAGE)
    return nodes


def _by_page(hashes: Iterable[tuple[int, bytes]]) -> Iterator[list[tuple[int, bytes]]]:
    """The hashes in portions, at least one portion, never splitting the hashes of one page."""
    rest, some = iter(hashes), list[tuple[int, bytes]]()
    while more := list(islice(rest, _AT_ONCE)):
        some += more
        if len(more) < _AT_ONCE:
            break
        whole = len(some)
        while whole and some[whole - 1][0] // PAGE == some[-1][0] // PAGE:
            whole -= 1
        if whole:
            yield some[:whole]
            del some[:whole]
    yield some
