"""Limits: floors and ceilings at every instant of both orders, and velocity limits, tested again.

Journal order is that of the numbers, effective order that of value dates and, on one date, of the numbers.
A transaction changes an account at its own instant and at every later one of the effective order, the last
of which is the account's latest balance.  It breaks a limit where the balance at such an instant is beyond
the limit and further beyond than without the transaction; tightening a limit breaks nothing already posted.

Nothing here is imported from the rules of posting: this is an independent check of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import groupby, takewhile

from attrs import define, field

from bankcore.errors import LimitBroken
from bankcore.ledger.evidence.findings import Findings
from bankcore.ledger.evidence.flows import Flows
from bankcore.ledger.evidence.tracks import Held, Leg, Timeline, Track
from bankcore.ledger.ports import Line, Reader
from bankcore.ledger.velocity import VelocityLimit

__all__ = ["Hold", "Limits", "Moves"]

_TURNS = (1, -1)  # factors for the bottom and the top of an account, after which less is worse


@define
class Hold:
    """A live hold: its legs, its value date and its expiry."""

    number: int
    day: int
    expires_at: str
    legs: Sequence[Leg]


@define
class Moves:
    """The effect of a transaction on accounts: legs that it posts or holds, and a hold that it releases."""

    number: int
    day: int
    legs: Sequence[Leg]
    pending: bool = False
    freed: Hold | None = None


@define
class _Change:
    """How one transaction moves one account; what it releases is kept apart."""

    posted: int = 0
    held: Held | None = None
    freed: Held | None = None

    def shift(self, side: int, *, without: bool) -> int:
        """How far a level moves at an instant, where the released hold still counted or `without` it."""
        held = self.held.levels[side] if self.held else 0
        freed = self.freed.levels[side] if self.freed and not without else 0
        return self.posted + held - freed


@define
class Limits:
    """Tests transactions that are not ordinary, after the figures of their accounts have moved."""

    reader: Reader
    findings: Findings
    flows: Flows
    closed: int = 0  # the last closed date
    tracks: list[Track] = field(factory=list)  # of all accounts

    def open(self, track: Track) -> None:
        """Add a new account."""
        self.tracks.append(track)
        self._limit(track)

    def change(self, limit: VelocityLimit) -> None:
        """Add a version of a velocity limit."""
        if self.flows.change(limit):
            for track in self.tracks:
                self._limit(track)

    def _limit(self, track: Track) -> None:
        track.limits = self.flows.of(track)
        track.settle()

    def close(self, through: date) -> None:
        """Note that a period was closed."""
        self.closed = through.toordinal()
        self.flows.forget(through)

    def test(self, moves: Moves) -> None:
        """Test the limits of all accounts that a transaction moves, and record how their dates change."""
        for track, change in _changes(moves).items():
            self._test_levels(track, moves, change)
            self._note(track, moves, change)
        freed = moves.freed
        day, since = date.fromordinal(moves.day), date.fromordinal((freed or moves).day)
        counted = self.flows.count(moves.number, day, moves.legs, since, freed.legs if freed else ())
        for meter, broken in counted:
            self.findings.add(broken, ("flow", broken.limit, *meter), after=[("adrift", meter[0])])

    def _test_levels(self, track: Track, moves: Moves, change: _Change) -> None:
        for side, limit in enumerate(track.bounds):
            broken = None if limit is None else self._broken(track, moves, change, side, limit)
            if limit is not None and broken is not None:
                level, on = broken
                path, sign = track.account.path, track.account.normal_side.sign
                found = LimitBroken(path, moves.number, level * sign, limit * sign, on)
                self.findings.add(found, ("limit", path, side, on), after=[("adrift", path)])

    def _broken(
        self, track: Track, moves: Moves, change: _Change, side: int, limit: int
    ) -> tuple[int, date | None] | None:
        """The level that breaks a limit: the latest of the journal, or that of the first later date."""
        turn = _TURNS[side]  # from here on less is worse
        full, early = (change.shift(side, without=without) * turn for without in (False, True))
        level = track.levels[side]
        within = (level - limit) * turn
        if full < 0 and within < 0:
            if within - full >= 0:  # it was within the limit before: an earlier breach was mended
                self.findings.end(("limit", track.account.path, side, None))
            return level, None
        first = None
        if early < 0 and track.goes_on(moves.day):
            track.timeline = track.timeline or self._timeline(track, moves.number)
            freed = change.freed.number if change.freed else 0
            for instant in track.timeline.instants(moves.day, track.levels, freed):
                shift, at = early if instant.before else full, instant.levels[side]
                if shift < 0 and (at - limit) * turn < 0:
                    first = at, date.fromordinal(instant.day)
        return first

    def _timeline(self, track: Track, number: int) -> Timeline:
        """The account's timeline over its open dates, as it was before transaction `number`."""
        timeline, holds = Timeline(), sorted(track.holds.values())
        lines = takewhile(lambda line: line.number < number, self.reader.lines(track.account.path))
        for posted, some in groupby(lines, _place):
            while holds and holds[0].number < posted[0]:
                timeline.hold(holds.pop(0))
            timeline.post(posted[1].toordinal(), sum(line.quantity for line in some))
            timeline.forget(self.closed)
        for held in holds:
            timeline.hold(held)
        return timeline

    def _note(self, track: Track, moves: Moves, change: _Change) -> None:
        """Add the transaction to the account's timeline."""
        timeline = track.timeline
        if change.held is not None:
            track.holds[moves.number] = change.held
        if change.freed is not None:
            del track.holds[change.freed.number]
        if timeline is not None:
            timeline.forget(self.closed)
            if change.freed is not None:
                timeline.free(change.freed)
            if change.held is not None:
                timeline.hold(change.held)
            elif change.posted:
                timeline.post(moves.day, change.posted)
        track.settle()


def _place(line: Line) -> tuple[int, date]:
    return line.number, line.effective_on


def _changes(moves: Moves) -> dict[Track, _Change]:
    changes: dict[Track, _Change] = {}
    for track, quantity in moves.legs:
        change = changes.setdefault(track, _Change())
        if moves.pending:
            change.held = _more(change.held, moves.number, moves.day, quantity)
        else:
            change.posted += quantity
    if moves.freed is not None:
        for track, _ in moves.freed.legs:
            changes.setdefault(track, _Change()).freed = track.holds.get(moves.freed.number)
    return changes


def _more(held: Held | None, number: int, day: int, quantity: int) -> Held:
    """The held amounts with one more leg."""
    bottom, top = held.levels if held else (0, 0)
    return Held(number, day, (bottom + min(quantity, 0), top + max(quantity, 0)))
