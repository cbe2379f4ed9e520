"""Who is called when: the two lines of a queue, and the expected wait.

Priority and ordinary tickets wait; after so many priority calls in a row an ordinary ticket is next.

>>> Line(["p1", "p2", "p3", "p4"], ["o1"], run=1).order(3)
['p1', 'p2', 'o1', 'p3', 'p4']
>>> wait(7, Fraction(13, 2), 2)
23
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil

from attrs import evolve, frozen

__all__ = ["Line", "clock", "minutes", "wait"]


@frozen
class Line:
    """Who waits; `run` is how many priority tickets were called in a row while ordinary ones waited."""

    priority: Sequence[str]
    ordinary: Sequence[str]
    run: int = 0

    def order(self, most: int) -> list[str]:
        """All who wait in the order in which they will be called, with `most` priority calls in a row."""
        line, found = self, list[str]()
        while line.priority or line.ordinary:
            ticket, line = line.take(most)
            found.append(ticket)
        return found

    def add(self, ticket: str, priority: bool) -> Line:
        """With one more ticket at the end of its line."""
        if priority:
            return evolve(self, priority=[*self.priority, ticket])
        return evolve(self, ordinary=[*self.ordinary, ticket])

    def take(self, most: int) -> tuple[str, Line]:
        """The next ticket, and who waits then; somebody must."""
        if self.priority and (self.run < most or not self.ordinary):
            run = self.run + 1 if self.ordinary else 0
            return self.priority[0], Line(self.priority[1:], self.ordinary, run)
        return self.ordinary[0], Line(self.priority, self.ordinary[1:], 0)

    def without(self, ticket: str) -> Line:
        """With one who leaves it."""
        priority, ordinary = ([it for it in line if it != ticket] for line in (self.priority, self.ordinary))
        return Line(priority, ordinary, self.run)

    def put_back(self, ticket: str, priority: bool, places: int, most: int) -> Line:
        """A missed ticket after so many others, or where the turn of its line is next to that."""
        mine = self.priority if priority else self.ordinary
        behind = sum(other in mine for other in self.order(most)[:places])
        its = [*mine[:behind], ticket, *mine[behind:]]
        return evolve(self, priority=its) if priority else evolve(self, ordinary=its)


def wait(ahead: int, service: Fraction, counters: int) -> int:
    """The minutes until a ticket with so many ahead is called, rounded up."""
    return ceil(ahead * service / counters)


def minutes(at: str) -> int:
    """Minutes since midnight.

    >>> minutes("09:30")
    570
    """
    return int(at[:2]) * 60 + int(at[3:])


def clock(minutes: int) -> str:
    """The time of day so many minutes after midnight.

    >>> clock(570)
    '09:30'
    """
    return f"{minutes // 60:02}:{minutes % 60:02}"
