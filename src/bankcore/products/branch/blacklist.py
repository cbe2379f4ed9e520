"""The blacklist (黑名单): identities that a network neither approaches nor takes up.

A listing has an id of its own; the identity stands in it as personal data, with a fingerprint by which it
is found, until the listing ends or the party is erased.  A lead that erases itself stays listed.

>>> Blacklist("net", "b1", "91330100MA27XXXX0X", "fraud").listing
'b1'
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from attrs import evolve, frozen

from bankcore.ledger.books import Books
from bankcore.ledger.transactions import FINGERPRINT
from bankcore.product import fields
from bankcore.product.facts import Facts
from bankcore.product.personal import PERSONAL, erasure, mask
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import AlreadyTaken, NotFound
from bankcore.products.branch.leads import ScreenedOut, fingerprint, lead_with
from bankcore.products.branch.matches import Matching
from bankcore.products.branch.programmes import BranchTerms, BranchVoucher, OfNetwork
from bankcore.products.branch.pushes import end_pushes
from bankcore.tables import Table

__all__ = ["Blacklist", "EndListing"]

noun = Noun(__name__)
_IDENTITY = re.compile(r"[0-9A-Za-z-]{1,30}")


@frozen(kw_only=True)
class Listed(Facts):
    """An identity on the blacklist; `party` is whose it is, where that is known."""

    KIND: ClassVar = "branch.blacklist"  # programme:listing
    reason: str
    personal: Mapping[str, str] | None  # identity and its fingerprint; None once it is erased
    party: str = ""
    ended_on: date | None = None

    @property
    def personal_of(self) -> str:
        return self.party


def listing_of(books: Books, programme: str, identity: str) -> Listed | None:
    """The listing of an identity that is on the blacklist."""
    its = fingerprint(books, programme, identity)
    found = (Listed.existing(books, id) for kind, id in books.fingerprinted(its) if kind == Listed.KIND)
    return next((it for it in found if (it.personal or {}).get(FINGERPRINT) == its), None)


def check_unlisted(books: Books, programme: str, identity: str, lead: str) -> None:
    """Raises ScreenedOut for who is blacklisted."""
    if (listed := listing_of(books, programme, identity)) is not None:
        raise ScreenedOut(lead, listed.reason)


def identity_field(help: str) -> Any:
    """An id number or credit code, which is personal."""
    return fields.checked(
        help,
        lambda it: isinstance(it, str) and _IDENTITY.fullmatch(it) is not None,
        "an id number or credit code of 1 to 30 letters, digits and hyphens is needed",
        **{PERSONAL: True},
    )


@frozen
class Blacklist(OfNetwork):
    """Put an identity on the blacklist (列入黑名单)."""

    listing: str = fields.id_("id of the listing, which says nothing about whom it lists")
    identity: str = identity_field("id number or credit code")
    reason: str = fields.text("why, without personal data")


@frozen
class EndListing(OfNetwork):
    """Take an identity off the blacklist (移出黑名单); it is erased there."""

    listing: str = fields.id_("the listing")


@noun.rule(Blacklist)
def blacklist(terms: BranchTerms, command: Blacklist, books: Books) -> Plan:
    """List an identity; pushes and matches of whoever is listed end.

    Refuses: AlreadyTaken for the id, or with the id under which the identity is listed.
    """
    programme, identity = command.programme, command.identity.upper()
    id = Listed.fresh(books, programme, command.listing)
    if (known := listing_of(books, programme, identity)) is not None:
        raise AlreadyTaken("blacklist", known.ids[1])
    voucher, lead = BranchVoucher(books, terms, programme), lead_with(books, programme, identity)
    personal = {"identity": identity, FINGERPRINT: fingerprint(books, programme, identity)}
    party = "" if lead is None else lead.party
    voucher.keep(Listed(id=id, reason=command.reason, personal=personal, party=party))
    if lead is not None:
        lead = end_pushes(voucher, evolve(lead, listed=command.reason))
        Matching(voucher).rematch(lead)
    return voucher.plan("blacklist", f"listing {command.listing}: {command.reason}")


@noun.rule(EndListing)
def end_listing(terms: BranchTerms, command: EndListing, books: Books) -> Plan:
    """End a listing; whoever was listed is matched anew.  Refuses: NotFound, also for one that ended."""
    listed = Listed.existing(books, command.programme, command.listing)
    if listed.ended_on is not None:
        raise NotFound("blacklist", command.listing)
    voucher = BranchVoucher(books, terms, command.programme)
    lead = lead_with(books, command.programme, listed.personal["identity"]) if listed.personal else None
    voucher.keep(evolve(listed, ended_on=books.today, personal=None))
    voucher.put(erasure(books, Listed.KIND, listed.id))
    if lead is not None:
        lead = evolve(lead, listed="")
        voucher.keep(lead)
        Matching(voucher).rematch(lead)
    return voucher.plan("end-listing", f"listing {command.listing} ended")


@noun.report("blacklist", own={})
def show_blacklist(books: Books) -> Table:
    """Every listing, its identity masked."""
    rows = []
    for it in Listed.every(books):
        identity = mask((it.personal or {}).get("identity", ""))
        rows.append((*it.ids, identity, it.reason, it.party, it.ended_on))
    return Table("Blacklist", ("programme", "listing", "identity", "why", "party", "ended"), tuple(rows))
