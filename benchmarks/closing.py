"""The close of a day on which nothing moved, in a book of many accounts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from daily import alone, clock
from measure import Result, most
from workload import chunks

from bankcore.bank import Bank
from bankcore.ledger.accounts import Account, AccountPath, AccountType
from bankcore.stores.sqlite import SqliteStore

FIRST_DAY = date(2025, 1, 1)
AT_ONCE = 1_000
DAYS = 5


def quiet_close(folder: Path, accounts: int) -> Iterator[Result]:
    """In a new process, so that the garbage collector does not scan another benchmark's memory."""
    path = folder / "quiet.db"
    alone(_set_up, path, accounts)
    seconds = alone(_close, path)
    path.unlink()
    yield most(f"close of a day on which none of {accounts:,} accounts moved", seconds, 0.5, 0.1, "s")


def _set_up(path: Path, accounts: int) -> None:
    """A book with the given number of accounts, whose first day is closed and sealed."""
    bank = Bank.create(SqliteStore(path, create=True, durability="normal"), opened_on=FIRST_DAY, clock=clock)
    unit = bank.ledger.book.base_unit
    for numbers in chunks(range(accounts), AT_ONCE):
        paths = [AccountPath.parse(f"bank:c{number:07d}") for number in numbers]
        opened = [Account(path, AccountType.LIABILITY, unit, floor=0, opened_on=FIRST_DAY) for path in paths]
        bank.ledger.open(opened, key=f"open-{numbers[0]}")
    bank.close_day(FIRST_DAY)
    bank.ledger.store.close()


def _close(path: Path) -> float:
    """CPU seconds of a close, the shortest of a few."""
    bank = Bank.open(SqliteStore(path), clock=clock)
    taken = []
    for day in range(1, DAYS + 1):
        began = time.process_time()
        bank.close_day(FIRST_DAY + timedelta(days=day))
        taken.append(time.process_time() - began)
    bank.ledger.store.close()
    return min(taken)
