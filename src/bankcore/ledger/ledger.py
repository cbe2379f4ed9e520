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

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from bankcore.amounts import check_quantity
from bankcore.calendars.dates import check_date
from bankcore.errors import BadTransaction
from bankcore.ledger import changes
from bankcore.ledger.accounts import Account, AccountPath, Status
from bankcore.ledger.changes import Rule
from bankcore.ledger.journal import Journal
from bankcore.ledger.posting.verdicts import Verdict
from bankcore.ledger.transactions import Posting, Receipt
from bankcore.ledger.velocity import VelocityLimit

__all__ = ["Ledger", "Rule", "Verdict"]


class Ledger(Journal):
    """The journal of a book, and all that is asked of it by name: accounts, limits, holds, periods.

    Each request is written under a key of its own, like a posting, and refused like one.
    """

    def open(self, accounts: Iterable[Account], *, key: str, actor: str = "") -> Receipt:
        """Open accounts with one transaction; an account without a date opens on the business date.

        Raises AccountExists, BadTransaction, KeyConflict.
        """
        accounts = tuple(accounts)
        if not all(isinstance(account, Account) for account in accounts):
            raise BadTransaction("accounts", "Accounts are needed")
        request = {"open": [{"path": account.path, **account.as_data()} for account in accounts]}
        return self.execute(key, request, changes.open_accounts(accounts), actor=actor)[0]

    def change(self, path: AccountPath, *, key: str, reason: str, actor: str = "", **fields: Any) -> Receipt:
        """Give an account another `floor`, `ceiling`, `status`, `party` or `details`, with the reason.

        Closing (status CLOSED) needs a balance of zero; a closed account can only be reopened, and
        then takes value dates from the business date on.  Raises UnknownAccount, AccountClosed,
        AccountNotEmpty, AccountChangeRefused, BadTransaction, KeyConflict.
        """
        path = AccountPath.parse(path)
        plain = {name: value.value if isinstance(value, Status) else value for name, value in fields.items()}
        plain["reason"] = _read_reason(reason)
        rule = changes.change_account(path, plain)
        return self.execute(key, {"change": path, **plain}, rule, actor=actor)[0]

    def close_account(
        self, path: AccountPath, *, key: str, reason: str, into: AccountPath | None = None, actor: str = ""
    ) -> Receipt:
        """Close an account; what is on it moves to the account `into`, in the same transaction.

        Raises UnknownAccount, AccountClosed, AccountNotEmpty, AccountChangeRefused where it has postings
        of a later date, and what `post` raises.
        """
        path = AccountPath.parse(path)
        target = None if into is None else AccountPath.parse(into)
        request = {"close": path, "into": target, "reason": _read_reason(reason)}
        return self.execute(key, request, changes.close_account(path, target, reason), actor=actor)[0]

    def limit(self, limit: VelocityLimit, *, key: str, actor: str = "") -> Receipt:
        """Set a velocity limit, or another version of it; without `most` it binds no more.

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
        to bring forward or an account stands on both sides, and what `post` raises.
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
        """Close all dates up to and including `through` for ever, sealed; the business date moves on.

        Raises BadDate, PeriodClosed where it is closed already, BadTransaction for the last date there is.
        """
        check_date(through)
        request = {"close_period": through.isoformat()}
        return self._execute(key, request, changes.close_period(through), actor)[0]

    def reverse(
        self, number: int, *, key: str, effective_on: date, description: str = "", actor: str = ""
    ) -> Receipt:
        """Post the exact inverse of a transaction, once, never of a reversal, within all limits.

        Raises UnknownTransaction, AlreadyReversed, ReversalOfReversal, ReversalOfHold, RecordsStand,
        BadTransaction where nothing moved, and what `post` raises.
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
        """Post what a transaction, with its corrections so far, lacks to amount to `postings`.

        It is dated into an open day, though the transaction may stand in a closed one.  Raises
        UnknownTransaction, and BadTransaction where nothing is lacking.
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

        Raises UnknownTransaction, NotAHold, HoldResolved, HoldExpired, CaptureExceedsHold, and what
        `post` raises.
        """
        fields = {"key": key, "effective_on": effective_on, "description": description, "actor": actor}
        return self.post(changes.capture(self.entry(number), postings, **fields))

    def release(
        self, number: int, *, key: str, effective_on: date, description: str = "", actor: str = ""
    ) -> Receipt:
        """Let go of a hold; nothing is posted.

        Raises UnknownTransaction, NotAHold, HoldResolved, HoldExpired, PeriodClosed, KeyConflict.
        """
        fields = {"key": key, "effective_on": effective_on, "description": description, "actor": actor}
        return self.post(changes.capture(self.entry(number), (), **fields))


def _read_reason(reason: object) -> str:
    """Why an account changes; raises BadTransaction where nothing is said."""
    if not isinstance(reason, str) or not reason.strip():
        raise BadTransaction("reason", "a text is needed that says why")
    return reason
