"""Money out: a loan to the demand account, and back on the same day; cash into the demand account."""

from __future__ import annotations

from attrs import evolve

from bankcore.ledger.books import Books
from bankcore.product.plan import Plan
from bankcore.product.records import minor_units
from bankcore.products.lendings import LOAN
from bankcore.products.loan import accounts, commands
from bankcore.products.loan.contracts import check_accepted
from bankcore.products.loan.draft import Draft
from bankcore.products.loan.effective import Carrying
from bankcore.products.loan.instalments import Schedule
from bankcore.products.loan.loans import Loan, State, loan_in, running
from bankcore.products.loan.refusals import (
    BorrowerDiffers,
    DisbursementStands,
    LoanNotRunning,
    NotAccepted,
)
from bankcore.products.loan.registry import operation
from bankcore.products.loan.terms import LoanTerms

__all__ = ["deposit", "disburse", "reverse_disbursement"]


def disburse(terms: LoanTerms, command: commands.Disburse, books: Books) -> Plan:
    """The amount less the fee to the demand account; the fee waits to be earned.

    Refuses, in this order: NotAccepted without a contract, LoanNotRunning where it was disbursed before,
    NotAccepted where the push no longer is, BadDate, CalendarExhausted.
    """
    record = books.record(LOAN, f"{command.programme}:{command.loan}")
    if record is None:
        raise NotAccepted(command.loan, "no contract is signed")
    loan = Loan.read(record)
    if loan.state is not State.SIGNED:
        raise LoanNotRunning(loan.id, loan.state.value)
    check_accepted(books, loan)
    fee = loan.terms.fee_of(loan.amount)
    schedule = Schedule.begin(loan.terms, loan.amount, loan.months, books.today)
    draft = Draft(books, loan)
    draft.move(draft.principal, accounts.demand(loan.borrower), loan.amount - fee)
    draft.move(draft.principal, draft.unearned, fee)
    draft.loan = evolve(
        loan,
        state=State.LENT,
        disbursed_on=books.today,
        schedule=schedule,
        fee=fee,
        unearned=fee,
        carrying=Carrying.begin(loan.amount - fee, [it.payment for it in schedule.rest()]) if fee else None,
    )
    draft.finish("disburse", f"disbursement of loan {loan.id}")
    return draft.plan


def reverse_disbursement(terms: LoanTerms, command: commands.ReverseDisbursement, books: Books) -> Plan:
    """The mirror of the disbursement; the demand account's floor refuses where the money is spent.

    Refuses, in this order: NotFound, LoanNotRunning, DisbursementStands.
    """
    loan = running(books, command.programme, command.loan)
    draft = Draft(books, loan)
    assert loan.disbursed_on is not None
    if loan.disbursed_on < books.today:
        raise DisbursementStands(loan.id, loan.disbursed_on, "its day is over")
    if loan.plan.left < loan.amount:
        raise DisbursementStands(loan.id, loan.disbursed_on, "a part was repaid")
    draft.move(accounts.demand(loan.borrower), draft.principal, loan.amount - loan.fee)
    draft.move(draft.unearned, draft.principal, loan.fee)
    draft.loan = evolve(loan, schedule=evolve(loan.plan, left=0), unearned=0)
    draft.end(State.REVERSED)
    draft.finish("reverse", f"disbursement of loan {loan.id} is reversed")
    return draft.plan


def deposit(terms: LoanTerms, command: commands.Deposit, books: Books) -> Plan:
    """Cash to the demand account.  Refuses: UnitMismatch, NotFound, BorrowerDiffers."""
    amount = minor_units(terms, command.amount)
    loan = loan_in(books, command.programme, command.loan)
    if loan.borrower != command.borrower:
        raise BorrowerDiffers(loan.id, command.borrower)
    debit, credit = {accounts.CASH: amount}, {accounts.demand(loan.borrower): amount}
    text = f"cash of {loan.borrower}"
    return Plan((operation(books, terms, loan.record.id, "deposit", text, debit=debit, credit=credit),))
