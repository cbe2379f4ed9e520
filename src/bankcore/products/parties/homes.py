"""Home books (所属账簿): where a bank has several books, the register says in which one a party is at home.

The register, with all that is personal, the fingerprints and their secret, is in one directory book.  Other
books hold copies of its parties: ids, kinds, days and states, nothing personal.

>>> Home(id="li", book="north", also=("south",)).books
('north', 'south')
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.ledger.books import Books
from bankcore.ledger.rules import Planned, Rule
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.product.facts import Facts
from bankcore.product.parties import Party, active_party
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import AlreadyTaken, NotFound
from bankcore.products.parties.register import PartyTerms, register_terms, voucher_of
from bankcore.tables import Table

__all__ = ["AssignHome", "Home", "LeaveHome", "copied", "shown_in"]

noun = Noun(__name__)


@frozen(kw_only=True)
class Home(Facts):
    """In the directory: the home book of a party, and other books that have a copy of it.

    `book` is empty for one that is only shown in others, as the representative of a firm.
    """

    KIND: ClassVar = "parties.home"  # party
    book: str = ""
    also: tuple[str, ...] = ()
    left_on: date | None = None

    @property
    def is_lived_in(self) -> bool:
        """Whether the party has a home and did not leave it."""
        return bool(self.book) and self.left_on is None

    @property
    def books(self) -> tuple[str, ...]:
        """All books that have a copy of the party."""
        return tuple(filter(None, (self.book, *self.also)))


@frozen(kw_only=True)
class Copy(Facts):
    """In another book: the version of the directory's record that its copy of a party shows."""

    KIND: ClassVar = "parties.copy"  # party
    shows: int


@frozen
class AssignHome:
    """Say in which book a party has its accounts (分配所属账簿); it stays there."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    party: str = fields.id_("the party")
    home: str = fields.id_("the name of its home book")


@frozen
class LeaveHome:
    """Note that a party has left its home book (迁出), where its data were erased."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    party: str = fields.id_("the party")


@noun.rule(AssignHome)
def assign(terms: PartyTerms, command: AssignHome, books: Books) -> Plan:
    """Refuses, in this order: NotFound, PartyErased, PartySuspended, AlreadyTaken."""
    party = active_party(books, command.party)
    home = Home.find(books, party.id) or Home(id=party.id)
    if home.book:
        raise AlreadyTaken("home", party.id)
    voucher = voucher_of(books, terms, party.id)
    voucher.keep(evolve(home, book=command.home))
    return voucher.plan("home", f"party {party.id} is at home in {command.home}")


@noun.rule(LeaveHome)
def leave(terms: PartyTerms, command: LeaveHome, books: Books) -> Plan:
    """Refuses: NotFound, also where it has left."""
    home = Home.existing(books, command.party)
    if not home.is_lived_in:
        raise NotFound("home", command.party)
    voucher = voucher_of(books, terms, home.id)
    voucher.keep(evolve(home, left_on=books.today))
    return voucher.plan("leave", f"party {home.id} has left {home.book}")


# --- steps of the bank's own ------------------------------------------------------------------------


def shown_in(party: str, book: str) -> Rule:
    """The rule by which the directory notes that another book shows a party; nothing where it does."""

    def rule(books: Books) -> Sequence[Planned]:
        home = Home.find(books, party) or Home(id=party)
        if book in home.books:
            return ()
        voucher = voucher_of(books, register_terms(books), party)
        voucher.keep(evolve(home, also=(*home.also, book)))
        return (voucher.transaction("show", f"party {party} is shown in {book}"),)

    return rule


def copied(party: Party) -> Rule:
    """The rule by which another book takes a copy of the directory's record, unless it has a later one.

    A copy that was erased stays erased.
    """

    def rule(books: Books) -> Sequence[Planned]:
        seen, known = Copy.find(books, party.id), Party.find(books, party.id)
        late = seen is not None and seen.shows >= party.version
        if late or (known is not None and known.erased_on is not None):
            return ()
        voucher = voucher_of(books, register_terms(books), party.id)
        voucher.keep(evolve(party, version=known.version if known else 0))
        voucher.keep(Copy(id=party.id, version=seen.version if seen else 0, shows=party.version))
        return (voucher.transaction("copy", f"party {party.id} as the directory knows it"),)

    return rule


@noun.report("homes", {})
def list_homes(books: Books) -> Table:
    """The home books of parties, for the bank's own staff."""
    rows = [(it.id, it.book, ", ".join(it.also), it.left_on) for it in Home.every(books)]
    return Table("Home books", ("party", "book", "shown in", "left"), tuple(rows))
