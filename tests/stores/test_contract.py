"""What every store must do, run against every store: uses of the kit's contract suite."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from attrs import evolve
from tests.conftest import PROFILE

from bankcore.errors import BadTransaction
from bankcore.ledger.ports import Store
from bankcore.stores.memory import MemoryStore
from bankcore.stores.open import open_store
from bankcore.stores.sqlite import SqliteStore
from bankcore.testing import DurableStoreContract, StoreContract


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self) -> Store:
        return MemoryStore()


class TestSqliteStore(DurableStoreContract):
    @pytest.fixture
    def store(self, opener: Callable[..., SqliteStore]) -> Store:
        return opener(create=True)

    @pytest.fixture
    def reopen(self, store: Store, opener: Callable[..., SqliteStore]) -> Callable[[], Store]:
        def reopen() -> Store:
            store.close()
            return opener()

        return reopen


class TestPostgresStore(DurableStoreContract):
    @pytest.fixture
    def store(self, postgres_url: str) -> Iterator[Store]:
        with closing(open_store(postgres_url, create=True)) as store:
            yield store

    @pytest.fixture
    def reopen(self, store: Store, postgres_url: str) -> Iterator[Callable[[], Store]]:
        opened: list[Store] = []

        def reopen() -> Store:
            store.close()
            opened.append(open_store(postgres_url))
            return opened[-1]

        yield reopen
        for it in opened:
            it.close()


if PROFILE == "nightly":

    class TestSplitPostgresStore(StoreContract):
        """Tables that are split into partitions."""

        @pytest.fixture
        def store(self, split: str) -> Iterator[Store]:
            with closing(open_store(split, create=True)) as store:
                yield store


class Forgetful(MemoryStore):
    """A store that tells of no correction."""

    def reading(self, book):
        reader = super().reading(book)
        reader.corrections = lambda number: []
        return reader


def test_a_store_that_forgets_something_is_not_certified():
    with pytest.raises(AssertionError, match="corrections"):
        StoreContract().test_a_ledger_writes_and_reads_what_it_does_in_memory(Forgetful())


@pytest.mark.parametrize(
    "fields",
    [
        {"id": "1"},
        {"id": True},
        {"id": -1},
        {"id": 2**63},
        {"name": ""},
        {"name": 5},
        {"name": "\ud800"},
        {"name": "main\0"},
        {"opened_on": "2024-05-01"},
        {"opened_on": None},
    ],
)
def test_a_book_is_checked_at_the_door(book, fields):
    with pytest.raises(BadTransaction, match="book"):
        evolve(book, **fields)
