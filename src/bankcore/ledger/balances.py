"""Balances: where an account stands.

Totals are gross and only grow; the net is their difference.  Storage counts a debit positive,
`normal` turns to the account's own side.
"""

from __future__ import annotations

from datetime import date

from attrs import define, field, frozen

from bankcore.ledger.accounts import Account, AccountType
from bankcore.units import Unit

__all__ = ["AccountState", "Balance"]


@frozen
class Balance:
    """An account's standing: gross totals in minor units and the net on the normal side."""

    account: Account
    debits: int
    credits: int

    @property
    def net(self) -> int:
        """Debits less credits, turned to the account's normal side."""
        return (self.debits - self.credits) * self.account.normal_side.sign


@define(eq=False)
class AccountState:
    """The writer's hot copy of one account: its description, its totals, its last sequence number.

    `id` is dense in the book, `version` that of the account's record.  The fields below them repeat
    what the description says in the form that the inner loop of posting needs.
    """

    id: int
    account: Account
    version: int
    sequence: int = 0
    debits: int = 0
    credits: int = 0
    unit: Unit = field(init=False)
    sign: int = field(init=False)
    layer: str = field(init=False)  # what must balance: a unit, memorandum accounts apart
    opens: date = field(init=False)
    takes_debits: bool = field(init=False)
    takes_credits: bool = field(init=False)
    lowest: int | None = field(init=False)  # the limits turned to storage's sign
    highest: int | None = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.become(self.account, self.version)

    def become(self, account: Account, version: int) -> None:
        """Take over another version of the account's description."""
        self.account, self.version = account, version
        self.unit = account.unit
        self.sign = account.normal_side.sign
        memorandum = account.type is AccountType.MEMORANDUM
        self.layer = f"{account.unit} memorandum" if memorandum else account.unit
        self.opens = account.opened_on or date.min
        self.takes_debits = account.status.takes_debits
        self.takes_credits = account.status.takes_credits
        limits = (account.floor, account.ceiling)
        if self.sign < 0:
            limits = tuple(None if limit is None else -limit for limit in reversed(limits))  # type: ignore[assignment]
        self.lowest, self.highest = limits

    @property
    def normal(self) -> int:
        """The balance on the account's normal side."""
        return (self.debits - self.credits) * self.sign

    def balance(self) -> Balance:
        """The balance as the public sees it."""
        return Balance(self.account, self.debits, self.credits)
