"""What trading asks of deposit modes: money for orders, and a share of what a seller receives."""

from __future__ import annotations

from typing import Final

from bankcore.ledger.accounts import AccountPath, Status
from bankcore.products.platform import accounts
from bankcore.products.platform.draft import Draft

__all__ = ["pay_from_mode", "return_to", "set_aside"]

_ORDERS: Final = "PROC"


def pay_from_mode(draft: Draft, enterprise: str, wanted: int, credit: AccountPath) -> tuple[int, str]:
    """Move what the enterprise keeps for orders, at most what is wanted; returns it and the mode."""
    path = accounts.mode(draft.programme, enterprise, _ORDERS)
    if draft.books.account(path) is None:
        return 0, ""
    part = min(draft.books.available(path) or 0, wanted)
    draft.move(path, credit, part)
    return part, _ORDERS if part else ""


def return_to(draft: Draft, enterprise: str, mode: str) -> AccountPath:
    """Where escrow that came out of a mode goes back to: the mode, or the demand account once it ended."""
    path = accounts.mode(draft.programme, enterprise, mode)
    known = draft.books.account(path)
    if known is None or known.status is Status.CLOSED:
        return accounts.demand(enterprise)
    return path


def set_aside(draft: Draft, enterprise: str, receipt: int) -> None:
    """Set aside the share of a seller's receipt that goes into a mode."""
