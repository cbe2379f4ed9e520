"""The desk: where requests to write to a book are submitted, and where commits are made.

A commit takes the write lock, decides the requests and passes them to the store, all or nothing.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from copy import copy
from datetime import UTC, datetime
from functools import partial
from logging import DEBUG, WARNING
from typing import Any, Final

from bankcore.errors import BadDate, BankcoreError, CommitUnknown, StoreDamaged, StoreError
from bankcore.ledger.observing import Observer
from bankcore.ledger.personal import Salts
from bankcore.ledger.ports import Head, HeadMoved, KeyTaken, Store, Writer
from bankcore.ledger.posting.batch import Batch
from bankcore.ledger.posting.clock import ClockLimits
from bankcore.ledger.posting.draft import Draft, Known
from bankcore.ledger.posting.following import follow
from bankcore.ledger.posting.operations import Operation, preview
from bankcore.ledger.posting.queue import CommitQueue, Request
from bankcore.ledger.posting.shape import key_refusal
from bankcore.ledger.posting.telling import Told, refusals
from bankcore.ledger.posting.verdicts import JUDGEMENTS, Verdict, decide_all, decide_each
from bankcore.ledger.rules import SealingRule, check_types
from bankcore.ledger.transactions import ERASURE, Book, Receipt, Transaction

__all__ = ["Desk", "erasing", "marked", "operation", "posting", "postings"]

_LOG: Final = logging.getLogger("bankcore.ledger")
_MOST_AGAIN: Final = 4  # retries: one for a key that exists already, three for commits of unknown outcome
_MOST_STATES: Final = 50_000  # accounts cached between commits; beyond that the cache is emptied


class Desk:
    """The one way into the journal of a book: every method returns after the commit that wrote it.

    Callers share a commit with the others waiting at that time; at most `most_waiting` wait, and a further
    caller is blocked for `patience` seconds at most.
    """

    def __init__(
        self,
        store: Store,
        book: Book,
        clock: Callable[[], datetime],
        salts: Salts | None,
        most_waiting: int,
        patience: float,
        clock_limits: ClockLimits | None,
        observer: Observer | None,
        timer: Callable[[], int] | None,
    ) -> None:
        self.queue = CommitQueue(self._commit, store.check_owner, book.name, most_waiting, patience)
        self._store = store
        self.book = book
        self._clock = clock
        self.clock_limits = clock_limits
        self.salts = salts
        self._told = None if observer is None else Told(book.name, observer, timer)
        self._written: tuple[int, int] | None = None  # the transactions of the current commit, first and last
        self._posted = 0  # its postings
        self._locked: int | None = None  # when it got the write lock, by the timer
        self._known: Known | None = None
        self._sent: Head | None = None  # the end of the journal if the current commit takes effect

    def now(self) -> datetime:
        """The current instant in UTC: local time would differ between machines."""
        moment = self._clock()
        if moment.utcoffset() is None:
            raise BadDate(moment, "a clock must give an instant with its time zone")
        return moment.astimezone(UTC)

    def post(self, transaction: Transaction) -> Receipt:
        """Write one transaction; raises its refusal."""
        if not isinstance(transaction, Transaction) or transaction.group:
            return self.queue.run(posting(transaction))
        return self.queue.run(Request(lambda batch: batch.decide(transaction), (transaction,)))

    def submit(self, transaction: Transaction, patience: float | None) -> Future[Receipt]:
        """Submit one transaction without waiting."""
        return self.queue.submit(posting(transaction), patience)

    def post_many(self, transactions: Iterable[Transaction], atomic: bool) -> list[Verdict]:
        """Write many, each with its own verdict, or all or none; then the first refusal is raised."""
        with collector_paused():  # many may be created only now
            return self.queue.run(postings(transactions, atomic))

    def execute(
        self, key: str, request: Mapping[str, Any], rules: Sequence[SealingRule], actor: str
    ) -> tuple[Receipt, ...]:
        """Write what the rules return, all or none, only once under this key."""
        return self.queue.run(operation(self.book, key, request, rules, actor))

    def submit_rules(
        self,
        key: str,
        request: Mapping[str, Any],
        rules: Sequence[SealingRule],
        actor: str,
        patience: float | None,
    ) -> Future[tuple[Receipt, ...]]:
        """As `execute`, without waiting."""
        return self.queue.submit(operation(self.book, key, request, rules, actor), patience)

    def preview(self, rules: Sequence[SealingRule], actor: str = "") -> tuple[Transaction, ...]:
        """What `execute` would write now; nothing is written."""
        return self.queue.run(Request(partial(preview, self.book, rules, actor)))

    def close(self) -> None:
        """Write everything waiting, then accept nothing more."""
        self.queue.close()

    def tell(self, refusal: BankcoreError, commands: Sequence[str] = ()) -> None:
        """Tell the observer of a refusal found elsewhere."""
        if self._told is not None:
            self._told.refused(refusal, commands)

    # --- commits, by one thread at a time -----------------------------------------------------------

    def _commit(self, requests: Sequence[Request[Any]]) -> None:
        """Write requests in one commit and record their outcomes.

        An error that may concern a single request is located by writing each by itself; an error of the
        store concerns all.
        """
        self._sent = self._written = None
        began = None if self._told is None else self._told.time()
        try:
            with collector_paused():  # until the draft is gone
                try:
                    self._decide(requests)
                except (HeadMoved, KeyTaken, CommitUnknown) as cause:
                    self._decide_again(requests, cause, _MOST_AGAIN)
        except StoreError as error:
            for request in requests:
                request.error = copy(error)  # each is raised in a thread of its own
            return
        except Exception as error:
            if len(requests) == 1:
                requests[0].error = error
                return
            for request in requests:
                request.error = None
                self._commit([request])
            return
        if self._told is not None:
            self._told.tell(self._written, self._posted, requests, (began, self._locked))
        if _LOG.isEnabledFor(DEBUG):
            _log(self.book.name, self._written, requests)

    def _decide_again(self, requests: Sequence[Request[Any]], cause: Exception, again: int) -> None:
        """Decide and commit again, with all keys looked up, after a commit that failed or may have failed.

        A commit of unknown outcome has taken effect if the journal has the digest that it led to; then
        its answers are valid.  Raises CommitUnknown where the outcome stays unknown.
        """
        _LOG.log(
            WARNING if isinstance(cause, CommitUnknown) else DEBUG,
            "book %s: %s: deciding again",
            self.book.name,
            type(cause).__name__,
        )
        if not again:
            raise _final(cause, self.book) from cause
        if not isinstance(cause, CommitUnknown):
            self._sent = None  # refused: it has certainly not taken effect
        try:
            try:
                self._decide(requests, careful=True)
            except (HeadMoved, KeyTaken, CommitUnknown) as other:  # KeyTaken: a repeated request
                self._decide_again(requests, other, again - 1)
        except StoreError as later:
            if self._sent is not None and isinstance(cause, CommitUnknown):
                raise cause from later  # the outcome could not be determined
            raise

    def _decide(self, requests: Sequence[Request[Any]], *, careful: bool = False) -> None:
        """Decide all of them under the write lock, and commit."""
        known, self._known = self._known, None  # invalid if the commit fails
        with self._store.writing(self.book.id) as writer:
            self._locked = None if self._told is None else self._told.time()
            if self._sent is not None and _has(writer, self._sent):
                return
            self._sent, self._written, head = None, None, writer.head()
            if known is None or len(known.states) > _MOST_STATES:
                known = Known.read(writer, head)
            elif known.head is not head and known.head != head and not follow(known, writer, head):
                known = Known.read(writer, head)  # somebody else has written more than payments
            now = self.now()
            if self.clock_limits is not None:
                self.clock_limits.check(now, head.recorded_at)
            batch = Batch(writer, known, now, self.salts, careful=careful)
            draft, first = batch.draft, head.number
            if known.next_expiry is not None:
                batch.expire()
            expired = draft.number
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
            if draft.number > expired:
                draft.flush(writer)
                self._sent, self._written = known.head, (first + 1, draft.number)
                self._posted = len(draft.added.postings)
        if draft.added.erased:
            self._scrub(draft, requests)
        if draft.number > expired or expired == first:  # expiries alone are not worth a commit
            self._known = known

    def _scrub(self, draft: Draft, requests: Sequence[Request[Any]]) -> None:
        """Overwrite erased data everywhere, or tell the callers that this is still pending."""
        done = False
        with suppress(StoreError):  # the commit stands; the next close of a day tries again
            done = self._store.scrub()
        if not done:
            erased = erasing(draft)
            for request in requests:
                request.result = marked(request.result, erased)


def posting(transaction: Transaction) -> Request[Receipt]:
    """The request to write one transaction."""
    if not isinstance(transaction, Transaction):
        check_types([transaction])
    if transaction.group:
        return Request(lambda batch: decide_all(batch, (transaction,))[0], (transaction,))
    return Request(lambda batch: batch.decide(transaction), (transaction,))


def postings(transactions: Iterable[Transaction], atomic: bool) -> Request[list[Verdict]]:
    """The request to write many, each with its own verdict, or all or none."""
    given = tuple(transactions)
    check_types(given)
    decide = decide_all if atomic else decide_each
    return Request(lambda batch: [*decide(batch, given)], given)


def operation(
    book: Book, key: str, request: Mapping[str, Any], rules: Sequence[SealingRule], actor: str
) -> Request[tuple[Receipt, ...]]:
    """The request to write what some rules return; raises BadKey."""
    if (refusal := key_refusal(key)) is not None:
        raise refusal
    return Request(Operation(book, key, request, actor, rules).decide, keys=(key,), about=request)


def erasing(draft: Draft) -> set[int]:
    """The numbers of the transactions of a draft that erase personal data."""
    return {e.number for e in draft.entries for r in e.transaction.records if r.kind == ERASURE}


def marked(result: Any, numbers: set[int]) -> Any:
    """The results of a request, its receipts of some transactions marked that an erasure is pending."""
    if isinstance(result, Receipt):
        return result._replace(erasure_pending=True) if result.number in numbers else result
    if type(result) in (list, tuple):
        return type(result)(marked(it, numbers) for it in result)
    return result


def _final(cause: Exception, book: Book) -> BankcoreError:
    """The final error: a key that exists although the look-up did not find it is damage."""
    if isinstance(cause, StoreError):
        return cause
    return StoreDamaged(book.name, "its keys or its end differ from what was looked up")


def _has(writer: Writer, head: Head) -> bool:
    """Whether the journal ended with this head at some time."""
    entry = writer.entry(head.number)
    return (writer.book.genesis() if entry is None else entry.digest) == head.digest


def _log(book: str, written: tuple[int, int] | None, requests: Sequence[Request[Any]]) -> None:
    """Log a round of requests: numbers and codes, nothing of what they say."""
    if written is not None:
        _LOG.debug("book %s: transactions %d to %d committed", book, *written)
    for error, _ in refusals(requests):
        _LOG.debug("book %s: refused with %s", book, error.code)


class collector_paused:  # noqa: N801  # named like the function it replaces, at a third of the time
    """Pauses garbage collection: thousands of live frozen objects make none, and looking costs a sixth."""

    def __enter__(self) -> None:
        self._enabled = gc.isenabled()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        if self._enabled:
            gc.enable()
