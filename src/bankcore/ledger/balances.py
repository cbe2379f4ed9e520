"""Balances of accounts.

Totals are gross and only grow; the net is their difference.  In storage a debit is positive;
`normal` gives the figure on the account's normal side.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from attrs import frozen

from bankcore.ledger.accounts import Account, AccountPath, Side
from bankcore.units import Unit

__all__ = ["Balance", "Movement", "Standing", "StandingRow", "StoredAccount"]


class Movement(NamedTuple):
    """A posting of an account, or a leg of a live hold, in the effective order of the book."""

    effective_on: date
    number: int
    quantity: int
    pending: bool


@frozen
class Balance:
    """An account's balance: gross totals in minor units, posted and pending."""

    account: Account
    debits: int
    credits: int
    pending_debits: int = 0
    pending_credits: int = 0

    @property
    def net(self) -> int:
        """Debits less credits, turned to the account's normal side."""
        return (self.debits - self.credits) * self.account.normal_side.sign

    @property
    def held(self) -> int:
        """What live holds would take out of the account."""
        return self.pending_credits if self.account.normal_side is Side.DEBIT else self.pending_debits

    @property
    def incoming(self) -> int:
        """What live holds would bring in; it cannot be spent before capture."""
        return self.pending_debits if self.account.normal_side is Side.DEBIT else self.pending_credits

    @property
    def available(self) -> int | None:
        """The most that may still leave the account; None where it has no floor."""
        return None if self.account.floor is None else max(self.net - self.held - self.account.floor, 0)


class Standing(NamedTuple):
    """An account's gross totals in minor units, posted and pending, and its last sequence number.

    `id` counts the accounts of the book in the order of their opening, from 1.
    """

    id: int
    path: AccountPath
    unit: Unit
    normal_side: Side
    sequence: int
    debits: int
    credits: int
    pending_debits: int
    pending_credits: int

    @property
    def row(self) -> StandingRow:
        """The same with only numbers and texts."""
        return self.id, self.path, self.unit, self.normal_side.value, *self[4:]


# The same as a store keeps it: id, path, unit, normal side as text, sequence, then the four totals.
StandingRow = tuple[int, str, str, str, int, int, int, int, int]


class StoredAccount(NamedTuple):
    """What a store keeps of one account: its description, its totals, its last sequence number.

    `id` is dense in the book, `version` that of the account's record, `horizon` the latest value date among
    the postings.  It is immutable: a reader cannot change the book through it.
    """

    id: int
    account: Account
    version: int
    sequence: int = 0
    debits: int = 0
    credits: int = 0
    pending_debits: int = 0
    pending_credits: int = 0
    horizon: date = date.min

    @property
    def net(self) -> int:
        """Debits less credits, turned to the account's normal side."""
        return (self.debits - self.credits) * self.account.normal_side.sign

    def balance(self) -> Balance:
        """The balance as the public sees it."""
        return Balance(self.account, *self[4:8])

    def standing(self) -> Standing:
        """The totals without the description."""
        a = self.account
        return Standing(self.id, a.path, a.unit, a.normal_side, *self[3:8])
