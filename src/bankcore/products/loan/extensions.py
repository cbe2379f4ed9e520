"""Extension (展期): more months for a loan, decided by two officers (双人复核).

The days before count as they did; what is left is divided anew over the months to come.  No money moves but
the interest that has accrued.  A payment or another rate meanwhile lets the proposal lapse.

>>> [longest(months) for months in (6, 12, 13, 60, 61, 360)]
[6, 12, 6, 30, 36, 36]
"""

from __future__ import annotations

from typing import Any, ClassVar

from attrs import frozen

from bankcore.errors import ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.approvals import Decision
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import OverdueBlock
from bankcore.product.voucher import Voucher
from bankcore.products.loan.coverage import covenant
from bankcore.products.loan.draft import Draft, to_date
from bankcore.products.loan.guarantees import asked_anew
from bankcore.products.loan.loans import Loan, OfLoan, running
from bankcore.products.loan.programmes import PROGRAMMES, LoanTerms
from bankcore.products.loan.repricing import repricing_note

__all__ = ["ApproveExtension", "ExtensionTooLong", "ProposeExtension", "RejectExtension"]

noun = Noun(__name__)


def longest(months: int) -> int:
    """The months by which a loan may be extended in all, as the general rules for loans (贷款通则, 12) say.

    As long again up to a year, half as long up to five years, three years beyond.
    """
    return months if months <= 12 else months // 2 if months <= 60 else 36


@frozen
class Longer:
    """By how many months, and why."""

    months: int
    reason: str


@frozen(kw_only=True)
class Extension(Decision):
    """The decision of two people to extend a loan."""

    KIND: ClassVar = "loan.extension"  # programme:loan
    what: Longer


class ExtensionTooLong(ProductRejection):
    sentence = "loan {loan} may be extended by {most} months, {months} asked"
    loan: str
    most: int
    months: int


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class ProposeExtension(OfLoan):
    """Propose to extend a loan that is not overdue (申请展期)."""

    months: int = fields.count("by how many months")
    reason: str = fields.text("why it is not repaid in time")


@frozen
class ApproveExtension(OfLoan):
    """Extend a loan as another officer proposed (复核展期)."""

    proposal: int = fields.proposal()


@frozen
class RejectExtension(OfLoan):
    """Turn down the extension that another officer proposed (拒绝展期)."""

    proposal: int = fields.proposal()


@noun.rule(ProposeExtension)
def propose_extension(terms: LoanTerms, command: ProposeExtension, books: Books) -> Plan:
    """Note the proposal.

    Refuses, in this order: NotFound, LoanNotRunning, OverdueBlock, ExtensionTooLong, BadDate,
    CalendarExhausted, AlreadyProposed.
    """
    loan, what = _extensible(books, command), Longer(command.months, command.reason)
    most = longest(loan.months) - (loan.extended or 0)
    if what.months > most:
        raise ExtensionTooLong(loan.name, most, what.months)
    plan = loan.plan.anew(months=what.months)
    plan.due_on(plan.count)
    made = Extension.proposed(books, *loan.ids, about=_stands(loan), what=what)
    voucher = Voucher("loan", books, loan.terms, loan.id)
    voucher.keep(made)
    return voucher.plan("propose", f"extension of loan {loan.name} is proposed")


@noun.rule(ApproveExtension)
def approve_extension(terms: LoanTerms, command: ApproveExtension, books: Books) -> Plan:
    """The instalments that are left, over more months; the borrower is told, guarantors are asked anew.

    Refuses, in this order: NotFound, LoanNotRunning, OverdueBlock, NothingProposed, SamePerson,
    StaleProposal also where the loan changed meanwhile.
    """
    loan = _extensible(books, command)
    decided = Extension.approved(books, *loan.ids, seen=command.proposal, about=_stands(loan))
    draft = to_date(loan, books)
    draft.extend(decided.what.months)
    plan = draft.loan.plan
    draft.notify("extended", until=plan.due_on(plan.count).isoformat(), months=str(decided.what.months))
    now = draft.loan
    notes = (*repricing_note(books, now), *asked_anew(books, now), *covenant(books, loan, now))
    draft.finish("extend", f"extension of loan {loan.name}", decided.record(), *notes)
    return draft.plan


noun.rule(RejectExtension)(Extension.rejecting(PROGRAMMES, "loan"))


def _extensible(books: Books, command: OfLoan) -> Loan:
    """A loan that runs, of which something is left to be divided and nothing is overdue."""
    loan = running(books, command.programme, command.loan)
    if loan.days_overdue(books.today):
        raise OverdueBlock("loan", loan.name, "what is due is paid before it is extended")
    draft = Draft(books, loan)
    draft.charge()
    if not draft.loan.plan.left:
        raise OverdueBlock("loan", loan.name, "all of it is due")
    return loan


def _stands(loan: Loan) -> list[Any]:
    """What both officers see: principal to come, the next instalment, the months and the rate."""
    at = loan.plan.at
    return [at.left, at.number, at.months, str(loan.terms.rate)]
