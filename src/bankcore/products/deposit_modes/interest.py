"""Interest of modes: rounded once over all that a mode earns from its opening to its end.

What left the mode has earned for good (`Kept.earned`, of which `credited` is paid); what stays has earned
what it will be paid if it stays.  Together, less what is paid, that is what accrues.

>>> ACCRUED("p", "e", "FIN")
'platform:p:accrued:e:FIN'
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

from attrs import evolve

from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.product import chart
from bankcore.product.accruals import Accruals, Accrue, pay_interest
from bankcore.product.voucher import Voucher
from bankcore.products.deposit_modes.modes import Mode
from bankcore.rates import round_half_up

__all__: list[str] = []

ACCRUALS = Accruals("modes.accrue", "interest of mode")  # programme:date:enterprise:mode
ACCRUED = chart.liability("platform:{programme}:accrued:{enterprise}:{mode}")  # earned and not due


def accrued_of(books: Books, path: AccountPath) -> int:
    """What has accrued on a mode, by the path of its account."""
    return books.balance(path) if books.account(path) is not None else 0


def accrues(mode: Mode, standing: Fraction) -> int:
    """What is earned and not paid, rounded, of a mode whose money has earned so much if it stays."""
    return round_half_up(mode.kept.earned + standing) - mode.kept.credited


def noticed(mode: Mode, today: date) -> Fraction:
    """Exact interest of the lots of a mode if they leave with notice."""
    lots = mode.kept.lots
    return sum((it.earned(it.amount, mode.terms.notice_rate, today) for it in lots), Fraction(0))


def pay_earned(
    voucher: Voucher, mode: Mode, standing: Fraction, to: Mapping[AccountPath, int] | None = None
) -> Mode:
    """Pay the interest of what left a mode, to the demand account or as said; what stays accrues to today.

    Nothing is moved where nothing is owed: then what has accrued stays as it is.
    """
    paid = {mode.demand: mode.owed} if to is None else to
    if not any(paid.values()):
        return mode
    after = evolve(mode, kept=evolve(mode.kept, credited=mode.kept.credited + mode.owed))
    path = ACCRUED(*mode.ids)
    stays = 0 if mode.terms.accrue is Accrue.EVENTS else accrues(after, standing)
    pay_interest(voucher, path, accrued_of(voucher.books, path) - stays, paid)
    voucher.keep(after.kept)
    return after
