"""Errors of storage: damaged bytes, who may write them and when."""

from __future__ import annotations

from datetime import datetime, timedelta

from bankcore.errors.roots import StoreError

__all__ = [
    "BookExists",
    "BookInCopy",
    "BookMoved",
    "CannotJoin",
    "ClockAheadOfBook",
    "ClockBehindBook",
    "CommitUnknown",
    "JoinLost",
    "LedgerClosed",
    "MoveAbandoned",
    "MoveFinished",
    "NotABook",
    "SchemaMismatch",
    "StoreBehind",
    "StoreFull",
    "StoreReadOnly",
    "StoreUnavailable",
    "UsedAfterFork",
    "WriterBusy",
]


class StoreUnavailable(StoreError):
    transient = True
    sentence = "the store {place} is unavailable: {reason}"
    place: str
    reason: str


class StoreBehind(StoreError):
    """A standby has not shown a transaction in time that the reader knows of."""

    transient = True
    sentence = "the store {place} shows transactions up to {head}, and not yet {number}"
    place: str
    number: int
    head: int


class CommitUnknown(StoreError):
    """The commit may or may not have taken effect; repeating the requests under the same keys shows which."""

    transient = True
    sentence = "it is unknown whether the store {place} has committed: {reason}"
    place: str
    reason: str


class CannotJoin(StoreError):
    """The book cannot be written in a transaction of the caller's; nothing was written of it."""

    sentence = "the book in {place} cannot join the transaction: {reason}"
    place: str
    reason: str


class JoinLost(StoreError):
    """The caller's transaction must be rolled back; made again from its beginning, it may succeed."""

    transient = True
    sentence = "the transaction that the book in {place} has joined must be rolled back: {reason}"
    place: str
    reason: str


class LedgerClosed(StoreError):
    sentence = "the ledger of book {book} is closed"
    book: str


class WriterBusy(StoreError):
    """The most requests allowed are already waiting to be written (back-pressure)."""

    transient = True
    sentence = "{waiting} requests are waiting to be written"
    waiting: int


class UsedAfterFork(StoreError):
    """The store was opened by a parent of this process."""

    sentence = "the store {place} was opened before this process was forked: {reason}"
    place: str
    reason: str


class ClockBehindBook(StoreError):
    """The clock is behind the last recorded instant by more than clocks normally differ."""

    sentence = "the clock says {now}, more than {limit} before {recorded_at}, when the book was last written"
    now: datetime
    recorded_at: datetime
    limit: timedelta


class ClockAheadOfBook(StoreError):
    """The clock is so far after the last recorded instant that somebody must confirm it.

    Recorded times never decrease: once a wrong clock has been recorded, the book cannot go back before it.
    """

    sentence = (
        "the clock says {now}, more than {limit} after {recorded_at}, when the book was last written: "
        "confirm the clock if it is right"
    )
    now: datetime
    recorded_at: datetime
    limit: timedelta


class StoreReadOnly(StoreError):
    sentence = "the store {place} cannot be written: {reason}"
    place: str
    reason: str


class StoreFull(StoreError):
    sentence = "the store {place} is full: {reason}"
    place: str
    reason: str


class NotABook(StoreError):
    sentence = "{place} is not a bankcore book: {reason}"
    place: str
    reason: str


class BookExists(StoreError):
    sentence = "{place} already holds the book {book!r}"
    place: str
    book: str


class BookMoved(StoreError):
    """The book is closed for writing in this store: its journal goes on in another; reading goes on here."""

    sentence = "the book {book!r} has moved from {place} to {to}, after transaction {number}"
    place: str
    book: str
    to: str
    number: int


class BookInCopy(StoreError):
    """The store has a copy in progress, which nobody may write but the one who copies."""

    sentence = "{place} has a copy of the book {book!r} that is not finished: it is written in {source}"
    place: str
    book: str
    source: str


class MoveAbandoned(StoreError):
    """The store has a copy that was given up: the book is written where it was before."""

    sentence = "the copy of the book {book!r} in {place} was given up: it is written in {source}"
    place: str
    book: str
    source: str


class MoveFinished(StoreError):
    """The book is open where it was moved to, so it cannot be opened where it was."""

    sentence = "the book {book!r} has been opened in {place}: it is not opened again where it was"
    place: str
    book: str


class SchemaMismatch(StoreError):
    sentence = "{place} has schema {found}, this bankcore reads {expected}"
    place: str
    found: int
    expected: int

    def __str__(self) -> str:
        older = ": it was made before journal format 1" if self.found < self.expected else ""
        return super().__str__() + older
