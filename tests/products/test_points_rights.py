"""Points that the bank grants with a sale: on the card, spent by expiry, revenue as they are redeemed."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.products.club import Club
from tests.products.holders import cny
from tests.products.test_points_invariants import broken, record

from bankcore.ledger.accounts import AccountPath, Status
from bankcore.product import records
from bankcore.product.actor import Actor
from bankcore.product.notices import NOTICE
from bankcore.products import credit
from bankcore.products.current import CloseAccount
from bankcore.products.parties import EraseParty, PartyTerms
from bankcore.products.parties import OpenProgramme as OpenRegister
from bankcore.products.points import (
    BuyProduct,
    CloseCard,
    JoinFamily,
    OfferProduct,
    Redeem,
    ReviseRight,
    SellWithPoints,
    TransferPoints,
)
from bankcore.rates import round_half_up

RIGHT, COST, REVENUE = "points:p:right:s", "bank:points-expense", "bank:revenue"
ROLLING = {"expiry": "rolling", "expiry_months": 1}
HOLDER = Actor.parse("customer:c")


def club(cards: str = "c", **terms: Any) -> Club:
    book = Club(cards, **terms)
    book.pay_in(**dict.fromkeys([*cards, "g"], "2,000.00"))
    return book


def sell(book: Club, points: int = 1_000, expected: int = 800, sale: str = "s", card: str = "c") -> None:
    book.do(SellWithPoints("p", sale, card, cny("1,000.00"), points, cny("100.00"), expected))


def postings(book: Club) -> dict[str, int]:
    """Of the last transaction; debits are positive."""
    return {str(leg.account): leg.quantity for leg in book.entries()[-1].transaction.postings}


def test_points_of_a_sale_come_on_the_card_and_their_redemption_is_revenue() -> None:
    """An officer sells, the buyer redeems: 1,000.00 : 80.00 makes 74.07 of the price revenue only later."""
    book = club()
    sell(book)
    assert postings(book) == {
        "bank:demand:c": 1_000_00,
        REVENUE: -925_93,
        RIGHT: -74_07,
        "points:p:granted:s": 1_000,
        "points:p:consumer:c:live": -1_000,
    }
    told = records.existing(book.books, NOTICE, "c", "points-granted", "points-p-s").data
    assert (told["points"], told["last_day"]) == (1_000, "2028-12-31")
    book.do(Redeem("p", "c", 200), actor=HOLDER)
    assert postings(book) == {
        "points:p:consumer:c:live": 200,
        "points:p:consumer:c:redeemed": -200,
        RIGHT: 18_52,  # 74.07 * 200 / 800 = 18.5175
        REVENUE: -18_52,
        COST: 2_00,  # what a point is worth, out of no provider's fund
        "bank:demand:c": -2_00,
    }
    book.refused("points_short", Redeem("p", "c", 801), HOLDER)
    book.refused("actor_not_permitted", ReviseRight("p", "s", 900), HOLDER)
    rights = book.bank.report("points", "rights").rows
    assert [row[2:7] for row in rights] == [("c", 1_000, 200, 0, 800)]
    assert [str(it) for it in rights[0][7:]] == ["74.07 CNY", "55.55 CNY"]
    assert [row[3] for row in book.bank.report("points", "lots", HOLDER).rows] == ["sale s"]
    assert book.sound()


def test_a_right_is_caught_up_both_ways() -> None:
    book = club()
    sell(book, 200, 100)  # 1,000.00 : 50.00
    left = [book.balance(RIGHT)]
    book.redeem(100)
    left.append(book.balance(RIGHT))
    book.do(ReviseRight("p", "s", 200))
    left.append(book.balance(RIGHT))
    assert left == [47_62, 0, 23_81]
    book.refused("right_refused", ReviseRight("p", "s", 99))
    book.refused("right_refused", ReviseRight("p", "s", 201))
    assert book.sound()


def test_more_are_redeemed_than_were_expected() -> None:
    book = club()
    sell(book, 1_000, 100)
    book.redeem(100)
    assert book.balance(RIGHT) == 0
    book.redeem(900)
    assert book.balance(RIGHT) == 0
    assert book.balance(COST) == 10_00
    assert [row[4:7] for row in book.bank.report("points", "rights").rows] == [(1_000, 0, 1_000)]
    assert book.sound()


def test_what_expires_at_the_end_of_a_month_leaves_no_liability() -> None:
    """The last day belongs to the holder; the close of the day after takes points and liability."""
    book = club(**ROLLING)
    sell(book)
    book.redeem(200)
    book.close_until(date(2024, 6, 30))
    assert book.points() == 800
    open_ = book.balance(RIGHT)
    book.close_until(date(2024, 7, 1))
    assert (book.balance(RIGHT), open_) == (55_55, 55_55)  # the balance sheet of the month's end
    book.close_until(date(2024, 7, 2))
    assert (book.points(), book.balance(RIGHT)) == (0, 0)
    assert book.balance(REVENUE) == 1_000_00
    assert book.balance("bank:breakage-income") == 0
    assert book.sound()


def test_where_nothing_is_ever_redeemed_all_is_revenue_in_the_end() -> None:
    book = club(**ROLLING)
    sell(book, 1_000, 1)
    book.close_until(date(2024, 7, 2))
    assert (book.balance(RIGHT), book.balance(REVENUE), book.balance(COST)) == (0, 1_000_00, 0)
    assert book.sound()


def test_a_frozen_right_waits_and_stops_nobody() -> None:
    book = club("cd", **ROLLING)
    sell(book)
    book.grant(500, card="d")
    book.bank.ledger.change(AccountPath(RIGHT), key="stop", reason="court", status=Status.FROZEN)
    book.close_until(date(2024, 7, 2))
    assert (book.points("c"), book.points("d"), book.balance(RIGHT)) == (1_000, 0, 74_07)
    book.bank.ledger.change(AccountPath(RIGHT), key="go", reason="lifted", status=Status.OPEN)
    book.close_until(date(2024, 7, 3))
    assert (book.points("c"), book.balance(RIGHT)) == (0, 0)
    assert book.sound()


def test_points_of_bank_and_provider_are_one_balance_spent_by_expiry() -> None:
    """A redemption draws on both; a family gives them on, a partner's product is bought with them."""
    book = club("cd", transfers="family", value="4/5")
    for card in "cd":
        book.do(JoinFamily("p", card, "f"))
    book.grant(120)
    sell(book)
    book.redeem(125)  # 120 of the provider's, 5 of the bank's
    assert postings(book)[COST] == 4
    assert postings(book)["points:p:provider:g:fund"] == 96
    book.do(TransferPoints("p", "c", "d", 300), actor=HOLDER)
    assert (book.points("c"), book.points("d")) == (695, 300)
    assert book.balance(RIGHT) == 74_07 - 46
    book.do(OfferProduct("p", "g", "travel", 250, "a week"))
    book.do(BuyProduct("p", "d", "b", "g", "travel", 250), actor=Actor.parse("customer:d"))
    assert (book.balance("points:p:purchase:b:waiting"), postings(book)[COST]) == (2_00, 2_00)
    assert book.balance(RIGHT) == 74_07 - round_half_up(Fraction(74_07 * 255, 800))
    assert book.sound()


def test_what_is_given_up_with_a_card_is_expected_no_more() -> None:
    book = club()
    sell(book)
    book.do(CloseCard("p", "c", forfeit=True), actor=HOLDER)
    assert (book.balance(RIGHT), book.balance(REVENUE)) == (0, 1_000_00)
    assert book.books.record("points.card", "p:c").data["given_up"] == {}  # type: ignore[union-attr]
    assert book.sound()


def test_what_the_buyer_gave_on_is_redeemed_after_he_left_the_bank_and_is_erased() -> None:
    book = club("cd", transfers="family")
    book.do(OpenRegister("register", PartyTerms(retention_years=0)))
    for card in "cd":
        book.do(JoinFamily("p", card, "f"))
    sell(book)
    book.do(TransferPoints("p", "c", "d", 600), actor=HOLDER)
    book.do(CloseCard("p", "c", forfeit=True), actor=HOLDER)
    book.do(CloseAccount("c", into="d"))
    book.do(EraseParty("c"))
    assert book.balance(RIGHT) == 74_07
    book.redeem(600, card="d")
    assert book.balance(RIGHT) == 0
    assert book.sound()


def test_points_of_the_bank_raise_no_limit() -> None:
    book = club()
    sell(book, 50_000, 40_000)
    book.close_until(date(2024, 7, 1))
    book.do(credit.OpenProgramme("p"))
    book.do(credit.OpenLine("p", card="c"))
    assert [str(row[3]) for row in book.bank.report("credit", "lines").rows] == ["2,000.00 CNY"]
    card = book.books.record("points.card", "p:c")
    assert card is not None
    assert (card.data["lifetime"], card.data["granted"]) == (50_000, 50_000)


def test_points_of_the_bank_repay_no_debt_to_a_provider_and_go_with_no_refund() -> None:
    book = club()
    book.order("200.00", "o")
    book.redeem(150)
    sell(book)
    book.refund("o", "200.00")
    assert (book.points(), book.balance("points:p:debt:c:g")) == (1_000, 150)
    sell(book, sale="t")
    assert book.balance("points:p:debt:c:g") == 150
    assert book.sound()


@given(
    st.sampled_from(["1", "4/5", "1/3"]),
    st.lists(st.integers(1, 66), max_size=8),
    st.integers(1, 1_000),
)
def test_slicing_a_redemption_changes_neither_money_nor_revenue(
    value: str, parts: list[int], expected: int
) -> None:
    """Who redeems in slices gets what one who redeems at once does, to the last fen, and so does the bank."""
    sliced, whole = (club(value=value, least_redeemed=1) for _ in range(2))
    for book in (sliced, whole):
        sell(book, 1_000, expected)
    cuts = [0, *(15 * sum(parts[:nth]) for nth in range(1, len(parts) + 1) if sum(parts[:nth]) <= 66)]
    for before, after in pairwise(cuts):
        sliced.redeem(after - before)
    if cuts[-1]:
        whole.redeem(cuts[-1])
    assert sliced.balances() == whole.balances()
    assert sliced.sound()


def test_bent_rights_are_found() -> None:
    book = club()
    sell(book)
    record(book, "points.right", "p:s", redeemed=1)
    assert broken(book) == {"C13", "C14"}
