"""Books are copied from any store into any other, with the digests that they have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from tests.ledger.features import SHARED, history, pay, perform
from tests.postgres import empty_schema
from tests.stores.test_values import all_of

from bankcore.errors import BookExists
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.personal import seeded
from bankcore.ledger.ports import Store
from bankcore.ledger.transactions import ERASURE, Book, Record, Transaction
from bankcore.stores import copying
from bankcore.stores.copying import copy_books, fork_book
from bankcore.stores.memory import MemoryStore
from bankcore.stores.open import open_store
from bankcore.units import Unit

DAY = datetime(2024, 5, 1, tzinfo=UTC)
OTHER = Book(7, "other", Unit("POINT/0"), DAY.date(), "Asia/Shanghai")
ENGINES = ["memory", "sqlite", "postgres"]


def ticking() -> Callable[[], datetime]:
    moments = (DAY + timedelta(seconds=n) for n in count())
    return lambda: next(moments)


@pytest.fixture
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[str], Store]]:
    """Makes an empty store of an engine."""
    with ExitStack() as stack:
        files = count()

        def made(engine: str) -> Store:
            if engine == "memory":
                return MemoryStore()
            place = str(tmp_path / f"{next(files)}.db")
            if engine == "postgres":
                place = stack.enter_context(empty_schema(request.getfixturevalue("postgres_server")))
            store = open_store(place, create=True)
            stack.callback(store.close)
            return store

        yield made


def person(key: str, *records: Record) -> Transaction:
    return Transaction(key=key, kind="k", effective_on=DAY.date() + timedelta(days=1), records=records)


def full(store: Store, book: Book) -> Ledger:
    """A book that used everything: holds, seals, groups, personal data, some of it erased."""
    ledger = Ledger.create(store, book, ticking(), salts=seeded("copied"))
    ledger.open(SHARED, key="open")
    for feature in history(ledger, "copied-"):
        list(perform(feature))
    ledger.post(pay("held", 7, pending=True))
    ledger.post(person("a", Record("person", "a", {"name": {"personal": "Li Lei"}})))
    ledger.post(person("b", Record("person", "b", {"name": {"personal": "Han Mei"}})))
    ledger.post(person("erase", Record(ERASURE, "person:a", {"kind": "person", "id": "a"})))
    return ledger


def everything(store: Store, book: Book) -> list[Any]:
    reader = store.reading(book.id)
    rows = [
        [*reader.journal()], [*reader.standings()], sorted(reader.rare_rows()), [*reader.personal(0, 999)],
        dict(reader.counts()), reader.secret(), reader.pages(0, range(9)), reader.pages(1, range(9)),
    ]  # fmt: skip
    return [all_of(reader), rows, store.consumers(book.id)]


@pytest.mark.parametrize("target", ENGINES)
@pytest.mark.parametrize("source", ENGINES)
def test_a_copy_is_the_book(
    make: Callable[[str], Store], book: Book, source: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "_AT_ONCE", 7)
    first, second = make(source), make(target)
    ledger = full(first, book)
    Ledger.create(first, OTHER, ticking()).open(SHARED, key="open")
    first.advance(book.id, "mailer", 3)
    seen: list[int] = []
    found = copy_books(first, second, seen.append)
    assert [(s.book, s.head) for s in found] == [(b, first.reading(b.id).head()) for b in (book, OTHER)]
    assert sum(seen) == sum(standing.head.number for standing in found)
    assert seen[0] == 7
    assert [everything(second, b) for b in (book, OTHER)] == [everything(first, b) for b in (book, OTHER)]
    ledger.post(pay("more", 5))
    copy_books(first, second)  # what has been written since
    assert everything(second, book) == everything(first, book)
    again = Ledger(second, book, ticking())
    assert again.post(pay("more", 5)).replayed  # and it is a book to go on with
    verify(again.reader, book).require()


def test_an_interrupted_copy_goes_on_where_it_stopped(
    make: Callable[[str], Store], book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "_AT_ONCE", 5)
    first, second = make("memory"), make("sqlite")
    full(first, book)

    seen: list[int] = []

    def stop(added: int) -> None:
        seen.append(added)
        if len(seen) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy_books(first, second, stop)
    assert second.reading(book.id).head().number == 15
    copy_books(first, second, seen.append)
    assert sum(seen) == first.reading(book.id).head().number
    assert everything(second, book) == everything(first, book)


def test_another_book_is_never_written_over(make: Callable[[str], Store], book: Book) -> None:
    first, second = make("memory"), make("sqlite")
    full(first, book)
    Ledger.create(second, book, ticking()).open(SHARED, key="another beginning")
    before = everything(second, book)
    with pytest.raises(BookExists):
        copy_books(first, second)
    assert everything(second, book) == before
    third = make("sqlite")
    third.create(Book(book.id, "somebody's", book.base_unit, book.opened_on))
    with pytest.raises(BookExists, match="somebody's"):
        copy_books(first, third)


@pytest.mark.parametrize("source", ENGINES)
def test_a_fork_has_everything_of_one_book_and_is_written_independently(
    make: Callable[[str], Store], book: Book, source: str
) -> None:
    live = make(source)
    ledger = full(live, book)
    Ledger.create(live, OTHER, ticking()).open(SHARED, key="open")
    live.advance(book.id, "mailer", 3)
    before = everything(live, book)
    fork = fork_book(live, book)
    assert fork.books() == (book,)
    assert everything(fork, book) == before
    Ledger(fork, book, ticking()).post(pay("tried", 5))
    assert everything(live, book) == before
    ledger.post(pay("done", 6))
    assert fork.reading(book.id).numbers(["tried", "done"]).keys() == {"tried"}
