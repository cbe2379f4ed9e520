"""What a path or a URL opens, and what is said of one that opens nothing."""

from __future__ import annotations

import subprocess
import sys
import threading
import traceback
from datetime import date
from pathlib import Path

import pytest
from tests.ledger.conftest import ACCOUNTS, BOOK, NOON
from tests.ledger.making import move

import bankcore
from bankcore.errors import BankcoreError, NotABook, StoreReadOnly, StoreUnavailable, UnknownName
from bankcore.ledger.accounts import Account
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.transactions import Record
from bankcore.stores.memory import MemoryStore
from bankcore.stores.open import file_of, open_store
from bankcore.stores.sqlite import SqliteStore
from bankcore.units import Unit

DAY = date(2024, 5, 1)
SECRET = "hunter2"


def test_a_path_and_a_url_open_the_same_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    first = open_store("a book.db", create=True)
    made = first.add("mall", Unit("CNY/2"), DAY)
    first.close()
    absolute = f"sqlite:///{tmp_path}/a%20book.db"
    urls = ("sqlite:///a%20book.db", absolute, absolute.replace("sqlite", "SQLite"))
    for place in ("a book.db", tmp_path / "a book.db", *urls):
        store = open_store(place, read_only=True)
        assert isinstance(store, SqliteStore)
        assert store.books() == (made,)
        with pytest.raises(StoreReadOnly):
            store.add("other", Unit("CNY/2"), DAY)
        store.close()


def test_memory_is_new_each_time() -> None:
    store = bankcore.open_store("memory:", create=True)
    assert isinstance(store, MemoryStore)
    store.add("mall", Unit("CNY/2"), DAY)
    assert open_store("memory:").books() == ()


@pytest.mark.parametrize("options", [{"durability": "half"}, {"read_only": True}, {}])
def test_the_options_are_those_of_the_store(tmp_path: Path, options: dict[str, object]) -> None:
    with pytest.raises((UnknownName, NotABook)):
        open_store(tmp_path / "none.db", **options)


@pytest.fixture
def without_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is without the extra: the store of PostgreSQL cannot be imported."""
    monkeypatch.setitem(sys.modules, "bankcore.stores.postgres.store", None)


@pytest.mark.usefixtures("without_driver")
@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://teller:{SECRET}@db.example:5432/mall",
        f"postgres://teller:{SECRET}@/mall?host=/run",
        f" PostgreSQL://db.example/mall?password={SECRET}",
        f"postgresql://teller:{SECRET}/@#[broken",
    ],
)
def test_without_the_extra_postgresql_says_what_to_install(url: str) -> None:
    with pytest.raises(UnknownName, match=r"with the extra bankcore\[postgres\]") as refusal:
        open_store(url)
    assert_silent(refusal.value)


def assert_silent(error: BankcoreError) -> None:
    causes = (error, error.__cause__, None if error.__suppress_context__ else error.__context__)
    said = "".join(f"{it} {it!r} {getattr(it, 'args', '')}" for it in causes)
    assert SECRET not in f"{said} {error.as_dict()} {''.join(traceback.format_exception(error))}"


@pytest.mark.parametrize(
    ("url", "error"),
    [
        (f"postgresql://teller:{SECRET}@127.0.0.1:1/mall", StoreUnavailable),
        (f"postgres://teller:{SECRET}@/mall?host=/none&sslpassword={SECRET}", StoreUnavailable),
        (f"PostgreSQL://127.0.0.1:1/mall?password={SECRET}", StoreUnavailable),
        (f"postgresql://teller:{SECRET}/@#[broken", UnknownName),
        (f"postgresql://teller:12/{SECRET}@127.0.0.1:1/mall", UnknownName),
        (f"postgresql://teller:1@{SECRET}@127.0.0.1:1/mall", UnknownName),
        (f"postgresql://127.0.0.1:1/mall?{SECRET}=1", UnknownName),
        (f"postgresql+psycopg://teller:{SECRET}@127.0.0.1:1/mall", UnknownName),
    ],
)
def test_no_error_of_a_server_repeats_a_secret(url: str, error: type[BankcoreError]) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(error) as refusal:
        open_store(url, create=True)
    assert_silent(refusal.value)


def test_a_server_is_no_file() -> None:
    with pytest.raises(UnknownName, match="file 'postgresql:'") as refusal:
        file_of(f"postgresql://teller:{SECRET}@db.example/mall")
    assert_silent(refusal.value)


@pytest.mark.parametrize(
    "url",
    [
        f"mysql://teller:{SECRET}@db/mall",
        f"sqlite://{SECRET}",
        "sqlite:///",
        f"sqlite:///mall.db?key={SECRET}",
        f"memory://{SECRET}",
    ],
)
def test_another_url_is_no_path(url: str) -> None:
    with pytest.raises(UnknownName, match="known: a path, sqlite:///PATH, memory:, postgresql:") as refusal:
        open_store(url, create=True)
    assert SECRET not in f"{refusal.value} {refusal.value!r}"
    assert "extra" not in str(refusal.value)


def test_memory_is_no_file() -> None:
    with pytest.raises(UnknownName, match="'memory:'"):
        file_of("memory:")


def test_stores_that_make_books_in_one_file_at_once_give_ids_of_their_own(tmp_path: Path) -> None:
    file = tmp_path / "book.db"
    SqliteStore(file, create=True).close()
    made, start = [], threading.Barrier(4)

    def make_books(nth: int) -> None:
        store = SqliteStore(file, create=True)
        start.wait()
        made.extend(store.add(f"{nth}-{n}", Unit("CNY/2"), DAY).id for n in range(5))
        store.close()

    threads = [threading.Thread(target=make_books, args=[nth]) for nth in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == list(range(1, 21))


def test_a_batch_asks_the_store_once_however_long_it_is(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "book.db", create=True)
    ledger = Ledger.create(store, BOOK, lambda: NOON)
    ledger.open([*ACCOUNTS, *(Account(f"old:{n}", "asset", "CNY/2") for n in range(40))], key="open")
    asked: list[str] = []

    def batch(name: str, size: int) -> list[str]:
        """What is asked for a batch of facts, openings and postings on accounts not seen before."""
        mixed = [
            move(f"{name}{n}", "cash", f"old:{n}", 1, records=(Record("fact", f"{name}{n}", {}),))
            for n in range(size)
        ]
        store._writer.conn.set_trace_callback(asked.append)
        assert all(isinstance(v, bankcore.Receipt) for v in ledger.post_many(mixed))
        store._writer.conn.set_trace_callback(None)
        found = [sql for sql in asked if sql.lstrip().startswith(("SELECT", "WITH"))]
        asked.clear()
        return found

    few = batch("few", 2)
    many = batch("many", 40)
    assert len(few) == len(many)
    store.close()


def test_without_the_driver_everything_else_works(tmp_path: Path) -> None:
    script = f"""
import sys
sys.modules["psycopg"] = None
import bankcore, bankcore.cli, bankcore.stores.open as opening
from bankcore.units import Unit
from datetime import date
for place in ("memory:", {str(tmp_path / "book.db")!r}):
    store = opening.open_store(place, create=True)
    store.add("mall", Unit("CNY/2"), date(2024, 5, 1))
    store.close()
try:
    opening.open_store("postgresql://db.example/mall")
except bankcore.BankcoreError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "with the extra bankcore[postgres]" in done.stdout
