"""pgledger as a peer: a ledger of functions in PostgreSQL, measured where the user installs it.

BANKCORE_PGLEDGER names its SQL files, in the order in which they are run, with a colon (on Windows a
semicolon) between them; they are from https://github.com/pgr0ss/pgledger and no part of bankcore.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg

VARIABLE = "BANKCORE_PGLEDGER"
MISSING = f"pgledger is not measured: {VARIABLE} names no SQL files of it"
TARGETS = 1_000  # accounts that the one hot account pays


def installed() -> list[Path]:
    """The files of pgledger; none where the user has not said where they are."""
    return [Path(name) for name in os.environ.get(VARIABLE, "").split(os.pathsep) if name]


def accounts(url: str, files: Sequence[Path]) -> list[str]:
    """Install it, and open the hot account and its targets; their ids."""
    with psycopg.connect(url, autocommit=True) as connection:
        for file in files:
            connection.execute(file.read_bytes())
        made = "SELECT id::text FROM pgledger_create_account(%s, 'CNY')"
        rows = [connection.execute(made, (f"account {n}",)).fetchone() for n in range(TARGETS + 1)]
    return [row[0] for row in rows if row]


def by_threads(url: str, accounts: Sequence[str], threads: int, count: int) -> tuple[float, list[float]]:
    """Transfers a second of threads with a connection each, and how long each took, in order of length."""
    waits: list[float] = []
    hot, *targets = accounts

    def pay(thread: int) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            for number in range(thread, count, threads):
                given = (hot, targets[number % len(targets)])
                began = time.perf_counter()
                connection.execute("SELECT id FROM pgledger_create_transfer(%s, %s, 0.01)", given)
                waits.append(time.perf_counter() - began)

    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(pay, range(threads)))
    return count / (time.perf_counter() - began), sorted(waits)
