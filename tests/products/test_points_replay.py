"""Years of real purchases and returns as orders and refunds: points are the floor of net spend."""

from __future__ import annotations

import csv
import gzip
import resource
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from tests.conftest import PROFILE
from tests.products.club import Club

from bankcore.ledger.accounts import AccountPath

pytestmark = pytest.mark.slow


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    file = folder / "data" / "retail" / f"{name}.csv.gz"
    if not file.is_file():
        pytest.skip(f"no {file}")
    with gzip.open(file, "rt", encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def fen(text: str) -> int:
    amount = Decimal(text).scaleb(2)
    assert amount == int(amount)
    return int(amount)


class Shop(Club):
    """One provider and all its customers; says from time to time how far it is."""

    def __init__(self, customers: list[str], opened_on: date) -> None:
        super().__init__(customers, opened_on=opened_on)
        money = dict.fromkeys(customers, "1,000,000.00") | {"g": "100,000.00"}
        self.pay_in(**money)
        self.redeemed: Counter[str] = Counter()
        self.begun, self.orders = time.monotonic(), 0

    def progress(self) -> None:
        self.orders += 1
        if self.orders % 1_000 == 0:
            seconds, peak = time.monotonic() - self.begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            print(f"{self.books.today}: {self.orders} orders, {seconds:.1f} s, {peak // 1024} MiB at most")  # noqa: T201

    def redeem_hundreds(self) -> None:
        """Everybody redeems the full hundreds, at the end of a month."""
        for path, held in list(self.books.balances("points:p:consumer")):
            if path.endswith(":live") and held >= 100:
                card = path.split(":")[3]
                self.redeem(held - held % 100, card)
                self.redeemed[card] += held - held % 100

    def next_day(self, day: date) -> None:
        """Close the days before; the fund is what live points are worth at the end of each."""
        while self.books.today < day:
            self.bank.close_day(self.books.today)
            self.check_fund()

    def check_fund(self) -> None:
        owed = sum(balance for _, balance in self.books.balances("points:p:debt"))
        live = self.balance("points:p:provider:g:issued") - sum(self.redeemed.values()) + owed
        assert self.balance("points:p:provider:g:fund") == live

    def earned(self, card: str) -> int:
        """All that a card ever got, net of what was taken back."""
        debt = AccountPath(f"points:p:debt:{card}:g")
        owed = self.books.balance(debt) if self.books.account(debt) is not None else 0
        return self.points(card) + self.redeemed[card] - owed


def invoices(lines: list[dict[str, str]]) -> Iterator[tuple[date, str, str, list[tuple[str, int]]]]:
    """Each invoice with its day, customer and lines of article and value, in order of time."""
    found: dict[str, list[dict[str, str]]] = defaultdict(list)
    for line in lines:
        found[line["invoice_no"]].append(line)
    for number, its in sorted(found.items(), key=lambda it: (it[1][0]["invoice_datetime"], it[0])):
        values = [(line["stock_code"], fen(line["unit_price"]) * int(line["quantity"])) for line in its]
        yield date.fromisoformat(its[0]["invoice_datetime"][:10]), number, its[0]["customer_id"], values


def test_a_web_shop_with_returns(shared_data: Path) -> None:
    lines = rows(shared_data, "online_retail_sample")
    expected = {row["customer_id"]: row for row in rows(shared_data, "online_retail_expected_totals")}
    book = Shop(sorted(expected), date(2010, 12, 1))
    left: dict[str, dict[str, int]] = defaultdict(dict)  # by customer and order, what can be refunded
    articles: dict[tuple[str, str], list[str]] = defaultdict(list)  # orders that hold an article
    bought, returned, unmatched = Counter[str](), Counter[str](), Counter[str]()
    for day, number, customer, values in invoices(lines):
        if (day.year, day.month) != (book.books.today.year, book.books.today.month):
            book.redeem_hundreds()
        book.next_day(day)
        total = sum(value for _, value in values)
        if not number.startswith("C"):
            book.order(str(Decimal(total).scaleb(-2)), number, customer)
            left[customer][number] = total
            bought[customer] += total
            for article, _ in values:
                articles[customer, article].append(number)
            book.progress()
            continue
        for article, value in values:
            part = -value
            returned[customer] += part
            for order in (*reversed(articles[customer, article]), *reversed(left[customer])):
                if back := min(part, left[customer][order]):
                    before, net = book.earned(customer), bought[customer] - returned[customer] + part
                    book.refund(order, str(Decimal(back).scaleb(-2)))
                    left[customer][order] -= back
                    part -= back
                    if not unmatched[customer]:
                        assert before - book.earned(customer) == net // 100 - (net - back) // 100
            unmatched[customer] += part  # bought before the data begin
    for customer, row in expected.items():
        assert bought[customer] == fen(row["gross_purchases"])
        assert returned[customer] == abs(fen(row["returns"]))
        assert book.earned(customer) == (fen(row["net"]) + unmatched[customer]) // 100
    assert sum(map(bool, unmatched.values())) < 20
    assert book.sound()


def test_a_music_shop(shared_data: Path) -> None:
    purchases = sorted(rows(shared_data, "cdnow_sample"), key=lambda row: row["date"])
    if PROFILE != "nightly":  # the rest takes minutes
        some = set(sorted({row["customer_id"] for row in purchases})[::10])
        purchases = [row for row in purchases if row["customer_id"] in some]
    spent: Counter[str] = Counter()
    book = Shop(sorted({row["customer_id"] for row in purchases}), date(1997, 1, 1))
    for number, row in enumerate(purchases):  # no day is closed: dates do not matter to what is earned
        if number and row["date"] != purchases[number - 1]["date"]:
            book.check_fund()
        book.order(row["dollar_value"], f"o{number}", row["customer_id"])
        spent[row["customer_id"]] += fen(row["dollar_value"])
        book.progress()
    for customer, total in spent.items():
        assert book.points(customer) == total // 100
    assert book.sound()
