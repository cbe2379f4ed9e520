"""Leads: acquired with consent, screened, described, owned by a manager for a time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from bankcore.errors import UnitMismatch
from bankcore.ledger.books import Books
from bankcore.product.plan import Plan
from bankcore.product.records import existing, fresh
from bankcore.products.branch import alerts, commands, registry
from bankcore.products.branch.commands.leads import PASSED
from bankcore.products.branch.draft import Draft
from bankcore.products.branch.refusals import LeadOwned, NoConsent, NotDescribed, ScreenedOut
from bankcore.products.branch.terms import BranchTerms
from bankcore.rates import fraction_text

__all__ = [
    "acquire_lead",
    "check_approachable",
    "claim_lead",
    "describe_firm",
    "end_pushes",
    "give_consent",
    "is_matched",
    "listing_of",
    "match_firm",
    "owner",
    "reach",
    "release_lead",
    "rematch",
    "screen_lead",
    "withdraw_consent",
]


def acquire_lead(terms: BranchTerms, command: commands.AcquireLead, books: Books) -> Plan:
    """Keep a lead; one whose identity is known merges into the lead that has it.

    Refuses, in this order: NoConsent, ScreenedOut, NotFound for a branch, AlreadyTaken for an id of another,
    NoConsent for who withdrew it.
    """
    programme, lead = command.programme, command.lead
    if not command.consent:
        raise NoConsent(lead)
    digest = registry.digest(programme, command.identity)
    _check_unlisted(books, programme, digest, lead)
    if command.branch:
        existing(books, registry.BRANCH, programme, command.branch)
    draft = Draft(books, terms, programme)
    known = books.record(registry.IDENTITY, f"{programme}:{digest}")
    taken = books.record(registry.LEAD, f"{programme}:{lead}")
    personal = {"identity": command.identity.upper(), "name": command.full_name, "contact": command.contact}
    if known is None:
        fresh(books, registry.LEAD, programme, lead)
        draft.write(registry.IDENTITY, digest, lead=lead)
        draft.write(
            registry.LEAD,
            lead,
            **{"kind": command.kind, "sources": [command.source], "branch": command.branch},
            **{"consent": True, "personal": personal, "screened": "", "profile": None, "merged_into": ""},
            **{"manager": "", "owned_until": "", "open": {}, "chosen": "", "lent": []},
            steps={"acquired": books.today.isoformat()},
        )
        return draft.plan("acquire", f"lead {lead} from {command.source}")
    into = known.data["lead"]
    if lead != into and (taken is None or taken.data["merged_into"] != into):
        fresh(books, registry.LEAD, programme, lead)
        draft.write(registry.LEAD, lead, merged_into=into)
    data = draft.data(registry.LEAD, into)
    if not data["consent"]:
        raise NoConsent(into)
    given = {name: text for name, text in personal.items() if text}
    draft.write(
        registry.LEAD,
        into,
        sources=[*data["sources"], *({command.source} - {*data["sources"]})],
        personal={**data["personal"], **given},
        branch=data["branch"] or command.branch,
    )
    rematch(draft, into)
    return draft.plan("merge", f"lead {lead} is {into}, now also from {command.source}")


def screen_lead(terms: BranchTerms, command: commands.ScreenLead, books: Books) -> Plan:
    """Pass a lead or turn it down.  Refuses: NotFound, NoConsent, ScreenedOut for who is blacklisted."""
    lead = registry.lead_of(books, command.programme, command.lead)
    check_approachable(books, command.programme, registry.last(lead), lead.data, screening=True)
    draft = Draft(books, terms, command.programme)
    id = registry.last(lead)
    draft.write(registry.LEAD, id, screened=command.rejected or PASSED)
    if command.rejected:
        end_pushes(draft, id)
    else:
        reach(draft, id, "screened")
    rematch(draft, id)
    return draft.plan("screen", f"lead {id}: {command.rejected or PASSED}")


def describe_firm(terms: BranchTerms, command: commands.DescribeFirm, books: Books) -> Plan:
    """Keep what a firm is and wants, match it anew, and look at its covenants.

    Refuses: UnitMismatch, NotFound.
    """
    if command.profile.unit != terms.unit:
        raise UnitMismatch(terms.unit, command.profile.unit, "profile")
    id = registry.last(registry.lead_of(books, command.programme, command.firm))
    draft = Draft(books, terms, command.programme)
    draft.write(registry.LEAD, id, profile=command.profile.as_data())
    rematch(draft, id)
    alerts.check_covenants(draft, id, command.profile)
    return draft.plan("describe", f"what {id} is and wants")


def match_firm(terms: BranchTerms, command: commands.MatchFirm, books: Books) -> Plan:
    """Match a firm with the templates on offer now.

    Refuses: NotFound, NoConsent, ScreenedOut, NotDescribed.
    """
    lead = registry.lead_of(books, command.programme, command.firm)
    id = registry.last(lead)
    check_approachable(books, command.programme, id, lead.data, screening=True)
    if not lead.data["profile"]:
        raise NotDescribed(id)
    draft = Draft(books, terms, command.programme)
    rematch(draft, id, always=True)
    return draft.plan("match", f"match of {id}")


def claim_lead(terms: BranchTerms, command: commands.ClaimLead, books: Books) -> Plan:
    """Take a lead, or keep it for longer.  Refuses: NotFound, LeadOwned by another manager."""
    id = _check_owner(books, command)
    draft = Draft(books, terms, command.programme)
    until = registry.shifted(books.today, terms.ownership_days)
    draft.write(registry.LEAD, id, manager=command.manager, owned_until=until.isoformat())
    return draft.plan("claim", f"lead {id} is with {command.manager} until {until}")


def release_lead(terms: BranchTerms, command: commands.ReleaseLead, books: Books) -> Plan:
    """Give a lead back.  Refuses: NotFound, LeadOwned by another manager."""
    id = _check_owner(books, command)
    draft = Draft(books, terms, command.programme)
    draft.write(registry.LEAD, id, manager="", owned_until="")
    return draft.plan("release", f"lead {id} is free")


def withdraw_consent(terms: BranchTerms, command: commands.WithdrawConsent, books: Books) -> Plan:
    """Approach somebody no more: open pushes end, matches are forgotten.  Refuses: NotFound."""
    id = registry.last(registry.lead_of(books, command.programme, command.lead))
    draft = Draft(books, terms, command.programme)
    draft.write(registry.LEAD, id, consent=False)
    end_pushes(draft, id)
    rematch(draft, id)
    return draft.plan("withdraw-consent", f"{id} is not to be approached")


def give_consent(terms: BranchTerms, command: commands.GiveConsent, books: Books) -> Plan:
    """Let somebody be approached again who withdrew consent, and match anew.  Refuses: NotFound."""
    id = registry.last(registry.lead_of(books, command.programme, command.lead))
    draft = Draft(books, terms, command.programme)
    draft.write(registry.LEAD, id, consent=True)
    rematch(draft, id)
    return draft.plan("give-consent", f"{id} may be approached again")


# --- what a lead may be asked --------------------------------------------------------------------------


def owner(data: Mapping[str, Any], today: date) -> str:
    """The manager whose time with the lead is not over; nothing for none."""
    return str(data["manager"]) if data["owned_until"] >= today.isoformat() else ""


def check_approachable(
    books: Books, programme: str, id: str, data: Mapping[str, Any], screening: bool = False
) -> None:
    """Raises NoConsent, ScreenedOut for who is blacklisted or, unless screened anew, was turned down."""
    if not data["consent"]:
        raise NoConsent(id)
    _check_unlisted(books, programme, registry.digest(programme, data["personal"]["identity"]), id)
    if not screening and data["screened"] not in ("", PASSED):
        raise ScreenedOut(id, data["screened"])


def reach(draft: Draft, id: str, step: str) -> None:
    """Note the first day on which a lead came to a step of the funnel."""
    steps = draft.data(registry.LEAD, id)["steps"]
    draft.write(registry.LEAD, id, steps={step: draft.books.today.isoformat(), **steps})


def end_pushes(draft: Draft, id: str) -> None:
    """Withdraw the open pushes of a lead."""
    for push in draft.data(registry.LEAD, id)["open"]:
        draft.write(registry.PUSH, push, state="withdrawn", decided_on=draft.books.today.isoformat())
    draft.write(registry.LEAD, id, open={})


def is_matched(data: Mapping[str, Any], listed: str) -> bool:
    """Whether a lead is matched: it consents, was not turned down, and is not `listed` on the blacklist."""
    return bool(data["consent"]) and data["screened"] in ("", PASSED) and not listed


def listing_of(books: Books, programme: str, digest: str) -> str:
    """Why an identity is on the blacklist; nothing if it is not."""
    record = books.record(registry.BLACKLIST, f"{programme}:{digest}")
    return str(record.data["reason"]) if record is not None and record.data["listed"] else ""


def rematch(draft: Draft, id: str, always: bool = False, listed: str | None = None) -> None:
    """Keep the best matches of a lead; none for who may not be approached.  Nothing if none changed.

    `listed` is why it is on the blacklist from now on, as long as that is not in the books yet.
    """
    books, programme, data = draft.books, draft.programme, draft.data(registry.LEAD, id)
    profile, top = registry.profile_of(data), []
    if listed is None:
        listed = listing_of(books, programme, registry.digest(programme, data["personal"]["identity"]))
    if profile is not None and is_matched(data, listed):
        found = draft.matcher.best(profile, books.today, draft.loads)
        top = [[it.place.template, it.place.bank, fraction_text(it.score)] for it in found]
    stored = books.record(registry.MATCH, f"{programme}:{id}")
    if always or top != ([] if stored is None else stored.data["top"]):
        draft.write(registry.MATCH, id, on=books.today.isoformat(), top=top)
        if top and "matched" not in data["steps"]:
            reach(draft, id, "matched")


def _check_unlisted(books: Books, programme: str, digest: str, lead: str) -> None:
    if reason := listing_of(books, programme, digest):
        raise ScreenedOut(lead, reason)


def _check_owner(books: Books, command: commands.ClaimLead | commands.ReleaseLead) -> str:
    lead = registry.lead_of(books, command.programme, command.lead)
    if owner(lead.data, books.today) not in ("", command.manager):
        until = date.fromisoformat(lead.data["owned_until"])
        raise LeadOwned(registry.last(lead), lead.data["manager"], until)
    return registry.last(lead)
