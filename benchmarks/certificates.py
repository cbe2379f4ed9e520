"""The close of a day with many certificates: a month's end for all, a maturity for all.

One order is filled by commands; the others are copies of its records under other names, so that the
set-up does not take longer than the measurement.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from attrs import evolve, frozen
from daily import MEGABYTE, alone, clock, most_memory
from measure import Result
from workload import chunks

from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.transactions import Record, Transaction, legs, open_account
from bankcore.product import chart
from bankcore.product.parties import Contract
from bankcore.products import current, parties
from bankcore.products.certificate import (
    Confirm,
    InitiateOrder,
    IssueLink,
    OpenProgramme,
)
from bankcore.products.certificate.openings import INTEREST
from bankcore.products.certificate.orders import DUE, Order
from bankcore.products.certificate.shares import SHARE, Share
from bankcore.stores.sqlite import SqliteStore

FIRST_DAY, MONTH_END, MATURITY = date(2025, 1, 15), date(2025, 1, 31), date(2025, 4, 15)
PROGRAMME, PATTERN = "cd", "k0"
PEOPLE = ("a", "b")
HALF = 5_000_00
AT_ONCE = 500  # certificates that one transaction of the set-up makes


@frozen
class Close:
    """The duration of two closes, and the growth of the process's memory at its peak."""

    certificates: int
    accrual: float
    maturity: float
    growth: int


def certificates(folder: Path, sizes: Sequence[int]) -> Iterator[Result]:
    """Two lines for each number of certificates; for several, one that compares the memory."""
    closes: list[Close] = []
    for number in sizes:
        path = folder / f"certificates-{number}.db"
        alone(_set_up, path, number)
        closes.append(close := alone(_close, path, number))
        path.unlink()
        for what, seconds in (("month's end", close.accrual), ("maturity", close.maturity)):
            speed = f"{seconds:,.1f} s ({number / seconds:,.0f}/s, {close.growth / MEGABYTE:,.0f} MB)"
            yield Result(f"{what} of {number:,} certificates", "-", speed)
    few, many = closes[-2:] if len(closes) > 1 else closes * 2  # small books fit into the caches
    if few is not many:
        times = many.growth / few.growth
        yield Result(
            f"memory of closes, {few.certificates:,} and {many.certificates:,} certificates",
            "-",
            f"{few.growth / MEGABYTE:,.0f} and {many.growth / MEGABYTE:,.0f} MB",
            f"{times:.2f}x",
            "<= 1.1x",
            times <= 1.1,
        )


def _set_up(path: Path, number: int) -> None:
    """A book with the given number of certificates of two shares, which all mature on one day."""
    bank = Bank.create(SqliteStore(path, create=True, durability="normal"), opened_on=FIRST_DAY, clock=clock)
    unit = bank.ledger.book.base_unit
    terms = {"products": {"CD3": [3, "1.35%"]}}
    commands = [
        current.OpenProgramme("std", {"rate": "0%"}),  # type: ignore[arg-type]
        *(step for person in PEOPLE for step in _holder(person, Amount(HALF, unit))),
        OpenProgramme(PROGRAMME, terms),  # type: ignore[arg-type]
        InitiateOrder(PROGRAMME, PATTERN, "a", "CD3", "mobile"),
        IssueLink(PROGRAMME, PATTERN, "a", "n1", "a,b"),
    ]
    for key, command in enumerate(commands):
        bank.handle(command, f"set-up-{key}")
    seen = Order.existing(bank.ledger.books, PROGRAMME, PATTERN).digest
    for person in PEOPLE:
        bank.handle(Confirm(PROGRAMME, PATTERN, person, Amount(HALF, unit), seen), person)
    for names in chunks([f"k{n}" for n in range(1, number)], AT_ONCE):
        bank.ledger.post(_copies(bank, names))
    bank.close_day(date(2025, 1, 30))
    bank.ledger.store.close()


def _holder(person: str, cash: Amount) -> Iterator[Any]:
    """An identified party with money on its current account."""
    yield parties.RegisterParty(person)
    yield parties.IdentifyParty(person, "passport", person)
    yield current.OpenAccount("std", person)
    yield current.CashIn(person, cash)


def _copies(bank: Bank, names: Sequence[str]) -> Transaction:
    """The records of the first filled order, copied under other names."""
    books, unit = bank.ledger.books, bank.ledger.book.base_unit
    order = Order.existing(books, PROGRAMME, PATTERN)
    shares = [Share.existing(books, order.id, person) for person in PEOPLE]
    records: list[Record] = []
    held: dict[AccountPath, int] = {}
    for name in names:
        id = f"{PROGRAMME}:{name}"
        records.append(evolve(order, id=id, version=0).record())
        records.append(DUE.note(books, PROGRAMME, name, MATURITY))
        records += (evolve(it, id=f"{id}:{it.participant}", version=0).record() for it in shares)
        for person in PEOPLE:
            records.append(Contract.opened(books, person, "certificate", PROGRAMME, name))
            account = SHARE.account(PROGRAMME, name, person, unit=unit, on=FIRST_DAY, party=person)
            records.append(open_account(account))
            held[account.path] = HALF
        records.append(open_account(INTEREST.account(PROGRAMME, name, unit=unit, on=FIRST_DAY)))
    return Transaction(
        key=f"copy-{names[0]}",
        kind="certificate.open-certificate",
        effective_on=FIRST_DAY,
        postings=legs(unit, debit={chart.CASH(): sum(held.values())}, credit=held),
        records=tuple(records),
        agreement=PROGRAMME,
    )


def _close(path: Path, number: int) -> Close:
    """The close of a month's end, and that of the day on which all certificates mature."""
    bank = Bank.open(SqliteStore(path, durability="normal"), clock=clock)
    before = most_memory()
    accrual = _seconds(bank, MONTH_END)
    bank.close_day(date(2025, 4, 14))
    maturity = _seconds(bank, MATURITY)
    growth = most_memory() - before
    paid = sum(bank.amount(chart.DEMAND(person)).quantity for person in PEOPLE)
    assert paid == number * (2 * HALF + 47_25)  # 1.89% of 10,000.00 for three months
    assert not list(bank.broken_invariants())
    bank.ledger.store.close()
    return Close(number, accrual, maturity, growth)


def _seconds(bank: Bank, day: date) -> float:
    began = time.perf_counter()
    bank.close_day(day)
    return time.perf_counter() - began
