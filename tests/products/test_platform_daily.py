"""The close of a day: offers run out, entitlements expire, once, in pages, and nothing else is read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from importlib import import_module
from itertools import islice

import pytest
from tests.products.exchange import Exchange

from bankcore.product import Step
from bankcore.products.enterprise import ENTERPRISE
from bankcore.products.platform import PLATFORM

MODULES = [import_module(f"bankcore.products.{it}") for it in ("enterprise.entitlements", "platform.offers")]
DUE = date(2024, 7, 1)


def busy() -> Exchange:
    """Five offers of each side whose last day, and entitlements of four whose first day without, is `DUE`."""
    book = Exchange("abcs", life_months=1)
    for buyer in "abc":
        book.trade(f"t{buyer}", "1,000.00", buyer)
        book.accept(f"t{buyer}", buyer=buyer)
    for number in range(5):
        book.supply(f"s{number}", "9.00", until=DUE)
        book.demand(f"d{number}", "8.00", "a", until=DUE)
    book.supply("later", "9.00")
    book.close_until(DUE)
    assert len(book.table("market")) == 11
    return book


def daily(book: Exchange) -> Iterator[tuple[str, Step]]:
    """The steps of the close of the business day, each with its product."""
    for product in (ENTERPRISE, PLATFORM):
        for step in product.daily(book.books, book.books.today):
            yield product.name, step


def test_what_is_due_ends_and_a_second_run_writes_nothing() -> None:
    book = busy()
    assert book.bank.close_day(DUE).transactions > 0
    assert [row["offer"] for row in book.table("market")] == ["later"]
    assert [book.live(firm) for firm in "abcs"] == [0, 0, 0, 0]
    assert book.balance("platform:p:entitlement-liability") == 0
    assert book.bank.close_day(DUE).transactions == 0
    assert book.sound()


@pytest.mark.parametrize("size", [1, 2, 500])
def test_a_run_that_is_killed_goes_on_where_it_stopped(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in MODULES:
        monkeypatch.setattr(module, "_PAGE", size)

    def run(killed_after: int) -> tuple[dict[str, int], int]:
        book = busy()
        for product, step in islice(daily(book), killed_after):
            book.bank._take(DUE, product, step)
        book.bank.close_day(DUE)
        assert book.sound()
        return book.balances(), book.bank.ledger.reader.head().number

    steps = len(list(daily(busy())))
    assert steps == -(-10 // size) + -(-4 // size)
    assert len({str(run(killed)) for killed in range(0, steps + 1, max(steps // 3, 1))}) == 1


def test_a_close_reads_only_what_is_due() -> None:
    book = busy()
    book.bank.close_day(DUE)
    assert list(daily(book)) == []


def test_an_offer_whose_trade_fails_after_its_last_day_has_expired() -> None:
    book = Exchange()
    book.match("t", "9.00")
    book.supply("last", "9.00", until=DUE)
    book.demand("want", "9.00", until=DUE)
    (row,) = [row for row in book.table("matches") if row["demand"] == "want"]
    assert row["supply"] == "last"
    book.do(book.accepting("u", "want", "last", "b"))
    book.close_until(date(2024, 7, 2))
    assert book.state("u") == "cancelled"
    offer = book.books.record("platform.offer", "p:last")
    assert offer is not None
    assert (offer.data["state"], offer.data["left"]) == ("expired", 1)
    assert book.sound()
