"""Reading a book that holds workload W: balances, a statement, verification, its size."""

from __future__ import annotations

import time
from collections.abc import Iterator

from book import CNY, Ours
from floor import Floor
from measure import Result, duration, race
from workload import ACCOUNTS, CUSTOMERS

from bankcore.ledger.evidence.audit import verify


def balances_and_statements(floor: Floor, ours: Ours, count: int) -> Iterator[Result]:
    rounds = range(21)
    stored = ours.balances()
    assert [stored[f"bank:{name}"] for name in CUSTOMERS] == list(floor.balances().values())[: len(CUSTOMERS)]
    times, mine = race([lambda _: floor.balances(), lambda _: ours.balances()], rounds)
    yield duration(f"all balances of {len(ACCOUNTS):,} accounts", mine, times, 2)
    some = CUSTOMERS[7 :: len(CUSTOMERS) // len(rounds)]
    race([floor.statement, ours.statement], some)  # bankcore reads through a connection of its own: warm it
    times, mine = race([floor.statement, ours.statement], some)
    lines = len(floor.statement(CUSTOMERS[7]))
    yield duration(f"a statement of {lines:,} lines at {count:,} transactions", mine, times, 2)


def verification(ours: Ours, count: int) -> Iterator[Result]:
    began = time.perf_counter()
    report = verify(ours.ledger.reader, ours.ledger.book)
    taken = time.perf_counter() - began
    assert not report.findings
    assert report.transactions == count + 1
    yield Result(f"verify {count:,} transactions", "-", f"{taken:.1f} s ({count / taken:,.0f}/s)")


def size(floor: Floor, ours: Ours, count: int) -> Iterator[Result]:
    """Closes our book."""
    theirs, mine = (round(party.size() / count) for party in (floor, ours))
    path = f"bytes of a two-leg transaction in {CNY.code}"
    yield Result(path, str(theirs), str(mine), f"{mine / theirs:.1f}x", "<= 400", mine <= 400)
