"""Acquisition (获客): who is taken up with consent, and screened.

Whatever changes about a lead, it is matched anew; who may not be approached any more has no matches, and
its open pushes end.

>>> ScreenLead("net", "f1", rejected="no-office").rejected
'no-office'
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.errors import BadCommand
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import FINGERPRINT, Record
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.product.parties import Party
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import AlreadyTaken
from bankcore.products.branch.blacklist import check_unlisted, identity_field
from bankcore.products.branch.branches import Branch
from bankcore.products.branch.customers import FORGET, is_party, joined, kept_until
from bankcore.products.branch.leads import (
    PASSED,
    Lead,
    Merged,
    NoConsent,
    check_approachable,
    fingerprint,
    lead_of,
    lead_with,
    own_lead,
)
from bankcore.products.branch.matches import Matching, offer
from bankcore.products.branch.programmes import BranchTerms, BranchVoucher, OfNetwork
from bankcore.products.branch.pushes import end_pushes

__all__ = [
    "AcquireLead",
    "GiveConsent",
    "ScreenLead",
    "WithdrawConsent",
]

noun = Noun(__name__)


# --- commands ---------------------------------------------------------------------------------------


@frozen
class AcquireLead(OfNetwork):
    """Take up somebody whom a source found, with consent; a known identity merges (获客)."""

    # no customers: who knows an identity, and credit codes are public, would merge into its lead
    may: ClassVar[Mapping[Role, str]] = {Role.OPERATOR: "programme", Role.OFFICER: ""}
    lead: str = fields.id_("id of the firm or person")
    source: str = fields.id_("where it comes from, such as a life API")
    identity: str = identity_field("id number of the person, or credit code of the firm")
    full_name: str = fields.personal("name of the person or firm")
    contact: str = fields.personal("phone number or mail address")
    consent: bool = fields.flag("consent to be approached")
    kind: str = fields.choice("what it is", ("firm", "person"), "firm")
    branch: str = fields.id_("branch that looks after it", "")


@frozen
class ScreenLead(OfNetwork):
    """Screen a lead: pass it, or turn it down for a reason (初筛)."""

    lead: str = fields.id_("the lead")
    rejected: str = fields.id_("why it is turned down; it passes if not given", "")

    def __attrs_post_init__(self) -> None:
        if self.rejected == PASSED:
            raise BadCommand("rejected", f"{PASSED} is no reason to turn a lead down")


@frozen
class OfLead(OfNetwork):
    """The base of what a lead says about being approached."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "lead", Role.OFFICER: ""}
    lead: str = fields.id_("the lead")


@frozen
class WithdrawConsent(OfLead):
    """Withdraw consent: open pushes end, and none follows (撤回同意)."""


@frozen
class GiveConsent(OfLead):
    """Consent anew after a withdrawal; no source can say so (重新同意)."""


# --- rules ------------------------------------------------------------------------------------------


@noun.rule(AcquireLead)
def acquire_lead(terms: BranchTerms, command: AcquireLead, books: Books) -> Plan:
    """Keep a lead; one whose identity is known merges into the lead that has it.

    An id of a party is that of the customer, where the identity is its document's.
    Refuses, in this order: NoConsent, ScreenedOut, NotFound for a branch, AlreadyTaken for an id of another
    or of a party that is another, NoConsent for who withdrew it.
    """
    programme, name = command.programme, command.lead
    if not command.consent:
        raise NoConsent(name)
    check_unlisted(books, programme, command.identity, name)
    if command.branch:
        Branch.existing(books, programme, command.branch)
    party = Party.find(books, name)
    if party is not None and not is_party(books, party, command.kind, command.identity):
        raise AlreadyTaken("party", name)
    known, voucher = lead_with(books, programme, command.identity), BranchVoucher(books, terms, programme)
    if known is not None:
        return _merged(voucher, command, known, party)
    lead = Lead(
        id=Lead.fresh(books, programme, name),
        kind=command.kind,
        sources=(command.source,),
        branch=command.branch,
        consent=True,
        personal=_personal(command, books),
        steps={"acquired": books.today},
    )
    voucher.keep(lead)
    voucher.put(FORGET.note(books, programme, name, kept_until(terms, lead)))
    if party is not None:
        joined(voucher, lead, name)
    return voucher.plan("acquire", f"lead {name} from {command.source}")


def _merged(voucher: BranchVoucher, command: AcquireLead, lead: Lead, party: Party | None) -> Plan:
    """The lead is another; what is told of it adds to that one."""
    books, programme, name, into = voucher.books, command.programme, command.lead, lead.name
    taken = Lead.find(books, programme, name)
    if name not in (into, lead.party) and (taken is None or taken.merged_into != into):
        voucher.keep(Merged(id=Lead.fresh(books, programme, name), merged_into=into))
    if not lead.consent:
        raise NoConsent(into)
    given = {} if lead.party else {about: text for about, text in _personal(command, books).items() if text}
    lead = evolve(
        lead,
        sources=(*lead.sources, *({command.source} - {*lead.sources})),
        personal={**(lead.personal or {}), **given},
        branch=lead.branch or command.branch,
    )
    voucher.keep(lead)
    if party is not None and not lead.party:
        lead = joined(voucher, lead, name)
    Matching(voucher).rematch(lead)
    return voucher.plan("merge", f"lead {name} is {into}, now also from {command.source}")


def _personal(command: AcquireLead, books: Books) -> dict[str, str]:
    its = fingerprint(books, command.programme, command.identity)
    about = {"identity": command.identity.upper(), "name": command.full_name, "contact": command.contact}
    return {**about, FINGERPRINT: its}


@noun.rule(ScreenLead)
def screen_lead(terms: BranchTerms, command: ScreenLead, books: Books) -> Plan:
    """Pass a lead or turn it down.

    Refuses: NotFound, LeadErased, NoConsent, PartyErased, PartySuspended, ScreenedOut for who is blacklisted.
    """
    lead = lead_of(books, command.programme, command.lead)
    check_approachable(books, lead, screening=True)
    said = command.rejected or PASSED
    lead = evolve(lead, screened=said)
    if not command.rejected:
        lead = lead.reached("screened", books.today)
    return _changed(
        terms, lead, books, "screen", f"lead {lead.name}: {said}",
        ends=bool(command.rejected), offers=not command.rejected,
    )  # fmt: skip


@noun.rule(WithdrawConsent)
def withdraw_consent(terms: BranchTerms, command: WithdrawConsent, books: Books) -> Plan:
    """Approach somebody no more: open pushes end, matches are forgotten; some days later so is the lead.

    Refuses: NotFound, LeadErased.
    """
    lead = own_lead(books, command.programme, command.lead)
    lead = evolve(lead, consent=False, withdrawn_on=books.today)
    text, until = f"{lead.name} is not to be approached", kept_until(terms, lead)
    note = FORGET.note(books, command.programme, lead.name, until)
    return _changed(terms, lead, books, "withdraw-consent", text, note, ends=True)


@noun.rule(GiveConsent)
def give_consent(terms: BranchTerms, command: GiveConsent, books: Books) -> Plan:
    """Let somebody be approached again who withdrew consent, and match anew.

    Refuses: NotFound, LeadErased.
    """
    lead = evolve(own_lead(books, command.programme, command.lead), consent=True, withdrawn_on=None)
    return _changed(terms, lead, books, "give-consent", f"{lead.name} may be approached again")


def _changed(
    terms: BranchTerms,
    lead: Lead,
    books: Books,
    kind: str,
    text: str,
    *notes: Record,
    ends: bool = False,
    offers: bool = False,
) -> Plan:
    """Keep a lead as it is to be, matched anew; where its approach `ends`, without open pushes."""
    voucher = BranchVoucher(books, terms, lead.ids[0])
    voucher.keep(lead)
    voucher.put(*notes)
    if ends:
        lead = end_pushes(voucher, lead)
    if offers:
        offer(voucher, lead)
    Matching(voucher).rematch(lead)
    return voucher.plan(kind, text)
