"""What becomes of refunds and credit lines when a card is closed, merged into another, or used again."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from tests.products.club import FIRST, Club
from tests.products.holders import cny

from bankcore.ledger.accounts import AccountPath, Status
from bankcore.products import credit
from bankcore.products.credit import Draw, OpenLine, RaiseLimit, Repay, SetLimit
from bankcore.products.points import CloseCard, ProposeMerge, RefundOrder, RegisterConsumer, remittances_of


def club(**terms: Any) -> Club:
    """Cards c and e of one person who was registered twice, card d of another."""
    book = Club("cd", "gh", **terms)
    book.pay_in(**dict.fromkeys("cdgh", "5,000.00"))
    book.join("e", document="id-card")
    return book


def demand(book: Club, who: str) -> int:
    return book.balance(f"bank:demand:{who}")


# --- refunds ----------------------------------------------------------------------------------------


def test_a_refund_finds_the_card_at_the_end_of_all_merges() -> None:
    book = club()
    book.join("f", document="residence-permit")
    book.order("10.00", "o1")
    book.merge("c", "e")
    book.merge("e", "f")
    book.refund("o1", "4.00")
    assert book.points("f") == 6
    assert book.sound()


def test_points_given_up_with_the_card_are_not_paid_for_again() -> None:
    book = club()
    before = book.balances()
    book.order("10.00", "o1")
    book.do(CloseCard("p", "c", forfeit=True))
    book.refund("o1", "10.00")
    assert book.balances() == before
    assert book.sound()


def test_points_that_were_redeemed_reduce_the_refund() -> None:
    book = club(least_redeemed=1)
    book.order("100.00", "o1")
    book.redeem(70)
    book.do(CloseCard("p", "c", forfeit=True))
    buyer, seller = demand(book, "c"), demand(book, "g")
    book.refund("o1", "100.00")  # 30 points were given up, 70 are missing
    assert (demand(book, "c"), demand(book, "g")) == (buyer + 99_30, seller - 99_30)
    assert book.balance("points:p:provider:g:issued") == 70 - 70
    assert book.balance("points:p:consumer:c:repaid") == 70
    placed, refunded = remittances_of(book.books, "p", card="c")
    assert (placed.points, placed.kept) == (100, 0)
    assert (refunded.points, refunded.debt, refunded.amount, refunded.kept) == (-100, 0, -100_00, 70)
    assert book.sound()


def test_parts_of_a_refund_use_up_what_was_given_up() -> None:
    book = club(least_redeemed=1)
    book.order("10.00", "o1")
    book.order("10.00", "o2", provider="h")
    book.redeem(6)
    book.do(CloseCard("p", "c", forfeit=True))
    buyer = demand(book, "c")
    # of g, 4 points were given up; those of h count for h only
    for asked, paid in (("3.00", 3_00), ("3.00", 2_98), ("4.00", 3_96)):
        book.refund("o1", asked)
        buyer += paid
        assert demand(book, "c") == buyer
    book.refund("o2", "10.00", "h")
    assert demand(book, "c") == buyer + 10_00
    assert book.sound()


def test_a_refund_is_never_less_than_nothing() -> None:
    book = club(value="10000", agreed={"rate": "10"}, least_redeemed=1)
    book.pay_in(g="1,000,000.00")
    book.order("1.00", "o1")
    book.redeem(10)
    book.do(CloseCard("p", "c"))
    before = demand(book, "c")
    book.refund("o1", "1.00")
    assert demand(book, "c") == before
    assert book.sound()


def test_expired_points_are_missing_as_on_an_open_card() -> None:
    book = club(expiry="rolling", expiry_months=1)
    book.order("10.00", "o1")
    book.close_until(date(2024, 7, 1))  # the day on whose close they leave the card
    book.do(CloseCard("p", "c", forfeit=True))
    before = demand(book, "c")
    book.refund("o1", "10.00")
    assert demand(book, "c") == before + 10_00 - 10
    assert book.sound()


def test_a_refund_to_a_frozen_account_waits_for_the_court() -> None:
    book = club()
    book.order("10.00", "o1", card="d")
    book.do(CloseCard("p", "d", forfeit=True))
    path = AccountPath("bank:demand:d")
    book.bank.ledger.change(path, key="freeze", reason="court", status=Status.FROZEN)
    book.refused("account_frozen", RefundOrder("p", "g", "o1", cny("10.00")))


# --- credit lines -----------------------------------------------------------------------------------


def lines(points: int = 10_000, **terms: Any) -> Club:
    """A line on card c, of the base limit, as granted points give none; card e has none."""
    book = club()
    book.grant(points)
    book.do(credit.OpenProgramme("p", terms))
    book.do(OpenLine("p", card="c"))
    return book


def of(book: Club, card: str, name: str) -> int:
    return book.balance(f"credit:p:consumer:{card}:{name}")


def test_a_card_with_a_line_is_neither_merged_away_nor_closed() -> None:
    book = lines()
    assert book.refused("credit_line_open", ProposeMerge("p", "c", "e"))["holder"] == "c"
    book.refused("credit_line_open", CloseCard("p", "c", forfeit=True))
    book.do(SetLimit("p", cny("0.00"), card="c"))
    book.merge("c", "e")
    book.do(OpenLine("p", card="e"))
    assert (of(book, "c", "undrawn"), of(book, "e", "undrawn")) == (0, 2_000_00)
    assert book.sound()


def test_who_has_a_line_of_nothing_leaves() -> None:
    book = lines()
    book.do(Draw("p", cny("100.00"), card="c"))
    book.refused("limit_below_drawn", SetLimit("p", cny("0.00"), card="c"))
    book.do(Repay("p", cny("100.00"), card="c"))
    book.do(SetLimit("p", cny("0.00"), card="c"))
    book.do(CloseCard("p", "c", forfeit=True))
    book.refused("holder_unknown", RaiseLimit("p", card="c"))
    book.do(SetLimit("p", cny("0.00"), card="c", automatic=True))
    book.close_until(FIRST + timedelta(days=2))  # and no points raise it any more
    assert of(book, "c", "undrawn") == 0
    assert book.sound()


# --- who comes back -----------------------------------------------------------------------------------


def test_a_card_that_was_closed_is_used_again() -> None:
    book = club(least_redeemed=1)
    book.order("10.00", "o1")
    book.order("7.00", "o2")
    book.redeem(4)
    book.do(CloseCard("p", "c", forfeit=True))  # gives up 6 and 7 points
    book.do(RegisterConsumer("p", "c"))
    book.refused("already_taken", RegisterConsumer("p", "c"))
    book.order("5.00", "o3")
    book.refund("o1", "10.00")  # 5 that are there, 5 of those that were given up
    assert (book.points(), book.balance("points:p:consumer:c:expired")) == (0, 8)
    book.refund("o2", "7.00")
    assert book.balance("points:p:consumer:c:expired") == 1
    book.grant(3)
    book.do(CloseCard("p", "c", forfeit=True))
    before = demand(book, "c")
    book.refund("o3", "5.00")  # 1 + 3 points are left of those given up: one is missing
    assert demand(book, "c") == before + 4_99
    assert book.sound()


def test_what_was_given_up_pays_no_debt_of_later_orders() -> None:
    book = club(least_redeemed=1)
    book.order("10.00", "o1")
    book.do(CloseCard("p", "c", forfeit=True))
    book.do(RegisterConsumer("p", "c"))
    for order in ("o2", "o3"):
        book.order("10.00", order)
        if order == "o2":
            book.redeem(10)
        book.refund(order, "10.00")  # the third repays the debt of the second, and leaves it again
        assert book.balance("points:p:debt:c:g") == 10
    assert book.balance("points:p:consumer:c:expired") == 10
    assert book.sound()


def test_a_merged_card_is_not_used_again() -> None:
    book = club()
    book.merge("c", "e")
    book.refused("already_taken", RegisterConsumer("p", "c"))
