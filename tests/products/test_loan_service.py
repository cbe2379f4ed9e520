"""Service of overdue loans: notices to the borrower, and penalty that an officer waives."""

from __future__ import annotations

from datetime import date

from tests.products.holders import cny
from tests.products.lender import Lender

from bankcore.product.actor import Actor
from bankcore.product.notices import NOTICE
from bankcore.products.loan import WaivePenalty


def overdue(**terms: str) -> Lender:
    """A loan of a month, 10 days after its due date: 5.05 of penalty on 1,010.00."""
    book = Lender(rate="12%", **terms)
    book.lend("1,000.00", 1)
    book.spend("1,000.00")
    book.close_until(date(2024, 3, 10))
    return book


def test_a_borrower_is_told_once_that_a_loan_is_overdue() -> None:
    book = overdue()
    notice = book.books.record(NOTICE, "b:overdue:l")
    assert notice is not None
    assert notice.version == 1
    told = {"on": "2024-02-29", "programme": "p", "since": "2024-02-29", "owed": "1,010.00 CNY"}
    assert notice.data == told


def test_a_borrower_who_pays_is_told_nothing() -> None:
    book = Lender(rate="12%")
    book.lend("1,000.00", 1)
    book.pay_in("10.00")
    book.close_until(date(2024, 3, 10))
    assert book.books.record(NOTICE, "b:overdue:l") is None


def test_an_officer_waives_penalty() -> None:
    book = overdue()
    book.do(WaivePenalty("p", "l", cny("2.05"), "a postal strike"))
    assert book.balance("bank:penalty-income") == 3_00
    assert book.of("interest") == 10_00 + 3_00
    refusal = book.refusal(WaivePenalty("p", "l", cny("3.01"), "again"))
    assert (refusal["code"], refusal["owed"], refusal["amount"]) == ("payment_exceeds", 3_00, 3_01)
    borrower = Actor.parse("customer:b")
    book.refused("actor_not_permitted", WaivePenalty("p", "l", cny("1.00"), "me"), borrower)
    assert book.sound()
    book.close_days(10)  # later days count as before
    assert book.balance("bank:penalty-income") == 9_60 - 2_05
    assert book.sound()


def test_a_loan_of_which_only_penalty_was_owed_is_repaid() -> None:
    book = overdue(automatic=False, posting="events")  # type: ignore[arg-type]
    book.pay_in("2,000.00")
    book.repay("5.05")
    book.close()
    book.do(WaivePenalty("p", "l", cny("0.51"), "goodwill"))
    assert book.read().state.value == "lent"
    book.repay("1,010.00")
    assert book.read().state.value == "repaid"
    assert book.sound()
