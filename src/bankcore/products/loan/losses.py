"""Loans given up as lost (核销), and what comes back of them: each decided by two officers (双人复核).

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| write off | loan loss | interest, principal | all that is left, with penalty up to the day |
| | unearned-fee | interest income | what is left of the fee |
| recover | demand account | loan loss | at most what was lost |

>>> RecoveryExceeds("l1", 100_00, 100_01, "CNY/2").code
'recovery_exceeds'
"""

from __future__ import annotations

from typing import ClassVar

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import chart, fields
from bankcore.product.approvals import Decision, Reason, list_proposals
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.voucher import Voucher
from bankcore.products.loan.collateral import Release
from bankcore.products.loan.draft import Draft, to_date
from bankcore.products.loan.extensions import Extension
from bankcore.products.loan.loans import BORROWER, Loan, LoanNotRunning, OfLoan, State, running
from bankcore.products.loan.programmes import LoanTerms
from bankcore.tables import Table

__all__ = ["Approve", "ProposeRecovery", "ProposeWriteOff", "RecoveryExceeds", "Reject"]

noun = Noun(__name__)
_WRITE_OFF, _RECOVERY = "write-off", "recovery"


class RecoveryExceeds(ProductRejection):
    sentence = "of loan {loan} {lost} are lost, {amount} recovered"
    quantities = ("lost", "amount")
    loan: str
    lost: int
    amount: int
    unit: str = ""


# --- facts ------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class WriteOff(Decision):
    """The decision of two people to give a loan up."""

    KIND: ClassVar = "loan.write-off"  # programme:loan
    what: Reason


@frozen
class Received:
    """What came back, in minor units."""

    amount: int


@frozen(kw_only=True)
class Recovery(Decision):
    """The decision of two people to book cash for a loan written off."""

    KIND: ClassVar = "loan.recovery"  # programme:loan
    what: Received


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class ProposeWriteOff(OfLoan):
    """Propose to give a loan up as lost (申请核销)."""

    reason: str = fields.text("why nothing more is expected")


@frozen
class ProposeRecovery(OfLoan):
    """Propose to take what a borrower paid in for a loan written off (申请核销收回)."""

    amount: Amount = fields.amount("what is taken from its demand account")


@frozen
class Approve(OfLoan):
    """Carry out what another officer proposed (复核通过)."""

    decision: str = fields.choice("what was proposed: write-off or recovery", (_WRITE_OFF, _RECOVERY))
    proposal: int = fields.proposal()


@frozen
class Reject(OfLoan):
    """Turn down what another officer proposed (复核拒绝)."""

    decision: str = fields.choice("what was proposed: write-off or recovery", (_WRITE_OFF, _RECOVERY))
    proposal: int = fields.proposal()


@noun.rule(ProposeWriteOff)
def propose_write_off(terms: LoanTerms, command: ProposeWriteOff, books: Books) -> Plan:
    """Note the proposal.  Refuses: NotFound, LoanNotRunning."""
    loan = running(books, command.programme, command.loan)
    made = WriteOff.proposed(books, *loan.ids, about=loan.version, what=Reason(command.reason))
    return _proposed(loan, books, _WRITE_OFF, made)


@noun.rule(ProposeRecovery)
def propose_recovery(terms: LoanTerms, command: ProposeRecovery, books: Books) -> Plan:
    """Note the proposal.  Refuses: UnitMismatch, NotFound, LoanNotRunning, RecoveryExceeds."""
    amount = terms.minor_units(command.amount)
    loan = Loan.existing(books, command.programme, command.loan)
    _check_lost(loan, amount)
    made = Recovery.proposed(books, *loan.ids, about=loan.version, what=Received(amount))
    return _proposed(loan, books, _RECOVERY, made)


@noun.rule(Approve)
def approve(terms: LoanTerms, command: Approve, books: Books) -> Plan:
    """Do what was proposed.

    Refuses: NotFound, NothingProposed, SamePerson, StaleProposal also where the loan changed meanwhile.
    """
    loan = Loan.existing(books, command.programme, command.loan)
    if command.decision == _RECOVERY:
        recovery = Recovery.approved(books, *loan.ids, seen=command.proposal, about=loan.version)
        return _recover(loan, books, recovery)
    decision = WriteOff.approved(books, *loan.ids, seen=command.proposal, about=loan.version)
    return _write_off(loan, books, decision)


@noun.rule(Reject)
def reject(terms: LoanTerms, command: Reject, books: Books) -> Plan:
    """Nothing of it is done.  Refuses: NotFound, NothingProposed, SamePerson, StaleProposal."""
    loan = Loan.existing(books, command.programme, command.loan)
    voucher = Voucher("loan", books, terms, loan.id)
    kind = Recovery if command.decision == _RECOVERY else WriteOff
    voucher.keep(kind.rejected(books, *loan.ids, seen=command.proposal))
    return voucher.plan("reject", f"{command.decision} of loan {loan.name} is rejected")


def _write_off(loan: Loan, books: Books, decision: WriteOff) -> Plan:
    """Principal, and interest and penalty up to today, are lost; what is left of the fee is earned."""
    draft = to_date(loan, books)
    draft.accrue()
    loan = draft.loan
    draft.move(chart.LOAN_LOSS(), draft.interest, loan.interest_owed)
    draft.move(chart.LOAN_LOSS(), draft.principal, loan.principal_left)
    draft.earn_rest_of_fee()
    draft.loan = evolve(
        draft.loan.giving_back(loan.principal_left, books.today),
        schedule=loan.plan.given_up().at,
        arrears=(),
        unpaid_penalty=0,
        lost=loan.principal_left + loan.interest_owed,
    )
    draft.end(State.WRITTEN_OFF)
    draft.finish(_WRITE_OFF, f"loan {loan.name} is written off", decision.record())
    return draft.plan


def _recover(loan: Loan, books: Books, decision: Recovery) -> Plan:
    """Money that makes the loss smaller; once nothing is lost, the loan binds its borrower no more."""
    amount = decision.what.amount
    draft = Draft(books, loan)
    draft.move(chart.DEMAND(loan.borrower), chart.LOAN_LOSS(), amount)
    draft.loan = evolve(loan, recovered=loan.recovered + amount)
    if draft.loan.recovered == loan.lost:
        draft.release()
    draft.finish(_RECOVERY, f"recovery of loan {loan.name}", decision.record())
    return draft.plan


def _check_lost(loan: Loan, amount: int) -> None:
    if loan.state is not State.WRITTEN_OFF:
        raise LoanNotRunning(loan.name, loan.state.value)
    if amount > loan.lost - loan.recovered:
        raise RecoveryExceeds(loan.name, loan.lost - loan.recovered, amount, loan.unit)


def _proposed(loan: Loan, books: Books, decision: str, made: Decision) -> Plan:
    voucher = Voucher("loan", books, loan.terms, loan.id)
    voucher.keep(made)
    return voucher.plan("propose", f"{decision} of loan {loan.name} is proposed")


# --- reports ----------------------------------------------------------------------------------------


@noun.report("proposals", {})
def list_open_proposals(books: Books) -> Table:
    """What is proposed about loans, and the versions that whoever decides has to name."""
    return list_proposals(books, WriteOff, Recovery, Extension, Release)


@noun.report("losses", BORROWER)
def list_losses(books: Books) -> Table:
    """Loans written off, and what came back."""
    rows = []
    for it in Loan.every(books):
        if it.state is State.WRITTEN_OFF:
            fen = (Amount(quantity, it.unit) for quantity in (it.lost, it.recovered, it.lost - it.recovered))
            rows.append((*it.ids, it.borrower, it.ended_on, *fen))
    columns = ("programme", "loan", "borrower", "written off on", "written off", "recovered", "lost")
    return Table("Loan losses", columns, tuple(rows))
