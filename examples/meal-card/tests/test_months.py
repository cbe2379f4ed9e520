"""Two months of a card, posting for posting, and what the terms change."""

from __future__ import annotations

from datetime import date

import pytest
from canteen import Canteen, cny

from bankcore import Rejection
from bankcore.products.current import CashIn
from meal_card import ChangeTerms, CloseCard, CloseShop, OpenCard, OpenProgramme, RegisterShop, Spend
from meal_card.purchases import CardShort

EMPLOYER, CARD = "bank:demand:acme", "meal-card:lunch:card:c1"
SHOP, TAKINGS = "bank:demand:noodles", "meal-card:lunch:shop:noodles"


def test_a_card_posting_for_posting() -> None:
    book = Canteen()
    book.card()
    book.close_until(date(2024, 5, 2))  # the close of the 1st tops up
    book.spend("25.50")
    book.spend("30.00")
    book.close_until(date(2024, 6, 10))
    book.spend("544.51")  # what is left of May first, then one fen of June
    book.close_until(date(2024, 8, 1))
    assert book.postings() == [
        ("2024-05-01", "meal-card.top-up", {EMPLOYER: 600_00, CARD: -600_00}),
        ("2024-05-02", "meal-card.spend", {CARD: 25_50, TAKINGS: -25_50}),
        ("2024-05-02", "meal-card.spend", {CARD: 30_00, TAKINGS: -30_00}),
        ("2024-05-02", "meal-card.settle", {TAKINGS: 55_50, SHOP: -55_50}),
        ("2024-06-01", "meal-card.top-up", {EMPLOYER: 600_00, CARD: -600_00}),
        ("2024-06-10", "meal-card.spend", {CARD: 544_51, TAKINGS: -544_51}),
        ("2024-06-10", "meal-card.settle", {TAKINGS: 544_51, SHOP: -544_51}),
        ("2024-07-01", "meal-card.top-up", {EMPLOYER: 600_00, CARD: -600_00}),
        ("2024-07-30", "meal-card.expire", {CARD: 599_99, EMPLOYER: -599_99}),
    ]
    report = book.bank.report("meal-card", "cards")
    assert report.rows == (
        ("lunch", "c1", "li", cny("1800.00"), cny("600.01"), cny("599.99"), cny("600.00"), None),
    )
    assert book.notices("li") == ["expired 1", "expires 1", "topped-up 3"]
    assert book.sound()


def test_money_can_be_spent_on_its_last_day_and_not_after_it() -> None:
    book = Canteen(days=0, leftover="forfeited", top_up_day=28)
    book.card()
    book.top_up("10.00")
    book.close_until(date(2024, 5, 31))
    book.spend("100.00")
    book.close_until(date(2024, 6, 1))
    assert book.postings()[-1] == (
        "2024-05-31",
        "meal-card.settle",
        {TAKINGS: 100_00, SHOP: -100_00},
    )
    assert book.balances()["bank:breakage-income"] == 510_00
    with pytest.raises(CardShort, match=r"has 0\.00 CNY to spend today"):
        book.spend("0.01")
    assert book.sound()


def test_shops_are_paid_at_once_where_the_terms_say_so() -> None:
    book = Canteen(settle="at-once")
    book.card()
    book.top_up("40.00")
    book.spend("15.00")
    assert book.postings()[-1] == ("2024-05-01", "meal-card.spend", {CARD: 15_00, SHOP: -15_00})
    book.do(ChangeTerms("lunch", {"settle": "at-close"}))
    book.spend("5.00")
    assert book.balances()[TAKINGS] == 5_00
    book.close_until(date(2024, 5, 2))
    rows = book.bank.report("meal-card", "shops").rows
    assert rows == (("lunch", "noodles", date(2024, 5, 1), cny("20.00"), cny("20.00"), cny("0.00"), None),)
    assert book.sound()


def test_an_employer_who_is_short_keeps_nobody_else_waiting() -> None:
    book = Canteen(cash="900.00")
    book.card()
    book.card("c2", "wu")
    closed = book.bank.close_day(date(2024, 5, 1))
    assert [(it.thing, it.code) for it in closed.deferred] == [("lunch/c2", "balance_floor_breached")]
    book.do(CashIn("acme", cny("300.00")))
    assert not book.bank.close_day(date(2024, 5, 2)).deferred
    assert book.balances()["meal-card:lunch:card:c2"] == 600_00
    book.do(CashIn("acme", cny("5000.00")))
    book.close_until(date(2024, 6, 2))  # June's own day is the 1st again
    assert book.balances()["meal-card:lunch:card:c2"] == 1_200_00


def test_extra_money_counts_for_the_month() -> None:
    book = Canteen(most="700.00", top_up_day=15)
    book.card()
    book.top_up("650.00")
    book.close_until(date(2024, 5, 16))
    assert book.balances()[CARD] == 700_00
    book.card("c2", "wu", "700.00")
    book.top_up("700.00", "c2")
    book.close_until(date(2024, 6, 16))  # nothing is left to top up in May, and June has its own
    assert book.balances()["meal-card:lunch:card:c2"] == 1_400_00
    assert book.sound()


def test_a_card_and_a_shop_that_leave() -> None:
    book = Canteen()
    book.card()
    book.top_up("80.00")
    book.spend("30.00")
    book.do(CloseCard("lunch", "acme", "c1"))
    assert book.postings()[-1] == ("2024-05-01", "meal-card.close-card", {CARD: 50_00, EMPLOYER: -50_00})
    book.close_until(date(2024, 7, 1))  # nothing more is topped up, told or expired
    assert book.notices("li") == ["topped-up 1"]
    book.do(CloseShop("lunch", "noodles"))
    book.do(RegisterShop("lunch", "noodles"))
    assert book.bank.report("meal-card", "shops").rows[0][3:] == (
        cny("30.00"),
        cny("30.00"),
        cny("0.00"),
        None,
    )
    assert book.sound()


def closed_card(book: Canteen) -> None:
    book.do(CloseCard("lunch", "acme", "c1"))


def closed_shop(book: Canteen) -> None:
    book.do(CloseShop("lunch", "noodles"))


def takings(book: Canteen) -> None:
    book.top_up("10.00")
    book.do(Spend("lunch", "li", "c1", "noodles", cny("10.00"), "p1"))


SPEND = Spend("lunch", "li", "c1", "noodles", cny("1.00"), "p1")


@pytest.mark.parametrize(
    ("before", "command", "code"),
    [
        (None, OpenProgramme("supper", "li"), "not_a_firm"),
        (None, OpenProgramme("lunch", "acme"), "already_taken"),
        (None, OpenCard("lunch", "noodles", "c2", "wu", cny("1.00")), "not_the_employer"),
        (None, OpenCard("lunch", "acme", "c2", "wu", cny("1000.01")), "over_month"),
        (None, OpenCard("lunch", "acme", "c1", "wu", cny("1.00")), "already_taken"),
        (None, OpenCard("lunch", "acme", "c2", "no", cny("1.00")), "not_found"),
        (None, SPEND, "card_short"),
        (takings, SPEND, "already_taken"),
        (None, Spend("lunch", "wu", "c1", "noodles", cny("1.00"), "p1"), "not_found"),
        (closed_card, SPEND, "card_closed"),
        (closed_shop, SPEND, "shop_closed"),
        (takings, CloseShop("lunch", "noodles"), "takings_wait"),
        (None, RegisterShop("lunch", "noodles"), "already_taken"),
        (None, RegisterShop("lunch", "li"), "no_current_account"),
    ],
)
def test_refusals(before: object, command: object, code: str) -> None:
    book = Canteen()
    book.card()
    if callable(before):
        before(book)
    head = book.bank.ledger.reader.head()
    with pytest.raises(Rejection) as refused:
        book.do(command)
    assert refused.value.code == code
    assert book.bank.ledger.reader.head() == head
    assert book.sound()
