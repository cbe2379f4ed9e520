"""Referral fees (推荐费): owed when a loan is disbursed, paid when it has lasted, else taken back in part.

A fee is for principal that stays lent over the observation.  What is repaid ahead of the loan's schedule, or
written off, is not lent from its day on; ordinary instalments take nothing back.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| accrue | referral expense | payable | a part of the amount disbursed |
| pay | payable | receivable, then demand account | the fee less what was taken back |
| take back | payable, or receivable once it is paid | referral expense | the part that was not lent |

>>> clawed_back(1_555_56, 345_678_90 * 29, 345_678_90 * 90)
50124
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from enum import Enum
from fractions import Fraction
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import ProductRejection, UnitMismatch
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.product.facts import Facts
from bankcore.product.parties import represents
from bankcore.product.plan import Plan, Step
from bankcore.product.product import Noun, Phase
from bankcore.product.refusals import NotFound, OverdueBlock
from bankcore.products.branch.campaigns import Campaign
from bankcore.products.branch.leads import customer_of, leads
from bankcore.products.branch.programmes import (
    PROGRAMMES,
    BranchTerms,
    BranchVoucher,
    OfNetwork,
    due,
    serve,
    shifted,
)
from bankcore.products.branch.receivables import (
    PAYABLE,
    begin,
    conclude,
    owe_back,
    owe_no_more,
    pay_out,
    promise,
    unlike,
)
from bankcore.products.lendings import Lending, lending_of
from bankcore.rates import round_half_up
from bankcore.tables import Table

__all__ = [
    "AccrueReferral",
    "ClawBackReferral",
    "PayReferral",
    "ReferralNotDue",
    "ReferralSettled",
    "SelfReferral",
    "StayedLent",
]

noun = Noun(__name__)
DUE = due("referral", "fee of referral")  # the day whose close pays it
OBSERVED = due("observe", "observation of referral")  # the day whose close looks whether its loan lasted


# --- facts ------------------------------------------------------------------------------------------


class State(Enum):
    """Whether a fee is paid."""

    ACCRUED = "accrued"
    PAID = "paid"


@frozen(kw_only=True)
class Referral(Facts):
    """A fee for a loan; of `disbursed` over `days` so much was `not_lent`, a day each.  Minor units."""

    KIND: ClassVar = "branch.referral"  # programme:referral
    referrer: str
    lender: str
    loan: str
    disbursed: int
    fee: int
    clawed: int = 0
    not_lent: int = 0
    state: State = State.ACCRUED
    due_on: date
    days: int
    observed_until: date

    @property
    def name(self) -> str:
        """Its id within the network."""
        return self.ids[1]

    @property
    def net(self) -> int:
        """The fee less what was taken back."""
        return self.fee - self.clawed


@frozen(kw_only=True)
class Referred(Facts):
    """That a loan was referred."""

    KIND: ClassVar = "branch.referred"  # programme:lending programme:loan
    referral: str


def clawed_back(fee: int, not_lent: int, whole: int) -> int:
    """What of a fee is taken back where of the whole so much was not lent, each by days, rounded half up."""
    return round_half_up(Fraction(fee * not_lent, whole))


def _lending(books: Books, lender: str, loan: str) -> Lending:
    """The loan of a referral; raises NotFound."""
    lending = lending_of(books, lender, loan)
    if lending is None:
        raise NotFound("loan", loan)
    return lending


# --- refusals ---------------------------------------------------------------------------------------


class SelfReferral(ProductRejection):
    sentence = "{referrer} cannot be paid for bringing a loan of their own"
    referrer: str


class ReferralNotDue(ProductRejection):
    sentence = "the fee of referral {referral} is due on {due}"
    referral: str
    due: date


class ReferralSettled(ProductRejection):
    sentence = "referral {referral} is {state}"
    referral: str
    state: str


class StayedLent(ProductRejection):
    """Nothing more of the fee is to be taken back: no principal came back ahead of the schedule since."""

    sentence = "nothing more of loan {loan} came back early within {days} days"
    loan: str
    days: int


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class OfReferral(OfNetwork):
    """The base of what is done about a referral."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: "", Role.OPERATOR: "programme"}
    referral: str = fields.id_("the referral")


@frozen
class AccrueReferral(OfNetwork):
    """Owe a referrer the fee for a loan that was disbursed (计提推荐费)."""

    # no operators: nothing in the book shows who brought a borrower
    referral: str = fields.id_("id of the referral")
    referrer: str = fields.id_("the party that brought the borrower")
    lender: str = fields.id_("the programme of the loan")
    loan: str = fields.id_("the loan")


@frozen
class PayReferral(OfReferral):
    """Pay a referral fee that is due (支付推荐费)."""


@frozen
class ClawBackReferral(OfReferral):
    """Take back the part of a fee whose loan came back early, whole or in part (追回推荐费)."""


@noun.rule(AccrueReferral)
def accrue_referral(terms: BranchTerms, command: AccrueReferral, books: Books) -> Plan:
    """Owe the referrer a part of the amount disbursed, once for a loan over all networks.

    Refuses, in this order: AlreadyTaken for the referral or the loan, NotFound, UnitMismatch, LeadErased,
    NotACustomer, PartyErased, PartySuspended, SelfReferral also for who represents the borrower,
    NoCurrentAccount.
    """
    programme, name, lender, loan = command.programme, command.referral, command.lender, command.loan
    id = Referral.fresh(books, programme, name)
    for network in PROGRAMMES.ids(books):
        Referred.fresh(books, network, lender, loan)
    lending = _lending(books, lender, loan)
    if lending.unit != terms.unit:
        raise UnitMismatch(terms.unit, lending.unit, "loan")
    referrer = customer_of(books, programme, command.referrer)
    if represents(books, referrer, lending.borrower):
        raise SelfReferral(referrer)
    referral = Referral(
        id=id,
        referrer=referrer,
        lender=lender,
        loan=loan,
        disbursed=lending.disbursed,
        fee=terms.referral_fee(lending.disbursed),
        due_on=shifted(lending.disbursed_on, terms.referral_days),
        days=terms.observation_days,
        observed_until=shifted(lending.disbursed_on, terms.observation_days),
    )
    voucher = BranchVoucher(books, terms, programme)
    promise(voucher, referrer, "referral", referral.fee)
    begin(voucher, referrer, "referral", name)
    voucher.keep(referral, Referred(id=f"{programme}:{lender}:{loan}", referral=name))
    for agenda, day in ((DUE, referral.due_on), (OBSERVED, referral.observed_until)):
        voucher.put(agenda.note(books, programme, name, max(day, books.today)))
    return voucher.plan("accrue-referral", f"fee of referral {name}")


@noun.rule(PayReferral)
def pay_referral(terms: BranchTerms, command: PayReferral, books: Books) -> Plan:
    """Pay a fee from its day on, less what came back of its loan early and what the referrer owes.

    Refuses, in this order: NotFound, ReferralSettled, ReferralNotDue, OverdueBlock.
    """
    referral = Referral.existing(books, command.programme, command.referral)
    if referral.state is State.PAID:
        raise ReferralSettled(referral.name, referral.state.value)
    if books.today < referral.due_on:
        raise ReferralNotDue(referral.name, referral.due_on)
    lending = _lending(books, referral.lender, referral.loan)
    if lending.overdue:
        raise OverdueBlock("loan", referral.loan, f"the fee of referral {referral.name} is not paid")
    voucher = BranchVoucher(books, terms, command.programme)
    _pay(voucher, referral, lending)
    return voucher.plan("pay-referral", f"fee of referral {referral.name}")


@noun.rule(ClawBackReferral)
def claw_back_referral(terms: BranchTerms, command: ClawBackReferral, books: Books) -> Plan:
    """Take back the fee's part for principal that was not lent, in all the rounded exact sum.

    What is not paid yet is owed no more; what was paid becomes a receivable.
    Refuses, in this order: NotFound, StayedLent.
    """
    referral = Referral.existing(books, command.programme, command.referral)
    voucher = BranchVoucher(books, terms, command.programme)
    after = _claw_back(voucher, referral, _lending(books, referral.lender, referral.loan))
    if after == referral:
        raise StayedLent(referral.loan, referral.days)
    return voucher.plan("claw-back-referral", f"fee of referral {referral.name}")


def _pay(voucher: BranchVoucher, referral: Referral, lending: Lending) -> None:
    referral = _claw_back(voucher, referral, lending)
    pay_out(voucher, referral.referrer, "referral", referral.net)
    voucher.keep(evolve(referral, state=State.PAID))
    if voucher.books.today > referral.observed_until:
        conclude(voucher, referral.referrer, "referral", referral.name)


def _claw_back(voucher: BranchVoucher, referral: Referral, lending: Lending) -> Referral:
    """What of the fee is not earned; nothing of it is for a loan written off before it is paid."""
    whole = referral.disbursed * referral.days
    not_lent = lending.not_lent(referral.days)
    if lending.written_off and referral.state is State.ACCRUED:
        not_lent = whole
    if not_lent <= referral.not_lent:
        return referral
    clawed = clawed_back(referral.fee, not_lent, whole)
    undo = owe_back if referral.state is State.PAID else owe_no_more
    undo(voucher, referral.referrer, "referral", clawed - referral.clawed)
    after = evolve(referral, clawed=clawed, not_lent=not_lent)
    voucher.keep(after)
    return after


# --- the close of a day -----------------------------------------------------------------------------


@noun.daily(Phase.DUE)
def pay_due_fees(books: Books, day: date) -> Iterator[Step]:
    """Pay the fees of the day; those of overdue loans, and what an account refuses, wait for the next."""
    return serve(DUE, books, day, _pay_due)


@noun.daily(Phase.DUE)
def end_observations(books: Books, day: date) -> Iterator[Step]:
    """At the end of its observation: take back of a fee what nobody asked for before."""
    return serve(OBSERVED, books, day, _observe)


def _pay_due(voucher: BranchVoucher, id: str) -> None:
    books, referral = voucher.books, voucher.existing(Referral, voucher.programme, id)
    if referral.state is State.ACCRUED:
        lending = _lending(books, referral.lender, referral.loan)
        if lending.overdue:
            voucher.put(DUE.postponed(books, voucher.programme, id))
        else:
            _pay(voucher, referral, lending)


def _observe(voucher: BranchVoucher, id: str) -> None:
    referral = voucher.existing(Referral, voucher.programme, id)
    referral = _claw_back(voucher, referral, _lending(voucher.books, referral.lender, referral.loan))
    if referral.state is State.PAID:
        conclude(voucher, referral.referrer, "referral", referral.name)


# --- invariant and reports --------------------------------------------------------------------------


@noun.invariant("E6")
def referral_fees_are_earned(books: Books) -> Iterator[str]:
    """Net of what was taken back, a fee is its part for what stayed lent, within a minor unit."""
    owed: Counter[AccountPath] = Counter()
    for it in Referral.every(books):
        whole = it.disbursed * it.days
        if it.net < 0 or abs(it.net - Fraction(it.fee * (whole - it.not_lent), whole)) > 1:
            yield f"referral {it.id}: {it.clawed} of {it.fee} taken back, {it.not_lent} of {whole} not lent"
        path = PAYABLE(it.ids[0], it.referrer, "referral")
        owed[path] += it.net if it.state is State.ACCRUED else 0
    yield from unlike(books, owed)


@noun.report("referrals", own={Role.CUSTOMER: "referrer", Role.OPERATOR: "programme"})
def list_referrals(books: Books) -> Table:
    """Each referral: loan, fee, what was taken back, and the day it is due."""
    rows = []
    for it in Referral.every(books):
        unit = PROGRAMMES.today(books, it.ids[0]).unit
        money = (Amount(quantity, unit) for quantity in (it.disbursed, it.fee, it.clawed))
        facts = (it.due_on, it.observed_until, it.state.value)
        rows.append((*it.ids, it.referrer, it.loan, *money, *facts))
    columns = ("programme", "referral", "referrer", "loan", "disbursed", "fee", "taken back", "due")
    return Table("Referrals", (*columns, "observed until", "state"), tuple(rows))


@noun.report("costs", own={Role.OPERATOR: "programme"})
def show_costs(books: Books) -> Table:
    """What leads and loans cost: rewards and referral fees, net of what lapsed and was taken back."""
    rows = []
    for programme, terms in PROGRAMMES.offered(books):
        rewards = sum(it.granted - it.lapsed - it.clawed for it in Campaign.every(books, programme))
        fees = sum(it.net for it in Referral.every(books, programme))
        steps = Counter(step for lead in leads(books, programme) for step in lead.steps)
        money = (Amount(it, terms.unit) for it in (rewards, fees))
        each = (_each(rewards + fees, steps[step], terms) for step in ("acquired", "lent"))
        rows.append((programme, *money, steps["acquired"], steps["lent"], *each))
    columns = ("programme", "rewards", "referral fees", "leads", "loans", "per lead", "per loan")
    return Table("Costs", columns, tuple(rows))


def _each(cost: int, count: int, terms: BranchTerms) -> Amount | None:
    return Amount(round_half_up(Fraction(cost, count)), terms.unit) if count else None
