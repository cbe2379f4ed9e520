"""Acquisition (获客): who is taken up with consent, screened, described; and who may not be approached.

Whatever changes about a lead, it is matched anew; who may not be approached any more has no matches, and
its open pushes end.

>>> Blacklist("net", "91330100MA27XXXX0X", "fraud").lifted
False
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from attrs import evolve, frozen

from bankcore.errors import BadCommand, UnitMismatch
from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.product.facts import Facts
from bankcore.product.personal import PERSONAL
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.products.branch.alerts import check_covenants
from bankcore.products.branch.branches import Branch
from bankcore.products.branch.criteria import FirmProfile
from bankcore.products.branch.leads import (
    PASSED,
    Lead,
    Listed,
    Merged,
    NoConsent,
    check_approachable,
    check_unlisted,
    digest,
    lead_of,
)
from bankcore.products.branch.matches import Matching
from bankcore.products.branch.programmes import BranchTerms, BranchVoucher, OfNetwork
from bankcore.products.branch.pushes import end_pushes

__all__ = [
    "AcquireLead",
    "Blacklist",
    "DescribeFirm",
    "GiveConsent",
    "ScreenLead",
    "WithdrawConsent",
]

noun = Noun(__name__)
_IDENTITY = re.compile(r"[0-9A-Za-z]{1,30}")


@frozen(kw_only=True)
class Identity(Facts):
    """Which lead has an identity."""

    KIND: ClassVar = "branch.identity"  # programme:digest of the identity
    lead: str


# --- commands ---------------------------------------------------------------------------------------


def _identity(help: str) -> Any:
    return fields.checked(
        help,
        lambda it: isinstance(it, str) and _IDENTITY.fullmatch(it) is not None,
        "an id number or credit code of 1 to 30 letters and digits is needed",
        **{PERSONAL: True},
    )


@frozen
class AcquireLead(OfNetwork):
    """Take up somebody whom a source found, with consent; a known identity merges (获客)."""

    # no customers: who knows an identity, and credit codes are public, would merge into its lead
    may: ClassVar[Mapping[Role, str]] = {Role.OPERATOR: "programme", Role.OFFICER: ""}
    lead: str = fields.id_("id of the firm or person")
    source: str = fields.id_("where it comes from, such as a life API")
    identity: str = _identity("id number of the person, or credit code of the firm")
    full_name: str = fields.personal("name of the person or firm")
    contact: str = fields.personal("phone number or mail address")
    consent: bool = fields.flag("consent to be approached")
    kind: str = fields.choice("what it is", ("firm", "person"), "firm")
    branch: str = fields.id_("branch that looks after it", "")


@frozen
class Blacklist(OfNetwork):
    """Put an identity on the blacklist, or take it off (黑名单)."""

    identity: str = _identity("id number or credit code")
    reason: str = fields.text("why")
    lifted: bool = fields.flag("take it off")


@frozen
class ScreenLead(OfNetwork):
    """Screen a lead: pass it, or turn it down for a reason (初筛)."""

    lead: str = fields.id_("the lead")
    rejected: str = fields.id_("why it is turned down; it passes if not given", "")

    def __attrs_post_init__(self) -> None:
        if self.rejected == PASSED:
            raise BadCommand("rejected", f"{PASSED} is no reason to turn a lead down")


@frozen
class DescribeFirm(OfNetwork):
    """Say what a firm is and wants; it is matched anew (补充企业信息)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "firm", Role.OFFICER: ""}
    firm: str = fields.id_("the firm, under its id as a lead")
    profile: FirmProfile = fields.of_terms("what the firm is and wants", FirmProfile)


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

    Refuses, in this order: NoConsent, ScreenedOut, NotFound for a branch, AlreadyTaken for an id of another,
    NoConsent for who withdrew it.
    """
    programme, name = command.programme, command.lead
    if not command.consent:
        raise NoConsent(name)
    check_unlisted(books, programme, command.identity, name)
    if command.branch:
        Branch.existing(books, programme, command.branch)
    its = digest(programme, command.identity)
    known = Identity.find(books, programme, its)
    if known is not None:
        return _merged(terms, command, known.lead, books)
    lead = Lead(
        id=Lead.fresh(books, programme, name),
        kind=command.kind,
        sources=(command.source,),
        branch=command.branch,
        consent=True,
        personal=_personal(command),
        steps={"acquired": books.today},
    )
    voucher = BranchVoucher(books, terms, programme)
    voucher.keep(Identity(id=f"{programme}:{its}", lead=name), lead)
    return voucher.plan("acquire", f"lead {name} from {command.source}")


def _merged(terms: BranchTerms, command: AcquireLead, into: str, books: Books) -> Plan:
    """The lead is another; what is told of it adds to that one."""
    programme, name = command.programme, command.lead
    voucher, taken = BranchVoucher(books, terms, programme), Lead.find(books, programme, name)
    if name != into and (taken is None or taken.merged_into != into):
        voucher.keep(Merged(id=Lead.fresh(books, programme, name), merged_into=into))
    lead = Lead.existing(books, programme, into)
    if not lead.consent:
        raise NoConsent(into)
    given = {name: text for name, text in _personal(command).items() if text}
    lead = evolve(
        lead,
        sources=(*lead.sources, *({command.source} - {*lead.sources})),
        personal={**lead.personal, **given},
        branch=lead.branch or command.branch,
    )
    voucher.keep(lead)
    Matching(voucher).rematch(lead)
    return voucher.plan("merge", f"lead {name} is {into}, now also from {command.source}")


def _personal(command: AcquireLead) -> dict[str, str]:
    return {"identity": command.identity.upper(), "name": command.full_name, "contact": command.contact}


@noun.rule(Blacklist)
def blacklist(terms: BranchTerms, command: Blacklist, books: Books) -> Plan:
    """List an identity or lift the listing; pushes and matches of whoever is listed end."""
    programme, its = command.programme, digest(command.programme, command.identity)
    voucher, listed = BranchVoucher(books, terms, programme), not command.lifted
    voucher.keep(Listed.anew(books, programme, its, reason=command.reason, listed=listed))
    known = Identity.find(books, programme, its)
    if known is not None:
        lead = Lead.existing(books, programme, known.lead)
        if listed:
            lead = end_pushes(voucher, lead)
        Matching(voucher).rematch(lead, listed=command.reason if listed else "")
    return voucher.plan("blacklist", "an identity is " + ("on" if listed else "off") + " the blacklist")


@noun.rule(ScreenLead)
def screen_lead(terms: BranchTerms, command: ScreenLead, books: Books) -> Plan:
    """Pass a lead or turn it down.  Refuses: NotFound, NoConsent, ScreenedOut for who is blacklisted."""
    lead = lead_of(books, command.programme, command.lead)
    check_approachable(books, lead, screening=True)
    said = command.rejected or PASSED
    lead = evolve(lead, screened=said)
    if not command.rejected:
        lead = lead.reached("screened", books.today)
    return _changed(terms, lead, books, "screen", f"lead {lead.name}: {said}", ends=bool(command.rejected))


@noun.rule(DescribeFirm)
def describe_firm(terms: BranchTerms, command: DescribeFirm, books: Books) -> Plan:
    """Keep what a firm is and wants, match it anew, and look at its covenants.

    Refuses: UnitMismatch, NotFound.
    """
    if command.profile.unit != terms.unit:
        raise UnitMismatch(terms.unit, command.profile.unit, "profile")
    lead = evolve(lead_of(books, command.programme, command.firm), profile=command.profile)
    voucher = BranchVoucher(books, terms, command.programme)
    voucher.keep(lead)
    Matching(voucher).rematch(lead)
    check_covenants(voucher, lead, command.profile)
    return voucher.plan("describe", f"what {lead.name} is and wants")


@noun.rule(WithdrawConsent)
def withdraw_consent(terms: BranchTerms, command: WithdrawConsent, books: Books) -> Plan:
    """Approach somebody no more: open pushes end, matches are forgotten.  Refuses: NotFound."""
    lead = evolve(lead_of(books, command.programme, command.lead), consent=False)
    text = f"{lead.name} is not to be approached"
    return _changed(terms, lead, books, "withdraw-consent", text, ends=True)


@noun.rule(GiveConsent)
def give_consent(terms: BranchTerms, command: GiveConsent, books: Books) -> Plan:
    """Let somebody be approached again who withdrew consent, and match anew.  Refuses: NotFound."""
    lead = evolve(lead_of(books, command.programme, command.lead), consent=True)
    return _changed(terms, lead, books, "give-consent", f"{lead.name} may be approached again")


def _changed(terms: BranchTerms, lead: Lead, books: Books, kind: str, text: str, ends: bool = False) -> Plan:
    """Keep a lead as it is to be, matched anew; where its approach `ends`, without open pushes."""
    voucher = BranchVoucher(books, terms, lead.ids[0])
    voucher.keep(lead)
    if ends:
        lead = end_pushes(voucher, lead)
    Matching(voucher).rematch(lead)
    return voucher.plan(kind, text)
