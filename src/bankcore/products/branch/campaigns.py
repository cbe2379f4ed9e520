"""Campaigns (营销活动): a budget that the headquarters approves, and who qualifies for a reward out of it.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| approve | budget | budget-contra | the whole budget; memorandum |

>>> BUDGET("net", "spring")
'branch:net:campaign:spring:budget'
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import ClassVar

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.errors import ProductRejection
from bankcore.ledger.accounts import Side
from bankcore.ledger.books import Books
from bankcore.product import chart, fields
from bankcore.product.actor import Actor, Role
from bankcore.product.facts import Facts
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.products.branch.leads import Customer, customer_of, lead_of
from bankcore.products.branch.programmes import (
    PROGRAMMES,
    BranchTerms,
    BranchVoucher,
    OfNetwork,
    Profile,
    check_hq,
)
from bankcore.products.branch.visits import Visit
from bankcore.tables import Table

__all__ = ["ApproveCampaign", "DepositReward", "NotQualified", "NotShown", "Qualify"]

noun = Noun(__name__)
BUDGET = chart.memorandum("branch:{programme}:campaign:{campaign}:budget")  # what is left of it
CONTRA = chart.memorandum("branch:{programme}:campaign:{campaign}:budget-contra", Side.CREDIT)
ACTIONS = ("card", "deposit", "loan", "visit")


# --- facts ------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Campaign(Facts):
    """A campaign, and the sums of its rewards in minor units: all granted, and what became of them."""

    KIND: ClassVar = "branch.campaign"  # programme:campaign
    action: str
    reward: int
    approved: int
    granted: int = 0
    paid: int = 0
    lapsed: int = 0
    clawed: int = 0
    on: date

    @property
    def left(self) -> int:
        """What is left of the budget."""
        return self.approved - self.granted + self.lapsed + self.clawed


@frozen(kw_only=True)
class Qualification(Facts):
    """Whether a person did what a campaign rewards."""

    KIND: ClassVar = "branch.qualification"  # programme:campaign:person
    holds: bool


# --- refusals ---------------------------------------------------------------------------------------


class DepositReward(ProductRejection):
    """Notice no. 48 of 2018 forbids cash, securities and gifts for deposits."""

    sentence = "campaign {campaign} would reward a deposit"
    campaign: str


class NotQualified(ProductRejection):
    sentence = "{person} does not qualify for campaign {campaign}"
    campaign: str
    person: str


class NotShown(ProductRejection):
    """An operator's word is not enough; an officer may have seen it elsewhere."""

    sentence = "nothing in the book shows that {person} did what campaign {campaign} rewards: {action}"
    person: str
    campaign: str
    action: str


# --- commands ---------------------------------------------------------------------------------------


@frozen
class ApproveCampaign(OfNetwork):
    """Approve a campaign and its budget (批准营销活动预算)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: "author"}
    author: str = fields.id_("who approves: the headquarters")
    campaign: str = fields.id_("the campaign")
    action: str = fields.choice("what is rewarded", ACTIONS)
    budget: Amount = fields.amount("what may be granted in all")
    reward: Amount = fields.amount("one reward")


@frozen
class OfPerson(OfNetwork):
    """The base of what is said of a person, who is a party, in a campaign."""

    campaign: str = fields.id_("the campaign")
    person: str = fields.id_("the person")


@frozen
class Qualify(OfPerson):
    """Note that a person did what a campaign rewards (达标); for an operator the book has to show it."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: "", Role.OPERATOR: "programme"}


# --- rules ------------------------------------------------------------------------------------------


@noun.rule(ApproveCampaign)
def approve_campaign(terms: BranchTerms, command: ApproveCampaign, books: Books) -> Plan:
    """Set a budget aside, as a memorandum.

    Refuses, in this order: NotHq, UnitMismatch, DepositReward under the Chinese profile, AlreadyTaken.
    """
    check_hq(terms, command.author)
    ids, today = (command.programme, command.campaign), books.today
    budget, reward = terms.minor_units(command.budget), terms.minor_units(command.reward)
    check_allowed(terms, command.campaign, command.action)
    id = Campaign.fresh(books, *ids)
    voucher = BranchVoucher(books, terms, command.programme)
    own = (it.account(*ids, unit=terms.unit, on=today, party=command.programme) for it in (BUDGET, CONTRA))
    voucher.open(*own)
    voucher.move(BUDGET(*ids), CONTRA(*ids), budget)
    voucher.keep(Campaign(id=id, action=command.action, reward=reward, approved=budget, on=today))
    return voucher.plan("approve-campaign", f"budget of campaign {command.campaign}")


@noun.rule(Qualify)
def qualify(terms: BranchTerms, command: Qualify, books: Books) -> Plan:
    """Note that a person qualifies.

    Refuses, in this order: NotFound, LeadErased, NotACustomer, PartyErased, PartySuspended, NotShown.
    """
    its = Campaign.existing(books, command.programme, command.campaign)
    person = customer_of(books, command.programme, command.person)
    if Actor.asking(books).role is Role.OPERATOR and not _is_shown(books, its, person):
        raise NotShown(person, command.campaign, its.action)
    voucher, ids = BranchVoucher(books, terms, command.programme), (command.campaign, person)
    voucher.keep(Qualification.anew(books, command.programme, *ids, holds=True))
    return voucher.plan("qualify", f"{person} qualifies for campaign {command.campaign}")


def _is_shown(books: Books, campaign: Campaign, person: str) -> bool:
    """Whether the book shows a visit since the campaign began, or a loan on a push."""
    programme, _ = campaign.ids
    if campaign.action == "visit":
        visit = Visit.find(books, programme, person)
        return visit is not None and visit.on >= campaign.on
    lent = Customer.find(books, programme, person) is not None and lead_of(books, programme, person).lent
    return campaign.action == "loan" and bool(lent)


def check_allowed(terms: BranchTerms, campaign: str, action: str) -> None:
    """Raises DepositReward where the law forbids to reward it."""
    if terms.profile is Profile.CN and action == "deposit":
        raise DepositReward(campaign)


def qualified(books: Books, programme: str, campaign: str, person: str) -> Qualification:
    """That a person qualifies for a campaign; raises NotFound, NotQualified."""
    Campaign.existing(books, programme, campaign)
    found = Qualification.find(books, programme, campaign, person)
    if found is None or not found.holds:
        raise NotQualified(person=person, campaign=campaign)
    return found


# --- report -----------------------------------------------------------------------------------------


@noun.report("campaigns", own={Role.OPERATOR: "programme"})
def list_campaigns(books: Books) -> Table:
    """Each campaign: its budget, what was granted, paid, lapsed and taken back, and what is left."""
    rows = []
    for it in Campaign.every(books):
        unit, left = PROGRAMMES.today(books, it.ids[0]).unit, books.balance(BUDGET(*it.ids))
        fen = (it.reward, it.approved, it.granted, it.paid, it.lapsed, it.clawed, left)
        rows.append((*it.ids, it.action, *(Amount(quantity, unit) for quantity in fen)))
    columns = (
        "programme",
        "campaign",
        "for",
        "reward",
        "approved",
        "granted",
        "paid",
        "lapsed",
        "taken back",
    )
    return Table("Campaigns", (*columns, "left"), tuple(rows))
