"""Other layouts of the tables in PostgreSQL: split into partitions, and on the nodes of a cluster."""

from __future__ import annotations

import re
from contextlib import closing
from typing import Any

import pytest
from tests.ledger.features import SHARED, pay
from tests.postgres import empty_schema
from tests.stores.conftest import lay_out
from tests.stores.test_copying import everything, full, person, ticking

from bankcore.errors import KeyConflict
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.personal import seeded
from bankcore.ledger.transactions import ERASURE, Book, Record
from bankcore.stores.copying import copy_books
from bankcore.stores.memory import MemoryStore
from bankcore.stores.moving import Mover
from bankcore.stores.open import open_store

psycopg = pytest.importorskip("psycopg")

from bankcore.stores.postgres import partitioned, queries, schema, statements  # noqa: E402

LAYOUTS = ("partitions", "citus")


def said(name: str) -> str:
    return re.sub("--.*", "", schema.script(name))


# --- what the scripts say ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize(
    "word",
    ["REFERENCES", "FOREIGN", "TRIGGER", "CREATE SEQUENCE", "SERIAL", "GENERATED", "FUNCTION", "DO", "RULE"],
)
def test_a_layout_is_as_plain_as_the_schema(name: str, word: str) -> None:
    assert not re.search(rf"\b{word}\b", said(name).replace("DROP TABLE", ""), re.I)


def test_the_book_is_the_first_column_of_every_key() -> None:
    keys = re.findall(r"(?:PRIMARY KEY|UNIQUE|ON \w+|HASH) ?\((\w+)", said("partitions"))
    assert len(keys) == 21
    assert set(keys) == {"book_id"}


def test_the_split_tables_have_the_columns_that_they_have_elsewhere() -> None:
    def columns(script: str, table: str) -> str:
        found = re.search(rf'CREATE TABLE "?{table}"?\((.*?)\n\)', said(script), re.S)
        assert found
        return re.sub(r",?\s+(CONSTRAINT|PRIMARY).*", "", found[1], flags=re.S)

    for table in ("transaction", "posting"):
        assert columns("partitions", table) == columns("schema", table)


def test_the_partitions_of_transactions_have_no_gap() -> None:
    bounds = [tuple(map(int, it)) for it in re.findall(r"FROM \((\d+)\) TO \((\d+)\)", said("partitions"))]
    assert [low for low, _ in bounds] == [0, *(high for _, high in bounds[:-1])]
    assert f"FROM ({bounds[-1][1]}) TO (MAXVALUE)" in said("partitions")
    assert bounds[-1][1] == 400_000_000


def test_every_table_with_a_book_is_distributed_by_it_in_one_place() -> None:
    tables = re.findall(r'^CREATE TABLE "?(\w+)', schema.script("schema"), re.M)
    first, *others = re.findall(r"create_distributed_table\('\"?(\w+)\"?', 'book_id'(.*?)\)", said("citus"))
    references = re.findall(r"create_reference_table\('(\w+)'\)", said("citus"))
    assert first == ("head", "")
    assert {rest for _, rest in others} == {", colocate_with => 'head'"}
    assert sorted([first[0], *(name for name, _ in others), *references]) == sorted(tables)
    assert set(references) == {"book", "bankcore_version"}


@pytest.mark.parametrize("sql", [partitioned.NUMBERS, *statements.ERASING_BY_KEY, statements.KEYS])
def test_the_statements_of_the_layout_name_the_book(sql: str) -> None:
    named = re.findall(r'(?:FROM|JOIN|INTO|USING|,) "?(used_key|transaction|personal|record)"?', sql)
    assert len(re.findall(r"\bbook_id\b", sql)) >= len(named) > 0


# --- on a server ------------------------------------------------------------------------------------


def test_a_book_in_partitions_is_the_book(split: str, book: Book) -> None:
    first = MemoryStore()
    full(first, book)
    with closing(open_store(split, create=True)) as store:
        copy_books(first, store)
        assert everything(store, book) == everything(first, book)
        ledger = Ledger(store, book, ticking(), salts=seeded("there"))
        assert ledger.post(pay("held", 7, pending=True)).replayed
        for n in range(40):  # beyond the end of a partition
            ledger.post(pay(f"k{n}", 1))
        with closing(open_store(split, create=True)) as second:
            other = Ledger(second, book, ticking(), salts=seeded("other"))
            number = other.post(pay("theirs", 1)).number
            assert ledger.post(pay("mine", 1)).number == number + 1  # that number was taken
            assert ledger.post(pay("theirs", 1)).number == number  # and that key
            with pytest.raises(KeyConflict):
                ledger.post(pay("theirs", 2))
            noted = person("fact", Record("note", "n", {}))
            assert other.post(noted).number == number + 2
            assert ledger.post(pay("next", 1)).number == number + 3
        ledger.post(person("erase b", Record(ERASURE, "person:b", {"kind": "person", "id": "b"})))
        with store.reading(book.id) as reader:
            assert not any("Han Mei" in str(row) for row in reader.personal(0, 999))
            verify(reader, book).require()
        back = MemoryStore()
        mover = Mover(store, back, book, ticking())
        mover.run()
        assert everything(back, book) == everything(store, book)


@pytest.mark.parametrize(
    "wrong",
    [
        "DELETE FROM used_key WHERE key = 'paid'",
        "UPDATE used_key SET number = 1 WHERE key = 'paid'",
        "UPDATE used_key SET key = 'sold' WHERE key = 'paid'",
    ],
)
def test_a_wrong_key_is_found(split: str, book: Book, wrong: str) -> None:
    with closing(open_store(split, create=True)) as store:
        ledger = Ledger.create(store, book, ticking())
        ledger.open(SHARED, key="open")
        ledger.post(pay("paid", 1))
        assert verify(ledger.reader, book).findings == ()
        with psycopg.connect(split, autocommit=True) as owner:
            owner.execute(wrong.encode())
        assert verify(ledger.reader, book).findings


def plan(url: str, sql: str, *given: Any) -> str:
    with psycopg.connect(url, autocommit=True, cursor_factory=psycopg.RawCursor) as connection:
        connection.execute(b"SET enable_seqscan = off")  # as no table of this size would be read
        rows = connection.execute(f"EXPLAIN (ANALYZE, COSTS OFF) {sql}".encode(), given)
        return "\n".join(row[0] for row in rows)


def test_a_look_up_reads_one_partition(split: str, book: Book) -> None:
    with closing(open_store(split, create=True)) as store:
        ledger = Ledger.create(store, book, ticking())
        ledger.open(SHARED, key="open")
        ledger.post_many([pay(f"k{n}", 1) for n in range(2_000)])
    with psycopg.connect(split, autocommit=True) as owner:
        owner.execute(b"ANALYZE")
    read = {
        "by number": plan(split, queries.TRANSACTIONS, 1, 26, 1),
        "by key": plan(split, partitioned.NUMBERS, ["k29"], 1),
        "by account": plan(split, queries.STATES_OF, ["cash"], 1),
        "a statement": plan(split, queries.LINES, 1, 1, "cash", 28, 1),
    }
    for how, said in read.items():
        done = [line for line in said.splitlines() if "never executed" not in line]
        tables = set(re.findall(r"on (posting_\d+|transaction_\d+|used_key)\b", "\n".join(done)))
        kinds = [re.sub(r"_\d+$", "", table) for table in tables]
        assert len(kinds) == len(set(kinds)), (how, said)
        assert "Seq Scan" not in said, (how, said)


def test_the_layout_for_a_cluster_where_there_is_one(postgres_server: str, book: Book) -> None:
    with psycopg.connect(postgres_server, autocommit=True) as owner:
        if not owner.execute(b"SELECT 1 FROM pg_available_extensions WHERE name = 'citus'").fetchall():
            pytest.skip("citus.sql has not been run: the server has no extension citus")
        owner.execute(b"CREATE EXTENSION IF NOT EXISTS citus")
    with empty_schema(postgres_server) as url:
        lay_out(url, schema.script("schema"), schema.script("citus"))
        first = MemoryStore()
        full(first, book)
        with closing(open_store(url, create=True)) as store:
            copy_books(first, store)
            assert everything(store, book) == everything(first, book)
            Ledger(store, book, ticking()).post(pay("more", 1))
            verify(store.reading(book.id), book).require()
