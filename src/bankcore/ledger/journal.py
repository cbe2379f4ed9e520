"""The journal of a book: written by whoever asks, one commit after the other, read by anybody."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, Self

from bankcore.errors import BadDate, BadTransaction, UnknownAccount, UnknownTransaction
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.balances import AccountState, Balance
from bankcore.ledger.books import Books
from bankcore.ledger.changes import Rule, SealingRule
from bankcore.ledger.evidence.seals import seal_journal
from bankcore.ledger.ports import Head, Reader, Store
from bankcore.ledger.posting.batch import Batch
from bankcore.ledger.posting.books import CurrentBooks
from bankcore.ledger.posting.clock import ClockLimits
from bankcore.ledger.posting.commits import Commits, collector_paused
from bankcore.ledger.posting.draft import Draft, Known
from bankcore.ledger.posting.operations import earlier, stamp
from bankcore.ledger.posting.queue import CommitQueue, Request
from bankcore.ledger.posting.shape import key_refusal
from bankcore.ledger.posting.verdicts import Verdict, check_types, decide_all, decide_each
from bankcore.ledger.reading.views import view
from bankcore.ledger.transactions import (
    Book,
    Entry,
    Hold,
    Receipt,
    Record,
    Transaction,
)

__all__ = ["Journal"]


class Journal:
    """One book of a store, to post to and to read.

    `clock` gives the present instant with its time zone, without which it is BadDate; recorded times
    never decrease.  Every method that writes returns after the commit, which it shares with whoever
    waits at that time; at most `most_waiting` wait, and a further caller is held up, for `patience`
    seconds at most.  A commit at an instant beyond `clock_limits` is ClockBehindBook, ClockAheadOfBook;
    without limits the clock is taken for a virtual one, which may stand anywhere.
    """

    def __init__(
        self,
        store: Store,
        book: Book,
        clock: Callable[[], datetime],
        *,
        most_waiting: int = 10_000,
        patience: float = 30,
        clock_limits: ClockLimits | None = None,
    ) -> None:
        self.store = store
        self.book = book
        self._clock = _in_utc(clock)
        commits = Commits(store, book, self._clock, clock_limits)
        self._queue = CommitQueue(commits.write, store.check_owner, book.name, most_waiting, patience)

    @classmethod
    def create(cls, store: Store, book: Book, clock: Callable[[], datetime], **waiting: Any) -> Self:
        """Add a new, empty book to the store; raises BookExists."""
        store.create(book)
        return cls(store, book, clock, **waiting)

    # --- writing ------------------------------------------------------------------------------

    def post(self, transaction: Transaction) -> Receipt:
        """Write one transaction and give its receipt, after the commit.

        The same key with the same content gives the first receipt, marked as replayed; with other
        content it raises KeyConflict.  Any refusal raises and leaves no trace.
        """
        return self._queue.run(_posting(transaction))

    def submit(self, transaction: Transaction) -> Future[Receipt]:
        """Have one transaction written, and do not wait: the future gives the receipt or the refusal."""
        return self._queue.submit(_posting(transaction))

    def post_many(self, transactions: Iterable[Transaction], *, atomic: bool = False) -> list[Verdict]:
        """Write many transactions with one commit; the outcome equals posting one by one.

        Each gets its own verdict, a receipt or the refusal, but transactions of one group that stand
        side by side are written all or not at all; `atomic` raises the first refusal instead of
        giving verdicts and writes none.
        """
        with collector_paused():  # many may be made only now
            given = tuple(transactions)
        check_types(given)
        decide = decide_all if atomic else decide_each
        return self._queue.run(Request(lambda batch: [*decide(batch, given)], given))

    def execute(
        self, key: str, request: Mapping[str, Any], rule: Rule, *, actor: str = ""
    ) -> tuple[Receipt, ...]:
        """Run a rule under the write lock and write its transactions together.

        The first takes `key` and keeps the request and the actor, the following are `key#2`,
        `key#3`, ...  The same key with the same request and actor gives the first receipts without
        asking the rule again; another request raises KeyConflict.  A rule that has nothing to
        write returns no transaction, leaves no trace, and its key stays free.
        """
        return self._execute(key, request, lambda books, _: rule(books), actor)

    def _execute(
        self, key: str, request: Mapping[str, Any], rule: SealingRule, actor: str
    ) -> tuple[Receipt, ...]:
        if (refusal := key_refusal(key)) is not None:
            raise refusal

        def decide(batch: Batch) -> tuple[Receipt, ...]:
            books = CurrentBooks(self.book, batch.draft.reader, batch.draft.states, lambda: batch.draft)
            if replayed := earlier(books.reader, key, request, actor):
                return tuple(replayed)
            planned = stamp(rule(books, partial(self._seal, batch)), key, request, actor)
            check_types(planned)
            batch.expect(planned)
            return tuple(decide_all(batch, planned))

        return self._queue.run(Request(decide, reads=True))

    def _seal(self, batch: Batch, through: date) -> Record:
        """Seal the journal with what the batch adds, for the transaction that it decides next."""
        draft = batch.draft
        head = Head(draft.number, draft.digest, draft.moment, draft.accounts)
        new = (draft.entries, draft.opened, draft.touched.values())
        batch.seal = seal_journal(self.book, draft.reader, through, head, *new).record
        return batch.seal

    def preview(self, rule: Rule) -> tuple[Transaction, ...]:
        """Run a rule and check all that it would write, and write nothing; raises its refusal."""

        def decide(batch: Batch) -> tuple[Transaction, ...]:
            books = CurrentBooks(self.book, batch.draft.reader, batch.draft.states, lambda: batch.draft)
            unused = f"preview {books.reader.head().digest.hex()}"  # nobody knew the digest before
            planned = stamp(rule(books), unused, {}, "")
            check_types(planned)
            try:
                with batch.draft.together():
                    decide_all(batch, planned)
                    raise _OnlyLooking
            except _OnlyLooking:
                return planned

        return self._queue.run(Request(decide, reads=True))

    def close(self) -> None:
        """Write all that waits, then take nothing more; the store stays open."""
        self._queue.close()

    # --- reading ------------------------------------------------------------------------------

    @property
    def reader(self) -> Reader:
        """The committed book, for reports."""
        return self.store.reading(self.book.id)

    @property
    def books(self) -> Books:
        """The committed book as a rule sees it."""
        reader = self.reader

        def empty() -> Draft:
            return Draft(reader, Known.read(reader, reader.head()), self._clock())

        return CurrentBooks(self.book, reader, self._states_of, empty)

    def balance(self, path: str, *, on: date | None = None, known_at: datetime | None = None) -> Balance:
        """The balance of an account, expired holds left out: now, or as known at an instant, and of
        all value dates, or of those up to and including `on`.

        Raises UnknownAccount, AccountNotYetOpen, and what `view` raises.
        """
        return view(self.reader, on, known_at, self._clock()).balance(path)

    def holds(self, root: str = "", *, live: bool = True) -> Iterator[Hold]:
        """The holds on accounts at and below `root`, the live ones or all.

        Raises BadAccountPath, UnknownAccount where there is no account.
        """
        if root and next(self.reader.accounts(AccountPath.parse(root)), None) is None:
            raise UnknownAccount(root)
        now = self._clock()
        for hold in self.reader.holds():
            if (hold.is_live(now) or not live) and any(
                p.account.within(root) for p in hold.transaction.postings
            ):
                yield hold

    def entry(self, number: int) -> Entry:
        """A transaction as the journal holds it; raises UnknownTransaction."""
        if type(number) is not int:
            raise BadTransaction("number", f"an int is needed, not {type(number).__name__}")
        entry = self.reader.entry(number)
        if entry is None:
            raise UnknownTransaction(number)
        return entry

    def _states_of(self, paths: Iterable[AccountPath]) -> dict[AccountPath, AccountState]:
        let_go = self._expired()
        return {path: state.without(let_go) for path, state in self.reader.states(paths).items()}

    def _expired(self) -> list[Hold]:
        """Holds whose instant has come, but not yet their record in the journal."""
        return self.reader.due_holds(self._clock())


def _in_utc(clock: Callable[[], datetime]) -> Callable[[], datetime]:
    """The clock in UTC; local time would be another instant on another machine."""

    def now() -> datetime:
        moment = clock()
        if moment.utcoffset() is None:
            raise BadDate(moment, "a clock gives an instant with its time zone")
        return moment.astimezone(UTC)

    return now


def _posting(transaction: Transaction) -> Request[Receipt]:
    check_types([transaction])
    if transaction.group:
        return Request(lambda batch: decide_all(batch, (transaction,))[0], (transaction,))
    return Request(lambda batch: batch.decide(transaction), (transaction,))


class _OnlyLooking(Exception):
    """Nothing of a preview is kept."""
