"""Purchases and returns of a real web shop as orders and refunds of a points programme, day by day.

    BANKCORE_DATA=folder python benchmarks/retail.py

The folder holds `data/retail/online_retail_sample.csv.gz`, lines of invoices; an invoice whose number
begins with C is a return.  Points must equal the floor of each customer's net spend.
"""

from __future__ import annotations

import csv
import gzip
import os
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from attrs import frozen
from daily import MEGABYTE, alone, clock, most_memory
from holders import holders
from measure import Result

from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.products.current import CashIn
from bankcore.products.points import (
    OpenProgramme,
    PlaceOrder,
    RefundOrder,
    RegisterConsumer,
    RegisterProvider,
    SignAgreement,
)
from bankcore.products.points.cards import LIVE
from bankcore.products.points.providers import FUND
from bankcore.stores.sqlite import SqliteStore
from bankcore.units import Unit

FILE = Path(os.environ.get("BANKCORE_DATA", "")) / "data" / "retail" / "online_retail_sample.csv.gz"
PROGRAMME, SHOP, MONEY = "card", "shop", 10_000_000_00
CNY = Unit("CNY/2")


@frozen
class Replay:
    """The replayed orders, the duration, and the growth of the process's memory at its peak."""

    customers: int
    orders: int
    refunds: int
    days: int
    seconds: float
    growth: int


def retail(folder: Path) -> Iterator[Result]:
    """A line for the year of the web shop; none where its file is missing."""
    if not FILE.is_file():
        return
    done = alone(_replay, folder / "retail.db")
    rate = (done.orders + done.refunds) / done.seconds
    yield Result(
        f"{done.days} days of {done.customers} customers, {done.orders:,} orders, {done.refunds:,} refunds",
        "-",
        f"{done.seconds:,.1f} s ({rate:,.0f}/s, {done.growth / MEGABYTE:,.0f} MB)",
    )


def _invoices() -> list[tuple[date, str, str, int]]:
    """Day, number, customer and value of each invoice, in order of time."""
    found: dict[str, tuple[str, str, Decimal]] = {}
    with gzip.open(FILE, "rt", encoding="utf-8", newline="") as stream:
        for line in csv.DictReader(stream):
            number, value = line["invoice_no"], Decimal(line["unit_price"]) * int(line["quantity"])
            _, _, sum_ = found.get(number, ("", "", Decimal(0)))
            found[number] = (line["invoice_datetime"], line["customer_id"], sum_ + value)
    ordered = sorted((at, number, whose, sum_) for number, (at, whose, sum_) in found.items())
    return [
        (date.fromisoformat(at[:10]), number, whose, int(sum_ * 100)) for at, number, whose, sum_ in ordered
    ]


def _replay(path: Path) -> Replay:
    invoices = _invoices()
    bank = Bank.create(
        SqliteStore(path, create=True, durability="normal"), opened_on=invoices[0][0], clock=clock
    )
    customers = sorted({whose for _, _, whose, _ in invoices})
    _open(bank, customers)
    before, began, last = most_memory(), time.perf_counter(), invoices[-1][0]
    left: dict[str, dict[str, int]] = defaultdict(dict)  # the refundable amount, by customer and order
    refunds, net = 0, Counter[str]()
    for count, (day, number, whose, value) in enumerate(invoices, start=1):
        if bank.today < day:
            bank.close_day(day - timedelta(days=1))
        if value >= 0:
            placed = PlaceOrder(PROGRAMME, SHOP, whose, number, Amount(value, CNY), confirmed_by="pin")
            bank.handle(placed, number)
            left[whose][number] = value
            net[whose] += value
        for order in reversed(left[whose]):
            if back := min(max(-value, 0), left[whose][order]):
                refund = RefundOrder(PROGRAMME, SHOP, order, Amount(back, CNY))
                bank.handle(refund, f"{number}-{order}")
                left[whose][order] -= back
                value += back  # goods bought before the file begins are not refunded
                net[whose] -= back
                refunds += 1
        if count % 500 == 0:
            seconds = time.perf_counter() - began
            memory = most_memory() / MEGABYTE
            print(
                f"{day}: {count:,} of {len(invoices):,} invoices, {seconds:.0f} s, {memory:.0f} MB",
                file=sys.stderr,
            )
    bank.close_day(last)
    seconds, growth = time.perf_counter() - began, most_memory() - before
    for whose, total in net.items():
        assert bank.amount(LIVE(PROGRAMME, whose)).quantity == total // 100
    assert bank.amount(FUND(PROGRAMME, SHOP)).quantity == sum(it // 100 for it in net.values())
    bank.ledger.store.close()
    orders = sum(map(len, left.values()))
    return Replay(len(customers), orders, refunds, (last - invoices[0][0]).days + 1, seconds, growth)


def _open(bank: Bank, customers: list[str]) -> None:
    commands: list[Any] = [*holders(SHOP, *customers), OpenProgramme(PROGRAMME)]
    commands += [RegisterProvider(PROGRAMME, SHOP), SignAgreement(PROGRAMME, SHOP)]
    for whose in customers:
        commands += [RegisterConsumer(PROGRAMME, whose), CashIn(whose, Amount(MONEY, CNY))]
    for key, command in enumerate(commands):
        bank.handle(command, f"open-{key}")


if __name__ == "__main__":
    if not FILE.is_file():
        sys.exit(f"no {FILE}; set BANKCORE_DATA")
    with tempfile.TemporaryDirectory(prefix="bankcore-", dir=os.environ.get("BENCH_DIR")) as folder:
        for result in retail(Path(folder)):
            print(f"{result.path}: {result.ours}")
