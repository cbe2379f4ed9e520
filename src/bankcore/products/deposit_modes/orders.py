"""What trading asks of deposit modes: money for an order's escrow, and its way back.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| pay an order | mode | escrow | at most what is wanted |
| return | escrow | mode | |

Both add to the trade's own transaction.
"""

from __future__ import annotations

from bankcore.ledger.accounts import AccountPath
from bankcore.product.voucher import Voucher
from bankcore.products.deposit_modes.agreed import earns
from bankcore.products.deposit_modes.lots import put_in, take_out
from bankcore.products.deposit_modes.modes import ModeClosed, mode_in, open_modes
from bankcore.products.deposit_modes.terms import Use

__all__ = ["pay_from_mode", "return_to"]


def pay_from_mode(voucher: Voucher, enterprise: str, wanted: int, escrow: AccountPath) -> tuple[int, str]:
    """Move what the enterprise keeps for orders, at most what is wanted; returns it and the mode's code.

    Money used for an order counts as noticed; what it earned is paid with the quarter's interest.
    A mode against which a claim is open keeps its money for the claim.
    """
    for mode in open_modes(voucher, enterprise):
        free = mode.may(Use.ORDERS) and not mode.kept.claims
        if free and (part := min(wanted, mode.balance)):
            earned, after = take_out(voucher, mode, "order", part, mode.terms.notice_rate)
            earns(voucher, after, earned)
            voucher.move(mode.path, escrow, part)
            return part, mode.code
    return 0, ""


def return_to(voucher: Voucher, enterprise: str, mode: str, amount: int) -> AccountPath | None:
    """Where escrow that came out of a mode goes back to: the mode, which notes it, or None once it has ended.

    Nothing is set aside of it.
    """
    try:
        known = mode_in(voucher, enterprise, mode)
    except ModeClosed:
        return None
    put_in(voucher, known, "order cancelled", amount)
    return known.path
