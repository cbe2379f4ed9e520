"""What trading asks of deposit modes: money for an order's escrow, its way back, fee discounts.

Each function adds legs and records to the trade's own transaction.
"""

from __future__ import annotations

from bankcore.ledger.accounts import AccountPath
from bankcore.products.platform import accounts
from bankcore.products.platform.draft import Draft
from bankcore.products.platform.modes.agreed import earned_by
from bankcore.products.platform.modes.money import put_in, take_out
from bankcore.products.platform.modes.refusals import ModeClosed
from bankcore.products.platform.modes.registry import MODE, mode_in, modes_for, modes_of, write_mode
from bankcore.products.platform.modes.terms import EarlyEnd, Use
from bankcore.rates import fraction_text, round_half_up

__all__ = ["discount", "fund", "give_back"]


def fund(draft: Draft, buyer: str, escrow: AccountPath, total: int) -> dict[str, int]:
    """Move an order's total into escrow: the buyer's modes for orders first, then the demand account.

    Money used for an order counts as noticed; what it earned is paid with the quarter's interest.
    Returns what each mode gave, in that order; the rest came from the demand account.
    """
    given: dict[str, int] = {}
    left = total
    for mode in modes_for(draft, buyer, Use.ORDERS):
        part = min(left, mode.balance)
        if part:
            earned, after = take_out(draft, mode, "order", part, mode.terms.notice_rate)
            draft.write(MODE, *mode.id, **earned_by(draft, after, earned))
            draft.move(mode.path, escrow, part)
            given[mode.code], left = part, left - part
    draft.move(accounts.demand(buyer), escrow, left)
    return given


def give_back(
    draft: Draft, buyer: str, escrow: AccountPath, amount: int, total: int, given: dict[str, int]
) -> dict[str, int]:
    """Move what is left of an order back in reverse: the demand account first, then the modes that gave.

    `total` is the whole order, `given` what `fund` returned; `amount` is all that is left in escrow.
    A mode that has ended since leaves its part on the demand account.  Nothing is set aside of it.
    Returns what went back to each mode.
    """
    plain = min(amount, total - sum(given.values()))
    left, back = amount - plain, {}
    for code, gave in reversed(given.items()):
        part = min(left, gave)
        left -= part
        try:
            mode = mode_in(draft, buyer, code)
        except ModeClosed:
            plain += part
            continue
        if part:
            put_in(draft, mode, "order cancelled", part)
            draft.move(escrow, mode.path, part)
            back[code] = part
    draft.move(escrow, accounts.demand(buyer), plain)
    return back


def discount(draft: Draft, member: str, fee: int) -> int:
    """What a member need not pay of a platform fee, rounded over all fees since the deposit was placed."""
    for code in [mode.code for mode in modes_of(draft.books, draft.programme, member) if mode.is_open]:
        mode = mode_in(draft, member, code)
        if mode.terms.early_end is EarlyEnd.CLAW_BACK:
            exact = mode.fraction("fees") + fee * mode.terms.discount.fraction
            given = round_half_up(exact) - int(mode.data["discounts"])
            total = int(mode.data["discounts"]) + given
            write_mode(draft, mode, "fee discount", fees=fraction_text(exact), discounts=total)
            return given
    return 0
