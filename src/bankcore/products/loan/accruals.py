"""Accrued interest of loans (计提利息): what is earned at a month's end and not due yet.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| accrue | interest | interest income | of the running period, the exact sum so far rounded once |
| | unearned-fee | interest income | of what its instalment will earn, the share of the days |
| | interest | penalty income | of what is overdue |

What has accrued is a part of the instalment, which posts the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Transaction
from bankcore.product.plan import Step
from bankcore.product.product import Noun, Phase
from bankcore.products.loan.draft import Draft
from bankcore.products.loan.loans import ACCRUALS, Loan, State
from bankcore.products.loan.programmes import PROGRAMMES

noun = Noun(__name__)


@noun.daily(Phase.ACCRUAL)
def accrue(books: Books, day: date) -> Iterator[Step]:
    """Interest, fees and penalty up to the day; what is refused is accrued tomorrow."""
    return ACCRUALS.accruing(books, day, PROGRAMMES.ids(books), _accrue)


def _accrue(books: Books, programme: str, id: str) -> Sequence[Transaction]:
    loan = Loan.existing(books, programme, id)
    if loan.state is not State.LENT:
        return ()
    draft = Draft(books, loan)
    draft.accrue_penalty()
    draft.accrue()
    again = ACCRUALS.next(books, programme, id, accrue=loan.terms.accrue)
    draft.finish("accrue", f"interest of loan {loan.name}", *again)
    return draft.done
