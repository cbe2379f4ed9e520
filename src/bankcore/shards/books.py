"""The books of a bank by name, and how a step of the bank's own is made in one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from bankcore.bank import Bank
from bankcore.days import closing_day
from bankcore.errors import BookInCopy, BookMoved, DayClosing, MoveAbandoned, UnknownName
from bankcore.ledger import books as ledger_books
from bankcore.ledger.rules import Planned, Rule
from bankcore.ledger.transactions import Receipt

__all__ = ["Books", "take"]

T = TypeVar("T")

_ACTOR = "system:transit"


class Books:
    """Banks by the names of their books; one that cannot be reached raises a StoreError when it is used.

    A bank may be replaced by one that is opened anew.
    """

    def __init__(self, banks: Mapping[str, Bank]) -> None:
        self._banks = dict(banks)

    def named(self, name: str) -> Bank:
        """The bank of a book; raises UnknownName."""
        if name not in self._banks:
            raise UnknownName("book", name, ", ".join(self._banks))
        return self._banks[name]

    def replace(self, name: str, bank: Bank) -> None:
        """Use another bank for a book, such as one opened anew; raises UnknownName."""
        self.named(name)
        self._banks[name] = bank

    def on(self, name: str, act: Callable[[Bank], T]) -> T:
        """What somebody does with a book, again in its new place where it has moved meanwhile.

        Raises UnknownName, BookMoved where nobody knows a new place, and the errors of `act`, which must be
        such that a repetition is the same.  Where the new place is not open yet, the old one is used on:
        there alone is read what was written.
        """
        try:
            return act(self.named(name))
        except BookMoved:
            if not self.renew(name):
                raise
            try:
                return act(self.named(name))
            except (BookInCopy, MoveAbandoned):
                self.renew(name)
                raise

    def take(self, name: str, step: str, request: Mapping[str, Any], *rules: Rule) -> tuple[Receipt, ...]:
        """Make a step of the bank's own in a book, wherever it is; see `take`."""
        return self.on(name, lambda bank: take(bank, step, request, *rules))

    def renew(self, name: str) -> bool:
        """Open a book in another place, where one is known; whether it was."""
        return False

    def refresh(self) -> None:
        """Open those books anew whose places have changed."""

    def close(self) -> None:
        """Close what was opened here."""

    def __contains__(self, name: str) -> bool:
        return name in self._banks

    def __iter__(self) -> Iterator[tuple[str, Bank]]:
        return iter(self._banks.items())


def take(bank: Bank, step: str, request: Mapping[str, Any], *rules: Rule) -> tuple[Receipt, ...]:
    """Make a step of the bank's own in a book, once; what is done already is done no more.

    Raises DayClosing while a day is being closed there, so that all closing balances are of one instant, and
    the errors of the ledger.
    """

    def unless_closing(books: ledger_books.Books) -> Sequence[Planned]:
        if (day := closing_day(books)) is not None:
            raise DayClosing(day)
        return ()

    key = f"transit/{step}"
    return bank.ledger.execute(key, {"step": step, **request}, unless_closing, *rules, actor=_ACTOR)
