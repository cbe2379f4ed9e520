"""The close of a day of the wealth programme: exact yield for every client."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from measure import Result

from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.ledger.ports import Store
from bankcore.products.wallet import FundReserve, OpenProgramme, Recharge, RegisterClient
from bankcore.stores.memory import MemoryStore
from bankcore.stores.sqlite import SqliteStore

FIRST_DAY = date(2025, 1, 1)
AGREEMENTS, MINUTE = 1_000_000, 60


def daily_yield(folder: Path, clients: int) -> Iterator[Result]:
    """The floor is the same day in memory: what the rule itself costs, without a file."""
    path = folder / "daily.db"
    _serve(SqliteStore(path, create=True, durability="normal"), clients).ledger.store.close()
    durable = Bank.open(SqliteStore(path), clock=_clock)
    times, mine = _close(_serve(MemoryStore(), clients)), _close(durable)
    durable.ledger.store.close()
    million = mine * AGREEMENTS / clients
    texts = [f"{clients / taken:,.0f}/s" for taken in (times, mine)]
    target = f">= {AGREEMENTS / MINUTE:,.0f}/s"
    yield Result(
        f"daily yield of {clients:,} clients (floor: in memory)",
        *texts,
        f"{times / mine:.0%}",
        target,
        million <= MINUTE,
    )


def _clock() -> datetime:
    return datetime(2025, 1, 1, tzinfo=UTC)


def _serve(store: Store, clients: int) -> Bank:
    """A programme whose clients all earn from the first day on."""
    bank = Bank.create(store, opened_on=FIRST_DAY, clock=_clock)
    paid = Amount.parse("1,000.00", bank.ledger.book.base_unit)
    bank.handle(OpenProgramme("mall"), "open")
    bank.handle(FundReserve("mall", Amount(paid.quantity * clients * 2, paid.unit)), "fund")
    for number in range(clients):
        client = f"c{number:07d}"
        bank.handle(RegisterClient("mall", client), f"register-{client}")
        bank.handle(Recharge("mall", client, paid, client), f"recharge-{client}")
    bank.close_day(FIRST_DAY)
    return bank


def _close(bank: Bank) -> float:
    """Seconds of the second day: by then every client holds money that earns."""
    day, before = bank.today, bank.ledger.reader.head().number
    began = time.perf_counter()
    bank.close_day(day)
    taken = time.perf_counter() - began
    assert bank.ledger.reader.head().number > before
    assert not any(bank.broken_invariants())
    return taken
