"""What was done to a contract, told by the versions of its facts, so that it can be done once more.

What becomes known late is posted today.  The exact sums are those of a contract with everything done in the
order of value dates: from the facts before it, once more, with what became known in its place.

>>> from attrs import frozen
>>> @frozen
... class Lent:
...     version: int
...     event: Event | None
>>> def lent(version: int, day: int) -> Lent:
...     return Lent(version, Event("pay", date(2024, 5, day), date(2024, 5, day), 100))
>>> before, done = since([lent(1, 1), Lent(2, None), lent(3, 8), lent(4, 9)], date(2024, 5, 9))
>>> before.version, [it.on.day for it in done]
(3, [9])
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Protocol, TypeVar

from attrs import frozen

from bankcore.product.facts import kept

__all__ = ["Event", "since"]


@frozen
class Event:
    """What was done on a day: an `amount` in minor units as of `value_on`, and more in `detail`.

    What the close of a day does is `closing`, and comes after all that was done by hand on its day.
    """

    what: str
    on: date
    value_on: date
    amount: int
    detail: str | None = kept(None, absent=True)
    closing: bool | None = kept(None, absent=True)

    @property
    def order(self) -> tuple[date, bool]:
        """Where it comes among the events of a contract."""
        return self.value_on, bool(self.closing)


class Told(Protocol):
    """Facts whose versions say what made them."""

    @property
    def version(self) -> int: ...

    @property
    def event(self) -> Event | None: ...


T = TypeVar("T", bound=Told)


def since(versions: Iterable[T], value_on: date) -> tuple[T, list[Event]]:
    """The facts before a day, or as they began on it, and what was done from then on, by value date."""
    told = [(it, it.event) for it in versions if it.event is not None]
    start = value_on
    while (first := min((it.value_on for _, it in told if it.on >= start), default=start)) < start:
        start = first  # what was known later, with an earlier value date
    before = [facts for facts, it in told if it.on < start] or [told[0][0]]
    later = [it for facts, it in told if facts.version > before[-1].version]
    return before[-1], sorted(later, key=lambda it: it.order)
