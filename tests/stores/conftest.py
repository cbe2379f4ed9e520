"""Every store, empty, and an author who writes to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bankcore.ledger.ports import Store
from bankcore.ledger.transactions import (
    Book,
)
from bankcore.stores.memory import MemoryStore
from bankcore.stores.open import open_store
from bankcore.stores.sqlite import SqliteStore
from bankcore.testing.store_contract.contract import CNY, DAY, Author, fact, transfer


@pytest.fixture
def make() -> Any:
    """The makers of transactions, under one name."""

    class Make:
        transfer = staticmethod(transfer)
        fact = staticmethod(fact)
        author = Author

    return Make


@pytest.fixture
def book() -> Book:
    return Book(1, "mall", CNY, DAY)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a book.db"


@pytest.fixture
def opener(path: Path) -> Iterator[Callable[..., SqliteStore]]:
    """Opens the SQLite file, and closes it after the test."""
    stores: list[SqliteStore] = []

    def open_(**options: Any) -> SqliteStore:
        stores.append(SqliteStore(path, **options))
        return stores[-1]

    yield open_
    for store in stores:
        store.close()


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """Every store there is, empty."""
    if request.param == "memory":
        yield MemoryStore()
    elif request.param == "sqlite":
        yield request.getfixturevalue("opener")(create=True)
    else:
        with closing(open_store(request.getfixturevalue("postgres_url"), create=True)) as store:
            yield store


@pytest.fixture
def author(store: Store, book: Book) -> Author:
    """An author of the only book of a store."""
    store.create(book)
    return Author(store, book)
