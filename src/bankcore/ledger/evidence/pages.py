"""Pages of a Merkle tree: its hashes are kept, so that a change hashes again only what lies above it.

Page 0 of level 0 holds the hashes of the first `PAGE` leaves, page 1 those of the next, and so on; the hash
over a page is one of the hashes of the level above, and the only page of the highest level gives the root.
As a page holds a power of two, the tree is the one of `merkle`.  Pages are derived data: what stands in them
is believed only where it leads to a root that is known, and they can be made anew from the leaves.

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
from typing import Final

from bankcore.errors import HashPageDamaged
from bankcore.ledger.evidence.merkle import EMPTY, HASH, fold, over

__all__ = ["PAGE", "PageName", "PagedTree", "ReadPages"]

PAGE: Final = 16  # hashes on a page, a power of two: of larger ones more is hashed, of smaller ones more read
_AT_ONCE: Final = 4_096  # hashes whose pages are read together

PageName = tuple[int, int]  # its level, its number there
ReadPages = Callable[[int, Sequence[int]], Mapping[int, bytes]]  # those pages of a level that there are


def no_pages(level: int, numbers: Sequence[int]) -> Mapping[int, bytes]:
    """The pages of a tree that is made anew."""
    return {}


class PagedTree:
    """A tree of `size` leaves with a root, of which `read` gives the pages.

    `changed` are the pages that its updates made, for the store to keep.
    """

    def __init__(self, read: ReadPages = no_pages, size: int = 0, root: bytes = EMPTY) -> None:
        self.size = size
        self.root = root
        self.changed: dict[PageName, bytes] = {}
        self._read = read

    def update(self, hashes: Iterable[tuple[int, bytes]]) -> None:
        """Set hashes of leaves by index, from 0 and in order; new ones follow the last without a gap.

        Raises HashPageDamaged where a page that is met does not lead to the root, or where there is a gap.
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
            page = self._pages(level, [number]).get(number, b"")
            if len(page) != _length(count, number):
                raise HashPageDamaged(level, number)
            while len(page) > HASH:
                sibling = (place ^ 1) * HASH
                path += [page[sibling : sibling + HASH]] if sibling < len(page) else []
                page, place = fold(page), place >> 1
            level, index, count = level + 1, number, -(-count // PAGE)
        return tuple(path)

    def _set(
        self, level: int, count: int, below: Mapping[int, bytes], hashes: Iterable[tuple[int, bytes]]
    ) -> tuple[dict[int, bytes], dict[int, bytes], int]:
        """Set hashes of a level that had `count`; the hash over each page before and after, and the end.

        `below` is what the pages beneath gave before, so it must stand here.  A page that is alone on its
        level goes along: before, it gave the root, and now it may have a place on the level above.
        """
        before, after, end = dict[int, bytes](), dict[int, bytes](), 0
        for some in _by_page(hashes, alone=0 < count <= PAGE):
            found = self._pages(level, list(some))
            for number, slots in some.items():
                old = found.get(number, b"")
                page = bytearray(old)
                if number not in after:
                    if len(old) != _length(count, number):
                        raise HashPageDamaged(level, number)
                    before[number] = over(old)
                for slot, node in slots.items():
                    at, index = slot * HASH, number * PAGE + slot
                    if at > len(page) or below.get(index, old[at : at + HASH]) != old[at : at + HASH]:
                        raise HashPageDamaged(level, number)
                    page[at : at + HASH] = node
                    end = index + 1
                if page != old:
                    self.changed[level, number] = bytes(page)
                after[number] = over(bytes(page))
        return before, after, end

    def _pages(self, level: int, numbers: Sequence[int]) -> dict[int, bytes]:
        made = {n: self.changed[level, n] for n in numbers if (level, n) in self.changed}
        return {**self._read(level, [n for n in numbers if n not in made]), **made}


def _by_page(hashes: Iterable[tuple[int, bytes]], *, alone: bool) -> Iterator[dict[int, dict[int, bytes]]]:
    """Some of the hashes at a time, by page and by place on it; `alone` begins with page 0 in any case."""
    rest = iter(hashes)
    pages: dict[int, dict[int, bytes]] = {0: {}} if alone else {}
    while some := list(islice(rest, _AT_ONCE)):
        for index, node in some:
            pages.setdefault(index // PAGE, {})[index % PAGE] = node
        yield pages
        pages = {}
    if pages:
        yield pages


def _length(count: int, number: int) -> int:
    """How many bytes a page has on a level of so many hashes."""
    return HASH * min(max(count - number * PAGE, 0), PAGE)
