"""Representatives (代表人): the persons that act for a firm, named by an officer.

Who represents a firm may debit and bind it as he may himself.  A person who represents a firm is bound by
that as by a contract: his data are not erased before he is dismissed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.errors import ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.product.parties import Contract, Kind, Party, active_party, identified_party, may_see
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import AlreadyTaken, NotAFirm, NotFound
from bankcore.products.parties.register import PartyTerms, voucher_of
from bankcore.tables import Table

__all__ = ["DismissRepresentative", "NameRepresentative", "NotAPerson"]

noun = Noun(__name__)


class NotAPerson(ProductRejection):
    sentence = "party {party} is not a person"
    party: str


@frozen
class NameRepresentative:
    """Let a person act for a firm (登记代表人)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    firm: str = fields.id_("the firm")
    person: str = fields.id_("who acts for it")


@frozen
class DismissRepresentative:
    """Let a person act for a firm no more (注销代表人)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    firm: str = fields.id_("the firm")
    person: str = fields.id_("who acted for it")


@noun.rule(NameRepresentative)
def name(terms: PartyTerms, command: NameRepresentative, books: Books) -> Plan:
    """Refuses, in this order: NotFound, PartyErased, PartySuspended, NotAFirm, NotIdentified, NotAPerson,
    AlreadyTaken."""
    firm = active_party(books, command.firm)
    if firm.kind is not Kind.FIRM:
        raise NotAFirm(firm.id)
    person = identified_party(books, command.person)
    if person.kind is not Kind.PERSON:
        raise NotAPerson(person.id)
    if person.id in firm.representatives:
        raise AlreadyTaken("representative", person.id)
    voucher = voucher_of(books, terms, firm.id)
    voucher.keep(evolve(firm, representatives=(*firm.representatives, person.id)))
    voucher.put(Contract.opened(books, person.id, "parties", firm.id))
    return voucher.plan("represent", f"{person.id} represents {firm.id}")


@noun.rule(DismissRepresentative)
def dismiss(terms: PartyTerms, command: DismissRepresentative, books: Books) -> Plan:
    """Refuses: NotFound for the firm, or for one who does not represent it."""
    firm = Party.existing(books, command.firm)
    if command.person not in firm.representatives:
        raise NotFound("representative", command.person)
    voucher = voucher_of(books, terms, firm.id)
    voucher.keep(
        evolve(firm, representatives=tuple(it for it in firm.representatives if it != command.person))
    )
    voucher.put(Contract.ended(books, command.person, "parties", firm.id))
    return voucher.plan("dismiss", f"{command.person} represents {firm.id} no more")


@noun.invariant("N2")
def representatives_are_persons(books: Books) -> Iterator[str]:
    """Only firms are represented, by persons who are bound by it."""
    for firm in Party.every(books):
        for id in firm.representatives:
            person, bond = Party.find(books, id), Contract.find(books, id, "parties", firm.id)
            sound = firm.kind is Kind.FIRM and person is not None and person.kind is Kind.PERSON
            if not sound or bond is None or bond.closed_on is not None:
                yield f"{id} represents {firm.id}: {bond}"


@noun.report("representatives")
def list_representatives(books: Books) -> Table:
    """Who acts for which firm."""
    rows = [(it.id, id) for it in Party.every(books) for id in it.representatives if may_see(books, it.id)]
    return Table("Representatives", ("firm", "person"), tuple(rows))
