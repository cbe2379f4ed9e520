"""The clock, held against the book: recorded times never decrease, so that a wrong clock is for ever."""

from __future__ import annotations

from datetime import datetime, timedelta

from attrs import frozen

from bankcore.errors import ClockAheadOfBook, ClockBehindBook

__all__ = ["ClockLimits"]


@frozen
class ClockLimits:
    """How far a clock may stand from the instant at which a book was last written.

    `behind`: clocks of machines differ by less.  `ahead`: a book is seldom left alone for longer;
    None where somebody has confirmed the clock.
    """

    behind: timedelta = timedelta(hours=1)
    ahead: timedelta | None = timedelta(days=40)

    def check(self, now: datetime, recorded_at: datetime | None) -> None:
        """Raise ClockBehindBook, ClockAheadOfBook; an empty book says nothing of the time."""
        if recorded_at is None:
            return
        if recorded_at - now > self.behind:
            raise ClockBehindBook(now, recorded_at, self.behind)
        if self.ahead is not None and now - recorded_at > self.ahead:
            raise ClockAheadOfBook(now, recorded_at, self.ahead)
