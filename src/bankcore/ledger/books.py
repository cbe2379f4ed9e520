"""The books: what a rule may read from the ledger; nothing here can write."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Protocol

from bankcore.ledger.accounts import Account, AccountPath
from bankcore.ledger.balances import Movement
from bankcore.ledger.transactions import Book, Entry, Record, RecordText

__all__ = ["Books"]


class Books(Protocol):
    """What a product's rule may read; nothing here can write."""

    @property
    def book(self) -> Book: ...

    @property
    def actor(self) -> str:
        """Who gives the command that the rule decides, as `role:id`; empty where there is no actor."""
        ...

    @property
    def today(self) -> date:
        """The business date: the first day that is not closed."""
        ...

    def account(self, path: AccountPath) -> Account | None:
        """The account's latest description, or None."""
        ...

    def accounts(self, paths: Iterable[AccountPath]) -> dict[AccountPath, Account]:
        """The latest descriptions of those accounts that exist, read in one go."""
        ...

    def balance(self, path: AccountPath) -> int:
        """The account's balance on its normal side; raises UnknownAccount."""
        ...

    def available(self, path: AccountPath) -> int | None:
        """The most that may leave the account today; None where nothing limits it.  Raises UnknownAccount.

        Floor and holds are tested at every later instant, so money with a future value date is not yet
        available; velocity limits apply too.
        """
        ...

    def acceptable(self, path: AccountPath) -> int | None:
        """The most that may come into the account today; None where nothing limits it.

        Ceiling, holds and velocity limits apply as they do for `available`.  Raises UnknownAccount.
        """
        ...

    def balances(
        self, root: str, after: str = "", limit: int | None = None
    ) -> Iterator[tuple[AccountPath, int]]:
        """Balances on their normal sides at and below `root`, in path order, those after `after`."""
        ...

    def gross(self, path: AccountPath) -> tuple[int, int]:
        """The account's gross debits and credits; raises UnknownAccount."""
        ...

    def later(self, path: AccountPath, on: date) -> list[Movement]:
        """Postings and legs of live holds of the account with value dates after a day, by value date."""
        ...

    def fingerprint(self, text: str) -> str:
        """The keyed hash of personal data, with a secret of the book as the key.

        Raises BadTransaction where the book has no secret and the ledger has no source of salts.
        """
        ...

    def fingerprinted(self, fingerprint: str) -> list[tuple[str, str]]:
        """Kind and id of the records with this fingerprint in some version that is not erased."""
        ...

    def record(self, kind: str, id: str) -> Record | None:
        """The latest version of a record, or None."""
        ...

    def entry(self, number: int) -> Entry | None:
        """A transaction of the journal, or None."""
        ...

    def reversal(self, number: int) -> int | None:
        """The number of the transaction that reverses this one."""
        ...

    def corrections(self, number: int) -> list[int]:
        """The numbers of the transactions that correct this one, in order."""
        ...

    def group(self, name: str) -> list[int]:
        """The numbers of the transactions of a group, in order."""
        ...

    def versions(self, kind: str, id: str) -> Iterator[Record]:
        """All versions of a record, oldest first."""
        ...

    def records(
        self, kind: str, root: str = "", after: str = "", limit: int | None = None
    ) -> Iterator[Record]:
        """Latest versions of the records of a kind at and below `root`, in id order, those after `after`."""
        ...

    def record_texts(
        self, kind: str, root: str = "", after: str = "", limit: int | None = None
    ) -> Iterator[RecordText]:
        """The same as id, version and data in canonical JSON, for reading many: no objects are made.

        Personal data is replaced by its commitment.
        """
        ...
