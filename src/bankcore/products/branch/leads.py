"""Leads (线索): firms and persons whom sources found, each owned by a manager for a time.

A lead whose identity is known merges into the lead that has it; then its own id stands for that one.
Identities stand in ids of records only as digests, and reports mask whatever is personal.

>>> lead = Lead(id="net:f1", manager="m1", owned_until=date(2024, 5, 15))
>>> lead.owner(date(2024, 5, 15)), lead.owner(date(2024, 5, 16))
('m1', '')
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from hashlib import sha256
from typing import Any, ClassVar

from attrs import Factory, define, evolve, frozen

from bankcore.errors import ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.actor import Actor, Role
from bankcore.product.facts import Facts, kept
from bankcore.product.personal import mask
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.products.branch.criteria import FirmProfile
from bankcore.products.branch.programmes import BranchTerms, BranchVoucher, OfNetwork, shifted
from bankcore.tables import Table

__all__ = ["ClaimLead", "LeadOwned", "NoConsent", "ReleaseLead", "ScreenedOut", "facts_of"]

noun = Noun(__name__)
PASSED = "passed"  # how a screening ended, else why not
STEPS = ("acquired", "screened", "matched", "pushed", "accepted", "lent")  # of the funnel


# --- facts ------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Lead(Facts):
    """A firm or person; one that was merged has nothing but the lead into which it was.

    `screened` is empty until somebody screens it; `open` are the templates of its open pushes, by push,
    `chosen` is the push with which it goes on, `lent` those that became loans; `steps` are the first days
    on which it came to each step of the funnel.
    """

    KIND: ClassVar = "branch.lead"  # programme:lead
    kind: str = ""
    sources: tuple[str, ...] = ()
    branch: str = ""
    consent: bool = False
    personal: Mapping[str, str] = Factory(dict)  # identity, name, contact
    screened: str = ""
    profile: FirmProfile | None = None
    merged_into: str = ""
    manager: str = ""
    owned_until: date | None = kept(None, empty="")
    open: Mapping[str, str] = Factory(dict)
    chosen: str = ""
    lent: tuple[str, ...] = ()
    steps: Mapping[str, date] = Factory(dict)

    @property
    def personal_of(self) -> str:
        return ""  # a lead is nobody in the register

    @property
    def name(self) -> str:
        """Its id within the network."""
        return self.ids[1]

    @property
    def is_turned_down(self) -> bool:
        """Whether a screening turned it down."""
        return self.screened not in ("", PASSED)

    def owner(self, today: date) -> str:
        """The manager whose time with it is not over; nothing for none."""
        return self.manager if self.owned_until is not None and today <= self.owned_until else ""

    def reached(self, step: str, today: date) -> Lead:
        """With the first day on which it came to a step of the funnel."""
        return evolve(self, steps={step: today, **self.steps})


@frozen(kw_only=True)
class Merged(Facts):
    """All that is kept of a lead that is another; it is read as a Lead."""

    KIND: ClassVar = Lead.KIND
    merged_into: str


@frozen(kw_only=True)
class Listed(Facts):
    """An identity that is, or was, on the blacklist."""

    KIND: ClassVar = "branch.blacklist"  # programme:digest of the identity
    reason: str
    listed: bool


def digest(programme: str, identity: str) -> str:
    """What stands for an identity (id number or credit code) in ids of records."""
    return sha256(f"{programme}:{identity.strip().upper()}".encode()).hexdigest()[:40]


def lead_of(books: Books, programme: str, lead: str) -> Lead:
    """A lead, under whichever of its merged ids; raises NotFound."""
    found = Lead.existing(books, programme, lead)
    while found.merged_into:
        found = Lead.existing(books, programme, found.merged_into)
    return found


def person_of(books: Books, programme: str, person: str) -> str:
    """The one id of somebody known under several; an id of its own for who is no lead."""
    known = Lead.find(books, programme, person)
    return person if known is None else lead_of(books, programme, person).name


def leads(books: Books, *programme: str) -> Iterator[Lead]:
    """The leads that were not merged into others."""
    return (it for it in Lead.every(books, *programme) if not it.merged_into)


def listing_of(books: Books, programme: str, identity: str) -> str:
    """Why an identity is on the blacklist; nothing if it is not."""
    listed = Listed.find(books, programme, digest(programme, identity))
    return listed.reason if listed is not None and listed.listed else ""


# --- refusals ---------------------------------------------------------------------------------------


@define
class NoConsent(ProductRejection):
    sentence = "{lead} has not consented to be approached"
    lead: str


@define
class ScreenedOut(ProductRejection):
    sentence = "{lead} is screened out: {reason}"
    lead: str
    reason: str


@define
class LeadOwned(ProductRejection):
    sentence = "lead {lead} is with manager {manager} until {until}"
    lead: str
    manager: str
    until: date


def check_unlisted(books: Books, programme: str, identity: str, lead: str) -> None:
    """Raises ScreenedOut for who is blacklisted."""
    if reason := listing_of(books, programme, identity):
        raise ScreenedOut(lead, reason)


def check_approachable(books: Books, lead: Lead, screening: bool = False) -> None:
    """Raises NoConsent, ScreenedOut for who is blacklisted or, unless screened anew, was turned down."""
    if not lead.consent:
        raise NoConsent(lead.name)
    check_unlisted(books, lead.ids[0], lead.personal["identity"], lead.name)
    if lead.is_turned_down and not screening:
        raise ScreenedOut(lead.name, lead.screened)


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class OfManager(OfNetwork):
    """The base of what an account manager does with a lead."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: "manager"}
    lead: str = fields.id_("the lead")
    manager: str = fields.id_("the account manager")


@frozen
class ClaimLead(OfManager):
    """Take a lead, or keep it: others may not while the manager acts in time (认领线索)."""


@frozen
class ReleaseLead(OfManager):
    """Give a lead back (释放线索)."""


@noun.rule(ClaimLead)
def claim_lead(terms: BranchTerms, command: ClaimLead, books: Books) -> Plan:
    """Take a lead, or keep it for longer.  Refuses: NotFound, LeadOwned by another manager."""
    lead, until = _free_for(books, command), shifted(books.today, terms.ownership_days)
    voucher = BranchVoucher(books, terms, command.programme)
    voucher.keep(evolve(lead, manager=command.manager, owned_until=until))
    return voucher.plan("claim", f"lead {lead.name} is with {command.manager} until {until}")


@noun.rule(ReleaseLead)
def release_lead(terms: BranchTerms, command: ReleaseLead, books: Books) -> Plan:
    """Give a lead back.  Refuses: NotFound, LeadOwned by another manager."""
    lead = _free_for(books, command)
    voucher = BranchVoucher(books, terms, command.programme)
    voucher.keep(evolve(lead, manager="", owned_until=None))
    return voucher.plan("release", f"lead {lead.name} is free")


def _free_for(books: Books, command: OfManager) -> Lead:
    lead = lead_of(books, command.programme, command.lead)
    if lead.owned_until is not None and lead.owner(books.today) not in ("", command.manager):
        raise LeadOwned(lead.name, lead.manager, lead.owned_until)
    return lead


# --- questions and reports --------------------------------------------------------------------------


def facts_of(books: Books, programme: str, lead: str, asked_by: Actor) -> Mapping[str, Any]:
    """The facts about a lead; personal ones in full only for itself and for officers, its manager among them.

    Somebody merged into the lead is not taken for it: a source said so.  Raises NotFound.
    """
    it = lead_of(books, programme, lead)
    entitled = asked_by.role is Role.OFFICER or asked_by == Actor(Role.CUSTOMER, it.name)
    personal = {name: text if entitled else mask(text) for name, text in it.personal.items()}
    data = it.data
    facts = {name: data[name] for name in ("kind", "sources", "branch", "consent", "screened", "steps")}
    return {"lead": it.name, **facts, "manager": it.owner(books.today), **personal}


@noun.report("leads")
def list_leads(books: Books) -> Table:
    """Every lead, personal data masked: where it comes from, whose it is, how far it came."""
    rows = []
    for it in leads(books):
        personal = (mask(it.personal[name]) for name in ("name", "identity", "contact"))
        step = next(name for name in reversed(STEPS) if name in it.steps)
        consent = "yes" if it.consent else "no"
        facts = (", ".join(it.sources), it.branch, it.owner(books.today), consent, it.screened, step)
        rows.append((*it.ids, it.kind, *personal, *facts))
    columns = ("programme", "lead", "kind", "name", "identity", "contact", "sources", "branch", "manager")
    return Table("Leads", (*columns, "consent", "screening", "step"), tuple(rows))


@noun.report("funnel")
def show_funnel(books: Books) -> Table:
    """How many leads of a source and branch came to each step."""
    counts: Counter[tuple[str, str, str, str]] = Counter()
    for it in leads(books):
        counts.update((it.ids[0], it.sources[0], it.branch, step) for step in it.steps)
    keys = sorted({key[:3] for key in counts})
    rows = tuple((*key, *(counts[*key, step] for step in STEPS)) for key in keys)
    return Table("Funnel", ("programme", "source", "branch", *STEPS), rows)
