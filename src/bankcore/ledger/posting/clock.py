"""The clock compared with the book: recorded times never decrease, so a wrong one cannot be undone."""

from __future__ import annotations

from datetime import datetime, timedelta

from attrs import frozen

from bankcore.errors import ClockAheadOfBook, ClockBehindBook

__all__ = ["ClockLimits"]


@frozen
class ClockLimits:
    """How far a clock may differ from the instant at which a book was last written.

    `behind`: the clocks of machines differ by less.  `ahead`: a book is seldom left unwritten for longer;
    None where somebody has confirmed the clock.
    """

    behind: timedelta = timedelta(hours=1)
    ahead: timedelta | None = timedelta(days=40)

    def check(self, now: datetime, recorded_at: datetime | None) -> None:
        """Raise ClockBehindBook, ClockAheadOfBook; an empty book has no recorded time to compare with."""
        if recorded_at is None:
            return
        if recorded_at - now > self.behind:
            raise ClockBehindBook(now, recorded_at, self.behind)
        if self.ahead is not None and now - recorded_at > self.ahead:
            raise ClockAheadOfBook(now, recorded_at, self.ahead)
