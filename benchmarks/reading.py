"""Reading a book that holds workload W: balances, a statement, verification, its size."""

from __future__ import annotations

import time
from collections.abc import Iterator

from book import CNY, Ours
from floor import Floor
from limit import Limit
from measure import Result, duration, most, race
from workload import ACCOUNTS, CUSTOMERS

from bankcore.ledger.evidence.audit import verify
from bankcore.stores.sqlite import SqliteStore

LONG = 100_000  # transactions; in a shorter book the accounts count for more than the transactions


def all_of(floor: Floor, limit: Limit, ours: Ours, count: int) -> Iterator[Result]:
    """Closes our book and the limit's."""
    yield from _balances_and_statements(floor, limit, ours, count)
    if count >= LONG:
        yield from _verification(ours, count)
        yield from _size(floor, limit, ours, count)
    _check(limit, count)


def _balances_and_statements(floor: Floor, limit: Limit, ours: Ours, count: int) -> Iterator[Result]:
    rounds = range(21)
    stored = ours.balances()
    for party in (floor, limit):
        held = list(party.balances().values())[: len(CUSTOMERS)]
        assert [stored[f"bank:{name}"] for name in CUSTOMERS] == held
    times = race([lambda _: floor.balances(), lambda _: limit.balances(), lambda _: ours.balances()], rounds)
    yield duration(f"all balances of {len(ACCOUNTS):,} accounts at {count:,}", *times, 1.3, 1)
    some = CUSTOMERS[7 :: len(CUSTOMERS) // len(rounds)]
    read = [floor.statement, limit.statement, ours.statement]
    race(read, some)  # bankcore reads through a connection of its own: warm it
    lines = len(floor.statement(CUSTOMERS[7]))
    yield duration(f"a statement of {lines:,} lines at {count:,}", *race(read, some), 1.5, 1)


def _verification(ours: Ours, count: int) -> Iterator[Result]:
    began = time.process_time()
    report = verify(ours.ledger.reader, ours.ledger.book)
    taken = time.process_time() - began
    assert not report.findings
    assert report.transactions == count + 1
    yield most(f"verify, CPU a transaction of {count:,}", taken / count * 1e6, 14, 10, "us")


def _size(floor: Floor, limit: Limit, ours: Ours, count: int) -> Iterator[Result]:
    theirs, loop, mine = (round(party.size() / count) for party in (floor, limit, ours))
    path = f"bytes of a two-leg transaction in {CNY.code} at {count:,}"
    ratio, of_limit = f"{mine / theirs:.1f}x", f"{mine / loop:.1f}x"
    yield Result(path, str(theirs), str(mine), ratio, "<= 400", mine <= 400, str(loop), of_limit)


def _check(limit: Limit, count: int) -> None:
    """Check that the limit's book passes `verify`."""
    limit.close()
    store = SqliteStore(limit.path, read_only=True)
    (book,) = store.books()
    report = verify(store.reading(book.id), book)
    store.close()
    assert not report.findings
    assert report.transactions == count + 1
