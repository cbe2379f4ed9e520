"""A book moves from one store to another while it is served; never are both open for writing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from tests.ledger.features import SHARED, pay
from tests.stores.test_copying import everything, full, make, person, ticking

from bankcore.errors import (
    BadTransaction,
    BankcoreError,
    BookExists,
    BookInCopy,
    BookMoved,
    MoveAbandoned,
    MoveFinished,
    StoreDamaged,
    StoreUnavailable,
)
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.personal import seeded
from bankcore.ledger.ports import Store
from bankcore.ledger.transactions import ERASURE, MOVE, Book, Record
from bankcore.stores import copying
from bankcore.stores.copying import copy_books
from bankcore.stores.memory import MemoryStore
from bankcore.stores.moving import Mover, reopen
from bankcore.stores.sqlite import SqliteStore

assert make  # the fixture

PAIRS = [("sqlite", "postgres"), ("postgres", "postgres"), ("sqlite", "sqlite")]
CLOSED = (BookMoved, BookInCopy, MoveAbandoned)


def is_open(store: Any, book: Book) -> bool:
    """Whether the book can be written in a store that may not have it."""
    if book not in store.books():
        return False
    try:
        with store.writing(book.id):
            return True
    except CLOSED:
        return False


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_a_book_moves_while_it_is_written(
    make: Callable[[str], Store], book: Book, source: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "_AT_ONCE", 7)
    first, second = make(source), make(target)
    ledger = full(first, book)
    first.advance(book.id, "mailer", 3)
    mover = Mover(first, second, book, ticking())
    assert mover.begin() == mover.begin()
    with pytest.raises(BookInCopy):
        Ledger(second, book, ticking()).post(pay("too early", 1))
    with pytest.raises(BookInCopy):
        copy_books(first, second)
    assert mover.catch_up() == 0
    ledger.post(pay("more", 5))
    ledger.post(person("erase b", Record(ERASURE, "person:b", {"kind": "person", "id": "b"})))
    first.advance(book.id, "mailer", 9)
    number = mover.close()
    assert (number, mover.close()) == (first.reading(book.id).head().number,) * 2
    with pytest.raises(BookMoved) as refusal:
        ledger.post(pay("too late", 1))
    assert (refusal.value.code, refusal.value.number) == ("book_moved", number)
    assert refusal.value.to == second.address
    with pytest.raises(BookMoved):
        ledger.post(pay("more", 5))  # a repetition is answered where the book is
    with pytest.raises(BookMoved):
        first.advance(book.id, "mailer", 10)
    assert ledger.balance("cash").net is not None  # reading goes on
    assert not is_open(second, book)
    found = mover.finish()
    assert (found.book, found.head) == (book, first.reading(book.id).head())
    assert everything(second, book) == everything(first, book)
    assert mover.finish() == found  # again changes nothing
    assert Mover(first, second, book).begin().phase == "open"
    assert (is_open(first, book), is_open(second, book)) == (False, True)
    there = Ledger(second, book, ticking(), salts=seeded("there"))
    assert there.post(pay("more", 5)).replayed
    assert there.post(pay("new", 5)).number == number + 1
    second.advance(book.id, "mailer", 11)
    with pytest.raises(MoveFinished):
        mover.give_up()
    verify(there.reader, book).require()
    verify(first.reading(book.id), book).require()


def test_a_book_moves_back_to_where_it_was(make: Callable[[str], Store], book: Book) -> None:
    first, second = make("sqlite"), make("postgres")
    full(first, book)
    for source, target in ((first, second), (second, first), (first, second)):
        mover = Mover(source, target, book, ticking())
        mover.begin()
        mover.catch_up()
        mover.close()
        mover.finish()
        assert [is_open(it, book) for it in (source, target)] == [False, True]
        Ledger(target, book, ticking()).post(pay(f"at {mover.begin().attempt} {target.address}", 1))
    latest = second.reading(book.id).record(*MOVE)
    assert latest is not None
    assert (latest.version, latest.data) == (3, {"attempt": 3, "phase": "moved", "place": second.address})


@pytest.mark.parametrize("engine", ["sqlite", "postgres", "memory"])
def test_a_move_that_is_given_up_leaves_the_book_where_it_was(
    make: Callable[[str], Store], book: Book, engine: str
) -> None:
    first, second = make(engine), make(engine if engine != "memory" else "sqlite")
    ledger = full(first, book)
    stale = Mover(first, second, book, ticking())
    stale.begin()
    stale.catch_up()
    stale.close()
    mover = Mover(first, second, book, ticking())
    assert mover.give_up()
    assert not mover.give_up()  # nothing is left to do
    assert ledger.post(pay("here again", 5)).number == first.reading(book.id).head().number
    with pytest.raises(BankcoreError, match="given up"):
        Ledger(second, book, ticking()).post(pay("there", 1))
    for step in (stale.catch_up, stale.close):
        with pytest.raises(MoveAbandoned):
            step()
    assert mover.begin().attempt == 2  # in the same place: what is there is the beginning
    mover.catch_up()
    with pytest.raises(BookInCopy):
        stale.close()  # it is the copy of another attempt
    mover.close()
    mover.finish()
    assert everything(second, book) == everything(first, book)


@pytest.mark.parametrize("is_over", [True, False])
def test_who_gives_up_late_does_not_open_what_a_later_move_has_closed(
    make: Callable[[str], Store], book: Book, monkeypatch: pytest.MonkeyPatch, *, is_over: bool
) -> None:
    first, second = make("memory"), make("sqlite")
    full(first, book)
    mover, later, stopped = (Mover(first, second, book, ticking()) for _ in range(3))
    mover.begin()
    mover.catch_up()
    mover.close()
    ending = stopped._end_copy

    def ended_and_stopped(attempt: int) -> int:
        ended = ending(attempt)
        assert Mover(first, second, book, ticking()).give_up()
        later.begin()
        later.catch_up()
        later.close()
        if is_over:
            later.finish()
        return ended

    monkeypatch.setattr(stopped, "_end_copy", ended_and_stopped)
    assert not stopped.give_up()
    later.finish()
    assert [is_open(it, book) for it in (first, second)] == [False, True]


def test_a_copy_never_begun_is_given_up_too(make: Callable[[str], Store], book: Book) -> None:
    first, second, third = make("memory"), make("sqlite"), make("memory")
    ledger = full(first, book)
    mover = Mover(first, second, book, ticking())
    assert not mover.give_up()
    with pytest.raises(MoveAbandoned):
        Ledger(second, book, ticking()).post(pay("there", 1))
    mover.begin()
    mover.catch_up()
    mover.close()
    with pytest.raises(BookMoved):
        Mover(first, third, book).begin()
    with pytest.raises(BookMoved):
        Mover(first, third, book).give_up()
    assert reopen(first, book, ticking())  # the target is lost
    assert not reopen(first, book, ticking())
    assert not ledger.post(pay("here again", 5)).replayed
    with pytest.raises(BookInCopy):
        reopen(second, book)


def test_a_book_that_has_moved_is_opened_in_no_other_schema(make: Callable[[str], Store], book: Book) -> None:
    first, second, third = make("sqlite"), make("postgres"), make("postgres")
    full(first, book)
    stale = Mover(first, third, book, ticking())
    stale.begin()
    stale.catch_up()
    move(first, second, book)
    assert second.address != third.address
    for step in (stale.close, stale.begin, stale.give_up):
        with pytest.raises(BookMoved):
            step()
    assert [is_open(it, book) for it in (first, second, third)] == [False, True, False]


def test_a_book_is_not_closed_while_a_consumer_advances(postgres_url: str, book: Book) -> None:
    import psycopg

    from bankcore.stores.postgres import statements
    from bankcore.stores.postgres.store import PostgresStore

    second = MemoryStore()
    with PostgresStore(postgres_url, create=True, timeout=0.5) as first:
        ledger = Ledger.create(first, book, ticking())
        ledger.open(SHARED, key="open")
        ledger.post(pay("trusted", 5))  # who has written last writes without the lock
        mover = Mover(first, second, book, ticking())
        mover.begin()
        with psycopg.connect(postgres_url) as connection:
            cursor = psycopg.RawCursor(connection)
            cursor.execute(statements.ADVANCING[0].encode(), (book.id,))  # it then sees that the book is open
            with pytest.raises(StoreUnavailable):
                mover.close()
            cursor.execute(statements.ADVANCING[1].encode(), (book.id, "mailer", 1))
        mover.close()
        mover.finish()
        assert second.consumers(book.id) == first.consumers(book.id) == {"mailer": 1}


def test_a_target_that_is_lost_is_not_made_anew(
    make: Callable[[str], Store], book: Book, tmp_path: Path
) -> None:
    first = make("memory")
    full(first, book)
    with SqliteStore(tmp_path / "mall.db", create=True) as second:
        move(first, second, book)
        Ledger(second, book, ticking()).post(pay("there", 5))
    for path in tmp_path.glob("mall.db*"):
        path.unlink()
    with SqliteStore(tmp_path / "mall.db", create=True) as second:
        with pytest.raises(BookMoved):
            Mover(first, second, book, ticking()).run()
        assert not is_open(second, book)


def test_an_open_book_is_never_a_target(make: Callable[[str], Store], book: Book) -> None:
    first, second = make("memory"), make("memory")
    full(first, book)
    copy_books(first, second)
    with pytest.raises(BookExists):
        Mover(first, second, book).begin()
    with pytest.raises(MoveFinished):
        Mover(first, second, book).give_up()


def test_a_copy_of_a_closed_book_is_closed(make: Callable[[str], Store], book: Book) -> None:
    first, second, third, fourth = (make(it) for it in ("memory", "memory", "sqlite", "sqlite"))
    full(first, book)
    copy_books(first, fourth)
    mover = Mover(first, second, book, ticking())
    mover.begin()
    mover.catch_up()
    mover.close()
    mover.finish()
    for copied in (third, fourth):  # one that is new, and one that was made before
        copy_books(first, copied)
        copy_books(first, copied)
        assert copied.reading(book.id).move() == first.reading(book.id).move()
        assert not is_open(copied, book)
    copied = make("memory")
    copy_books(second, copied)
    assert is_open(copied, book)


def test_a_target_that_differs_is_not_opened(make: Callable[[str], Store], book: Book) -> None:
    first, second = make("memory"), make("memory")
    full(first, book)
    mover = Mover(first, second, book, ticking())
    mover.begin()
    second.advance(book.id, "somebody", 3, moving=True)
    mover.close()
    with pytest.raises(BankcoreError, match="positions of the feed differ"):
        mover.finish()
    assert not is_open(second, book)


# --- killed anywhere --------------------------------------------------------------------------------


class Killed(BaseException):
    pass


class Mortal:
    """A store whose user is killed before, or after, a certain commit of all stores."""

    def __init__(self, store: Any, left: list[int], *, after: bool) -> None:
        self._store, self._left, self._after = store, left, after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def _die(self, when: bool) -> None:
        if when is self._after:
            self._left[0] -= 1
            if self._left[0] < 0:
                raise Killed

    @contextmanager
    def writing(self, book: int, *, moving: bool = False) -> Iterator[Any]:
        with self._store.writing(book, moving=moving) as writer:
            yield writer
            self._die(when=False)
        self._die(when=True)

    def create(self, *given: Any) -> None:
        self._die(when=False)
        self._store.create(*given)
        self._die(when=True)

    def advance(self, *given: Any, **more: Any) -> None:
        self._die(when=False)
        self._store.advance(*given, **more)
        self._die(when=True)


def move(source: Any, target: Any, book: Book) -> None:
    mover = Mover(source, target, book, ticking())
    mover.begin()
    mover.catch_up()
    mover.close()
    mover.finish()


def give_up(source: Any, target: Any, book: Book) -> None:
    with suppress(MoveFinished):
        Mover(source, target, book, ticking()).give_up()


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("then", [(move,), (give_up,), (give_up, move)])
def test_a_mover_killed_at_any_commit_leaves_one_book_open_at_most(
    book: Book, then: tuple[Callable[[Any, Any, Book], None], ...], *, after: bool
) -> None:
    for commits in count():
        first, second = MemoryStore(), MemoryStore()
        ledger = Ledger.create(first, book, ticking())
        ledger.open(SHARED, key="open")
        receipt = ledger.post(pay("paid", 5))
        first.advance(book.id, "mailer", 1)
        left = [commits]
        with suppress(Killed):
            for act in (move, *then):
                alive = [Mortal(it, left, after=after) for it in (first, second)]
                act(*alive, book)
                assert not (is_open(first, book) and is_open(second, book))
        for act in then:  # killed, or not, it is done again by another
            assert not (is_open(first, book) and is_open(second, book))
            act(first, second, book)
        states = is_open(first, book), is_open(second, book)
        assert sum(states) == 1
        if then[-1] is move:
            assert states == (False, True)
        served = (first, second)[states[1]]
        again = Ledger(served, book, ticking()).post(pay("paid", 5))
        assert (again.number, again.replayed) == (receipt.number, True)
        assert served.consumers(book.id) == {"mailer": 1}
        verify(served.reading(book.id), book).require()
        if left[0] >= 0:
            assert commits > 5
            return


@pytest.mark.parametrize(
    ("id", "data"),
    [
        ("another", {"attempt": 1, "phase": "moved", "place": "there"}),
        ("book", {"attempt": True, "phase": "moved", "place": "there"}),
        ("book", {"attempt": 1, "phase": "moved"}),
        ("book", {"attempt": 1, "phase": "copy", "place": "there"}),
    ],
)
def test_the_record_of_a_move_is_that_of_a_move(book: Book, id: str, data: dict[str, Any]) -> None:
    ledger = Ledger.create(MemoryStore(), book, ticking())
    with pytest.raises(BadTransaction, match="a move"):
        ledger.post(person("k", Record(MOVE[0], id, data)))


@pytest.mark.parametrize("name", ["@move:nothing", '@move:["sold", "there", 1]', '@move:["copy","there",1]'])
def test_a_move_that_cannot_be_read_closes_the_book(
    make: Callable[[str], Store], book: Book, name: str
) -> None:
    store = make("sqlite")
    ledger = Ledger.create(store, book, ticking())
    store.advance(book.id, name, 0)
    with pytest.raises(StoreDamaged):
        ledger.open(SHARED, key="open")
