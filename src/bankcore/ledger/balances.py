"""Balances: where an account stands.

Totals are gross and only grow; the net is their difference.  Storage counts a debit positive,
`normal` turns to the account's own side.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final, NamedTuple

from attrs import define, field, fields, frozen

from bankcore.amounts import MAX_QUANTITY
from bankcore.ledger.accounts import Account, AccountPath, AccountType, Side
from bankcore.ledger.transactions import Hold, quoted
from bankcore.units import Unit

__all__ = ["AccountState", "Balance", "Movement", "Standing", "StandingRow"]


_ANY: Final = 4 * MAX_QUANTITY  # no balance reaches it
_NEVER: Final = -_ANY


class Movement(NamedTuple):
    """A posting of an account, or a leg of a live hold, as the effective order of the book has it."""

    effective_on: date
    number: int
    quantity: int
    pending: bool


@frozen
class Balance:
    """An account's standing: gross totals in minor units, posted and pending."""

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
        """What live holds would bring in; it cannot be spent before."""
        return self.pending_debits if self.account.normal_side is Side.DEBIT else self.pending_credits

    @property
    def available(self) -> int | None:
        """What may still leave the account; None where it has no floor."""
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
        """The same with nothing but numbers and texts."""
        return self.id, self.path, self.unit, self.normal_side.value, *self[4:]


# The same as a store has it: id, path, unit, normal side as text, sequence, then the four totals.
StandingRow = tuple[int, str, str, str, int, int, int, int, int]


@define(eq=False)
class AccountState:
    """The writer's hot copy of one account: its description, its totals, its last sequence number.

    `id` is dense in the book, `version` that of the account's record.  The fields below them repeat what
    the description and the holds say in the form that the inner loop of posting needs: how a line begins
    to write a posting of it, and how far a posting may go.  They are worked out when either changes.
    """

    id: int
    account: Account
    version: int
    sequence: int = 0
    debits: int = 0
    credits: int = 0
    pending_debits: int = 0
    pending_credits: int = 0
    horizon: date = date.min  # the latest value date among the postings
    unit: Unit = field(init=False)
    sign: int = field(init=False)
    layer: str = field(init=False)  # what must balance: a unit, memorandum accounts apart
    opens: date = field(init=False)
    takes_debits: bool = field(init=False)
    takes_credits: bool = field(init=False)
    leg: str = field(init=False)  # path and unit as a line has them, up to the quantity
    is_bounded: bool = field(init=False)
    upper: int = field(init=False)  # the highest balance, a debit positive, that a debit may lead to
    lower: int = field(init=False)  # the lowest that a credit may lead to
    most_debits: int = field(init=False)  # gross, so that with what is held they stay numbers of 63 bits
    most_credits: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.become(self.account, self.version)

    def become(self, account: Account, version: int) -> None:
        """Take over another version of the account's description."""
        self.account, self.version = account, version
        self.unit = account.unit
        self.sign = account.normal_side.sign
        memorandum = account.type is AccountType.MEMORANDUM
        self.layer = f"{account.unit} memorandum" if memorandum else account.unit
        self.opens = account.reopened_on or account.opened_on or date.min
        self.takes_debits = account.status.takes_debits
        self.takes_credits = account.status.takes_credits
        self.leg = f"[{quoted(account.path)},{quoted(account.unit)},"
        self._bound()

    def _bound(self) -> None:
        """Work out how far a posting may go; beyond that the rules are asked, which alone say no."""
        floor, ceiling = self.account.floor, self.account.ceiling
        if self.sign > 0:
            lowest, highest = floor, ceiling
        else:  # the limits turned to storage's sign
            lowest, highest = None if ceiling is None else -ceiling, None if floor is None else -floor
        self.upper = _NEVER if not self.takes_debits else _ANY if highest is None else highest
        self.lower = -_NEVER if not self.takes_credits else -_ANY if lowest is None else lowest
        self.upper -= self.pending_debits
        self.lower += self.pending_credits
        self.most_debits = MAX_QUANTITY - self.pending_debits
        self.most_credits = MAX_QUANTITY - self.pending_credits
        self.is_bounded = highest is not None or lowest is not None

    @property
    def normal(self) -> int:
        """The balance on the account's normal side."""
        return (self.debits - self.credits) * self.sign

    @property
    def least(self) -> int:
        """The balance if every outgoing hold were captured and no incoming one."""
        return self.normal - (self.pending_credits if self.sign > 0 else self.pending_debits)

    @property
    def most(self) -> int:
        """The balance if every incoming hold were captured and no outgoing one."""
        return self.normal + (self.pending_debits if self.sign > 0 else self.pending_credits)

    def copy(self) -> AccountState:
        """A state of its own, without working out again what follows from the description."""
        copied = object.__new__(AccountState)
        for name in _FIELDS:
            setattr(copied, name, getattr(self, name))
        return copied

    def post(self, quantity: int) -> None:
        """Add a posting, a debit positive."""
        if quantity > 0:
            self.debits += quantity
        else:
            self.credits -= quantity

    def hold(self, quantity: int, times: int = 1) -> None:
        """Add a held posting to what is pending, or with -1 take it away."""
        if quantity > 0:
            self.pending_debits += quantity * times
        else:
            self.pending_credits -= quantity * times
        self._bound()

    def before(self, movements: Iterable[Movement]) -> AccountState:
        """Itself as it was before some of its last movements."""
        for m in movements:
            if m.pending:
                self.hold(m.quantity, -1)
            else:
                self.post(-m.quantity)
        return self

    def without(self, holds: Iterable[Hold]) -> AccountState:
        """Itself, with its part of some holds released."""
        for hold in holds:
            for p in hold.transaction.postings:
                if p.account == self.account.path:
                    self.hold(p.quantity, -1)
        return self

    def balance(self) -> Balance:
        """The balance as the public sees it."""
        return Balance(self.account, self.debits, self.credits, self.pending_debits, self.pending_credits)

    def standing(self) -> Standing:
        """The totals without the description."""
        a = self.account
        totals = (self.debits, self.credits, self.pending_debits, self.pending_credits)
        return Standing(self.id, a.path, a.unit, a.normal_side, self.sequence, *totals)


_FIELDS = tuple(field.name for field in fields(AccountState))
