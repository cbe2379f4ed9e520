"""Sealing: the seals of a journal, computed again wherever it was sealed, and compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import define, field

from bankcore.errors import SealBroken
from bankcore.ledger.evidence.lines import Version
from bankcore.ledger.evidence.merkle import Tree
from bankcore.ledger.evidence.pages import PagedTree
from bankcore.ledger.evidence.seals import SEAL, Seal, balance_hashes, next_seal
from bankcore.ledger.evidence.tracks import Track
from bankcore.ledger.transactions import PERIOD, Book

__all__ = ["Sealing"]


@define
class Sealing:
    """The last seal and what follows it; of the seals kept outside the book, those not found yet."""

    book: Book
    kept: dict[bytes, None]
    seal: Seal | None = None
    tree: Tree = field(factory=Tree)  # over the digests since the last seal
    digests: list[bytes] = field(factory=list)  # that are not in the tree yet
    moved: set[Track] = field(factory=set)  # accounts that were opened or moved since the last seal
    balances: PagedTree = field(factory=PagedTree)  # as of the last seal

    def grow(self) -> None:
        """Add the digests read so far to the tree."""
        self.tree.extend(self.digests)
        self.digests.clear()

    def check(self, own: Sequence[Version], number: int, digest: bytes) -> Iterator[SealBroken]:
        """Seal the journal through transaction `number`, where the journal does, and compare.

        `own` are the records of the transaction that close or seal.  After the first sealed close every
        later one is sealed; a book older than seals begins without.
        """
        following = self.seal.number + 1 if self.seal else 1
        kinds = [version.kind for version in own]
        if kinds == [PERIOD[0]] and self.seal is None:
            return
        if kinds != [PERIOD[0], SEAL[0]]:
            yield SealBroken(following, "closing a period and sealing it must be one transaction")
            return
        self.grow()
        through, stored = own[0].means, own[1].means
        self.balances.update(balance_hashes(sorted(track.standing() for track in self.moved)))
        self.moved.clear()
        due = next_seal(self.book, self.seal, through, number, digest, self.tree.root(), self.balances)
        for (name, ours), theirs in zip(due.as_data().items(), stored.as_data().values(), strict=True):
            if ours != theirs:
                yield SealBroken(following, f"{name} is {theirs}, the journal says {ours}")
        self.seal, self.tree = stored, Tree()
        self.kept.pop(stored.digest(), None)
