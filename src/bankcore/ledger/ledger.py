"""The ledger: one book, written by one caller at a time, read by anybody.

>>> from bankcore.ledger.transactions import legs
>>> from bankcore.stores.memory import MemoryStore
>>> from bankcore.units import Unit
>>> book = Book(1, "demo", Unit.parse("CNY/2"), date(2024, 5, 1))
>>> ledger = Ledger.create(MemoryStore(), book, clock=lambda: datetime(2024, 5, 1, 9, tzinfo=UTC))
>>> cash = Account("bank:cash", "asset", "CNY/2", floor=0)
>>> reserve = Account("wallet:mall:reserve", "liability", "CNY/2", floor=0)
>>> ledger.open([cash, reserve], key="open").number
1
>>> funding = Transaction(
...     key="fund-1", kind="fund", effective_on=date(2024, 5, 1),
...     postings=legs(book.base_unit, debit={cash.path: 10_000}, credit={reserve.path: 10_000}),
... )
>>> ledger.post(funding).number, ledger.post(funding).replayed
(2, True)
>>> ledger.balance(reserve.path).net
10000
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from bankcore.calendars.dates import check_date
from bankcore.errors import BadTransaction, BankcoreError, UnknownAccount, UnknownTransaction
from bankcore.ledger import requests
from bankcore.ledger.accounts import Account, AccountPath, Status
from bankcore.ledger.balances import AccountState, Balance
from bankcore.ledger.batch import Batch
from bankcore.ledger.books import CurrentBooks
from bankcore.ledger.operations import earlier, stamp
from bankcore.ledger.ports import Books, Head, Reader, Store, Writer
from bankcore.ledger.requests import Rule, Sealing, SealingRule
from bankcore.ledger.seals import seal_journal
from bankcore.ledger.shape import key_refusal
from bankcore.ledger.transactions import (
    PERIOD,
    Book,
    Entry,
    Hold,
    Posting,
    Receipt,
    Record,
    Transaction,
)

__all__ = ["Ledger", "Rule", "Verdict"]

Verdict = Receipt | BankcoreError
_Requested = Callable[[CurrentBooks, Sealing], Sequence[Transaction]]

_MOST_STATES = 200_000  # accounts kept hot between commits; beyond that the cache starts anew


class Ledger:
    """One book of a store.

    `clock` gives the present instant with its time zone; recorded times never decrease.  Every
    method that writes takes the store's write lock, decides, and commits at once or not at all.
    """

    def __init__(self, store: Store, book: Book, clock: Callable[[], datetime]) -> None:
        self.store = store
        self.book = book
        self._clock = clock
        self._lock = threading.Lock()
        self._states: dict[AccountPath, AccountState] = {}
        self._head: Head | None = None  # None: the cache below it and beside it is void
        self._closed_through: date | None = None

    @classmethod
    def create(cls, store: Store, book: Book, clock: Callable[[], datetime]) -> Ledger:
        """Add a new, empty book to the store; raises BookExists."""
        store.create(book)
        return cls(store, book, clock)

    # --- writing ------------------------------------------------------------------------------

    def post(self, transaction: Transaction) -> Receipt:
        """Write one transaction and give its receipt, after the commit.

        The same key with the same content gives the first receipt, marked as replayed; with other
        content it raises KeyConflict.  Any refusal raises and leaves no trace.
        """
        (verdict,) = self._commit(lambda *_: (transaction,), atomic=False)
        return _receipt(verdict)

    def post_many(self, transactions: Iterable[Transaction], *, atomic: bool = False) -> list[Verdict]:
        """Write many transactions with one commit; the outcome equals posting one by one.

        Each gets its own verdict, a receipt or the refusal; `atomic` raises the first refusal
        instead and writes none.
        """
        batch = tuple(transactions)
        return self._commit(lambda *_: batch, atomic=atomic)

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
        replayed: list[Receipt] = []

        def keyed(books: CurrentBooks, seal: Sealing) -> Sequence[Transaction]:
            replayed.extend(earlier(books.reader, key, request, actor))
            return () if replayed else stamp(rule(books, seal), key, request, actor)

        verdicts = self._commit(keyed, atomic=True)
        return tuple(replayed) or tuple(_receipt(verdict) for verdict in verdicts)

    def preview(self, rule: Rule) -> tuple[Transaction, ...]:
        """Run a rule and check all that it would write, and write nothing; raises its refusal."""
        planned: list[Transaction] = []

        def remembered(books: CurrentBooks, _: Sealing) -> Sequence[Transaction]:
            unused = f"preview {books.reader.head().digest.hex()}"  # nobody knew the digest before
            planned.extend(stamp(rule(books), unused, {}, ""))
            return planned

        self._commit(remembered, atomic=True, keep=False)
        return tuple(planned)

    def open(self, accounts: Iterable[Account], *, key: str, actor: str = "") -> Receipt:
        """Open accounts with one transaction; an account without a date opens on the business date."""
        accounts = tuple(accounts)
        if not all(isinstance(account, Account) for account in accounts):
            raise BadTransaction("accounts", "Accounts are needed")
        request = {"open": [{"path": account.path, **account.as_data()} for account in accounts]}
        return self.execute(key, request, requests.open_accounts(accounts), actor=actor)[0]

    def change(self, path: AccountPath, *, key: str, reason: str, actor: str = "", **changes: Any) -> Receipt:
        """Give an account another `floor`, `ceiling`, `status`, `party` or `details`, with the reason.

        Closing (status CLOSED) needs a balance of zero; a closed account cannot change any more.
        """
        path = AccountPath.parse(path)
        plain = {name: value.value if isinstance(value, Status) else value for name, value in changes.items()}
        plain["reason"] = reason
        rule = requests.change_account(path, plain)
        return self.execute(key, {"change": path, **plain}, rule, actor=actor)[0]

    def close_period(self, through: date, *, key: str, actor: str = "") -> Receipt:
        """Close all dates up to and including `through` for ever, sealed; the business date moves on.

        Raises BadDate, PeriodClosed where it is closed already, BadTransaction for the last date there is.
        """
        check_date(through)
        request = {"close_period": through.isoformat()}
        return self._execute(key, request, requests.close_period(through), actor)[0]

    def reverse(
        self, number: int, *, key: str, effective_on: date, description: str = "", actor: str = ""
    ) -> Receipt:
        """Post the exact inverse of a transaction, once, never of a reversal, within all limits."""
        fields = {"key": key, "effective_on": effective_on, "description": description, "actor": actor}
        return self.post(requests.reversal(self.entry(number), **fields))

    def capture(
        self,
        number: int,
        *,
        key: str,
        effective_on: date,
        postings: tuple[Posting, ...] | None = None,
        description: str = "",
        actor: str = "",
    ) -> Receipt:
        """Post all of a hold, or `postings` within its legs; the rest returns.  A hold is captured once."""
        fields = {"key": key, "effective_on": effective_on, "description": description, "actor": actor}
        return self.post(requests.capture(self.entry(number), postings, **fields))

    def release(
        self, number: int, *, key: str, effective_on: date, description: str = "", actor: str = ""
    ) -> Receipt:
        """Let go of a hold; nothing is posted."""
        fields = {"key": key, "effective_on": effective_on, "description": description, "actor": actor}
        return self.post(requests.capture(self.entry(number), (), **fields))

    # --- reading ------------------------------------------------------------------------------

    @property
    def reader(self) -> Reader:
        """The committed book, for reports."""
        return self.store.reading(self.book.id)

    @property
    def books(self) -> Books:
        """The committed book as a rule sees it."""
        return CurrentBooks(self.book, self.reader, self._states_of)

    def balance(self, path: str) -> Balance:
        """The balance of an account now, expired holds left out; raises UnknownAccount."""
        known = AccountPath.parse(path)
        state = self._states_of([known]).get(known)
        if state is None:
            raise UnknownAccount(path)
        return state.balance()

    def holds(self, root: str = "", *, live: bool = True) -> Iterator[Hold]:
        """The holds on accounts at and below `root`, the live ones or all."""
        now = self._clock().astimezone(UTC)
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
        return self.reader.due_holds(self._clock().astimezone(UTC))

    # --- the commit ---------------------------------------------------------------------------

    def _commit(self, requested: _Requested, *, atomic: bool, keep: bool = True) -> list[Verdict]:
        with self._lock, _collector_paused():
            try:
                with self.store.writing(self.book.id) as writer:
                    batch = self._batch(writer)
                    batch.expire()
                    books = CurrentBooks(self.book, writer, batch.states)
                    verdicts = _decide(batch, requested(books, partial(self._seal, batch, writer)), atomic)
                    if not keep:
                        self._forget()
                    elif batch.entries:
                        writer.append(batch.entries, batch.opened, batch.touched.values())
                        self._head, self._closed_through = batch.head, batch.closed_through
                    return verdicts
            except BaseException:
                self._forget()
                raise

    def _batch(self, writer: Writer) -> Batch:
        """A batch on the cached states, which are trusted while nobody else has written."""
        head = writer.head()
        if head != self._head or len(self._states) > _MOST_STATES:
            self._forget()
            self._head = head
            closed = writer.record(*PERIOD)
            self._closed_through = date.fromisoformat(closed.data["through"]) if closed else None
        return Batch(writer, head, self._states, self._closed_through, self._clock().astimezone(UTC))

    def _seal(self, batch: Batch, writer: Writer, through: date) -> Record:
        """Seal the journal with what the batch adds, for the transaction that it decides next."""
        new, states = batch.entries, (batch.opened, batch.touched.values())
        batch.seal = seal_journal(self.book, writer, through, batch.head, new, *states).record
        return batch.seal

    def _forget(self) -> None:
        self._states = {}
        self._head = None


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Thousands of live frozen objects make no garbage; looking for it costs a sixth of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _decide(batch: Batch, transactions: Sequence[Transaction], atomic: bool) -> list[Verdict]:
    if not all(isinstance(t, Transaction) for t in transactions):
        raise BadTransaction("type", "a Transaction is needed")
    batch.expect(transactions)
    verdicts: list[Verdict] = []
    for transaction in transactions:
        try:
            verdicts.append(batch.decide(transaction))
        except BankcoreError as refusal:
            if atomic:
                raise
            verdicts.append(refusal)
    return verdicts


def _receipt(verdict: Verdict) -> Receipt:
    if isinstance(verdict, BankcoreError):
        raise verdict
    return verdict
