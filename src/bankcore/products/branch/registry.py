"""The network's records: what they are called, and how leads and templates are found.

A record's id is the network's followed by its own parts, joined by colons, so that what one asks for
lies in one range.  Identities stand in ids only as digests.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from hashlib import sha256
from typing import Any

from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record, canonical_json
from bankcore.product.records import every, existing, ids, terms_on
from bankcore.products.branch.criteria import Criteria, FirmProfile
from bankcore.products.branch.matcher import Matcher
from bankcore.products.branch.matching import Place
from bankcore.products.branch.refusals import NotHq
from bankcore.products.branch.terms import BranchTerms
from bankcore.products.pushes import PUSH

__all__ = [
    "ALERT", "APPOINTMENT", "BLACKLIST", "BRANCH", "CAMPAIGN", "CLICK", "DUE", "EDITION", "HEAT", "IDENTITY",
    "LEAD", "LISTING", "LOAD", "LOAN", "MATCH", "PRODUCT", "PURCHASE", "PUSH", "QUALIFICATION", "QUEUE",
    "REFERRAL", "REFERRED", "REWARD", "TEMPLATE", "TERMS", "TICKET", "VERSION", "WATCH",
    "Loads", "check_hq", "digest", "last", "lead_of", "matcher", "place_of", "places", "profile_of",
    "programmes", "shifted", "terms_of",
]  # fmt: skip

ALERT = "branch.alert"  # programme:date:kind:subject
APPOINTMENT = "branch.appointment"  # programme:branch:appointment
BLACKLIST = "branch.blacklist"  # programme:digest of the identity
BRANCH = "branch.branch"  # programme:branch
CAMPAIGN = "branch.campaign"  # programme:campaign
CLICK = "branch.click"  # programme:product:user
DUE = "branch.due"  # programme:date:what:id, the day whose close looks at it
EDITION = "branch.edition"  # programme; changes with every template
HEAT = "branch.heat"  # programme:product
IDENTITY = "branch.identity"  # programme:digest of the identity
LEAD = "branch.lead"  # programme:lead
LISTING = "branch.listing"  # programme:branch:product
LOAD = "branch.load"  # programme:branch; the day's pushes
LOAN = "branch.loan"  # programme:lending programme:loan; loans that came of pushes
MATCH = "branch.match"  # programme:firm
PRODUCT = "branch.product"  # programme:product
PURCHASE = "branch.purchase"  # programme:product:purchase
QUALIFICATION = "branch.qualification"  # programme:campaign:person
QUEUE = "branch.queue"  # programme:branch:date
REFERRAL = "branch.referral"  # programme:referral
REFERRED = "branch.referred"  # programme:lending programme:loan, once referred
REWARD = "branch.reward"  # programme:campaign:person
TEMPLATE = "branch.template"  # programme:template
TERMS = "branch.terms"  # programme
TICKET = "branch.ticket"  # programme:branch:date:ticket
VERSION = "branch.version"  # programme:product:number
WATCH = "branch.watch"  # programme:party

_MOST_KEPT = 8  # indexes kept
_KEPT: dict[tuple[str, BranchTerms], Matcher] = {}  # by the digest of all templates: contents, not books


def terms_of(books: Books, programme: str, on: date | None = None) -> BranchTerms:
    """The terms of a network today or on a later day; raises NotFound."""
    return terms_on(BranchTerms, books, TERMS, programme, on or books.today)


def programmes(books: Books) -> list[str]:
    """The ids of all networks, ascending."""
    return ids(books, TERMS)


def last(record: Record) -> str:
    """The last part of a record's id."""
    return record.id.rpartition(":")[2]


def shifted(day: date, days: int) -> date:
    """So many days later, or earlier below 0; no further than the calendar goes."""
    ordinal = min(max(day.toordinal() + days, date.min.toordinal()), date.max.toordinal())
    return date.fromordinal(ordinal)


def digest(programme: str, identity: str) -> str:
    """What stands for an identity (id number or credit code) in ids of records."""
    return sha256(f"{programme}:{identity.strip().upper()}".encode()).hexdigest()[:40]


def check_hq(terms: BranchTerms, author: str) -> None:
    """Raises NotHq for whoever is not the headquarters."""
    if author != terms.headquarters:
        raise NotHq(terms.headquarters, author)


def lead_of(books: Books, programme: str, lead: str) -> Record:
    """A lead, under whichever of its merged ids; raises NotFound."""
    record = existing(books, LEAD, programme, lead)
    while into := record.data["merged_into"]:
        record = existing(books, LEAD, programme, into)
    return record


def profile_of(lead: Mapping[str, Any]) -> FirmProfile | None:
    """What a lead's record says it is and wants."""
    return _profile(canonical_json(lead["profile"])) if lead["profile"] else None


@lru_cache(maxsize=1_024)
def _profile(text: str) -> FirmProfile:
    return FirmProfile.from_data(json.loads(text))


def place_of(template: Record) -> Place:
    """A version of a template as it is matched."""
    data = template.data
    return Place(
        last(template),
        data["bank"],
        data["branch"],
        date.fromisoformat(data["dated_on"]),
        data["east"],
        data["north"],
        _criteria(canonical_json(data["criteria"])),
    )


@lru_cache(maxsize=2_048)
def _criteria(text: str) -> Criteria:
    return Criteria.from_data(json.loads(text))


def places(books: Books, programme: str) -> Iterator[Place]:
    """The templates on offer, by id."""
    return (place_of(it) for it in every(books, TEMPLATE, programme) if it.data["offered"])


def matcher(books: Books, programme: str, terms: BranchTerms) -> Matcher:
    """The index over the templates on offer; made anew only when a template has changed."""
    edition = books.record(EDITION, programme)
    key = ("" if edition is None else edition.data["digest"], terms)
    if key not in _KEPT:
        if len(_KEPT) >= _MOST_KEPT:
            _KEPT.clear()
        _KEPT[key] = Matcher(terms, places(books, programme))
    return _KEPT[key]


class Loads(dict[str, int]):
    """The pushes of the day by branch, read as they are asked for."""

    def __init__(self, books: Books, programme: str) -> None:
        super().__init__()
        self._books, self._programme = books, programme

    def __missing__(self, branch: str) -> int:
        stored = self._books.record(LOAD, f"{self._programme}:{branch}")
        is_current = stored is not None and stored.data["day"] == self._books.today.isoformat()
        self[branch] = stored.data["pushes"] if stored is not None and is_current else 0
        return self[branch]
