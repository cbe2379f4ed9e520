"""What `verify` finds: a stored figure contradicts the journal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import chain, repeat
from typing import Any

from bankcore.errors.roots import Corruption

__all__ = [
    "BalanceDrift",
    "BrokenChain",
    "HashPageDamaged",
    "InvariantBroken",
    "LimitBroken",
    "SealBroken",
    "SealMissing",
    "SequenceGap",
    "StoreDamaged",
    "UnbalancedJournal",
    "VelocityLimitBroken",
    "VerificationFailed",
]


class StoreDamaged(Corruption):
    """Bytes, rows or guards are not as bankcore wrote them."""

    sentence = "the store {place} is damaged: {reason}"
    place: str
    reason: str


class BalanceDrift(Corruption):
    sentence = "account {account}, {field}: stored {stored}, the journal says {derived}"
    account: str
    field: str
    stored: str
    derived: str


class BrokenChain(Corruption):
    sentence = "transaction {number}: {reason}"
    number: int
    reason: str


class UnbalancedJournal(Corruption):
    sentence = "transaction {number}: postings in {unit} ({layer}) sum to {total}"
    number: int
    unit: str
    layer: str
    total: int


class SequenceGap(Corruption):
    sentence = "account {account}: sequence {found} where {expected} is expected"
    account: str
    expected: int
    found: int


class LimitBroken(Corruption):
    sentence = "account {account} stands at {balance} after transaction {number}, beyond {limit}"
    account: str
    number: int
    balance: int
    limit: int
    on: date | None = None  # the first later value date on which it does, where the journal's order does not

    def __str__(self) -> str:
        return super().__str__() + (f" on {self.on}" if self.on else "")


class VelocityLimitBroken(Corruption):
    sentence = (
        "limit {limit}, {account}: {used} of {most} per {per} from {since} used by transaction {number}"
    )
    quantities = ("used", "most")
    limit: str
    number: int
    account: str  # or the root below which accounts count together
    used: int
    most: int
    per: str
    since: date
    unit: str = ""


class SealBroken(Corruption):
    sentence = "seal {number}: {reason}"
    number: int
    reason: str


class HashPageDamaged(Corruption):
    """A stored hash of the balances at the last seal is wrong; the next close recomputes all of them."""

    sentence = "page {page} of level {level} of the stored balance hashes differs from the journal"
    remedy = "The next close computes the hashes again; look for the cause."
    level: int
    page: int


class SealMissing(Corruption):
    """A seal kept outside the book is missing from the journal, which was cut or rewritten."""

    sentence = "the journal has no seal {seal}"
    remedy = "Compare with the other copies of the log of seals: the book was cut or rewritten."
    seal: str


class InvariantBroken(Corruption):
    """A product's invariant does not hold."""

    sentence = "{product} {invariant}: {reason}"
    remedy = "Stop the product's commands, and read the journal of the accounts that are named."
    product: str
    invariant: str
    reason: str


class VerificationFailed(Corruption):
    """`verify` found contradictions; `follows` counts the further ones that result from each."""

    sentence = "{count} contradictions found; first: {first}"
    remedy = "Look at the first finding of each cause; restore a backup that verifies."
    count: int
    first: str
    findings: tuple[Corruption, ...]
    follows: tuple[int, ...] = ()

    def __str__(self) -> str:
        following = sum(self.follows)
        return super().__str__() + (f"; {following} more result from these" if following else "")

    def causes(self) -> Iterator[tuple[Corruption, int]]:
        """Each finding with the number of contradictions that result from it."""
        follows = chain(self.follows, repeat(0))
        return zip(self.findings, follows, strict=False)

    def as_dict(self) -> dict[str, Any]:
        """Code, sentence and count, and every finding as its own plain data."""
        plain = {"code": self.code, "message": str(self), "count": self.count, "first": self.first}
        found = [{**finding.as_dict(), "follows": follows} for finding, follows in self.causes()]
        return {**plain, "follows": sum(self.follows), "findings": found}
