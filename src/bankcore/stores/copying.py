"""Copies of books from one store into another, of any engine, line by line.

Every row of the copy is derived from the line that it repeats, and in the end the copy is verified.  An
interrupted copy is continued where it stopped, and a later one adds what the source has got since.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import count, islice
from typing import Final

from bankcore.errors import BookExists, StoreDamaged
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.additions import Additions, Move, Place
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.evidence.pages import PAGE
from bankcore.ledger.evidence.seals import SEAL, Seal
from bankcore.ledger.ports import Head, Reader, Store, Writer
from bankcore.ledger.posting.states import AccountState
from bankcore.ledger.transactions import Book, Entry, Record, Transaction
from bankcore.stores.backup import Standing, standings
from bankcore.stores.memory import MemoryStore
from bankcore.stores.moves import check_open

__all__ = ["copy_books", "copy_lines", "copy_rest", "fork_book"]

_AT_ONCE: Final = 1_000  # transactions in one commit
_PAGES: Final = 500  # of the balance tree

_IN_COPY: Final = "the copy"


def copy_books(
    source: Store, target: Store, progress: Callable[[int], object] = lambda added: None
) -> tuple[Standing, ...]:
    """Copy every book of a store in its current state; `progress` gets the number of transactions that
    were added by each commit.

    Raises BookExists where the target has a book of the same id or name that does not begin as the source's
    does, VerificationFailed, StoreDamaged.
    """
    with source.snapshot() as still:
        for book in still.books():
            _copy_one(still, book, target, progress)
        target.scrub()  # of what the copied erasures have deleted again
        found = standings(still)
    with target.snapshot() as copied:
        for standing in found:
            verify(copied.reading(standing.book.id), standing.book).require()
        if [each for each in standings(copied) if each in found] != list(found):
            raise StoreDamaged(_IN_COPY, "its end is not the end of the source")
    return found


def fork_book(source: Store, book: Book) -> MemoryStore:
    """A copy of one book in memory, in its state at one moment; others may write meanwhile.

    The copy ends with the digest of the source; it is not verified.  On SQLite and PostgreSQL only a
    snapshot for reading is held, and only while copying; a store in memory lets its writers wait.
    Raises StoreDamaged, and the errors of the source.
    """
    target = MemoryStore()
    with source.snapshot() as still:
        _copy_one(still, book, target)
    return target


def _copy_one(
    still: Store, book: Book, target: Store, progress: Callable[[int], object] = lambda added: None
) -> None:
    """Copy one book of a snapshot, with the positions of its consumers."""
    with still.reading(book.id) as reader:
        _copy(reader, target, progress)
    for consumer, number in still.consumers(book.id).items():
        target.advance(book.id, consumer, number, moving=True)


def _copy(reader: Reader, target: Store, progress: Callable[[int], object]) -> None:
    """Copy one book; a copy of a book that is closed is closed, too."""
    book, move = reader.book, reader.move()
    if move is not None and not move.closes:
        move = None
    if book not in target.books():
        target.create(book, move)

    def allow(writer: Writer) -> None:
        if (known := writer.move()) != move:
            check_open(known, target.address, book)

    end = copy_lines(reader, target, allow, progress)
    if end != reader.head():
        raise StoreDamaged(_IN_COPY, "its end is not the end of the source")
    copy_rest(reader, target, allow, [] if move is None else [move])


def copy_lines(
    reader: Reader, target: Store, allow: Callable[[Writer], None], progress: Callable[[int], object]
) -> Head:
    """Copy the journal as far as the reader shows it; the end that the copy then has.

    `allow` raises in every commit where it may not be made.  Raises BookExists where the copy is not the
    beginning of the journal.
    """
    book = reader.book
    end = target.reading(book.id).head()
    if not _is_start(reader, end):
        raise BookExists(_IN_COPY, book.name)
    entries = reader.entries(end.number)
    while some := list(islice(entries, _AT_ONCE)):
        with target.writing(book.id, moving=True) as writer:
            allow(writer)
            if writer.head() != end:
                raise BookExists(_IN_COPY, book.name)
            added = _Copying(writer, end).all_of(some)
            writer.append(added)
        end = added.after or end
        progress(len(some))
    return end


def copy_rest(
    reader: Reader, target: Store, allow: Callable[[Writer], None], moves: Iterable[Move] = ()
) -> None:
    """Copy what no line of the journal tells of."""
    with target.writing(reader.book.id, moving=True) as writer:
        allow(writer)
        secret = "" if writer.secret() else reader.secret()
        writer.append(Additions(secret=secret, pages=[*_pages(reader)], moves=[*moves]))


def _is_start(reader: Reader, end: Head) -> bool:
    """Whether a journal that ends so is the beginning of the reader's."""
    entry = reader.entry(end.number)
    return end.digest == (reader.book.genesis() if entry is None else entry.digest)


def _pages(reader: Reader) -> Iterator[tuple[int, int, bytes]]:
    """The pages of the balance tree of the last seal, level by level."""
    sealed = reader.record(*SEAL)
    size = 0 if sealed is None else Seal.from_data(sealed.data).accounts
    for level in count():
        if size == 0:
            return
        size = -(-size // PAGE)
        for first in range(0, size, _PAGES):
            numbers = range(first, min(first + _PAGES, size))
            yield from ((level, *page) for page in sorted(reader.pages(level, numbers).items()))
        size = 0 if size == 1 else size


class _Copying:
    """What some transactions add to a copy that ends before them."""

    def __init__(self, writer: Writer, end: Head) -> None:
        self._writer = writer
        self._accounts = end.accounts
        self._states: dict[AccountPath, AccountState] = {}
        self._held: dict[int, Transaction] = {}
        self._added = Additions(before=end)

    def all_of(self, entries: list[Entry]) -> Additions:
        """All rows that follow from the entries."""
        self._begin(entries)
        added = self._added
        for entry in entries:
            t = entry.transaction
            if t.resolves is not None:
                self._hold(self._held.pop(t.resolves), -1)
            for record in t.records:
                if record.kind == "account":
                    self._describe(record, entry.number)
            added.write(entry, [*self._hold(t, 1)] if t.pending else [*self._post(t)])
            if t.pending:
                self._held[entry.number] = t
        added.balances = [
            (s.id, s.sequence, s.debits, s.credits, s.pending_debits, s.pending_credits, s.version)
            for s in self._states.values()
        ]
        added.moves.clear()  # they were those of the source
        last = entries[-1]
        added.after = Head(last.number, last.digest, last.recorded_at, self._accounts)
        return added

    def _begin(self, entries: Iterable[Entry]) -> None:
        """Read the accounts that the entries move or describe, and the holds that they resolve."""
        given = [entry.transaction for entry in entries]
        earlier = [hold for t in given if t.resolves for hold in [self._writer.hold(t.resolves)] if hold]
        self._held = {hold.number: hold.transaction for hold in earlier}
        moved = {p.account for t in (*given, *self._held.values()) for p in t.postings}
        moved |= {AccountPath(r.id) for t in given for r in t.records if r.kind == "account"}
        stored = self._writer.states(moved)
        self._states = {path: AccountState(*state) for path, state in stored.items()}

    def _describe(self, record: Record, number: int) -> None:
        path, account = AccountPath(record.id), record.account
        if record.version == 1:
            self._accounts += 1
            self._states[path] = AccountState(self._accounts, account, 1)
            self._added.open(self._accounts, account, number)
        else:
            self._states[path].become(account, record.version)
            self._added.describe(account)

    def _hold(self, t: Transaction, times: int) -> list[Place]:
        states = [self._states[p.account] for p in t.postings]
        for p, state in zip(t.postings, states, strict=True):
            state.hold(p.quantity, times)
        return [Place(s.id, s.sequence, s.debits - s.credits, s.debits, s.horizon) for s in states]

    def _post(self, t: Transaction) -> Iterator[Place]:
        for p in t.postings:
            state = self._states[p.account]
            state.sequence += 1
            state.horizon = max(state.horizon, t.effective_on)
            state.post(p.quantity)
            yield Place(state.id, state.sequence, state.debits - state.credits, state.debits, state.horizon)
