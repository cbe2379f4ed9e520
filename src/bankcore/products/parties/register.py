"""The register (客户登记): who a party is, what identifies it, and whether it is suspended.

| operation | what is written |
| --- | --- |
| register, amend | the party; name, phone and address as personal data |
| identify | kind and number of the document, the number as personal data with a fingerprint |
| suspend, restore | the reason |

One document is one party.  Documents are compared by a fingerprint, a hash keyed with a secret of the book,
so that no list of numbers can be tried against the journal; it is erased with the data.

>>> document_text("id-card", "440301 19900101 123x")
'id-card:44030119900101123X'
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from attrs import evolve, frozen

from bankcore.errors import BadCommand, PartyErased, ProductRejection
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import FINGERPRINT
from bankcore.product import fields, programme, term
from bankcore.product.actor import Actor, Role
from bankcore.product.facts import Facts
from bankcore.product.parties import (
    IDENTITY,
    Kind,
    Party,
    active_party,
    document_text,
    may_see,
    open_contracts,
)
from bankcore.product.personal import mask
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.programme import Programme
from bankcore.product.refusals import AlreadyTaken
from bankcore.product.terms import Terms
from bankcore.product.voucher import Voucher
from bankcore.tables import Table

__all__ = [
    "AmendParty", "ChangeTerms", "IdentifyParty", "NotSuspended", "OpenProgramme", "PartyExists",
    "PartyTerms", "RegisterParty", "RestoreParty", "SuspendParty",
]  # fmt: skip

noun = Noun(__name__)
DOCUMENTS: Mapping[Kind, tuple[str, ...]] = {
    Kind.PERSON: ("id-card", "passport", "residence-permit"),
    Kind.FIRM: ("business-licence",),
}


# --- terms and facts ------------------------------------------------------------------------------


@frozen(kw_only=True)
class PartyTerms(Terms):
    """What the register keeps to.  Raises BadTerms for a value out of bounds."""

    retention_years: int = term.count(5, 0, 30, "years that personal data are kept after the last contract")


PROGRAMMES = Programme("parties", PartyTerms)


@frozen(kw_only=True)
class Identity(Facts):
    """What is personal about a party: name, phone, address, number, and the fingerprint of its document."""

    KIND: ClassVar = IDENTITY  # party
    personal: Mapping[str, str] | None  # None once it is erased

    @property
    def personal_of(self) -> str:
        return self.id

    @classmethod
    def known(cls, books: Books, party: str) -> Identity:
        """The identity of a party, empty where nothing personal was said."""
        return cls.find(books, party) or cls(id=party, personal={})


def register_terms(books: Books) -> PartyTerms:
    """The terms of the register today; the defaults where it was never opened."""
    id = next(PROGRAMMES.ids(books), None)
    return PartyTerms() if id is None else PROGRAMMES.today(books, id)


def terms_for(command: Any, books: Books) -> PartyTerms:
    """The terms for a command."""
    if isinstance(command, (programme.OpenProgramme, programme.ChangeTerms)):
        return PROGRAMMES.of(command, books)
    return register_terms(books)


def voucher_of(books: Books, terms: PartyTerms, party: str) -> Voucher:
    """A voucher about a party."""
    return Voucher("parties", books, terms, party)


# --- refusals -------------------------------------------------------------------------------------


class PartyExists(ProductRejection):
    """One document is one party; the refusal names nobody."""

    sentence = "the document identifies a party already"


class NotSuspended(ProductRejection):
    sentence = "party {party} is not suspended"
    party: str


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class OpenProgramme(programme.OpenProgramme):
    """Open the register under terms of its own (开立客户登记簿); without it the defaults hold."""

    terms: PartyTerms = fields.of_terms("its terms", PartyTerms)


@frozen
class ChangeTerms(programme.ChangeTerms):
    """Change terms of the register from a day on (变更条款)."""


@frozen
class RegisterParty:
    """Take up a person or a firm (客户登记), by an officer or by itself."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: "", Role.CUSTOMER: "party"}
    usual: ClassVar[tuple[str, ...]] = ("full_name",)
    party: str = fields.id_("id of the party, which says nothing about it")
    kind: str = fields.choice("what it is", tuple(it.value for it in Kind), default=Kind.PERSON.value)
    full_name: str = fields.personal("its name")
    phone: str = fields.personal("where it is called")
    address: str = fields.personal("where it lives, or has its seat")


@frozen
class IdentifyParty:
    """Name the document that an officer has seen (核实身份); another one takes its place."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    party: str = fields.id_("the party")
    document: str = fields.choice("what kind of document", sum(DOCUMENTS.values(), ()))
    number: str = fields.personal("its number", needed=True)


@frozen
class AmendParty:
    """Change what is known of a party (变更资料); what is left out stays."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: "", Role.CUSTOMER: "party"}
    usual: ClassVar[tuple[str, ...]] = ("phone",)
    party: str = fields.id_("the party")
    full_name: str = fields.personal("its new name")
    phone: str = fields.personal("where it is called from now on")
    address: str = fields.personal("its new address")


@frozen
class SuspendParty:
    """Let a party enter into nothing new (中止业务关系)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    party: str = fields.id_("the party")
    reason: str = fields.text("why, without personal data")


@frozen
class RestoreParty:
    """Let a suspended party act again (恢复业务关系)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    party: str = fields.id_("the party")
    reason: str = fields.text("why, without personal data")


@noun.rule(OpenProgramme)
def open_programme(terms: PartyTerms, command: OpenProgramme, books: Books) -> Plan:
    """Keep the terms.  Refuses: AlreadyTaken, for there is one register."""
    if (open := next(PROGRAMMES.ids(books), None)) is not None:
        raise AlreadyTaken("programme", open)
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    PROGRAMMES.open(voucher, command.programme, terms)
    return voucher.plan("open", "register of parties")


noun.rule(ChangeTerms)(PROGRAMMES.change)


@noun.rule(RegisterParty)
def register(terms: PartyTerms, command: RegisterParty, books: Books) -> Plan:
    """Keep the party.  Refuses: AlreadyTaken, also for one that was erased."""
    id = Party.fresh(books, command.party)
    voucher = voucher_of(books, terms, id)
    voucher.keep(Party(id=id, kind=Kind(command.kind), registered_on=books.today))
    _keep_personal(voucher, id, name=command.full_name, phone=command.phone, address=command.address)
    return voucher.plan("register", f"{command.kind} {id} is registered")


@noun.rule(IdentifyParty)
def identify(terms: PartyTerms, command: IdentifyParty, books: Books) -> Plan:
    """Keep the kind of the document, its number and fingerprint.

    Refuses, in this order: NotFound, PartyErased, BadCommand for a document that such a party does not
    have, PartyExists.
    """
    party = _present(books, command.party)
    if command.document not in DOCUMENTS[party.kind]:
        known = ", ".join(DOCUMENTS[party.kind])
        raise BadCommand("document", f"a {party.kind.value} is identified by one of {known}")
    fingerprint = books.fingerprint(document_text(command.document, command.number))
    if any(id != party.id for id in _holders(books, fingerprint)):
        raise PartyExists
    voucher = voucher_of(books, terms, party.id)
    voucher.keep(evolve(party, document=command.document, identified_on=books.today))
    _keep_personal(voucher, party.id, number=command.number, fingerprint=fingerprint)
    return voucher.plan("identify", f"party {party.id} is identified by {command.document}")


@noun.rule(AmendParty)
def amend(terms: PartyTerms, command: AmendParty, books: Books) -> Plan:
    """Keep what is new.  Refuses: NotFound, PartyErased, PartySuspended for the party itself."""
    party = _present(books, command.party)
    if Actor.asking(books).role is Role.CUSTOMER:
        active_party(books, party.id)
    voucher = voucher_of(books, terms, party.id)
    _keep_personal(voucher, party.id, name=command.full_name, phone=command.phone, address=command.address)
    return voucher.plan("amend", f"data of party {party.id}")


@noun.rule(SuspendParty)
def suspend(terms: PartyTerms, command: SuspendParty, books: Books) -> Plan:
    """Keep why.  Refuses: NotFound, PartyErased, PartySuspended."""
    party = active_party(books, command.party)
    voucher = voucher_of(books, terms, party.id)
    voucher.keep(evolve(party, suspended=command.reason))
    voucher.notify(party.id, "suspended", party.id)
    return voucher.plan("suspend", f"party {party.id}: {command.reason}")


@noun.rule(RestoreParty)
def restore(terms: PartyTerms, command: RestoreParty, books: Books) -> Plan:
    """Refuses: NotFound, PartyErased, NotSuspended."""
    party = _present(books, command.party)
    if not party.suspended:
        raise NotSuspended(party.id)
    voucher = voucher_of(books, terms, party.id)
    voucher.keep(evolve(party, suspended=""))
    voucher.notify(party.id, "restored", party.id)
    return voucher.plan("restore", f"party {party.id}: {command.reason}")


def _present(books: Books, id: str) -> Party:
    """A party whose data are there; raises NotFound, PartyErased."""
    party = Party.existing(books, id)
    if party.erased_on is not None:
        raise PartyErased(id)
    return party


def _keep_personal(voucher: Voucher, party: str, **personal: str) -> None:
    """Add to what is known of a party; what is empty changes nothing."""
    said = {name: text for name, text in personal.items() if text}
    if said:
        known = Identity.known(voucher.books, party)
        voucher.keep(evolve(known, personal={**(known.personal or {}), **said}))


def _holders(books: Books, fingerprint: str) -> Iterator[str]:
    """The parties that a document with this fingerprint identified at some time, and that are not erased."""
    return (id for kind, id in books.fingerprinted(fingerprint) if kind == Identity.KIND)


# --- invariants and reports -------------------------------------------------------------------------


@noun.invariant("N1")
def one_document_is_one_party(books: Books) -> Iterator[str]:
    """No two parties have, or had, the fingerprint of one document."""
    seen: dict[str, str] = {}
    for it in Identity.every(books):
        versions = Identity.versions(books, it.id) if it.version > 1 else (it,)
        prints = (str((version.personal or {}).get(FINGERPRINT, "")) for version in versions)
        for fingerprint in dict.fromkeys(filter(None, prints)):
            if (other := seen.setdefault(fingerprint, it.id)) != it.id:
                yield f"parties {other} and {it.id} have one document"


@noun.report("parties")
def list_parties(books: Books) -> Table:
    """Every party that the asker may see: name masked, document, contracts open, and its days."""
    rows = []
    for it in Party.every(books):
        if not may_see(books, it.id):
            continue
        name = mask((Identity.known(books, it.id).personal or {}).get("name", ""))
        bound = sum(1 for _ in open_contracts(books, it.id))
        days = (it.registered_on, it.identified_on, it.erased_on)
        rows.append((it.id, it.kind.value, name, it.document, bool(it.suspended), bound, *days))
    columns = (
        "party",
        "kind",
        "name",
        "document",
        "suspended",
        "contracts",
        "registered",
        "identified",
        "erased",
    )
    return Table("Parties", columns, tuple(rows))
