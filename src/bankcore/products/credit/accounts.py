"""The chart of credit lines: what is lent, the interest owed, and memorandum accounts for what is undrawn.

>>> loan("card", "consumer", "c001")
'credit:card:consumer:c001:loan'
"""

from __future__ import annotations

from datetime import date

from bankcore.ledger.accounts import Account, AccountPath, AccountType, Side
from bankcore.units import Unit

__all__ = [
    "INTEREST",
    "PENALTY",
    "bank_accounts",
    "demand",
    "interest",
    "line_accounts",
    "loan",
    "undrawn",
    "undrawn_contra",
]

INTEREST = AccountPath("bank:interest-income")
PENALTY = AccountPath("bank:penalty-income")


def demand(person: str) -> AccountPath:
    """The demand account at the bank of whoever draws."""
    return AccountPath(f"bank:demand:{person}")


def loan(programme: str, kind: str, holder: str) -> AccountPath:
    """The principal drawn."""
    return AccountPath(f"credit:{programme}:{kind}:{holder}:loan")


def interest(programme: str, kind: str, holder: str) -> AccountPath:
    """Interest and overdue interest posted and not paid."""
    return AccountPath(f"credit:{programme}:{kind}:{holder}:interest")


def undrawn(programme: str, kind: str, holder: str) -> AccountPath:
    """Memorandum: what may still be drawn."""
    return AccountPath(f"credit:{programme}:{kind}:{holder}:undrawn")


def undrawn_contra(programme: str, kind: str, holder: str) -> AccountPath:
    """The other side of `undrawn`."""
    return AccountPath(f"credit:{programme}:{kind}:{holder}:undrawn-contra")


def bank_accounts(unit: Unit, on: date) -> tuple[Account, ...]:
    """Income from interest."""
    return tuple(Account(path, AccountType.INCOME, unit, opened_on=on) for path in (INTEREST, PENALTY))


def line_accounts(line: tuple[str, str, str], person: str, unit: Unit, on: date) -> tuple[Account, ...]:
    """The four accounts of a line."""
    asset, memo = AccountType.ASSET, AccountType.MEMORANDUM
    return (
        Account(loan(*line), asset, unit, floor=0, opened_on=on, party=person),
        Account(interest(*line), asset, unit, floor=0, opened_on=on, party=person),
        Account(undrawn(*line), memo, unit, floor=0, opened_on=on, party=person),
        Account(
            undrawn_contra(*line), memo, unit, normal_side=Side.CREDIT, floor=0, opened_on=on, party=person
        ),
    )
