"""Measure books in PostgreSQL against the server's own floors, in the same run.

    python benchmarks/postgres.py                  a primary alone, from the wheel of the tests
    python benchmarks/postgres.py --standby        each commit waits for a synchronous standby
    python benchmarks/postgres.py --url URL        a server; its schemas `bankcore_bench*` are dropped
    python benchmarks/postgres.py --rounds 5       medians of more rounds

Floors are of one connection: a row of 120 bytes committed by itself, and rows like those of W through COPY,
into tables without a key and into copies of ours with their keys.  A peer is measured where it is installed
(see pgledger.py).
The prototype is that of the design, on the same kind of machine when it was quiet.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pgledger
import psycopg
from attrs import frozen
from book import CNY, PATH, accounts, transaction
from tabulate import tabulate
from workload import CUSTOMERS, FIRST_DAY, RESERVE, Transfer, transfers

from bankcore.ledger.ledger import Ledger
from bankcore.ledger.transactions import Book, Posting, Receipt, Transaction
from bankcore.stores.open import open_store

ROOT = Path(__file__).parents[1]
SETTINGS = "-c shared_buffers=256MB -c max_connections=200 -c listen_addresses='' -c max_wal_size=2GB"
IN_FLIGHT = 64
SCHEMA = "bankcore_bench"
# Transactions a second of the prototype: alone, and with a synchronous standby (lower ends of its ranges).
PROTOTYPE = {
    "1 thread": (1_819, 1_131),
    "8 threads, one hot account": (7_562, 5_554),
    "32 threads, one hot account": (12_299, 9_175),
    "64 in flight": (26_500, 19_200),
    "batches of 1,000": (45_000, 33_000),
    "batches of 10,000": (63_000, 50_000),
}


@frozen
class Measured:
    """Transactions a second, and the 99th percentile of the time that a caller waits, in seconds."""

    rate: float
    p99: float | None = None
    worst: float | None = None


def book_at(url: str, *, create: bool = False) -> Ledger:
    """The bench's book, with the accounts of W."""
    store = open_store(url, create=create)
    if not create:
        return Ledger(store, store.books()[0], lambda: datetime.now(UTC))
    ledger = Ledger.create(store, Book(1, "bench", CNY, FIRST_DAY), lambda: datetime.now(UTC))
    ledger.open(accounts(), key="open")
    return ledger


def hot(prefix: str, number: int) -> Transaction:
    """A payment of one fen out of the one hot account."""
    target = PATH[CUSTOMERS[number % len(CUSTOMERS)]]
    postings = (Posting(PATH[RESERVE], 1, CNY), Posting(target, -1, CNY))
    return Transaction(key=f"{prefix}-{number}", kind="pay", effective_on=FIRST_DAY, postings=postings)


# --- what is measured ---------------------------------------------------------------------------------


def by_threads(ledger: Ledger, prefix: str, threads: int, count: int) -> Measured:
    """Threads that post one transaction after another and wait for each."""
    waits: list[float] = []

    def post(thread: int) -> None:
        for number in range(thread, count, threads):
            made, began = hot(prefix, number), time.perf_counter()
            ledger.post(made)
            waits.append(time.perf_counter() - began)

    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(post, range(threads)))
    rate = count / (time.perf_counter() - began)
    return Measured(rate, sorted(waits)[int(len(waits) * 0.99)], max(waits))


def in_flight(ledger: Ledger, prefix: str, count: int) -> Measured:
    """One caller that submits without waiting, with so many under way."""
    under_way: deque[Future[Any]] = deque()
    began = time.perf_counter()
    for number in range(count):
        under_way.append(ledger.submit(hot(prefix, number)))
        if len(under_way) == IN_FLIGHT:
            under_way.popleft().result()
    for future in under_way:
        future.result()
    return Measured(count / (time.perf_counter() - began))


def by_batches(ledger: Ledger, workload: Iterator[Transfer], size: int, count: int) -> Measured:
    """W in batches, a commit each."""
    batches = [[transaction(it) for it in islice(workload, size)] for _ in range(count)]
    began = time.perf_counter()
    for batch in batches:
        if any(type(verdict) is not Receipt for verdict in ledger.post_many(batch)):
            raise SystemExit("a transfer was refused")
    return Measured(size * count / (time.perf_counter() - began))


def one_row(url: str, count: int) -> Measured:
    """The floor of a commit: a row of 120 bytes by itself."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS floor_row(id bigserial PRIMARY KEY, body text)")
        body, began = "x" * 120, time.perf_counter()
        for _ in range(count):
            connection.execute("INSERT INTO floor_row(body) VALUES (%s)", (body,))
        return Measured(count / (time.perf_counter() - began))


def raw_copy(url: str, count: int) -> Measured:
    """The floor of a batch: a line and two postings for each transaction, through COPY."""
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS floor_line(number bigint, line text, digest bytea)")
        cursor.execute(
            "CREATE TABLE IF NOT EXISTS floor_leg(account bigint, number bigint, quantity bigint, sum bigint)"
        )
        lines = [(number, "x" * 160, b"d" * 32) for number in range(count)]
        legs = [(number % 1_000, number, 1, number) for number in range(2 * count)]
        began = time.perf_counter()
        for table, rows in (("floor_line", lines), ("floor_leg", legs)):
            with cursor.copy(f"COPY {table} FROM STDIN".encode()) as copy:
                for row in rows:
                    copy.write_row(row)
        connection.commit()
        return Measured(count / (time.perf_counter() - began))


def keyed_copy(url: str, count: int) -> Measured:
    """The same into tables with the keys of ours: the lines by number and key, the postings by account."""
    copies = {"transaction": "floor_transaction", "posting": "floor_posting"}
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        for ours, name in copies.items():
            cursor.execute(f"DROP TABLE IF EXISTS {name}".encode())
            cursor.execute(f'CREATE TABLE {name}(LIKE "{ours}" INCLUDING ALL)'.encode())
        line = "x" * 160
        lines = [(1, number, f"key-{number:09d}", b"d" * 32, line) for number in range(1, count + 1)]
        legs = [
            (1, number % 1_000, number // 1_000 + 1, number // 2 + 1, 1, number, number, 739_000)
            for number in range(2 * count)
        ]
        began = time.perf_counter()
        for name, rows in zip(copies.values(), (lines, legs), strict=True):
            with cursor.copy(f"COPY {name} FROM STDIN".encode()) as copy:
                for row in rows:
                    copy.write_row(row)
        connection.commit()
        return Measured(count / (time.perf_counter() - began))


def by_processes(urls: Sequence[str], threads: int, count: int, nth: str) -> list[Measured]:
    """Processes of threads, each on the book at its URL, as they say themselves."""
    command = [sys.executable, __file__, "--threads", str(threads), "--count", str(count)]
    running = [
        subprocess.Popen([*command, "--worker", url, "--prefix", f"w{nth}{place}"], stdout=subprocess.PIPE)
        for place, url in enumerate(urls)
    ]
    said = [process.communicate()[0].split() for process in running]
    return [Measured(*map(float, words)) for words in said]


# --- a run ----------------------------------------------------------------------------------------------


@contextmanager
def place(standby: bool) -> Iterator[str]:
    """The URL of a new server that writes through to the disk, alone or with a synchronous standby."""
    sys.path.insert(0, str(ROOT))
    from tests.postgres import MISSING, programs, running
    from tests.standby import Pair

    found = programs()
    if found is None:
        raise SystemExit(MISSING)
    with running(found, SETTINGS) as cluster:
        pair = Pair(cluster, SETTINGS) if standby else None
        try:
            yield cluster.url
        finally:
            for node in pair.nodes if pair else ():
                node.stop()


def books(url: str) -> list[str]:
    """The URLs of three empty books: two with payments of one day, one for W, whose days go on."""
    found = []
    with psycopg.connect(url, autocommit=True) as connection:
        for name in (SCHEMA, f"{SCHEMA}_2", f"{SCHEMA}_w"):
            connection.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE".encode())
            connection.execute(f"CREATE SCHEMA {name}".encode())
            found.append(f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{name}")
    return found


def run(url: str, rounds: int, scale: int) -> dict[str, list[Measured]]:
    """Everything, round after round."""
    first, second, third = books(url)
    ledger, _, batched = (book_at(place, create=True) for place in (first, second, third))
    workload = transfers(rounds * (20_000 + 30_000) * scale)
    peer = peer_at(url)
    found: dict[str, list[Measured]] = {}

    def note(name: str, measured: Measured) -> None:
        found.setdefault(name, []).append(measured)
        print(f"{name}: {measured.rate:,.0f}/s", file=sys.stderr, flush=True)

    for nth in range(rounds):
        note("floor: one-row commit", one_row(first, 2_000 * scale))
        note("floor: raw COPY", raw_copy(first, 20_000 * scale))
        note("floor: COPY with our keys", keyed_copy(first, 20_000 * scale))
        for threads, name in zip((1, 8, 32), PROTOTYPE, strict=False):
            note(name, by_threads(ledger, f"t{threads}-{nth}", threads, (1_500 + 500 * threads) * scale))
        if peer is not None:
            rate, waits = pgledger.by_threads(*peer, 32, 2_000 * scale)
            note("pgledger, 32 threads", Measured(rate, waits[int(len(waits) * 0.99)], waits[-1]))
        note("64 in flight", in_flight(ledger, f"f-{nth}", 20_000 * scale))
        note("batches of 1,000", by_batches(batched, workload, 1_000, 20 * scale))
        note("batches of 10,000", by_batches(batched, workload, 10_000, 3 * scale))
        (alone,) = by_processes([first], 16, 6_000 * scale, f"{nth}a")
        note("one process of 16 threads", alone)
        for name, where in (("one book", (first, first)), ("two books", (first, second))):
            both = by_processes(where, 16, 6_000 * scale, f"{nth}{name[:3]}")
            worst = max(it.worst or 0 for it in both)
            note(f"two processes of 16 threads, {name}", Measured(sum(it.rate for it in both), worst=worst))
    return found


def peer_at(url: str) -> tuple[str, list[str]] | None:
    """Where pgledger is installed, in a schema of its own, and its accounts; says so where it is not."""
    if not (files := pgledger.installed()):
        print(pgledger.MISSING, file=sys.stderr)
        return None
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA}_peer CASCADE".encode())
        connection.execute(f"CREATE SCHEMA {SCHEMA}_peer".encode())
    place = f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{SCHEMA}_peer"
    return place, pgledger.accounts(place, files)


def table(found: dict[str, list[Measured]], standby: bool) -> str:
    """Medians over the rounds, with the share of the prototype, or of one process."""
    rates = {name: statistics.median(it.rate for it in rounds) for name, rounds in found.items()}
    rows = []
    for name, rounds in found.items():
        p99 = [it.p99 for it in rounds if it.p99 is not None]
        worst = [it.worst for it in rounds if it.worst is not None]
        against = PROTOTYPE.get(name, (0, 0))[standby]
        share = f"{rates[name] / against:.0%}" if against else ""
        if name.startswith("two processes"):
            share = f"{rates[name] / rates['one process of 16 threads']:.0%} of one process"
        rows.append(
            (
                name,
                f"{rates[name]:,.0f}/s",
                f"{statistics.median(p99) * 1e3:.1f} ms" if p99 else "",
                f"{max(worst) * 1e3:.0f} ms" if worst else "",
                f"{against:,}/s" if against else "",
                share,
            )
        )
    return tabulate(rows, ("path", "rate", "p99", "longest wait", "prototype", "share"), stralign="right")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--url")
    parser.add_argument("--standby", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=int, default=1)
    for name in ("--worker", "--prefix", "--threads", "--count"):
        parser.add_argument(name, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker:
        measured = by_threads(book_at(given.worker), given.prefix, int(given.threads), int(given.count))
        print(measured.rate, measured.p99, measured.worst)
        return
    if given.url:
        print(table(run(given.url, given.rounds, given.scale), standby=False))
        return
    with place(given.standby) as url:
        print(table(run(url, given.rounds, given.scale), given.standby))


if __name__ == "__main__":
    main()
