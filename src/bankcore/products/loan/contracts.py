"""Contracts (借款合同) and disbursements: what is agreed before any money moves, and money out.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| disburse | principal | demand account | what is lent less the fee |
| | principal | unearned-fee | the fee |
| reverse | demand account, unearned-fee | principal | the same, on the same day |

>>> NotAccepted("l1", "no push is named").code
'not_accepted'
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

import attrs
from attrs import evolve, field, frozen

from bankcore.amounts import Amount
from bankcore.errors import BadCommand, BadTerms, ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import chart, fields
from bankcore.product.business_days import tell_calendar_end
from bankcore.product.facts import Facts
from bankcore.product.parties import Contract, account_of, identified_party
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import AlreadyTaken
from bankcore.product.voucher import Voucher
from bankcore.products.loan.coverage import check_covered
from bankcore.products.loan.draft import Draft
from bankcore.products.loan.effective import Carrying
from bankcore.products.loan.guarantees import bound
from bankcore.products.loan.index import rate_on
from bankcore.products.loan.instalments import Schedule
from bankcore.products.loan.loans import (
    ACCRUALS,
    INTEREST,
    PRINCIPAL,
    UNEARNED_FEE,
    Loan,
    LoanNotRunning,
    OfLoan,
    State,
    running,
)
from bankcore.products.loan.programmes import LoanTerms
from bankcore.products.loan.repricing import repricing_note
from bankcore.products.pushes import accepted_push

__all__ = ["Disburse", "DisbursementStands", "NotAccepted", "ReverseDisbursement", "SignContract"]

noun = Noun(__name__)
_MOST_MONTHS = 360


@frozen(kw_only=True)
class LentOn(Facts):
    """The loan that a push led to, of all programmes."""

    KIND: ClassVar = "loan.push"  # network:push
    programme: str
    loan: str


# --- refusals ---------------------------------------------------------------------------------------


class NotAccepted(ProductRejection):
    """A loan needs a contract, and a push that the borrower accepted."""

    sentence = "loan {loan} cannot be made: {reason}"
    loan: str
    reason: str


class DisbursementStands(ProductRejection):
    """A disbursement can be reversed on its own day, before anything was paid; later by prepayment only."""

    sentence = "the disbursement of loan {loan} on {disbursed_on} stands: {reason}"
    loan: str
    disbursed_on: date
    reason: str


# --- commands and their rules -----------------------------------------------------------------------


def _check_months(_: Any, it: attrs.Attribute[Any], value: Any) -> None:
    if type(value) is not int or not 1 <= value <= _MOST_MONTHS:
        raise BadCommand(it.name, f"a whole number from 1 to {_MOST_MONTHS} is needed")


def _months() -> Any:
    return field(validator=_check_months, metadata={"help": "months to the last instalment, 1 to 360"})


@frozen
class SignContract(OfLoan):
    """Agree on a loan; what is not agreed otherwise is as the programme's terms say (签订借款合同)."""

    borrower: str = fields.id_("the borrower")
    amount: Amount = fields.amount("what is lent, the fee included")
    months: int = _months()
    network: str = fields.id_("the branch network of the push", "")
    push: str = fields.id_("the push that the borrower accepted", "")
    terms: Mapping[str, Any] = fields.terms("terms that differ from the programme's", fields.some_terms, {})


@frozen
class Disburse(OfLoan):
    """Pay a loan out to the borrower's demand account, less the fee (放款)."""


@frozen
class ReverseDisbursement(OfLoan):
    """Undo a disbursement on its own day (撤销放款)."""


@noun.rule(SignContract)
def sign_contract(terms: LoanTerms, command: SignContract, books: Books) -> Plan:
    """Fix amount, months and terms, and open the loan's accounts.

    Whether a push is needed only the programme says.
    Refuses, in this order: BadTerms, UnitMismatch, IndexUnknown, NotFound, PartyErased, PartySuspended,
    NotIdentified, NoCurrentAccount, NotAccepted, AlreadyTaken for the loan or where the push has another,
    BadDate or CalendarExhausted where the last due date lies too far off.
    """
    ids, borrower, today = (command.programme, command.loan), command.borrower, books.today
    agreed, amount = _agreed(terms, command.terms), terms.minor_units(command.amount)
    if agreed.needs_push != terms.needs_push:
        raise BadTerms("needs_push", "a contract cannot change what its programme needs")
    agreed = evolve(agreed, rate=rate_on(books, agreed, today))
    loan = Loan(
        id=":".join(ids),
        borrower=borrower,
        network=command.network,
        push=command.push,
        amount=amount,
        months=command.months,
        terms=agreed,
        signed_on=today,
    )
    _check_borrower(books, loan)
    _check_accepted(books, loan)
    Loan.fresh(books, *ids)
    schedule = Schedule.begin(agreed, amount, command.months, today)
    voucher = Voucher("loan", books, agreed, loan.id)
    tell_calendar_end(
        voucher, agreed.calendar, agreed.roll, borrower, loan.id, schedule.due_on(schedule.count)
    )
    own = (PRINCIPAL, INTEREST, UNEARNED_FEE)
    voucher.open(*(it.account(*ids, unit=terms.unit, on=today, party=borrower) for it in own))
    if loan.push:
        voucher.keep(_taken(books, loan))
    voucher.keep(loan)
    return voucher.plan("sign-contract", f"contract of loan {loan.name}")


@noun.rule(Disburse)
def disburse(terms: LoanTerms, command: Disburse, books: Books) -> Plan:
    """The amount less the fee to the demand account; the fee waits to be earned.

    Where the rate follows an index, it is that of the day.

    From now on the loan binds its borrower: account and party stay until it ends.
    Refuses, in this order: NotAccepted without a contract, LoanNotRunning where it was disbursed before,
    PartyErased, PartySuspended, NoCurrentAccount, NotAccepted where the push no longer is,
    CoverageShort, BadDate, CalendarExhausted, and PartyErased or PartySuspended for a guarantor.
    """
    loan = Loan.find(books, command.programme, command.loan)
    if loan is None:
        raise NotAccepted(command.loan, "no contract is signed")
    if loan.state is not State.SIGNED:
        raise LoanNotRunning(loan.name, loan.state.value)
    _check_borrower(books, loan)
    _check_accepted(books, loan)
    check_covered(books, loan)
    terms = evolve(loan.terms, rate=rate_on(books, loan.terms, books.today))
    fee = terms.fee_of(loan.amount)
    schedule = Schedule.begin(terms, loan.amount, loan.months, books.today)
    draft = Draft(books, loan)
    draft.tell("disburse", loan.amount)
    draft.move(draft.principal, chart.DEMAND(loan.borrower), loan.amount - fee)
    draft.move(draft.principal, draft.unearned, fee)
    draft.loan = evolve(
        loan,
        state=State.LENT,
        terms=terms,
        disbursed_on=books.today,
        schedule=schedule.at,
        fee=fee,
        unearned=fee,
        carrying=Carrying.begin(loan.amount - fee, [it.payment for it in schedule.rest()]) if fee else None,
    )
    opened = Contract.opened(books, loan.borrower, "loan", *loan.ids)
    accrual = ACCRUALS.next(books, loan.programme, loan.name, accrue=loan.terms.accrue)
    later = (*accrual, *repricing_note(books, draft.loan), *bound(books, loan))
    draft.finish("disburse", f"disbursement of loan {loan.name}", opened, *later)
    return draft.plan


@noun.rule(ReverseDisbursement)
def reverse_disbursement(terms: LoanTerms, command: ReverseDisbursement, books: Books) -> Plan:
    """The mirror of the disbursement; the demand account's floor refuses where the money is spent.

    Refuses, in this order: NotFound, LoanNotRunning, DisbursementStands.
    """
    loan = running(books, command.programme, command.loan)
    draft = Draft(books, loan)
    assert loan.disbursed_on is not None
    if loan.disbursed_on < books.today:
        raise DisbursementStands(loan.name, loan.disbursed_on, "its day is over")
    if loan.plan.left < loan.amount:
        raise DisbursementStands(loan.name, loan.disbursed_on, "a part was repaid")
    draft.move(chart.DEMAND(loan.borrower), draft.principal, loan.amount - loan.fee)
    draft.move(draft.unearned, draft.principal, loan.fee)
    taken_back = loan.giving_back(loan.amount, books.today)
    draft.loan = evolve(taken_back, schedule=loan.plan.given_up().at, unearned=0)
    draft.end(State.REVERSED)
    draft.finish("reverse", f"disbursement of loan {loan.name} is reversed")
    return draft.plan


def _agreed(terms: LoanTerms, changes: Mapping[str, Any]) -> LoanTerms:
    """The terms with some changed; raises BadTerms, also for another unit."""
    new = LoanTerms.from_data({**terms.as_data(), **changes})
    if new.unit != terms.unit:
        raise BadTerms("unit", f"a programme keeps its unit {terms.unit}")
    return new


def _check_borrower(books: Books, loan: Loan) -> None:
    """Raises NotFound, PartyErased, PartySuspended, NotIdentified, NoCurrentAccount."""
    account_of(books, identified_party(books, loan.borrower).id)


def _check_accepted(books: Books, loan: Loan) -> None:
    """Raises NotAccepted unless the borrower accepted a push for such a loan, where the terms need one."""
    if not loan.push and not loan.network:
        if loan.terms.needs_push:
            raise NotAccepted(loan.name, "no push is named")
        return
    push = accepted_push(books, loan.network, loan.push)
    if push is None or push.firm != loan.borrower:
        raise NotAccepted(loan.name, f"{loan.borrower} has accepted no push {loan.push}")
    if push.unit != loan.unit:
        raise NotAccepted(loan.name, f"push {loan.push} was accepted for amounts in {push.unit}")
    if not push.least <= loan.amount <= push.most or loan.months != push.months:
        raise NotAccepted(loan.name, f"push {loan.push} was accepted for another amount or term")


def _taken(books: Books, loan: Loan) -> LentOn:
    """That a push has its loan; one that was reversed counts no more.  Raises AlreadyTaken."""
    lent = LentOn.find(books, loan.network, loan.push)
    if lent is None:
        id = f"{loan.network}:{loan.push}"
        return LentOn(id=id, programme=loan.programme, loan=loan.name)
    if Loan.existing(books, lent.programme, lent.loan).state is not State.REVERSED:
        raise AlreadyTaken("loan on push", loan.push)
    return evolve(lent, programme=loan.programme, loan=loan.name)
