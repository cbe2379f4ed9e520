"""What every part of the contract stands on: an empty store, a book in it, and an author who writes to it.

The author writes real entries, knowing no more than the store tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import pytest
from attrs import frozen

from bankcore.ledger.accounts import Account, AccountPath, AccountType
from bankcore.ledger.additions import Additions, Place
from bankcore.ledger.balances import StoredAccount
from bankcore.ledger.encoding import digest, encode
from bankcore.ledger.personal import personal_rows, seeded
from bankcore.ledger.ports import DecidingReader, Reader, Store, Writer
from bankcore.ledger.posting.states import AccountState
from bankcore.ledger.transactions import Book, Entry, Record, Transaction, legs, open_account, timestamp
from bankcore.units import Unit

__all__ = [
    "CNY",
    "DAY",
    "Author",
    "Contract",
    "Stop",
    "additions_of",
    "asset",
    "fact",
    "paths",
    "read",
    "transfer",
]

CNY: Final = Unit("CNY/2")
DAY: Final = date(2024, 5, 1)
A, B, C = AccountPath("a"), AccountPath("a:b"), AccountPath("a:bc")


class Stop(Exception):
    """Something of the caller's goes wrong."""


class Contract:
    """The fixtures of a part of the contract; a subclass must define `store`."""

    @pytest.fixture
    def store(self) -> Iterator[Store]:
        """An empty store."""
        raise NotImplementedError("define a fixture `store` that gives an empty store")

    @pytest.fixture
    def book(self) -> Book:
        """The first book of the store."""
        return Book(1, "mall", CNY, DAY)

    @pytest.fixture
    def author(self, store: Store, book: Book) -> Author:
        """An author of the book."""
        store.create(book)
        return Author(store, book)


@frozen
class Author:
    """Writes to one book of a store, as the ledger would after its checks."""

    store: Store
    book: Book

    @property
    def reader(self) -> Reader:
        """A new reader of the book."""
        return self.store.reading(self.book.id)

    def write(self, *transactions: Transaction) -> list[Entry]:
        """Write transactions in one commit."""
        with self.store.writing(self.book.id) as writer:
            return self.append(writer, *transactions)

    def append(self, writer: Writer, *transactions: Transaction) -> list[Entry]:
        """Append transactions, not committed yet."""
        head = writer.head()
        reached, number, accounts = head.digest, head.number, head.accounts
        states, opened = self._states(writer, transactions), list[AccountState]()
        entries, places = list[Entry](), list[list[Place]]()
        for t in transactions:
            number += 1
            for record in t.records:
                if record.kind != "account":
                    continue
                account = Account.from_data(record.id, record.data)
                if record.version == 1:
                    accounts += 1
                    state = AccountState(accounts, account, 1)
                    opened.append(states.setdefault(account.path, state))
                else:
                    states[account.path].become(account, record.version)
            where = [_moved(states[p.account], p.quantity, t.effective_on) for p in t.postings]
            entries.append(_entry(number, reached, t, where))
            reached = entries[-1].digest
            places.append(where)
        writer.append(additions_of(entries, places, opened, states.values()))
        return entries

    def open(self, *paths: str) -> Entry:
        """Open asset accounts."""
        records = tuple(open_account(asset(path)) for path in paths)
        key = f"open {paths[0]}"
        return self.write(Transaction(kind="account.open", key=key, effective_on=DAY, records=records))[0]

    def _states(self, writer: Writer, transactions: Sequence[Transaction]) -> dict[AccountPath, AccountState]:
        paths = {p.account for t in transactions for p in t.postings}
        paths |= {AccountPath(r.id) for t in transactions for r in t.records if r.kind == "account"}
        return {path: AccountState(*stored) for path, stored in writer.states(sorted(paths)).items()}


def _moved(state: AccountState, quantity: int, on: date) -> Place:
    """Move an account by a posting; where the posting then stands."""
    state.sequence += 1
    state.horizon = max(state.horizon, on)
    state.debits += max(quantity, 0)
    state.credits -= min(quantity, 0)
    return Place(state.id, state.sequence, state.debits - state.credits, state.debits, state.horizon)


def _entry(number: int, before: bytes, t: Transaction, where: Sequence[Place]) -> Entry:
    moment = datetime(2024, 5, 1, 9, tzinfo=UTC) + timedelta(microseconds=number)
    positions = tuple((place.sequence, place.balance) for place in where)
    personal = personal_rows(t, number, seeded("author"))
    line = encode(number, timestamp(moment), t, positions, personal)
    return Entry(number, moment, digest(before, line), t, positions, line, personal)


def additions_of(
    entries: Sequence[Entry],
    places: Sequence[Sequence[Place]],
    opened: Sequence[AccountState],
    touched: Iterable[AccountState],
) -> Additions:
    """What some entries add; `places` run beside them."""
    added = Additions()
    for entry, where in zip(entries, places, strict=True):
        added.write(entry, where)
    openings = {
        r.id: e.number
        for e in entries
        for r in e.transaction.records
        if r.kind == "account" and r.version == 1
    }
    for state in opened:
        added.open(state.id, state.account, openings[state.account.path])
    changes = (r for e in entries for r in e.transaction.records if r.kind == "account" and r.version > 1)
    for record in changes:
        added.describe(record.account)
    added.balances += [
        (s.id, s.sequence, s.debits, s.credits, s.pending_debits, s.pending_credits, s.version)
        for s in {state.id: state for state in (*opened, *touched)}.values()
    ]
    return added


def asset(path: str, **fields: Any) -> Account:
    """An asset account in CNY."""
    return Account(AccountPath(path), AccountType.ASSET, CNY, **fields)


def transfer(key: str, debit: str, credit: str, quantity: int, **fields: Any) -> Transaction:
    """Two legs over accounts in CNY."""
    postings = legs(CNY, debit={AccountPath(debit): quantity}, credit={AccountPath(credit): quantity})
    given = {"key": key, "kind": "transfer", "effective_on": DAY, "postings": postings, **fields}
    return Transaction(**given)


def fact(key: str, *records: Record) -> Transaction:
    """Records only."""
    return Transaction(key=key, kind="fact", effective_on=DAY, records=records)


def read(reader: DecidingReader, kind: str, id: str) -> Record:
    """The latest version of a record that there is."""
    found = reader.record(kind, id)
    assert found is not None, f"there is no record {kind} {id}"
    return found


def paths(states: Iterable[StoredAccount]) -> list[AccountPath]:
    """The paths of some accounts."""
    return [state.account.path for state in states]
