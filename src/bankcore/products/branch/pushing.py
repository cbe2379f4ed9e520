"""Templates on offer, and pushes: capacity, the firm's choice, what became of it, expiry."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from bankcore.errors import UnitMismatch
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record, canonical_json
from bankcore.product.plan import Plan
from bankcore.product.records import existing, fresh
from bankcore.product.refusals import AlreadyTaken, NotFound
from bankcore.products.branch import commands, registry
from bankcore.products.branch.criteria import Criteria, FirmProfile
from bankcore.products.branch.draft import Draft
from bankcore.products.branch.leads import check_approachable, owner, reach
from bankcore.products.branch.matching import filters, score
from bankcore.products.branch.refusals import (
    AlreadyChosen,
    AlreadyPushed,
    Capacity,
    ChoiceOutside,
    NoMatch,
    NotDescribed,
    NotScreened,
    PushClosed,
)
from bankcore.products.branch.terms import BranchTerms
from bankcore.products.lendings import lending_of
from bankcore.rates import fraction_text

__all__ = [
    "accept_push",
    "decline_push",
    "expire_push",
    "give_feedback",
    "publish_template",
    "push_firm",
    "withdraw_template",
]


# --- templates ----------------------------------------------------------------------------------------


def publish_template(terms: BranchTerms, command: commands.PublishTemplate, books: Books) -> Plan:
    """Offer a template, or its next version; firms are matched anew at the close of the day.

    Refuses: UnitMismatch, NotFound, AlreadyTaken for a template of another branch.
    """
    programme, template = command.programme, command.template
    if command.criteria.unit != terms.unit:
        raise UnitMismatch(terms.unit, command.criteria.unit, "criteria")
    branch = existing(books, registry.BRANCH, programme, command.branch).data
    stored = books.record(registry.TEMPLATE, f"{programme}:{template}")
    if stored is not None and stored.data["branch"] != command.branch:
        raise AlreadyTaken("template", template)
    data = {
        **{"branch": command.branch, "bank": branch["bank"], "dated_on": books.today.isoformat()},
        **{"east": branch["east"], "north": branch["north"]},
        **{"criteria": command.criteria.as_data(), "offered": True},
    }
    return _change(terms, programme, template, data, books, f"template {template} of {command.branch}")


def withdraw_template(terms: BranchTerms, command: commands.WithdrawTemplate, books: Books) -> Plan:
    """Offer a template no more.  Refuses: NotFound, also for a template of another branch."""
    stored = existing(books, registry.TEMPLATE, command.programme, command.template)
    if stored.data["branch"] != command.branch:
        raise NotFound("template", command.template)
    data, text = {**stored.data, "offered": False}, f"template {command.template} is off offer"
    return _change(terms, command.programme, command.template, data, books, text)


def _change(
    terms: BranchTerms, programme: str, template: str, data: dict[str, Any], books: Books, text: str
) -> Plan:
    """Write a template, and the digest of all templates' versions by which the index is found."""
    draft = Draft(books, terms, programme)
    draft.write(registry.TEMPLATE, template, **data)
    edition = books.record(registry.EDITION, programme)
    before = "" if edition is None else edition.data["digest"]
    digest = sha256(f"{before}{template}{canonical_json(data)}".encode()).hexdigest()
    draft.write(registry.EDITION, digest=digest, changed_on=books.today.isoformat())
    return draft.plan("template", text)


# --- pushes -------------------------------------------------------------------------------------------


def push_firm(terms: BranchTerms, command: commands.PushFirm, books: Books) -> Plan:
    """Show a firm to a branch and the branch to the firm.

    Refuses, in this order: NotFound, AlreadyTaken, NoConsent, ScreenedOut, NotScreened, NotDescribed,
    NoMatch, AlreadyPushed, Capacity.
    """
    programme, push = command.programme, command.push
    lead = registry.lead_of(books, programme, command.firm)
    template = existing(books, registry.TEMPLATE, programme, command.template)
    fresh(books, registry.PUSH, programme, push)
    firm, data, place = registry.last(lead), lead.data, registry.place_of(template)
    check_approachable(books, programme, firm, data)
    if not data["screened"]:
        raise NotScreened(firm)
    profile = registry.profile_of(data)
    if profile is None:
        raise NotDescribed(firm)
    _check_match(firm, template, place.criteria, profile, books)
    for earlier, its in data["open"].items():
        if its == command.template:
            raise AlreadyPushed(firm, its, earlier)
    draft = Draft(books, terms, programme)
    load = _loaded(draft, place.branch)
    expires_on = registry.shifted(books.today, terms.push_days).isoformat()
    draft.write(
        registry.PUSH,
        push,
        **{"firm": firm, "bank": place.bank, "branch": place.branch, "template": place.template},
        **{"firm_version": lead.version, "template_version": template.version},
        **{"on": books.today.isoformat(), "expires_on": expires_on, "state": "open", "decided_on": ""},
        **_common(place.criteria, profile),
        **{"kind": "", "months": 0, "outcome": "", "lender": "", "loan": ""},
        score=fraction_text(score(terms, place, profile, load)),
    )
    draft.write(registry.DUE, expires_on, "push", push)
    draft.write(registry.LEAD, firm, open={**data["open"], push: place.template})
    reach(draft, firm, "pushed")
    return draft.plan("push", f"push {push} of {firm} to branch {place.branch}")


def accept_push(terms: BranchTerms, command: commands.AcceptPush, books: Books) -> Plan:
    """Go on with a branch; the firm's other pushes stay open, should this one come to nothing.

    Refuses, in this order: NotFound, PushClosed, AlreadyChosen, ChoiceOutside.
    """
    push, firm = _open_push(books, command)
    draft = Draft(books, terms, command.programme)
    data = draft.data(registry.LEAD, firm)
    if data["chosen"]:
        raise AlreadyChosen(firm, data["chosen"])
    kind, months = command.kind or push["kinds"][0], command.months or push["most_months"]
    if kind not in push["kinds"]:
        raise ChoiceOutside(command.push, ", ".join(push["kinds"]), kind)
    if not push["least_months"] <= months <= push["most_months"]:
        offered = f"{push['least_months']} to {push['most_months']} months"
        raise ChoiceOutside(command.push, offered, str(months))
    _decide(draft, firm, command.push, "accepted", kind=kind, months=months)
    draft.write(registry.LEAD, firm, chosen=command.push)
    reach(draft, firm, "accepted")
    return draft.plan("accept", f"{firm} chooses push {command.push}")


def decline_push(terms: BranchTerms, command: commands.DeclinePush, books: Books) -> Plan:
    """Turn a push down.  Refuses: NotFound, PushClosed."""
    _, firm = _open_push(books, command)
    draft = Draft(books, terms, command.programme)
    _decide(draft, firm, command.push, "declined")
    return draft.plan("decline", f"{firm} declines push {command.push}")


def give_feedback(terms: BranchTerms, command: commands.GiveFeedback, books: Books) -> Plan:
    """Note what became of an accepted push; whoever owns the lead keeps it longer.

    Refuses, in this order: NotFound for the push, PushClosed, NotFound for a loan that the firm has not,
    AlreadyTaken for one that came of another push.
    """
    programme, id = command.programme, command.push
    push = existing(books, registry.PUSH, programme, id).data
    if push["branch"] != command.branch:
        raise NotFound("push", id)
    if push["state"] != "accepted" or push["outcome"] == "lent":
        raise PushClosed(id, push["outcome"] or push["state"])
    draft, firm = Draft(books, terms, programme), push["firm"]
    draft.write(registry.PUSH, id, outcome=command.outcome)
    data = draft.data(registry.LEAD, firm)
    if owner(data, books.today):
        until = registry.shifted(books.today, terms.ownership_days)
        draft.write(registry.LEAD, firm, owned_until=until.isoformat())
    if command.outcome == "refused":
        draft.write(registry.PUSH, id, state="refused")
        draft.write(registry.LEAD, firm, chosen="")
    if command.outcome == "lent":
        lending = lending_of(books, command.lender, command.loan)
        if lending is None or lending.borrower != firm:
            raise NotFound("loan", command.loan)
        fresh(books, registry.LOAN, programme, command.lender, command.loan)
        draft.write(registry.PUSH, id, lender=command.lender, loan=command.loan)
        draft.write(registry.LOAN, command.lender, command.loan, push=id, firm=firm, overdue=False)
        draft.write(registry.LEAD, firm, chosen="", lent=[*data["lent"], id])
        reach(draft, firm, "lent")
    return draft.plan("feedback", f"push {id}: {command.outcome}")


def expire_push(draft: Draft, id: str) -> None:
    """End a push that nobody decided on."""
    push = draft.data(registry.PUSH, id)
    if push["state"] == "open":
        _decide(draft, push["firm"], id, "expired")


def _check_match(firm: str, template: Record, criteria: Criteria, profile: FirmProfile, books: Books) -> None:
    broken = [f"{it.name} {it.text}" for it in filters(criteria, profile, books.today) if not it.holds]
    if not template.data["offered"]:
        broken.insert(0, "the template is off offer")
    if broken:
        raise NoMatch(firm, registry.last(template), "; ".join(broken))


def _loaded(draft: Draft, branch: str) -> int:
    """Count one more push of the day to a branch; how many there were.  Raises Capacity."""
    load = draft.loads[branch]
    if load >= draft.terms.capacity:
        raise Capacity(branch, draft.terms.capacity)
    draft.write(registry.LOAD, branch, day=draft.books.today.isoformat(), pushes=load + 1)
    return load


def _common(criteria: Criteria, profile: FirmProfile) -> dict[str, Any]:
    """What both sides of a match want."""
    return {
        "least": max(criteria.least, profile.least),
        "most": min(criteria.most, profile.most),
        "unit": str(criteria.unit),
        "kinds": sorted({*criteria.kinds} & {*profile.kinds}),
        "least_months": max(criteria.least_months, profile.least_months),
        "most_months": min(criteria.most_months, profile.most_months),
    }


def _open_push(books: Books, command: commands.AcceptPush | commands.DeclinePush) -> tuple[Any, str]:
    push = existing(books, registry.PUSH, command.programme, command.push).data
    firm = registry.last(registry.lead_of(books, command.programme, command.firm))
    if push["firm"] != firm:
        raise NotFound("push", command.push)
    if push["state"] != "open":
        raise PushClosed(command.push, push["state"])
    return push, firm


def _decide(draft: Draft, firm: str, push: str, state: str, **choice: Any) -> None:
    draft.write(registry.PUSH, push, state=state, decided_on=draft.books.today.isoformat(), **choice)
    left = {id: its for id, its in draft.data(registry.LEAD, firm)["open"].items() if id != push}
    draft.write(registry.LEAD, firm, open=left)
