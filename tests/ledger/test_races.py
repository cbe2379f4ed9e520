"""Two processes want the last fen of an account whose floor is 0: one of them gets it, every time."""

from __future__ import annotations

import multiprocessing
import os
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import PROFILE
from tests.ledger.making import CNY, DAY, move

from bankcore.errors import BalanceFloorBreached
from bankcore.ledger.accounts import Account
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.transactions import Book, Receipt
from bankcore.stores.open import open_store

BOOK = Book(1, "raced", CNY, DAY)
RACES = int(os.environ.get("BANKCORE_RACES", "10000" if PROFILE == "nightly" else "300"))
RACERS = 2


def clock() -> datetime:
    return datetime(2024, 5, 1, tzinfo=UTC)


def takes(ledger: Ledger, racer: int, race: int) -> int:
    """Whether this racer got the fen, by one of the ways to ask for it."""
    transaction = move(f"{racer}-{race}", "fen", "cash", -1)
    try:
        match race % 4:
            case 0:
                ledger.post(transaction)
            case 1:
                ledger.submit(transaction).result()
            case 2:
                ledger.execute(f"{racer}-{race}", {}, lambda books: (move("", "fen", "cash", -1),))
            case _:
                (verdict,) = ledger.post_many([transaction])
                return isinstance(verdict, Receipt)
    except BalanceFloorBreached:
        return 0
    return 1


def race(place: str, racer: int, gate: Barrier, results: Any) -> None:
    """Each race begins for both at once; the first racer puts the next fen there."""
    won = []
    with closing(open_store(place, durability="normal")) as store:
        ledger = Ledger(store, BOOK, clock)
        for n in range(RACES):
            if racer == 0:
                ledger.post(move(f"fen {n}", "fen", "cash", 1))
            gate.wait(60)
            won.append(takes(ledger, racer, n))
            gate.wait(60)
    results.put((racer, won))


def won_by(won: dict[int, list[int]]) -> list[int]:
    return [sum(won[racer]) for racer in sorted(won)]


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_the_last_fen_is_taken_once(request: pytest.FixtureRequest, tmp_path: Path, engine: str) -> None:
    on_server = engine == "postgres"
    place = request.getfixturevalue("postgres_url") if on_server else str(tmp_path / "book.db")
    context = multiprocessing.get_context("spawn")
    with closing(open_store(place, create=True)) as store:
        ledger = Ledger.create(store, BOOK, clock)
        ledger.open([Account("cash", "asset", CNY), Account("fen", "liability", CNY, floor=0)], key="open")
        gate, results = context.Barrier(RACERS), context.Queue()
        racers = [context.Process(target=race, args=(place, n, gate, results)) for n in range(RACERS)]
        for racer in racers:
            racer.start()
        won = dict(results.get(timeout=120 + RACES) for _ in racers)
        for racer in racers:
            racer.join()
        winners = Counter(sum(each) for each in zip(*won.values(), strict=True))
        assert winners == {1: RACES}, winners
        assert all(won_by(won)), "one of them never won: that was no race"
        assert ledger.balance("fen").net == 0
        assert verify(ledger.reader, BOOK).require().transactions == 1 + 2 * RACES
