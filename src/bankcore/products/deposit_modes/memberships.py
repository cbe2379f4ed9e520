"""The fee discount that goes with a mode: begun with the deposit, kept at its end, or clawed back."""

from __future__ import annotations

from bankcore.ledger.books import Books
from bankcore.product.refusals import AlreadyTaken
from bankcore.products.deposit_modes.registry import Mode
from bankcore.products.deposit_modes.terms import EarlyEnd
from bankcore.products.enterprise.draft import Draft
from bankcore.products.enterprise.members import begin_membership, discounts_used, end_membership
from bankcore.products.enterprise.registry import MEMBERSHIP

__all__ = ["begin", "check_no_other", "end", "used"]


def check_no_other(draft: Draft, mode: Mode) -> None:
    """One membership at a time, so that none hides the discounts of another.  Raises AlreadyTaken."""
    claws = mode.terms.early_end is EarlyEnd.CLAW_BACK
    if claws and draft.data(MEMBERSHIP, mode.programme, mode.enterprise).get("active"):
        raise AlreadyTaken("membership", mode.enterprise)


def begin(draft: Draft, mode: Mode) -> None:
    """Fees are discounted from now on, at the rate of today."""
    if mode.terms.early_end is EarlyEnd.CLAW_BACK:
        id, discount = (mode.programme, mode.enterprise), mode.terms.discount
        draft.put(begin_membership(draft.books, *id, discount))


def used(books: Books, mode: Mode) -> int:
    """The discounts of the running term, in minor units."""
    clawed = mode.terms.early_end is EarlyEnd.CLAW_BACK
    return discounts_used(books, mode.programme, mode.enterprise) if clawed else 0


def end(draft: Draft, mode: Mode, claw_back: bool) -> None:
    """Fees are discounted no more."""
    if mode.terms.early_end is EarlyEnd.CLAW_BACK:
        _, records = end_membership(draft.books, mode.programme, mode.enterprise, claw_back)
        draft.put(*records)
