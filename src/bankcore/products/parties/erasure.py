"""Erasure (删除个人信息): after the last contract and the time of retention a party's personal data go.

What other products keep of it goes too.

Lines, digests, seals and proofs stay as they are: they only hold commitments.  The id of the party stays
taken, and its contracts stay on record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, ClassVar

from attrs import evolve, frozen

from bankcore.errors import PartyErased, ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.product.parties import Contract, Party, may_see, open_contracts
from bankcore.product.personal import PERSONAL, Held, erasure
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import ContractsOpen
from bankcore.product.schedules import later_by
from bankcore.products.parties.homes import Home
from bankcore.products.parties.register import Identity, PartyTerms, voucher_of
from bankcore.tables import Table

__all__ = ["EraseParty", "RetentionRuns"]

noun = Noun(__name__)


class RetentionRuns(ProductRejection):
    """The law keeps the data of a party for some years after its last contract."""

    sentence = "the data of party {party} are kept until {until}"
    party: str
    until: date


@frozen
class EraseParty:
    """Erase the personal data of a party for ever (删除个人信息)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    party: str = fields.id_("the party")


@noun.rule(EraseParty)
def erase(terms: PartyTerms, command: EraseParty, books: Books) -> Plan:
    """Refuses, in this order: NotFound, PartyErased, ContractsOpen also for a firm with representatives
    and for a party that has a home book, RetentionRuns."""
    party = Party.existing(books, command.party)
    if party.erased_on is not None:
        raise PartyErased(party.id)
    bound = [it.id.partition(":")[2] for it in open_contracts(books, party.id)]
    bound += [f"representative {id}" for id in party.representatives]
    home = Home.find(books, party.id)
    bound += [f"home {home.book}"] if home is not None and home.is_lived_in else []
    if bound:
        raise ContractsOpen(party.id, ", ".join(bound))
    until = later_by(_last_day(books, party), terms.retention_years)
    if books.today < until:
        raise RetentionRuns(party.id, until)
    voucher = voucher_of(books, terms, party.id)
    voucher.keep(evolve(party, suspended="", erased_on=books.today))
    if Identity.find(books, party.id) is not None:
        voucher.put(erasure(books, Identity.KIND, party.id))
    voucher.put(*(erasure(books, *it.name) for it in Held.every(books, party.id)))
    return voucher.plan("erase", f"personal data of party {party.id} are erased")


def _last_day(books: Books, party: Party) -> date:
    """The day on which the last contract of a party ended, or on which it was registered."""
    ended = (it.closed_on for it in Contract.every(books, party.id) if it.closed_on is not None)
    return max([party.registered_on, *ended])


@noun.invariant("N3")
def the_erased_are_unknown(books: Books) -> Iterator[str]:
    """Of an erased party nothing personal is left, and nothing binds it."""
    for party in Party.every(books):
        if party.erased_on is not None:
            names = [(Identity.KIND, party.id), *(it.name for it in Held.every(books, party.id))]
            left = [it for it in names if _is_known(books, *it)]
            if left or party.representatives or any(open_contracts(books, party.id)):
                yield f"{party.id} was erased on {party.erased_on}"


def _is_known(books: Books, kind: str, id: str) -> bool:
    """Whether personal data of a record are there."""
    record = books.record(kind, id)
    return record is not None and any(_personal(record.data))


def _personal(data: Any) -> Iterator[Any]:
    """What stands as personal in plain data and was not erased."""
    if isinstance(data, Mapping):
        for name, it in data.items():
            if name != PERSONAL:
                yield from _personal(it)
            elif it and not isinstance(it, str):
                yield it


@noun.report("contracts")
def list_contracts(books: Books) -> Table:
    """What binds or bound the parties that the asker may see."""
    rows = []
    for it in Contract.every(books):
        party, product, contract = it.ids
        if may_see(books, party):
            rows.append((party, product, contract, it.opened_on, it.closed_on))
    return Table("Contracts", ("party", "product", "contract", "opened", "ended"), tuple(rows))
