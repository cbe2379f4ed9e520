"""The same workload through bankcore: a book in a SQLite file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from workload import ACCOUNTS, FIRST_DAY, INCOME, RESERVE, Transfer

from bankcore.ledger.accounts import Account, AccountPath, AccountType
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.ports import Line
from bankcore.ledger.transactions import Book, Posting, Receipt, Transaction
from bankcore.stores.sqlite import SqliteStore
from bankcore.units import Unit

CNY = Unit.parse("CNY/2")
PATH = {account: AccountPath.parse(f"bank:{account}") for account in ACCOUNTS}
TYPE = {RESERVE: AccountType.ASSET, INCOME: AccountType.INCOME}


def accounts() -> list[Account]:
    """The accounts of W."""
    return [
        Account(
            PATH[name],
            TYPE.get(name, AccountType.LIABILITY),
            CNY,
            floor=None if name == RESERVE else 0,
            opened_on=FIRST_DAY,
        )
        for name in ACCOUNTS
    ]


class Ours:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.store = SqliteStore(path, create=True)
        book = Book(1, "bench", CNY, FIRST_DAY)
        self.ledger = Ledger.create(self.store, book, lambda: datetime.now(UTC))
        self.opened = accounts()
        self.ledger.open(self.opened, key="open")

    def write(self, batch: Sequence[Transfer]) -> None:
        """Post a batch with one commit, or a single transfer alone."""
        if len(batch) == 1:
            self.ledger.post(transaction(batch[0]))
            return
        verdicts = self.ledger.post_many(map(transaction, batch))
        if any(type(verdict) is not Receipt for verdict in verdicts):
            raise ValueError("a transfer was refused")

    def balances(self) -> dict[AccountPath, int]:
        return dict(self.ledger.books.balances(""))

    def statement(self, account: str) -> list[Line]:
        return list(self.ledger.reader.lines(PATH[account]))

    def size(self) -> int:
        self.close()  # the last connection moves the WAL into the file
        return self.path.stat().st_size

    def close(self) -> None:
        self.store.close()


def transaction(t: Transfer) -> Transaction:
    return Transaction(
        key=t.key,
        kind=t.kind,
        effective_on=t.day,
        postings=(Posting(PATH[t.source], t.cents, CNY), Posting(PATH[t.target], -t.cents, CNY)),
        description=t.text,
    )
