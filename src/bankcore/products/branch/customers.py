"""From lead to customer (获客转化), or to nobody: a lead names its party, or is erased.

What is personal about a lead goes with its party once it has one; before that when it asks, some days after
it withdrew its consent, and some after its last step.

>>> MakeCustomer("net", "f1", "acme").party
'acme'
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.errors import ProductRejection
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import FINGERPRINT
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.product.parties import Party, has_document, identified_party
from bankcore.product.personal import erasure
from bankcore.product.plan import Plan, Step
from bankcore.product.product import Noun, Phase
from bankcore.product.refusals import AlreadyTaken
from bankcore.products.branch.blacklist import listing_of
from bankcore.products.branch.leads import Customer, Lead, lead_of, own_lead
from bankcore.products.branch.matches import Matching
from bankcore.products.branch.programmes import (
    BranchTerms,
    BranchVoucher,
    OfNetwork,
    due,
    serve,
    shifted,
)
from bankcore.products.branch.pushes import end_pushes

__all__ = ["EraseLead", "LeadBound", "MakeCustomer", "NotTheSame"]

noun = Noun(__name__)
FORGET = due("forget", "lead")  # the day whose close looks whether its data are still kept
NUMBERED = ("id-card", "business-licence")  # documents whose number is what sources call an identity


class NotTheSame(ProductRejection):
    """The documents of a lead and of a party have to agree."""

    sentence = "nothing shows that lead {lead} is party {party}"
    lead: str
    party: str


class LeadBound(ProductRejection):
    sentence = "lead {lead} is bound: {reason}"
    lead: str
    reason: str


# --- a lead becomes a customer ------------------------------------------------------------------------


def is_party(books: Books, party: Party, kind: str, identity: str) -> bool:
    """Whether a party is of this kind, and identified by a document with this number."""
    return party.kind.value == kind and party.is_identified and has_document(books, party, identity)


def joined(voucher: BranchVoucher, lead: Lead, party: str) -> Lead:
    """The lead as the customer that it has become, kept: the register has its name and contact now."""
    kept = {name: lead.known(name) for name in ("identity", FINGERPRINT)}
    lead = evolve(lead, party=party, personal=kept)
    voucher.keep(lead, Customer(id=f"{voucher.programme}:{party}", lead=lead.name))
    if (listed := listing_of(voucher.books, voucher.programme, kept["identity"])) is not None:
        voucher.keep(evolve(listed, party=party))
    return lead


@frozen
class MakeCustomer(OfNetwork):
    """Name the party that a lead has become (转为客户)."""

    lead: str = fields.id_("the lead")
    party: str = fields.id_("the party")


@noun.rule(MakeCustomer)
def make_customer(terms: BranchTerms, command: MakeCustomer, books: Books) -> Plan:
    """Name the party; from now on it speaks for the lead.

    An officer has seen a passport; a number that sources know has to be that of the lead.
    Refuses, in this order: NotFound, LeadErased, AlreadyTaken for a lead that is a customer, or a party that
    is another's or has another lead's id, PartyErased, PartySuspended, NotIdentified, NotTheSame.
    """
    programme = command.programme
    lead = lead_of(books, programme, command.lead)
    if lead.party:
        raise AlreadyTaken("customer", lead.party)
    party = identified_party(books, command.party)
    Customer.fresh(books, programme, party.id)
    other = Lead.find(books, programme, party.id)
    if other is not None and lead.name not in (other.ids[1], other.merged_into):
        raise AlreadyTaken("lead", party.id)
    seen = party.document not in NUMBERED or is_party(books, party, lead.kind, lead.known("identity"))
    if party.kind.value != lead.kind or not seen:
        raise NotTheSame(lead.name, party.id)
    voucher = BranchVoucher(books, terms, programme)
    joined(voucher, lead, party.id)
    return voucher.plan("customer", f"lead {lead.name} is party {party.id}")


# --- a lead is erased ---------------------------------------------------------------------------------


@frozen
class EraseLead(OfNetwork):
    """Erase what is personal about a lead that is no customer, for ever (删除线索个人信息)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "lead", Role.OFFICER: ""}
    lead: str = fields.id_("the lead")


@noun.rule(EraseLead)
def erase_lead(terms: BranchTerms, command: EraseLead, books: Books) -> Plan:
    """End its pushes and erase.

    Refuses: NotFound, LeadErased, LeadBound for a customer, who is erased in the register, and for one that
    goes on with a push.
    """
    lead = own_lead(books, command.programme, command.lead)
    if lead.party:
        raise LeadBound(lead.name, f"it is party {lead.party}")
    if lead.chosen:
        raise LeadBound(lead.name, f"it goes on with push {lead.chosen}")
    voucher = BranchVoucher(books, terms, command.programme)
    _forget(voucher, lead)
    return voucher.plan("erase-lead", f"personal data of lead {lead.name} are erased")


def _forget(voucher: BranchVoucher, lead: Lead) -> None:
    lead = evolve(lead, personal=None, consent=False, erased_on=voucher.books.today)
    Matching(voucher).rematch(end_pushes(voucher, lead))
    voucher.put(erasure(voucher.books, Lead.KIND, lead.id))


def kept_until(terms: BranchTerms, lead: Lead) -> date:
    """The last day on which the data of a lead are kept."""
    until = shifted(max(lead.steps.values()), terms.lead_days)
    if lead.withdrawn_on is not None:
        until = min(until, shifted(lead.withdrawn_on, terms.withdrawn_days))
    return until


@noun.daily(Phase.REPORT)
def forget_leads(books: Books, day: date) -> Iterator[Step]:
    """Erase the leads whose time is over; who stands before a branch is looked at again tomorrow."""
    return serve(FORGET, books, day, _look_at)


def _look_at(voucher: BranchVoucher, id: str) -> None:
    lead, books = voucher.existing(Lead, voucher.programme, id), voucher.books
    if lead.party or lead.erased_on is not None:
        return
    until = kept_until(voucher.terms, lead)
    if lead.open or lead.chosen:
        until = max(until, books.today + timedelta(days=1))
    if until > books.today:
        voucher.put(FORGET.note(books, voucher.programme, id, until))
    else:
        _forget(voucher, lead)
