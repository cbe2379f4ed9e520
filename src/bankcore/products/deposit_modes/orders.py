"""What trading asks of deposit modes: money for an order's escrow, and its way back.

Both add to the trade's own transaction.
"""

from __future__ import annotations

from bankcore.ledger.accounts import AccountPath
from bankcore.product import chart
from bankcore.products.deposit_modes.agreed import earned_by
from bankcore.products.deposit_modes.draft import Draft
from bankcore.products.deposit_modes.money import put_in, take_out
from bankcore.products.deposit_modes.refusals import ModeClosed
from bankcore.products.deposit_modes.registry import MODE, mode_in, modes_for
from bankcore.products.deposit_modes.terms import Use

__all__ = ["pay_from_mode", "return_to"]


def pay_from_mode(draft: Draft, enterprise: str, wanted: int, escrow: AccountPath) -> tuple[int, str]:
    """Move what the enterprise keeps for orders, at most what is wanted; returns it and the mode's code.

    Money used for an order counts as noticed; what it earned is paid with the quarter's interest.
    A mode against which a claim is open keeps its money for the claim.
    """
    for mode in modes_for(draft, enterprise, Use.ORDERS):
        if not mode.data["claims"] and (part := min(wanted, mode.balance)):
            earned, after = take_out(draft, mode, "order", part, mode.terms.notice_rate)
            draft.write(MODE, *mode.id, **earned_by(draft, after, earned))
            draft.move(mode.path, escrow, part)
            return part, mode.code
    return 0, ""


def return_to(draft: Draft, enterprise: str, mode: str, amount: int) -> AccountPath:
    """Where escrow that came out of a mode goes back to: the mode, which notes it, or the demand account.

    The demand account takes it once the mode has ended, or is frozen.  Nothing is set aside of it.
    """
    try:
        known = mode_in(draft, enterprise, mode)
    except ModeClosed:
        return chart.DEMAND(enterprise)
    account = draft.books.account(known.path)
    if account is None or not account.status.takes_credits:
        return chart.DEMAND(enterprise)
    put_in(draft, known, "order cancelled", amount)
    return known.path
