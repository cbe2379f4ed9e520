"""The close of a day of the wealth programme: exact yield for every customer.

A book is set up, and its second day closed, in a new process each, so that the memory of the close is
measured by itself.  There is no floor: raw SQL has no reserve to check, no chunk to continue from and no
remainder to carry.  The limit pays the same day on a copy of the book; it seals nothing.
"""

from __future__ import annotations

import resource
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from attrs import evolve, frozen
from holders import holders
from limit_yield import pay_all
from measure import Result, most
from workload import chunks

from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.transactions import Record, Transaction, legs, open_account
from bankcore.product import chart
from bankcore.products import current
from bankcore.products.wallet import FundReserve, OpenProgramme
from bankcore.products.wallet.accruals import ACCRUAL, YieldState
from bankcore.products.wallet.clients import POCKET, Client
from bankcore.products.wallet.programmes import POCKETS, RESERVE
from bankcore.stores.sqlite import SqliteStore
from bankcore.units import Unit

FIRST_DAY = date(2025, 1, 1)
PROGRAMME = "mall"
HELD = 1_000_00  # and a few fen more, so that neighbours earn different amounts
AT_ONCE = 1_000  # customers that one transaction of the set-up serves
MOST, GOAL = 32, 25  # microseconds of CPU a customer
MEGABYTE = 1 << 20

T = TypeVar("T")


@frozen
class Close:
    """The duration of a day's close, and the growth of the process's memory at its peak."""

    customers: int
    seconds: float
    cpu: float
    growth: int


def daily_yield(folder: Path, sizes: Sequence[int], *, keep: bool) -> Iterator[Result]:
    """A line for a programme of each size; for several, one that compares the memory of first and last."""
    closes: list[Close] = []
    for customers in sizes:
        path = folder / f"daily-{customers}.db"
        setting_up = "before" if path.exists() else f"in {alone(_set_up, path, customers):,.0f} s"
        limit = shutil.copy(path, path.with_suffix(".limit"))
        loop = alone(_limit, limit, customers)
        closes.append(close := alone(_close, path, customers))
        assert alone(_accruals, path) == alone(_accruals, limit)
        limit.unlink()
        if not keep:
            path.unlink()
        path_text = f"daily yield of {customers:,} customers, CPU a customer (set up {setting_up})"
        line = most(path_text, close.cpu / customers * 1e6, MOST, GOAL, "us")
        yield evolve(
            line,
            ours=f"{line.ours} ({customers / close.seconds:,.0f}/s)",
            limit=f"{loop / customers * 1e6:,.3g} us",
            of_limit=f"{loop / close.cpu:.0%}",
        )
    few, many = closes[0], closes[-1]
    if few is not many:
        times = many.growth / few.growth
        yield Result(
            f"memory that a close takes, {few.customers:,} and {many.customers:,} customers",
            "-",
            f"{few.growth / MEGABYTE:,.0f} and {many.growth / MEGABYTE:,.0f} MB",
            f"{times:.2f}x",
            "<= 1.1x",
            times <= 1.1,
        )


def alone(action: Callable[..., T], *arguments: object) -> T:
    """Run it in a new process, whose peak memory includes that of this one."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(action, *arguments).result()


def _set_up(path: Path, customers: int) -> float:
    """Seconds to create a programme whose customers all have money and are due a day's yield."""
    began = time.perf_counter()
    bank = Bank.create(SqliteStore(path, create=True, durability="normal"), opened_on=FIRST_DAY, clock=clock)
    unit = bank.ledger.book.base_unit
    fund = current.CashIn(PROGRAMME, Amount(2 * HELD * customers, unit))
    for number, command in enumerate((*holders(PROGRAMME), fund)):
        bank.handle(command, f"operator-{number}")
    bank.handle(OpenProgramme(PROGRAMME), "open")
    bank.handle(FundReserve(PROGRAMME, Amount(2 * HELD * customers, unit)), "fund")
    for numbers in chunks(range(customers), AT_ONCE):
        bank.ledger.post(_registration(numbers, unit))
    bank.close_day(FIRST_DAY)
    bank.ledger.store.close()
    return time.perf_counter() - began


def _registration(numbers: Sequence[int], unit: Unit) -> Transaction:
    """The state after RegisterClient and a Recharge without a bonus, for many customers at once."""
    records: list[Record] = []
    held = {}
    for number in numbers:
        client = f"c{number:07d}"
        pockets = (
            POCKET.account(PROGRAMME, client, it, unit=unit, on=FIRST_DAY, party=client) for it in POCKETS
        )
        records.append(open_account(chart.DEMAND.account(client, unit=unit, on=FIRST_DAY, party=client)))
        records += map(open_account, pockets)
        facts = Client(id=f"{PROGRAMME}:{client}", registered_on=FIRST_DAY)
        accrual = YieldState(FIRST_DAY.isoformat()).record(POCKET(PROGRAMME, client, "yield"), version=1)
        records += (facts.record(), accrual)
        held[POCKET(PROGRAMME, client, "principal")] = HELD + number % 1_000
    return Transaction(
        key=f"register-{numbers[0]}",
        kind="wallet.register-client",
        effective_on=FIRST_DAY,
        postings=legs(unit, debit={RESERVE(PROGRAMME): sum(held.values())}, credit=held),
        records=tuple(records),
        agreement=PROGRAMME,
    )


def _close(path: Path, customers: int) -> Close:
    """Close the second day: every customer is paid for the first and earns for the second."""
    bank = Bank.open(SqliteStore(path, durability="normal"), clock=clock)
    reserve = bank.amount(RESERVE(PROGRAMME))
    list(bank.products)  # they are loaded once in a process, not once for each customer
    before, began, worked = most_memory(), time.perf_counter(), time.process_time()
    bank.close_day(bank.today)
    taken, cpu, growth = time.perf_counter() - began, time.process_time() - worked, most_memory() - before
    paid = reserve - bank.amount(RESERVE(PROGRAMME))
    assert paid.quantity >= 8 * customers  # fen: a day of 3% on 1,000.00
    bank.ledger.store.close()
    return Close(customers, taken, cpu, growth)


def _limit(path: Path, customers: int) -> float:
    """CPU seconds of the limit; its book passes `verify`, up to 20,000 customers."""
    worked = time.process_time()
    pay_all(path, PROGRAMME, FIRST_DAY + timedelta(days=1))
    worked = time.process_time() - worked
    if customers <= 20_000:
        with closing(SqliteStore(path)) as store:
            (book,) = store.books()
            assert not verify(store.reading(book.id), book).findings
    return worked


def _accruals(path: Path) -> str:
    """A digest of all current accruals of a book."""
    found = sha256()
    with closing(SqliteStore(path)) as store, store.reading(store.books()[0].id) as reader:
        for id, version, text in reader.record_texts(ACCRUAL):
            found.update(f"{id} {version} {text}\n".encode())
    return found.hexdigest()


def most_memory() -> int:
    """The peak memory of the process in bytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def clock() -> datetime:
    return datetime(2025, 1, 1, tzinfo=UTC)
