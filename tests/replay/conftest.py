"""A small bank file, its map, and ledgers to replay it into."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bankcore.ledger.ledger import Ledger
from bankcore.ledger.transactions import Book
from bankcore.stores.memory import MemoryStore
from bankcore.stores.sqlite import SqliteStore
from bankcore.units import Unit

MAP = """
key = "shop:{id}"
description = "{text}"

[file]
order = ["day", "id"]

[date]
column = "day"

[amount]
column = "amount"
unit = "CNY/2"

[account]
path = "client:{client}"
type = "liability"

[[sign]]
when = { type = "in" }
side = "credit"

[[sign]]
when = { type = ["out", "fee"] }
side = "debit"

[[contra]]
when = { type = "fee" }
kind = "fee"
path = "bank:fees"
type = "income"

[[contra]]
path = "bank:cash"
type = "asset"

[balance]
column = "balance"

[balance.rounding]
column = "delta"
path = "bank:rounding"
type = "expense"
"""

ROWS = """\
day,id,client,type,amount,balance,delta,text
2024-01-02,1,a,in,100.00,100.00,0.00,first
2024-01-02,2,b,in,50.00,50.10,0.10,rounded up
2024-01-03,3,a,fee,30.00,70.00,0.00,the  fee
2024-01-04,4,a,out,90.00,-20.00,0.00,overdraws
2024-01-05,5,b,out,50.00,0.00,-0.10,"all, of it"
2024-01-06,6,a,in,200.00,180.00,0.00,again
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a file into the test's folder."""

    def written(content: str | bytes, name: str = "rows.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return written


@pytest.fixture(params=["memory", "sqlite"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "book.db", create=True)
    book = Book(1, "main", Unit.parse("CNY/2"), date(2024, 1, 1))
    yield Ledger.create(store, book, lambda: datetime(2024, 6, 1, tzinfo=UTC))
    store.close()
