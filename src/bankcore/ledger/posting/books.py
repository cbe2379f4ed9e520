"""The books as a rule sees them: a reader of one book, with hot balances where there are some."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from functools import partial

from bankcore.errors import UnknownAccount
from bankcore.ledger.accounts import Account, AccountPath
from bankcore.ledger.balances import AccountState
from bankcore.ledger.ports import Reader
from bankcore.ledger.posting.draft import Draft
from bankcore.ledger.posting.limits import room_to_move
from bankcore.ledger.transactions import PERIOD, Book, Entry, Record

__all__ = ["CurrentBooks"]


class CurrentBooks:
    """Implements `Books`; `states` finds the present states of those of the accounts that exist.

    `draft` gives the draft that these books show, or an empty one.
    """

    def __init__(
        self,
        book: Book,
        reader: Reader,
        states: Callable[[Iterable[AccountPath]], dict[AccountPath, AccountState]],
        draft: Callable[[], Draft],
    ) -> None:
        self.book = book
        self.reader = reader
        self._states = states
        self._draft = draft

    @property
    def today(self) -> date:
        closed = self.reader.record(*PERIOD)
        if closed is None:
            return self.book.opened_on
        return max(self.book.opened_on, date.fromisoformat(closed.data["through"]) + timedelta(days=1))

    def account(self, path: AccountPath) -> Account | None:
        return self.accounts([path]).get(path)

    def accounts(self, paths: Iterable[AccountPath]) -> dict[AccountPath, Account]:
        return {path: state.account for path, state in self._states(paths).items()}

    def balance(self, path: AccountPath) -> int:
        return self._known(path).normal

    def available(self, path: AccountPath) -> int | None:
        return self._room(path, into=False)

    def acceptable(self, path: AccountPath) -> int | None:
        return self._room(path, into=True)

    def gross(self, path: AccountPath) -> tuple[int, int]:
        state = self._known(path)
        return state.debits, state.credits

    def balances(
        self, root: str, after: str = "", limit: int | None = None
    ) -> Iterator[tuple[AccountPath, int]]:
        return self.reader.nets(root, after, limit)

    def entry(self, number: int) -> Entry | None:
        return self.reader.entry(number)

    def reversal(self, number: int) -> int | None:
        return self.reader.reversal(number)

    def corrections(self, number: int) -> list[int]:
        return self.reader.corrections(number)

    def record(self, kind: str, id: str) -> Record | None:
        return self.reader.record(kind, id)

    def versions(self, kind: str, id: str) -> Iterator[Record]:
        return self.reader.versions(kind, id)

    def records(
        self, kind: str, root: str = "", after: str = "", limit: int | None = None
    ) -> Iterator[Record]:
        return self.reader.records(kind, root, after, limit)

    def _known(self, path: AccountPath) -> AccountState:
        state = self._states([path]).get(path)
        if state is None:
            raise UnknownAccount(path)
        return state

    def _room(self, path: AccountPath, into: bool) -> int | None:
        state, draft = self._known(path), self._draft()
        later, limits = partial(draft.later, path, self.today), draft.limits_of(state.account)
        return room_to_move(state, self.today, later, limits, draft.used, into=into)
