"""Views of a book by value date and by recording time.

A transaction counts from its value date on, and is known from the instant at which it was recorded.
Recorded times never decrease, so the transactions known at an instant are the beginning of the
journal, through one number.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import date, datetime

from attrs import evolve, frozen

from bankcore.calendars.dates import check_date
from bankcore.errors import (
    AccountNotYetOpen,
    BadDate,
    BookNotYetOpen,
    InstantInFuture,
    LedgerRejection,
    NothingKnown,
    UnknownAccount,
)
from bankcore.ledger.accounts import Account, AccountPath
from bankcore.ledger.balances import Balance, StoredAccount
from bankcore.ledger.ports import Reader
from bankcore.ledger.transactions import EXPIRY, Hold

__all__ = ["View", "view"]


@frozen
class View:
    """A book as of value date `on`, as known after transaction `through`; None for all of them.

    `expired` are the holds that no longer counted, though their expiry was not recorded yet.
    """

    reader: Reader
    on: date | None
    through: int | None
    expired: tuple[Hold, ...]

    def balances(self, root: str = "") -> Iterator[Balance]:
        """The balances at and below `root` in path order, without accounts that open later.

        Raises BadAccountPath, UnknownAccount where there is none, AccountNotYetOpen where all open later.
        """
        wanted = AccountPath.parse(root) if root != "" else ""
        found = not root
        refusal: LedgerRejection = UnknownAccount(wanted)
        if self.through:
            balances = self._known(self.through, wanted)
        else:
            balances = map(self._seen, self.reader.accounts(wanted))
        for balance in balances:
            if (not_yet := self._not_yet(balance.account)) is None:
                found = True
                yield balance
            else:
                refusal = not_yet
        if not found:
            raise refusal

    def balance(self, path: str) -> Balance:
        """The balance of one account; raises BadAccountPath, UnknownAccount, AccountNotYetOpen."""
        wanted = AccountPath.parse(path)
        if self.through:
            balances = self._known(self.through, wanted)
        else:
            balances = map(self._seen, self.reader.states([wanted]).values())
        balance = next(balances, None)
        if balance is None or balance.account.path != wanted:  # there may be only accounts below it
            raise UnknownAccount(wanted)
        if (not_yet := self._not_yet(balance.account)) is not None:
            raise not_yet
        return balance

    def _not_yet(self, account: Account) -> AccountNotYetOpen | None:
        """The refusal of an account that opens after `on`."""
        opens = account.opened_on or date.min
        if self.on is None or opens <= self.on:
            return None
        return AccountNotYetOpen(account.path, opens, self.on)

    def _seen(self, stored: StoredAccount) -> Balance:
        """An account with its totals as of `on`, less the expired holds."""
        balance, path = stored.balance(), stored.account.path
        if self.on is not None:
            debits, credits = self.reader.totals(path, self.on)
            balance = evolve(balance, debits=debits, credits=credits)
            if stored.pending_debits or stored.pending_credits:
                later = self.reader.later(path, self.on)
                balance = _without(balance, [m.quantity for m in later if m.pending])
        return self._without_expired(balance)

    def _known(self, through: int, root: str) -> Iterator[Balance]:
        """The accounts as known after transaction `through`, likewise."""
        accounts = self.reader.accounts_through(through, root)
        standings = self.reader.totals_through(through, self.on, root)
        for account, s in zip(accounts, standings, strict=True):
            totals = (s.debits, s.credits, s.pending_debits, s.pending_credits)
            yield self._without_expired(Balance(account, *totals))

    def _without_expired(self, balance: Balance) -> Balance:
        postings = [p for hold in self.expired for p in hold.transaction.postings]
        return _without(balance, [p.quantity for p in postings if p.account == balance.account.path])


def _without(balance: Balance, held: Sequence[int]) -> Balance:
    """The balance with some legs of holds released."""
    if not held:
        return balance
    debits = balance.pending_debits - sum(quantity for quantity in held if quantity > 0)
    credits = balance.pending_credits + sum(quantity for quantity in held if quantity < 0)
    return evolve(balance, pending_debits=debits, pending_credits=credits)


def view(
    reader: Reader, on: date | None = None, known_at: datetime | None = None, now: datetime | None = None
) -> View:
    """The book as known at an instant, counting value dates up to and including `on`.

    Holds that have expired at `known_at` (without it, by `now`) no longer count.  `known_at` must not be
    after `now`; without a clock that is the instant of the last transaction.

    Raises BadDate for other types and an instant without a time zone, BookNotYetOpen, InstantInFuture,
    NothingKnown.
    """
    if on is not None:
        check_date(on)
        if on < (opened_on := reader.book.opened_on):
            raise BookNotYetOpen(opened_on, on)
    if known_at is None:
        through, expired = None, [] if now is None else reader.due_holds(now)
    else:
        through = _known_through(reader, known_at, now)
        expired = _expired(reader, through, known_at)
    dated = (hold for hold in expired if on is None or hold.transaction.effective_on <= on)
    return View(reader, on, through, tuple(dated))


def _known_through(reader: Reader, known_at: datetime, now: datetime | None) -> int:
    """The number of the last transaction that was recorded at or before an instant."""
    if not isinstance(known_at, datetime) or known_at.utcoffset() is None:
        raise BadDate(known_at, "an instant with its time zone is needed")
    head = reader.head()
    reached = [moment for moment in (head.recorded_at, now) if moment is not None]
    if reached and known_at > max(reached):
        raise InstantInFuture(known_at, max(reached))

    def is_later(number: int) -> bool:
        entry = reader.entry(number)
        return entry is None or entry.recorded_at > known_at

    through = bisect_right(range(1, head.number + 1), False, key=is_later)
    if not through:
        raise NothingKnown(known_at)
    return through


def _expired(reader: Reader, through: int, moment: datetime) -> list[Hold]:
    """The holds that had expired by an instant, though their expiry is not in the journal through a number.

    The first commit after an expiry begins by recording it, so the records follow at once, or are pending.
    """
    found = {hold.number: hold for hold in reader.due_holds(moment)}
    number = through + 1
    while (entry := reader.entry(number)) is not None and entry.transaction.kind == EXPIRY:
        hold = reader.hold(entry.transaction.resolves or 0)
        if hold is not None and not evolve(hold, resolved_by=None).is_live(moment):
            found[hold.number] = hold
        number += 1
    return list(found.values())
