"""Books of an older schema are brought up to date, and say the same as before."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from bankcore.ledger.accounts import Account, AccountPath
from bankcore.ledger.audit import verify
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.transactions import Book, Transaction, legs
from bankcore.stores.schema import APPLICATION_ID, MIGRATIONS
from bankcore.stores.sqlite import SqliteStore
from bankcore.units import Unit

CNY, DAY = Unit("CNY/2"), date(2024, 5, 1)


def test_a_book_of_the_first_schema_is_brought_up_to_date(path: Path, tmp_path: Path) -> None:
    """Every table as it was: the value dates are derived from the postings."""
    new = SqliteStore(path, create=True)
    ledger = Ledger.create(new, Book(1, "old", CNY, DAY), clock=lambda: datetime(2024, 5, 9, tzinfo=UTC))
    ledger.open([Account("a", "asset", CNY), Account("b", "asset", CNY)], key="open")
    a, b = AccountPath("a"), AccountPath("b")
    for key, days in enumerate((3, 1, 5, 5, 2)):
        postings = legs(CNY, debit={a: 5 + key}, credit={b: 5 + key})
        on = DAY + timedelta(days=days)
        ledger.post(Transaction(key=f"k{key}", kind="x", effective_on=on, postings=postings))
    digest = ledger.reader.head().digest
    new.close()

    old = tmp_path / "old.db"
    with closing(sqlite3.connect(old)) as db:
        for statement in MIGRATIONS[0]:
            db.execute(statement)
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute("PRAGMA user_version = 1")
        db.execute("ATTACH ? AS new", (str(path),))
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        for table in tables:
            columns = ", ".join(name for _, name, *_ in db.execute(f'PRAGMA main.table_info("{table}")'))
            db.execute(f'INSERT INTO main."{table}" SELECT {columns} FROM new."{table}"')
        db.commit()

    store = SqliteStore(old)
    reader = store.reading(1)
    assert reader.head().digest == digest
    verify(reader, store.books()[0]).require()
    assert reader.states([a])[a].horizon == DAY + timedelta(days=5)
    assert [reader.totals(a, DAY + timedelta(days=n))[0] for n in range(6)] == [0, 6, 15, 20, 20, 35]
    store.close()
