"""The accounts that only deposit modes have, beside those of the platform."""

from __future__ import annotations

from datetime import date

from bankcore.ledger.accounts import Account
from bankcore.product import chart
from bankcore.products.deposit_modes.draft import Draft
from bankcore.products.deposit_modes.registry import INTEREST, MONEY
from bankcore.units import Unit

__all__ = ["bank_accounts", "open_accounts"]


def bank_accounts(unit: Unit, on: date) -> tuple[Account, ...]:
    """The bank's own accounts that modes need."""
    banks = (chart.CASH, chart.FEE_INCOME, chart.INTEREST_EXPENSE)
    return tuple(it.account(unit=unit, on=on) for it in banks)


def open_accounts(draft: Draft, enterprise: str, mode: str, again: bool) -> None:
    """Open what an enterprise needs for a mode; `again` if it had the mode before.

    Raises UnitMismatch, AlreadyTaken where somebody opened an account of the mode by hand.
    """
    books, unit = draft.books, draft.unit
    ids, on = (draft.agreement, enterprise), books.today
    known = books.account(INTEREST(*ids))
    wanted = [] if again else [MONEY.account(*ids, mode, unit=unit, on=on, party=enterprise)]
    if known is None or known.party != enterprise:
        wanted.append(INTEREST.account(*ids, unit=unit, on=on, party=enterprise))
    draft.open(*bank_accounts(unit, on))
    draft.open(*wanted)
