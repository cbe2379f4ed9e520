"""The chart of crowdfunded certificates: what their accounts are called and how they are opened.

Escrow and share accounts are one for each order and participant, so that a freeze, a transfer and
deposit insurance see through to each depositor; interest payable is one account for a certificate.

>>> share("cd", "k", "a")
'certificate:cd:share:k:a'
"""

from __future__ import annotations

from datetime import date

from bankcore.ledger.accounts import Account, AccountPath, AccountType
from bankcore.units import Unit

__all__ = [
    "CASH",
    "FEE_INCOME",
    "INTEREST_EXPENSE",
    "WITHHOLDING",
    "bank_accounts",
    "certificate_account",
    "customer_accounts",
    "demand",
    "escrow",
    "interest",
    "interest_root",
    "share",
    "suspense",
]

CASH = AccountPath("bank:cash")
INTEREST_EXPENSE = AccountPath("bank:interest-expense")
FEE_INCOME = AccountPath("bank:fee-income")
WITHHOLDING = AccountPath("bank:withholding-tax")


def demand(party: str) -> AccountPath:
    """A customer's demand account: what is paid for a share comes from it and goes back to it."""
    return AccountPath(f"bank:demand:{party}")


def suspense(party: str) -> AccountPath:
    """Where money waits that a customer's demand account cannot take, or a court has frozen."""
    return AccountPath(f"bank:suspense:{party}")


def escrow(programme: str, order: str, participant: str) -> AccountPath:
    """What a participant has confirmed and no certificate holds yet."""
    return AccountPath(f"certificate:{programme}:escrow:{order}:{participant}")


def share(programme: str, order: str, participant: str) -> AccountPath:
    """A participant's share of the certificate."""
    return AccountPath(f"certificate:{programme}:share:{order}:{participant}")


def interest_root(programme: str) -> str:
    """The root of the interest accounts of all certificates, in the order of their ids."""
    return f"certificate:{programme}:interest"


def interest(programme: str, order: str) -> AccountPath:
    """Interest payable on the certificate as a whole."""
    return AccountPath(f"{interest_root(programme)}:{order}")


def bank_accounts(unit: Unit, on: date) -> tuple[Account, ...]:
    """The bank's own accounts that certificates need."""
    return (
        Account(CASH, AccountType.ASSET, unit, floor=0, opened_on=on),
        Account(INTEREST_EXPENSE, AccountType.EXPENSE, unit, opened_on=on),
        Account(FEE_INCOME, AccountType.INCOME, unit, floor=0, opened_on=on),
        Account(WITHHOLDING, AccountType.LIABILITY, unit, floor=0, opened_on=on),
    )


def customer_accounts(customer: str, unit: Unit, on: date) -> tuple[Account, ...]:
    """A customer's demand and suspense accounts."""
    return tuple(certificate_account(path(customer), unit, on, customer) for path in (demand, suspense))


def certificate_account(path: AccountPath, unit: Unit, on: date, party: str = "") -> Account:
    """An account of what the bank owes, never below zero."""
    return Account(path, AccountType.LIABILITY, unit, floor=0, opened_on=on, party=party)
