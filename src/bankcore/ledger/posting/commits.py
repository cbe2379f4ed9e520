"""Commits: take the write lock, decide what is asked, hand it to the store, all or nothing."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from contextlib import suppress
from copy import copy
from datetime import datetime
from typing import Any, Final

from attrs import evolve

from bankcore.errors import BankcoreError, CommitUnknown, StoreDamaged, StoreError
from bankcore.ledger.personal import Salts
from bankcore.ledger.ports import Head, HeadMoved, KeyTaken, Store, Writer
from bankcore.ledger.posting.batch import Batch
from bankcore.ledger.posting.clock import ClockLimits
from bankcore.ledger.posting.draft import Known
from bankcore.ledger.posting.queue import Request
from bankcore.ledger.posting.verdicts import JUDGEMENTS
from bankcore.ledger.transactions import ERASURE, Book, Receipt

__all__ = ["Commits", "collector_paused"]

_MOST_AGAIN: Final = 4  # one for a key that is there already, three for commits of unknown outcome
_MOST_STATES: Final = 50_000  # accounts kept hot between commits; beyond that the cache starts anew


class Commits:
    """The commits of one book; one thread at a time."""

    def __init__(
        self,
        store: Store,
        book: Book,
        clock: Callable[[], datetime],
        salts: Salts | None = None,
        limits: ClockLimits | None = None,
    ) -> None:
        self._store = store
        self._book = book
        self._clock = clock
        self._clock_limits = limits
        self._salts = salts
        self._known: Known | None = None
        self._sent: Head | None = None  # where the journal ends if the commit at hand takes effect

    def write(self, requests: Sequence[Request[Any]]) -> None:
        """Write requests with one commit and note their outcomes.

        A fault that may be one request's own is found by writing each by itself; when the store fails,
        it has failed all.
        """
        self._sent = None
        try:
            with collector_paused():  # until the draft is gone
                self._write(requests)
        except StoreError as error:
            for request in requests:
                request.error = copy(error)  # each is raised in a thread of its own
        except Exception as error:
            if len(requests) == 1:
                requests[0].error = error
                return
            for request in requests:
                request.error = None
                self.write([request])

    def _write(
        self, requests: Sequence[Request[Any]], *, careful: bool = False, again: int = _MOST_AGAIN
    ) -> None:
        """Decide and commit, and where that was in vain, or may have been, once more with all keys looked up.

        A commit whose outcome is unknown has taken effect if the journal has the digest that it led to:
        then its answers stand.  Raises CommitUnknown where it stays unknown.
        """
        try:
            self._decide(requests, careful=careful)
        except (HeadMoved, KeyTaken, CommitUnknown) as cause:  # KeyTaken: somebody asks again what he has
            if not again:
                raise _told(cause, self._book) from cause
            try:
                self._write(requests, careful=True, again=again - 1)
            except StoreError as later:
                if self._sent is not None and isinstance(cause, CommitUnknown):
                    raise cause from later  # it could not be found out
                raise

    def _decide(self, requests: Sequence[Request[Any]], *, careful: bool) -> None:
        known, self._known = self._known, None  # void, should the commit fail
        with self._store.writing(self._book.id) as writer:
            if self._sent is not None and _has(writer, self._sent):
                return
            self._sent = None
            still, now = self._still(known, writer), self._clock()
            if self._clock_limits is not None:
                self._clock_limits.check(now, still.head.recorded_at)
            batch = Batch(writer, still, now, self._salts, careful=careful)
            first = batch.draft.number
            if still.next_expiry is not None:
                batch.expire()
            expired = batch.draft.number
            if len(requests) == 1:
                batch.expect(requests[0].transactions, requests[0].keys)
            else:
                keys = [key for request in requests for key in request.keys]
                batch.expect([t for request in requests for t in request.transactions], keys)
            for request in requests:
                request.error = None
                try:
                    request.result = request.decide(batch)
                except JUDGEMENTS as refusal:
                    request.error = refusal
            if batch.draft.number > expired:
                batch.draft.flush(writer)
            self._sent = still.head
        if batch.draft.added.erased:
            self._scrub(batch, requests)
        if batch.draft.number > expired or expired == first:  # expiries alone are not worth a commit
            self._known = batch.draft.known

    def _scrub(self, batch: Batch, requests: Sequence[Request[Any]]) -> None:
        """Have what was erased overwritten everywhere, or tell those who asked that it still has to be."""
        done = False
        with suppress(StoreError):  # the commit stands; the next close of a day tries again
            done = self._store.scrub()
        if not done:
            erasing = {
                e.number for e in batch.draft.entries for r in e.transaction.records if r.kind == ERASURE
            }
            for request in requests:
                request.result = _marked(request.result, erasing)

    def _still(self, known: Known | None, writer: Writer) -> Known:
        """What was known, while nobody else has written; otherwise what the store says."""
        head = writer.head()
        if (
            known is not None
            and (known.head is head or known.head == head)
            and len(known.states) <= _MOST_STATES
        ):
            return known
        return Known.read(writer, head)


def _marked(result: Any, numbers: set[int]) -> Any:
    """The receipts among the results of a request with a note that an erasure is pending."""
    if isinstance(result, Receipt) and result.number in numbers:
        return evolve(result, erasure_pending=True)
    if type(result) in (list, tuple):
        return type(result)(_marked(it, numbers) for it in result)
    return result


def _told(cause: Exception, book: Book) -> BankcoreError:
    """What is said at the end: a key that is there though it was looked up in vain is damage."""
    if isinstance(cause, StoreError):
        return cause
    return StoreDamaged(book.name, "its keys or its end are not what they were looked up to be")


def _has(writer: Writer, head: Head) -> bool:
    """Whether the journal once ended so."""
    entry = writer.entry(head.number)
    return (writer.book.genesis() if entry is None else entry.digest) == head.digest


class collector_paused:  # noqa: N801  # written like the function that it stands for, at a third of the time
    """Thousands of live frozen objects make no garbage; looking for it costs a sixth of the time."""

    def __enter__(self) -> None:
        self._enabled = gc.isenabled()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        if self._enabled:
            gc.enable()
