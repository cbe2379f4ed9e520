"""The protocol between a ledger and PostgreSQL: clashes with other processes, and servers that go away."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from typing import Any

import pytest
from tests.ledger.conftest import ACCOUNTS, BOOK, NOON
from tests.ledger.making import move
from tests.postgres import empty_schema, server
from tests.stores.proxy import Proxy

from bankcore.errors import (
    BalanceFloorBreached,
    CommitUnknown,
    StoreLocked,
    StoreReadOnly,
    StoreUnavailable,
    UsedAfterFork,
)
from bankcore.ledger.accounts import Account, AccountPath
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.transactions import Record, Transaction
from bankcore.stores.memory import MemoryStore
from bankcore.stores.open import open_store

psycopg = pytest.importorskip("psycopg")

from bankcore.stores.postgres.connection import Connection  # noqa: E402
from bankcore.stores.postgres.statements import WHOLE  # noqa: E402
from bankcore.stores.postgres.store import PostgresStore  # noqa: E402
from bankcore.stores.waiting import Wait  # noqa: E402

A = AccountPath("a")


@pytest.fixture
def opened(postgres_url: str) -> Iterator[Callable[..., PostgresStore]]:
    """Opens a store on the same database, each time as another process would."""
    stores: list[PostgresStore] = []

    def open_(url: str = postgres_url, **options: Any) -> PostgresStore:
        stores.append(PostgresStore(url, create=True, **options))
        return stores[-1]

    yield open_
    for store in stores:
        store.close()


@pytest.fixture
def one(opened: Callable[..., PostgresStore]) -> Iterator[Ledger]:
    """A ledger that has just written, so that its next commit is on trust."""
    ledger = Ledger.create(opened(), BOOK, lambda: NOON)
    ledger.open(ACCOUNTS, key="open")
    ledger.post(move("fund", "a", "cash", 10))
    yield ledger
    verify(ledger.reader, BOOK).require()


@pytest.fixture
def other(one: Ledger, opened: Callable[..., PostgresStore]) -> Ledger:
    """A ledger on the same book, as in another process."""
    return Ledger(opened(), BOOK, lambda: NOON)


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What is asked of the server: the beginnings of the statements of each trip, and how it ended."""
    made: list[tuple[str, str]] = []
    real_trip, real_ask = Connection.trip, Connection.ask

    def trip(self: Connection, statements: Any) -> Any:
        asked = " ".join(sql.split()[0] for sql, _ in statements)
        try:
            answer = real_trip(self, statements)
        except Exception as error:
            cause = error.__cause__
            made.append((asked, getattr(getattr(cause, "diag", None), "constraint_name", None) or "lost"))
            raise
        made.append((asked, "done"))
        return answer

    def ask(self: Connection, sql: str, parameters: Any) -> Any:
        asked = "WHOLE" if sql == WHOLE else sql.split()[0]
        try:
            answer = real_ask(self, sql, parameters)
        except Exception as error:
            made.append((asked, getattr(error.__cause__.diag, "constraint_name", None) or "lost"))
            raise
        made.append((asked, "nothing" if sql == WHOLE and answer == [(0,)] else "done"))
        return answer

    monkeypatch.setattr(Connection, "trip", trip)
    monkeypatch.setattr(Connection, "ask", ask)
    return made


WITH_RECORDS = "BEGIN UPDATE INSERT INSERT INSERT INSERT INSERT COMMIT"
LOCKED, LOCKED_ANEW, UNDER_THE_LOCK = (
    "BEGIN SELECT SELECT SELECT",
    "BEGIN SELECT SELECT SELECT SELECT SELECT",
    "WITH COMMIT",
)


def test_a_commit_is_one_trip_while_nobody_else_writes(one: Ledger, trips: list[Any]) -> None:
    for n in range(3):
        assert one.post(move(f"k{n}", "a", "cash", 1)).number == 3 + n
    assert trips == [("WHOLE", "done")] * 3


def test_another_process_took_the_number(one: Ledger, other: Ledger, trips: list[Any]) -> None:
    assert other.post(move("theirs", "a", "cash", 5)).number == 3
    trips.clear()
    assert one.post(move("mine", "cash", "a", 1)).number == 4
    assert trips[0] == ("WHOLE", "nothing")
    asked = (LOCKED_ANEW, "SELECT SELECT", UNDER_THE_LOCK)  # with the keys and the accounts in between
    assert trips[1:] == [(each, "done") for each in asked]
    assert one.balance("a").net == 14


def test_the_keys_of_the_journal_fence_what_is_more_than_usual(
    one: Ledger, other: Ledger, trips: list[Any]
) -> None:
    def fact(key: str) -> Transaction:
        return move(key, "a", "cash", 1, records=(Record("fact", key, {}),))

    assert one.post(fact("first")).number == 3
    assert trips[-1] == (WITH_RECORDS, "done")
    assert other.post(fact("theirs")).number == 4
    trips.clear()
    assert one.post(fact("mine")).number == 5
    assert trips[1] == (WITH_RECORDS, "transaction_number")  # after the version of the record was asked for
    assert other.post(fact("first")).replayed


def test_another_process_took_the_key(one: Ledger, other: Ledger, trips: list[Any]) -> None:
    theirs = other.post(move("key", "a", "cash", 5))
    one.post(move("mine", "a", "cash", 1))
    one.store._turns[BOOK.id]._wary = 0  # nothing was heard of them for a while
    trips.clear()
    again = one.post(move("key", "a", "cash", 5))
    assert (again.number, again.replayed) == (theirs.number, True)
    assert trips[0] == ("WHOLE", "transaction_key")
    assert trips[1] == (LOCKED_ANEW, "done")
    assert one.reader.head().number == 4


def test_two_who_write_in_turn_lock_first_and_lose_no_trip(
    one: Ledger, other: Ledger, trips: list[Any]
) -> None:
    for n in range(3):
        one.post(move(f"mine {n}", "a", "cash", 1))
        other.post(move(f"theirs {n}", "a", "cash", 1))
    assert [how for _, how in trips].count("nothing") <= 2
    assert trips[-2:] == [(LOCKED, "done"), (UNDER_THE_LOCK, "done")]  # two trips, with what the other wrote
    trips.clear()
    for n in range(40):
        one.post(move(f"more {n}", "a", "cash", 1))
    assert trips[-1] == ("WHOLE", "done")  # trust comes back


def test_a_batch_that_writes_nothing_does_not_rest_on_what_is_known(one: Ledger, other: Ledger) -> None:
    with pytest.raises(BalanceFloorBreached):
        one.post(move("too much", "cash", "a", 50))
    other.post(move("theirs", "a", "cash", 100))
    assert one.post(move("too much", "cash", "a", 50)).number == 4


def test_a_refusal_is_of_the_book_as_it_is(one: Ledger, other: Ledger) -> None:
    with pytest.raises(BalanceFloorBreached):
        one.post(move("k", "cash", "a", 50))
    other.post(move("theirs", "cash", "a", 10))
    with pytest.raises(BalanceFloorBreached) as refusal:
        one.post(move("k", "cash", "a", 50))
    assert refusal.value.available == 0


def test_a_refused_batch_costs_one_trip(one: Ledger, trips: list[Any]) -> None:
    for n in range(2):
        trips.clear()
        with pytest.raises(BalanceFloorBreached):
            one.post(move(f"k{n}", "cash", "a", 50))
    assert trips[-1] == ("SELECT", "done")
    assert all("BEGIN" not in asked for asked, _ in trips)


def test_a_rule_that_fails_on_an_older_book_is_run_again(one: Ledger, other: Ledger) -> None:
    seen = []

    def rule(books: Any) -> list[Transaction]:
        seen.append(books.balance("a"))
        if len(seen) == 1:
            other.post(move("theirs", "a", "cash", 5))
            raise ZeroDivisionError("from a book that is not there any more")
        return [move("", "cash", "a", books.balance("a"))]

    one.execute("k", {}, rule)
    assert seen == [10, 15]
    assert one.balance("a").net == 0


def test_a_rule_that_fails_fails(one: Ledger) -> None:
    def rule(books: Any) -> list[Transaction]:
        raise ZeroDivisionError

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            one.execute("k", {}, rule)
    assert one.post(move("k", "a", "cash", 1)).number == 3


# --- a server that goes away ------------------------------------------------------------------------


@pytest.fixture
def proxy(postgres_server: str) -> Iterator[Proxy]:
    with psycopg.connect(postgres_server) as connection:
        info = connection.info
        host, port = info.hostaddr if not info.host.startswith("/") else info.host, info.port
    proxy = Proxy(host or "127.0.0.1", port, b"outcome-unknown")
    yield proxy
    proxy.close()


@pytest.fixture
def through(one: Ledger, proxy: Proxy, postgres_url: str, opened: Callable[..., PostgresStore]) -> Ledger:
    """A ledger that talks to the server by the proxy, and has written already."""
    given = psycopg.conninfo.conninfo_to_dict(postgres_url)
    given |= {"host": "127.0.0.1", "port": str(proxy.port)}
    query = "&".join(f"{key}={value.replace('=', '%3D').replace(' ', '%20')}" for key, value in given.items())
    ledger = Ledger(opened(f"postgresql:///?{query}"), BOOK, lambda: NOON)
    ledger.post(move("through", "a", "cash", 1))
    return ledger


LOST = move(
    "k", "a", "cash", 5, description="outcome-unknown"
)  # in its line alone, so what writes it is lost


def post(ledger: Ledger) -> Any:
    return ledger.post(LOST)


def post_many(ledger: Ledger) -> Any:
    known = move("fund", "a", "cash", 10)
    verdicts = ledger.post_many([known, LOST, move("k2", "cash", "a", 10**9)])
    assert [type(v).__name__ for v in verdicts] == ["Receipt", "Receipt", "BalanceFloorBreached"]
    assert verdicts[0].replayed
    return verdicts[1]


def execute(ledger: Ledger) -> Any:
    return ledger.execute("k", {}, lambda books: [LOST._replace(key="")])[0]


@pytest.mark.parametrize("fates", [["before"], ["after"], ["before", "after"], ["after", "before"]])
@pytest.mark.parametrize("ask", [post, post_many, execute])
def test_an_unknown_outcome_is_found_out(
    one: Ledger, through: Ledger, proxy: Proxy, trips: list[Any], ask: Any, fates: list[str]
) -> None:
    before = one.reader.head().number
    trips.clear()
    proxy.cut = [*fates]
    receipt = ask(through)
    assert (receipt.number, receipt.replayed) == (before + 1, False)
    assert one.reader.head().number == before + 1
    assert one.balance("a").net == 16
    written = ("WHOLE", UNDER_THE_LOCK)
    committed = [asked for asked, how in trips if how == "done" and asked in written]
    assert len(committed) == (1 if fates == ["before"] else 0), trips
    assert ask(through).replayed


def test_a_server_that_ended_the_connections_is_found_again(
    one: Ledger, postgres_server: str, trips: list[Any]
) -> None:
    pids = [turn.connection.conn.info.backend_pid for turn in one.store._turns.values()]
    pids += [connection.conn.info.backend_pid for connection in one.store._reads._all]
    with psycopg.connect(postgres_server, autocommit=True) as admin:
        for pid in pids:
            admin.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    assert one.balance("a").net == 10
    receipt = one.post(move("k", "a", "cash", 1))
    assert (receipt.number, receipt.replayed) == (3, False)


def test_a_commit_that_no_longer_waits_for_the_standby_is_no_receipt() -> None:
    """The server says that it succeeded, with a warning: the standby may not have it."""
    with server() as cluster, closing(PostgresStore(cluster.url, create=True)) as store:
        ledger = Ledger.create(store, BOOK, lambda: NOON)
        ledger.open(ACCOUNTS, key="open")
        with psycopg.connect(cluster.url, autocommit=True) as admin:

            def standby(names: str) -> None:
                admin.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'".encode())
                admin.execute("SELECT pg_reload_conf()")

            def cancelled() -> bool:
                waiting = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
                return bool(admin.execute(waiting).fetchall())

            admin.execute("CREATE SCHEMA probe")
            admin.execute("CREATE TABLE probe.row(n int)")
            standby("absent")
            _until_commits_wait(cluster.url, admin)
            receipts = []
            posting = threading.Thread(target=lambda: receipts.append(ledger.post(move("k", "a", "cash", 5))))
            posting.start()
            while posting.is_alive() and not cancelled():
                posting.join(0.02)
            posting.join(0.3)  # the look whether it took effect waits for the standby, too
            assert receipts == []
            standby("")
            posting.join(30)
        assert [(r.number, r.replayed) for r in receipts] == [(2, False)]
        verify(ledger.reader, BOOK).require()
        ledger.close()


def _until_commits_wait(url: str, admin: psycopg.Connection[Any]) -> None:
    """Commit rows until a commit waits: the server follows its settings a moment after it was told to."""
    waiting = "FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    waits = threading.Event()

    def commit() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            while not waits.is_set():
                connection.execute("INSERT INTO probe.row VALUES (1)")

    probe = threading.Thread(target=commit)
    probe.start()
    while not admin.execute(f"SELECT 1 {waiting}".encode()).fetchall():
        probe.join(0.01)
    waits.set()
    while probe.is_alive():
        admin.execute(f"SELECT pg_cancel_backend(pid) {waiting}".encode())
        probe.join(0.02)


def test_a_server_that_stays_away_is_unavailable(postgres_url: str) -> None:
    with server() as cluster:
        told: list[Wait] = []
        store = PostgresStore(cluster.url, create=True, timeout=2.5, on_wait=told.append)
        ledger = Ledger.create(store, BOOK, lambda: NOON)
        ledger.open(ACCOUNTS, key="open")
        cluster.stop()
        with pytest.raises(CommitUnknown):
            ledger.post(move("k", "a", "cash", 5))
        assert {it.reason for it in told} == {"no server answers"}
        with pytest.raises(StoreUnavailable):
            ledger.balance("a")
        cluster.start()
        assert ledger.post(move("k", "a", "cash", 5)).number == 2
        assert ledger.balance("a").net == 5
        ledger.close()
        store.close()


# --- the store --------------------------------------------------------------------------------------


def test_a_book_that_grows_keeps_to_its_indexes(
    one: Ledger, opened: Callable[..., PostgresStore], postgres_url: str
) -> None:
    """A plan that was made while a table was small would read all of it for ever."""
    busy = Ledger(opened(), BOOK, lambda: NOON)
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        for name in ("transaction", "posting", "balance", "account"):
            admin.execute(f'ALTER TABLE "{name}" SET (autovacuum_enabled = false)'.encode())
        for n in range(150):  # each of them looked up
            busy.post_many([move(f"{n}-{i}", "a", "cash", 1) for i in range(40)])
            busy.execute(f"x{n}", {}, lambda books: [move("", "a", "cash", 1)])
            assert busy.post(move(f"{n}-7", "a", "cash", 1)).replayed
        busy.store.close()  # its sessions report what they read
        read = dict(
            admin.execute(
                "SELECT relname, seq_tup_read FROM pg_stat_user_tables WHERE schemaname = current_schema()"
            ).fetchall()
        )
    assert read["transaction"] < 30_000, read
    assert read["posting"] < 30_000, read


def test_the_book_is_the_same_as_in_memory(one: Ledger) -> None:
    memory = Ledger.create(MemoryStore(), BOOK, lambda: NOON)
    memory.open(ACCOUNTS, key="open")
    memory.post(move("fund", "a", "cash", 10))
    assert memory.reader.head() == one.reader.head()


def test_a_store_for_reading_writes_nothing(one: Ledger, postgres_url: str) -> None:
    with closing(open_store(postgres_url, read_only=True)) as store:
        assert Ledger(store, BOOK, lambda: NOON).balance("a").net == 10
        for write in (lambda: store.add("x", BOOK.base_unit, BOOK.opened_on), lambda: store.writing(1)):
            with pytest.raises(StoreReadOnly):
                write()
        with store.snapshot() as still:
            one.post(move("later", "a", "cash", 1))
            assert still.reading(1).head().number == 2
            with pytest.raises(StoreReadOnly):
                still.writing(1)
        with pytest.raises(StoreUnavailable, match="closed"):
            still.reading(1)
        assert store.reading(1).head().number == 3


def test_who_writes_sees_others_wait_their_turn(one: Ledger, opened: Callable[..., PostgresStore]) -> None:
    """While one holds the lock, another gives up in the end, with an error that is no verdict."""
    impatient = opened(timeout=0.2)
    with opened().writing(1), pytest.raises(StoreLocked), impatient.writing(1):
        pass


def test_who_waits_is_told_who_writes(one: Ledger, opened: Callable[..., PostgresStore]) -> None:
    told: list[Wait] = []
    trusting = Ledger(opened(timeout=1.5, on_wait=told.append), BOOK, lambda: NOON)
    trusting.post(move("before", "a", "cash", 1))
    fresh = opened(timeout=1.5, on_wait=told.append)
    with opened().writing(1) as writer:
        session = writer._connection.session
        with pytest.raises(StoreLocked), fresh.writing(1):
            pass
        with pytest.raises(StoreLocked):
            trusting.post(move("meanwhile", "a", "cash", 1))
    said = rf"session {session} \(bankcore, in a transaction for \d seconds?\) is writing"
    assert len(told) == 2
    assert all(it.timeout == 1.5 and re.fullmatch(said, it.reason) for it in told), told


def test_a_child_does_not_use_the_connections_of_its_parent(one: Ledger) -> None:
    read, write = os.pipe()
    reader = one.reader
    if (child := os.fork()) == 0:
        said = []
        for ask in (one.store.books, lambda: one.store.writing(1), reader.head, one.store.scrub):
            try:
                ask()
            except UsedAfterFork:
                said.append("refused")
            except BaseException as error:
                said.append(repr(error))
        os.write(write, " ".join(said).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 1_000) == b"refused refused refused refused"
    os.close(read)
    os.close(write)
    assert one.post(move("k", "a", "cash", 1)).number == 3


def test_a_child_of_a_fork_inside_a_commit_leaves_it_alone(one: Ledger) -> None:
    read, write = os.pipe()
    with one.store.writing(BOOK.id) as writer:
        if (child := os.fork()) == 0:
            said = b"nothing"
            try:
                writer.head()
                writer.numbers(["fund"])
            except UsedAfterFork:
                said = b"refused"
            try:
                one.store._turns[BOOK.id].connection.undo()
                one.store.close()
            finally:
                os.write(write, said)
                os._exit(0)
        os.waitpid(child, 0)
        assert writer.numbers(["fund"]) == {"fund": 2}
    assert os.read(read, 100) == b"refused"
    os.close(read)
    os.close(write)
    assert one.post(move("k", "a", "cash", 1)).number == 3


def test_a_value_that_cannot_be_stored_is_no_fault_of_the_server(one: Ledger) -> None:
    reader = one.reader
    assert reader.entry(2**70) is None
    assert reader.record("a\0", "b") is None
    assert reader.group("\ud800") == []
    assert one.post(move("k", "a", "cash", 1)).number == 3


def test_an_account_of_many_records_in_one_commit(one: Ledger) -> None:
    """Several versions of one record, and of one account, are written together."""
    from bankcore.ledger.transactions import open_account

    versions = tuple(
        open_account(Account("a", "liability", "CNY/2", floor=-n, opened_on=date(2024, 5, 1)), version=n)
        for n in (2, 3)
    )
    facts = tuple(Record("fact", "x", {"n": n}, n) for n in (1, 2, 3))
    each = [
        Transaction(key=f"v{n}", kind="k", effective_on=BOOK.opened_on, records=(record,))
        for n, record in enumerate([*versions, *facts])
    ]
    for verdict in one.post_many(each):
        assert verdict.number, verdict
    assert one.reader.record("fact", "x").version == 3
    assert one.balance("a").account.floor == -3


def test_two_create_the_tables_at_once(postgres_server: str) -> None:
    for _ in range(3):
        with empty_schema(postgres_server) as url:
            stores: list[PostgresStore] = []
            start = threading.Barrier(4)

            def make(url: str = url, stores: list[PostgresStore] = stores, start: Any = start) -> None:
                start.wait()
                stores.append(PostgresStore(url, create=True))

            threads = [threading.Thread(target=make) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert len(stores) == 4
            for store in stores:
                store.close()


def test_a_trip_larger_than_any_buffer_arrives(one: Ledger) -> None:
    """The driver by itself would wait for an answer before it has sent the end of the question."""
    done: list[Any] = []

    def post() -> None:
        for size in (1, 10, 100, 300, 1_000):
            given = [move(f"{size}-{n}", "a", "cash", 1, description="x" * 3_000) for n in range(size)]
            done.extend(one.post_many(given))

    posting = threading.Thread(target=post, daemon=True)
    posting.start()
    posting.join(60)
    assert len(done) == 1_411


def test_stores_that_make_books_at_once_give_ids_of_their_own(
    one: Ledger, opened: Callable[..., PostgresStore]
) -> None:
    made: list[int] = []
    stores = [opened() for _ in range(4)]
    start = threading.Barrier(len(stores))

    def make_books(nth: int) -> None:
        start.wait()
        made.extend(stores[nth].add(f"{nth}-{n}", BOOK.base_unit, BOOK.opened_on).id for n in range(10))

    threads = [threading.Thread(target=make_books, args=[nth]) for nth in range(len(stores))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == list(range(2, 42))
