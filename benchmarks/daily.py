"""The close of a day of the wealth programme: exact yield for every customer.

The book is set up and its day is closed in processes of their own, so that the memory that the
close takes is told apart from everything else.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime
from multiprocessing import get_context
from pathlib import Path

from attrs import frozen
from measure import Result
from workload import chunks

from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.ledger.transactions import Record, Transaction, legs, open_account
from bankcore.products.wallet import FundReserve, OpenProgramme, accounts, registry
from bankcore.products.wallet.yields import YieldState
from bankcore.stores.sqlite import SqliteStore

FIRST_DAY = date(2025, 1, 1)
PROGRAMME = "mall"
CHUNK = 1_000  # customers that one transaction of the set-up serves
HELD = 1_000_00  # and a few fen more, so that no two neighbours earn alike
CUSTOMERS, MINUTE = 1_000_000, 60
MEGABYTE = 1 << 20


@frozen
class Close:
    """One close of a day: how long it took, and the most memory the process ever held before and after."""

    customers: int
    seconds: float
    before: int
    after: int

    @property
    def rate(self) -> float:
        return self.customers / self.seconds

    @property
    def growth(self) -> int:
        return self.after - self.before


def daily_yield(folder: Path, sizes: Sequence[int]) -> Iterator[Result]:
    """Lines for programmes of these sizes, and one that holds the memory of the last against the first."""
    closes = []
    for customers in sizes:
        path = folder / f"daily-{customers}.db"
        setting_up = _alone(serve, path, customers)
        close = _alone(close_day, path, customers)
        path.unlink()
        closes.append(close)
        text = f"{close.seconds:,.1f} s ({close.rate:,.0f}/s)"
        target = f">= {CUSTOMERS / MINUTE:,.0f}/s"
        yield Result(f"set up {customers:,} customers", "-", f"{setting_up:,.0f} s")
        yield Result(
            f"daily yield of {customers:,} customers", "-", text, "-", target, close.rate >= CUSTOMERS / MINUTE
        )
    few, many = closes[0], closes[-1]
    yield Result(
        f"memory the close takes, {few.customers:,} and {many.customers:,} customers",
        f"{few.growth / MEGABYTE:,.0f} MB",
        f"{many.growth / MEGABYTE:,.0f} MB",
        f"{many.growth / few.growth:.2f}x",
        "<= 1.25x",
        many.growth <= 1.25 * few.growth,
    )


def _alone(action, *arguments):
    """Do it in a fresh process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(action, *arguments).result()


def serve(path: Path, customers: int) -> float:
    """Seconds to set up a programme whose customers all hold money that has earned for a day."""
    began = time.perf_counter()
    bank = Bank.create(SqliteStore(path, create=True, durability="normal"), opened_on=FIRST_DAY, clock=_clock)
    unit = bank.ledger.book.base_unit
    bank.handle(OpenProgramme(PROGRAMME), "open")
    bank.handle(FundReserve(PROGRAMME, Amount(3 * HELD * customers, unit)), "fund")
    for some in chunks(range(customers), CHUNK):
        bank.ledger.post(_registration(some, unit))
    bank.close_day(FIRST_DAY)
    bank.ledger.store.close()
    return time.perf_counter() - began


def _registration(numbers: Sequence[int], unit) -> Transaction:
    """What RegisterClient and a first Recharge of many customers would leave, in one transaction."""
    records, credit = [], {}
    for number in numbers:
        client = f"c{number:07d}"
        pocket = accounts.pocket(PROGRAMME, client, "yield")
        held = accounts.client_accounts(PROGRAMME, client, unit, FIRST_DAY)
        data = {"anonymous": False, "registered_on": FIRST_DAY.isoformat(), "closed_on": None}
        records += map(open_account, held)
        records.append(Record(registry.CLIENT, f"{PROGRAMME}:{client}", data))
        records.append(Record(registry.ACCRUAL, pocket, YieldState(FIRST_DAY.isoformat()).as_data()))
        credit[accounts.pocket(PROGRAMME, client, "principal")] = HELD + number % 1_000
    debit = {accounts.reserve(PROGRAMME): sum(credit.values())}
    return Transaction(
        key=f"register-{numbers[0]}",
        kind="wallet.register-client",
        effective_on=FIRST_DAY,
        postings=legs(unit, debit=debit, credit=credit),
        records=tuple(records),
        agreement=PROGRAMME,
    )


def close_day(path: Path, customers: int) -> Close:
    """The second day: every customer is paid for the first and earns for this one."""
    bank = Bank.open(SqliteStore(path, durability="normal"), clock=_clock)
    paid = bank.amount(accounts.reserve(PROGRAMME))
    before, began = _most_memory(), time.perf_counter()
    bank.close_day(bank.today)
    taken, after = time.perf_counter() - began, _most_memory()
    assert bank.amount(accounts.reserve(PROGRAMME)) < paid
    bank.ledger.store.close()
    return Close(customers, taken, before, after)


def _most_memory() -> int:
    """Bytes the process held when it held the most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024  # KiB on Linux


def _clock() -> datetime:
    return datetime(2025, 1, 1, tzinfo=UTC)
