"""Several processes, and several ledgers in one, write a book at once: no limit breaks, nothing is lost."""

from __future__ import annotations

import contextlib
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.conftest import PROFILE
from tests.ledger.making import CNY, DAY, evolve, move

from bankcore.errors import BalanceFloorBreached
from bankcore.ledger.accounts import Account
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.reading.statements import balance_on
from bankcore.ledger.transactions import Book, Receipt
from bankcore.ledger.velocity import Flow, Per, VelocityLimit
from bankcore.stores.open import open_store

BOOK = Book(1, "shared", CNY, DAY)
WORKERS, ROUNDS, FUND, PER_DAY = 3, 60, 100, 25
LATER = DAY + timedelta(days=5)

Taken = dict[str, int]


def clock() -> datetime:
    return datetime(2024, 5, 1, tzinfo=UTC)


def spend(ledger: Ledger, worker: int) -> Taken:
    """Pay in 1 for every round, and try to take 2 from the common fund."""
    taken = 0
    for n in range(ROUNDS):
        ledger.post(move(f"in-{worker}-{n}", "deposits", "cash", 1))
        with contextlib.suppress(BalanceFloorBreached):
            taken += 2 * (not ledger.post(move(f"out-{worker}-{n}", "cash", "fund", 2)).replayed)
    ledger.post(move("once", "deposits", "cash", 1_000))  # the same key from every process
    return {"fund": taken}


def compete(ledger: Ledger, worker: int) -> Taken:
    """Chains of two, flows up to a daily limit, and payments dated before what is on the account later."""
    taken = {"fund": 0, "wallet": 0, "dated": 0}
    for n in range(ROUNDS // 2):
        key = f"{worker}-{n}"
        chain = [move(f"{key}a", "fund", "cash", 1, group=key), move(f"{key}b", "cash", "fund", 3, group=key)]
        wallet = move(f"{key}c", "cash", "wallet", 2)
        early = move(f"{key}d", "cash", "dated", 3, effective_on=DAY + timedelta(days=n % 4))
        chained, alone = ledger.post_many(chain), ledger.post_many([wallet, early])
        assert len({isinstance(verdict, Receipt) for verdict in chained}) == 1
        for name, verdict, quantity in (
            ("fund", chained[0], 2),
            ("wallet", alone[0], 2),
            ("dated", alone[1], 3),
        ):
            taken[name] += quantity * isinstance(verdict, Receipt)
    return taken


def work(
    act: Callable[[Ledger, int], Taken], place: str, worker: int, results: multiprocessing.Queue[Taken]
) -> None:
    store = open_store(place)
    taken = act(Ledger(store, BOOK, clock), worker)
    store.close()
    results.put(taken)


@pytest.fixture(params=["file", *(["server"] if PROFILE == "nightly" else [])])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where the book is."""
    on_server = request.param == "server"
    return str(request.getfixturevalue("postgres_url") if on_server else tmp_path / "book.db")


def made(place: str) -> Ledger:
    ledger = Ledger.create(open_store(place, create=True), BOOK, clock)
    names = ("cash", "asset"), *((name, "liability") for name in ("fund", "deposits", "wallet", "dated"))
    accounts = [Account(name, kind, CNY) for name, kind in names]
    ledger.open(
        [evolve(account, floor=None if account.path == "cash" else 0) for account in accounts], key="open"
    )
    ledger.limit(VelocityLimit("daily", "wallet", CNY, Flow.OUT, Per.DAY, most=PER_DAY), key="limit")
    for name in ("fund", "wallet", "dated"):
        ledger.post(move(name, name, "cash", FUND))
    ledger.post(move("rent", "cash", "dated", FUND // 2, effective_on=LATER))
    ledger.post(move("wage", "dated", "cash", FUND, effective_on=LATER + timedelta(days=1)))
    return ledger


def in_processes(act: Callable[[Ledger, int], Taken], place: str) -> list[Taken]:
    context = multiprocessing.get_context("spawn")
    results: multiprocessing.Queue[Taken] = context.Queue()
    workers = [context.Process(target=work, args=(act, place, n, results)) for n in range(WORKERS)]
    for worker in workers:
        worker.start()
    taken = [results.get(timeout=120) for _ in workers]
    for worker in workers:
        worker.join(timeout=60)
    assert [worker.exitcode for worker in workers] == [0] * WORKERS
    return taken


def test_processes_share_a_book(place: str) -> None:
    ledger = made(place)
    before = ledger.reader.head().number
    taken = sum(each["fund"] for each in in_processes(spend, place))
    assert taken == FUND
    assert ledger.balance("fund").net == 0
    assert ledger.balance("deposits").net == WORKERS * ROUNDS + 1_000
    verification = verify(ledger.reader, BOOK).require()
    assert verification.transactions == before + 1 + WORKERS * ROUNDS + FUND // 2
    ledger.store.close()


def test_processes_share_limits(place: str) -> None:
    ledger = made(place)
    limits_held(ledger, in_processes(compete, place))


def test_ledgers_and_threads_share_limits(place: str) -> None:
    """Two ledgers with connections of their own, two threads at each."""
    ledger = made(place)
    another = Ledger(open_store(place), BOOK, clock)
    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(compete, (ledger, another, ledger, another), range(4)))
    another.store.close()
    limits_held(ledger, taken)


def limits_held(ledger: Ledger, taken: list[Taken]) -> None:
    """Each limit is used to the last that fits, what was acknowledged is there, and nothing besides."""
    total = {name: sum(each[name] for each in taken) for name in taken[0]}
    assert total["wallet"] == PER_DAY - 1
    assert total["dated"] == FUND // 2 - 2  # what the rent leaves, in threes
    assert total["fund"] == FUND
    assert ledger.balance("fund").net == FUND - total["fund"]
    assert ledger.balance("wallet").net == FUND - total["wallet"]
    assert balance_on(ledger.reader, "dated", LATER).net == 2
    verify(ledger.reader, BOOK).require()
    ledger.store.close()
