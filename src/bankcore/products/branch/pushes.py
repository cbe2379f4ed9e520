"""Pushes (推送): a matched firm shown to a branch, and the branch to the firm, until one of them decides.

Nothing is posted; what other products may know of an accepted push stands in `bankcore.products.pushes`.

>>> str(Capacity("west", 20))
'branch west has taken its 20 pushes of the day'
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from enum import Enum
from fractions import Fraction
from typing import Any, ClassVar

from attrs import evolve, frozen

from bankcore.errors import ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.product.facts import Facts, kept
from bankcore.product.plan import Plan, Step
from bankcore.product.product import Noun, Phase
from bankcore.product.refusals import NotFound
from bankcore.products import pushes
from bankcore.products.branch.branches import open_branch
from bankcore.products.branch.criteria import Criteria, FirmProfile
from bankcore.products.branch.leads import Lead, check_approachable, lead_of, own_lead
from bankcore.products.branch.matches import Load, NotDescribed, Offered
from bankcore.products.branch.matching import filters, score
from bankcore.products.branch.programmes import (
    BranchTerms,
    BranchVoucher,
    OfNetwork,
    due,
    serve,
    shifted,
)
from bankcore.products.branch.templates import Template
from bankcore.units import Unit

__all__ = [
    "AcceptPush", "AlreadyChosen", "AlreadyPushed", "Capacity", "ChoiceOutside", "DeclinePush", "NoMatch",
    "NotScreened", "PushClosed", "PushFirm",
]  # fmt: skip

noun = Noun(__name__)
DUE = due("push", "push")  # the day whose close expires it


# --- facts ------------------------------------------------------------------------------------------


class State(Enum):
    """Where a push stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    REFUSED = "refused"  # by the branch, after the firm had accepted
    WITHDRAWN = "withdrawn"  # the firm may not be approached any more


@frozen(kw_only=True)
class Push(Facts):
    """A push: the versions of firm and template it is of, what both of them want, and what became of it.

    `kind` and `months` are what the firm chose; `outcome` is what the branch said last, `lender` and `loan`
    the loan that came of it.
    """

    KIND: ClassVar = pushes.PUSH  # programme:push
    firm: str
    bank: str
    branch: str
    template: str
    firm_version: int
    template_version: int
    on: date
    expires_on: date
    state: State = State.OPEN
    decided_on: date | None = kept(None, empty="")
    least: int
    most: int
    unit: Unit
    kinds: tuple[str, ...]
    least_months: int
    most_months: int
    kind: str = ""
    months: int = 0
    outcome: str = ""
    lender: str = ""
    loan: str = ""
    word: str = ""  # what the firm says
    stars: int = 0
    score: Fraction

    @property
    def name(self) -> str:
        """Its id within the network."""
        return self.ids[1]


def decide(voucher: BranchVoucher, push: Push, state: State, **choice: Any) -> Lead:
    """End a push; returns its lead, on which it is open no more."""
    voucher.keep(evolve(push, state=state, decided_on=voucher.books.today, **choice))
    lead = voucher.existing(Lead, voucher.programme, push.firm)
    lead = evolve(lead, open={id: its for id, its in lead.open.items() if id != push.name})
    voucher.keep(lead)
    return lead


def end_pushes(voucher: BranchVoucher, lead: Lead) -> Lead:
    """Withdraw the open pushes of a lead; returns it without them."""
    for id in lead.open:
        push = voucher.existing(Push, voucher.programme, id)
        voucher.keep(evolve(push, state=State.WITHDRAWN, decided_on=voucher.books.today))
    lead = evolve(lead, open={})
    voucher.keep(lead)
    return lead


# --- refusals ---------------------------------------------------------------------------------------


class NotScreened(ProductRejection):
    sentence = "nobody has screened {lead}"
    lead: str


class NoMatch(ProductRejection):
    sentence = "{firm} does not match template {template}: {reasons}"
    firm: str
    template: str
    reasons: str


class Capacity(ProductRejection):
    sentence = "branch {branch} has taken its {pushes} pushes of the day"
    branch: str
    pushes: int


class AlreadyPushed(ProductRejection):
    sentence = "{firm} stands before template {template} already, with push {push}"
    firm: str
    template: str
    push: str


class PushClosed(ProductRejection):
    sentence = "push {push} is {state}"
    push: str
    state: str


class AlreadyChosen(ProductRejection):
    sentence = "{firm} has chosen push {push}"
    firm: str
    push: str


class ChoiceOutside(ProductRejection):
    sentence = "push {push} offers {offered}, not {choice}"
    push: str
    offered: str
    choice: str


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class PushFirm(OfNetwork):
    """Push a firm to the branch of a template, and the template to the firm (推送)."""

    firm: str = fields.id_("the firm, under its id as a lead")
    template: str = fields.id_("the template")
    push: str = fields.id_("id of the push")


@frozen
class OfFirm(OfNetwork):
    """The base of what a firm says about a push."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "firm"}
    firm: str = fields.id_("the firm, under its id as a lead")
    push: str = fields.id_("the push")


@frozen
class AcceptPush(OfFirm):
    """Choose among the pushes: with this branch the firm goes on (企业二次选择)."""

    kind: str = fields.id_("loan type; the first that both want if not given", "")
    months: int = fields.checked(
        "tenor in months; the longest both want if not given",
        lambda it: type(it) is int and 0 <= it <= 360,
        "a whole number of months from 0 to 360 is needed",
        0,
    )


@frozen
class DeclinePush(OfFirm):
    """Turn a push down (谢绝推送)."""


@noun.rule(PushFirm)
def push_firm(terms: BranchTerms, command: PushFirm, books: Books) -> Plan:
    """Show a firm to a branch and the branch to the firm.

    Refuses, in this order: NotFound, LeadErased, AlreadyTaken, NoConsent, PartyErased, PartySuspended,
    ScreenedOut, NotScreened, NotDescribed, NoMatch, AlreadyPushed, BranchClosed, Capacity.
    """
    programme, name = command.programme, command.push
    lead = lead_of(books, programme, command.firm)
    template = Template.existing(books, programme, command.template)
    voucher = BranchVoucher(books, terms, programme)
    push_to(voucher, lead, template, name)
    return voucher.plan("push", f"push {name} of {lead.name} to branch {template.branch}")


def push_to(voucher: BranchVoucher, lead: Lead, template: Template, name: str) -> None:
    """Make a push and tell both sides.

    Raises, in this order and before anything is kept: AlreadyTaken, NoConsent, PartyErased, PartySuspended,
    ScreenedOut, NotScreened, NotDescribed, NoMatch, AlreadyPushed, BranchClosed, Capacity.
    """
    books, programme, today = voucher.books, voucher.programme, voucher.books.today
    id = Push.fresh(books, programme, name)
    check_approachable(books, lead)
    if not lead.screened:
        raise NotScreened(lead.name)
    if lead.profile is None:
        raise NotDescribed(lead.name)
    _check_match(lead.name, template, lead.profile, today)
    for earlier, its in lead.open.items():
        if its == template.name:
            raise AlreadyPushed(lead.name, its, earlier)
    load, expires_on = _loaded(voucher, template.branch), shifted(today, voucher.terms.push_days)
    push = Push(
        id=id,
        firm=lead.name,
        bank=template.bank,
        branch=template.branch,
        template=template.name,
        firm_version=lead.version,
        template_version=template.version,
        on=today,
        expires_on=expires_on,
        **_common(template.criteria, lead.profile),
        score=score(voucher.terms, template.place, lead.profile, load),
    )
    voucher.keep(push)
    voucher.put(DUE.note(books, programme, name, expires_on))
    shown = voucher.find(Offered, programme, lead.name) or Offered(id=lead.id)
    voucher.keep(evolve(shown, templates={**shown.templates, template.name: template.version}))
    voucher.keep(evolve(lead, open={**lead.open, name: template.name}).reached("pushed", today))
    tell(voucher, push, "lead-pushed", lead)


def tell(voucher: BranchVoucher, push: Push, topic: str, lead: Lead) -> None:
    """A notice to both sides."""
    for to in (lead.party or lead.name, push.branch):
        said = {"firm": lead.name, "branch": push.branch, "template": push.template}
        voucher.notify(to, topic, push.id, **said)


@noun.rule(AcceptPush)
def accept_push(terms: BranchTerms, command: AcceptPush, books: Books) -> Plan:
    """Go on with a branch; the firm's other pushes stay open, should this one come to nothing.

    Refuses, in this order: NotFound, LeadErased, PushClosed, AlreadyChosen, ChoiceOutside.
    """
    push, lead = _open_push(books, command)
    if lead.chosen:
        raise AlreadyChosen(lead.name, lead.chosen)
    kind, months = command.kind or push.kinds[0], command.months or push.most_months
    if kind not in push.kinds:
        raise ChoiceOutside(push.name, ", ".join(push.kinds), kind)
    if not push.least_months <= months <= push.most_months:
        offered = f"{push.least_months} to {push.most_months} months"
        raise ChoiceOutside(push.name, offered, str(months))
    voucher = BranchVoucher(books, terms, command.programme)
    lead = decide(voucher, push, State.ACCEPTED, kind=kind, months=months)
    voucher.keep(evolve(lead, chosen=push.name).reached("accepted", books.today))
    voucher.notify(push.branch, "push-accepted", push.id, firm=lead.name, wants=kind, months=months)
    return voucher.plan("accept", f"{lead.name} chooses push {push.name}")


@noun.rule(DeclinePush)
def decline_push(terms: BranchTerms, command: DeclinePush, books: Books) -> Plan:
    """Turn a push down.  Refuses: NotFound, LeadErased, PushClosed."""
    push, lead = _open_push(books, command)
    voucher = BranchVoucher(books, terms, command.programme)
    decide(voucher, push, State.DECLINED)
    voucher.notify(push.branch, "push-declined", push.id, firm=lead.name)
    return voucher.plan("decline", f"{lead.name} declines push {push.name}")


def _check_match(firm: str, template: Template, profile: FirmProfile, on: date) -> None:
    broken = [f"{it.name} {it.text}" for it in filters(template.criteria, profile, on) if not it.holds]
    if not template.offered:
        broken.insert(0, "the template is off offer")
    if broken:
        raise NoMatch(firm, template.name, "; ".join(broken))


def _loaded(voucher: BranchVoucher, branch: str) -> int:
    """Count one more push of the day to a branch; how many there were.  Raises BranchClosed, Capacity."""
    books, programme = voucher.books, voucher.programme
    taken, capacity = voucher.find(Load, programme, branch), voucher.terms.capacity
    load = taken.pushes if taken is not None and taken.day == books.today else 0
    open_branch(books, programme, branch)
    if load >= capacity:
        raise Capacity(branch, capacity)
    voucher.keep(Load.anew(books, programme, branch, day=books.today, pushes=load + 1))
    return load


def _common(criteria: Criteria, profile: FirmProfile) -> dict[str, Any]:
    """What both sides of a match want."""
    return {
        "least": max(criteria.least, profile.least),
        "most": min(criteria.most, profile.most),
        "unit": criteria.unit,
        "kinds": tuple(sorted({*criteria.kinds} & {*profile.kinds})),
        "least_months": max(criteria.least_months, profile.least_months),
        "most_months": min(criteria.most_months, profile.most_months),
    }


def _open_push(books: Books, command: OfFirm) -> tuple[Push, Lead]:
    push = Push.existing(books, command.programme, command.push)
    lead = own_lead(books, command.programme, command.firm)
    if push.firm != lead.name:
        raise NotFound("push", command.push)
    if push.state is not State.OPEN:
        raise PushClosed(command.push, push.state.value)
    return push, lead


# --- the close of a day -----------------------------------------------------------------------------


@noun.daily(Phase.DUE)
def expire_pushes(books: Books, day: date) -> Iterator[Step]:
    """End the pushes that nobody decided on in time."""
    return serve(DUE, books, day, _expire)


def _expire(voucher: BranchVoucher, id: str) -> None:
    push = voucher.existing(Push, voucher.programme, id)
    if push.state is State.OPEN:
        tell(voucher, push, "push-expired", decide(voucher, push, State.EXPIRED))


# --- invariant ---------------------------------------------------------------------------------------
# E2 speaks of the order in which templates are read; tests hold it.


@noun.invariant("E1")
def pushes_match_with_consent(books: Books) -> Iterator[str]:
    """When it was pushed, all hard filters held and the firm had consented; an open push still has it."""
    open_: dict[str, set[str]] = defaultdict(set)
    for push in Push.every(books):
        programme, id = push.ids
        versions = Lead.versions(books, programme, push.firm)
        firm = next(it for it in versions if it.version == push.firm_version)
        criteria = Template.at_version(books, programme, push.template, push.template_version).criteria
        if not firm.consent or firm.profile is None:
            yield f"push {push.id}: of a firm without consent or description"
        elif broken := [it.text for it in filters(criteria, firm.profile, push.on) if not it.holds]:
            yield f"push {push.id}: {broken}"
        if push.state is State.OPEN:
            open_[firm.id].add(id)
    for lead in Lead.every(books):
        if {*lead.open} != open_[lead.id] or (lead.open and not lead.consent):
            yield f"lead {lead.id}: open {sorted(open_[lead.id])}, noted {sorted(lead.open)}"
