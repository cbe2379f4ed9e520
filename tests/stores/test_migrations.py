"""Books of an older schema are brought up to date, and say the same as before."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bankcore.ledger.accounts import Account, AccountPath
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.transactions import Book, Transaction, legs
from bankcore.stores.engine import driver as sqlite3
from bankcore.stores.schema import APPLICATION_ID, MIGRATIONS, VERSION
from bankcore.stores.sqlite import SqliteStore
from bankcore.units import Unit

CNY, DAY = Unit("CNY/2"), date(2024, 5, 1)


# What an older posting says of itself, and the table of value dates that there was for a while.
POSTINGS = """
    INSERT INTO posting
    SELECT p.book_id, p.account_id, p.sequence, p.number, l.key + 1, p.quantity, p.balance
    FROM new."transaction" t CROSS JOIN json_each(t.legs) l JOIN new.posting p ON p.book_id = t.book_id
    AND p.account_id = json_extract(l.value, '$[0]') AND p.sequence = json_extract(l.value, '$[1]')"""
HORIZONS = """
    INSERT INTO horizon
    SELECT book_id, account_id, horizon, min(sequence), debits - max(quantity, 0),
        debits - balance + min(quantity, 0)
    FROM new.posting GROUP BY book_id, account_id, horizon"""


def as_version(version: int, new: Path, old: Path) -> None:
    """Write a book down as it would stand in an older file."""
    with closing(sqlite3.connect(old)) as db:
        for statements in MIGRATIONS[:version]:
            for statement in statements:
                db.execute(statement)
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {version}")
        db.execute("ATTACH ? AS new", (str(new),))
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        for table in {*tables} - {"posting", "horizon"}:
            columns = ", ".join(name for _, name, *_ in db.execute(f'PRAGMA main.table_info("{table}")'))
            db.execute(f'INSERT INTO main."{table}" SELECT {columns} FROM new."{table}"')
        db.execute(POSTINGS)
        if "horizon" in tables:
            db.execute(HORIZONS)
        db.commit()


@pytest.mark.parametrize("version", range(1, VERSION))
def test_an_older_book_is_brought_up_to_date(path: Path, tmp_path: Path, version: int) -> None:
    """Every table as it was: what is new is derived from the rest."""
    new = SqliteStore(path, create=True)
    ledger = Ledger.create(new, Book(1, "old", CNY, DAY), clock=lambda: datetime(2024, 5, 9, tzinfo=UTC))
    ledger.open([Account("a", "asset", CNY), Account("b", "asset", CNY)], key="open")
    a, b = AccountPath("a"), AccountPath("b")
    for key, days in enumerate((3, 1, 5, 5, 2)):
        postings = legs(CNY, debit={a: 5 + key}, credit={b: 5 + key})
        on = DAY + timedelta(days=days)
        ledger.post(Transaction(key=f"k{key}", kind="x", effective_on=on, postings=postings))
    ledger.post(Transaction(key="held", kind="x", effective_on=on, postings=postings, pending=True))
    entries = list(ledger.reader.entries())
    new.close()

    old = tmp_path / "old.db"
    as_version(version, path, old)
    with closing(SqliteStore(old)) as store:
        reader = store.reading(1)
        assert list(reader.entries()) == entries
        verify(reader, store.books()[0]).require()
        assert reader.states([a])[a].horizon == DAY + timedelta(days=5)
        assert [reader.totals(a, DAY + timedelta(days=n))[0] for n in range(6)] == [0, 6, 15, 20, 20, 35]
