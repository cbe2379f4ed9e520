"""Penalty waived (减免罚息): what an officer gives up of it, with a reason.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| waive | penalty income | interest | at most the penalty that is not paid, to the day |

The exact sum of the penalty stays as it is, and so does what was posted of it; later days count as before.
"""

from __future__ import annotations

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.products.loan.draft import to_date
from bankcore.products.loan.loans import OfLoan, running
from bankcore.products.loan.programmes import LoanTerms
from bankcore.products.loan.repayments import PaymentExceeds

__all__ = ["WaivePenalty"]

noun = Noun(__name__)


@frozen
class WaivePenalty(OfLoan):
    """Give up penalty that a borrower did not pay (减免罚息)."""

    amount: Amount = fields.amount("at most the penalty that is not paid")
    reason: str = fields.text("why it is given up")


@noun.rule(WaivePenalty)
def waive_penalty(terms: LoanTerms, command: WaivePenalty, books: Books) -> Plan:
    """Take penalty off what is owed; a loan of which nothing else was owed is repaid.

    Refuses, in this order: UnitMismatch, NotFound, LoanNotRunning, PaymentExceeds beyond the penalty.
    """
    amount = terms.minor_units(command.amount)
    draft = to_date(running(books, command.programme, command.loan), books)
    unpaid = draft.loan.unpaid_penalty
    if amount > unpaid:
        raise PaymentExceeds(command.loan, unpaid, amount, terms.unit)
    draft.waive(amount)
    draft.finish("waive", f"penalty of loan {command.loan}: {command.reason}")
    return draft.plan
