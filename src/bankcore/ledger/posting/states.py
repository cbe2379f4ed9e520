"""States: the mutable form of accounts, which posting moves.

A store returns immutable accounts; a batch changes these states, which never leave posting.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

from attrs import define, field, fields

from bankcore.amounts import MAX_QUANTITY
from bankcore.ledger.accounts import Account, AccountType
from bankcore.ledger.balances import Movement, StandingRow
from bankcore.ledger.transactions import quoted
from bankcore.units import Unit

__all__ = ["AccountState"]

_ANY: Final = 4 * MAX_QUANTITY  # beyond every balance
_NEVER: Final = -_ANY


@define(eq=False)
class AccountState:
    """One account as moved by posting, created as `AccountState(*stored)`.

    The first fields are those of a stored account.  The fields below them repeat the description and the
    holds in the form that the inner loop of posting needs: the beginning of a posting in a line, and the
    limits for a posting.  They are computed when either changes.
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
    layer: str = field(init=False)  # in which postings must balance: a unit, memorandum accounts apart
    opens: date = field(init=False)
    takes_debits: bool = field(init=False)
    takes_credits: bool = field(init=False)
    leg: str = field(init=False)  # path and unit as in a line, up to the quantity
    is_bounded: bool = field(init=False)
    upper: int = field(init=False)  # the highest balance, a debit positive, that a debit may lead to
    lower: int = field(init=False)  # the lowest that a credit may lead to
    most_debits: int = field(init=False)  # gross, so that together with holds they stay within 63 bits
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
        """Compute the limits of the fast path; beyond them the rules decide, which alone refuse."""
        floor, ceiling = self.account.floor, self.account.ceiling
        if self.sign > 0:
            lowest, highest = floor, ceiling
        else:  # the limits in storage's sign
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
        """An independent copy, without computing the derived fields again."""
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
        """Add a held posting to the pending totals, or with -1 subtract it."""
        if quantity > 0:
            self.pending_debits += quantity * times
        else:
            self.pending_credits -= quantity * times
        self._bound()

    def before(self, movements: Iterable[Movement]) -> AccountState:
        """The state before some of its last movements."""
        for m in movements:
            if m.pending:
                self.hold(m.quantity, -1)
            else:
                self.post(-m.quantity)
        return self

    @property
    def standing(self) -> StandingRow:
        """The totals, in the form used by a seal."""
        a, held = self.account, (self.pending_debits, self.pending_credits)
        named = (self.id, str(a.path), str(a.unit), a.normal_side.value)
        return *named, self.sequence, self.debits, self.credits, *held


_FIELDS = tuple(field.name for field in fields(AccountState))
