"""A loan (贷款) as its record holds it; where all loans stand, and what must hold of each.

It goes SIGNED, LENT, REPAID, or ends WRITTEN_OFF or REVERSED.

| account | what it holds |
| --- | --- |
| principal | principal lent and not repaid, due or not |
| interest | interest and penalty posted and not paid, due or accrued |
| unearned-fee | the part of the origination fee that is no income yet, against the principal |

>>> PRINCIPAL("sme", "l1")
'loan:sme:l1:principal'
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from enum import Enum
from fractions import Fraction
from typing import Any, ClassVar

from attrs import evolve, field, frozen

from bankcore.calendars import parse_date
from bankcore.errors import ProductRejection
from bankcore.ledger.accounts import Side
from bankcore.ledger.books import Books
from bankcore.product import chart, fields
from bankcore.product.accruals import Accruals
from bankcore.product.actor import Role
from bankcore.product.agenda import Agenda
from bankcore.product.facts import Facts, kept
from bankcore.product.history import Event
from bankcore.product.parties import acting_for
from bankcore.product.product import Noun
from bankcore.products.lendings import LOAN
from bankcore.products.loan.effective import Carrying
from bankcore.products.loan.instalments import Course, Schedule
from bankcore.products.loan.programmes import LoanTerms
from bankcore.rates import Accrual, Rate, round_half_up
from bankcore.units import Unit

__all__ = ["BorrowerDiffers", "LoanNotRunning"]

noun = Noun(__name__)
BORROWER = {Role.CUSTOMER: "borrower"}  # whose a row of a report is
DUE = Agenda("loan.due", "loan")  # programme:day:loan, where something of it falls due
ACCRUALS = Accruals("loan.accrue", "interest of loan")
PRINCIPAL = chart.asset("loan:{programme}:{loan}:principal")
INTEREST = chart.asset("loan:{programme}:{loan}:interest")
UNEARNED_FEE = chart.asset("loan:{programme}:{loan}:unearned-fee", normal_side=Side.CREDIT)


# --- facts ------------------------------------------------------------------------------------------


class State(Enum):
    """Where a loan stands."""

    SIGNED = "signed"
    LENT = "lent"
    REPAID = "repaid"
    WRITTEN_OFF = "written-off"
    REVERSED = "reversed"


_ENDED = (State.REPAID, State.WRITTEN_OFF, State.REVERSED)


@frozen
class Arrear:
    """What is unpaid of an instalment that is due; `since` is the first day without penalty so far."""

    due_on: date
    since: date
    principal: int
    interest: int

    @classmethod
    def from_data(cls, data: Sequence[Any]) -> Arrear:
        """What `as_data` made."""
        due_on, since, principal, interest = data
        return cls(parse_date(due_on), parse_date(since), principal, interest)

    def as_data(self) -> list[Any]:
        """Plain data for a record."""
        return [self.due_on.isoformat(), self.since.isoformat(), self.principal, self.interest]

    @property
    def owed(self) -> int:
        """Principal and interest."""
        return self.principal + self.interest


@frozen(kw_only=True)
class Loan(Facts):
    """A contract and what became of it; quantities are minor units of `unit`.

    `overdue_since` is the due date of the oldest instalment that is not paid in full.  `unpaid_penalty` is
    posted and not paid; `unearned` is what is left of the `fee` to become income, `carrying` what the loan is
    worth at its effective rate while there is a fee to earn.  `returned` is principal repaid ahead of the
    schedule, written off or taken back with the disbursement, by days.
    """

    KIND: ClassVar = LOAN  # programme:loan
    borrower: str
    network: str
    push: str
    amount: int
    months: int
    terms: LoanTerms
    signed_on: date
    state: State = State.SIGNED
    disbursed_on: date | None = None
    ended_on: date | None = None
    schedule: Course | None = None
    arrears: tuple[Arrear, ...] = ()
    penalty: Accrual = Accrual()
    unpaid_penalty: int = 0
    fee: int = 0
    unearned: int = 0
    carrying: Carrying | None = None
    returned: tuple[tuple[date, int], ...] = ()
    lost: int = 0
    recovered: int = 0
    event: Event | None = kept(None, absent=True)  # what made this version
    rates: tuple[tuple[date, Rate], ...] | None = kept(None, absent=True)  # since when each, once it changed
    extended: int | None = kept(None, absent=True)  # months beyond those of the contract
    unit: Unit = field(init=False)
    disbursed: int = field(init=False)
    overdue_since: date | None = field(init=False)

    @unit.default
    def _unit(self) -> Unit:
        return self.terms.unit

    @disbursed.default
    def _disbursed(self) -> int:
        return self.amount if self.disbursed_on else 0

    @overdue_since.default
    def _overdue_since(self) -> date | None:
        return self.arrears[0].due_on if self.arrears else None

    @property
    def programme(self) -> str:
        """The programme of which it is one."""
        return self.ids[0]

    @property
    def name(self) -> str:
        """Its id within the programme."""
        return self.ids[1]

    @property
    def plan(self) -> Schedule:
        """The schedule of a loan that was disbursed."""
        assert self.schedule is not None
        return Schedule(self.terms, self.schedule)

    @property
    def next_due(self) -> date | None:
        """The due date of the next instalment, if there is one."""
        return self.plan.next_due if self.schedule else None

    @property
    def principal_left(self) -> int:
        """Principal that is not repaid, due or not."""
        return (self.schedule.left if self.schedule else 0) + sum(it.principal for it in self.arrears)

    @property
    def interest_owed(self) -> int:
        """Interest and penalty posted and not paid, due or accrued."""
        accrued = self.schedule.receivable if self.schedule else 0
        return self.unpaid_penalty + sum(it.interest for it in self.arrears) + accrued

    @property
    def owed(self) -> int:
        """What is due and unpaid: penalty posted, interest and principal."""
        return self.unpaid_penalty + sum(arrear.owed for arrear in self.arrears)

    def days_overdue(self, today: date) -> int:
        """Days since the oldest unpaid due date."""
        return (today - self.overdue_since).days if self.overdue_since else 0

    def giving_back(self, quantity: int, on: date) -> Loan:
        """With principal that is returned on a day, ahead of its schedule."""
        known = dict(self.returned)
        known[on] = known.get(on, 0) + quantity
        return evolve(self, returned=tuple(known.items()))

    def penalised(self, until: date) -> Loan:
        """With the exact penalty of the days before `until`: none in the grace, then from the due date on."""
        exact, arrears = self.penalty, []
        for arrear in self.arrears:
            if until > arrear.due_on + timedelta(days=self.terms.grace_days):
                exact = exact.add(arrear.owed * self._penalty(arrear.since, until))
                arrear = evolve(arrear, since=until)
            arrears.append(arrear)
        return evolve(self, penalty=exact, arrears=tuple(arrears))

    def _penalty(self, start: date, end: date) -> Fraction:
        """The penalty rate of [start, end), each day at the rate that it had."""
        known = self.rates or ((start, self.terms.rate),)
        ends = (*(day for day, _ in known[1:]), end)
        spans = zip(known, ends, strict=True)
        cut = ((max(begin, start), min(last, end), rate) for (begin, rate), last in spans)
        return sum((self.terms.penalty(*it) for it in cut if it[0] < it[1]), Fraction(0))


def running(books: Books, programme: str, loan: str, borrower: str = "") -> Loan:
    """A loan that is disbursed and not ended, of this borrower where one is named.

    Raises PartySuspended for who acts for the borrower, NotFound, BorrowerDiffers, LoanNotRunning.
    """
    if borrower:
        acting_for(books, borrower)
    found = Loan.existing(books, programme, loan)
    if borrower and found.borrower != borrower:
        raise BorrowerDiffers(loan, borrower)
    if found.state is not State.LENT:
        raise LoanNotRunning(loan, found.state.value)
    return found


@frozen
class OfLoan:
    """The base of what an officer asks of a loan."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    programme: str = fields.id_("the loan programme")
    loan: str = fields.id_("the loan")


@frozen
class OfBorrower(OfLoan):
    """The base of what its borrower asks, or an officer for it."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "borrower", Role.OFFICER: ""}
    borrower: str = fields.id_("the borrower")


# --- refusals ---------------------------------------------------------------------------------------


class BorrowerDiffers(ProductRejection):
    sentence = "loan {loan} is not one of {borrower}"
    loan: str
    borrower: str


class LoanNotRunning(ProductRejection):
    """The loan was not disbursed yet, was repaid, written off or reversed, or is disbursed already."""

    sentence = "loan {loan} is {state}"
    loan: str
    state: str


# --- invariants -------------------------------------------------------------------------------------
# E9 speaks of the order of postings rather than of one state; tests hold it.


@noun.invariant("E3")
def principal_is_conserved(books: Books) -> Iterator[str]:
    """Principal paid and principal left are what was disbursed; a loan that ended has none."""
    for loan in Loan.every(books):
        path, owed = PRINCIPAL(*loan.ids), loan.principal_left
        lent, paid = books.gross(path)
        if lent != loan.disbursed or lent - paid != owed:
            yield f"{path}: {lent} lent, {paid} paid, {owed} by the schedule"
        if loan.state in _ENDED and owed:
            yield f"{path}: {owed} left of a loan {loan.state.value}"


@noun.invariant("E4")
def interest_is_what_is_owed(books: Books) -> Iterator[str]:
    """Interest and penalty owed are of instalments that are due, and accrued; neither is ahead of its sum."""
    for loan in Loan.every(books):
        path, owed = INTEREST(*loan.ids), loan.interest_owed
        if books.balance(path) != owed:
            yield f"{path}: {books.balance(path)}, owed are {owed}"
        if loan.penalty.posted > round_half_up(loan.penalty.exact):
            yield f"{path}: penalty of {loan.penalty.posted} is ahead of {loan.penalty.exact}"
        if loan.schedule and loan.schedule.earned.due():
            yield f"{path}: accrued {loan.schedule.earned.posted}, earned {loan.schedule.earned.exact}"
        if any(arrear.due_on > books.today for arrear in loan.arrears):
            yield f"{path}: an instalment is charged before its due date"


@noun.invariant("E7")
def fees_are_earned_once(books: Books) -> Iterator[str]:
    """What is unearned and what was earned are the fee; of a loan that ended nothing is unearned."""
    for loan in Loan.every(books):
        path = UNEARNED_FEE(*loan.ids)
        _, fee = books.gross(path)
        if fee != loan.fee or books.balance(path) != loan.unearned:
            yield f"{path}: fee {fee} of {loan.fee}, {books.balance(path)} unearned, not {loan.unearned}"
        if loan.state in _ENDED and loan.unearned:
            yield f"{path}: {loan.unearned} unearned of a loan {loan.state.value}"
