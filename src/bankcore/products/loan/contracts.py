"""The programme, its terms, and contracts: what is agreed before any money moves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bankcore.errors import BadTerms
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product.plan import Plan
from bankcore.product.records import existing, fresh, minor_units, written
from bankcore.product.refusals import AlreadyTaken
from bankcore.product.schedules import changed
from bankcore.product.voucher import opening
from bankcore.products.lendings import LOAN
from bankcore.products.loan import accounts, commands, registry
from bankcore.products.loan.instalments import Schedule
from bankcore.products.loan.loans import Loan, State, loan_in
from bankcore.products.loan.refusals import NotAccepted
from bankcore.products.loan.registry import operation
from bankcore.products.loan.terms import LoanTerms
from bankcore.products.pushes import accepted_push

__all__ = ["change_terms", "check_accepted", "open_programme", "sign_contract"]


def open_programme(terms: LoanTerms, command: commands.OpenProgramme, books: Books) -> Plan:
    """Open the bank's accounts.  Refuses: AlreadyTaken, UnitMismatch."""
    programme = command.programme
    id = fresh(books, registry.TERMS, programme)
    records = (
        *opening(books, accounts.bank_accounts(terms.unit, books.today)),
        Record(registry.TERMS, id, {"schedule": [[books.today.isoformat(), terms.as_data()]]}),
    )
    return Plan((operation(books, terms, programme, "open", f"open programme {programme}", records=records),))


def change_terms(terms: LoanTerms, command: commands.ChangeTerms, books: Books) -> Plan:
    """Schedule new terms; contracts keep theirs.  Refuses: BadTerms for a past date or another unit."""
    start = command.effective_on or books.today
    if start < books.today:
        raise BadTerms("effective_on", f"{start} is before the business date {books.today}")
    record = existing(books, registry.TERMS, command.programme)
    new = _with(registry.terms_on(books, command.programme, start), command.terms)
    changes = {name: term for name, term in new.as_data().items() if name in command.terms}
    pairs = changed(record, start, changes, books.today)
    text = f"terms from {start}: {', '.join(sorted(command.terms))}"
    return Plan(
        (operation(books, terms, command.programme, "terms", text, records=(record.next(schedule=pairs),)),)
    )


def sign_contract(terms: LoanTerms, command: commands.SignContract, books: Books) -> Plan:
    """Fix amount, months and terms; open the loan's accounts, and a demand account where there is none.

    Whether a push is needed only the programme says.
    Refuses, in this order: BadTerms, UnitMismatch, NotAccepted, AlreadyTaken for the loan or where the push
    has another, BadDate or CalendarExhausted where the last due date lies too far off.
    """
    programme, id, borrower = command.programme, command.loan, command.borrower
    agreed, amount = _with(terms, command.terms), minor_units(terms, command.amount)
    if agreed.needs_push != terms.needs_push:
        raise BadTerms("needs_push", "a contract cannot change what its programme needs")
    loan = Loan(
        record=Record(LOAN, f"{programme}:{id}", {}, version=0),
        borrower=borrower,
        network=command.network,
        push=command.push,
        amount=amount,
        months=command.months,
        terms=agreed,
        signed_on=books.today,
    )
    check_accepted(books, loan)
    fresh(books, LOAN, programme, id)
    Schedule.begin(agreed, amount, command.months, books.today)
    records = (
        *opening(books, accounts.loan_accounts(programme, id, borrower, terms.unit, books.today), own="loan"),
        *opening(books, (accounts.demand_account(borrower, terms.unit, books.today),)),
        *_taken(books, loan),
        loan.written(),
    )
    text = f"contract of loan {id}"
    return Plan((operation(books, agreed, loan.record.id, "sign-contract", text, records=records),))


def check_accepted(books: Books, loan: Loan) -> None:
    """Raises NotAccepted unless the borrower accepted a push for such a loan, where the terms need one."""
    if not loan.push and not loan.network:
        if loan.terms.needs_push:
            raise NotAccepted(loan.id, "no push is named")
        return
    push = accepted_push(books, loan.network, loan.push)
    if push is None or push.firm != loan.borrower:
        raise NotAccepted(loan.id, f"{loan.borrower} has accepted no push {loan.push}")
    if push.unit != loan.terms.unit:
        raise NotAccepted(loan.id, f"push {loan.push} was accepted for amounts in {push.unit}")
    if not push.least <= loan.amount <= push.most or loan.months != push.months:
        raise NotAccepted(loan.id, f"push {loan.push} was accepted for another amount or term")


def _taken(books: Books, loan: Loan) -> tuple[Record, ...]:
    """The record that a push has its loan, in whichever programme; one that was reversed counts no more.

    Raises AlreadyTaken.
    """
    if not loan.push:
        return ()
    id = (loan.network, loan.push)
    stored = books.record(registry.LENT_ON, ":".join(id))
    if stored is not None:
        earlier = loan_in(books, stored.data["programme"], stored.data["loan"])
        if earlier.state is not State.REVERSED:
            raise AlreadyTaken("loan on push", loan.push)
    return (written(books, registry.LENT_ON, *id, programme=loan.programme, loan=loan.id),)


def _with(terms: LoanTerms, changes: Mapping[str, Any]) -> LoanTerms:
    """The terms with some changed; raises BadTerms, also for another unit."""
    new = LoanTerms.from_data({**terms.as_data(), **changes})
    if new.unit != terms.unit:
        raise BadTerms("unit", f"a programme keeps its unit {terms.unit}")
    return new
