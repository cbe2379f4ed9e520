"""The deadline of a trade, and what its two sides are told."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.products.exchange import Exchange
from tests.products.holders import cny

from bankcore.product.actor import Actor
from bankcore.products.platform import (
    ApproveResolution,
    CancelTrade,
    DisputeTrade,
    ProposeResolution,
    WithdrawDispute,
)
from bankcore.rates import Rate


def told(book: Exchange, party: str, subject: str = "p.t", topic: str = "trade") -> list[dict[str, Any]]:
    """The notices to a party about a trade, oldest first, without their days."""
    found = book.books.versions("notice", f"{party}:{topic}:{subject}")
    return [{key: value for key, value in it.data.items() if key != "on"} for it in found]


def test_the_close_of_the_deadline_returns_the_escrow_and_tells_both() -> None:
    book = Exchange(delivery_days=3, fee="0%")
    book.trade("t", "100.00")
    book.accept("t", "1/4")
    book.close_until(date(2024, 5, 4))
    assert book.state("t") == "funded"
    book.bank.close_day(date(2024, 5, 4))
    assert (book.state("t"), book.demand_of("b"), book.demand_of("s")) == ("settled", 75_00, 25_00)
    for party in "bs":
        assert told(book, party)[-1] == {"event": "settled", "by": "deadline", "returned": "75.00 CNY"}
    book.refused("trade_not_funded", CancelTrade("p", "t", "b"))
    assert book.sound()


def test_a_trade_that_nobody_funded_goes_back_to_the_market_at_its_deadline() -> None:
    book = Exchange(delivery_days=3)
    book.match("t", "100.00")
    assert book.table("market") == []
    book.close_until(date(2024, 5, 5))
    assert book.state("t") == "cancelled"
    assert [row["left"] for row in book.table("market")] == [1, 1]
    assert told(book, "s")[-1] == {"event": "cancelled", "by": "deadline", "returned": "0.00 CNY"}
    assert book.sound()


def test_a_disputed_trade_waits_until_its_dispute_is_withdrawn() -> None:
    book = Exchange(delivery_days=3)
    book.trade("t", "100.00")
    book.do(DisputeTrade("p", "t", "s", "not collected"))
    book.close_until(date(2024, 5, 10))
    assert book.state("t") == "funded"
    book.do(WithdrawDispute("p", "t", "s"))
    (row,) = book.table("escrow")
    assert row["note"] == "overdue"
    book.close_until(date(2024, 5, 11))
    assert (book.state("t"), book.demand_of("b")) == ("cancelled", 100_00)
    assert [it["event"] for it in told(book, "b")] == [
        "matched",
        "disputed",
        "dispute-withdrawn",
        "cancelled",
    ]
    assert book.sound()


def test_after_its_deadline_one_side_cancels_alone() -> None:
    book = Exchange(delivery_days=3)
    book.trade("t", "100.00")
    book.do(DisputeTrade("p", "t", "s", "not collected"))
    book.close_until(date(2024, 5, 10))
    book.do(WithdrawDispute("p", "t", "s"))
    book.cancel("t", "b")
    assert book.state("t") == "cancelled"
    book.close_until(date(2024, 5, 11))
    assert book.sound()


def test_both_sides_are_told_what_happens_to_their_trade() -> None:
    book = Exchange(fee="1%")
    book.trade("t", "100.00")
    book.accept("t", "1/2")
    book.cancel("t", "s")
    book.do(DisputeTrade("p", "t", "b", "broken"))
    book.do(ProposeResolution("p", "t", Rate.parse("0")), actor=Actor.parse("officer:li"))
    book.do(ApproveResolution("p", "t", 1), actor=Actor.parse("officer:han"))
    assert [it["event"] for it in told(book, "s")] == [
        "matched", "funded", "delivery-accepted", "disputed", "settled",
    ]  # fmt: skip
    assert told(book, "s")[1]["total"] == "100.00 CNY"
    assert told(book, "s")[2]["paid"] == "49.50 CNY"
    assert told(book, "s")[4] == {"event": "settled", "by": "resolve", "returned": "50.00 CNY"}
    assert [it["event"] for it in told(book, "b")] == ["matched", "cancel-asked", "settled"]
    assert cny("49.50").quantity == book.demand_of("s")


def test_both_sides_of_a_match_are_told_when_it_is_published_and_when_it_comes_back() -> None:
    book = Exchange()
    book.supply("dear", "9.00", quantity=2)
    book.supply("cheap", "8.00", quantity=3)
    assert told(book, "s", "p.cheap", "match-found") == []
    book.demand("want", "10.00", quantity=3)
    assert told(book, "b", "p.want", "match-found") == [{"best": "cheap", "quantity": 3, "price": "8.00 CNY"}]
    mine = {"best": "want", "quantity": 3, "price": "10.00 CNY"}
    assert told(book, "s", "p.cheap", "match-found") == [mine]
    assert told(book, "s", "p.dear", "match-found") == [{**mine, "quantity": 2}]
    book.do(book.accepting("t", "want", "cheap"))
    book.demand("later", "9.00")
    book.cancel("t", "b")
    assert told(book, "b", "p.later", "match-found")[-1]["best"] == "cheap"
    assert book.sound()
