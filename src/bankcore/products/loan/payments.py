"""Payments of the borrower: what is due by hand, and principal before it is due."""

from __future__ import annotations

from bankcore.ledger.books import Books
from bankcore.product.plan import Plan
from bankcore.product.records import minor_units
from bankcore.products.loan import commands
from bankcore.products.loan.draft import to_date
from bankcore.products.loan.loans import Loan, running
from bankcore.products.loan.refusals import NothingDue, PaymentExceeds
from bankcore.products.loan.terms import LoanTerms

__all__ = ["prepay", "repay", "repay_early"]


def repay(terms: LoanTerms, command: commands.Repay, books: Books) -> Plan:
    """Penalty up to today and what is due today count as owed.

    Refuses, in this order: UnitMismatch, NotFound, BorrowerDiffers, LoanNotRunning, NothingDue,
    PaymentExceeds; the demand account's floor refuses where there is too little.
    """
    amount = minor_units(terms, command.amount)
    draft = to_date(running(books, command.programme, command.loan, command.borrower), books)
    owed, next_due = draft.loan.owed, draft.loan.plan.next_due
    if not owed and next_due is not None:
        raise NothingDue(command.loan, next_due)
    if amount > owed:
        raise PaymentExceeds(command.loan, owed, amount, terms.unit)
    draft.pay(amount)
    draft.finish("repay", f"repayment of loan {command.loan}")
    return draft.plan


def prepay(terms: LoanTerms, command: commands.Prepay, books: Books) -> Plan:
    """All that is due first, then interest to date and principal; the rest is divided anew.

    Refuses, in this order: UnitMismatch, NotFound, BorrowerDiffers, LoanNotRunning, PaymentExceeds beyond
    the principal not yet due; the demand account's floor refuses where there is too little.
    """
    amount = minor_units(terms, command.amount)
    loan = running(books, command.programme, command.loan, command.borrower)
    return _prepaid(terms, loan, books, amount, command.keep)


def repay_early(terms: LoanTerms, command: commands.RepayEarly, books: Books) -> Plan:
    """All that is due, interest to date, and all principal.

    Refuses: NotFound, BorrowerDiffers, LoanNotRunning; and as `prepay` for too little money.
    """
    loan = running(books, command.programme, command.loan, command.borrower)
    return _prepaid(terms, loan, books, None, "term")


def _prepaid(terms: LoanTerms, loan: Loan, books: Books, amount: int | None, keep: str) -> Plan:
    """What is due is a repayment of its own, before the prepayment."""
    draft = to_date(loan, books)
    left = draft.loan.plan.left
    amount = left if amount is None else amount
    if amount > left:
        raise PaymentExceeds(loan.id, left, amount, terms.unit)
    draft.pay(draft.loan.owed)
    draft.finish("repay", f"repayment of loan {loan.id}")
    if amount:
        draft.prepay(amount, keep)
        draft.finish("prepay", f"prepayment of loan {loan.id}")
    return draft.plan
