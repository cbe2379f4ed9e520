"""Customers who are about to leave: seen by rules over all of them, told to whoever looks after them."""

from __future__ import annotations

from datetime import date

from tests.products.holders import cny
from tests.products.network import Network
from tests.products.test_branch_rounds import told

from bankcore.products.branch import (
    CallNext,
    ClaimLead,
    FinishTicket,
    InquireClosing,
    OpenCounters,
    ServeTicket,
    TakeTicket,
)
from bankcore.products.current import CashOut


def town(**terms: object) -> Network:
    """Two customers of branch "west", f with a manager, and a party that is no customer here."""
    book = Network(**terms)
    for firm in ("f", "g"):
        book.acquire(firm, branch="west")
        book.customer(firm)
    book.managers("m1")
    book.do(ClaimLead("n", "f", "m1"))
    book.pay_in("1,000.00", "f")
    book.pay_in("1,000.00", "g")
    return book


def visit(book: Network, person: str) -> None:
    book.do(OpenCounters("n", "west", 1))
    book.do(TakeTicket("n", "west", person, "t", "09:00"))
    book.do(CallNext("n", "west", 1, "09:00"))
    book.do(ServeTicket("n", "west", "t", "09:00"))
    book.do(FinishTicket("n", "west", "t", "09:05"))


def test_every_customer_is_watched_and_the_manager_or_the_branch_is_told() -> None:
    book = town()
    book.close_days(2)
    for firm in ("f", "g"):
        book.do(CashOut(firm, cny("600.00")))
    book.close()
    text = "1,000.00 CNY on 2024-05-02, now 400.00 CNY"
    assert book.rows("alerts") == [("2024-05-03", "drop", firm, text, "west") for firm in ("f", "g")]
    assert told(book, "m1", "balance-falling") == ["n:f"]
    assert told(book, "west", "balance-falling") == ["n:g"]
    book.close_days(2)
    assert len(book.rows("alerts")) == 2, "one fall is told once"
    assert book.sound()


def test_who_does_not_come_for_long_is_told_once_until_he_comes_again() -> None:
    book = town(absent_days=5)
    book.close_days(5)
    assert not book.rows("alerts")
    visit(book, "f")
    book.close()
    assert book.alerts("absent") == [("2024-05-06", "absent", "g", "nobody came for 5 days")]
    assert told(book, "west", "customer-absent") == ["n:g"]
    book.close_days(4)
    visit(book, "g")
    book.close()
    assert [row[:3] for row in book.alerts("absent")] == [
        ("2024-05-06", "absent", "g"),
        ("2024-05-11", "absent", "f"),
    ]
    book.close_days(5)
    assert [row[2] for row in book.alerts("absent")] == ["g", "f", "g"]
    assert book.sound()


def test_who_asks_how_to_close_the_account_is_told_at_once() -> None:
    book = town()
    book.people("u")
    book.refused("not_found", InquireClosing("n", "u"), "customer:u")
    book.refused("actor_not_permitted", InquireClosing("n", "f"), "customer:g")
    book.do(InquireClosing("n", "f"), actor="customer:f")
    assert book.alerts("inquiry") == [("2024-05-01", "inquiry", "f", "asks how to close the account")]
    assert told(book, "m1", "closing-inquiry") == ["n:f"]
    book.close_until(date(2024, 6, 1))
    book.do(InquireClosing("n", "f"))
    assert told(book, "west", "closing-inquiry") == ["n:f"], "nobody has claimed it for long"
    assert book.sound()
