"""The books as a rule sees them: a reader of one book, with hot balances where there are some."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from bankcore.errors import UnknownAccount
from bankcore.ledger.accounts import Account, AccountPath
from bankcore.ledger.balances import AccountState
from bankcore.ledger.ports import Reader
from bankcore.ledger.transactions import PERIOD, Book, Record

__all__ = ["CurrentBooks"]


class CurrentBooks:
    """Implements `Books`; `state` finds the present state of one account."""

    def __init__(
        self, book: Book, reader: Reader, state: Callable[[AccountPath], AccountState | None]
    ) -> None:
        self.book = book
        self.reader = reader
        self._state = state

    @property
    def today(self) -> date:
        closed = self.reader.record(*PERIOD)
        if closed is None:
            return self.book.opened_on
        return max(self.book.opened_on, date.fromisoformat(closed.data["through"]) + timedelta(days=1))

    def account(self, path: AccountPath) -> Account | None:
        state = self._state(path)
        return None if state is None else state.account

    def balance(self, path: AccountPath) -> int:
        return self._known(path).normal

    def gross(self, path: AccountPath) -> tuple[int, int]:
        state = self._known(path)
        return state.debits, state.credits

    def balances(
        self, root: str, after: str = "", limit: int | None = None
    ) -> Iterator[tuple[AccountPath, int]]:
        return self.reader.nets(root, after, limit)

    def record(self, kind: str, id: str) -> Record | None:
        return self.reader.record(kind, id)

    def versions(self, kind: str, id: str) -> Iterator[Record]:
        return self.reader.versions(kind, id)

    def records(
        self, kind: str, root: str = "", after: str = "", limit: int | None = None
    ) -> Iterator[Record]:
        return self.reader.records(kind, root, after, limit)

    def _known(self, path: AccountPath) -> AccountState:
        state = self._state(path)
        if state is None:
            raise UnknownAccount(path)
        return state
