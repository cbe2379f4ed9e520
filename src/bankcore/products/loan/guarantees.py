"""Guarantees (保证): a party is asked to answer for a loan, and accepts or declines for itself.

Nobody binds another: what an officer asks counts for nothing until the guarantor, or who represents it, has
accepted the amount and the months that it saw.  After an extension it is asked anew.  No money moves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import BadCommand
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.product.notices import notice
from bankcore.product.parties import Contract, acting_for, active_party, identified_party
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import AlreadyTaken, TermsMoved
from bankcore.product.voucher import Voucher
from bankcore.products.loan.coverage import Consent, Guarantee, guarantors, months_of
from bankcore.products.loan.loans import Loan, LoanNotRunning, OfLoan, State
from bankcore.products.loan.programmes import LoanTerms
from bankcore.tables import Table

__all__ = ["AcceptGuarantee", "AskGuarantor", "DeclineGuarantee"]

noun = Noun(__name__)
GUARANTOR: Mapping[Role, str] = {Role.CUSTOMER: "guarantor"}


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class AskGuarantor(OfLoan):
    """Ask a party to answer for a loan (邀请保证人)."""

    guarantor: str = fields.id_("who is asked")
    amount: Amount = fields.amount("for how much at most")


@frozen
class AcceptGuarantee(OfLoan):
    """Answer for a loan (同意保证)."""

    may: ClassVar[Mapping[Role, str]] = GUARANTOR
    guarantor: str = fields.id_("who answers")
    amount: Amount = fields.amount("the amount that was seen")
    months: int = fields.count("the months of the loan that were seen")


@frozen
class DeclineGuarantee(OfLoan):
    """Do not answer for a loan (拒绝保证)."""

    may: ClassVar[Mapping[Role, str]] = GUARANTOR
    guarantor: str = fields.id_("who was asked")


@noun.rule(AskGuarantor)
def ask_guarantor(terms: LoanTerms, command: AskGuarantor, books: Books) -> Plan:
    """Note what is asked, and tell the party; an undecided or declined one is replaced.

    Refuses, in this order: UnitMismatch, NotFound, LoanNotRunning, BadCommand for the borrower, NotFound,
    PartyErased, PartySuspended, NotIdentified, AlreadyTaken once it is accepted.
    """
    amount, loan = terms.minor_units(command.amount), _open_loan(books, command)
    if command.guarantor == loan.borrower:
        raise BadCommand("guarantor", "another party than the borrower is needed")
    guarantor = identified_party(books, command.guarantor).id
    known = Guarantee.find(books, *loan.ids, guarantor)
    if known is not None and known.binds:
        raise AlreadyTaken("guarantee of", guarantor)
    asked = Guarantee.anew(
        books,
        *loan.ids,
        guarantor,
        amount=amount,
        months=months_of(loan),
        consent=Consent.ASKED,
        asked_on=books.today,
    )
    voucher = Voucher("loan", books, loan.terms, loan.id)
    voucher.keep(asked)
    voucher.put(_asking(books, loan, asked))
    return voucher.plan("ask-guarantor", f"{guarantor} is asked to answer for loan {loan.name}")


@noun.rule(AcceptGuarantee)
def accept_guarantee(terms: LoanTerms, command: AcceptGuarantee, books: Books) -> Plan:
    """The guarantor is bound: for a loan that runs, account and party stay until it ends.

    Refuses, in this order: UnitMismatch, PartySuspended for who acts for the guarantor, NotFound,
    LoanNotRunning, PartyErased, PartySuspended, TermsMoved, AlreadyTaken where nothing is asked any more.
    """
    amount = terms.minor_units(command.amount)
    loan, asked = _asked(books, command, command.guarantor)
    identified_party(books, command.guarantor)
    months = months_of(loan)
    if (amount, command.months) != (asked.amount, months):
        now, seen = (f"{Amount(a, loan.unit)} for {m} months" for a, m in (
            (asked.amount, months), (amount, command.months),
        ))  # fmt: skip
        raise TermsMoved(f"guarantee for loan {loan.name}", now, seen)
    if asked.binds and asked.months >= months:
        raise AlreadyTaken("guarantee of", asked.guarantor)
    voucher = Voucher("loan", books, loan.terms, loan.id)
    voucher.keep(evolve(asked, consent=Consent.ACCEPTED, decided_on=books.today, months=months))
    if loan.state is State.LENT and not asked.binds:
        voucher.put(Contract.opened(books, asked.guarantor, "loan", *loan.ids, "guarantee"))
    return voucher.plan("guarantee", f"{asked.guarantor} answers for loan {loan.name}")


@noun.rule(DeclineGuarantee)
def decline_guarantee(terms: LoanTerms, command: DeclineGuarantee, books: Books) -> Plan:
    """The party answers for nothing; one that has accepted stays bound as it accepted.

    Refuses, in this order: PartySuspended for who acts for the guarantor, NotFound, LoanNotRunning,
    AlreadyTaken where it has accepted.
    """
    loan, asked = _asked(books, command, command.guarantor)
    if asked.binds:
        raise AlreadyTaken("guarantee of", asked.guarantor)
    voucher = Voucher("loan", books, loan.terms, loan.id)
    voucher.keep(evolve(asked, consent=Consent.DECLINED, decided_on=books.today))
    return voucher.plan("decline", f"{asked.guarantor} does not answer for loan {loan.name}")


def bound(books: Books, loan: Loan) -> tuple[Record, ...]:
    """The contracts of guarantors that begin with the disbursement; raises PartyErased, PartySuspended."""
    found = (active_party(books, it.guarantor).id for it in guarantors(books, loan))
    return tuple(Contract.opened(books, it, "loan", *loan.ids, "guarantee") for it in found)


def asked_anew(books: Books, loan: Loan) -> tuple[Record, ...]:
    """Notices to guarantors of a loan that now runs longer than they accepted."""
    found = (it for it in guarantors(books, loan) if it.months < months_of(loan))
    return tuple(_asking(books, loan, it) for it in found)


def _asking(books: Books, loan: Loan, asked: Guarantee) -> Record:
    its = {"amount": str(Amount(asked.amount, loan.unit)), "months": str(months_of(loan))}
    borrower = {"programme": loan.programme, "borrower": loan.borrower}
    return notice(books, asked.guarantor, "guarantee-asked", loan.name, **borrower, **its)


def _open_loan(books: Books, command: OfLoan) -> Loan:
    loan = Loan.existing(books, command.programme, command.loan)
    if loan.state not in (State.SIGNED, State.LENT):
        raise LoanNotRunning(loan.name, loan.state.value)
    return loan


def _asked(books: Books, command: OfLoan, guarantor: str) -> tuple[Loan, Guarantee]:
    acting_for(books, guarantor)
    loan = _open_loan(books, command)
    return loan, Guarantee.existing(books, *loan.ids, guarantor)


@noun.report("guarantees", {Role.CUSTOMER: "guarantor"})
def list_guarantees(books: Books) -> Table:
    """Who was asked to answer for a loan: for how much and how long, what it said, and when."""
    rows = []
    for it in Guarantee.every(books):
        loan = Loan.existing(books, *it.ids[:2])
        on = it.decided_on or it.asked_on
        amount = Amount(it.amount, loan.unit)
        rows.append((*loan.ids, loan.borrower, it.guarantor, amount, it.months, it.consent.value, on))
    columns = ("programme", "loan", "borrower", "guarantor", "amount", "months", "said", "on")
    return Table("Guarantees", columns, tuple(rows))
