"""The accounts that only deposit modes have, beside those of the platform.

>>> interest("p", "e")
'platform:p:interest:e'
"""

from __future__ import annotations

from datetime import date

from bankcore.ledger.accounts import Account, AccountPath, AccountType
from bankcore.products.enterprise import accounts
from bankcore.products.enterprise.draft import Draft
from bankcore.units import Unit

__all__ = ["bank_accounts", "interest", "open_accounts"]


def interest(programme: str, enterprise: str) -> AccountPath:
    """Interest of a quarter, accrued on the 20th and paid on the 21st."""
    return AccountPath(f"platform:{programme}:interest:{enterprise}")


def bank_accounts(unit: Unit, on: date) -> tuple[Account, ...]:
    """The bank's own accounts that modes need."""
    return (
        Account(accounts.CASH, AccountType.ASSET, unit, floor=0, opened_on=on),
        Account(accounts.FEE_INCOME, AccountType.INCOME, unit, floor=0, opened_on=on),
        Account(accounts.INTEREST_EXPENSE, AccountType.EXPENSE, unit, opened_on=on),
    )


def open_accounts(draft: Draft, enterprise: str, mode: str, again: bool) -> None:
    """Open what an enterprise needs for a mode; `again` if it had the mode before.

    Raises UnitMismatch, AlreadyTaken where somebody opened an account of the mode by hand.
    """
    books, unit = draft.books, draft.terms.unit
    owes = interest(draft.programme, enterprise)
    known = books.account(owes)
    wanted = [] if again else [accounts.mode(draft.programme, enterprise, mode)]
    if known is None or known.party != enterprise:
        wanted.append(owes)
    draft.open(*bank_accounts(unit, books.today))
    draft.open(*(accounts.owed(path, unit, books.today, enterprise) for path in wanted))
