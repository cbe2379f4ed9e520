"""Places of books (账簿所在): in the directory, where each book of the bank is served.

A place is a path or a URL, without a password: that stands with the programs.

>>> Place(id="north", place="north.db", moving_to="north-2.db").places
('north.db', 'north-2.db')
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.errors import BadCommand
from bankcore.ledger.books import Books
from bankcore.ledger.rules import Planned, Rule
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.product.facts import Facts
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import AlreadyTaken
from bankcore.products.parties.register import PartyTerms, register_terms, voucher_of
from bankcore.tables import Table

__all__ = ["Place", "PlaceBook", "book_moved", "book_moving"]

noun = Noun(__name__)
_SECRET = re.compile(r"://[^/@?]*:[^/@?]*@|password=", re.IGNORECASE)


@frozen(kw_only=True)
class Place(Facts):
    """In the directory: the place of a book, and where it is on its way to."""

    KIND: ClassVar = "parties.place"  # book
    place: str
    moving_to: str = ""

    @property
    def places(self) -> tuple[str, ...]:
        """Where the book may be found, the likely place first."""
        return tuple(filter(None, (self.place, self.moving_to)))


@frozen
class PlaceBook:
    """Say in the directory where a book of the bank is served (登记账簿所在)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    home: str = fields.id_("the name of the book")
    place: str = fields.text("its path or URL, without a password")

    def __attrs_post_init__(self) -> None:
        if _SECRET.search(self.place):
            raise BadCommand("place", "a password stands in no book")


@noun.rule(PlaceBook)
def place(terms: PartyTerms, command: PlaceBook, books: Books) -> Plan:
    """Refuses, in this order: BadCommand for a password; AlreadyTaken while the book moves."""
    known = Place.find(books, command.home) or Place(id=command.home, place="")
    if known.moving_to:
        raise AlreadyTaken("place", command.home)
    voucher = voucher_of(books, terms, command.home)
    voucher.keep(evolve(known, place=command.place))
    return voucher.plan("place", f"book {command.home} has a place")


# --- steps of the bank's own ------------------------------------------------------------------------


def book_moving(book: str, to: str) -> Rule:
    """The rule by which the directory notes that a book is to move, or with an empty `to` that it is not."""

    def rule(books: Books) -> Sequence[Planned]:
        PlaceBook(book, to or "-")  # no password
        known = Place.existing(books, book)
        if known.moving_to == to or (to and known.place == to):
            return ()
        voucher = voucher_of(books, register_terms(books), book)
        voucher.keep(evolve(known, moving_to=to))
        return (voucher.transaction("move", f"book {book} is to move" if to else f"book {book} stays"),)

    return rule


def book_moved(book: str, to: str) -> Rule:
    """The rule by which the directory changes the place of a book that has moved; nothing where it has."""

    def rule(books: Books) -> Sequence[Planned]:
        known = Place.existing(books, book)
        if known.place == to and not known.moving_to:
            return ()
        voucher = voucher_of(books, register_terms(books), book)
        voucher.keep(evolve(known, place=to, moving_to=""))
        return (voucher.transaction("moved", f"book {book} has moved"),)

    return rule


@noun.report("places", {})
def list_places(books: Books) -> Table:
    """The places of the bank's books, for its own staff."""
    rows = [(it.id, it.place, it.moving_to) for it in Place.every(books)]
    return Table("Places of books", ("book", "place", "moving to"), tuple(rows))
