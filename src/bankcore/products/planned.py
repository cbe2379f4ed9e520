"""The books as they will stand once planned transactions are written.

So that several commands, of one product or of several, can be planned one after the other and written
together: each rule sees what those before it will have done.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice
from typing import TypeVar

from bankcore.errors import UnknownAccount
from bankcore.ledger.accounts import Account, AccountPath
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Book, Entry, Record, Transaction

__all__ = ["PlannedBooks"]

T = TypeVar("T")


class PlannedBooks:
    """Implements `Books`; what is planned but held (pending) does not show."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._gross: dict[AccountPath, tuple[int, int]] = {}
        self._records: dict[str, dict[str, list[Record]]] = {}  # by kind and id, the planned versions

    def add(self, transactions: Iterable[Transaction]) -> None:
        """Plan some more."""
        for transaction in transactions:
            for record in transaction.records:
                self._records.setdefault(record.kind, {}).setdefault(record.id, []).append(record)
            for posting in () if transaction.pending else transaction.postings:
                debits, credits = self._gross.get(posting.account, (0, 0))
                debit, credit = max(posting.quantity, 0), max(-posting.quantity, 0)
                self._gross[posting.account] = debits + debit, credits + credit

    @property
    def book(self) -> Book:
        return self._books.book

    @property
    def today(self) -> date:
        return self._books.today

    def entry(self, number: int) -> Entry | None:
        return self._books.entry(number)

    def reversal(self, number: int) -> int | None:
        return self._books.reversal(number)

    def corrections(self, number: int) -> list[int]:
        return self._books.corrections(number)

    # --- accounts -----------------------------------------------------------------------------------

    def account(self, path: AccountPath) -> Account | None:
        return self.accounts([path]).get(path)

    def accounts(self, paths: Iterable[AccountPath]) -> dict[AccountPath, Account]:
        paths = list(paths)
        planned = self._records.get("account", {})
        return {
            **self._books.accounts(paths),
            **{path: planned[path][-1].account for path in paths if path in planned},
        }

    def balance(self, path: AccountPath) -> int:
        account = self._known(path)
        old = 0 if self._books.account(path) is None else self._books.balance(path)
        return old + self._change(account)

    def available(self, path: AccountPath) -> int | None:
        account = self._known(path)
        before = self._books.account(path)
        if before is None or before.floor != account.floor:
            return None if account.floor is None else self.balance(path) - account.floor
        old = self._books.available(path)
        return None if old is None else old + self._change(account)

    def acceptable(self, path: AccountPath) -> int | None:
        account = self._known(path)
        before = self._books.account(path)
        if before is None or before.ceiling != account.ceiling:
            return None if account.ceiling is None else account.ceiling - self.balance(path)
        old = self._books.acceptable(path)
        return None if old is None else old - self._change(account)

    def gross(self, path: AccountPath) -> tuple[int, int]:
        self._known(path)
        debits, credits = (0, 0) if self._books.account(path) is None else self._books.gross(path)
        more_debits, more_credits = self._gross.get(path, (0, 0))
        return debits + more_debits, credits + more_credits

    def balances(
        self, root: str, after: str = "", limit: int | None = None
    ) -> Iterator[tuple[AccountPath, int]]:
        touched = {*self._gross, *map(AccountPath, self._records.get("account", ()))}
        planned = {str(it): (it, self.balance(it)) for it in touched if after < it and it.within(root)}
        stored = ((str(row[0]), row) for row in self._books.balances(root, after, limit))
        return islice((row for _, row in _merged(stored, planned)), limit)

    # --- records ------------------------------------------------------------------------------------

    def record(self, kind: str, id: str) -> Record | None:
        planned = self._records.get(kind, {}).get(id)
        return planned[-1] if planned else self._books.record(kind, id)

    def versions(self, kind: str, id: str) -> Iterator[Record]:
        yield from self._books.versions(kind, id)
        yield from self._records.get(kind, {}).get(id, ())

    def records(
        self, kind: str, root: str = "", after: str = "", limit: int | None = None
    ) -> Iterator[Record]:
        planned = {
            id: records[-1]
            for id, records in self._records.get(kind, {}).items()
            if after < id and AccountPath(id).within(root)
        }
        stored = ((it.id, it) for it in self._books.records(kind, root, after, limit))
        return islice((record for _, record in _merged(stored, planned)), limit)

    def _known(self, path: AccountPath) -> Account:
        account = self.account(path)
        if account is None:
            raise UnknownAccount(path)
        return account

    def _change(self, account: Account) -> int:
        debits, credits = self._gross.get(account.path, (0, 0))
        return (debits - credits) * account.normal_side.sign


def _merged(stored: Iterable[tuple[str, T]], planned: dict[str, T]) -> Iterator[tuple[str, T]]:
    """What is stored, in order, with what is planned in its place or between."""
    waiting = sorted(planned)
    for name, value in stored:
        while waiting and waiting[0] < name:
            yield waiting[0], planned[waiting.pop(0)]
        if waiting and waiting[0] == name:
            value = planned[waiting.pop(0)]
        yield name, value
    for name in waiting:
        yield name, planned[name]
