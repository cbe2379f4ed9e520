"""The chart of an enterprise platform: what its accounts are called and how they are opened.

Escrow is one account for each trade, deposit modes one for each enterprise and mode, and the
entitlements of an enterprise are four accounts of their own unit.

>>> escrow("p", "t1"), mode("p", "e", "proc")
('platform:p:escrow:t1', 'platform:p:mode:e:proc')
>>> entitlement("p", "e", "live")
'platform:p:entitlement:e:live'
"""

from __future__ import annotations

from datetime import date

from bankcore.ledger.accounts import Account, AccountPath, AccountType, Side
from bankcore.units import Unit

__all__ = [
    "CASH",
    "ENT",
    "FEE_INCOME",
    "INTEREST_EXPENSE",
    "MARKETING_EXPENSE",
    "STATES",
    "bank_accounts",
    "demand",
    "enterprise_accounts",
    "entitlement",
    "entitlement_liability",
    "escrow",
    "mode",
    "owed",
]

ENT = Unit("ENT/0")
STATES = ("live", "issued", "redeemed", "expired")  # of entitlements

CASH = AccountPath("bank:cash")
FEE_INCOME = AccountPath("bank:fee-income")
INTEREST_EXPENSE = AccountPath("bank:interest-expense")
MARKETING_EXPENSE = AccountPath("bank:marketing-expense")


def demand(party: str) -> AccountPath:
    """The demand account of an enterprise at the bank."""
    return AccountPath(f"bank:demand:{party}")


def escrow(programme: str, trade: str) -> AccountPath:
    """What the buyer paid for a trade and nobody has received yet."""
    return AccountPath(f"platform:{programme}:escrow:{trade}")


def mode(programme: str, enterprise: str, mode: str) -> AccountPath:
    """The money of an enterprise in one deposit mode."""
    return AccountPath(f"platform:{programme}:mode:{enterprise}:{mode}")


def entitlement(programme: str, enterprise: str, state: str) -> AccountPath:
    """An enterprise's entitlements in one of the `STATES`; those issued stand on the debit side."""
    return AccountPath(f"platform:{programme}:entitlement:{enterprise}:{state}")


def entitlement_liability(programme: str) -> AccountPath:
    """What the live entitlements of all enterprises are worth."""
    return AccountPath(f"platform:{programme}:entitlement-liability")


def bank_accounts(programme: str, unit: Unit, on: date) -> tuple[Account, ...]:
    """The bank's own accounts that a platform needs, and the liability of its entitlements."""
    return (
        Account(CASH, AccountType.ASSET, unit, floor=0, opened_on=on),
        Account(FEE_INCOME, AccountType.INCOME, unit, floor=0, opened_on=on),
        Account(MARKETING_EXPENSE, AccountType.EXPENSE, unit, opened_on=on),
        owed(entitlement_liability(programme), unit, on),
    )


def enterprise_accounts(programme: str, enterprise: str, unit: Unit, on: date) -> tuple[Account, ...]:
    """The demand account and the four accounts of entitlements."""
    issued = Account(
        entitlement(programme, enterprise, "issued"),
        AccountType.LIABILITY,
        ENT,
        normal_side=Side.DEBIT,
        floor=0,
        opened_on=on,
        party=enterprise,
    )
    others = (entitlement(programme, enterprise, state) for state in STATES if state != "issued")
    return (
        owed(demand(enterprise), unit, on, enterprise),
        issued,
        *(owed(path, ENT, on, enterprise) for path in others),
    )


def owed(path: AccountPath, unit: Unit, on: date, party: str = "") -> Account:
    """An account of what the bank owes, never below zero."""
    return Account(path, AccountType.LIABILITY, unit, floor=0, opened_on=on, party=party)
