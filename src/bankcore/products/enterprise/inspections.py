"""Inspecting a registration (审核查阅): who approves the facts of an enterprise sees them, on record.

What is personal of a registration is masked in the report until an officer inspects that proposal; each
inspection is a record of access that stays.  Nothing is posted.

>>> InspectRegistration("p", "e", 1).proposal
1
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import ClassVar

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.actor import Actor, Role
from bankcore.product.facts import Facts
from bankcore.product.personal import PERSONAL, mask
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import StaleProposal
from bankcore.products.enterprise.enterprises import ABOUT_PEOPLE, FACTS, Registration
from bankcore.products.enterprise.programmes import PROGRAMMES, EnterpriseTerms
from bankcore.tables import Table

__all__ = ["InspectRegistration"]

noun = Noun(__name__)


@frozen(kw_only=True)
class Access(Facts):
    """That an officer saw the personal facts of a registration, version by version."""

    KIND: ClassVar = "platform.access"  # programme:enterprise:officer
    proposal: int
    on: date


@frozen
class InspectRegistration:
    """See all facts of a registration, personal ones too; it is put on record (查阅注册资料)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    programme: str = fields.id_("the platform")
    enterprise: str = fields.id_("the enterprise")
    proposal: int = fields.proposal()


@noun.rule(InspectRegistration)
def inspect_registration(terms: EnterpriseTerms, command: InspectRegistration, books: Books) -> Plan:
    """Put on record that the officer sees the facts.  Refuses, in this order: NotFound, StaleProposal."""
    ids, who = (command.programme, command.enterprise), Actor.asking(books).id
    current = Registration.existing(books, *ids)
    if current.version != command.proposal:
        raise StaleProposal(
            command.proposal, "registration", command.enterprise, f"{current.version} has replaced it"
        )
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    seen = Access.anew(books, *ids, who, proposal=command.proposal, on=books.today)
    voucher.keep(seen)
    return voucher.plan("inspect", f"{who} sees registration {command.proposal} of {command.enterprise}")


# --- reports --------------------------------------------------------------------------------------


@noun.report("registrations", own={Role.CUSTOMER: "enterprise"})
def registrations(books: Books) -> Table:
    """Every registration: its facts, who submitted it, who decided, and how.

    Personal facts are masked for all but an officer who has inspected the proposal.
    """
    rows = []
    for it in Registration.every(books):
        unit = PROGRAMMES.today(books, it.ids[0]).unit
        personal = it.what[PERSONAL] if isinstance(it.what[PERSONAL], Mapping) else {}
        show = str if _has_inspected(books, it) else mask
        facts = {**it.what, **{name: show(personal.get(name, "")) for name in ABOUT_PEOPLE}}
        facts["registered_capital"] = Amount(facts["registered_capital"], unit)
        decided = (it.state, it.maker, it.made_on, it.checker, it.decided_on)
        rows.append((*it.ids, it.version, *decided, *(facts[name] for name in FACTS)))
    columns = (
        "programme", "enterprise", "proposal", "state", "submitted by", "on", "decided by", "decided on",
        *(name.replace("_", " ") for name in FACTS),
    )  # fmt: skip
    return Table("Registrations", columns, tuple(rows))


@noun.report("accesses", own={})
def accesses(books: Books) -> Table:
    """Which officer saw the personal facts of which registration, and when."""
    rows = tuple(
        (*it.ids, it.proposal, it.on)
        for now in Access.every(books)
        for it in Access.versions(books, *now.ids)
    )
    return Table("Records of access", ("programme", "enterprise", "officer", "proposal", "on"), rows)


def _has_inspected(books: Books, registration: Registration) -> bool:
    """Whether the officer who asks for a report has put on record that he sees these facts."""
    actor = Actor.asking(books) if books.actor else None
    if actor is None or actor.role is not Role.OFFICER:
        return False
    seen = Access.find(books, *registration.ids, actor.id)
    decided = not registration.is_open  # the decision is a version after the one inspected
    return seen is not None and seen.proposal == registration.version - decided
