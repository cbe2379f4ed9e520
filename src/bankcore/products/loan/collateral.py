"""Collateral (抵质押物): registered, valued anew, and released, by one officer or by two.

One officer releases what the rest of the security can do without.  Below the coverage that the contract says
it takes two (双人复核).  No money moves.
"""

from __future__ import annotations

from typing import Any, ClassVar

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.approvals import Decision, Reason
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.voucher import Voucher
from bankcore.products.loan.coverage import Collateral, Kind, check_covered, covenant, covered
from bankcore.products.loan.loans import BORROWER, Loan, LoanNotRunning, OfLoan, State
from bankcore.products.loan.programmes import LoanTerms
from bankcore.rates import Rate
from bankcore.tables import Table

__all__ = [
    "ApproveRelease", "CollateralReleased", "ProposeRelease", "RegisterCollateral", "RejectRelease",
    "ReleaseCollateral", "RevalueCollateral",
]  # fmt: skip

noun = Noun(__name__)
_KINDS = tuple(it.value for it in Kind)


@frozen(kw_only=True)
class Release(Decision):
    """The decision of two people to release collateral that the coverage needs."""

    KIND: ClassVar = "loan.release"  # programme:loan:collateral
    what: Reason


class CollateralReleased(ProductRejection):
    sentence = "collateral {collateral} of loan {loan} is released"
    loan: str
    collateral: str


# --- commands and their rules -----------------------------------------------------------------------


def _is_share(rate: Any) -> bool:
    return isinstance(rate, Rate) and 0 < rate.fraction <= 1


@frozen
class OfCollateral(OfLoan):
    """The base of what an officer asks of collateral."""

    collateral: str = fields.id_("the collateral")


@frozen
class RegisterCollateral(OfCollateral):
    """Register what the borrower pledged (登记抵质押物)."""

    kind: str = fields.choice(f"what it is: {', '.join(_KINDS)}", _KINDS)
    value: Amount = fields.amount("what it is worth")
    share: Rate = fields.checked(
        "the part of its value that counts (抵押率)", _is_share, "a share above 0 and up to 100% is needed"
    )


@frozen
class RevalueCollateral(OfCollateral):
    """Value collateral anew (重估抵质押物)."""

    value: Amount = fields.amount("what it is worth now", least=0)


@frozen
class ReleaseCollateral(OfCollateral):
    """Release collateral that the coverage can do without (解除抵质押)."""


@frozen
class ProposeRelease(OfCollateral):
    """Propose to release collateral that the coverage needs (申请解押)."""

    reason: str = fields.text("why the bank can do without it")


@frozen
class ApproveRelease(OfCollateral):
    """Release collateral as another officer proposed (复核解押)."""

    proposal: int = fields.proposal()


@frozen
class RejectRelease(OfCollateral):
    """Turn down the release that another officer proposed (拒绝解押)."""

    proposal: int = fields.proposal()


@noun.rule(RegisterCollateral)
def register_collateral(terms: LoanTerms, command: RegisterCollateral, books: Books) -> Plan:
    """Keep it with the day of its value.

    Refuses, in this order: UnitMismatch, NotFound, LoanNotRunning for a loan that ended, AlreadyTaken.
    """
    value, loan = terms.minor_units(command.value), Loan.existing(books, command.programme, command.loan)
    if loan.state not in (State.SIGNED, State.LENT):
        raise LoanNotRunning(loan.name, loan.state.value)
    pledged = Collateral(
        id=Collateral.fresh(books, *loan.ids, command.collateral),
        kind=Kind(command.kind),
        value=value,
        share=command.share,
        valued_on=books.today,
    )
    return _kept(books, loan, f"collateral {command.collateral} of loan {loan.name}", pledged)


@noun.rule(RevalueCollateral)
def revalue_collateral(terms: LoanTerms, command: RevalueCollateral, books: Books) -> Plan:
    """Keep the new value; the borrower is told where from now on too little is covered.

    Refuses, in this order: UnitMismatch, NotFound, CollateralReleased.
    """
    value, (loan, pledged) = terms.minor_units(command.value), _pledged(books, command)
    return _kept(
        books,
        loan,
        f"collateral {command.collateral} is valued anew",
        evolve(pledged, value=value, valued_on=books.today),
    )


@noun.rule(ReleaseCollateral)
def release_collateral(terms: LoanTerms, command: ReleaseCollateral, books: Books) -> Plan:
    """Release it.  Refuses, in this order: NotFound, CollateralReleased, CoverageShort."""
    loan, pledged = _pledged(books, command)
    released = evolve(pledged, released_on=books.today)
    check_covered(books, loan, released)
    return _kept(books, loan, f"collateral {command.collateral} is released", released)


@noun.rule(ProposeRelease)
def propose_release(terms: LoanTerms, command: ProposeRelease, books: Books) -> Plan:
    """Note the proposal.  Refuses, in this order: NotFound, CollateralReleased, AlreadyProposed."""
    loan, pledged = _pledged(books, command)
    what, about = Reason(command.reason), _stands(books, loan)
    made = Release.proposed(books, *pledged.ids, about=about, what=what)
    voucher = Voucher("loan", books, loan.terms, loan.id)
    voucher.keep(made)
    return voucher.plan("propose", f"release of collateral {command.collateral} is proposed")


@noun.rule(ApproveRelease)
def approve_release(terms: LoanTerms, command: ApproveRelease, books: Books) -> Plan:
    """Release it whatever is covered then.

    Refuses, in this order: NotFound, CollateralReleased, NothingProposed, SamePerson, StaleProposal also
    where principal or security is another by now.
    """
    loan, pledged = _pledged(books, command)
    about = _stands(books, loan)
    decided = Release.approved(books, *pledged.ids, seen=command.proposal, about=about)
    released = evolve(pledged, released_on=books.today)
    return _kept(books, loan, f"collateral {command.collateral} is released", released, decided)


@noun.rule(RejectRelease)
def reject_release(terms: LoanTerms, command: RejectRelease, books: Books) -> Plan:
    """It stays pledged.  Refuses, in this order: NothingProposed, SamePerson, StaleProposal."""
    ids = (command.programme, command.loan, command.collateral)
    voucher = Voucher("loan", books, terms, ":".join(ids[:2]))
    voucher.keep(Release.rejected(books, *ids, seen=command.proposal))
    return voucher.plan("reject", f"release of collateral {command.collateral} is turned down")


def _pledged(books: Books, command: OfCollateral) -> tuple[Loan, Collateral]:
    """The loan and what is pledged for it; raises NotFound, CollateralReleased."""
    loan = Loan.existing(books, command.programme, command.loan)
    pledged = Collateral.existing(books, *loan.ids, command.collateral)
    if pledged.released_on is not None:
        raise CollateralReleased(loan.name, command.collateral)
    return loan, pledged


def _stands(books: Books, loan: Loan) -> list[int]:
    """What both officers see: the principal, and what covers it."""
    return [loan.principal_left, covered(books, loan)]


def _kept(books: Books, loan: Loan, text: str, pledged: Collateral, *decided: Decision) -> Plan:
    voucher = Voucher("loan", books, loan.terms, loan.id)
    voucher.keep(pledged, *decided)
    voucher.put(*covenant(books, loan, None, pledged))
    if pledged.released_on is not None:
        its = {"programme": loan.programme, "collateral": pledged.ids[2]}
        voucher.notify(loan.borrower, "collateral-released", loan.name, **its)
    return voucher.plan("collateral", text)


@noun.report("collateral", BORROWER)
def list_collateral(books: Books) -> Table:
    """What is pledged: its value, the part that counts, when it was valued, and when released."""
    rows = []
    for it in Collateral.every(books):
        loan = Loan.existing(books, *it.ids[:2])
        fen = (Amount(it.value, loan.unit), str(it.share), Amount(it.counts, loan.unit))
        rows.append((*loan.ids, loan.borrower, it.ids[2], it.kind.value, *fen, it.valued_on, it.released_on))
    columns = (
        "programme", "loan", "borrower", "collateral", "kind", "value", "share", "counts", "valued on",
        "released on",
    )  # fmt: skip
    return Table("Collateral", columns, tuple(rows))
