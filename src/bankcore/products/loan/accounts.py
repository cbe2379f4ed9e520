"""The chart of loans: principal, interest owed and the fee still unearned, one account each for a loan.

>>> principal("sme", "l1")
'loan:sme:l1:principal'
"""

from __future__ import annotations

from datetime import date

from bankcore.ledger.accounts import Account, AccountPath, AccountType, Side
from bankcore.units import Unit

__all__ = [
    "CASH",
    "INTEREST_INCOME",
    "LOSS",
    "PENALTY_INCOME",
    "bank_accounts",
    "demand",
    "demand_account",
    "interest",
    "loan_accounts",
    "principal",
    "unearned_fee",
]

CASH = AccountPath("bank:cash")
INTEREST_INCOME = AccountPath("bank:interest-income")
PENALTY_INCOME = AccountPath("bank:penalty-income")
LOSS = AccountPath("bank:loan-loss")


def demand(party: str) -> AccountPath:
    """The borrower's demand account: the loan is paid to it and repaid from it."""
    return AccountPath(f"bank:demand:{party}")


def principal(programme: str, loan: str) -> AccountPath:
    """Principal lent and not repaid, due or not."""
    return AccountPath(f"loan:{programme}:{loan}:principal")


def interest(programme: str, loan: str) -> AccountPath:
    """Interest and penalty posted and not paid."""
    return AccountPath(f"loan:{programme}:{loan}:interest")


def unearned_fee(programme: str, loan: str) -> AccountPath:
    """The part of the origination fee that is no income yet, against the principal."""
    return AccountPath(f"loan:{programme}:{loan}:unearned-fee")


def bank_accounts(unit: Unit, on: date) -> tuple[Account, ...]:
    """The bank's own accounts that loans need."""
    return (
        Account(CASH, AccountType.ASSET, unit, floor=0, opened_on=on),
        Account(INTEREST_INCOME, AccountType.INCOME, unit, opened_on=on),
        Account(PENALTY_INCOME, AccountType.INCOME, unit, opened_on=on),
        Account(LOSS, AccountType.EXPENSE, unit, opened_on=on),
    )


def demand_account(party: str, unit: Unit, on: date) -> Account:
    """A borrower's demand account, never overdrawn."""
    return Account(demand(party), AccountType.LIABILITY, unit, floor=0, opened_on=on, party=party)


def loan_accounts(programme: str, loan: str, party: str, unit: Unit, on: date) -> tuple[Account, ...]:
    """The three accounts of a loan."""
    paths, sides = (principal, interest, unearned_fee), (Side.DEBIT, Side.DEBIT, Side.CREDIT)
    return tuple(
        Account(
            path(programme, loan),
            AccountType.ASSET,
            unit,
            normal_side=side,
            floor=0,
            opened_on=on,
            party=party,
        )
        for path, side in zip(paths, sides, strict=True)
    )
