"""The tables in PostgreSQL: what their SQL may not say, and what the grants forbid."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from inspect import getmembers
from itertools import count

import pytest
from tests.ledger.conftest import BOOK
from tests.ledger.features import SHARED, history, pay, perform

from bankcore.errors import BadTransaction, NotABook, SchemaMismatch, StoreReadOnly
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.personal import seeded
from bankcore.ledger.transactions import ERASURE, Record, Transaction
from bankcore.stores.open import open_store

psycopg = pytest.importorskip("psycopg")

from bankcore.stores.postgres import queries, schema, statements, store  # noqa: E402
from bankcore.stores.postgres.store import PostgresStore  # noqa: E402

TABLES = re.findall(r'^CREATE TABLE "?(\w+)', schema.script("schema"), re.M)
LEDGER = [table for table in TABLES if table != "bankcore_version"]
JOURNAL = ("book", *schema._JOURNAL)
NEXT_DAY = BOOK.opened_on + timedelta(days=1)  # the history closes the first


def texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for one in value.values() for text in texts(one))
    elif isinstance(value, (list, tuple)):
        yield from (text for one in value for text in texts(one))


def sql() -> list[str]:
    """Every statement that the package sends."""
    modules = (queries, statements, store, schema)
    found = [text for module in modules for _, value in getmembers(module) for text in texts(value)]
    return [
        text for text in found if re.match(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH|TRUNCATE|CREATE)\b", text)
    ]


def tables_of(statement: str) -> list[str]:
    """The tables of the ledger that a statement names, as often as it does."""
    named = re.findall(r'(?:\bFROM|\bJOIN|\bINTO|\bUPDATE|\bUSING|,)\s+"?(\w+)"?', statement)
    return [name for name in named if name in LEDGER]


def test_every_statement_on_the_ledger_names_the_book() -> None:
    seen = set()
    for statement in sql():
        named = tables_of(statement)
        seen |= set(named)
        if statement.startswith("TRUNCATE"):
            continue
        # An INSERT names it as its first column, `SELECT $1::bigint AS book_id` or the first value.
        ids = len(re.findall(r"\bbook_id\b", statement)) + statement.count("VALUES ($1::bigint")
        assert ids >= len(named), statement
    assert seen == set(LEDGER), "a table that no statement names, or one that this test does not find"


@pytest.mark.parametrize(
    "word",
    [
        "REFERENCES",
        "FOREIGN",
        "TRIGGER",
        "CREATE SEQUENCE",
        "SERIAL",
        "GENERATED",
        "FUNCTION",
        "nextval",
        "DO",
        "RULE",
    ],
)
def test_the_schema_is_plain(word: str) -> None:
    said = re.sub("--.*", "", schema.script("schema"))
    assert not re.search(rf"\b{word}\b", said, re.I)


def test_nothing_takes_an_advisory_lock() -> None:
    assert not [statement for statement in sql() if "advisory" in statement.lower()]


def test_the_book_is_the_first_column_of_every_key() -> None:
    said = re.sub("--.*", "", schema.script("schema"))
    keys = re.findall(r"(?:PRIMARY KEY|UNIQUE|ON \w+) ?\((\w+)", said)
    assert len(keys) > 20
    assert set(keys) == {"book_id"}


# --- roles ------------------------------------------------------------------------------------------


def ticking() -> Callable[[], datetime]:
    moments = (datetime(2024, 5, 1, tzinfo=UTC) + timedelta(seconds=n) for n in count())
    return lambda: next(moments)


@pytest.fixture
def roles(postgres_url: str) -> Iterator[Callable[[str], str]]:
    """The URL of a member of one of the two roles, which have been granted what `grants.sql` says."""
    PostgresStore(postgres_url, create=True).close()
    with psycopg.connect(postgres_url, autocommit=True) as owner:
        ((place,),) = owner.execute("SELECT current_schema()")
        for role in ("writer", "auditor"):
            with suppress(psycopg.errors.DuplicateObject):
                owner.execute(f"CREATE ROLE bankcore_{role}".encode())
            owner.execute(
                f"CREATE ROLE {place}_{role} LOGIN PASSWORD 'hunter2' IN ROLE bankcore_{role}".encode()
            )
            owner.execute(f"GRANT USAGE ON SCHEMA {place} TO bankcore_{role}".encode())
        owner.execute(schema.script("grants").encode())

        def url(role: str) -> str:
            given = psycopg.conninfo.conninfo_to_dict(postgres_url)
            given |= {"user": f"{place}_{role}", "password": "hunter2"}
            query = "&".join(f"{k}={str(v).replace('=', '%3D')}" for k, v in given.items())
            return f"postgresql:///?{query}"

        yield url
        for role in ("writer", "auditor"):
            owner.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA {place} FROM bankcore_{role}".encode())
            owner.execute(f"REVOKE ALL ON SCHEMA {place} FROM bankcore_{role}".encode())
            owner.execute(f"DROP ROLE {place}_{role}".encode())


def erase(ledger: Ledger) -> None:
    ledger.post(
        Transaction(
            key="person", kind="k", effective_on=NEXT_DAY,
            records=(Record("person", "p", {"name": {"personal": "Li Lei"}}),),
        )
    )  # fmt: skip
    data = {"kind": "person", "id": "p"}
    receipt = ledger.post(
        Transaction(
            key="erase", kind="k", effective_on=NEXT_DAY, records=(Record(ERASURE, "person:p", data),)
        )
    )
    assert not receipt.erasure_pending


def test_the_writing_role_writes_everything_and_changes_nothing(roles: Callable[[str], str]) -> None:
    url = roles("writer")
    with closing(PostgresStore(url, create=True)) as store:
        ledger = Ledger.create(store, BOOK, ticking(), salts=seeded("granted"))
        ledger.open(SHARED, key="open")
        for feature in history(ledger, "granted-"):
            list(perform(feature))
        ledger.post(pay("held", 7, pending=True))
        erase(ledger)
        store.advance(BOOK.id, "mailer", 1)
        verify(ledger.reader, BOOK).require()
        refused = 0
        with psycopg.connect(url, autocommit=True) as connection:
            columns = connection.execute(
                "SELECT table_name, column_name FROM information_schema.columns "
                "WHERE table_schema = current_schema()"
            ).fetchall()
            granted = set(
                re.findall(r"\w+", re.search(r"UPDATE \((.*?)\) ON account", schema.script("grants"))[1])
            )
            for table, column in columns:
                if table not in JOURNAL or (table == "account" and column in granted):
                    continue
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(f'UPDATE "{table}" SET {column} = {column}'.encode())
                refused += 1
            for table in JOURNAL:
                for attempt in (f'DELETE FROM "{table}"', f'TRUNCATE "{table}"', f'DROP TABLE "{table}"'):
                    with pytest.raises(psycopg.errors.InsufficientPrivilege):
                        connection.execute(attempt.encode())
            assert connection.execute("SELECT count(*) FROM personal WHERE data LIKE '%Lei%'").fetchall() == [
                (0,)
            ]
        assert refused > 35
        verify(ledger.reader, BOOK).require()


def test_an_auditor_reads_everything_and_writes_nothing(roles: Callable[[str], str]) -> None:
    with closing(PostgresStore(roles("writer"), create=True)) as written:
        ledger = Ledger.create(written, BOOK, ticking())
        ledger.open(SHARED, key="open")
        url = roles("auditor")
        with closing(open_store(url)) as store:
            verify(store.reading(BOOK.id), BOOK).require()
            with pytest.raises(StoreReadOnly, match="permission denied"):
                Ledger(store, BOOK, ticking()).post(pay("k", 7))
            with pytest.raises(StoreReadOnly):
                store.advance(BOOK.id, "mailer", 1)
        with psycopg.connect(url, autocommit=True) as connection:
            for table in TABLES:
                copy = f'INSERT INTO "{table}" SELECT * FROM "{table}"'
                for attempt in (copy, f'DELETE FROM "{table}"', f'TRUNCATE "{table}"'):
                    with pytest.raises(psycopg.errors.InsufficientPrivilege):
                        connection.execute(attempt.encode())


def test_a_role_that_may_change_the_journal_is_a_fault(
    roles: Callable[[str], str], postgres_url: str
) -> None:
    with closing(PostgresStore(postgres_url, create=True)) as store:
        ledger = Ledger.create(store, BOOK, ticking())
        assert list(ledger.reader.faults()) == []
        with psycopg.connect(postgres_url, autocommit=True) as owner:
            owner.execute("GRANT UPDATE, DELETE ON posting TO bankcore_writer")
            owner.execute("GRANT UPDATE ON book TO public")
        assert list(ledger.reader.faults()) == [
            "the role bankcore_writer may DELETE the schema's posting",
            "the role bankcore_writer may UPDATE the schema's posting",
            "the role public may UPDATE the schema's book",
        ]


# --- what is no database of bankcore ----------------------------------------------------------------


def test_a_database_without_the_tables_or_a_book_is_refused(postgres_url: str) -> None:
    with pytest.raises(NotABook, match="no tables"):
        open_store(postgres_url)
    open_store(postgres_url, create=True).close()
    with pytest.raises(NotABook, match="no book"):
        open_store(postgres_url)
    with psycopg.connect(postgres_url) as connection:
        connection.execute("UPDATE bankcore_version SET version = 9")
    with pytest.raises(SchemaMismatch):
        open_store(postgres_url, create=True)


def test_tables_of_something_else_are_left_alone(postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE book(title text)")
        with pytest.raises(NotABook, match='"book" already exists'):
            open_store(postgres_url, create=True)
        with pytest.raises(NotABook, match="no tables"):
            open_store(postgres_url)
        found = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
        ).fetchall()
    assert found == [("book",)]


def test_a_database_in_another_encoding_is_refused(postgres_server: str) -> None:
    with psycopg.connect(postgres_server, autocommit=True) as admin:
        admin.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
        with pytest.raises(NotABook, match="LATIN1"):
            open_store(postgres_server.replace("/postgres?", "/latin?"), create=True)
        admin.execute("DROP DATABASE latin")


def test_a_wrong_figure_is_found(postgres_url: str) -> None:
    with closing(PostgresStore(postgres_url, create=True)) as store:
        ledger = Ledger.create(store, BOOK, ticking())
        ledger.open(SHARED, key="open")
        ledger.post(pay("k", 7))
        for table, change in {
            "head": "accounts = accounts + 1",
            "balance": "debits = debits + 1",
            "posting": "quantity = quantity + 1",
            "record_head": "version = version + 1",
            "account": "opened_by = opened_by + 1",
            "transaction": "key = key || '!'",
        }.items():
            with psycopg.connect(postgres_url) as connection:
                connection.execute(f'UPDATE "{table}" SET {change}'.encode())
                connection.commit()
                assert verify(ledger.reader, BOOK).findings, table
                back = change.replace("+ 1", "- 1").replace("key || '!'", "rtrim(key, '!')")
                connection.execute(f'UPDATE "{table}" SET {back}'.encode())
            verify(ledger.reader, BOOK).require()


def test_values_beyond_a_column_are_refused(postgres_url: str) -> None:
    from bankcore.ledger.additions import Additions

    with closing(PostgresStore(postgres_url, create=True)) as store:
        store.create(BOOK)
        for key in ("\0", "\ud800"):
            with pytest.raises(BadTransaction), store.writing(BOOK.id) as writer:
                writer.append(Additions(transactions=[(1, key, bytes(32), '["",""]')], after=writer.head()))
        with pytest.raises(BadTransaction), store.writing(BOOK.id) as writer:
            writer.append(Additions(balances=[(2**70, 1, 1, 1, 1, 1, 1)]))
