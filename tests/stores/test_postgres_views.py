"""The views of a book in PostgreSQL: the same columns and the same rows as in a SQLite file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.ledger.making import DAY
from tests.postgres import empty_schema
from tests.stores.test_postgres_schema import roles
from tests.stores.test_sql_views import QUERIES, Clock, ask, fill

from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.personal import seeded
from bankcore.ledger.transactions import Book
from bankcore.stores.open import open_store
from bankcore.stores.sqlite import SqliteStore
from bankcore.units import Unit

psycopg = pytest.importorskip("psycopg")

__all__ = ["roles"]

VIEWS = ("v_journal", "v_posting", "v_balance")


def filled(store: Any) -> None:
    book = Book(1, "test", Unit("CNY/2"), DAY)
    with closing(Ledger.create(store, book, clock=Clock(), salts=seeded("views"))) as ledger:
        fill(ledger)
        verify(ledger.reader, book).require()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("views") / "book.db"
    with closing(SqliteStore(path, create=True)) as store:
        filled(store)
    return path


@pytest.fixture(scope="module")
def url(postgres_server: str) -> Iterator[str]:
    with empty_schema(postgres_server) as place:
        with closing(open_store(place, create=True)) as store:
            filled(store)
        yield place


def asked(url: str, sql: str) -> list[dict[str, Any]]:
    """The rows, with JSON as text."""
    with psycopg.connect(url, row_factory=psycopg.rows.dict_row) as connection:
        connection.adapters.register_loader("json", psycopg.types.string.TextLoader)
        return connection.execute(sql.encode()).fetchall()


def in_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: [(value is not None, str(value)) for value in row.values()])


@pytest.mark.parametrize("view", VIEWS)
def test_both_engines_show_the_same(file: Path, url: str, view: str) -> None:
    mine, theirs = asked(url, f"SELECT * FROM {view}"), ask(file, f"SELECT * FROM {view}")
    assert [*mine[0]] == [*theirs[0]]
    assert in_order(mine) == in_order(
        [{name: _same(name, value) for name, value in row.items()} for row in theirs]
    )


def _same(name: str, value: Any) -> Any:
    """A file has whole numbers for what is true or false."""
    return bool(value) if name in ("pending", "up_to", "memorandum") else value


def test_the_history_has_what_is_difficult(url: str) -> None:
    (row,) = asked(url, "SELECT description, recorded_at FROM v_journal WHERE key = 'overdraw'")
    assert row["description"] == 'a "quoted" \\ 说明'
    assert row["recorded_at"].endswith("Z")
    assert any(
        row["balance"].startswith("-") and len(row["balance"].partition(".")[2]) == 8
        for row in asked(url, "SELECT balance FROM v_posting WHERE balance IS NOT NULL")
    )


@pytest.mark.parametrize("sql", QUERIES)
def test_a_query_of_the_page_finds_the_same(file: Path, url: str, sql: str) -> None:
    names = [*(found := asked(url, sql))[0]]
    theirs = [dict(zip(names, row.values(), strict=True)) for row in ask(file, sql)]
    assert in_order(found) == in_order(
        [{name: _same(name, value) for name, value in row.items()} for row in theirs]
    )


def test_a_question_about_one_account_reads_no_other(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("SET enable_seqscan = off")
        sql = "EXPLAIN SELECT * FROM v_posting WHERE book_id = 1 AND account = 'cash' ORDER BY sequence"
        plan = [line for (line,) in connection.execute(sql).fetchall()]
    indexed = [line for line in plan if "Index Cond" in line and "account_id = a" in line]
    assert indexed, plan
    assert not [line for line in plan if "Seq Scan on posting" in line or 'Seq Scan on "transaction"' in line]


def test_an_auditor_reads_them_and_nobody_else_does(roles: Callable[[str], str], postgres_url: str) -> None:
    with closing(open_store(roles("writer"), create=True)) as store:
        filled(store)
    for view in VIEWS:
        assert asked(roles("auditor"), f"SELECT * FROM {view}")
        with psycopg.connect(roles("auditor"), autocommit=True) as auditor:
            for change in (f"DELETE FROM {view}", f"UPDATE {view} SET book_id = 2", f"DROP VIEW {view}"):
                with pytest.raises(psycopg.Error):
                    auditor.execute(change.encode())
        with psycopg.connect(postgres_url) as owner:
            # the view gives nobody more than the tables do
            options = owner.execute("SELECT reloptions FROM pg_class WHERE relname = %s", [view]).fetchall()
            assert options[-1] == (["security_invoker=true"],)
