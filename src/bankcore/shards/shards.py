"""A bank of many books: commands go to the book of the party that they name, payments from book to book.

>>> from datetime import date
>>> from bankcore import Amount, MemoryStore
>>> from bankcore.products.current import CashIn, OpenAccount, OpenProgramme
>>> from bankcore.products.parties import AssignHome, RegisterParty
>>> opened = date(2024, 5, 1)
>>> directory = Bank.create(MemoryStore(), opened_on=opened)
>>> books = {name: Bank.create(MemoryStore(), opened_on=opened, name=name) for name in ("north", "south")}
>>> shards = Shards(directory, books)
>>> for book in books:
...     _ = shards.handle(OpenProgramme("std"), f"open-{book}", book=book)
...     _ = shards.handle(JoinBooks("std", book), f"join-{book}", book=book)
>>> for party, book in (("li", "north"), ("wang", "south")):
...     for command in (RegisterParty(party), AssignHome(party, book), OpenAccount("std", party)):
...         _ = shards.handle(command, f"{party}-{type(command).__name__}")
>>> _ = shards.handle(CashIn("li", Amount.parse("100.00", "CNY/2")), "cash")
>>> _ = shards.handle(Transfer("li", "wang", Amount.parse("30.00", "CNY/2")), "t1")
>>> str(books["north"].amount("bank:demand:li")), str(books["south"].amount("bank:demand:wang"))
('70.00 CNY', '30.00 CNY')
>>> shards.in_transit().rows, shards.faults()
((), [])
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Self

from bankcore.bank import Bank, DayClose, utc_now
from bankcore.errors import BadCommand, BankcoreError, StoreError
from bankcore.ledger.ports import Store
from bankcore.ledger.transactions import Receipt
from bankcore.product.actor import Actor
from bankcore.products.current import JoinBooks, Remit, Transfer
from bankcore.products.current.remittances import (
    BETWEEN,
    IN,
    OUT,
    Decided,
    Outgoing,
    list_in_transit,
    open_outgoing,
)
from bankcore.shards.books import Books
from bankcore.shards.directory import Directory
from bankcore.shards.moves import Moves
from bankcore.shards.places import PlacedBooks
from bankcore.shards.transfers import Recovery, Transfers
from bankcore.tables import Table

__all__ = ["Shards"]


class Shards:
    """The books of a bank by name, and the directory of their parties."""

    def __init__(self, directory: Bank, banks: Mapping[str, Bank]) -> None:
        self.books: Books = Books(banks)
        self.directory = Directory(directory, self.books)
        self.transfers = Transfers(self.books)
        self.moves: Moves | None = None

    @classmethod
    def open(
        cls, directory: Bank, open_store: Callable[..., Store], *, clock: Callable[[], datetime] = utc_now
    ) -> Self:
        """The books at the places that the directory tells (`place-book`), opened by `open_store(place)`.

        A book that cannot be opened is one that is down, and is tried again when it is used.  Books move
        by `moves`; what opens a place also gets `create=True` for the target of a move.
        """
        shards = cls(directory, {})
        shards.books = placed = PlacedBooks(directory, open_store, clock)
        shards.directory = Directory(directory, placed)
        shards.transfers = Transfers(placed)
        shards.moves = Moves(directory, placed)
        return shards

    def close(self) -> None:
        """Close the stores that were opened from the directory's places."""
        self.books.close()

    def handle(
        self, command: Any, key: str, actor: Actor | None = None, *, book: str = ""
    ) -> tuple[Receipt, ...]:
        """Carry out a command, in the named book or in that of the party whose it is.

        The register's commands go to the directory.  A transfer to a party of another book is remitted: the
        receipts are those of the payer's book, and the payment is carried on at once as far as both books
        can be reached.  Keys, replays and refusals are those of `Bank.handle`, of `Directory.of` and
        `Directory.handle`; also UnknownName, and BadCommand for a book that joins under another name than its
        own, and for a payment between books with a value date.
        """
        if self.directory.is_for(command):
            return self.directory.handle(command, key, actor)
        name = book or self.directory.of(command)
        self.books.named(name)
        if isinstance(command, JoinBooks) and command.home != name:
            raise BadCommand("home", f"the book is {name!r}")
        given = self._between(command, key, name) if isinstance(command, Transfer) else command
        receipts = self.books.on(name, lambda bank: bank.handle(given, key, actor))
        if isinstance(given, Remit):
            self._carry(self.books.named(name), name, receipts)
        return receipts

    def _between(self, command: Transfer, key: str, name: str) -> Transfer | Remit:
        """The transfer, or the payment to another book that it is."""
        home = self.directory.home(command.receiver)
        if home == name:
            return command
        if command.value_on is not None:
            raise BadCommand("value_on", "a payment to another book is of today")
        transfer = sha256(key.encode()).hexdigest()[:32]  # so that a repetition is the same command
        return Remit(command.party, home, command.receiver, command.amount, transfer)

    def _carry(self, bank: Bank, name: str, receipts: tuple[Receipt, ...]) -> None:
        records = (it for receipt in receipts for it in bank.ledger.entry(receipt.number).transaction.records)
        for item in (it.id for it in records if it.kind == Outgoing.KIND):
            try:
                self.transfers.carry(name, item)
            except BankcoreError:  # it has left the payer; a recovery carries it on
                return

    # --- recovery and days --------------------------------------------------------------------------

    def recover(self) -> Recovery:
        """Carry on what was left: moves of books, payments between books, and copies of parties.

        May be run by anybody at any time, also twice at once.
        """
        moving = [] if self.moves is None else self.moves.settle()
        self.books.refresh()
        found = self.transfers.recover()
        return Recovery(found.arrived, found.returned, (*moving, *found.waiting, *self.directory.tell_all()))

    def close_day(self, on: date, *, ahead: bool = False) -> Mapping[str, DayClose | StoreError]:
        """Recover, then close the days through `on` in every book that can be reached; else its error.

        Nobody waits for a book that is down: what is open between it and others stays in transit, in the
        books that close too.  Raises the other errors of `Bank.close_day`.
        """
        self.recover()
        closed: dict[str, DayClose | StoreError] = {}
        for name, _ in self.books:
            try:
                closed[name] = self.books.on(name, lambda bank: bank.close_day(on, ahead=ahead))
            except StoreError as error:
                closed[name] = error
        return closed

    # --- reading ------------------------------------------------------------------------------------

    def in_transit(self) -> Table:
        """The open payments of every book that can be reached, with their age in the days of that book."""
        self.books.refresh()
        tables = {}
        for name, bank in self.books:
            try:
                tables[name] = list_in_transit(bank.ledger.books)
            except StoreError as error:
                tables[name] = Table("", (), ((str(error), *[None] * 7),))
        rows = tuple((name, *row) for name, table in tables.items() for row in table.rows)
        columns = ("transfer", "way", "payer", "receiver", "other book", "amount", "since", "days")
        return Table("In transit", ("book", *columns), rows)

    def faults(self) -> list[str]:
        """What is wrong within the books or between them, while nobody writes; nothing in a sound bank.

        All books have to be reached: raises StoreError.
        """
        self.books.refresh()
        found = [f"{name}: {it}" for name, bank in self.books for it in bank.broken_invariants()]
        accounts = on_their_way = 0
        for name, bank in self.books:
            books = bank.ledger.books
            held = dict(books.balances("bank:in-transit"))
            held |= books.balances(BETWEEN())
            accounts += held.get(OUT(), 0) - held.get(IN(), 0) - held.get(BETWEEN(), 0)
            on_their_way += sum(it.amount for it in self._undecided(name, bank))
        if accounts != on_their_way:
            found.append(f"{on_their_way} is between the books, their accounts say {accounts}")
        return found

    def _undecided(self, name: str, bank: Bank) -> Iterator[Outgoing]:
        """The open payments of a book that the receiver's book has not taken."""
        for it in open_outgoing(bank.ledger.books):
            if it.book in self.books:
                decision = Decided.on(self.books.named(it.book).ledger.books, name, it.id)
                if decision is not None and not decision.why:
                    continue
            yield it
