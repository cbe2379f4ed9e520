"""The log of a book's seals: a Merkle tree whose leaves are the digests of the seals in order.

Its head is a checkpoint.  A consistency proof shows that the log of a later checkpoint begins with the log of
an earlier one, so no seal was removed, changed or inserted.  It covers the seals only: that the lines between
them are those that were sealed is shown by `verify`, or by a proof of each.
Source: RFC 6962, section 2.1.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from attrs import frozen

from bankcore.amounts import check_quantity
from bankcore.errors import BadSeal, ProofRefused
from bankcore.ledger.evidence.checkpoints import Checkpoint, origin_of
from bankcore.ledger.evidence.merkle import consistent, extension, included, inclusion, root
from bankcore.ledger.evidence.plain import (
    Readers,
    book_data,
    exactly,
    list_of,
    object_of,
    parse_json,
    read_book,
    read_fields,
)
from bankcore.ledger.evidence.seals import Seal, parse_digest, seals
from bankcore.ledger.ports import Reader
from bankcore.ledger.transactions import Book

__all__ = [
    "ConsistencyProof",
    "LogPlace",
    "check_heads",
    "checkpoint_of",
    "place_in_log",
    "prove_consistency",
    "read_place",
]

FORMAT: Final = "bankcore consistency"
VERSION: Final = 1


@frozen
class LogPlace:
    """Proof that a seal is in the log: the log's head, and the path from the seal to its root."""

    size: int
    root: bytes
    path: tuple[bytes, ...]

    def holds(self, seal: Seal) -> bool:
        """Whether the path leads from the seal, at the place given by its number, to the root."""
        return included(seal.digest(), seal.number - 1, self.size, self.path, self.root)

    def as_dict(self) -> dict[str, Any]:
        """Every field as plain data."""
        return {"size": self.size, "root": self.root.hex(), "path": [node.hex() for node in self.path]}


@frozen
class ConsistencyProof:
    """Proof that the log of a book with `size` seals is the beginning of the one with `new_size`."""

    book: Book
    size: int
    root: bytes
    new_size: int
    new_root: bytes
    path: tuple[bytes, ...]

    def check(self, checkpoints: Iterable[Checkpoint] = ()) -> tuple[Checkpoint, Checkpoint]:
        """The two heads, once the path has shown that the later one extends the earlier one.

        Each of the `checkpoints` kept outside the book must be one of the two; without them only the proof's
        own consistency is checked.  Raises ProofRefused, naming the part that does not fit.
        """
        if not consistent(self.size, self.root, self.new_size, self.new_root, self.path):
            raise ProofRefused("consistency", "the later log does not begin with the earlier")
        origin = origin_of(self.book)
        heads = Checkpoint(origin, self.size, self.root), Checkpoint(origin, self.new_size, self.new_root)
        check_heads(heads, checkpoints)
        return heads

    def as_dict(self) -> dict[str, Any]:
        """The proof as plain data."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "book": book_data(self.book),
            "old": {"size": self.size, "root": self.root.hex()},
            "new": {"size": self.new_size, "root": self.new_root.hex()},
            "path": [node.hex() for node in self.path],
        }

    @classmethod
    def from_dict(cls, data: Any) -> ConsistencyProof:
        """The proof that `as_dict` gave, field by field; raises BadProof for anything else."""
        read = read_fields("form", data, _CONSISTENCY)
        (size, root), (new_size, new_root) = read["old"], read["new"]
        return cls(read["book"], size, root, new_size, new_root, read["path"])

    @classmethod
    def parse(cls, text: str) -> ConsistencyProof:
        """Read a proof from JSON without duplicate names in an object; raises BadProof."""
        return cls.from_dict(parse_json(text))


def check_heads(heads: Sequence[Checkpoint], checkpoints: Iterable[Checkpoint]) -> None:
    """Raise ProofRefused for a checkpoint that is not among the heads of a proof."""
    for checkpoint in checkpoints:
        if checkpoint not in heads:
            where = f"{checkpoint.origin} with {checkpoint.size} seals"
            raise ProofRefused("checkpoint", f"the proof is not based on the checkpoint of {where}")


def checkpoint_of(reader: Reader, book: Book, size: int | None = None) -> Checkpoint:
    """The head of the log of the first `size` seals, or of all; raises BadSeal where there are fewer."""
    leaves = _leaves(reader)
    size = len(leaves) if size is None else size
    return Checkpoint(origin_of(book), size, root(leaves[: _within(leaves, size)]))


def place_in_log(reader: Reader, seal: Seal) -> LogPlace:
    """The place of a seal in the log of all seals of its book."""
    leaves = _leaves(reader)
    return LogPlace(len(leaves), root(leaves), inclusion(leaves, seal.number - 1))


def prove_consistency(reader: Reader, book: Book, old: int, new: int) -> ConsistencyProof:
    """Prove that the log of the first `new` seals begins with that of the first `old`; raises BadSeal."""
    leaves = _leaves(reader)
    later, earlier = leaves[: _within(leaves, new)], leaves[: _within(leaves, old)]
    if len(earlier) > len(later):
        raise BadSeal(old, f"it comes after seal {new}")
    return ConsistencyProof(book, old, root(earlier), new, root(later), extension(later, old))


def _leaves(reader: Reader) -> list[bytes]:
    return [seal.digest() for seal in seals(reader)]


def _within(leaves: Sequence[bytes], number: int) -> int:
    if type(number) is not int or not 1 <= number <= len(leaves):
        raise BadSeal(number, f"the book has seals 1 to {len(leaves)}" if leaves else "the book has none yet")
    return number


_PLACE: Final[Readers] = {"size": check_quantity, "root": parse_digest, "path": list_of(parse_digest)}
read_place: Final = object_of("log", LogPlace, _PLACE)
_read_head: Final = object_of(
    "head", lambda size, root: (size, root), {"size": check_quantity, "root": parse_digest}
)
_CONSISTENCY: Final[Readers] = {
    "format": exactly(FORMAT),
    "version": exactly(VERSION),
    "book": read_book,
    "old": _read_head,
    "new": _read_head,
    "path": list_of(parse_digest),
}
