"""The nodes of deploy/patroni as they are, of which the one that is primary is killed under load."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import PROFILE, ROOT
from tests.ledger.conftest import ACCOUNTS, BOOK, NOON

from bankcore.ledger.ledger import Ledger

pytest.importorskip("psycopg")

from tests.postgres import Cluster, server
from tests.standby import Load, check, wait_until

from bankcore.stores.postgres.store import PostgresStore

pytestmark = pytest.mark.slow

PROGRAMS = {name: Path(sys.executable).with_name(name) for name in ("patroni", "etcd")}
# PostgreSQL does not run as root; its supervisor still has to read a Python that may be root's own.
AS_NOBODY = ["setpriv", "--reuid=nobody", "--clear-groups"]
AS_NOBODY += ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
MISSING = "no Patroni or no etcd: install the extra bankcore[failover]"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


class Node:
    """A Patroni and its server."""

    def __init__(self, cluster: Cluster, name: str, etcd: str) -> None:
        self.folder = cluster.folder / name
        self.folder.mkdir()
        self.port, self._rest = free_port(), free_port()
        if cluster.user:
            shutil.chown(self.folder, "nobody")
        self._command = [*(AS_NOBODY if cluster.user else ()), str(PROGRAMS["patroni"])]
        here = "127.0.0.1"
        given = {
            "PATRONI_NAME": name,
            "PATRONI_ETCD3_HOSTS": etcd,
            "PATRONI_RESTAPI_LISTEN": f"{here}:{self._rest}",
            "PATRONI_RESTAPI_CONNECT_ADDRESS": f"{here}:{self._rest}",
            "PATRONI_POSTGRESQL_LISTEN": f"{here}:{self.port}",
            "PATRONI_POSTGRESQL_CONNECT_ADDRESS": f"{here}:{self.port}",
            "PATRONI_POSTGRESQL_DATA_DIR": str(self.folder / "data"),
            "PATRONI_POSTGRESQL_BIN_DIR": str(cluster.programs),
            "PATRONI_SUPERUSER_PASSWORD": "secret",
            "PATRONI_REPLICATION_PASSWORD": "secret",
            "PATRONI_REWIND_PASSWORD": "secret",
        }
        assert given.keys() == environment("node.env").keys()
        self._environment = {**os.environ, "HOME": str(self.folder), **given}
        text = (ROOT / "deploy/patroni/node.yml").read_text()
        sockets = f"  parameters:\n    unix_socket_directories: {self.folder}\n"  # where this user may write
        self._configuration = self.folder / "node.yml"
        self._configuration.write_text(text.replace("\npostgresql:\n", f"\npostgresql:\n{sockets}"))
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.folder / "patroni.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*self._command, self._configuration],
                cwd=self.folder, env=self._environment, stdout=log, stderr=log,
            )  # fmt: skip

    def control(self, *arguments: str) -> None:
        """Ask patronictl for something; raises CalledProcessError."""
        command = [
            str(PROGRAMS["patroni"].with_name("patronictl")),
            "-c",
            str(self._configuration),
            *arguments,
        ]
        subprocess.run(command, env=self._environment, check=True)

    def kill(self) -> None:
        """End Patroni and its server at once."""
        pids = [] if self.process is None else [self.process.pid]
        with suppress(FileNotFoundError):
            pids.append(int((self.folder / "data/postmaster.pid").read_text().split()[0]))
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self.process is not None:
            self.process.wait()
        self.process = None

    def state(self) -> dict[str, Any]:
        """What Patroni says of its server."""
        with (
            suppress(OSError, ValueError),
            urllib.request.urlopen(f"http://127.0.0.1:{self._rest}/patroni", timeout=2) as answer,
        ):
            return dict(json.load(answer))
        return {}

    def is_primary(self) -> bool:
        state = self.state()
        return (state.get("role"), state.get("state")) == ("primary", "running")

    def is_synchronous(self) -> bool:
        return bool(self.state().get("sync_standby"))


def environment(name: str) -> dict[str, str]:
    """The variables of a file of deploy/patroni."""
    lines = (ROOT / "deploy/patroni" / name).read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if not line.startswith("#"))


@contextmanager
def etcds(folder: Path) -> Iterator[tuple[list[str], list[subprocess.Popen[bytes]]]]:
    """Three as in etcd.env, but on this machine: the addresses for clients, and the processes."""
    here = {f"10.0.0.{n}:{port}": f"127.0.0.1:{free_port()}" for n in (1, 2, 3) for port in (2379, 2380)}
    processes = []
    with ExitStack() as stack:
        for n in (1, 2, 3):
            given = environment("etcd.env")
            for name, value in given.items():
                if "URLS" in name:
                    value = value.replace("10.0.0.1", f"10.0.0.{n}")
                for there, port in here.items():
                    value = value.replace(there, port)
                given[name] = value
            given |= {"ETCD_NAME": f"etcd{n}", "ETCD_DATA_DIR": str(folder / f"etcd{n}")}
            log = stack.enter_context((folder / f"etcd{n}.log").open("wb"))
            process = subprocess.Popen(
                [PROGRAMS["etcd"]], env={**os.environ, **given}, stdout=log, stderr=log
            )
            stack.callback(process.wait)
            stack.callback(process.kill)
            processes.append(process)
        yield [here[f"10.0.0.{n}:2379"] for n in (1, 2, 3)], processes


@pytest.fixture
def nodes() -> Iterator[list[Node]]:
    if not all(program.exists() for program in PROGRAMS.values()) or (
        os.geteuid() == 0 and shutil.which("setpriv") is None
    ):
        pytest.skip(MISSING)
    with server() as cluster, etcds(cluster.folder) as (addresses, processes), ExitStack() as stack:
        cluster.stop()
        nodes = [Node(cluster, name, ",".join(addresses)) for name in ("node1", "node2")]
        for node in nodes:
            stack.callback(node.kill)
        try:
            nodes[0].start()
            wait_until(nodes[0].is_primary, 60)
            nodes[1].start()
            wait_until(nodes[1].is_synchronous, 60)
            processes[0].kill()  # any one may fail
            yield nodes
        except BaseException:
            for log in cluster.folder.glob("node*/patroni.log"):
                print(log, log.read_text()[-5_000:])  # noqa: T201
            raise


@pytest.mark.skipif(PROFILE != "nightly", reason="failovers by Patroni take a minute: nightly")
def test_patroni_fails_over_and_back_and_no_caller_notices(nodes: list[Node]) -> None:
    ports = ",".join(f"127.0.0.1:{node.port}" for node in nodes)
    store = PostgresStore(f"postgresql://postgres:secret@{ports}/postgres", create=True)
    ledger = Ledger.create(store, BOOK, lambda: NOON)
    ledger.open(ACCOUNTS, key="open")
    writing = store._turns[BOOK.id].connection
    assert writing is not None
    # Over a network the server looks after a client that vanished with the lock.
    assert writing.rows("SELECT current_setting('tcp_keepalives_idle')") == [("5",)]
    load = Load(ledger, "x")
    try:
        wait_until(load.has_written(100))
        nodes[0].kill()
        wait_until(load.has_written(100), 60)
        assert nodes[1].is_primary()
        print(f"after a kill the longest wait was {load.longest:.1f} s")  # noqa: T201
        nodes[0].start()
        wait_until(nodes[0].is_synchronous, 60)
        load.longest = 0
        nodes[1].control("switchover", "--leader", "node2", "--candidate", "node1", "--force")
        wait_until(load.has_written(100), 60)
        assert nodes[0].is_primary()
        print(f"at a switchover it was {load.longest:.1f} s")  # noqa: T201
    finally:
        load.stop()
    check(ledger, load.receipts)
    store.close()
