"""Accrued interest of modes (计提利息): what their money has earned at a month's end and is not due yet.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| accrue | interest expense | accrued | what the mode has earned, rounded once, less what is in the books |

Money for a term earns by its term, money with notice as if it leaves with notice, an agreed deposit by its
balances through the day.  What an early end or exit does not pay of it is released.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Transaction
from bankcore.product import chart, records
from bankcore.product.plan import Step
from bankcore.product.product import Noun, Phase
from bankcore.products.deposit_modes.agreed import Agreement
from bankcore.products.deposit_modes.deposits import live, standing
from bankcore.products.deposit_modes.interest import ACCRUALS, ACCRUED, accrued_of, accrues, noticed
from bankcore.products.deposit_modes.modes import Kept, Mode, every_mode, mode_of, start
from bankcore.products.deposit_modes.terms import Interest
from bankcore.products.enterprise.programmes import PROGRAMMES

__all__: list[str] = []

noun = Noun(__name__)


@noun.daily(Phase.REPORT)
def accrue(books: Books, day: date) -> Iterator[Step]:
    """What each mode has earned, once the day's balances are noted; what is refused accrues tomorrow."""
    return ACCRUALS.accruing(books, day, PROGRAMMES.ids(books), _accrue)


def _accrue(books: Books, programme: str, thing: str) -> Iterator[Transaction]:
    ids = (programme, *thing.split(":"))
    mode, path = mode_of(books, Kept.existing(books, *ids)), ACCRUED(*ids)
    if not mode.is_open:
        return
    voucher = start(books, programme)
    more = accrues(mode, _standing(books, mode)) - accrued_of(books, path)
    voucher.move(chart.INTEREST_EXPENSE(), path, more)
    voucher.put(*ACCRUALS.next(books, programme, thing, accrue=mode.terms.accrue))
    yield voucher.transaction("accrue", f"interest of {mode.enterprise} in {mode.code}")


def _standing(books: Books, mode: Mode) -> Fraction:
    match mode.terms.interest:
        case Interest.TERM:
            return standing(mode.terms, live(books, mode), books.today)
        case Interest.NOTICE:
            return noticed(mode, books.today)
    return Agreement.existing(books, mode.enterprise).through(records.tomorrow(books))[0]


@noun.invariant("D11")
def nothing_accrues_after_the_end(books: Books) -> Iterator[str]:
    """What has accrued is never negative, and nothing once a mode has ended."""
    for mode in every_mode(books):
        accrued = accrued_of(books, ACCRUED(*mode.ids))
        if accrued < 0 or (accrued and not mode.is_open):
            yield f"mode {mode.kept.id} has accrued {accrued}, open: {mode.is_open}"
