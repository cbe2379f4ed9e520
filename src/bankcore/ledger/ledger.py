"""The ledger: one book, written by one caller at a time, read by anybody.

>>> from datetime import UTC, datetime
>>> from bankcore.ledger.transactions import Book, Transaction, legs
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

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from datetime import date, datetime
from typing import Any, Self

from bankcore.amounts import check_quantity
from bankcore.calendars.dates import check_date
from bankcore.errors import BadTransaction, BankcoreError, UnknownAccount, UnknownTransaction
from bankcore.ledger import changes
from bankcore.ledger.accounts import Account, AccountPath, Status
from bankcore.ledger.balances import Balance
from bankcore.ledger.books import Books
from bankcore.ledger.joined import JoinedLedger
from bankcore.ledger.observing import Observer
from bankcore.ledger.personal import Salts
from bankcore.ledger.ports import Reader, Store, Writer
from bankcore.ledger.posting.clock import ClockLimits
from bankcore.ledger.posting.desk import Desk
from bankcore.ledger.posting.overlay import Overlay
from bankcore.ledger.posting.verdicts import Verdict
from bankcore.ledger.reading.views import view
from bankcore.ledger.rules import Rule, without_seal
from bankcore.ledger.transactions import Book, Entry, Hold, Posting, Receipt, Transaction
from bankcore.ledger.velocity import VelocityLimit

__all__ = ["Ledger", "Rule", "Verdict"]


class Ledger:
    """One book of a store, to post to and to read.

    `clock` gives the current instant with its time zone (BadDate without one); recorded times never
    decrease.  `salts` gives the salts that personal data needs.  Every method that writes returns after
    the commit, which it shares with other waiting callers; at most `most_waiting` wait, and a further
    caller is blocked for `patience` seconds at most.

    `observer` is told of commits and refusals, see `Observer`; `timer` gives nanoseconds for its durations.

    A commit at an instant beyond `clock_limits` raises ClockBehindBook or ClockAheadOfBook; without limits
    the clock is treated as virtual and may show any time.
    """

    def __init__(
        self,
        store: Store,
        book: Book,
        clock: Callable[[], datetime],
        *,
        salts: Salts | None = None,
        most_waiting: int = 10_000,
        patience: float = 30,
        clock_limits: ClockLimits | None = None,
        observer: Observer | None = None,
        timer: Callable[[], int] | None = None,
    ) -> None:
        self.store = store
        self.book = book
        self._desk = Desk(store, book, clock, salts, most_waiting, patience, clock_limits, observer, timer)

    @classmethod
    def create(cls, store: Store, book: Book, clock: Callable[[], datetime], **waiting: Any) -> Self:
        """Add a new, empty book to the store; raises BookExists."""
        store.create(book)
        return cls(store, book, clock, **waiting)

    @property
    def clock_limits(self) -> ClockLimits | None:
        """How far the clock may differ from the book; None for a virtual clock."""
        return self._desk.clock_limits

    def now(self) -> datetime:
        """The current instant by the ledger's clock; raises BadDate where it has no time zone."""
        return self._desk.now()

    # --- writing ------------------------------------------------------------------------------

    def post(self, transaction: Transaction) -> Receipt:
        """Write one transaction and return its receipt after the commit.

        The same key with the same content gives the first receipt, marked as replayed; with other
        content it raises KeyConflict.  A refusal raises and leaves no trace.
        """
        return self._desk.post(transaction)

    def submit(self, transaction: Transaction, *, patience: float | None = None) -> Future[Receipt]:
        """Submit one transaction without waiting: the future gives the receipt or the refusal.

        Raises WriterBusy after `patience` seconds without room in the queue, LedgerClosed.
        """
        return self._desk.submit(transaction, patience)

    def post_many(self, transactions: Iterable[Transaction], *, atomic: bool = False) -> list[Verdict]:
        """Write many transactions in one commit; the outcome equals posting one by one.

        Each gets its own verdict, a receipt or the refusal, but consecutive transactions of one group
        are written all or not at all; `atomic` raises the first refusal instead of returning verdicts,
        and then none is written.
        """
        return self._desk.post_many(transactions, atomic)

    def execute(
        self, key: str, request: Mapping[str, Any], *rules: Rule, actor: str = ""
    ) -> tuple[Receipt, ...]:
        """Run rules under the write lock and write their transactions together, all or none.

        Several rules run one after the other; each sees the book with the effects of those before it.  For
        an `Attempt` that the ledger refuses, its `otherwise` is written and the rest stays.

        The first transaction takes `key` and keeps the request and the actor, the following are
        `key#2`, `key#3`, ..., which raise BadKey for any other request.  The same key with the same
        request and actor gives the first receipts without running the rules again; another request raises
        KeyConflict.  Rules with nothing to write return no transaction, leave no trace, and the key
        stays unused.
        """
        return self._desk.execute(key, request, without_seal(rules), actor)

    def submit_rules(
        self,
        key: str,
        request: Mapping[str, Any],
        *rules: Rule,
        actor: str = "",
        patience: float | None = None,
    ) -> Future[tuple[Receipt, ...]]:
        """As `execute` without waiting, as `submit`; BadKey is raised at once."""
        return self._desk.submit_rules(key, request, without_seal(rules), actor, patience)

    def preview(self, *rules: Rule, actor: str = "") -> tuple[Transaction, ...]:
        """Run rules and check everything they would write, without writing; raises the first refusal."""
        return self._desk.preview(without_seal(rules), actor)

    def joined(self, begin: Callable[[], Writer]) -> JoinedLedger:
        """The ledger in a transaction of the caller's, by a writer that `begin` gives when it is needed.

        Services use it by `bankcore.joining.joined`.
        """
        return JoinedLedger(self._desk, begin)

    def close(self) -> None:
        """Write everything waiting, then accept nothing more; the store stays open, and may be read.

        May be called more than once.  Whoever writes later gets LedgerClosed.
        """
        self._desk.close()

    def __repr__(self) -> str:
        return f"Ledger({self.book.name!r}, {self.store!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def tell(self, refusal: BankcoreError, commands: Sequence[str] = ()) -> None:
        """Tell the observer of a refusal, of commands by their names, found before the ledger was asked."""
        self._desk.tell(refusal, commands)

    # --- requests with a method of their own ------------------------------------------------------

    def open(self, accounts: Iterable[Account], *, key: str, actor: str = "") -> Receipt:
        """Open accounts with one transaction; an account without a date opens on the business date.

        Raises AccountExists, BadTransaction, KeyConflict.
        """
        accounts = tuple(accounts)
        if not all(isinstance(account, Account) for account in accounts):
            raise BadTransaction("accounts", "Accounts are needed")
        request = {"open": [{"path": account.path, **account.as_data()} for account in accounts]}
        return self.execute(key, request, changes.open_accounts(accounts), actor=actor)[0]

    def change(
        self,
        path: AccountPath,
        *,
        key: str,
        reason: str,
        actor: str = "",
        then: Sequence[Rule] = (),
        **fields: Any,
    ) -> Receipt:
        """Change an account's `floor`, `ceiling`, `status`, `party` or `details`, with the reason.

        Closing (status CLOSED) needs a balance of zero; a closed account can only be reopened, and
        then accepts value dates from the business date on.  The rules `then` run after it, in the same
        commit.  Raises UnknownAccount, AccountClosed, AccountNotEmpty, AccountChangeRefused,
        BadTransaction, KeyConflict.
        """
        path = AccountPath.parse(path)
        plain = {name: value.value if isinstance(value, Status) else value for name, value in fields.items()}
        plain["reason"] = read_reason(reason)
        rule = changes.change_account(path, plain)
        return self.execute(key, {"change": path, **plain}, rule, *then, actor=actor)[0]

    def close_account(
        self, path: AccountPath, *, key: str, reason: str, into: AccountPath | None = None, actor: str = ""
    ) -> Receipt:
        """Close an account; its balance moves to the account `into`, in the same transaction.

        Raises UnknownAccount, AccountClosed, AccountNotEmpty, AccountChangeRefused where it has postings
        of a later date, and the errors of `post`.
        """
        path = AccountPath.parse(path)
        target = None if into is None else AccountPath.parse(into)
        request = {"close": path, "into": target, "reason": read_reason(reason)}
        return self.execute(key, request, changes.close_account(path, target, reason), actor=actor)[0]

    def limit(self, limit: VelocityLimit, *, key: str, actor: str = "") -> Receipt:
        """Set a velocity limit, or another version of it; without `most` it no longer binds.

        Raises BadTransaction, KeyConflict.
        """
        if not isinstance(limit, VelocityLimit):
            raise BadTransaction("limit", "a VelocityLimit is needed")
        request = {"limit": limit.name, **limit.as_data()}
        return self.execute(key, request, changes.set_velocity_limit(limit), actor=actor)[0]

    def bring_forward(
        self,
        balances: Mapping[AccountPath, int],
        *,
        against: AccountPath,
        key: str,
        effective_on: date,
        actor: str = "",
    ) -> Receipt:
        """Post opening balances, in minor units on each account's normal side, against one account.

        Raises AccountInUse where an account has postings already, BadTransaction where there is nothing
        to bring forward or an account is on both sides, and the errors of `post`.
        """
        check_date(effective_on)
        if not isinstance(balances, Mapping):
            raise BadTransaction("balances", "a mapping of account paths to balances is needed")
        given = {AccountPath.parse(path): check_quantity(balance) for path, balance in balances.items()}
        other = AccountPath.parse(against)
        request = {"opening": dict(given), "against": other, "on": effective_on.isoformat()}
        rule = changes.bring_forward(given, other, effective_on)
        return self.execute(key, request, rule, actor=actor)[0]

    def close_period(self, through: date, *, key: str, actor: str = "") -> Receipt:
        """Close and seal all dates up to and including `through` for ever; the business date moves on.

        Raises BadDate, PeriodClosed where it is closed already, BadTransaction for the last date there is.
        """
        check_date(through)
        request = {"close_period": through.isoformat()}
        return self._desk.execute(key, request, (changes.close_period(through),), actor)[0]

    def finish_erasure(self) -> bool:
        """Overwrite erased data that may still be in files; False while a reader prevents it."""
        return self.store.scrub()

    def reverse(
        self, number: int, *, key: str, effective_on: date, description: str = "", actor: str = ""
    ) -> Receipt:
        """Post the exact inverse of a transaction, within all limits; once, and never of a reversal.

        Raises UnknownTransaction, AlreadyReversed, ReversalOfReversal, ReversalOfHold, RecordsStand,
        BadTransaction where nothing moved, and the errors of `post`.
        """
        fields = {"key": key, "effective_on": effective_on, "description": description, "actor": actor}
        return self.post(changes.reversal(self.entry(number), **fields))

    def correct(
        self,
        number: int,
        postings: tuple[Posting, ...],
        *,
        key: str,
        effective_on: date,
        description: str = "",
        actor: str = "",
    ) -> Receipt:
        """Post the difference between a transaction, with its corrections so far, and `postings`.

        The correction has an open value date, though that of the transaction may be closed.  Raises
        UnknownTransaction, and BadTransaction where there is no difference.
        """
        check_date(effective_on)
        if not isinstance(postings, tuple) or not all(isinstance(p, Posting) for p in postings):
            raise BadTransaction("postings", "a tuple of postings is needed")
        request = {"correct": number, "to": [[p.account, p.quantity, p.unit] for p in postings]}
        request |= {"on": effective_on.isoformat(), "description": description}
        rule = changes.correction(self.entry(number), postings, effective_on, description)
        return self.execute(key, request, rule, actor=actor)[0]

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
        """Post all of a hold, or `postings` within its legs; the rest returns.  A hold is captured once.

        Raises UnknownTransaction, NotAHold, HoldResolved, HoldExpired, CaptureExceedsHold, and the
        errors of `post`.
        """
        fields = {"key": key, "effective_on": effective_on, "description": description, "actor": actor}
        return self.post(changes.capture(self.entry(number), postings, **fields))

    def release(
        self, number: int, *, key: str, effective_on: date, description: str = "", actor: str = ""
    ) -> Receipt:
        """Release a hold; nothing is posted.

        Raises UnknownTransaction, NotAHold, HoldResolved, HoldExpired, PeriodClosed, KeyConflict.
        """
        fields = {"key": key, "effective_on": effective_on, "description": description, "actor": actor}
        return self.post(changes.capture(self.entry(number), (), **fields))

    # --- reading ------------------------------------------------------------------------------

    @property
    def reader(self) -> Reader:
        """A new reader of the committed book, for reports; close it when done."""
        return self.store.reading(self.book.id)

    @property
    def books(self) -> Books:
        """The committed book as rules see it."""
        return self.books_of("")

    def books_of(self, actor: str) -> Books:
        """The committed book as a rule sees it that decides for an actor."""
        return Overlay.committed(self.book, self.reader, self._desk.now, actor)

    def balance(self, path: str, *, on: date | None = None, known_at: datetime | None = None) -> Balance:
        """The balance of an account, expired holds left out: now, or as known at an instant, and of
        all value dates, or of those up to and including `on`.

        Raises UnknownAccount, AccountNotYetOpen, and the errors of `view`.
        """
        with self.reader as reader:
            return view(reader, on, known_at, self._desk.now()).balance(path)

    def holds(self, root: str = "", *, live: bool = True) -> Iterator[Hold]:
        """The holds on accounts at and below `root`, the live ones or all.

        Raises BadAccountPath, UnknownAccount where there is no account.
        """
        with self.reader as reader:
            if root and next(reader.accounts(AccountPath.parse(root)), None) is None:
                raise UnknownAccount(root)
            now = self._desk.now()
            for hold in reader.holds():
                within = any(p.account.within(root) for p in hold.transaction.postings)
                if within and (hold.is_live(now) or not live):
                    yield hold

    def entry(self, number: int) -> Entry:
        """A transaction of the journal; raises BadTransaction unless given an int, UnknownTransaction."""
        if type(number) is not int:
            raise BadTransaction("number", f"an int is needed, not {type(number).__name__}")
        with self.reader as reader:
            entry = reader.entry(number)
        if entry is None:
            raise UnknownTransaction(number)
        return entry


def read_reason(reason: object) -> str:
    """The reason for changing an account; raises BadTransaction where it is empty."""
    if not isinstance(reason, str) or not reason.strip():
        raise BadTransaction("reason", "a text is needed that gives the reason")
    return reason
