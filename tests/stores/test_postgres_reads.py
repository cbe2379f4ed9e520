"""What reads of a book in PostgreSQL cost: the plans of the very statements that the store sends."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from itertools import islice
from typing import Any

import pytest
from tests.ledger.conftest import ACCOUNTS, BOOK, NOON
from tests.ledger.making import DAY, move
from tests.postgres import empty_schema

from bankcore.ledger.accounts import Account, AccountPath
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.reading.statements import balance_on
from bankcore.stores.open import open_store
from bankcore.stores.postgres.store import PostgresStore

psycopg = pytest.importorskip("psycopg")

from tests.explaining import Explained, explaining  # noqa: E402

BUSY, OTHERS = AccountPath("a"), [AccountPath(f"c:{n}") for n in range(50)]
DAYS, A_DAY = 25, 1_000  # days, each closed at its end, and transactions of each
LAST = 1 + DAYS * (A_DAY + 1)


@pytest.fixture(scope="module")
def large(postgres_server: str) -> Iterator[tuple[str, Ledger]]:
    """A book of 50,000 postings, half of them of one account; its tables have no statistics yet."""
    with empty_schema(postgres_server) as url, closing(PostgresStore(url, create=True)) as store:
        with psycopg.connect(url, autocommit=True) as admin:
            for (name,) in admin.execute(
                "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace "
                "AND relkind = 'r'"
            ).fetchall():
                admin.execute(f'ALTER TABLE "{name}" SET (autovacuum_enabled = false)'.encode())
        ledger = Ledger.create(store, BOOK, lambda: NOON)
        opened = [Account(path, "liability", "CNY/2", opened_on=DAY) for path in OTHERS]
        ledger.open([*ACCOUNTS, *opened], key="open")
        for n in range(DAYS):
            day = DAY + timedelta(days=n)
            ledger.post_many(
                [
                    move(f"{n}-{i}", BUSY, OTHERS[i % 50], 1, effective_on=day, description="工资")
                    for i in range(A_DAY)
                ]
            )
            ledger.close_period(day, key=f"close-{n}")
        assert ledger.reader.head().number == LAST
        yield url, ledger


def key_of(n: int) -> str:
    return f"{n}-7"


# A read, and how many rows it may look at; a scan of the whole journal would be 25,000 or more.
READS: dict[str, tuple[Callable[[Ledger], Any], int]] = {
    "a transaction by number": (lambda b: b.reader.entry(12_345), 5),
    "a transaction by key": (lambda b: b.reader.numbers([key_of(11)]), 5),
    "a page of the journal": (lambda b: list(islice(b.reader.entries(3_000), 1_000)), 2_500),
    "rows of a proof": (lambda b: list(b.reader.digests(3_000, 3_100)), 250),
    "a balance": (lambda b: b.balance(OTHERS[3]), 150),
    "all balances": (lambda b: list(b.reader.nets()), 2_500),
    "a page of a statement": (lambda b: list(islice(b.reader.lines(BUSY, 9_000), 1_000)), 2_500),
    "a page of a small one": (lambda b: list(b.reader.lines(OTHERS[5], 400)), 350),
    "a balance as of a closed day": (lambda b: balance_on(b.reader, BUSY, DAY + timedelta(days=3)), 2_000),
    "a balance as of today": (lambda b: balance_on(b.reader, BUSY, DAY + timedelta(days=DAYS)), 2_000),
    "what is later than a day": (lambda b: b.reader.later(BUSY, DAY + timedelta(days=DAYS - 1)), 200),
    "the last versions of a kind": (lambda b: list(b.reader.records("period")), 250),
    "a version of a record": (lambda b: b.reader.record("account", OTHERS[1]), 150),
    "what reverses, corrects, a group": (
        lambda b: (b.reader.reversal(9_000), b.reader.corrections(9_000), b.reader.group("g")),
        10,
    ),
    "holds that are due": (lambda b: b.reader.due_holds(NOON), 10),
}


def plans(large: tuple[str, Ledger], ask: Callable[[Ledger], Any]) -> list[Explained]:
    with explaining(large[0]) as found:
        ask(large[1])
    return found


@pytest.mark.parametrize("analysed", [False, True], ids=["no statistics", "analysed"])
def test_reads_are_index_reads(large: tuple[str, Ledger], analysed: bool) -> None:
    if analysed:
        with psycopg.connect(large[0], autocommit=True) as admin:
            admin.execute("ANALYZE")
    wrong = {}
    for name, (ask, most) in READS.items():
        found = plans(large, ask)
        scanned = {scan for plan in found for scan in plan.scans}
        rows = sum(plan.rows for plan in found)
        if rows > most or scanned & {"Seq Scan transaction", "Seq Scan posting"}:
            wrong[name] = (rows, scanned)
    assert wrong == {}


@pytest.mark.parametrize("seed", range(2))
def test_a_balance_as_of_any_day_with_days_closed_and_late_postings(postgres_url: str, seed: int) -> None:
    chance = random.Random(seed)
    with closing(open_store(postgres_url, create=True)) as store:
        ledger = Ledger.create(store, BOOK, lambda: NOON)
        ledger.open(ACCOUNTS, key="open")
        closed = -1
        for n in range(50):
            if chance.random() < 0.15:
                closed += chance.randint(1, 3)
                ledger.close_period(DAY + timedelta(days=closed), key=f"close {n}")
            on = DAY + timedelta(days=closed + chance.choice((1, 1, 2, 5)))
            quantity = chance.randint(1, 99)
            ledger.post(move(f"{n}", "a", "cash", quantity, effective_on=on))
        for path in ("a", "cash"):
            lines = list(ledger.reader.lines(AccountPath(path)))
            for day in range(-1, closed + 7):
                on = DAY + timedelta(days=day)
                quantities = [line.quantity for line in lines if line.effective_on <= on]
                wanted = (sum(q for q in quantities if q > 0), -sum(q for q in quantities if q < 0))
                assert ledger.reader.totals(AccountPath(path), on) == wanted, (path, day)
