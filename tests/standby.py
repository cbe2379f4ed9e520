"""A primary and its synchronous standby, of which the primary is killed and comes back as the standby."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from tests.ledger.conftest import BOOK
from tests.ledger.making import move
from tests.postgres import SETTINGS, Cluster, server

from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.transactions import Receipt

__all__ = ["STANDBY_SETTINGS", "Load", "Pair", "check", "failover", "pair", "wait_until"]

WRITERS = 4  # threads of each process

# A standby looks for a primary that went away every five seconds, and is promoted only after that.
STANDBY_SETTINGS = f"{SETTINGS} -c wal_retrieve_retry_interval=100ms"


def wait_until(true: Callable[[], Any], seconds: float = 30) -> None:
    """Wait for something to become true; raises TimeoutError."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(true)
        time.sleep(0.05)


class Pair:
    """Two servers: one writes, the other one follows it, and has every commit that was acknowledged."""

    def __init__(self, primary: Cluster, settings: str = STANDBY_SETTINGS) -> None:
        self.primary = primary
        self._settings = settings
        self.standby = primary.sibling("other")
        self.nodes = (self.primary, self.standby)
        self._killed = 0
        # The log from before the two parted is needed to come back; it is in the file of settings, as the
        # recovery before that reads no others.
        self.ask(self.primary, "ALTER SYSTEM SET wal_keep_size = '256MB'", "SELECT pg_reload_conf()")
        self.standby.run("pg_basebackup", "--no-sync", "-R", "-c", "fast", "-d", self._source())
        self.standby.start(self._settings)
        self.synchronous("on")

    @property
    def url(self) -> str:
        """Both hosts, in an order that does not change."""
        return f"postgresql://postgres@/postgres?host={','.join(str(node.sockets) for node in self.nodes)}"

    def _source(self) -> str:
        return f"host={self.primary.sockets} user=postgres dbname=postgres"

    def ask(self, node: Cluster, *statements: str) -> list[Any]:
        """The rows of the last of some statements."""
        with psycopg.connect(node.url, autocommit=True) as connection:
            for statement in statements:
                cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def synchronous(self, kind: str) -> None:
        """From now on a commit waits for the standby: until it has it ("on") or shows it ("remote_apply")."""
        self.ask(
            self.primary,
            "ALTER SYSTEM SET synchronous_standby_names = '*'",
            f"ALTER SYSTEM SET synchronous_commit = '{kind}'",
            "SELECT pg_reload_conf()",
        )
        wait_until(
            lambda: self.ask(self.primary, "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'")
        )
        wait_until(lambda: self.ask(self.primary, "SHOW synchronous_commit") == [(kind,)])

    def catch_up(self) -> None:
        """Wait until the standby shows all that the primary has."""
        ((end,),) = self.ask(self.primary, "SELECT pg_current_wal_lsn()::text")
        shown = f"SELECT pg_last_wal_replay_lsn() >= '{end}'"
        wait_until(lambda: self.ask(self.standby, shown) == [(True,)])

    def kill(self) -> None:
        """End every process of the primary at once, as a power cut does."""
        pids = [pid for (pid,) in self.ask(self.primary, "SELECT pid FROM pg_stat_activity")]
        self._killed = int((self.primary.data / "postmaster.pid").read_text().split()[0])
        for pid in (self._killed, *pids):  # the first one would start others
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.primary.runs = False

    def promote(self) -> None:
        """The standby takes over, alone for now: a commit of its own waits for nobody."""
        self.standby.run("pg_ctl", "-w", "promote")
        self.primary, self.standby = self.standby, self.primary

    def rejoin(self) -> None:
        """The killed server comes back as the standby, without what it alone had."""
        self.ask(self.primary, "CHECKPOINT")
        wait_until(lambda: not _alive(self._killed))
        self.standby.run("pg_rewind", "-R", f"--source-server={self._source()}", "--no-sync")
        self.standby.start(self._settings)
        self.synchronous("on")


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@contextmanager
def pair() -> Iterator[Pair]:
    """A primary and a standby of the tests' own; skips where there are no programs, and fails in CI."""
    with server() as cluster:
        cluster.stop("fast")
        cluster.start(STANDBY_SETTINGS)
        made: Pair | None = None
        try:
            made = Pair(cluster)
            yield made
        finally:
            for node in made.nodes if made else ():
                node.stop()


class Load:
    """Threads that post through a ledger, and one that reads, until they are told to stop."""

    def __init__(self, ledger: Ledger, name: str) -> None:
        self.receipts: dict[str, Receipt] = {}
        self.heads: list[int] = []
        self.longest = 0.0  # seconds that a caller waited
        self.errors: list[Exception] = []
        self._ledger, self._name = ledger, name
        self._stop = threading.Event()
        tasks = [(self._write, n) for n in range(WRITERS)] + [(self._read, n) for n in range(2)]
        self._threads = [threading.Thread(target=self._until_stopped, args=task) for task in tasks]
        for thread in self._threads:
            thread.start()

    def _until_stopped(self, step: Callable[[str], None], thread: int) -> None:
        n = 0
        while not self._stop.is_set():
            try:
                step(f"{self._name}-{thread}-{n}")
            except Exception as error:
                self.errors.append(error)
                return
            n += 1

    def _write(self, key: str) -> None:
        began = time.monotonic()
        self.receipts[key] = self._ledger.post(move(key, "a", "cash", 1))
        self.longest = max(self.longest, time.monotonic() - began)

    def _read(self, _: str) -> None:
        known = len(self.receipts)
        head = self._ledger.reader.head().number
        assert head > known
        self.heads.append(head)
        time.sleep(0.01)

    def has_written(self, more: int) -> Callable[[], bool]:
        """Whether as many more are acknowledged, or something went wrong."""
        least = len(self.receipts) + more
        return lambda: bool(self.errors) or len(self.receipts) >= least

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        assert self.errors == []
        assert len(self.heads) > 2


def failover(servers: Pair, ledgers: Sequence[Ledger], name: str) -> tuple[dict[str, Receipt], float]:
    """Kill the primary under the load of ledgers; what was acknowledged, and the longest wait in seconds.

    The standby takes over, and the killed one comes back; no call may fail.
    """
    loads = [Load(ledger, f"{name}-{place}") for place, ledger in enumerate(ledgers)]
    try:
        for load in loads:
            wait_until(load.has_written(100))
        servers.kill()
        servers.promote()
        for load in loads:
            wait_until(load.has_written(100))
    finally:
        for load in loads:
            load.stop()
    servers.rejoin()
    receipts = {key: receipt for load in loads for key, receipt in load.receipts.items()}
    return receipts, max(load.longest for load in loads)


def check(ledger: Ledger, acknowledged: dict[str, Receipt]) -> None:
    """Every acknowledged transaction is in the journal once, as it was acknowledged, and no other."""
    with ledger.reader as reader:
        journal = {entry.transaction.key: entry for entry in reader.entries()}
        assert verify(reader, BOOK).require().transactions == 1 + len(acknowledged)
    assert journal.keys() == {"open", *acknowledged}
    for key, receipt in acknowledged.items():
        assert not receipt.replayed
        assert (journal[key].number, journal[key].digest) == (receipt.number, receipt.digest)
