"""Loans given up as lost, and what comes back of them: each decided by two officers."""

from __future__ import annotations

from attrs import evolve

from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product import approvals
from bankcore.product.plan import Plan
from bankcore.product.records import minor_units
from bankcore.products.loan import accounts, commands
from bankcore.products.loan.draft import Draft, to_date
from bankcore.products.loan.loans import Loan, State, loan_in, running
from bankcore.products.loan.refusals import LoanNotRunning, RecoveryExceeds
from bankcore.products.loan.registry import operation
from bankcore.products.loan.terms import LoanTerms

__all__ = ["approve", "propose_recovery", "propose_write_off", "reject"]

_WRITE_OFF, _RECOVERY = "write-off", "recovery"


def propose_write_off(terms: LoanTerms, command: commands.ProposeWriteOff, books: Books) -> Plan:
    """Note the proposal.  Refuses: NotFound, LoanNotRunning."""
    loan = running(books, command.programme, command.loan)
    return _proposed(loan, books, _WRITE_OFF, command.officer, {"reason": command.reason})


def propose_recovery(terms: LoanTerms, command: commands.ProposeRecovery, books: Books) -> Plan:
    """Note the proposal.  Refuses: UnitMismatch, NotFound, LoanNotRunning, RecoveryExceeds."""
    amount = minor_units(terms, command.amount)
    loan = loan_in(books, command.programme, command.loan)
    _check_lost(loan, amount)
    return _proposed(loan, books, _RECOVERY, command.officer, {"amount": amount})


def approve(terms: LoanTerms, command: commands.Approve, books: Books) -> Plan:
    """Do what was proposed.

    Refuses: NotFound, NothingProposed, SamePerson, and as the proposal where the loan changed meanwhile.
    """
    loan = loan_in(books, command.programme, command.loan)
    decision = approvals.approved(books, *_decision(loan, command.decision), checker=command.officer)
    if command.decision == _RECOVERY:
        return _recover(loan, books, decision)
    return _write_off(running(books, loan.programme, loan.id), books, decision)


def reject(terms: LoanTerms, command: commands.Reject, books: Books) -> Plan:
    """Nothing of it is done.  Refuses: NotFound, NothingProposed, SamePerson."""
    loan = loan_in(books, command.programme, command.loan)
    decision = approvals.rejected(books, *_decision(loan, command.decision), checker=command.officer)
    text = f"{command.decision} of loan {loan.id} is rejected"
    return Plan((operation(books, terms, loan.record.id, "reject", text, records=(decision,)),))


def _write_off(loan: Loan, books: Books, decision: Record) -> Plan:
    """Principal, and interest and penalty up to today, are lost; what is left of the fee is earned."""
    draft = to_date(loan, books)
    loan = draft.loan
    principal = loan.plan.left + sum(arrear.principal for arrear in loan.arrears)
    interest = loan.unpaid_penalty + sum(arrear.interest for arrear in loan.arrears)
    draft.move(accounts.LOSS, draft.interest, interest)
    draft.move(accounts.LOSS, draft.principal, principal)
    draft.earn_rest_of_fee()
    draft.loan = evolve(
        draft.loan,
        schedule=evolve(loan.plan, left=0),
        arrears=(),
        unpaid_penalty=0,
        lost=principal + interest,
    )
    draft.end(State.WRITTEN_OFF)
    draft.finish(_WRITE_OFF, f"loan {loan.id} is written off", decision)
    return draft.plan


def _recover(loan: Loan, books: Books, decision: Record) -> Plan:
    """Cash that makes the loss smaller."""
    amount = decision.data["what"]["amount"]
    _check_lost(loan, amount)
    draft = Draft(books, loan)
    draft.move(accounts.CASH, accounts.LOSS, amount)
    draft.loan = evolve(loan, recovered=loan.recovered + amount)
    draft.finish(_RECOVERY, f"recovery of loan {loan.id}", decision)
    return draft.plan


def _check_lost(loan: Loan, amount: int) -> None:
    if loan.state is not State.WRITTEN_OFF:
        raise LoanNotRunning(loan.id, loan.state.value)
    if amount > loan.lost - loan.recovered:
        raise RecoveryExceeds(loan.id, loan.lost - loan.recovered, amount, loan.terms.unit)


def _decision(loan: Loan, decision: str) -> tuple[str, str, str]:
    """Kind and id of the decision's record."""
    return f"loan.{decision}", loan.programme, loan.id


def _proposed(loan: Loan, books: Books, decision: str, maker: str, what: dict[str, object]) -> Plan:
    record = approvals.proposed(books, *_decision(loan, decision), maker=maker, what=what)
    text = f"{decision} of loan {loan.id} is proposed"
    return Plan((operation(books, loan.terms, loan.record.id, "propose", text, records=(record,)),))
