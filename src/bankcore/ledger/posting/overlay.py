"""The overlay: the book with a draft applied, for reading before the draft is stored.

A rule sees the effects of the commands before it, of other requests of its commit, and, in a preview,
effects that will not be kept.  Stored and decided data are merged in one order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import partial
from itertools import islice
from typing import Final, TypeVar

from bankcore.errors import UnknownAccount
from bankcore.ledger.accounts import Account, AccountPath
from bankcore.ledger.balances import Movement
from bankcore.ledger.ports import DecidingReader
from bankcore.ledger.posting.draft import Draft, Known, closed_through
from bankcore.ledger.posting.index import Index
from bankcore.ledger.posting.limits import room_to_move
from bankcore.ledger.posting.states import AccountState
from bankcore.ledger.transactions import Book, Entry, Record, RecordText

__all__ = ["Overlay"]

T = TypeVar("T")

_MOST_STATES: Final = 50_000  # accounts that the books of one reader remember


class Overlay:
    """Implements `Books`: first the `index` of a draft, then the `reader`.

    `draft` returns that draft, `closed` the last closed date; `actor` is who gives the command.
    """

    def __init__(
        self,
        book: Book,
        reader: DecidingReader,
        index: Index,
        draft: Callable[[], Draft],
        closed: Callable[[], date | None],
        actor: str = "",
    ) -> None:
        self.book = book
        self.actor = actor
        self._reader = reader
        self._index = index
        self._draft = draft
        self._closed = closed

    @classmethod
    def of(cls, book: Book, draft: Draft, actor: str = "") -> Overlay:
        """The book with this draft applied, following what is added to it and undone."""
        return cls(book, draft.reader, draft.index, lambda: draft, lambda: draft.known.closed_through, actor)

    @classmethod
    def committed(
        cls, book: Book, reader: DecidingReader, clock: Callable[[], datetime], actor: str = ""
    ) -> Overlay:
        """The book as of the last commit, without the holds that have expired since."""
        return cls(book, reader, Index(), _Nothing(reader, clock), partial(closed_through, reader), actor)

    @property
    def today(self) -> date:
        opened, closed = self.book.opened_on, self._closed()
        return opened if closed is None else max(opened, closed + timedelta(days=1))

    # --- accounts -----------------------------------------------------------------------------------

    def account(self, path: AccountPath) -> Account | None:
        return self.accounts([path]).get(path)

    def accounts(self, paths: Iterable[AccountPath]) -> dict[AccountPath, Account]:
        return {path: state.account for path, state in self._draft().states(paths).items()}

    def balance(self, path: AccountPath) -> int:
        return _known(self._draft(), path).normal

    def gross(self, path: AccountPath) -> tuple[int, int]:
        state = _known(self._draft(), path)
        return state.debits, state.credits

    def available(self, path: AccountPath) -> int | None:
        return self._room(path, into=False)

    def acceptable(self, path: AccountPath) -> int | None:
        return self._room(path, into=True)

    def _room(self, path: AccountPath, into: bool) -> int | None:
        draft, today = self._draft(), self.today
        state = _known(draft, path)
        later, limits = partial(draft.later, path, today), draft.limits_of(state.account)
        return room_to_move(state, today, later, limits, draft.used, into=into)

    def later(self, path: AccountPath, on: date) -> list[Movement]:
        return self._draft().later(path, on)

    def balances(
        self, root: str, after: str = "", limit: int | None = None
    ) -> Iterator[tuple[AccountPath, int]]:
        stored = self._reader.nets(root, after, limit)
        paths = self._index.paths(root, after)
        if not paths:
            return stored
        found = self._draft().states(map(AccountPath, paths)).items()
        mine = {str(path): (path, state.normal) for path, state in found}
        return islice(_merged(((str(row[0]), row) for row in stored), mine), limit)

    # --- personal data ------------------------------------------------------------------------------

    def fingerprint(self, text: str) -> str:
        return self._draft().fingerprint(text)

    def fingerprinted(self, fingerprint: str) -> list[tuple[str, str]]:
        found = (*self._reader.fingerprinted(fingerprint), *self._index.fingerprinted(fingerprint))
        return [*dict.fromkeys(found)]

    # --- records ------------------------------------------------------------------------------------

    def record(self, kind: str, id: str) -> Record | None:
        mine = self._index.versions(kind, id)
        return mine[-1] if mine else self._reader.record(kind, id)

    def versions(self, kind: str, id: str) -> Iterator[Record]:
        mine = tuple(self._index.versions(kind, id))
        yield from self._reader.versions(kind, id)
        yield from mine

    def records(
        self, kind: str, root: str = "", after: str = "", limit: int | None = None
    ) -> Iterator[Record]:
        stored = self._reader.records(kind, root, after, limit)
        mine = self._index.records(kind, root, after)
        return islice(_merged(((it.id, it) for it in stored), mine), limit) if mine else stored

    def record_texts(
        self, kind: str, root: str = "", after: str = "", limit: int | None = None
    ) -> Iterator[RecordText]:
        stored = self._reader.record_texts(kind, root, after, limit)
        decided = self._index.records(kind, root, after)
        if not decided:
            return stored
        texts = {row[:3]: row[5] for row in self._draft().added.records}
        mine = {id: (id, r.version, texts[kind, id, r.version]) for id, r in decided.items()}
        return islice(_merged(((row[0], row) for row in stored), mine), limit)

    # --- the journal ----------------------------------------------------------------------------------

    def entry(self, number: int) -> Entry | None:
        return self._index.entry(number) or self._reader.entry(number)

    def reversal(self, number: int) -> int | None:
        return self._index.reversal(number) or self._reader.reversal(number)

    def corrections(self, number: int) -> list[int]:
        return [*self._reader.corrections(number), *self._index.corrections(number)]

    def group(self, name: str) -> list[int]:
        mine = (self._draft().decided[key].number for key in self._index.group_keys(name))
        return [*self._reader.group(name), *mine]


def _known(draft: Draft, path: AccountPath) -> AccountState:
    state = draft.states([path]).get(path)
    if state is None:
        raise UnknownAccount(path)
    return state


def _merged(stored: Iterable[tuple[str, T]], mine: Mapping[str, T]) -> Iterator[T]:
    """Stored items in order, with decided ones replacing them or inserted between them."""
    waiting = iter(mine.items())
    name, value = next(waiting, (None, None))
    for other, old in stored:
        while name is not None and value is not None and name < other:
            yield value
            name, value = next(waiting, (None, None))
        if name == other and value is not None:
            yield value
            name, value = next(waiting, (None, None))
        else:
            yield old
    while value is not None:
        yield value
        name, value = next(waiting, (None, None))


class _Nothing:
    """An empty draft on the committed book: a new one once somebody has written, or a hold expired."""

    def __init__(self, reader: DecidingReader, clock: Callable[[], datetime]) -> None:
        self._reader = reader
        self._clock = clock
        self._draft: Draft | None = None

    def __call__(self) -> Draft:
        head, now, draft = self._reader.head(), self._clock(), self._draft
        if draft is None or not _is_fresh(draft.known, head, now):
            draft = self._draft = Draft(self._reader, Known.read(self._reader, head), now)
            draft.release_holds(self._reader.due_holds(now))
        return draft


def _is_fresh(known: Known, head: object, now: datetime) -> bool:
    expired = known.next_expiry is not None and known.next_expiry <= now
    return known.head == head and not expired and len(known.states) <= _MOST_STATES
