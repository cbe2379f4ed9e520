"""A commit that somebody else makes: requests are decided one by one, and written together at the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from bankcore.errors import JoinLost
from bankcore.ledger.ports import HeadMoved, KeyTaken, Writer
from bankcore.ledger.posting.batch import Batch
from bankcore.ledger.posting.desk import Desk, erasing, marked
from bankcore.ledger.posting.draft import Known
from bankcore.ledger.posting.queue import Request
from bankcore.ledger.posting.verdicts import JUDGEMENTS

__all__ = ["Joining"]

T = TypeVar("T")


class Joining:
    """Requests decided in a transaction of the caller's, after those before them; `begin` locks the book.

    The keys are always looked up: a key that the store refuses at the end would end the transaction.
    """

    def __init__(self, desk: Desk, begin: Callable[[], Writer]) -> None:
        self._desk = desk
        self._begin = begin
        self._batch: Batch | None = None
        self._expired = 0  # the number of the last expiry of a hold, or of the last transaction before
        self._failure: BaseException | None = None

    def run(self, request: Request[T]) -> T:
        """The outcome of a request, which is provisional; raises its refusal, or JoinLost."""
        self._check()
        try:
            batch = self._batch or self._begun()
            batch.expect(request.transactions, request.keys)
            result = request.decide(batch)
        except JUDGEMENTS:
            raise
        except (HeadMoved, KeyTaken) as clash:
            self._failure = JoinLost(self._desk.book.name, "somebody else has written the book")
            raise self._failure from clash
        except BaseException as error:
            self._failure = error
            raise
        if batch.draft.added.erased:  # what is not committed cannot be overwritten yet
            result = marked(result, erasing(batch.draft))
        return result

    def finish(self) -> None:
        """Pass everything to the writer; raises JoinLost where some request failed before."""
        self._check()
        if self._batch is not None and self._batch.draft.number > self._expired:
            self._batch.draft.flush(self._batch.writer)

    def _begun(self) -> Batch:
        desk = self._desk
        desk.queue.check_open()
        writer = self._begin()
        head, now = writer.head(), desk.now()
        if desk.clock_limits is not None:
            desk.clock_limits.check(now, head.recorded_at)
        self._batch = batch = Batch(writer, Known.read(writer, head), now, desk.salts, careful=True)
        batch.expire()
        self._expired = batch.draft.number
        return batch

    def _check(self) -> None:
        """Raise the failure of a request again: what was decided since may be incomplete."""
        if self._failure is not None:
            raise self._failure
