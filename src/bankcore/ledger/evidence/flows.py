"""Flows: the usage of velocity limits, derived from the journal for every version there ever was.

A version also counts flows before it was made, so the flows of all versions are added up from the
first transaction on; a version binds while it is the latest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from attrs import evolve

from bankcore.errors import VelocityLimitBroken
from bankcore.ledger.evidence.tracks import Leg, Track
from bankcore.ledger.velocity import VelocityLimit

__all__ = ["Flows"]

_FEW: Final = 1_000  # meters among which it is not worth looking for closed ones

Meter = tuple[str, date]  # the account, or nothing for all together, and the first day of the period


def _shape(limit: VelocityLimit) -> VelocityLimit:
    """Which flows a limit counts, regardless of how much it allows."""
    return evolve(limit, name="any", most=0, reason="")


class Flows:
    """The flow of each period that is not closed yet; memory grows with these periods and accounts."""

    def __init__(self, versions: Iterable[VelocityLimit]) -> None:
        self._latest: dict[str, VelocityLimit] = {}
        self._used: dict[VelocityLimit, dict[Meter, int]] = {}
        self._looked_at = _FEW
        for limit in versions:
            self._know(limit)

    def _know(self, limit: VelocityLimit) -> bool:
        """Begin to count the flows of a limit; whether they were not counted before."""
        if limit.most is None or _shape(limit) in self._used:
            return False
        self._used[_shape(limit)] = {}
        return True

    def of(self, track: Track) -> tuple[VelocityLimit, ...]:
        """The shapes of the limits that ever count an account's flows."""
        return tuple(shape for shape in self._used if shape.covers(track.account))

    def change(self, limit: VelocityLimit) -> bool:
        """Take over the next version of a limit; whether it counts flows that were not counted before."""
        self._latest[limit.name] = limit
        return self._know(limit)

    def count(
        self, number: int, day: date, legs: Iterable[Leg], freed_on: date, freed: Iterable[Leg]
    ) -> Iterator[tuple[Meter, VelocityLimitBroken]]:
        """Add a transaction, less the hold that it releases; the limits that it breaks."""
        added: dict[VelocityLimit, dict[Meter, int]] = {}
        for some, on, times in ((legs, day, 1), (freed, freed_on, -1)):
            for track, quantity in some:
                for shape in track.limits:
                    if shape.counts(quantity, track.account.normal_side):
                        meter = (track.account.path if shape.each else "", shape.first_day(on))
                        more = added.setdefault(shape, {})
                        more[meter] = more.get(meter, 0) + abs(quantity) * times
        for shape, more in added.items():
            used = self._used[shape]
            for meter, quantity in more.items():
                used[meter] = used.get(meter, 0) + quantity
                if quantity > 0:
                    yield from self._test(number, shape, meter, used[meter])

    def _test(
        self, number: int, shape: VelocityLimit, meter: Meter, used: int
    ) -> Iterator[tuple[Meter, VelocityLimitBroken]]:
        for name, limit in self._latest.items():
            if limit.most is not None and used > limit.most and _shape(limit) == shape:
                said = (limit.most, limit.per.value, meter[1], limit.unit)
                yield meter, VelocityLimitBroken(name, number, meter[0] or limit.root, used, *said)

    def forget(self, through: date) -> None:
        """Drop the closed periods; nothing can flow in them any more."""
        if sum(map(len, self._used.values())) < self._looked_at:
            return
        for shape, used in self._used.items():
            self._used[shape] = {m: total for m, total in used.items() if shape.last_day(m[1]) > through}
        self._looked_at = 2 * sum(map(len, self._used.values())) + _FEW
