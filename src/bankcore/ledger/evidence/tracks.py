"""Tracks: the totals of each account as far as the audit has read, and its movements by date.

All figures have the sign of storage, a debit positive; a date is a number of days, 0001-01-01 being
the first.  The bottom of an account is its balance with all held credits captured and no held debit, the top
the other way round: these two are what a floor and a ceiling bind.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator
from datetime import date
from sys import intern
from typing import Final, NamedTuple

from bankcore.ledger.accounts import Account, AccountType
from bankcore.ledger.additions import PostingRow
from bankcore.ledger.balances import StandingRow
from bankcore.ledger.velocity import VelocityLimit

__all__ = ["Held", "Instant", "Leg", "Timeline", "Track"]

_UNBOUND: Final = 1 << 200  # beyond every balance


class Held(NamedTuple):
    """What a live hold takes from an account's bottom and adds to its top, from its value date on."""

    number: int
    day: int
    levels: tuple[int, int]


class Instant(NamedTuple):
    """The lowest bottom and the highest top of some instants of one value date."""

    day: int
    levels: tuple[int, int]
    before: bool  # they precede the hold that is released


class Track:
    """One account as far as the walk has read."""

    __slots__ = (
        "account", "debits", "due", "held_credits", "held_debits", "high", "holds", "horizon", "id", "layer",
        "limited", "limits", "low", "net", "sequence", "special", "timeline", "unit", "version",
    )  # fmt: skip

    def __init__(self, id: int, account: Account) -> None:
        self.id = id
        self.unit = str(account.unit)
        memorandum = account.type is AccountType.MEMORANDUM
        self.layer = intern(f"{self.unit} memorandum" if memorandum else self.unit)  # compared by identity
        self.sequence = self.net = self.debits = self.held_debits = self.held_credits = 0
        self.horizon = 0  # the latest value date among its postings
        self.due: list[PostingRow] = []  # rows of the current range that the store must have
        self.holds: dict[int, Held] = {}  # the live ones, by number
        self.timeline: Timeline | None = None  # kept from the first posting that needs it
        self.limits: tuple[VelocityLimit, ...] = ()  # those that count its flows, whatever they allow
        self.become(account, 1)

    def become(self, account: Account, version: int) -> None:
        """Take over a version of the account's description."""
        self.account, self.version = account, version
        self.settle()

    def settle(self) -> None:
        """Work out between which balances an ordinary posting needs no further check."""
        lowest, highest = self.bounds
        self.limited = lowest is not None or highest is not None
        self.low = -_UNBOUND if lowest is None else lowest
        self.high = _UNBOUND if highest is None else highest
        self.special = bool(self.holds or self.timeline or self.limits)

    @property
    def bounds(self) -> tuple[int | None, int | None]:
        """The lowest allowed bottom and the highest allowed top."""
        floor, ceiling = self.account.floor, self.account.ceiling
        if self.account.normal_side.sign > 0:
            return floor, ceiling
        return None if ceiling is None else -ceiling, None if floor is None else -floor

    @property
    def levels(self) -> tuple[int, int]:
        """Its bottom and its top."""
        return self.net - self.held_credits, self.net + self.held_debits

    def goes_on(self, day: int) -> bool:
        """Whether something of the account is dated after a day."""
        return self.horizon > day or any(held.day > day for held in self.holds.values())

    def standing(self) -> StandingRow:
        """The totals in the form used by a seal."""
        side, credits = self.account.normal_side.value, self.debits - self.net
        totals = (self.debits, credits, self.held_debits, self.held_credits)
        return self.id, self.account.path, self.unit, side, self.sequence, *totals

    def figures(self) -> dict[str, int]:
        """The figures that the store must have, by the names of `StoredAccount`."""
        return {
            "id": self.id,
            "version": self.version,
            "sequence": self.sequence,
            "debits": self.debits,
            "credits": self.debits - self.net,
            "pending_debits": self.held_debits,
            "pending_credits": self.held_credits,
        }

    @property
    def latest(self) -> date:
        """The horizon as a date."""
        return date.fromordinal(self.horizon) if self.horizon else date.min


Leg = tuple[Track, int]  # an account that is posted or held, a debit positive


class _Run:
    """Adjacent postings of one date: their sum, and the lowest and highest of the running sums."""

    __slots__ = ("least", "most", "sum")

    def __init__(self, sum: int, least: int, most: int) -> None:
        self.sum, self.least, self.most = sum, least, most

    def followed_by(self, other: _Run) -> _Run:
        least, most = min(self.least, self.sum + other.least), max(self.most, self.sum + other.most)
        return _Run(self.sum + other.sum, least, most)


class Timeline:
    """The movements of an account on each open date, in the effective order.

    Within a date only live holds are kept singly; the postings between them are added up.  Memory grows
    with the open dates and the live holds of the accounts that need it, not with their postings.
    """

    def __init__(self) -> None:
        self.days: list[int] = []
        self._parts: dict[int, list[_Run | Held]] = {}

    def post(self, day: int, quantity: int) -> None:
        """Add the postings of one transaction, the last so far, to the account."""
        parts, run = self._on(day), _Run(quantity, quantity, quantity)
        if parts and isinstance(last := parts[-1], _Run):
            parts[-1] = last.followed_by(run)
        else:
            parts.append(run)

    def hold(self, held: Held) -> None:
        """Add the hold of one transaction, the last so far."""
        self._on(held.day).append(held)

    def free(self, held: Held) -> None:
        """Remove a hold; the postings before and after it are joined."""
        if (parts := self._parts.get(held.day)) is None:
            return  # its date was closed
        place = parts.index(held)
        match parts[max(place - 1, 0) : place + 2]:
            case [_Run() as before, _, _Run() as after]:
                parts[place - 1 : place + 2] = [before.followed_by(after)]
            case _:
                del parts[place]

    def forget(self, through: int) -> None:
        """Drop the closed dates: nothing can be dated on them or before any more."""
        while self.days and self.days[0] <= through:
            del self._parts[self.days.pop(0)]

    def instants(self, day: int, levels: tuple[int, int], freed: int) -> Iterator[Instant]:
        """The levels from the last instant, where the account is at `levels`, back to the end of `day`.

        The hold with the number `freed` is still in the timeline and no longer counts.
        """
        (bottom, top), before = levels, False
        for on in reversed(self.days):
            if on <= day:
                break
            for part in reversed(self._parts[on]):
                if isinstance(part, _Run):
                    bottom, top = bottom - part.sum, top - part.sum
                    yield Instant(on, (bottom + part.least, top + part.most), before)
                elif part.number == freed:
                    before = True
                else:
                    yield Instant(on, (bottom, top), before)
                    bottom, top = bottom - part.levels[0], top - part.levels[1]
        yield Instant(day, (bottom, top), before)

    def _on(self, day: int) -> list[_Run | Held]:
        if day not in self._parts:
            insort(self.days, day)
            self._parts[day] = []
        return self._parts[day]
