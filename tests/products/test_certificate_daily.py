"""The close of a day: whatever falls due, once, in pages, and what the invariants would find."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from attrs import evolve
from tests.products.circle import Circle

from bankcore.errors import BankcoreError
from bankcore.products.certificate import CERTIFICATE
from bankcore.products.certificate.certificates import payable_between
from bankcore.products.certificate.orders import State

DAY = date(2024, 1, 10)


def broken(book: Circle) -> list[str]:
    return [found.invariant for found in book.bank.broken_invariants()]


# --- the job ------------------------------------------------------------------------------------------


def test_a_second_run_writes_nothing(circle: Any) -> None:
    book = circle(accrue="month-end")
    book.filled("10,000.00")
    assert book.bank.close_day(date(2024, 2, 29)).transactions > 0
    assert book.bank.close_day(date(2024, 2, 29)).transactions == 0


def test_steps_are_taken_again_where_they_stopped(circle: Any) -> None:
    """A run that is killed after any step comes to the book of one that was not."""

    def run(killed_after: int | None) -> tuple[dict[str, int], int]:
        book = circle(accrue="month-end", products={"CD3": [3, "2%"], "CD12": [12, "1.75%"]})
        for order in ("k", "l"):
            book.filled("10,000.00", order=order)
        book.order(order="m", window=21)
        book.confirm("b", "1.00", "m")
        book.close_until(date(2024, 1, 31))
        if killed_after is not None:
            steps = CERTIFICATE.daily(book.books, book.books.today)
            for _ in range(killed_after):
                book.bank._take(book.books.today, "certificate", next(steps))
        book.close()
        return book.balances(), book.bank.ledger.reader.head().number

    whole = run(None)
    assert [run(steps) for steps in range(3)] == [whole] * 3


def test_orders_are_served_in_chunks(circle: Any) -> None:
    book = circle("a")
    for number in range(101):
        book.request(f"o{number:03}", window=3)
    book.close_days(3)
    names = [step.name for step in CERTIFICATE.daily(book.books, book.books.today)]
    assert names == ["cd/due/o000", "cd/due/o100"]
    book.close()
    assert {book.state(f"o{number:03}") for number in range(101)} == {"failed"}


def test_what_is_not_due_is_not_read(circle: Any) -> None:
    book = circle()
    book.order()
    book.filled("10,000.00", order="l")
    assert list(CERTIFICATE.daily(book.books, DAY)) == []


def test_the_last_day_there_is_cannot_be_closed(circle: Any) -> None:
    book = circle(on=date.max)
    with pytest.raises(BankcoreError) as caught:
        CERTIFICATE.daily(book.books, date.max)
    assert caught.value.code == "bad_date"


def test_interest_payable_is_read_between_two_orders(circle: Any) -> None:
    book = circle(accrue="month-end")
    for order in "klm":
        book.filled("10,000.00", order=order)
    book.close_until(date(2024, 2, 1))
    assert payable_between(book.books, "cd", "", "k") == {"k": 14_29}
    assert payable_between(book.books, "cd", "k", "z") == {"l": 14_29, "m": 14_29}


def test_late_closes_give_the_same_entries(circle: Any) -> None:
    books = [circle() for _ in range(2)]
    for book in books:
        book.order(window=5)
        book.confirm("a", "3,333.33")
    for _ in range(20):
        books[0].close()
    books[1].close_days(20)
    assert books[0].balances() == books[1].balances()
    dates = [[entry.transaction.effective_on for entry in book.entries()] for book in books]
    assert dates[0] == dates[1]
    assert dates[0][-1] == DAY + timedelta(days=5)


# --- what commands pay to others ------------------------------------------------------------------------


def with_interest(circle: Any) -> Any:
    """A certificate that opened today, when the account of c, who had waited five days, was frozen."""
    book = circle()
    book.order(target="12,000.00")
    book.confirm("c", "2,000.00")
    book.close_days(5)
    book.freeze_account("c")
    book.confirm("a", "6,000.00")
    book.confirm("b", "4,000.00")
    assert (book.state(), book.balance("certificate:cd:payable:k:c")) == ("active", 10)
    return book


def test_an_account_that_refuses_stops_no_opening_and_is_paid_in_the_evening(circle: Any) -> None:
    book = with_interest(circle)
    book.free_account("c")
    book.close()
    assert (book.demand("c"), book.balance("certificate:cd:payable:k:c")) == (10, 0)
    assert book.bound("c") == {"cd/k"}
    assert book.sound()


def test_who_left_meanwhile_is_paid_all_the_same(circle: Any) -> None:
    book = with_interest(circle)
    book.free_account("c")
    book.exit("c")
    assert book.bound("c") == set()
    book.close()
    assert (book.demand("c"), book.bound("c")) == (2_000_10, set())
    assert book.sound()


def test_a_cancelled_order_pays_everybody_at_once_but_him_whose_account_refuses(circle: Any) -> None:
    book = circle()
    book.order()
    for customer in "abc":
        book.confirm(customer, "1,000.00")
    book.freeze_account("b")
    book.freeze_share("c")
    assert book.bound("a") == {"cd/k", "cd/k/initiator"}
    book.cancel()
    assert (book.demand("a"), book.demand("b"), book.state()) == (1_000_00, 0, "cancelled")
    assert [book.bound(customer) for customer in "abc"] == [set(), {"cd/k"}, {"cd/k"}]
    book.close()
    assert [book.balance(f"bank:suspense:{it}") for it in "bc"] == [1_000_00, 1_000_00]
    assert [book.bound(customer) for customer in "abc"] == [set(), set(), set()]
    book.free_account("b")
    book.close()
    assert (book.demand("b"), book.balance("bank:suspense:c")) == (
        1_000_00,
        1_000_00,
    )  # a court holds the other
    assert book.sound()


def test_what_is_payable_and_not_held_is_found(circle: Any) -> None:
    book = with_interest(circle)
    book.post({"bank:interest-expense": 1}, {"certificate:cd:payable:k:c": 1})
    assert broken(book) == ["B11"]


# --- what the invariants find ---------------------------------------------------------------------------


def test_escrow_of_nobody_is_found(circle: Any) -> None:
    book = circle()
    book.order()
    book.confirm("a", "100.00")
    book.deposit("a", "1.00")
    book.post({"bank:demand:a": 1_00}, {"certificate:cd:escrow:k:a": 1_00})
    assert broken(book) == ["B1"]


def test_a_confirmation_behind_the_end_is_found(circle: Any) -> None:
    book = circle()
    book.order()
    book.confirm("a", "100.00")
    book.post({}, {}, evolve(book.read(), state=State.FAILED).record())
    assert broken(book) == ["B1"]


def test_shares_that_are_not_the_principal_are_found(circle: Any) -> None:
    book = circle()
    book.filled("6,000.00", "4,000.00")
    book.post({"certificate:cd:share:k:a": 1}, {"certificate:cd:share:k:b": 1})
    assert broken(book) == ["B2", "B2"]
    book.post({"certificate:cd:share:k:b": 1}, {"certificate:cd:share:k:a": 1})
    book.post({}, {}, evolve(book.read(), principal=10_000_01).record())
    assert broken(book) == ["B2"]


def test_too_much_interest_is_found(circle: Any) -> None:
    book = circle()
    book.filled("10,000.00")
    book.post({"bank:interest-expense": 245_01}, {"certificate:cd:interest:k": 245_01})
    assert broken(book) == ["B3"]


def test_interest_missing_at_maturity_is_found(circle: Any) -> None:
    book = circle()
    book.filled("10,000.00")
    book.post({}, {}, evolve(book.read(), state=State.MATURED).record())
    assert broken(book) == ["B3"]


@pytest.mark.parametrize("change", [{"opened_with": 9_999_99}, {"value_on": date(2024, 3, 1)}])
def test_a_certificate_that_should_not_have_opened_is_found(circle: Any, change: dict[str, Any]) -> None:
    book = circle()
    book.filled("10,000.00")
    book.post({}, {}, evolve(book.read(), **change).record())
    assert broken(book) == ["B4"]


def test_interest_owed_on_a_paid_certificate_is_found(circle: Any) -> None:
    book = circle()
    book.filled("10,000.00")
    book.close_until(date(2025, 1, 11))
    book.post({"bank:interest-expense": 1}, {"certificate:cd:interest:k": 1})
    assert broken(book) == ["B10"]
