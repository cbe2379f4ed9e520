"""Several processes on one file lose nothing and break no limit."""

from __future__ import annotations

import contextlib
import multiprocessing
from datetime import UTC, datetime
from pathlib import Path

from attrs import evolve
from tests.ledger.making import CNY, DAY, move

from bankcore.errors import BalanceFloorBreached
from bankcore.ledger.accounts import Account
from bankcore.ledger.audit import verify
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.transactions import Book
from bankcore.stores.sqlite import SqliteStore

BOOK = Book(1, "shared", CNY, DAY)
WORKERS, ROUNDS, FUND = 3, 60, 100


def clock() -> datetime:
    return datetime(2024, 5, 1, tzinfo=UTC)


def spend(path: str, worker: int, results: multiprocessing.Queue[tuple[int, int]]) -> None:
    """Pay in 1 for every round, and try to take 2 from the common fund."""
    store = SqliteStore(path)
    ledger = Ledger(store, BOOK, clock)
    taken = 0
    for n in range(ROUNDS):
        ledger.post(move(f"in-{worker}-{n}", "deposits", "cash", 1))
        with contextlib.suppress(BalanceFloorBreached):
            taken += 2 * (not ledger.post(move(f"out-{worker}-{n}", "cash", "fund", 2)).replayed)
    ledger.post(move("once", "deposits", "cash", 1_000))  # the same key from every process
    store.close()
    results.put((worker, taken))


def test_processes_share_a_file(tmp_path: Path) -> None:
    file = tmp_path / "book.db"
    store = SqliteStore(file, create=True)
    ledger = Ledger.create(store, BOOK, clock)
    names = ("cash", "asset"), ("fund", "liability"), ("deposits", "liability")
    accounts = [Account(name, kind, CNY) for name, kind in names]
    ledger.open([evolve(account, floor=0) for account in accounts], key="open")
    ledger.post(move("fund", "fund", "cash", FUND))

    context = multiprocessing.get_context("spawn")
    results: multiprocessing.Queue[tuple[int, int]] = context.Queue()
    workers = [context.Process(target=spend, args=(str(file), n, results)) for n in range(WORKERS)]
    for worker in workers:
        worker.start()
    taken = sum(results.get(timeout=120)[1] for _ in workers)
    for worker in workers:
        worker.join(timeout=60)
    assert [worker.exitcode for worker in workers] == [0] * WORKERS

    assert taken == FUND
    assert ledger.balance("fund").net == 0
    assert ledger.balance("deposits").net == WORKERS * ROUNDS + 1_000
    verification = verify(ledger.reader, BOOK).require()
    assert verification.transactions == 3 + WORKERS * ROUNDS + FUND // 2
    store.close()
