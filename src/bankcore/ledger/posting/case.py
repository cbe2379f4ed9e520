"""A case: a transaction and everything that the rules of posting check it against."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from typing import NamedTuple

from attrs import frozen

from bankcore.ledger.accounts import Account, AccountPath
from bankcore.ledger.balances import Movement
from bankcore.ledger.posting.states import AccountState
from bankcore.ledger.transactions import Entry, Hold, Record, Transaction
from bankcore.ledger.velocity import VelocityLimit

__all__ = ["Case", "Meter"]


class Meter(NamedTuple):
    """One period of a velocity limit: on one account, or on all of them where `account` is empty."""

    limit: str
    account: str
    since: date


@frozen
class Case:
    """A transaction and the states before it, which include the accounts it opens.

    `earlier` is the transaction that a link names, `reversal` the one that reversed it already; `hold`
    is the hold that it resolves and `ended` the transaction that did so before; `moment` is now;
    `versions` holds the last version of each record it writes, 0 for none; `accounts` the accounts
    before it that its records change.  `later` returns the movements of an account after a value date,
    `limits` are the velocity limits of each account, `used` returns the usage of a meter; `seal` is the
    record that the ledger made for the transaction, if any.
    """

    transaction: Transaction
    states: Mapping[AccountPath, AccountState]
    closed_through: date | None
    versions: Mapping[tuple[str, str], int]
    accounts: Mapping[str, Account]
    moment: datetime
    later: Callable[[AccountPath, date], Sequence[Movement]]
    limits: Mapping[str, Sequence[VelocityLimit]]
    used: Callable[[Meter], int]
    earlier: Entry | None = None
    reversal: int | None = None
    hold: Hold | None = None
    ended: Entry | None = None
    seal: Record | None = None

    @cached_property
    def after(self) -> dict[AccountPath, AccountState]:
        """The accounts of the postings, held ones too, as the whole transaction would leave them."""
        held = self.hold.transaction.postings if self.hold else ()
        after = {p.account: self.states[p.account].copy() for p in (*self.transaction.postings, *held)}
        for p in held:
            after[p.account].hold(p.quantity, -1)
        for p in self.transaction.postings:
            state = after[p.account]
            (state.hold if self.transaction.pending else state.post)(p.quantity)
        return after
