"""Every store, empty, and an author who writes to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import PROFILE

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


def lay_out(url: str, *scripts: str) -> None:
    """Make the tables of a database as an operator does, by the scripts of the package."""
    import psycopg

    from bankcore.stores.postgres.schema import VERSION

    with psycopg.connect(url, autocommit=True) as owner:
        for script in scripts:
            owner.execute(script.encode())
        owner.execute(f"INSERT INTO bankcore_version VALUES ({VERSION})".encode())


@pytest.fixture
def split(postgres_url: str) -> str:
    """The URL of a schema whose tables are split, into partitions of 25 transactions."""
    from bankcore.stores.postgres.schema import script

    lay_out(postgres_url, script("schema"), script("partitions").replace("000000", ""))
    return postgres_url


@pytest.fixture(params=["memory", "sqlite", "postgres", *(["split"] if PROFILE == "nightly" else [])])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """Every store there is, empty."""
    if request.param == "memory":
        yield MemoryStore()
    elif request.param == "sqlite":
        yield request.getfixturevalue("opener")(create=True)
    else:
        url = request.getfixturevalue("split" if request.param == "split" else "postgres_url")
        with closing(open_store(url, create=True)) as store:
            yield store


@pytest.fixture
def author(store: Store, book: Book) -> Author:
    """An author of the only book of a store."""
    store.create(book)
    return Author(store, book)
