"""The chart of accounts (科目): templates of paths, and the accounts that belong to the bank itself.

A template defines in one place the path, the type and the limits of an account.

>>> principal = liability("time-deposit:{programme}:{deposit}:principal")
>>> principal("3m", "d1")
'time-deposit:3m:d1:principal'
>>> account = principal.account("3m", "d1", unit=Unit("CNY/2"), on=date(2024, 5, 1), party="c001")
>>> account.type.value, account.floor, account.party
('liability', 0, 'c001')
"""

from __future__ import annotations

import re
from datetime import date

from attrs import field, frozen

from bankcore.ledger.accounts import Account, AccountPath, AccountType, Side
from bankcore.units import Unit

__all__ = [
    "BREAKAGE_INCOME",
    "CASH",
    "COURT",
    "DEMAND",
    "FEE_INCOME",
    "INTEREST_EXPENSE",
    "INTEREST_INCOME",
    "LOAN_LOSS",
    "MARKETING_EXPENSE",
    "PENALTY_INCOME",
    "POINTS_EXPENSE",
    "REFERRAL_EXPENSE",
    "REVENUE",
    "ROUNDING",
    "SUSPENSE",
    "WITHHOLDING_TAX",
    "Template",
    "asset",
    "expense",
    "income",
    "liability",
    "memorandum",
]


@frozen
class Template:
    """The template of the accounts of one kind, with `{names}` as placeholders for ids.

    Called with the ids it returns a path.  `floor` and `ceiling` are minor units on the normal side; None
    is unlimited.
    """

    pattern: str
    type: AccountType
    normal_side: Side | None = None
    floor: int | None = 0
    ceiling: int | None = None
    _format: str = field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_format", re.sub(r"\{\w+\}", "%s", self.pattern))

    def __call__(self, *ids: str) -> AccountPath:
        """The path of the account with these ids, one for each placeholder."""
        return AccountPath(self._format % ids)

    def root(self, *ids: str) -> str:
        """The root of all accounts whose first ids are these; fewer ids than placeholders.

        >>> debt = liability("points:{programme}:debt:{card}:{provider}")
        >>> debt.root(), debt.root("p"), debt.root("p", "c1")
        ('points', 'points:p:debt', 'points:p:debt:c1')
        """
        first, *others = self._format.split("%s")
        return "".join((first, *(f"{id}{text}" for id, text in zip(ids, others, strict=False)))).rstrip(":")

    def account(self, *ids: str, unit: Unit, on: date, party: str = "") -> Account:
        """The account with these ids, to be opened on a day."""
        return Account(
            self(*ids),
            self.type,
            unit,
            normal_side=self.normal_side or self.type.normal_side,
            floor=self.floor,
            ceiling=self.ceiling,
            opened_on=on,
            party=party,
        )


def liability(pattern: str, floor: int | None = 0, normal_side: Side | None = None) -> Template:
    """A liability, what the bank owes; a debit-normal one is a contra account (备抵科目)."""
    return Template(pattern, AccountType.LIABILITY, normal_side, floor)


def asset(pattern: str, floor: int | None = 0, normal_side: Side | None = None) -> Template:
    """An asset, what the bank owns or is owed; a credit-normal one is a contra account (备抵科目)."""
    return Template(pattern, AccountType.ASSET, normal_side, floor)


def income(pattern: str, floor: int | None = None) -> Template:
    """Income, what the bank earns; without a floor a correction may take it below zero."""
    return Template(pattern, AccountType.INCOME, floor=floor)


def expense(pattern: str) -> Template:
    """Expense, what the bank spends; a correction may take it below zero."""
    return Template(pattern, AccountType.EXPENSE, floor=None)


def memorandum(pattern: str, normal_side: Side = Side.DEBIT) -> Template:
    """Off the balance sheet (表外科目); the other half of its pair is credit-normal."""
    return Template(pattern, AccountType.MEMORANDUM, normal_side)


# --- the accounts of the bank, and those that a customer of any product has ----------------------------

BREAKAGE_INCOME = income("bank:breakage-income")
CASH = asset("bank:cash")
COURT = liability("bank:court")  # the other side of holds by a court
DEMAND = liability("bank:demand:{party}")  # the current account (活期) of a party
FEE_INCOME = income("bank:fee-income", floor=0)
INTEREST_EXPENSE = expense("bank:interest-expense")
INTEREST_INCOME = income("bank:interest-income")
LOAN_LOSS = expense("bank:loan-loss")
MARKETING_EXPENSE = expense("bank:marketing-expense")
PENALTY_INCOME = income("bank:penalty-income")
POINTS_EXPENSE = expense("bank:points-expense")  # what the bank's own points cost when they are redeemed
REFERRAL_EXPENSE = expense("bank:referral-expense")
REVENUE = income("bank:revenue")
ROUNDING = income("bank:rounding")  # the remainders of exact shares, of either sign
SUSPENSE = liability("bank:suspense:{party}")  # money that the current account of a party cannot accept
WITHHOLDING_TAX = liability("bank:withholding-tax")  # withheld from interest, for the tax office
