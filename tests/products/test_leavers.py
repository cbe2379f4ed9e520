"""What becomes of refunds and credit lines when a card is closed, or merged into another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from tests.products.club import FIRST, Club, cny

from bankcore.amounts import Amount
from bankcore.ledger.accounts import AccountPath, Status
from bankcore.products import credit
from bankcore.products.credit import Draw, MoveLine, OpenLine, RaiseLimit, Repay, SetLimit
from bankcore.products.points import CloseCard, MergeCards, RefundOrder, remittances_of
from bankcore.rates import round_half_up


def club(**terms: Any) -> Club:
    """Cards c and e of one person, card d of another."""
    book = Club("cd", "gh", **terms)
    book.pay_in(**dict.fromkeys("cdgh", "5,000.00"))
    book.join("e", person="c")
    return book


def demand(book: Club, who: str) -> int:
    return book.balance(f"bank:demand:{who}")


# --- refunds ----------------------------------------------------------------------------------------


def test_a_refund_finds_the_card_at_the_end_of_all_merges() -> None:
    book = club()
    book.join("f", person="c")
    book.order("10.00", "o1")
    book.do(MergeCards("p", "c", "e"))
    book.do(MergeCards("p", "e", "f"))
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
    book.refused(RefundOrder("p", "g", "o1", cny("10.00")), "account_frozen")


# --- credit lines -----------------------------------------------------------------------------------


def lines(points: int = 10_000, **terms: Any) -> Club:
    """A line on card c, of a limit of 7,000.00 by its points; card e has none."""
    book = club()
    book.grant(points)
    book.do(credit.OpenProgramme("p", terms))
    book.do(OpenLine("p", card="c"))
    return book


def of(book: Club, card: str, name: str) -> int:
    return book.balance(f"credit:p:consumer:{card}:{name}")


def test_a_card_with_a_line_is_not_merged_away() -> None:
    book = lines()
    assert book.refused(MergeCards("p", "c", "e"), "credit_line_open")["card"] == "c"
    book.do(SetLimit("p", cny("0.00"), card="c"))
    book.do(MergeCards("p", "c", "e"))
    book.do(OpenLine("p", card="e"))  # all points are on it now, and count once
    assert (of(book, "c", "undrawn"), of(book, "e", "undrawn")) == (0, 7_000_00)
    assert book.sound()


def test_a_line_follows_its_card_with_all_that_is_on_it() -> None:
    book = lines(posting="due")
    book.do(Draw("p", cny("1,500.00"), card="c"))
    book.close_until(FIRST + timedelta(days=7))
    interest = 150_000 * Fraction("0.073") * 7 / 360
    book.do(MoveLine("p", "c", "e"))
    book.do(MergeCards("p", "c", "e"))
    names = ("loan", "interest", "undrawn", "undrawn-contra")
    assert [of(book, "c", name) for name in names] == [0, 0, 0, 0]
    owing = round_half_up(interest)
    assert [of(book, "e", name) for name in names] == [1_500_00, owing, 5_500_00, 5_500_00]
    assert book.sound()
    book.close_until(date(2024, 6, 20))  # the due date of the drawing
    book.do(Repay("p", Amount(owing, cny("1").unit), card="e"))
    interest = 150_000 * Fraction("0.073") * 50 / 360
    assert book.balance("bank:interest-income") == round_half_up(interest)
    assert book.balance("bank:penalty-income") == 0
    book.refused(Draw("p", cny("1.00"), card="e"), "overdue_block")
    owed = of(book, "e", "loan") + of(book, "e", "interest")
    book.do(Repay("p", Amount(owed, cny("1").unit), card="e"))
    book.do(Draw("p", cny("7,000.00"), card="e"))
    book.grant(5_000, card="e")
    book.close_until(date(2024, 6, 21))
    assert of(book, "e", "undrawn") == 2_500_00
    assert book.sound()


def test_interest_that_was_paid_before_stays_with_the_old_line() -> None:
    book = lines(posting="daily")
    book.do(Draw("p", cny("1,000.00"), card="c"))
    for days, name in ((9, "c"), (18, "e")):
        book.close_until(FIRST + timedelta(days=days))
        book.do(Repay("p", Amount(of(book, name, "interest"), cny("1").unit), card=name))
        if name == "c":
            book.do(MoveLine("p", "c", "e"))
        assert book.sound()
    assert book.balance("bank:interest-income") == round_half_up(100_000 * Fraction("0.073") * 18 / 360)
    assert book.bank.report("credit", "lines").rows[0][2:5] == ("c", cny("0.00"), cny("0.00"))


def test_points_count_for_one_line_only() -> None:
    """Who moved a line away gets no second one for the same points, wherever they go."""
    book = lines()
    book.join("f", person="c")
    book.do(MoveLine("p", "c", "e"))
    book.refused(OpenLine("p", card="c"), "line_open")
    book.refused(RaiseLimit("p", card="c"), "nothing_to_raise")
    book.refused(MergeCards("p", "c", "f"), "credit_line_open")
    book.close_until(FIRST + timedelta(days=2))
    assert of(book, "c", "undrawn") == 0
    book.do(MoveLine("p", "e", "f"))
    book.do(MergeCards("p", "e", "f"))
    book.do(MergeCards("p", "c", "f"))
    book.close_until(FIRST + timedelta(days=4))
    assert of(book, "f", "undrawn") == 7_000_00
    assert book.sound()


REFUSED: dict[str, tuple[Callable[[Club], Any], MoveLine, str]] = {
    "no line": (id, MoveLine("p", "e", "c"), "line_unknown"),
    "no such card": (id, MoveLine("p", "c", "x"), "holder_unknown"),
    "another person's card": (id, MoveLine("p", "c", "d"), "persons_differ"),
    "to itself": (id, MoveLine("p", "c", "c"), "line_open"),
    "to a card with a line": (
        lambda b: b.do(OpenLine("p", card="e")),
        MoveLine("p", "c", "e"),
        "line_open",
    ),
    "twice": (
        lambda b: (b.join("f", person="c"), b.do(MoveLine("p", "c", "e"))),
        MoveLine("p", "c", "f"),
        "line_moved",
    ),
}


@pytest.mark.parametrize(("before", "command", "code"), REFUSED.values(), ids=REFUSED)
def test_moves_that_are_refused(before: Callable[[Club], Any], command: MoveLine, code: str) -> None:
    book = lines()
    before(book)
    book.refused(command, code)
