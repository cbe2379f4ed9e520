"""The monitor's two ways to fill a low reserve, and what the operator is told when neither suffices."""

from __future__ import annotations

from typing import Any

import pytest
from tests.products.holders import cny
from tests.products.trouble import free, stop

from bankcore.errors import BankcoreError
from bankcore.product.deferrals import Deferral
from bankcore.products.wallet import CancelFunding, OrderFunding

DEMAND = "bank:demand:o"


def low(mall: Any, **terms: Any) -> Any:
    """A reserve of 100.00 at its threshold, and 60.00 on the operator's account."""
    book = mall(
        fund="100.00",
        **{
            "threshold": "100.00",
            "preset": "20.00",
            "yield_rate": "0%",
            "bonus_tiers": [["0", "0%"]],
            **terms,
        },
    )
    book.cash_in("60.00")
    return book


def notices(book: Any, topic: str) -> int:
    return sum(
        len([*book.books.versions("notice", it.id)]) for it in book.books.records("notice", f"o:{topic}")
    )


def drawn(book: Any) -> list[Any]:
    return [it.quantity for row in book.bank.report("wallet", "funding").rows for it in row[2:]]


def test_the_operators_account_fills_what_the_service_fund_does_not(mall: Any) -> None:
    book = low(mall)
    book.do(OrderFunding("o", cny("45.00")))
    book.recharge("a", "30.00")
    assert (book.reserve(), book.balance(DEMAND), drawn(book)) == (100_00, 30_00, [45_00, 30_00, 15_00])
    book.buy("a", "5.00")
    book.recharge("a", "12.00")  # 5.00 of the service fund first, then 7.00 of the operator's
    assert (book.reserve(), book.service(), drawn(book)) == (100_00, 0, [45_00, 37_00, 8_00])
    book.recharge("a", "10.00")
    assert (book.reserve(), book.balance(DEMAND), drawn(book)) == (98_00, 15_00, [45_00, 45_00, 0])
    assert notices(book, "reserve-low") == 0
    book.close()
    assert notices(book, "reserve-low") == 1
    (told,) = book.books.records("notice", "o:reserve-low")
    assert (told.data["reserve"], told.data["threshold"]) == ("98.00 CNY", "100.00 CNY")
    book.do(OrderFunding("o", cny("1.00")))
    book.close()
    assert (book.reserve(), notices(book, "reserve-low")) == (99_00, 2)
    assert book.sound()


def test_what_is_not_there_is_not_drawn(mall: Any) -> None:
    book = low(mall)
    book.do(OrderFunding("o", cny("500.00")))
    book.recharge("a", "70.00")
    assert (book.reserve(), book.balance(DEMAND), drawn(book)) == (90_00, 0, [500_00, 60_00, 440_00])
    book.close()
    assert notices(book, "reserve-low") == 1
    book.cash_in("25.00")
    book.close()
    assert (book.reserve(), book.balance(DEMAND), notices(book, "reserve-low")) == (100_00, 15_00, 1)
    assert book.sound()


def test_without_an_order_nothing_is_drawn(mall: Any) -> None:
    book = low(mall)
    book.recharge("a", "30.00")
    book.close()
    assert (book.reserve(), drawn(book)) == (70_00, [])
    with pytest.raises(BankcoreError) as refusal:
        book.do(CancelFunding("o"))
    assert refusal.value.code == "not_found"
    book.do(OrderFunding("o", cny("10.00")))
    book.do(CancelFunding("o"))
    book.close()
    assert (book.reserve(), drawn(book)) == (70_00, [10_00, 0, 0])
    with pytest.raises(BankcoreError) as refusal:
        book.do(CancelFunding("o"))
    assert refusal.value.code == "not_found"


def test_a_frozen_account_is_left_alone_and_a_refused_sweep_is_told(mall: Any) -> None:
    book = low(mall)
    book.recharge("a", "30.00")
    book.do(OrderFunding("o", cny("100.00")))
    stop(book.bank, {DEMAND: "debits frozen"})
    book.buy("a", "10.00")
    stop(book.bank, {"wallet:o:service": "debits frozen"}, "service")
    today = book.books.today
    book.close()
    assert (book.reserve(), book.service(), drawn(book)) == (70_00, 10_00, [100_00, 0, 100_00])
    assert [it.thing for it in Deferral.every(book.books, today.isoformat())] == ["o/sweep"]
    (told,) = book.books.records("notice", "o:sweep-failed")
    assert told.data["amount"] == "10.00 CNY"
    assert notices(book, "reserve-low") == 1
    free(book.bank, {DEMAND: "debits frozen", "wallet:o:service": "debits frozen"})
    book.close()
    assert (book.reserve(), book.service(), drawn(book)) == (100_00, 0, [100_00, 20_00, 80_00])
    assert book.sound()
