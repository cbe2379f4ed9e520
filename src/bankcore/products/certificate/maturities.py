"""Maturity: interest to the end, days beyond it at the demand rate, and payment."""

from __future__ import annotations

from collections import Counter

from bankcore.amounts import largest_remainder
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Transaction
from bankcore.products.certificate import accounts
from bankcore.products.certificate.interest import accrue, at_demand
from bankcore.products.certificate.orders import Order, ShareState, State, shares_of
from bankcore.products.certificate.parties import operation, payee
from bankcore.products.certificate.payouts import payouts
from bankcore.products.certificate.rollovers import roll_over
from bankcore.products.certificate.terms import CertificateTerms
from bankcore.rates import round_half_up

__all__ = ["mature", "pay"]


def mature(books: Books, terms: CertificateTerms, order: Order) -> tuple[Transaction, ...]:
    """Accrue the last of the term's interest; the payment waits for its business day."""
    accrual, _ = accrue(books, terms, order, order.matures_on)
    text = f"certificate {order.id} matures"
    records = (order.next(state=State.MATURED),)
    return (*accrual, operation(books, terms, order.record.id, "mature", text, records=records))


def pay(books: Books, terms: CertificateTerms, order: Order) -> tuple[Transaction, ...]:
    """Pay everybody, or roll over what was agreed; a share frozen by a court goes to suspense.

    Interest of the certificate is rounded once and divided by largest remainder, and so is the
    demand interest of the days after maturity.
    """
    accrual, interest = accrue(books, terms, order, order.matures_on)
    overdue, late = _overdue(books, terms, order)
    shares = shares_of(books, order, ShareState.SHARE)
    weights = [share.amount for share in shares]
    split = (largest_remainder(total, weights) for total in (interest, late))
    paid = payouts(terms, order, shares, [term + behind for term, behind in zip(*split, strict=True)])
    renewal = roll_over(books, terms, order, shares, paid.net)
    credit: Counter[AccountPath] = Counter({accounts.WITHHOLDING: paid.tax, **renewal.credit})
    for share in shares:
        left = paid.net[share.participant] - renewal.amounts.get(share.participant, 0)
        credit[payee(books, share.participant, share.frozen)] += left
    payment = operation(
        books,
        terms,
        order.record.id,
        "pay",
        f"certificate {order.id} is {'rolled over' if renewal.amounts else 'paid'}",
        debit={**paid.debit, accounts.interest(order.programme, order.id): interest + late},
        credit=credit,
        records=(
            order.next(state=State.PAID, principal=0, interest=interest),
            *paid.records,
            *renewal.records,
        ),
    )
    return (*accrual, *overdue, payment)


def _overdue(books: Books, terms: CertificateTerms, order: Order) -> tuple[tuple[Transaction, ...], int]:
    """The transaction, or none, for the days after maturity, and its amount."""
    days = (order.matures_on, max(books.today, order.matures_on))
    late = round_half_up(at_demand(terms, order.principal, *days))
    transaction = operation(
        books,
        terms,
        order.record.id,
        "overdue",
        f"interest of {order.id} behind maturity",
        debit={accounts.INTEREST_EXPENSE: late},
        credit={accounts.interest(order.programme, order.id): late},
    )
    return (transaction,) if late else (), late
