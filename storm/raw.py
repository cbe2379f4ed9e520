"""Why the guard is needed: two writers and two checkpointers on a raw SQLite file, without bankcore.

An engine with the WAL-reset fault damages the file within a minute or so, but not every time.
"""

from __future__ import annotations

import multiprocessing
import random
import tempfile
from contextlib import closing
from pathlib import Path
from time import monotonic

from bankcore.stores.engine import driver

__all__ = ["raw_storm"]

TABLES = (
    "CREATE TABLE t(k PRIMARY KEY, w UNIQUE, x) WITHOUT ROWID",
    "CREATE INDEX tx ON t(x)",
)


def _connect(file: str) -> driver.Connection:
    conn = driver.connect(file, isolation_level=None, timeout=30)
    for pragma in ("journal_mode = WAL", "synchronous = OFF", "wal_autocheckpoint = 5"):
        conn.execute(f"PRAGMA {pragma}")
    return conn


def _write(file: str, writer: int, seconds: float) -> None:
    conn, chance, end, row = _connect(file), random.Random(writer), monotonic() + seconds, 0
    while monotonic() < end:
        conn.execute("BEGIN IMMEDIATE")
        for _ in range(chance.choice((1, 2, 5, 20))):
            row += 1
            values = (str(chance.random()), writer * 10**9 + row, "x" * chance.randrange(400))
            conn.execute("INSERT INTO t VALUES (?, ?, ?)", values)
        conn.execute("COMMIT")


def _checkpoint(file: str, seconds: float) -> None:
    conn, end = _connect(file), monotonic() + seconds
    while monotonic() < end:
        conn.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def raw_storm(seconds: float) -> str:
    """SQLite's verdict on the file after the given time; "ok" where it was not damaged."""
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "raw.db")
        with closing(_connect(file)) as conn:
            for table in TABLES:
                conn.execute(table)
        crew = [context.Process(target=_write, args=(file, n, seconds)) for n in (1, 2)]
        crew += [context.Process(target=_checkpoint, args=(file, seconds)) for _ in range(2)]
        for process in crew:
            process.start()
        for process in crew:
            process.join()
        if any(process.exitcode for process in crew):
            return "damaged while it was written"
        with closing(_connect(file)) as conn:
            ((said,), *_) = conn.execute("PRAGMA integrity_check").fetchall()
        return str(said)
