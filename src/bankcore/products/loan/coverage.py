"""What secures a loan (担保): collateral and guarantees, and how far they cover its principal.

Collateral counts at a share of its value, a guarantee at its amount once the guarantor has accepted, and only
for as many months as he accepted.  A contract says how much of the principal has to be covered.

>>> CoverageShort("l1", 100_00, 120_00, "CNY/2").code
'coverage_short'
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import Enum
from typing import ClassVar

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.errors import ProductRejection
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product.facts import Facts
from bankcore.product.notices import notice
from bankcore.product.product import Noun
from bankcore.products.loan.loans import BORROWER, Loan, State
from bankcore.rates import Rate, round_down, round_half_up
from bankcore.tables import Table

__all__ = ["CoverageShort"]

noun = Noun(__name__)


# --- facts ------------------------------------------------------------------------------------------


class Kind(Enum):
    """What collateral is."""

    LAND = "land"
    BUILDING = "building"
    MACHINERY = "machinery"
    VEHICLE = "vehicle"
    STOCK = "stock"
    RECEIVABLES = "receivables"
    SECURITIES = "securities"


@frozen(kw_only=True)
class Collateral(Facts):
    """What a borrower pledged: its `value` in minor units, of which a `share` counts."""

    KIND: ClassVar = "loan.collateral"  # programme:loan:collateral
    kind: Kind
    value: int
    share: Rate
    valued_on: date
    released_on: date | None = None

    @property
    def counts(self) -> int:
        """What of it covers the loan, in minor units."""
        return 0 if self.released_on else round_down(self.value * self.share.fraction)


class Consent(Enum):
    """What a party that was asked to guarantee says."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    DECLINED = "declined"


@frozen(kw_only=True)
class Guarantee(Facts):
    """A party that answers for at most `amount` minor units of a loan that runs at most `months`."""

    KIND: ClassVar = "loan.guarantee"  # programme:loan:guarantor
    amount: int
    months: int
    consent: Consent
    asked_on: date
    decided_on: date | None = None

    @property
    def guarantor(self) -> str:
        """Who answers for the loan."""
        return self.ids[2]

    @property
    def binds(self) -> bool:
        """Whether the guarantor accepted."""
        return self.consent is Consent.ACCEPTED


class CoverageShort(ProductRejection):
    sentence = "collateral and guarantees cover {covered} of loan {loan}, {needed} are needed"
    quantities = ("covered", "needed")
    loan: str
    covered: int
    needed: int
    unit: str = ""


# --- coverage ---------------------------------------------------------------------------------------


def months_of(loan: Loan) -> int:
    """The months that a loan runs, with its extensions."""
    return loan.months + (loan.extended or 0)


def guarantors(books: Books, loan: Loan) -> Iterator[Guarantee]:
    """The guarantees that were accepted."""
    return (it for it in Guarantee.every(books, *loan.ids) if it.binds)


def covered(books: Books, loan: Loan, *changed: Collateral) -> int:
    """What is covered, with some collateral changed."""
    pledged = {it.id: it for it in (*Collateral.every(books, *loan.ids), *changed)}
    answered = (it.amount for it in guarantors(books, loan) if months_of(loan) <= it.months)
    return sum(it.counts for it in pledged.values()) + sum(answered)


def needed(loan: Loan) -> int:
    """What has to be covered: of the principal that is lent, to be lent, or lost and not recovered."""
    claims = {State.SIGNED: loan.amount, State.LENT: loan.principal_left}
    claim = claims.get(loan.state, loan.lost - loan.recovered)
    return round_half_up(claim * loan.terms.coverage.fraction)


def check_covered(books: Books, loan: Loan, *changed: Collateral) -> None:
    """Raises CoverageShort unless as much is covered as has to be."""
    there, wanted = covered(books, loan, *changed), needed(loan)
    if there < wanted:
        raise CoverageShort(loan.name, there, wanted, loan.unit)


def covenant(books: Books, loan: Loan, now: Loan | None = None, *changed: Collateral) -> tuple[Record, ...]:
    """The notice to the borrower that from now on too little is covered; none if it was so before."""
    there, wanted = covered(books, now or loan, *changed), needed(now or loan)
    if there >= wanted or covered(books, loan) < needed(loan) or loan.state is not State.LENT:
        return ()
    its = {"covered": str(Amount(there, loan.unit)), "needed": str(Amount(wanted, loan.unit))}
    return (notice(books, loan.borrower, "covenant", loan.name, programme=loan.programme, **its),)


# --- reports ----------------------------------------------------------------------------------------


@noun.report("coverage", BORROWER)
def list_coverage(books: Books) -> Table:
    """The loans that run: principal, collateral and guarantees that count, what is needed and what lacks."""
    rows = []
    for loan in Loan.every(books):
        if loan.state is not State.LENT:
            continue
        there, wanted = covered(books, loan), needed(loan)
        pledged = sum(it.counts for it in Collateral.every(books, *loan.ids))
        fen = (loan.principal_left, pledged, there - pledged, wanted, max(wanted - there, 0))
        rows.append((*loan.ids, loan.borrower, *(Amount(it, loan.unit) for it in fen)))
    columns = ("programme", "loan", "borrower", "principal", "collateral", "guaranteed", "needed", "short")
    return Table("Coverage", columns, tuple(rows))
