"""A ledger on each store, with a few accounts of every kind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bankcore.ledger.accounts import Account, Side
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.ports import Store
from bankcore.ledger.transactions import Book
from bankcore.stores.memory import MemoryStore
from bankcore.stores.open import open_store
from bankcore.stores.sqlite import SqliteStore
from bankcore.units import Unit

DAY = date(2024, 5, 1)
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
BOOK = Book(1, "test", Unit("CNY/2"), DAY)

ACCOUNTS = [
    Account("cash", "asset", "CNY/2"),
    Account("a", "liability", "CNY/2", floor=0),
    Account("b", "liability", "CNY/2", floor=0, ceiling=1_000_00),
    Account("line", "liability", "CNY/2", floor=-500_00),
    Account("points", "liability", "POINT/0", floor=0),
    Account("issued", "asset", "POINT/0"),
    Account("due", "memorandum", "CNY/2", floor=0),
    Account("due-contra", "memorandum", "CNY/2", normal_side=Side.CREDIT, floor=0),
]


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "postgres":
        store: Store = open_store(request.getfixturevalue("postgres_url"), create=True)
    else:
        store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "book.db", create=True)
    yield store
    store.close()


@pytest.fixture
def ledger(store: Store) -> Ledger:
    ledger = Ledger.create(store, BOOK, clock=lambda: NOON)
    ledger.open(ACCOUNTS, key="open")
    return ledger
