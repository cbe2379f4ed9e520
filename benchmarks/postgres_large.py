"""Grow a book in PostgreSQL to 10 million postings, and measure what reads of it cost.

    python benchmarks/postgres_large.py FOLDER               grow W there by batches, or go on with it
    python benchmarks/postgres_large.py FOLDER --reads       the plan and the time of each read of that book
    python benchmarks/postgres_large.py FOLDER --verify      derive the whole book again
    python benchmarks/postgres_large.py FOLDER --postings N  a book of another size

The server keeps its data in FOLDER between runs; `grown.jsonl` there has a row for each million.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final

import psycopg
from book import PATH, transaction
from postgres import ROOT, SETTINGS, book_at
from tabulate import tabulate
from workload import CUSTOMERS, FIRST_DAY, RESERVE, SERVICE, Transfer, chunks, transfers

from bankcore.errors import NotABook
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.posting.draft import closed_through
from bankcore.ledger.transactions import Receipt
from bankcore.stores.open import open_store

sys.path.insert(0, str(ROOT))
from tests import postgres as servers
from tests.explaining import Explained, explaining

ROW: Final = 500_000  # transactions, of two postings each
BATCH: Final = 10_000
SINGLE, PAIRED = 1_000, 5  # of these, single commits and batches in turn with a new book
TABLES: Final = ("transaction", "posting", "balance", "head")

STATE: Final = """
    SELECT s.relname, pg_relation_size(s.relid), pg_indexes_size(s.relid), s.n_tup_upd, s.n_tup_hot_upd,
        s.n_dead_tup, s.autovacuum_count, s.autoanalyze_count
    FROM pg_stat_user_tables s WHERE s.schemaname = current_schema()"""


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """The URL of a server whose data stay in a folder."""
    programs = servers._programs()
    if programs is None:
        raise SystemExit(servers.MISSING)
    folder.mkdir(parents=True, exist_ok=True)
    data = folder.resolve() / "data"
    with tempfile.TemporaryDirectory(prefix="bankcore-") as running:
        cluster = servers.Cluster(Path(running), programs)
        cluster.data.rmdir()
        cluster.data, is_new = data, not data.exists()
        if is_new:
            data.mkdir(0o700)
            if cluster._as:
                shutil.chown(data, "nobody")
            cluster.make()
        cluster.start(SETTINGS)
        try:
            yield cluster.url
        finally:
            cluster.stop("fast")


def grown(url: str) -> Ledger:
    """The book that grows, made where there is none yet."""
    try:
        open_store(url).close()
    except NotABook:
        return book_at(url, create=True)
    return book_at(url)


# --- growth -----------------------------------------------------------------------------------------------


def grow(url: str, file: Path, postings: int) -> None:
    """Write W up to so many postings, with a row about each million.

    The end of a row is written in turn with a book that is empty before it, so that the machine's other work
    slows both.
    """
    ledger, total = grown(url), postings // 2
    done = written(ledger)
    rest = islice(transfers(total), done, None)
    while done < total:
        until = min((done // ROW + 1) * ROW, total)
        paired = min(SINGLE + PAIRED * BATCH, until - done)
        batched = Stopwatch()
        for batch in chunks(islice(rest, until - done - paired), BATCH):
            close_before(ledger, batch[0])
            batched.post(ledger, batch)
        row = {"postings": 2 * until, "batches": batched.rate, **in_turn(url, ledger, islice(rest, paired))}
        done = until
        with file.open("a") as out:
            out.write(json.dumps({**row, **state(url)}) + "\n")
        print(json.dumps(row), file=sys.stderr, flush=True)


def written(ledger: Ledger) -> int:
    """How many transfers of W the book has."""
    for number in range(ledger.reader.head().number, 1, -1):
        entry = ledger.reader.entry(number)
        if entry is not None and entry.transaction.key.startswith("key-"):
            return int(entry.transaction.key.removeprefix("key-"))
    return 0


def close_before(ledger: Ledger, first: Transfer) -> None:
    """Close the day before a transfer, as a bank does every day."""
    day = first.day - timedelta(days=1)
    if day > (closed_through(ledger.reader) or FIRST_DAY - timedelta(days=1)):
        ledger.close_period(day, key=f"close/{day}")


def in_turn(url: str, ledger: Ledger, workload: Iterator[Transfer]) -> dict[str, float]:
    """Rates of a book while it takes turns with a new one, and the share of the new one's."""
    with beside(url) as place:
        new, found = book_at(place, create=True), {}
        theirs = transfers(SINGLE + PAIRED * BATCH)
        for name, size, count in (("single", 1, SINGLE), ("paired", BATCH, PAIRED)):
            old_time, new_time = Stopwatch(), Stopwatch()
            for _ in range(count):
                old_time.post(ledger, list(islice(workload, size)))
                new_time.post(new, list(islice(theirs, size)))
            found |= {name: old_time.rate, f"{name} share": old_time.rate / max(new_time.rate, 1e-9)}
        new.store.close()
    return found


@contextmanager
def beside(url: str) -> Iterator[str]:
    """An empty schema of the same database, dropped in the end."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS beside CASCADE")
        connection.execute("CREATE SCHEMA beside")
        yield f"{url}&options=-csearch_path%3Dbeside"
        connection.execute("DROP SCHEMA beside CASCADE")


class Stopwatch:
    """How many transactions were posted in what time; making the requests is not counted."""

    def __init__(self) -> None:
        self.count, self.spent = 0, 0.0

    def post(self, ledger: Ledger, given: Sequence[Transfer]) -> None:
        """Post a batch with one commit, or a single transfer alone."""
        made = [transaction(it) for it in given]
        began = time.perf_counter()
        verdicts = ledger.post_many(made) if len(made) > 1 else [*map(ledger.post, made)]
        self.spent += time.perf_counter() - began
        self.count += len(made)
        if any(type(verdict) is not Receipt for verdict in verdicts):
            raise SystemExit("a transfer was refused")

    @property
    def rate(self) -> float:
        """Transactions a second."""
        return self.count / self.spent if self.spent else 0.0


def state(url: str) -> dict[str, Any]:
    """Sizes, dead rows and the work of autovacuum, of the tables that a payment writes."""
    with psycopg.connect(url, autocommit=True) as connection:
        rows = {name: row for name, *row in connection.execute(STATE.encode()).fetchall()}
    return {name: rows[name] for name in TABLES}


def growth(file: Path) -> str:
    """The rows of a growth as a table."""
    found = []
    for line in file.read_text("utf-8").splitlines():
        row = json.loads(line)
        postings = row["postings"]
        (lines, keys, *_), (legs, places, *_) = row["transaction"], row["posting"]
        size, index, changed, in_place, dead, vacuums, _ = row["balance"]
        found.append(
            (
                f"{postings / 1e6:.0f} M",
                f"{row['batches']:,.0f}/s",
                f"{row['paired share']:.0%}",
                f"{row['single']:,.0f}/s",
                f"{row['single share']:.0%}",
                round((lines + legs) / postings * 2),
                round((keys + places) / postings * 2),
                f"{(size + index) / 1e6:.1f} MB",
                f"{in_place / changed:.0%}",
                dead,
                vacuums,
                sum(row[name][-1] for name in ("transaction", "posting")),
            )
        )
    columns = (
        "postings", "batches of 10,000", "of a new book", "1 thread", "of a new book", "bytes a transaction",
        "of its indexes", "balance", "updated in place", "dead rows", "vacuumed", "journal analysed",
    )  # fmt: skip
    return tabulate(found, columns, stralign="right")


# --- reads --------------------------------------------------------------------------------------------------


def reads(url: str, rounds: int = 20) -> str:
    """The medians of the times of reads, and what their plans read."""
    ledger = book_at(url)
    reader = ledger.reader
    last = reader.head().number
    days = [FIRST_DAY + timedelta(days=day) for day in (10, 100, 180, 300)]
    key = next(iter(reader.entries(last // 2))).transaction.key
    asked: dict[str, Callable[[int], Any]] = {
        "a transaction by number": lambda n: reader.entry(last * (n + 1) // (rounds + 1)),
        "a transaction by key": lambda _: reader.numbers([key]),
        "a page of the journal": lambda n: list(
            islice(reader.journal(last * (n + 1) // (rounds + 1)), 1_000)
        ),
        "a balance": lambda n: ledger.balance(PATH[CUSTOMERS[n]]),
        "all balances, 1,003 accounts": lambda _: list(reader.nets()),
        "statement page of a customer": lambda n: list(
            islice(reader.lines(PATH[CUSTOMERS[n]], 1_000), 1_000)
        ),
        "statement page of the busiest": lambda n: list(
            islice(reader.lines(PATH[RESERVE], 90_000 * n), 1_000)
        ),
        "balance of a customer as of a day": lambda n: reader.totals(PATH[CUSTOMERS[n]], days[n % 4]),
        "balance of the busiest as of a day": lambda n: reader.totals(PATH[SERVICE], days[n % 4]),
        "postings of the last day": lambda n: reader.later(
            PATH[CUSTOMERS[n]], FIRST_DAY + timedelta(days=363)
        ),
    }
    found = []
    for name, ask in asked.items():
        times = []
        for n in range(rounds):
            began = time.perf_counter()
            ask(n)
            times.append(time.perf_counter() - began)
        with explaining(url) as plans:
            ask(7)
        found.append(
            (name, f"{statistics.median(times) * 1e3:.2f} ms", f"{max(times) * 1e3:.1f} ms", *_summed(plans))
        )
    ledger.store.close()
    return tabulate(found, ("read", "median", "longest", "plan", "rows", "pages"), stralign="right")


def _summed(plans: list[Explained]) -> tuple[str, int, int]:
    """What reads: the nodes of all plans, the rows and the pages that they touched."""
    nodes = dict.fromkeys(node for plan in plans for node in plan.scans)
    return ", ".join(nodes), sum(plan.rows for plan in plans), sum(plan.pages for plan in plans)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--postings", type=int, default=10_000_000)
    parser.add_argument("--reads", action="store_true")
    parser.add_argument("--verify", action="store_true")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the server is stopped
    with server(given.folder) as url:
        if given.reads:
            print(reads(url))
        elif given.verify:
            ledger, began = book_at(url), time.perf_counter()
            report = verify(ledger.reader, ledger.book)
            report.require()
            print(f"{report.transactions:,} transactions verified in {time.perf_counter() - began:,.0f} s")
        else:
            grow(url, given.folder / "grown.jsonl", given.postings)
            print(growth(given.folder / "grown.jsonl"))


if __name__ == "__main__":
    main()
