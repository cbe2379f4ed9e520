"""Writers in other processes go on while a book moves; they and the mover are killed at random."""

from __future__ import annotations

import multiprocessing
import random
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from tests.conftest import PROFILE
from tests.ledger.features import SHARED, pay
from tests.postgres import empty_schema

from bankcore.errors import BookInCopy, BookMoved, MoveAbandoned, MoveFinished, NotABook, StoreError
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.transactions import Book
from bankcore.stores.moving import Mover
from bankcore.stores.open import open_store
from bankcore.units import Unit

NIGHTLY = PROFILE == "nightly"
PAIRS = [("sqlite", "postgres"), ("postgres", "postgres"), ("sqlite", "sqlite")]
SEEDS = range(20 if NIGHTLY else 1)
BOOK = Book(1, "mall", Unit("CNY/2"), datetime(2024, 5, 1).date())
WRITERS = 2

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it kills processes")


def clock() -> datetime:
    return datetime(2024, 5, 1, tzinfo=UTC)


def write(places: list[str], name: str, log: str) -> None:
    """Post one payment after the other, wherever the book is, and note each receipt outside."""
    at = 0
    with open(log, "ab", buffering=0) as notes:
        done = len(Path(log).read_bytes().split())
        while True:
            try:
                ledger = Ledger(open_store(places[at]), BOOK, clock)
                while True:
                    receipt = ledger.post(pay(f"{name}-{done}", 1))
                    notes.write(f"{receipt.number}\n".encode())
                    done += 1
            except (BookMoved, BookInCopy, MoveAbandoned, NotABook):
                at = 1 - at
                time.sleep(0.01)
            except StoreError as error:
                if not getattr(error, "transient", False):
                    raise


def carry(places: list[str]) -> None:
    mover = Mover(open_store(places[0]), open_store(places[1], create=True), BOOK, clock)
    if mover.begin().phase != "open":
        while mover.catch_up() > 50:
            time.sleep(0.01)
        mover.close()
    mover.finish()


def give_up(places: list[str]) -> None:
    with suppress(MoveFinished):
        Mover(open_store(places[0]), open_store(places[1], create=True), BOOK, clock).give_up()


def kill(process: BaseProcess) -> None:
    process.kill()
    process.join()


@pytest.mark.parametrize(("source", "target"), PAIRS if NIGHTLY else PAIRS[:1])
@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_acknowledged_is_lost_and_nothing_is_written_twice(
    request: pytest.FixtureRequest, tmp_path: Path, source: str, target: str, seed: int
) -> None:
    chance = random.Random(seed)
    fork = multiprocessing.get_context("fork")
    running: list[BaseProcess] = []

    def start(act: Callable[..., None], *given: object) -> BaseProcess:
        process = fork.Process(target=act, args=given, daemon=True)
        process.start()
        running.append(process)
        return process

    with ExitStack() as stack:
        places = [str(tmp_path / "source.db"), str(tmp_path / "target.db")]
        for place, engine in enumerate((source, target)):
            if engine == "postgres":
                url = request.getfixturevalue("postgres_server")
                places[place] = stack.enter_context(empty_schema(url))
        store = open_store(places[0], create=True)
        Ledger.create(store, BOOK, clock).open(SHARED, key="open")
        store.close()
        names = [f"w{n}" for n in range(WRITERS)]
        logs = {name: str(tmp_path / name) for name in names}
        try:
            writers = {name: start(write, places, name, logs[name]) for name in names}
            for _ in range(4):
                time.sleep(chance.uniform(0, 0.3))
                mover = start(chance.choice([carry, carry, give_up]), places)
                mover.join(chance.uniform(0.02, 0.4))
                kill(mover)
                name = chance.choice(names)
                kill(writers[name])
                writers[name] = start(write, places, name, logs[name])
            for _ in range(5):  # where giving up was interrupted it has to be done first
                mover = start(carry, places)
                mover.join(60)
                if mover.exitcode == 0:
                    break
                give_up(places)
            time.sleep(0.5)
            assert all(writer.is_alive() for writer in writers.values())
        finally:
            for process in running:
                kill(process)
        check(places, logs)


def check(places: list[str], logs: dict[str, str]) -> None:
    first, second = (open_store(place) for place in places)
    with pytest.raises(BookMoved) as refusal:
        Ledger(first, BOOK, clock).post(pay("too late", 1))
    ledger = Ledger(second, BOOK, clock)
    ledger.post(pay("in time", 1))
    with first.reading(BOOK.id) as left, second.reading(BOOK.id) as there:
        closed = [*left.journal()]
        assert closed == [row for row in there.journal() if row[0] <= refusal.value.number]
        assert len(closed) == refusal.value.number
        numbers = {key: number for number, key, *_ in there.journal()}
        acknowledged = 0
        for name, log in logs.items():
            for n, number in enumerate(map(int, Path(log).read_bytes().split())):
                assert numbers.pop(f"{name}-{n}") == number
                acknowledged = max(acknowledged, number)
        rest = {key for key in numbers if key.startswith("w")}
        assert len(rest) <= WRITERS  # the last one of each may have been written without a receipt
        assert acknowledged > refusal.value.number  # they went on there
        verify(left, BOOK).require()
        verify(there, BOOK).require()
    first.close()
    second.close()
