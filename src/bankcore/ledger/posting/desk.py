"""The desk: where whoever wants something written to a book hands it in, and waits for the commit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from functools import partial
from typing import Any

from bankcore.errors import BadDate
from bankcore.ledger.personal import Salts
from bankcore.ledger.ports import Store
from bankcore.ledger.posting.clock import ClockLimits
from bankcore.ledger.posting.commits import Commits, collector_paused
from bankcore.ledger.posting.operations import Operation, preview
from bankcore.ledger.posting.queue import CommitQueue, Request
from bankcore.ledger.posting.shape import key_refusal
from bankcore.ledger.posting.verdicts import Verdict, decide_all, decide_each
from bankcore.ledger.rules import SealingRule, check_types
from bankcore.ledger.transactions import Book, Receipt, Transaction

__all__ = ["Desk"]


class Desk:
    """The one way into the journal of a book: every method returns after the commit that wrote it.

    Callers share a commit with whoever waits at that time; at most `most_waiting` wait, and a further
    caller is held up, for `patience` seconds at most.
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
    ) -> None:
        commits = Commits(store, book, self.now, salts, clock_limits)
        self.queue = CommitQueue(commits.write, store.check_owner, book.name, most_waiting, patience)
        self._book = book
        self._clock = clock

    def now(self) -> datetime:
        """The present instant in UTC: local time would be another one on another machine."""
        moment = self._clock()
        if moment.utcoffset() is None:
            raise BadDate(moment, "a clock gives an instant with its time zone")
        return moment.astimezone(UTC)

    def post(self, transaction: Transaction) -> Receipt:
        """Write one transaction; raises its refusal."""
        return self.queue.run(_posting(transaction))

    def submit(self, transaction: Transaction) -> Future[Receipt]:
        """Have one transaction written, and do not wait."""
        return self.queue.submit(_posting(transaction))

    def post_many(self, transactions: Iterable[Transaction], atomic: bool) -> list[Verdict]:
        """Write many, each with its own verdict, or all or none; then the first refusal is raised."""
        with collector_paused():  # many may be made only now
            return self._post_many(tuple(transactions), atomic)

    def _post_many(self, given: Sequence[Transaction], atomic: bool) -> list[Verdict]:
        check_types(given)
        decide = decide_all if atomic else decide_each
        return self.queue.run(Request(lambda batch: [*decide(batch, given)], given))

    def execute(
        self, key: str, request: Mapping[str, Any], rules: Sequence[SealingRule], actor: str
    ) -> tuple[Receipt, ...]:
        """Write what the rules return, all or none, once for ever under this key."""
        if (refusal := key_refusal(key)) is not None:
            raise refusal
        operation = Operation(self._book, key, request, actor, rules)
        return self.queue.run(Request(operation.decide, keys=(key,)))

    def preview(self, rules: Sequence[SealingRule], actor: str) -> tuple[Transaction, ...]:
        """What `execute` would write now; nothing is written."""
        return self.queue.run(Request(partial(preview, self._book, rules, actor)))

    def close(self) -> None:
        """Write all that waits, then take nothing more."""
        self.queue.close()


def _posting(transaction: Transaction) -> Request[Receipt]:
    if not isinstance(transaction, Transaction):
        check_types([transaction])
    if transaction.group:
        return Request(lambda batch: decide_all(batch, (transaction,))[0], (transaction,))
    return Request(lambda batch: batch.decide(transaction), (transaction,))
