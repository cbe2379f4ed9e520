"""The close of a day in a points programme with many live lots: few of them expire, or very many.

A book is set up, and its days closed, in a new process each.  Cards have ten lots; on one day one
lot of every hundredth card expires, on the next day four of every card.  A close without any expiry
shows the cost of the seal over all balances.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

from attrs import evolve, frozen
from daily import MEGABYTE, alone, clock, most_memory
from holders import holders
from measure import Result
from workload import chunks

from bankcore.bank import Bank
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.transactions import Posting, Record, Transaction, open_account
from bankcore.product import chart
from bankcore.products.points import OpenProgramme, RegisterProvider
from bankcore.products.points.cards import EXPIRED, LIVE, REDEEMED, REPAID, Card
from bankcore.products.points.lots import DUE, Lot
from bankcore.products.points.programmes import POINT
from bankcore.products.points.providers import FUND, ISSUED, Provider
from bankcore.stores.sqlite import SqliteStore

FIRST_DAY, FEW, MANY, LATER = date(2025, 1, 29), date(2025, 1, 30), date(2025, 1, 31), date(2029, 12, 31)
PROGRAMME, PROVIDER = "card", "g"
LOTS = (FEW, *[MANY] * 4, *[LATER] * 5)  # of one card, by expiry
EVERY = 100  # cards, of which one has a lot that expires with the few
POINTS = 10  # of a lot, each worth a fen
MOST_MEMORY = 160 * MEGABYTE  # two caches of SQLite's, 64 MB each, and a page of cards
AT_ONCE = 500  # cards that one transaction of the set-up makes


@frozen
class Close:
    """The duration of the closes of three days, and the growth of the process's memory at its peak."""

    lots: int
    none: float
    few: float
    many: float
    growth: int


def lots(folder: Path, sizes: Sequence[int]) -> Iterator[Result]:
    """Three lines for each number of lots, and one about the memory of the last."""
    for number in sizes:
        path = folder / f"lots-{number}.db"
        alone(_set_up, path, number)
        close = alone(_close, path, number)
        path.unlink()
        cards = number // len(LOTS)
        for gone, seconds in ((0, close.none), (cards // EVERY, close.few), (4 * cards, close.many)):
            rate = f"{gone / seconds:,.0f}/s, " if gone else ""
            speed = f"{seconds:,.2f} s ({rate}{close.growth / MEGABYTE:,.0f} MB)"
            yield Result(f"{gone:,} of {number:,} lots expire", "-", speed)
    most = close.growth
    yield Result(
        "memory that these closes take at most, in a process of their own",
        "-",
        f"{most / MEGABYTE:,.0f} MB",
        "-",
        f"<= {MOST_MEMORY / MEGABYTE:,.0f} MB",
        most <= MOST_MEMORY,
    )


def _set_up(path: Path, number: int) -> None:
    """A book with the given number of lots, in the state after earlier orders."""
    bank = Bank.create(SqliteStore(path, create=True, durability="normal"), opened_on=FIRST_DAY, clock=clock)
    bank.handle(OpenProgramme(PROGRAMME), "open")
    for key, command in enumerate(holders(PROVIDER)):
        bank.handle(command, f"holders-{key}")
    bank.handle(RegisterProvider(PROGRAMME, PROVIDER), "provider")
    for numbers in chunks(range(number // len(LOTS)), AT_ONCE):
        bank.ledger.post(_cards(bank, numbers))
    bank.close_day(FIRST_DAY)
    bank.ledger.store.close()


def _cards(bank: Bank, numbers: Sequence[int]) -> Transaction:
    """The state of each card after registration and ten orders, for many cards at once."""
    unit = bank.ledger.book.base_unit
    records: list[Record] = []
    live: dict[AccountPath, int] = {}
    for number in numbers:
        card = f"c{number:06d}"
        ids, owned = (PROGRAMME, card), {"unit": POINT, "on": FIRST_DAY, "party": card}
        demand = chart.DEMAND.account(card, unit=unit, on=FIRST_DAY, party=card)
        opened = [demand, *(it.account(*ids, **owned) for it in (LIVE, REDEEMED, EXPIRED, REPAID))]
        lots = [expiry for expiry in LOTS if expiry != FEW or number % EVERY == 0]
        records += map(open_account, opened)
        records.append(
            Card(
                id=f"{PROGRAMME}:{card}",
                consumer_class="standard",
                lots=len(lots),
                lifetime=POINTS * len(lots),
                registered_on=FIRST_DAY,
            ).record()
        )
        for sequence, expiry in enumerate(lots, start=1):
            id = f"{PROGRAMME}:{card}:{expiry}:{sequence:09}"
            lot = Lot(id=id, provider=PROVIDER, points=POINTS, left=POINTS, spendable_on=FIRST_DAY)
            records.append(lot.record())
        for expiry in sorted({*lots}):
            due = DUE.note(bank.ledger.books, *ids, expiry + timedelta(days=1), since=expiry.isoformat())
            records.append(due)
        live[LIVE(*ids)] = POINTS * len(lots)
    points = sum(live.values())
    provider = Provider.existing(bank.ledger.books, PROGRAMME, PROVIDER)
    records.append(evolve(provider, live=provider.live + points).record())
    postings = (
        Posting(chart.CASH(), points, unit),
        Posting(FUND(PROGRAMME, PROVIDER), -points, unit),
        Posting(ISSUED(PROGRAMME, PROVIDER), points, POINT),
        *(Posting(path, -held, POINT) for path, held in live.items()),
    )
    return Transaction(
        key=f"cards-{numbers[0]}",
        kind="points.order",
        effective_on=FIRST_DAY,
        postings=postings,
        records=tuple(records),
        agreement=PROGRAMME,
    )


def _close(path: Path, number: int) -> Close:
    """The closes of a day without expiry, of one on which few lots expire, and of one with very many."""
    bank = Bank.open(SqliteStore(path, durability="normal"), clock=clock)
    before = most_memory()
    none = _seconds(bank, FEW)
    few = _seconds(bank, MANY)  # lots leave on the close of the day after their last
    many = _seconds(bank, MANY + timedelta(days=1))
    growth = most_memory() - before
    cards = number // len(LOTS)
    left = bank.amount(FUND(PROGRAMME, PROVIDER))
    assert left.quantity == POINTS * 5 * cards
    bank.ledger.store.close()
    return Close(number, none, few, many, growth)


def _seconds(bank: Bank, day: date) -> float:
    began = time.perf_counter()
    bank.close_day(day)
    return time.perf_counter() - began
