"""The fee discount that goes with a mode: begun with the deposit, kept at its end, or clawed back."""

from __future__ import annotations

from bankcore.ledger.books import Books
from bankcore.product.refusals import AlreadyTaken
from bankcore.product.voucher import Voucher
from bankcore.products.deposit_modes.modes import Mode
from bankcore.products.deposit_modes.terms import EarlyEnd
from bankcore.products.enterprise.fees import begin_membership, end_membership, membership

__all__ = ["begin", "check_no_other", "end", "used"]


def check_no_other(voucher: Voucher, mode: Mode) -> None:
    """One membership at a time, so that none hides the discounts of another.  Raises AlreadyTaken."""
    claws = mode.terms.early_end is EarlyEnd.CLAW_BACK
    if claws and membership(voucher.books, *mode.ids[:2]) is not None:
        raise AlreadyTaken("membership", mode.enterprise)


def begin(voucher: Voucher, mode: Mode) -> None:
    """Fees are discounted from now on, at the rate of today."""
    if mode.terms.early_end is EarlyEnd.CLAW_BACK:
        begin_membership(voucher, mode.enterprise, mode.terms.discount)


def used(books: Books, mode: Mode) -> int:
    """The discounts of the running term, in minor units."""
    running = membership(books, *mode.ids[:2])
    return running.discounts if mode.terms.early_end is EarlyEnd.CLAW_BACK and running is not None else 0


def end(voucher: Voucher, mode: Mode, claw_back: bool) -> None:
    """Fees are discounted no more."""
    if mode.terms.early_end is EarlyEnd.CLAW_BACK:
        end_membership(voucher, mode.enterprise, claw_back)
