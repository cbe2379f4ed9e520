"""Moving a book from one store to another while it is served.

The target is filled while the source is written: it holds a *copy*, which nobody else may write.  Then the
source is closed by the last transaction of its journal there, number N; the target is brought to exactly N,
compared and verified, and opened.  Each of the two steps that matter is one commit under the lock of one
store: the one that closes the source, and the one that opens the target, which finds there the same copy that
was begun, or does nothing.  A move that is given up first ends the copy, for good, and then opens the source
again; so at no time are both open, whoever is killed wherever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Any

from bankcore.errors import BookExists, BookMoved, MoveAbandoned, MoveFinished, StoreDamaged
from bankcore.ledger.additions import Additions, Move
from bankcore.ledger.books import Books
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.evidence.seals import SEAL
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.ports import Reader, Store, Writer
from bankcore.ledger.rules import Planned
from bankcore.ledger.transactions import MOVE, Book, Record, Transaction
from bankcore.stores.backup import Standing, standings
from bankcore.stores.copying import copy_lines, copy_rest
from bankcore.stores.moves import check_open

__all__ = ["Mover", "reopen", "utc_now"]

_ACTOR = "system:move"
_NEVER = datetime.max.replace(tzinfo=UTC)  # all live holds are due by then
_NEAR = 1_000  # transactions that are copied after the source is closed
_SPAN = 10_000  # transactions whose personal data are compared at a time


def utc_now() -> datetime:
    """The current instant."""
    return datetime.now(UTC)


class Mover:
    """The move of a book from one store to another.

    Each method can be called again after it was interrupted, by another process, too: it goes on from
    where the two stores are.  Both are written.

    >>> from datetime import date
    >>> from bankcore.ledger.accounts import Account
    >>> from bankcore.stores.memory import MemoryStore
    >>> from bankcore.units import Unit
    >>> source, target = MemoryStore(), MemoryStore()
    >>> book = source.add("mall", Unit("CNY/2"), date(2024, 5, 1))
    >>> Ledger(source, book, utc_now).open([Account("cash", "asset", "CNY/2")], key="open").number
    1
    >>> mover = Mover(source, target, book)
    >>> mover.begin().phase, mover.catch_up()
    ('copy', 0)
    >>> mover.close(), mover.finish().head.number
    (2, 2)
    >>> source.reading(1).move().phase, target.reading(1).move().phase
    ('moved', 'open')
    """

    def __init__(
        self, source: Store, target: Store, book: Book, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._source, self._target, self.book = source, target, book
        self._clock = clock
        self._copy: Move | None = None  # as this mover found it, or began it

    @property
    def _here(self) -> Move | None:
        """The move as the source keeps it."""
        with self._source.reading(self.book.id) as reader:
            return reader.move()

    @property
    def _leaves(self) -> Move | None:
        """The move of the source to the target, where the source is closed by it."""
        move = self._here
        is_ours = move is not None and move.phase == "moved" and move.place == self._target.address
        return move if is_ours else None

    @property
    def is_over(self) -> bool:
        """Whether the source is closed and the target open."""
        if self._leaves is None or self.book not in self._target.books():
            return False
        with self._target.reading(self.book.id) as reader:
            move = reader.move()
        return move is not None and move.phase == "open"

    def run(self, progress: Callable[[int], object] = lambda added: None) -> Standing:
        """The whole move: copy until little is missing, close the source, and open the target.

        From the close to the opening, which takes as long as `verify` of the book, nobody can write it.
        Raises the errors of the steps.
        """
        last = None
        if self.begin().phase == "copy" and self._leaves is None:
            while (behind := self.catch_up(progress)) > _NEAR and (last is None or behind < last):
                last = behind
        self.close()
        return self.finish(progress)

    def begin(self) -> Move:
        """Have the target hold a copy, an empty one if need be; its move, which is "open" where all is done.

        Raises BookMoved and the like where the source is closed for another reason, BookExists where the
        target has such a book that is not a copy, MoveAbandoned where `give_up` was interrupted.
        """
        leaves = self._leaves
        if leaves is None:
            check_open(self._here, self._source.address, self.book)
        if self.book not in self._target.books():
            check_open(leaves, self._source.address, self.book)  # its copy is lost, which may have been open
            self._target.create(self.book, Move("copy", self._source.address, 1))
        with self._target.writing(self.book.id, moving=True) as writer:
            self._copy = self._found(writer.move(), leaves)
            if self._copy != writer.move():
                writer.append(Additions(moves=[self._copy]))
        return self._copy

    def _found(self, there: Move | None, leaves: Move | None) -> Move:
        """The copy to go on with, given what the target says and what the source."""
        if there is not None and (there.phase == "copy" or (there.phase == "open" and leaves is not None)):
            return there
        if there is None or there.phase == "open":
            raise BookExists(self._target.address, self.book.name)
        if leaves is not None:
            raise MoveAbandoned(self._target.address, self.book.name, self._source.address)
        return Move("copy", self._source.address, there.attempt + 1)  # what is there is the beginning

    def catch_up(self, progress: Callable[[int], object] = lambda added: None) -> int:
        """Copy what the source has; how many transactions it has got meanwhile.

        `progress` gets the number of transactions of each commit.  Raises MoveAbandoned, BookExists where
        the target is not the beginning of the source or somebody else copies, and the errors of the stores.
        """
        with self._source.reading(self.book.id) as reader:
            end = copy_lines(reader, self._target, self._allow, progress)
            return reader.head().number - end.number

    def follow(self, progress: Callable[[int], object] = lambda added: None) -> tuple[int, int]:
        """As `catch_up`; the number of the last transaction that is copied, and how many it is behind."""
        behind = self.catch_up(progress)
        with self._target.reading(self.book.id) as reader:
            return reader.head().number, behind

    def _allow(self, writer: Writer) -> None:
        """Raise unless the target still holds the copy that was begun."""
        assert self._copy is not None, "begin first"
        _check_copy(writer, self._copy, self._target.address)

    def close(self) -> int:
        """Close the source for writing; the number of the transaction that does, its last one there.

        Raises BookMoved where it has moved elsewhere, and the errors of the ledger.
        """
        assert self._copy is not None, "begin first"
        if self._copy.phase == "copy":
            with self._target.reading(self.book.id) as reader:
                _check_copy(reader, self._copy, self._target.address)
        said = {"attempt": self._copy.attempt, "phase": "moved", "place": self._target.address}
        if self._leaves is None:
            try:
                _write(self._source, self.book, self._clock, said)
            except BookMoved:  # by another who moves it, too
                if self._leaves is None:
                    raise
        leaves = self._leaves
        assert leaves is not None  # it was written just now
        return leaves.number

    def finish(self, progress: Callable[[int], object] = lambda added: None) -> Standing:
        """Bring the target to the end of the closed source, compare and verify it, and open it.

        Raises MoveAbandoned, StoreDamaged where the two differ, VerificationFailed; then the target stays
        closed.  Where it is open already, nothing is done.
        """
        leaves = self._leaves
        assert self._copy is not None, "begin first"
        assert leaves is not None, "close first"
        with self._source.reading(self.book.id) as reader:
            if self._copy.phase == "copy":
                end = copy_lines(reader, self._target, self._allow, progress)
                if (leaves.number, leaves.attempt) != (end.number, self._copy.attempt):
                    raise StoreDamaged(self._target.address, f"it ends with {end.number}: {leaves}")
                copy_rest(reader, self._target, self._allow)
                for consumer, number in self._source.consumers(self.book.id).items():
                    self._target.advance(self.book.id, consumer, number, moving=True)
                self._target.scrub()
                self._check(reader)
                self._open(end.number)
            with self._target.snapshot() as still:
                return next(each for each in standings(still) if each.book == self.book)

    def _check(self, source: Reader) -> None:
        """Compare the two, row by row, and verify the target."""
        book = self.book.id
        with self._target.snapshot() as still, still.reading(book) as target:
            last = source.head().number
            if source.head() != target.head() or source.record(*SEAL) != target.record(*SEAL):
                raise StoreDamaged(still.address, "its end is not the end of the source")
            place = still.address
            _compare("balances", place, source.standings(), target.standings())
            for first in range(0, last + 1, _SPAN):
                spans = [it.personal(first, first + _SPAN - 1) for it in (source, target)]
                _compare("personal data", place, *spans)
            _compare("secret", place, source.secret(), target.secret())
            _compare("holds", place, source.due_holds(_NEVER), target.due_holds(_NEVER))
            consumers = [it.consumers(book).items() for it in (self._source, still)]
            _compare("positions of the feed", place, *consumers)
            verify(target, self.book).require()

    def _open(self, number: int) -> None:
        """Open the target for writing, if it is still the copy that was begun."""
        with self._target.writing(self.book.id, moving=True) as writer:
            self._allow(writer)
            if writer.head().number != number:
                raise StoreDamaged(self._target.address, "it has got more than the source")
            assert self._copy is not None
            opened = self._copy._replace(phase="open")
            writer.append(Additions(moves=[opened]))
        self._copy = opened

    def give_up(self) -> bool:
        """End the copy for good, then open the source again if the move had closed it; whether it had.

        Raises MoveFinished where the target has been opened, BookMoved where the source has moved elsewhere.
        """
        leaves = self._leaves
        if leaves is None:
            check_open(self._here, self._source.address, self.book)
        ended = self._end_copy(1 if leaves is None else leaves.attempt)
        leaves = self._leaves
        if leaves is None or leaves.attempt > ended:  # a later copy, begun meanwhile, has not ended
            return False
        return _open_again(self._source, self.book, self._clock, leaves)

    def _end_copy(self, attempt: int) -> int:
        """End the copy for good, and with it all that were begun before; the attempt that it was."""
        if self.book not in self._target.books():  # or one begun later would be opened
            self._target.create(self.book, Move("abandoned", self._source.address, attempt))
        with self._target.writing(self.book.id, moving=True) as writer:
            there = writer.move()
            if there is None or there.phase in ("open", "moved"):
                raise MoveFinished(self._target.address, self.book.name)
            writer.append(Additions(moves=[there._replace(phase="abandoned")]))
        return there.attempt


def reopen(source: Store, book: Book, clock: Callable[[], datetime] = utc_now) -> bool:
    """Open a book again where a move has closed it; whether it was closed.

    Whoever calls it vouches that the copy never comes back: `Mover.give_up` sees to that itself.  Raises
    BookInCopy and MoveAbandoned for a store that was not closed by a move.
    """
    with source.reading(book.id) as reader:
        move = reader.move()
    if move is None or move.phase != "moved":
        check_open(move, source.address, book)
        return False
    return _open_again(source, book, clock, move)


def _open_again(source: Store, book: Book, clock: Callable[[], datetime], move: Move) -> bool:
    """Open a book that a move has closed; whether it is still that move which closes it."""
    admitted: Any = _Admitted(source)
    said = {"attempt": move.attempt, "phase": "open", "place": move.place}
    return _write(admitted, book, clock, said, after={**said, "phase": "moved"})


def _write(
    store: Store,
    book: Book,
    clock: Callable[[], datetime],
    said: dict[str, Any],
    after: dict[str, Any] | None = None,
) -> bool:
    """Write the next version of the record of the move, only after one that says `after` if that is given;
    whether it was written.
    """
    with store.reading(book.id) as reader:
        known = reader.record(*MOVE)
    record = Record(*MOVE, said, 1 if known is None else known.version + 1)

    def rule(books: Books) -> tuple[Planned, ...]:
        latest = books.record(*MOVE)
        if latest != known or (after is not None and (known is None or known.data != after)):
            return ()  # another was here meanwhile
        return (Transaction(kind="move", effective_on=books.today, records=(record,)),)

    key = f"bankcore/move/{record.version}"
    return bool(Ledger(store, book, clock).execute(key, said, rule, actor=_ACTOR))


def _check_copy(reader: Reader, copy: Move, place: str) -> None:
    """Raise MoveAbandoned or the like unless the store still holds a copy."""
    if (found := reader.move()) != copy or copy.phase != "copy":
        check_open(found, place, reader.book)
        raise BookExists(place, reader.book.name)


def _compare(what: str, place: str, source: Iterable[object], target: Iterable[object]) -> None:
    """Raise StoreDamaged where rows differ; they may be personal, so none is repeated."""
    if any(ours != theirs for ours, theirs in zip_longest(source, target)):
        raise StoreDamaged(place, f"its {what} differ from those of the source")


class _Admitted:
    """A store whose closed books may be written, for the move itself."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def writing(self, book: int) -> Any:
        return self._store.writing(book, moving=True)
