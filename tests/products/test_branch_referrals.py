"""Referral fees are for principal that stays lent; nobody gains by how a loan comes back."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.products.holders import CNY, cny
from tests.products.network import Network

from bankcore.amounts import Amount
from bankcore.product.parties import open_contracts
from bankcore.products.branch import ClawBackReferral
from bankcore.products.loan import Approve, Prepay, ProposeWriteOff


def test_a_loan_prepaid_but_for_one_yuan_earns_almost_no_fee() -> None:
    book = Network()
    book.lend("60,000.00")
    book.pay_in("1,000.00")
    book.refer()
    book.close()
    book.do(Prepay("x", "l", "b", cny("59,999.00")))
    book.close_days(40)
    assert book.balance("bank:demand:a") == 3_00  # of 270.00
    book.close_days(60)
    assert book.balance("bank:referral-expense") == 3_00
    assert book.sound()


def test_instalments_take_nothing_back() -> None:
    book = Network()
    book.lend("60,000.00", months=1)
    book.pay_in("5,000.00")
    book.refer()
    book.close_days(100)
    assert book.balance("bank:referral-expense") == book.balance("bank:demand:a") == 270_00
    book.refused("stayed_lent", ClawBackReferral("n", "r"))
    assert book.sound()


def test_a_loan_written_off_before_its_fee_is_paid_earns_none() -> None:
    book = Network(opened_on=date(2024, 1, 31))
    book.lend("60,000.00", months=1)
    book.people("w")
    book.post({"bank:demand:b": 60_000_00}, {"bank:demand:w": 60_000_00})
    book.refer()
    book.close_days(109)
    book.do(ProposeWriteOff("x", "l", "insolvent"))
    book.do(Approve("x", "l", "write-off", 1), actor="officer:second")
    book.close_days(2)
    assert book.balance("bank:referral-expense") == 0
    assert book.balance("bank:demand:a") == 0
    assert book.sound()


def test_what_a_referrer_owes_is_netted_from_the_next_fee() -> None:
    book = Network()
    book.lend("200,000.00")
    book.refer()
    book.close_days(31)
    fee = book.balance("bank:demand:a")
    book.people("w")
    book.post({"bank:demand:a": 900_00}, {"bank:demand:w": 900_00})
    book.pay_in("2,000.00")
    book.end_loan()
    book.do(ClawBackReferral("n", "r"))
    owed = book.balance("branch:n:party:a:referral-receivable")
    assert (fee, owed) == (900_00, 590_00)
    book.lend("200,000.00", loan="l2", borrower="b2")
    book.refer("r2", "a", "l2")
    book.close_days(31)
    assert book.balance("bank:demand:a") == 310_00
    assert book.balance("branch:n:party:a:referral-receivable") == 0
    assert not [it for it in open_contracts(book.books, "a") if "receivable" in it.id]
    assert book.sound()


@settings(max_examples=15)
@given(
    parts=st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20_000_00)), max_size=4),
    by_hand=st.booleans(),
)
def test_e6_however_a_loan_comes_back_a_referrer_has_what_stayed_lent(
    parts: list[tuple[int, int]], by_hand: bool
) -> None:
    """No order and no slicing of repayments leaves him more than the terms grant, within a fen."""
    book, stays, left = Network(), 0, 60_000_00
    book.lend("60,000.00")
    book.pay_in("5,000.00")
    book.refer()
    day = 0
    for wait, part in parts:
        if wait:
            book.close_days(wait)
        stays, day, part = stays + left * (min(day + wait, 90) - min(day, 90)), day + wait, min(part, left)
        if part:
            book.do(Prepay("x", "l", "b", Amount(part, CNY)))
            left -= part
            if by_hand and day < 90:
                book.do(ClawBackReferral("n", "r"))
    stays += left * (90 - min(day, 90))
    book.close_days(max(92 - day, 1))
    assert abs(book.balance("bank:referral-expense") - Fraction(270_00 * stays, 60_000_00 * 90)) <= 1
    assert book.sound()
