"""Findings by cause: the first contradiction of a chain is reported, those that result from it are counted.

A contradiction names the chains it belongs to.  If one of them has begun already, it results from the
contradiction that began it; otherwise it is a cause itself and begins all of them.

>>> from bankcore.errors import BrokenChain, SequenceGap
>>> found = Findings()
>>> first = found.add(BrokenChain(7, "number 5 is expected"), "lost")
>>> _ = found.add(SequenceGap("till", 3, 4), "till", after=["lost"])
>>> _ = found.add(SequenceGap("till", 9, 8), "till")
>>> [(str(cause.contradiction), cause.follows) for cause in found.causes]
[('transaction 7: number 5 is expected', 2)]
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from attrs import define

from bankcore.errors import BalanceDrift, Corruption

__all__ = ["LOST", "Cause", "Findings"]

LOST = "lost"  # the chain of everything missing because a line was missing or unreadable


@define
class Cause:
    """A contradiction that results from no other, and how many result from it."""

    contradiction: Corruption
    follows: int = 0


class Findings:
    """All causes in the order found; memory grows with the number of faults, not with the book."""

    def __init__(self) -> None:
        self.causes: list[Cause] = []
        self._chains: dict[Hashable, Cause] = {}

    def add(self, found: Corruption, *chains: Hashable, after: Iterable[Hashable] = ()) -> Cause:
        """Add a contradiction: it belongs to `chains`, or else results from one of `after`."""
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
        """Add a wrong figure of an account; it results from an earlier one that is wrong by as much."""
        found = BalanceDrift(account, field, str(stored), str(derived))
        return self.add(found, ("drift", account, abs(stored - derived)), after=after)

    def mark(self, chain: Hashable, cause: Cause) -> None:
        """Begin a chain with a cause: later contradictions of this chain result from it."""
        self._chains[chain] = cause

    def end(self, chain: Hashable) -> None:
        """End a chain: the next contradiction of this chain is a cause again."""
        self._chains.pop(chain, None)
