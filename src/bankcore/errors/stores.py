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
    "UnfinishedBook",
    "UsedAfterFork",
    "WriterBusy",
]


class StoreUnavailable(StoreError):
    transient = True
    sentence = "the store {place} is unavailable: {reason}"
    remedy = "Give it again later; if it stays, look at the file or the server."
    place: str
    reason: str


class StoreBehind(StoreError):
    """A standby has not shown a transaction in time that the reader knows of."""

    transient = True
    sentence = "the store {place} shows transactions up to {head}, and not yet {number}"
    remedy = "Read again later, or read from the primary."
    place: str
    number: int
    head: int


class CommitUnknown(StoreError):
    """The commit may or may not have taken effect; repeating the requests under the same keys shows which."""

    transient = True
    sentence = "it is unknown whether the store {place} has committed: {reason}"
    remedy = "Give the same request under the same key: it is written once."
    place: str
    reason: str


class CannotJoin(StoreError):
    """The book cannot be written in a transaction of the caller's; nothing was written of it."""

    sentence = "the book in {place} cannot join the transaction: {reason}"
    remedy = "Prepare the connection as the reason says."
    place: str
    reason: str


class JoinLost(StoreError):
    """The caller's transaction must be rolled back; made again from its beginning, it may succeed."""

    transient = True
    sentence = "the transaction that the book in {place} has joined must be rolled back: {reason}"
    remedy = "Roll the transaction back and make it again from its beginning."
    place: str
    reason: str


class LedgerClosed(StoreError):
    sentence = "the ledger of book {book} is closed"
    remedy = "Open the book again."
    book: str


class WriterBusy(StoreError):
    """The most requests allowed are already waiting to be written (back-pressure)."""

    transient = True
    sentence = "{waiting} requests are waiting to be written"
    remedy = "Send fewer requests at a time, or wait and send it again."
    waiting: int


class UsedAfterFork(StoreError):
    """The store was opened by a parent of this process."""

    sentence = "the store {place} was opened before this process was forked: {reason}"
    remedy = "Open the store in the process that uses it."
    place: str
    reason: str


class ClockBehindBook(StoreError):
    """The clock is behind the last recorded instant by more than clocks normally differ."""

    sentence = "the clock says {now}, more than {limit} before {recorded_at}, when the book was last written"
    remedy = "Set the clock right."
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
    remedy = "Set the clock right, or confirm it: `--confirm-clock`."
    now: datetime
    recorded_at: datetime
    limit: timedelta


class StoreReadOnly(StoreError):
    sentence = "the store {place} cannot be written: {reason}"
    remedy = "Open it for writing, or mend the permissions of the file or the role."
    place: str
    reason: str


class StoreFull(StoreError):
    sentence = "the store {place} is full: {reason}"
    remedy = "Make room; nothing was half-written."
    place: str
    reason: str


class NotABook(StoreError):
    sentence = "{place} is not a bankcore book: {reason}"
    remedy = "Give the path of a book, or create one: `bankcore init`."
    place: str
    reason: str


class BookExists(StoreError):
    sentence = "{place} already holds the book {book!r}"
    remedy = "Open the book that is there, or choose another name."
    place: str
    book: str


class UnfinishedBook(StoreError):
    """The run that wrote the file was cut off, or still goes on: the last days are missing."""

    sentence = "{place} is unfinished: {what} did not run to its end; simulate --force makes it anew"
    remedy = "Make it anew with simulate --force, or wait for the run that still goes on."
    place: str
    what: str


class BookMoved(StoreError):
    """The book is closed for writing in this store: its journal goes on in another; reading goes on here."""

    sentence = "the book {book!r} has moved from {place} to {to}, after transaction {number}"
    remedy = "Open the book where it is now."
    place: str
    book: str
    to: str
    number: int


class BookInCopy(StoreError):
    """The store has a copy in progress, which nobody may write but the one who copies."""

    sentence = "{place} has a copy of the book {book!r} that is not finished: it is written in {source}"
    remedy = "Let the copy end, or write where the book is now."
    place: str
    book: str
    source: str


class MoveAbandoned(StoreError):
    """The store has a copy that was given up: the book is written where it was before."""

    sentence = "the copy of the book {book!r} in {place} was given up: it is written in {source}"
    remedy = "Open the book where it was before."
    place: str
    book: str
    source: str


class MoveFinished(StoreError):
    """The book is open where it was moved to, so it cannot be opened where it was."""

    sentence = "the book {book!r} has been opened in {place}: it is not opened again where it was"
    remedy = "Open the book where it is now."
    place: str
    book: str


class SchemaMismatch(StoreError):
    sentence = "{place} has schema {found}, this bankcore reads {expected}"
    remedy = "Use a version of bankcore that reads this schema."
    place: str
    found: int
    expected: int

    def __str__(self) -> str:
        older = ": it was made before journal format 1" if self.found < self.expected else ""
        return super().__str__() + older
