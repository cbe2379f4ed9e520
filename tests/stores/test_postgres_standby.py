"""A primary that dies under load: its standby takes over, and the callers notice nothing but the time."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest
from tests.conftest import PROFILE, ROOT
from tests.ledger.conftest import ACCOUNTS, BOOK, NOON
from tests.ledger.making import move

from bankcore.errors import StoreBehind, StoreReadOnly, StoreUnavailable
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.transactions import Receipt

psycopg = pytest.importorskip("psycopg")

from tests.postgres import server  # noqa: E402
from tests.standby import Pair, check, failover, pair, wait_until  # noqa: E402
from tests.stores.proxy import Proxy  # noqa: E402

from bankcore.stores.postgres.connection import Connection  # noqa: E402
from bankcore.stores.postgres.store import PostgresStore  # noqa: E402

pytestmark = pytest.mark.slow

ROUNDS = int(os.environ.get("BANKCORE_FAILOVERS", {"ci": 3, "nightly": 100}.get(PROFILE, 1)))


@pytest.fixture(scope="module")
def servers() -> Iterator[Pair]:
    with pair() as servers:
        yield servers


@pytest.fixture
def opened(servers: Pair) -> Iterator[Callable[..., PostgresStore]]:
    """Opens a store on the pair, each time as another process would; the tables are dropped in the end."""
    with ExitStack() as stack:

        def open_(url: str = servers.url, **options: Any) -> PostgresStore:
            store = PostgresStore(url, **options)
            stack.callback(store.close)
            return store

        yield open_
    servers.ask(servers.primary, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")


@pytest.fixture
def ledger(opened: Callable[..., PostgresStore]) -> Ledger:
    ledger = Ledger.create(opened(create=True), BOOK, lambda: NOON)
    ledger.open(ACCOUNTS, key="open")
    return ledger


def test_a_primary_dies_and_no_caller_notices(
    servers: Pair, ledger: Ledger, opened: Callable[..., PostgresStore]
) -> None:
    """Nothing acknowledged is lost, nothing is written twice, and no call fails."""
    ledgers = [ledger, Ledger(opened(), BOOK, lambda: NOON)]
    acknowledged: dict[str, Receipt] = {}
    longest = 0.0
    for n in range(ROUNDS):
        receipts, waited = failover(servers, ledgers, str(n))
        acknowledged |= receipts
        longest = max(longest, waited)
        if n < 3 or n % 10 == 9:
            check(ledgers[n % 2], acknowledged)
    print(f"{ROUNDS} failovers, {len(acknowledged)} receipts, the longest wait {longest:.2f} s")  # noqa: T201


def test_a_commit_that_the_standby_has_is_found_there(
    servers: Pair, ledger: Ledger, opened: Callable[..., PostgresStore]
) -> None:
    """It was committed and its answer lost, and then the primary."""
    proxy = Proxy(str(servers.primary.sockets), 5432, b"outcome-unknown")
    hosts = f"host=127.0.0.1,{servers.standby.sockets}&port={proxy.port},5432"
    store = opened(f"postgresql://postgres@/postgres?{hosts}")
    through = Ledger(store, BOOK, lambda: NOON)
    through.post(move("before", "a", "cash", 1))
    turn = store._turns[BOOK.id]
    connect = turn._connect

    committed: list[Any] = []

    def fail_over() -> Connection:
        committed.extend(servers.ask(servers.primary, 'SELECT digest FROM "transaction" WHERE number = 3'))
        servers.kill()
        servers.promote()
        proxy.close()
        turn._connect = connect
        return connect()

    turn._connect = fail_over
    proxy.cut = ["after"]
    receipt = through.post(move("k", "a", "cash", 5, description="outcome-unknown"))
    assert (receipt.number, receipt.replayed) == (3, False)
    assert committed == [(receipt.digest,)]  # on both, before the primary was killed
    assert through.post(move("next", "a", "cash", 5)).number == 4
    servers.rejoin()


def test_a_commit_that_only_the_dead_primary_had_is_written_again(servers: Pair, ledger: Ledger) -> None:
    """It was not acknowledged, and is undone where it was when the old primary comes back."""
    kept = ledger.post(move("kept", "a", "cash", 1))
    cut_off = ("ALTER SYSTEM SET primary_conninfo = ''", "SELECT pg_reload_conf()")
    servers.ask(servers.standby, *cut_off)
    wait_until(lambda: not servers.ask(servers.primary, "SELECT 1 FROM pg_stat_replication"))
    receipts: list[Receipt] = []
    waits = threading.Thread(target=lambda: receipts.append(ledger.post(move("k", "a", "cash", 5))))
    waits.start()
    waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    wait_until(lambda: servers.ask(servers.primary, waiting))
    assert ledger.balance("a").net == 1  # nobody has seen it
    assert receipts == []
    servers.kill()
    servers.promote()
    waits.join()
    other = ledger.post(move("other", "a", "cash", 7))
    assert [r.number for r in (kept, *receipts, other)] == [2, 3, 4]
    servers.rejoin()
    check(ledger, {"kept": kept, "k": receipts[0], "other": other})


def test_who_writes_to_a_standby_alone_is_refused(
    servers: Pair, ledger: Ledger, opened: Callable[..., PostgresStore]
) -> None:
    servers.catch_up()
    there = opened(servers.standby.url, timeout=0.5)
    there.reach(BOOK.id, 1)
    lonely = Ledger(there, BOOK, lambda: NOON)
    assert lonely.balance("a").net == 0
    with pytest.raises(StoreReadOnly, match="standby"):
        lonely.post(move("k", "a", "cash", 1))
    assert ledger.post(move("k", "a", "cash", 1)).number == 2


READ = "&target_session_attrs=prefer-standby"


def test_a_reader_of_the_standby_waits_for_what_it_knows_of(
    servers: Pair, ledger: Ledger, opened: Callable[..., PostgresStore]
) -> None:
    servers.catch_up()
    reading = opened(servers.url + READ, read_only=True, timeout=0.5)
    seen = Ledger(reading, BOOK, lambda: NOON)
    receipt = ledger.post(move("k1", "a", "cash", 1))
    reading.reach(BOOK.id, receipt.number)
    assert seen.balance("a").net == 1

    servers.ask(servers.standby, "SELECT pg_wal_replay_pause()")
    try:
        receipt = ledger.post(move("k2", "a", "cash", 1))
        assert seen.balance("a").net == 1  # as old as it is
        with pytest.raises(StoreBehind) as refusal:
            reading.reach(BOOK.id, receipt.number)
        assert (refusal.value.number, refusal.value.head) == (receipt.number, receipt.number - 1)
        assert ledger.balance("a").net == 2  # who writes does not read there
        both = opened(servers.url + READ)
        assert Ledger(both, BOOK, lambda: NOON).balance("a").net == 2
    finally:
        servers.ask(servers.standby, "SELECT pg_wal_replay_resume()")
    reading.reach(BOOK.id, receipt.number)
    assert seen.balance("a").net == 2
    with reading.snapshot() as still:
        assert still.reading(BOOK.id).head().number == receipt.number
    with pytest.raises(StoreBehind):  # there is no such transaction anywhere
        opened(servers.url).reach(BOOK.id, receipt.number + 1)


def test_what_was_seen_at_one_server_is_seen_at_the_next(
    servers: Pair, ledger: Ledger, opened: Callable[..., PostgresStore]
) -> None:
    """A reader that is connected again, now to a standby, does not go back."""
    servers.catch_up()
    reading = opened(servers.url, read_only=True, timeout=0.5)
    receipt = ledger.post(move("k1", "a", "cash", 1))
    reading.reach(BOOK.id, receipt.number)
    servers.ask(servers.standby, "SELECT pg_wal_replay_pause()")
    try:
        receipt = ledger.post(move("k2", "a", "cash", 1))
        reading.reach(BOOK.id, receipt.number)
        elsewhere = opened(servers.url + READ, read_only=True, timeout=0.5)
        reading._address = elsewhere._address
        for connection in reading._pool._all:
            connection.close()
        with pytest.raises(StoreBehind):
            reading.reading(BOOK.id).head()
        with pytest.raises(StoreBehind), reading.snapshot():
            pass
    finally:
        servers.ask(servers.standby, "SELECT pg_wal_replay_resume()")
    assert reading.reading(BOOK.id).head().number == receipt.number


def test_a_query_that_the_server_ends_for_another_is_asked_again(servers: Pair, ledger: Ledger) -> None:
    """As a standby does with one that is in the way of what it has to show."""
    ended = "IF nextval('tries') < n THEN RAISE EXCEPTION USING ERRCODE = '40001'; END IF; RETURN n;"
    servers.ask(
        servers.primary,
        "CREATE SEQUENCE tries",
        f"CREATE FUNCTION ended(n int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN {ended} END $$",
    )
    store = ledger.store
    assert isinstance(store, PostgresStore)
    assert store._pool.rows("SELECT ended(3)") == [(3,)]
    with pytest.raises(StoreUnavailable):
        store._pool.rows("SELECT ended(100)")
    assert ledger.balance("a").net == 0


def test_a_standby_that_shows_what_is_acknowledged(
    servers: Pair, ledger: Ledger, opened: Callable[..., PostgresStore]
) -> None:
    """With remote_apply nobody waits."""
    servers.synchronous("remote_apply")
    try:
        servers.catch_up()
        reading = opened(servers.url + READ, read_only=True, timeout=0)
        writing = Ledger(opened(), BOOK, lambda: NOON)  # by a session of the new setting
        for n in range(50):
            receipt = writing.post(move(f"k{n}", "a", "cash", 1))
            assert reading.reading(BOOK.id).head().number == receipt.number
    finally:
        servers.synchronous("on")


STEPS = re.findall(
    r"```sh\n# on the (.+)\n((?s:.+?))```", (ROOT / "docs/high-availability.md").read_text("utf-8")
)


def test_the_steps_of_the_page_are_right() -> None:
    """Each block as it stands, on the server that it names; only nothing waits for the disk."""
    with server() as first, closing(psycopg.connect(first.url, autocommit=True)) as session:
        second = first.sibling("second")
        session.execute("CREATE TABLE acknowledged (n int)")
        nodes = {"primary": first, "standby": second, "old primary": first, "new primary": second}
        try:
            for where, step in STEPS:
                node = nodes[where]
                if "promote" in step:
                    session.execute("INSERT INTO acknowledged VALUES (1)")
                    first.stop()
                if "start" in step:  # this machine has both
                    with (node.data / "postgresql.conf").open("a") as settings:
                        settings.write(f"unix_socket_directories = '{node.sockets}'\n")
                        settings.write("listen_addresses = ''\nfsync = off\n")
                source = second if where == "old primary" else first
                step = step.replace('-D "$PGDATA"', '-D "$PGDATA" --no-sync')
                node.shell(step, PRIMARY=f"host={source.sockets} user=postgres dbname=postgres")
                if "start" in step:
                    node.runs = True
            with psycopg.connect(second.url, autocommit=True) as new:
                new.execute("INSERT INTO acknowledged VALUES (2)")  # waits for the standby
                assert new.execute("SELECT sync_state FROM pg_stat_replication").fetchall() == [("sync",)]
                assert new.execute("SELECT n FROM acknowledged ORDER BY n").fetchall() == [(1,), (2,)]
            assert [where for where, _ in STEPS].count("old primary") == 2
        finally:
            second.stop()
