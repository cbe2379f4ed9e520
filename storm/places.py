"""Where a storm rages: on files, or on a PostgreSQL server, whose sessions are ended at random, too."""

from __future__ import annotations

import os
import random
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final

from bankcore.stores.engine import ENGINE

__all__ = ["Files", "Place", "Server", "own_server"]

_PATIENCE: Final = 30  # seconds in which a server that crashed is up again
_CRASHES: Final = 4  # one of so many blows at a server kills, the others end a session


class Files:
    """A file for each book."""

    title = f"{ENGINE}, {'sound' if ENGINE.sound else 'guarded'}"
    crew = ("writer", "writer", "writer", "checkpointer", "checkpointer", "reader", "opener", "backup")

    @contextmanager
    def book(self) -> Iterator[str]:
        """The path of a new book, removed in the end."""
        with tempfile.TemporaryDirectory() as folder:
            yield str(Path(folder) / "book.db")

    def strike(self, chance: random.Random) -> str:
        """There is nothing but the processes of the crew to strike at."""
        return ""


class Server:
    """A schema of a PostgreSQL server for each book.

    Where the server is on this machine and nobody else's (`own`), a process of it is killed now and then:
    then it ends all the others and recovers.
    """

    crew = ("writer", "writer", "writer", "reader", "reader", "opener", "auditor")

    def __init__(self, url: str, *, own: bool) -> None:
        self.url, self._own = url, own
        self._name = f"bankcore-storm-{os.getpid()}"
        self._books = count(1)
        self._blows = 0
        ((version,),) = self._ask("SHOW server_version")
        self.title = f"PostgreSQL {version}"

    def _ask(self, sql: str, *given: object) -> list[Any]:
        """The rows of a statement, in a session of its own, once the server is up."""
        import psycopg

        end = time.monotonic() + _PATIENCE
        while True:
            try:
                with psycopg.connect(self.url, autocommit=True) as session:
                    cursor = session.execute(sql.encode(), given)
                    return cursor.fetchall() if cursor.description else []
            except psycopg.OperationalError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)

    @contextmanager
    def book(self) -> Iterator[str]:
        """The URL of an empty schema, dropped in the end."""
        schema = f"bankcore_storm_{os.getpid()}_{next(self._books)}"
        self._ask(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        mark = "&" if "?" in self.url else "?"
        yield f"{self.url}{mark}options=-csearch_path%3D{schema}&application_name={self._name}"
        self._ask(f"DROP SCHEMA IF EXISTS {schema} CASCADE")

    def strike(self, chance: random.Random) -> str:
        """End a session of the storm, by every third blow; what was struck."""
        self._blows += 1
        if self._blows % 3 != 2:
            return ""
        asked = "SELECT pid FROM pg_stat_activity WHERE application_name = %s ORDER BY pid"
        pids = [pid for (pid,) in self._ask(asked, self._name)]
        if not pids:
            return ""
        pid = chance.choice(pids)
        if self._own and chance.randrange(_CRASHES) == 0:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:  # it has ended meanwhile
                return ""
            return "crashes"
        return "sessions" if self._ask("SELECT pg_terminate_backend(%s)", pid) == [(True,)] else ""


Place = Files | Server


@contextmanager
def own_server() -> Iterator[Server]:
    """A server from the programs that the tests install; exits where there are none."""
    from tests.postgres import MISSING, programs, running

    found = programs()
    if found is None:
        raise SystemExit(MISSING)
    with running(found) as cluster:
        yield Server(cluster.url, own=True)
