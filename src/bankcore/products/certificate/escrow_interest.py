"""Interest in escrow (托管利息): what confirmed money earns until its certificate opens, or it goes back.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| accrue | interest expense | escrow interest | what each participant earned so far, rounded once |
| pay | escrow interest, interest expense | demand account | the same |

Each participant has one exact sum over all the times in the order, so leaving and coming back gains nothing.

>>> ESCROW_INTEREST("cd", "k")
'certificate:cd:escrow-interest:k'
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from attrs import evolve

from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Transaction
from bankcore.product import chart
from bankcore.product.accruals import pay_interest
from bankcore.product.plan import Step
from bankcore.product.product import Noun, Phase
from bankcore.product.voucher import Voucher
from bankcore.products.certificate.config import EscrowInterest
from bankcore.products.certificate.orders import IN_ESCROW, Order, State, orders_of
from bankcore.products.certificate.programmes import PROGRAMMES, CertificateTerms
from bankcore.products.certificate.shares import Share, ShareState, shares_of

__all__: list[str] = []

noun = Noun(__name__)
ESCROW_INTEREST = chart.liability("certificate:{programme}:escrow-interest:{order}")  # of all who confirmed


def out_of_escrow(books: Books, terms: CertificateTerms, order: Order, share: Share) -> tuple[Share, int]:
    """A confirmation with the interest that it earned in escrow paid, and what of it is paid now."""
    if order.config.escrow_interest is EscrowInterest.NONE:
        return evolve(share, accrued=None), 0
    escrow, earned = share.in_escrow(terms, order, books.today).post()
    return evolve(share, escrow=escrow, accrued=None), earned


def pay_escrow_interest(voucher: Voucher, share: Share, to: AccountPath, earned: int) -> None:
    """What a confirmation earned, out of what had accrued on it."""
    pay_interest(voucher, ESCROW_INTEREST(*share.ids[:2]), share.accrued or 0, {to: earned})


@noun.daily(Phase.ACCRUAL)
def accrue_escrow(books: Books, day: date) -> Iterator[Step]:
    """What each open order's escrow earned up to the day; what is refused accrues tomorrow."""
    return IN_ESCROW.accruing(books, day, PROGRAMMES.ids(books), _accrue)


def _accrue(books: Books, programme: str, name: str) -> Iterator[Transaction]:
    order, terms = Order.existing(books, programme, name), PROGRAMMES.today(books, programme)
    if order.state is not State.OPEN:
        return
    path, voucher = ESCROW_INTEREST(*order.ids), PROGRAMMES.voucher(books, terms, order.id)
    more = 0
    for share in shares_of(books, order, ShareState.CONFIRMED):
        before, due = share.accrued or 0, share.in_escrow(terms, order, books.today).due()
        more += due - before
        if due != before:
            voucher.keep(evolve(share, accrued=due or None))
    if more:
        voucher.open_again(ESCROW_INTEREST.account(*order.ids, unit=terms.unit, on=books.today))
    voucher.move(chart.INTEREST_EXPENSE(), path, more)
    voucher.put(*IN_ESCROW.next(books, programme, name, accrue=terms.accrue))
    yield voucher.transaction("accrue", f"escrow interest of order {name}")


@noun.invariant("B12")
def accrued_in_escrow_is_held(books: Books) -> Iterator[str]:
    """The interest account of an order's escrow holds what had accrued on its confirmations."""
    for _, order in orders_of(books):
        path = ESCROW_INTEREST(*order.ids)
        held = books.balance(path) if books.account(path) else 0
        accrued = sum(share.accrued or 0 for share in shares_of(books, order))
        if held != accrued:
            yield f"{path} is {held}, {accrued} accrued"
