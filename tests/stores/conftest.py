"""An author who writes real entries into a store, knowing no more than the store tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from tests.conftest import PROFILE
from tests.ledger.making import additions_of

from bankcore.ledger.accounts import Account, AccountPath
from bankcore.ledger.additions import Place
from bankcore.ledger.encoding import digest, encode
from bankcore.ledger.personal import personal_rows, seeded
from bankcore.ledger.ports import Store, Writer
from bankcore.ledger.posting.states import AccountState
from bankcore.ledger.transactions import (
    Book,
    Entry,
    Record,
    Transaction,
    legs,
    open_account,
    timestamp,
)
from bankcore.stores.memory import MemoryStore
from bankcore.stores.open import open_store
from bankcore.stores.sqlite import SqliteStore
from bankcore.units import Unit

CNY = Unit.parse("CNY/2")
DAY = date(2024, 5, 1)


@frozen
class Author:
    """Writes to one book of a store."""

    store: Store
    book: Book

    def write(self, *transactions: Transaction) -> list[Entry]:
        with self.store.writing(self.book.id) as writer:
            return self.append(writer, *transactions)

    def append(self, writer: Writer, *transactions: Transaction) -> list[Entry]:
        head = writer.head()
        reached, number, accounts = head.digest, head.number, head.accounts
        paths = {p.account for t in transactions for p in t.postings}
        paths |= {AccountPath(r.id) for t in transactions for r in t.records if r.kind == "account"}
        states = {path: AccountState(*stored) for path, stored in writer.states(sorted(paths)).items()}
        entries, places, opened = [], [], []
        for t in transactions:
            number += 1
            moment = datetime(2024, 5, 1, 9, tzinfo=UTC) + timedelta(microseconds=number)
            for record in t.records:
                if record.kind == "account" and record.version == 1:
                    accounts += 1
                    state = AccountState(accounts, Account.from_data(record.id, record.data), 1)
                    opened.append(states.setdefault(AccountPath(record.id), state))
                elif record.kind == "account":
                    account = Account.from_data(record.id, record.data)
                    states[account.path].become(account, record.version)
            where = []
            for p in t.postings:
                state = states[p.account]
                state.sequence += 1
                state.horizon = max(state.horizon, t.effective_on)
                state.debits += max(p.quantity, 0)
                state.credits -= min(p.quantity, 0)
                after = (state.debits - state.credits, state.debits, state.horizon)
                where.append(Place(state.id, state.sequence, *after))
            positions = tuple((place.sequence, place.balance) for place in where)
            personal = personal_rows(t, number, seeded("author"))
            line = encode(number, timestamp(moment), t, positions, personal)
            reached = digest(reached, line)
            entries.append(Entry(number, moment, reached, t, positions, line, personal))
            places.append(where)
        writer.append(additions_of(entries, places, opened, states.values()))
        return entries

    def open(self, *paths: str) -> Entry:
        records = tuple(open_account(Account(path, "asset", CNY)) for path in paths)
        key = f"open {paths[0]}"
        return self.write(Transaction(kind="account.open", key=key, effective_on=DAY, records=records))[0]


def transfer(key: str, debit: str, credit: str, quantity: int, **changes: Any) -> Transaction:
    """Two legs over accounts in CNY."""
    postings = legs(CNY, debit={AccountPath(debit): quantity}, credit={AccountPath(credit): quantity})
    return Transaction(
        **{"key": key, "kind": "transfer", "effective_on": DAY, "postings": postings, **changes}
    )


def fact(key: str, *records: Record) -> Transaction:
    """Records only."""
    return Transaction(key=key, kind="fact", effective_on=DAY, records=records)


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
