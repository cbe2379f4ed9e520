"""Findings by cause: the first contradiction of a chain is told, and what follows from it is counted.

A contradiction names the chains it belongs to.  If one of them has begun already, it follows from the
contradiction that began it; otherwise it is a cause itself and begins all of them.

>>> from bankcore.errors import BrokenChain, SequenceGap
>>> found = Findings()
>>> first = found.add(BrokenChain(7, "number 5 is due"), "lost")
>>> _ = found.add(SequenceGap("till", 3, 4), "till", after=["lost"])
>>> _ = found.add(SequenceGap("till", 9, 8), "till")
>>> [(str(cause.contradiction), cause.follows) for cause in found.causes]
[('transaction 7: number 5 is due', 2)]
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from attrs import define

from bankcore.errors import BalanceDrift, Corruption

__all__ = ["LOST", "Cause", "Findings"]

LOST = "lost"  # the chain of what is missing since a line was missing or could not be read


@define
class Cause:
    """A contradiction that follows from no other, and how many follow from it."""

    contradiction: Corruption
    follows: int = 0


class Findings:
    """All causes in the order found; memory grows with what is wrong, not with the book."""

    def __init__(self) -> None:
        self.causes: list[Cause] = []
        self._chains: dict[Hashable, Cause] = {}

    def add(self, found: Corruption, *chains: Hashable, after: Iterable[Hashable] = ()) -> Cause:
        """Take in a contradiction: the next of `chains`, or else following from one of `after`."""
        known = (self._chains[chain] for chain in (*chains, *after) if chain in self._chains)
        cause = next(known, None)
        if cause is None:
            cause = Cause(found)
            self.causes.append(cause)
        else:
            cause.follows += 1
        for chain in chains:
            self._chains.setdefault(chain, cause)
        return cause

    def drift(
        self, account: str, field: str, stored: int, derived: int, after: Iterable[Hashable] = ()
    ) -> Cause:
        """Take in a wrong figure of an account: where it is wrong by as much as one before, it follows."""
        found = BalanceDrift(account, field, str(stored), str(derived))
        return self.add(found, ("drift", account, abs(stored - derived)), after=after)

    def mark(self, chain: Hashable, cause: Cause) -> None:
        """Begin a chain with a cause: what is named so later follows from it."""
        self._chains[chain] = cause

    def end(self, chain: Hashable) -> None:
        """End a chain: what is named so later is a cause again."""
        self._chains.pop(chain, None)
