"""Interest, exact: by item for the term, by actual days at the demand rate for all else.

>>> by_term(12_345_00, Rate.parse("2.45%"), date(2024, 2, 29), date(2025, 2, 28))
Fraction(120981, 4)
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from bankcore.calendars import DayCount, day_count
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Transaction
from bankcore.products.certificate import accounts
from bankcore.products.certificate.config import EscrowInterest
from bankcore.products.certificate.orders import Order, Share
from bankcore.products.certificate.parties import operation
from bankcore.products.certificate.terms import CertificateTerms
from bankcore.rates import Accrual, Rate, round_half_up

__all__ = ["accrue", "at_demand", "by_term", "certificate_interest", "of_escrow", "withheld"]


def by_term(principal: int, rate: Rate, start: date, end: date) -> Fraction:
    """Exact interest of [start, end), whole months and odd days (逐笔计息)."""
    return principal * rate.fraction * day_count(DayCount.CN_ITEM, start, end)


def at_demand(terms: CertificateTerms, principal: int, start: date, end: date) -> Fraction:
    """Exact interest of [start, end) at today's demand rate, actual days of a year of 360."""
    return principal * terms.demand_rate.fraction * day_count(DayCount.ACT_360, start, end)


def certificate_interest(order: Order, principal: int, through: date) -> Fraction:
    """Exact interest of a part of the certificate, from its value date on and never beyond maturity."""
    return by_term(principal, order.rate, order.value_on, min(through, order.matures_on))


def of_escrow(terms: CertificateTerms, order: Order, share: Share, today: date) -> int:
    """What a confirmation has earned in escrow, rounded half up."""
    if order.config.escrow_interest is EscrowInterest.NONE:
        return 0
    return round_half_up(at_demand(terms, share.amount, share.confirmed_on, today))


def withheld(terms: CertificateTerms, interest: int) -> int:
    """The tax on interest paid, rounded half up."""
    return round_half_up(interest * terms.withholding.fraction)


def accrue(
    books: Books, terms: CertificateTerms, order: Order, through: date
) -> tuple[tuple[Transaction, ...], int]:
    """The transaction, or none, that brings interest payable up to a day, and what is payable then."""
    path = accounts.interest(order.programme, order.id)
    posted = books.balance(path)
    due = Accrual(certificate_interest(order, order.principal, through), posted).due()
    text = f"interest of {order.id} through {min(through, order.matures_on)}"
    transaction = operation(
        books,
        terms,
        order.record.id,
        "accrue",
        text,
        debit={accounts.INTEREST_EXPENSE: due},
        credit={path: due},
    )
    return (transaction,) if due else (), posted + due
