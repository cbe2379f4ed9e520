"""Credit that is not paid in time: collected, reminded of, given up by two people, and recovered."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.products.club import Club
from tests.products.holders import cny
from tests.products.people import HAN, LI

from bankcore.amounts import Amount
from bankcore.errors import BadDate
from bankcore.product.actor import Actor, Role
from bankcore.products.credit import (
    ApproveLine,
    Draw,
    OpenLine,
    OpenProgramme,
    ProposeLimit,
    ProposeLineRecovery,
    ProposeLineWriteOff,
    RejectLine,
    Repay,
    SetLimit,
)
from bankcore.products.current import CloseAccount, ReportLost
from bankcore.products.points import CloseCard, RegisterConsumer
from bankcore.products.points import OpenProgramme as OpenPoints

FIRST, DUE = date(2024, 1, 31), date(2024, 2, 20)
CUSTOMER = Actor(Role.CUSTOMER, "c")


def drawn(amount: str = "1,000.00", **terms: Any) -> Club:
    """Card c has drawn, and the money is at a shop."""
    book = Club(opened_on=FIRST)
    book.pay_in(g="1.00")
    book.do(OpenProgramme("p", terms))
    book.do(OpenLine("p", card="c"))
    book.do(Draw("p", cny(amount), card="c"))
    book.order(amount)
    return book


def of(book: Club, name: str) -> int:
    return book.balance(f"credit:p:consumer:c:{name}")


def reminders(book: Club) -> list[tuple[str, str]]:
    return [(it.data["on"], it.data["owed"]) for it in book.books.versions("notice", "c:overdue:credit-p")]


# --- direct debit -------------------------------------------------------------------------------------


def test_what_is_due_is_collected_at_the_close_of_the_due_date() -> None:
    book = drawn()
    book.pay_in(c="1,500.00")
    book.close_until(DUE)
    assert of(book, "loan") == 1_000_00
    book.close_until(DUE + timedelta(days=1))
    assert (of(book, "loan"), of(book, "interest")) == (0, 0)
    assert book.balance("bank:demand:c") == 1_500_00 - 1_000_00 - book.balance("bank:interest-income")
    assert book.balance("bank:penalty-income") == 0
    assert reminders(book) == []
    assert book.sound()


def test_what_the_account_lacks_is_collected_when_it_is_there() -> None:
    book = drawn()
    book.pay_in(c="300.00")
    book.close_until(DUE + timedelta(days=1))
    assert (book.balance("bank:demand:c"), of(book, "loan")) == (
        0,
        700_00 + book.balance("bank:interest-income"),
    )
    book.pay_in(c="50.00")
    book.close_until(DUE + timedelta(days=2))
    assert book.balance("bank:demand:c") == 0
    book.pay_in(c="1,000.00")
    book.close_until(DUE + timedelta(days=3))
    assert (of(book, "loan"), book.balance("bank:penalty-income")) == (0, 0)
    assert book.bank.report("credit", "overdue").rows == ()
    assert book.sound()


def test_an_account_that_pays_nothing_stops_nobody() -> None:
    book = drawn()
    book.pay_in(c="2,000.00")
    book.do(ReportLost("c"))
    book.close_until(DUE + timedelta(days=2))
    assert (book.balance("bank:demand:c"), of(book, "loan")) == (2_000_00, 1_000_00)
    assert book.sound()


def test_nothing_is_collected_where_the_terms_say_so() -> None:
    book = drawn(automatic=False)
    book.pay_in(c="2,000.00")
    book.close_until(DUE + timedelta(days=2))
    assert of(book, "loan") == 1_000_00
    assert len(reminders(book)) == 1


def test_nothing_is_due_on_the_last_day_there_is() -> None:
    book = Club(opened_on=date(9999, 12, 31))
    book.do(OpenProgramme("p"))
    with pytest.raises(BadDate, match="overdue"):
        book.bank.close_day(date(9999, 12, 31))


@settings(max_examples=30)
@given(
    paid=st.lists(st.tuples(st.integers(0, 12), st.integers(1, 30_000)), max_size=4), grace=st.integers(0, 10)
)
def test_small_repayments_within_the_grace_save_no_overdue_interest(
    paid: list[tuple[int, int]], grace: int
) -> None:
    """Slicing: what is left when the grace is over costs the overdue rate from the due date on."""
    book = drawn(automatic=False, grace_days=grace, posting="due")
    book.pay_in(c="5,000.00")
    rest, token = sorted(paid), 0
    for day, amount in rest:
        book.close_until(DUE + timedelta(days=day))
        owed = book.bank.report("credit", "overdue").rows
        if owed:
            left = owed[0][5].quantity
            book.do(Repay("p", Amount(min(amount, left - 1), cny("1").unit), card="c"))
            token += min(amount, left - 1)
    book.close_until(DUE + timedelta(days=14))
    quiet = drawn(automatic=False, grace_days=grace, posting="due")
    quiet.close_until(DUE + timedelta(days=14))
    left = book.bank.report("credit", "overdue").rows[0][5].quantity
    whole = quiet.bank.report("credit", "overdue").rows[0][5].quantity
    # what is paid saves at most its own overdue interest
    saved = sum(amount * 1095 * 14 for _, amount in rest) // (360 * 10_000)
    assert left + token >= whole - saved - 2
    assert book.sound()


def test_a_token_repayment_within_the_grace_saves_nothing() -> None:
    """A fen repaid on the last day of grace once made three days cheap."""
    books = [drawn(automatic=False) for _ in range(2)]
    for nth, book in enumerate(books):
        book.pay_in(c="10.00")
        book.close_until(DUE + timedelta(days=3))
        if nth:
            book.do(Repay("p", cny("0.01"), card="c"))
        book.close_until(DUE + timedelta(days=10))
    one, other = (it.balance("bank:interest-income") + it.balance("bank:penalty-income") for it in books)
    assert abs(one - other) <= 1


# --- reminders ----------------------------------------------------------------------------------------


def test_whoever_does_not_pay_is_reminded_and_again_every_so_many_days() -> None:
    book = drawn(reminder_days=10)
    book.close_until(DUE + timedelta(days=25))
    assert [day for day, _ in reminders(book)] == ["2024-02-20", "2024-03-01", "2024-03-11"]
    assert reminders(book)[0][1] == "1,004.06 CNY"
    report = book.bank.report("credit", "overdue")
    ((*_, days, sent),) = report.rows
    assert (days, sent) == (25, 3)
    owed = report.rows[0][report.columns.index("owed")].quantity
    book.pay_in(c="2,000.00")
    book.do(Repay("p", Amount(owed, cny("1").unit), card="c"), actor=CUSTOMER)
    book.close_until(DUE + timedelta(days=60))
    assert len(reminders(book)) == 3
    book.do(Draw("p", cny("1.00"), card="c"))
    assert book.bank.report("credit", "overdue").rows == ()


def test_near_the_last_day_there_is_nobody_is_reminded_again() -> None:
    book = Club(opened_on=date(9999, 11, 30))
    book.do(OpenProgramme("p"))
    book.do(OpenLine("p", card="c"))
    book.do(Draw("p", cny("10.00"), card="c"))
    book.pay_in(g="1.00")
    book.order("10.00")
    book.close_until(date(9999, 12, 22))
    assert [day for day, _ in reminders(book)] == ["9999-12-20"]


# --- losses -------------------------------------------------------------------------------------------


def lost() -> tuple[Club, Amount]:
    """A line that is ninety days overdue, and what is owed on it."""
    book = drawn()
    book.close_until(DUE + timedelta(days=90))
    report = book.bank.report("credit", "overdue")
    return book, report.rows[0][report.columns.index("owed")]


def written_off() -> tuple[Club, Amount]:
    book, owed = lost()
    book.do(ProposeLineWriteOff("p", "gone", card="c"), actor=LI)
    book.do(ApproveLine("p", "write-off", 1, owed, card="c"), actor=HAN)
    return book, owed


def test_a_line_is_written_off_by_two_who_saw_what_is_lost() -> None:
    book, owed = lost()
    proposal = ProposeLineWriteOff("p", "gone", card="c")
    book.refused("actor_not_permitted", proposal, CUSTOMER)
    book.refused("nothing_proposed", ApproveLine("p", "write-off", 1, owed, card="c"), HAN)
    book.do(proposal, actor=LI)
    assert [row[:3] for row in book.bank.report("credit", "proposals").rows] == [
        ("write-off", "p:consumer:c", 1)
    ]
    book.refused("same_person", ApproveLine("p", "write-off", 1, owed, card="c"), LI)
    book.refused("terms_moved", ApproveLine("p", "write-off", 1, cny("1,000.00"), card="c"), HAN)
    book.pay_in(c="10.00")
    book.do(Repay("p", cny("10.00"), card="c"))
    left = Amount(owed.quantity - 10_00, owed.unit)
    book.refused("stale_proposal", ApproveLine("p", "write-off", 1, left, card="c"), HAN)
    book.do(proposal, actor=LI)
    book.do(RejectLine("p", "write-off", 2, card="c"), actor=HAN)
    book.do(proposal, actor=LI)
    book.do(ApproveLine("p", "write-off", 4, left, card="c"), actor=HAN)
    assert book.balance("bank:loan-loss") == left.quantity
    assert [of(book, it) for it in ("loan", "interest", "undrawn", "undrawn-contra")] == [0, 0, 0, 0]
    assert book.bank.report("credit", "overdue").rows == ()
    ((*_, gone, back, rest),) = book.bank.report("credit", "losses").rows
    assert (gone, back.quantity, rest) == (left, 0, left)
    assert book.sound()


def test_a_line_is_given_up_only_after_ninety_days() -> None:
    book = drawn()
    book.close_until(DUE + timedelta(days=89))
    told = book.refused("not_long_overdue", ProposeLineWriteOff("p", "gone", card="c"), LI)
    assert (told["days"], told["least"]) == (89, 90)


def test_who_still_owes_what_was_given_up_is_lent_nothing_and_stays() -> None:
    book, _ = written_off()
    book.do(OpenPoints("q"))
    book.do(OpenProgramme("q"))
    book.do(RegisterConsumer("q", "c"))
    book.refused("line_open", OpenLine("q", card="c"))
    book.refused("line_written_off", SetLimit("p", cny("1.00"), card="c"), LI)
    book.refused("line_written_off", ProposeLimit("p", cny("1.00"), card="c"), LI)
    book.refused("limit_exceeded", Draw("p", cny("0.01"), card="c"))
    book.refused("credit_line_open", CloseCard("p", "c", forfeit=True), CUSTOMER)
    assert "credit p/consumer/c" in book.refused("contracts_open", CloseAccount("c"))["contracts"]
    book.close_until(DUE + timedelta(days=130))
    assert len(reminders(book)) == 3
    assert book.sound()


def test_what_comes_back_makes_the_loss_smaller() -> None:
    book, owed = written_off()
    book.pay_in(c="2,000.00")
    more = Amount(owed.quantity + 1, owed.unit)
    book.refused("loss_exceeds", ProposeLineRecovery("p", more, card="c"), LI)
    book.do(ProposeLineRecovery("p", cny("100.00"), card="c"), actor=LI)
    book.refused("terms_moved", ApproveLine("p", "recovery", 1, cny("99.00"), card="c"), HAN)
    book.do(RejectLine("p", "recovery", 1, card="c"), actor=HAN)
    for nth, amount in ((3, cny("100.00")), (5, Amount(owed.quantity - 100_00, owed.unit))):
        book.do(ProposeLineRecovery("p", amount, card="c"), actor=LI)
        book.do(ApproveLine("p", "recovery", nth, amount, card="c"), actor=HAN)
    assert book.balance("bank:loan-loss") == 0
    assert book.bank.report("credit", "losses").rows[0][-1].quantity == 0
    book.do(SetLimit("p", cny("500.00"), card="c"), actor=LI)
    book.do(Draw("p", cny("500.00"), card="c"))
    assert book.sound()


def test_everybody_sees_his_own_losses() -> None:
    book, _ = written_off()
    book.do(OpenLine("p", provider="g"))
    assert len(book.bank.report("credit", "losses").rows) == 1
    assert len(book.bank.report("credit", "losses", actor=CUSTOMER).rows) == 1
    assert book.bank.report("credit", "losses", actor=Actor(Role.CUSTOMER, "d")).rows == ()
