"""What the operations on points do, beyond the worked examples."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from tests.products.club import FIRST, Club
from tests.products.holders import cny

from bankcore.amounts import Amount
from bankcore.ledger.accounts import AccountPath, Status
from bankcore.products.points import (
    CloseCard,
    JoinFamily,
    RepayDebt,
    SettleFund,
    SignAgreement,
    SubmitOrder,
    TransferPoints,
    remittances_of,
)


def club(*, cards: str = "cd", providers: str = "gh", **terms: Any) -> Club:
    book = Club(cards, providers, **terms)
    book.pay_in(**dict.fromkeys(cards + providers, "1,000.00"))
    return book


def lots(book: Club, card: str = "c") -> list[tuple[str, int]]:
    """Provider and points left of each lot, in the order of spending."""
    rows = book.bank.report("points", "lots").rows
    return [(row[3], row[5]) for row in rows if row[1] == card]


def fund(book: Club, provider: str = "g") -> int:
    return book.balance(f"points:p:provider:{provider}:fund")


def debt(book: Club, card: str, provider: str) -> int:
    return book.balance(f"points:p:debt:{card}:{provider}")


# --- orders and agreements --------------------------------------------------------------------------


def test_an_order_document_is_an_order() -> None:
    book = club()
    document = {"provider": "g", "card": "c", "order": "o1", "amount": "12.34", "goods": ["tea"]}
    book.do(SubmitOrder("p", document))
    assert book.points() == 12
    assert book.sound()


def test_an_order_of_nothing_is_an_order() -> None:
    book = club()
    book.order("0.00", "o1")
    assert [row[1] for row in book.bank.report("points", "orders").rows] == ["o1"]
    assert book.points() == 0


def test_an_order_keeps_the_agreement_it_was_placed_under() -> None:
    book = club()
    book.order("10.00", "o1")
    book.do(SignAgreement("p", "g", terms={"rate": "2"}))
    book.order("10.00", "o2")
    assert book.points() == 10 + 20
    book.refund("o1", "10.00")
    assert book.points() == 20
    assert [row[-1] for row in book.bank.report("points", "orders").rows] == [1, 2]
    assert book.sound()


def test_an_agreement_of_the_future_waits_and_one_of_the_past_ends() -> None:
    book = club()
    june = date(2024, 6, 1)
    book.do(SignAgreement("p", "g", terms={"rate": "2"}, valid_from=june, valid_until=june))
    book.order("10.00")
    assert book.points() == 10
    book.close_until(june)
    book.order("10.00")
    assert book.points() == 30
    book.close_until(june + timedelta(days=1))
    book.order("10.00")
    assert book.points() == 40


def test_caps_bound_what_earns() -> None:
    book = club(agreed={"order_cap": "50.00", "day_cap": "80.00"})
    book.order("60.00", "o1")
    assert book.points() == 50
    book.order("60.00", "o2")
    assert book.points() == 80
    book.refund("o1", "10.00")  # the capped part goes first
    assert book.points() == 80
    book.refund("o1", "20.00")
    assert book.points() == 60
    book.close_until(date(2024, 5, 2))
    book.order("1.00")
    assert book.points() == 61
    assert book.sound()


def test_what_a_full_refund_leaves_is_nothing() -> None:
    """C7, with the points at hand and with the points spent."""
    book = club(value="4/5")
    book.order("33.33", "o0")
    before = book.balances()
    book.order("777.77", "o1")
    for part in ("0.01", "700.00", "77.76"):
        book.refund("o1", part)
    assert book.balances() == before
    book.order("777.77", "o2")
    book.redeem(810)
    book.refund("o2", "777.77")
    assert debt(book, "c", "g") == 777
    book.order("777.77", "o3")
    book.order("0.67", "o4")
    assert (debt(book, "c", "g"), book.points()) == (0, 1)
    assert book.sound()


def test_a_refund_takes_the_orders_own_lot_first() -> None:
    book = club(least_redeemed=1)
    for order in ("o1", "o2", "o3"):
        book.order("10.00", order)
    book.order("10.00", "h1", provider="h")
    book.refund("o2", "8.00")
    assert lots(book) == [("g", 10), ("g", 2), ("g", 10), ("h", 10)]
    book.redeem(11)
    book.refund("o1", "10.00")  # its own lot is spent: the others of the provider, by expiry
    assert lots(book) == [("g", 1), ("h", 10)]
    assert book.sound()


# --- money behind points ----------------------------------------------------------------------------


def test_redemption_draws_the_fund_of_each_provider() -> None:
    book = club(value="1/2", least_redeemed=1)
    book.order("3.00", provider="g")
    book.order("3.00", provider="h")
    assert (fund(book, "g"), fund(book, "h")) == (2, 2)  # 1.5 each, rounded
    before = book.balance("bank:demand:c")
    book.redeem(4)
    assert book.balance("bank:demand:c") == before + 2
    assert (fund(book, "g"), fund(book, "h"), lots(book)) == (0, 1, [("h", 2)])
    assert book.balance("bank:rounding") == 1
    book.redeem(2)
    assert (fund(book, "h"), book.balance("bank:rounding")) == (0, 1)
    assert book.sound()


def test_what_funds_lack_by_rounding_the_bank_pays() -> None:
    book = club(providers="ghijk", value="2/5", least_redeemed=1)
    for provider in "ghijk":
        book.order("1.00", provider=provider)
        assert fund(book, provider) == 0  # 0.4, rounded
    buyer = book.balance("bank:demand:c")
    book.redeem(5)
    assert book.balance("bank:demand:c") == buyer + 2
    assert book.balance("bank:rounding") == -2
    assert book.sound()


def test_a_postpaid_fund_is_advanced_until_the_provider_settles() -> None:
    book = club(funding="postpaid", funding_cap="5.00")
    seller = book.balance("bank:demand:g")
    book.order("400.00", "o1")
    assert (fund(book), book.balance("points:p:provider:g:advance")) == (4_00, 4_00)
    assert book.balance("bank:demand:g") == seller + 400_00
    book.do(SettleFund("p", "g", cny("3.00")))
    book.refund("o1", "200.00")  # the advance first, then the provider
    assert (fund(book), book.balance("points:p:provider:g:advance")) == (2_00, 0)
    assert book.balance("bank:demand:g") == seller + 200_00 - 3_00 + 1_00
    assert book.sound()


def test_a_debt_is_bought_back_with_money() -> None:
    book = club()
    book.order("200.00", "o1")
    book.redeem(200)
    book.refund("o1", "200.00")
    buyer, seller = book.balance("bank:demand:c"), book.balance("bank:demand:g")
    book.do(RepayDebt("p", "c", "g", 150))
    assert debt(book, "c", "g") == 50
    assert book.balance("bank:demand:c") == buyer - 1_50
    assert book.balance("bank:demand:g") == seller + 1_50
    assert book.sound()
    book.do(RepayDebt("p", "c", "g", 50))
    book.do(CloseCard("p", "c"))
    assert book.sound()


# --- expiry -----------------------------------------------------------------------------------------

MONTH = {"expiry": "rolling", "expiry_months": 1}


def test_expiry_takes_exactly_what_is_left() -> None:
    """C6: spent points are not taken twice; breakage is divided by share."""
    book = club(**MONTH, breakage="1/3")
    book.order("200.00")
    book.order("100.00", provider="h")
    book.redeem(150)
    book.close_until(date(2024, 5, 20))
    book.order("10.00", card="d")
    book.close_until(date(2024, 6, 30))
    assert book.points() == 150
    seller = book.balance("bank:demand:g")
    book.close_until(date(2024, 7, 2))
    assert (book.points(), book.points("d"), fund(book)) == (0, 0, 0)
    assert book.balance("points:p:consumer:c:expired") == 150
    assert book.balance("bank:demand:g") == seller + 20  # of 50 + 10
    assert book.balance("bank:breakage-income") == 40 + 67
    assert book.sound()


def test_points_worth_nothing_together_expire_without_money() -> None:
    book = club(**MONTH, value="1/3")
    book.order("1.00")
    assert fund(book) == 0
    book.close_until(date(2024, 7, 2))
    assert book.points() == 0
    assert book.sound()


def test_points_that_never_expire_and_the_end_of_calendars() -> None:
    book = club(expiry="never")
    book.order("10.00")
    assert book.bank.report("points", "next-expiry").rows[0][3] == date.max
    later = Club(opened_on=date(9998, 12, 31))
    later.pay_in(c="10.00")
    later.order("10.00")
    assert later.bank.report("points", "next-expiry").rows[0][3] == date.max
    assert book.sound()


def test_a_frozen_card_expires_when_it_is_free_again() -> None:
    book = club(**MONTH)
    book.order("10.00")
    book.order("10.00", card="d")
    path = AccountPath("points:p:consumer:c:live")
    book.bank.ledger.change(path, key="freeze", reason="court", status=Status.FROZEN)
    book.close_until(date(2024, 7, 3))
    assert (book.points(), book.points("d")) == (10, 0)
    book.bank.ledger.change(path, key="thaw", reason="court", status=Status.OPEN)
    book.close_until(date(2024, 7, 4))
    assert book.points() == 0
    assert book.sound()


def test_pending_points_are_promised_and_then_spendable() -> None:
    book = club(pending_days=7)
    book.order("200.00", "o1")
    assert book.points() == 200
    book.refund("o1", "100.00")
    book.close_until(FIRST + timedelta(days=7))
    book.redeem(100)
    assert book.sound()


# --- cards ------------------------------------------------------------------------------------------


def family(**terms: Any) -> Club:
    book = club(transfers="family", least_redeemed=1, **terms)
    for card in "cd":
        book.do(JoinFamily("p", card, "f"))
    return book


def test_a_gift_keeps_expiry_and_provider() -> None:
    book = family()
    book.order("10.00", provider="g")
    book.order("10.00", provider="h")
    book.do(TransferPoints("p", "c", "d", 15))
    assert (lots(book), lots(book, "d")) == ([("h", 5)], [("g", 10), ("h", 5)])
    assert (fund(book, "g"), fund(book, "h")) == (10, 10)
    book.close_until(date(2024, 5, 2))
    book.do(TransferPoints("p", "c", "d", 5))
    assert book.sound()


def test_a_gift_repays_the_takers_debt_to_that_provider() -> None:
    """C10."""
    book = family()
    book.order("10.00", "o1", card="d")
    book.redeem(10, "d")
    book.refund("o1", "10.00")
    book.order("30.00")
    seller = book.balance("bank:demand:g")
    book.do(TransferPoints("p", "c", "d", 25))
    assert (debt(book, "d", "g"), book.points("d"), fund(book)) == (0, 15, 20)
    assert book.balance("bank:demand:g") == seller + 10
    assert book.sound()


def test_a_gift_may_repay_a_debt_exactly() -> None:
    book = family()
    book.order("10.00", "o1", card="d")
    book.redeem(10, "d")
    for part in ("4.00", "6.00"):
        book.refund("o1", part)
    book.order("10.00")
    book.do(TransferPoints("p", "c", "d", 10))
    assert (debt(book, "d", "g"), book.points("c"), book.points("d"), fund(book)) == (0, 0, 0, 0)
    assert book.sound()


def test_merging_may_settle_a_debt_exactly() -> None:
    book = club(least_redeemed=1)
    book.join("e", document="id-card")
    book.pay_in(e="100.00")
    book.order("10.00", "o1")
    book.redeem(10)
    book.refund("o1", "10.00")
    book.order("12.00", card="e")
    book.merge("c", "e")
    assert (lots(book, "e"), fund(book)) == ([("g", 2)], 2)
    assert book.sound()


def test_merged_cards_are_one_balance() -> None:
    book = club(least_redeemed=1)
    book.join("e", document="id-card")
    book.pay_in(e="100.00")
    book.order("10.00", "o1", provider="g")
    book.order("10.00", "o2", provider="h")
    book.redeem(10)
    book.refund("o1", "4.00")  # a debt to g
    book.merge("c", "e")
    assert (book.points("e"), debt(book, "e", "g")) == (10, 4)
    book.order("2.00", card="e")
    assert debt(book, "e", "g") == 2
    book.refund("o2", "10.00", "h")  # an order of the old card
    assert book.points("e") == 0
    assert book.sound()


def test_merging_nets_a_debt_with_the_other_cards_points() -> None:
    book = club(**MONTH, least_redeemed=1)
    book.join("e", document="id-card")
    book.pay_in(e="100.00")
    book.order("10.00", "o1")
    book.redeem(10)
    book.refund("o1", "10.00")
    book.order("6.00", card="e")
    book.order("6.00", card="e", provider="h")
    book.merge("c", "e")
    assert (debt(book, "e", "g"), book.points("e")) == (4, 6)
    assert book.sound()
    book.join("f", document="residence-permit")
    book.pay_in(f="100.00")
    book.order("10.00", card="f")
    book.merge("f", "e")
    assert (debt(book, "e", "g"), lots(book, "e")) == (0, [("h", 6), ("g", 6)])
    assert book.sound()


def test_expired_points_repay_nothing_when_cards_merge() -> None:
    book = club(**MONTH, least_redeemed=1)
    book.join("e", document="id-card")
    book.pay_in(e="100.00")
    book.order("10.00")
    book.order("5.00", "o2", card="e")
    book.redeem(5, "e")
    book.close_until(date(2024, 7, 1))
    book.refund("o2", "5.00")
    book.merge("c", "e")
    assert (debt(book, "e", "g"), book.points("e")) == (5, 10)
    book.close_until(date(2024, 7, 2))
    assert (debt(book, "e", "g"), book.points("e")) == (5, 0)
    assert book.sound()


def test_closing_gives_points_up() -> None:
    book = club()
    book.order("10.00")
    seller = book.balance("bank:demand:g")
    book.do(CloseCard("p", "c", forfeit=True))
    assert book.balance("points:p:consumer:c:expired") == 10
    assert book.balance("bank:demand:g") == seller + 10
    account = book.books.account(AccountPath("points:p:consumer:c:live"))
    assert account is not None
    assert account.status is Status.CLOSED
    assert book.sound()


# --- reports ----------------------------------------------------------------------------------------


def test_both_sides_find_their_remittances() -> None:
    book = club()
    book.order("10.00", "o1", card="c", provider="g")
    book.order("20.00", "o2", card="c", provider="h")
    book.order("30.00", "o3", card="d", provider="g")
    book.refund("o1", "4.00")

    def asked(**side: str) -> list[tuple[str, str, str, int]]:
        found = remittances_of(book.books, "p", **side)
        return [(it.provider, it.card, it.order, it.points) for it in found]

    assert asked(card="c") == [("g", "c", "o1", 10), ("g", "c", "o1", -4), ("h", "c", "o2", 20)]
    assert asked(provider="g") == [("g", "c", "o1", 10), ("g", "c", "o1", -4), ("g", "d", "o3", 30)]
    assert asked(card="d", provider="g") == [("g", "d", "o3", 30)]
    assert len(book.bank.report("points", "remittances").rows) == 4


def test_reports_say_what_the_book_says() -> None:
    book = club(**MONTH, least_redeemed=1, breakage="0")
    book.order("20.00", "o1")
    book.order("5.00", card="d", provider="h")
    book.redeem(15)
    book.refund("o1", "20.00")
    report = book.bank.report
    assert [row[1:6] for row in report("points", "providers").rows] == [
        ("g", 20, 20, 0, 0),
        ("h", 5, 0, 5, 0),
    ]
    assert [row[3:] for row in report("points", "cards").rows] == [
        (cny("0.00"), 15, 0, 15, 0),
        (cny("0.05"), 0, 0, 0, 5),
    ]
    assert report("points", "debts").rows == (("p", "c", "g", 15, cny("0.15")),)
    assert report("points", "next-expiry").rows == (("p", "d", 5, date(2024, 6, 30), 5),)
    assert report("points", "expiring").rows == ()
    book.close_until(date(2024, 5, 31))
    assert len(report("points", "expiring").rows) == 1
    book.close_until(date(2024, 7, 2))
    assert report("points", "breakage").rows == ((Amount(5, cny("1").unit),),)
    assert [row[1] for row in report("points", "top-earners").rows] == ["d", "c"]
