"""Leads (线索): firms and persons whom sources found, each owned by a manager for a time.

A lead is nobody in the register; once it is a customer it names its party.  A lead whose identity is known
merges into the lead that has it; then its own id stands for that one.  Identities are compared by a
fingerprint, which is erased with them, and reports mask whatever is personal.

>>> lead = Lead(id="net:f1", manager="m1", owned_until=date(2024, 5, 15))
>>> lead.owner(date(2024, 5, 15)), lead.owner(date(2024, 5, 16))
('m1', '')
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, ClassVar

from attrs import Factory, evolve, frozen

from bankcore.errors import ProductRejection
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import FINGERPRINT
from bankcore.product.actor import Actor, Role
from bankcore.product.facts import Facts, kept
from bankcore.product.parties import Party, active_party, represents
from bankcore.product.personal import mask
from bankcore.product.product import Noun
from bankcore.product.refusals import AlreadyTaken, NotFound
from bankcore.products import pushes
from bankcore.products.branch.criteria import FirmProfile
from bankcore.tables import Table

__all__ = ["LeadErased", "NoConsent", "NotACustomer", "ScreenedOut", "facts_of"]

noun = Noun(__name__)
ABOUT = ("identity", "name", "contact")  # what is personal about a lead, besides its fingerprint
PASSED = "passed"  # how a screening ended, else why not
STEPS = ("acquired", "screened", "matched", "pushed", "accepted", "lent")  # of the funnel


# --- facts ------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Lead(Facts):
    """A firm or person; one that was merged has nothing but the lead into which it was.

    `party` is the customer that it has become, `listed` why it is on the blacklist, `withdrawn_on` when it
    withdrew its consent.  `screened` is empty until somebody screens it; `open` are the templates of its
    open pushes, by push, `chosen` is the push with which it goes on, `lent` those that became loans; `steps`
    are the first days on which it came to each step of the funnel.
    """

    KIND: ClassVar = pushes.LEAD  # programme:lead
    kind: str = ""
    sources: tuple[str, ...] = ()
    branch: str = ""
    consent: bool = False
    personal: Mapping[str, str] | None = Factory(dict)  # ABOUT and its fingerprint; None once it is erased
    party: str = ""
    listed: str = ""
    screened: str = ""
    profile: FirmProfile | None = None
    merged_into: str = ""
    manager: str = ""
    owned_until: date | None = kept(None, empty="")
    open: Mapping[str, str] = Factory(dict)
    chosen: str = ""
    lent: tuple[str, ...] = ()
    steps: Mapping[str, date] = Factory(dict)
    withdrawn_on: date | None = None
    erased_on: date | None = None

    @property
    def personal_of(self) -> str:
        return self.party

    def known(self, name: str) -> str:
        """Something personal; nothing where it was not said, or is erased."""
        return (self.personal or {}).get(name, "")

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
class Customer(Facts):
    """Which lead a party was."""

    KIND: ClassVar = "branch.customer"  # programme:party
    lead: str


def fingerprint(books: Books, programme: str, identity: str) -> str:
    """By what an identity (id number or credit code) is found in a network."""
    return books.fingerprint(f"branch:{programme}:{identity.upper()}")


def lead_with(books: Books, programme: str, identity: str) -> Lead | None:
    """The lead that has an identity."""
    its = fingerprint(books, programme, identity)
    found = (Lead.existing(books, id) for kind, id in books.fingerprinted(its) if kind == Lead.KIND)
    return next((lead for lead in found if lead.known(FINGERPRINT) == its), None)


def lead_of(books: Books, programme: str, lead: str) -> Lead:
    """A lead, under whichever of its merged ids or that of its party; raises NotFound, LeadErased."""
    found = Lead.find(books, programme, lead)
    if found is None:
        customer = Customer.find(books, programme, lead)
        found = Lead.existing(books, programme, lead if customer is None else customer.lead)
    while found.merged_into:
        found = Lead.existing(books, programme, found.merged_into)
    if found.erased_on is not None:
        raise LeadErased(found.name, found.erased_on)
    return found


def own_lead(books: Books, programme: str, lead: str) -> Lead:
    """A lead about which itself, its party or the bank asks; raises NotFound, LeadErased.

    Who was merged into it is not taken for it, for a source said so.
    """
    found = lead_of(books, programme, lead)
    if Actor.asking(books).role is Role.CUSTOMER and lead != speaker_of(books, found):
        raise NotFound("lead", lead)
    return found


def speaker_of(books: Books, lead: Lead) -> str:
    """Who speaks for a lead: its party, and before it has one itself.

    Nobody does where a party is registered under its id that nothing shows to be the lead.
    """
    if lead.party:
        return lead.party
    return lead.name if Party.find(books, lead.name) is None else ""


def customer_of(books: Books, programme: str, person: str) -> str:
    """The party of a person, who may be named as a lead too.

    Raises NotFound, LeadErased, NotACustomer, AlreadyTaken for the id of a lead that is another party,
    PartyErased, PartySuspended.
    """
    is_party, named = Party.find(books, person) is not None, Lead.find(books, programme, person)
    if is_party and (named is None or named.erased_on is not None):
        return active_party(books, person).id
    lead = lead_of(books, programme, person)
    if not lead.party:
        raise NotACustomer(lead.name)
    if is_party and lead.party != person:  # nothing tells which of the two is meant
        raise AlreadyTaken("lead", person)
    return active_party(books, lead.party).id


def leads(books: Books, *programme: str) -> Iterator[Lead]:
    """The leads that were not merged into others."""
    return (it for it in Lead.every(books, *programme) if not it.merged_into)


def may_see_lead(books: Books, lead: Lead) -> bool:
    """Whether whoever asks for a report may see a lead: the bank, its network's operator, and itself."""
    actor = Actor.asking(books) if books.actor else None
    if actor is None or actor.role in (Role.OFFICER, Role.SYSTEM):
        return True
    if actor.role is Role.OPERATOR:
        return actor.id == lead.ids[0]
    return actor.role is Role.CUSTOMER and represents(books, actor.id, speaker_of(books, lead))


# --- refusals ---------------------------------------------------------------------------------------


class NoConsent(ProductRejection):
    sentence = "{lead} has not consented to be approached"
    lead: str


class ScreenedOut(ProductRejection):
    sentence = "{lead} is screened out: {reason}"
    lead: str
    reason: str


class NotACustomer(ProductRejection):
    sentence = "lead {lead} is no customer yet"
    lead: str


class LeadErased(ProductRejection):
    sentence = "what was known of lead {lead} was erased on {erased_on}"
    lead: str
    erased_on: date


def check_approachable(books: Books, lead: Lead, screening: bool = False) -> None:
    """Raises NoConsent, ScreenedOut for who is blacklisted or, unless screened anew, was turned down.

    Also PartyErased, PartySuspended of the customer that it has become.
    """
    if not lead.consent:
        raise NoConsent(lead.name)
    if lead.party:
        active_party(books, lead.party)
    if lead.listed:
        raise ScreenedOut(lead.name, lead.listed)
    if lead.is_turned_down and not screening:
        raise ScreenedOut(lead.name, lead.screened)


# --- questions and reports --------------------------------------------------------------------------


def facts_of(books: Books, programme: str, lead: str, asked_by: Actor) -> Mapping[str, Any]:
    """The facts about a lead; personal ones in full only for itself and for officers, its manager among them.

    Somebody merged into the lead is not taken for it: a source said so.  Raises NotFound, LeadErased.
    """
    it = lead_of(books, programme, lead)
    itself = asked_by.role is Role.CUSTOMER and asked_by.id == speaker_of(books, it)
    entitled = asked_by.role is Role.OFFICER or itself
    personal = {name: it.known(name) if entitled else mask(it.known(name)) for name in ABOUT}
    data = it.data
    facts = {name: data[name] for name in ("kind", "sources", "branch", "consent", "screened", "steps")}
    return {"lead": it.name, "party": it.party, **facts, "manager": it.owner(books.today), **personal}


@noun.report("leads")
def list_leads(books: Books) -> Table:
    """The leads that the asker may see, personal data masked: where from, whose, how far they came."""
    rows = []
    for it in leads(books):
        if not may_see_lead(books, it):
            continue
        personal = (mask(it.known(name)) for name in ("name", "identity", "contact"))
        step = next(name for name in reversed(STEPS) if name in it.steps)
        consent = "yes" if it.consent else "no"
        facts = (", ".join(it.sources), it.branch, it.owner(books.today), consent, it.screened, step)
        rows.append((*it.ids, it.party, it.kind, *personal, *facts))
    columns = ("programme", "lead", "party", "kind", "name", "identity", "contact", "sources", "branch")
    return Table("Leads", (*columns, "manager", "consent", "screening", "step"), tuple(rows))


@noun.report("funnel", own={Role.OPERATOR: "programme"})
def show_funnel(books: Books) -> Table:
    """How many leads of a source and branch came to each step."""
    counts: Counter[tuple[str, str, str, str]] = Counter()
    for it in leads(books):
        counts.update((it.ids[0], it.sources[0], it.branch, step) for step in it.steps)
    keys = sorted({key[:3] for key in counts})
    rows = tuple((*key, *(counts[*key, step] for step in STEPS)) for key in keys)
    return Table("Funnel", ("programme", "source", "branch", *STEPS), rows)
