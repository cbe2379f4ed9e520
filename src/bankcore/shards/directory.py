"""The directory: the book with the register of all parties, and the home book of each.

What the directory says of a party is copied to the books that show it, without anything personal: to its home
and, where it represents a firm, to the home of the firm.  Copies may be late, and are never taken back.
"""

from __future__ import annotations

from typing import Any

from bankcore.bank import Bank
from bankcore.errors import BankcoreError
from bankcore.ledger.transactions import Receipt
from bankcore.product.actor import Actor, Role
from bankcore.product.command import title
from bankcore.product.parties import Party
from bankcore.product.refusals import NotFound
from bankcore.products.parties import (
    PARTIES,
    AssignHome,
    ChangeTerms,
    EraseParty,
    Home,
    LeaveHome,
    OpenProgramme,
    copied,
    shown_in,
)
from bankcore.shards.books import Books, take
from bankcore.shards.refusals import BookNeeded

__all__ = ["Directory"]

_PARTY = ("party", "customer", "client", "borrower", "firm", "person")  # fields that name whose a command is
_NAMING = ("party", "firm", "person")  # those of commands about parties


class Directory:
    """The register in the book of `bank`, and where its parties are at home among `books`."""

    def __init__(self, bank: Bank, books: Books) -> None:
        self.bank, self._books = bank, books
        self._homes: dict[str, str] = {}  # nobody ever moves

    def home(self, party: str) -> str:
        """The name of a party's home book; raises NotFound where it has none."""
        if party not in self._homes:
            home = Home.find(self.bank.ledger.books, party)
            if home is None or not home.book:
                raise NotFound("home", party)
            self._homes[party] = home.book
        return self._homes[party]

    def of(self, command: Any) -> str:
        """The name of the book for a command: the home of the party whose it is.

        That is who gives it as a customer or merchant, else whom its field `party` or another such names.
        Raises BookNeeded where it names none, NotFound where the party has no home.
        """
        own = (command.may.get(role, "") for role in (Role.CUSTOMER, Role.MERCHANT))
        fields = filter(None, (*own, getattr(command, "account", ""), *_PARTY))
        named = (getattr(command, field, "") for field in fields)
        party = next((it for it in named if isinstance(it, str) and it), "")
        if not party:
            raise BookNeeded(title(type(command)))
        return self.home(party)

    # --- the register -------------------------------------------------------------------------------

    def is_for(self, command: Any) -> bool:
        """Whether a command is one of the register."""
        return type(command) in PARTIES.rules

    def handle(self, command: Any, key: str, actor: Actor | None) -> tuple[Receipt, ...]:
        """Give a command to the register, and tell those books that show its parties and can be reached.

        Raises the errors of `Bank.handle`, and UnknownName for a home that is none of the books.  Terms of
        the register are those of all books, and a party is erased in its home first: raises the errors of
        those books too, also where they cannot be reached, and the same key goes on from there.
        """
        if isinstance(command, AssignHome):
            self._books.named(command.home)
        if isinstance(command, EraseParty):
            return self._erase(command, key, actor)
        if isinstance(command, (OpenProgramme, ChangeTerms)):
            for name, _ in self._books:
                self._books.on(name, lambda bank: bank.handle(command, key, actor))
        receipts = self.bank.handle(command, key, actor)
        for field in _NAMING:
            if (party := getattr(command, field, "")) and (found := self._find(party)):
                self._tell_as_far_as_possible(found)
        return receipts

    def _erase(self, command: EraseParty, key: str, actor: Actor | None) -> tuple[Receipt, ...]:
        home = Home.find(self.bank.ledger.books, command.party)
        if home is None or not home.book:
            return self.bank.handle(command, key, actor)
        self._books.on(home.book, lambda bank: bank.handle(command, key, actor))
        return self.bank.handle_all((LeaveHome(command.party), command), key, actor)

    def _find(self, party: str) -> Party | None:
        return Party.find(self.bank.ledger.books, party)

    # --- copies -------------------------------------------------------------------------------------

    def _tell_as_far_as_possible(self, party: Party) -> None:
        try:
            self.tell(party)
        except BankcoreError:  # a recovery tells the rest
            return

    def tell(self, party: Party) -> None:
        """Copy a party to the books that show it, and its representatives to its home.

        Raises the errors of a book that does not take it; those before it have it.
        """
        books = self.bank.ledger.books
        home = Home.find(books, party.id)
        if home is None:
            return
        for id in party.representatives if home.book else ():
            take(self.bank, f"show/{id}/{home.book}", {"party": id}, shown_in(id, home.book))
            self._copy(Party.existing(books, id), home.book)
        for name in home.books:
            self._copy(party, name)

    def tell_all(self) -> list[str]:
        """Copy every party to the books that show it; what could not be done, and why."""
        troubles = []
        try:
            for party in Party.every(self.bank.ledger.books):
                try:
                    self.tell(party)
                except BankcoreError as error:
                    troubles.append(f"party {party.id}: {error}")
        except BankcoreError as error:
            troubles.append(f"directory: {error}")
        return troubles

    def _copy(self, party: Party, name: str) -> None:
        step = f"copy/{party.id}/{party.version}"
        self._books.take(name, step, {"party": party.id}, copied(party))
