"""An officer carries out what a court froze: up to that amount, in its turn, and to whom the court says."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from tests.products.counter import Counter
from tests.products.holders import cny

from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.transactions import Transaction
from bankcore.product.actor import Actor
from bankcore.product.notices import NOTICE
from bankcore.products.current import (
    CashOut,
    CloseAccount,
    CourtFreeze,
    ExecuteCourtOrder,
    LiftCourtFreeze,
    ReportLost,
    Transfer,
)
from bankcore.products.current.courts import CourtOrder

FIRST = date(2024, 1, 1)


@pytest.fixture
def book() -> Counter:
    it = Counter()
    it.pay_in("li", "1,000.00")
    return it


def carry_out(amount: str = "", order: str = "c1", receiver: str = "wang") -> ExecuteCourtOrder:
    money = cny(amount) if amount else None
    return ExecuteCourtOrder("li", order, receiver, "judgment 17 of 2024", money)


def order(book: Counter, number: str = "c1") -> CourtOrder:
    return CourtOrder.existing(book.bank.ledger.books, "li", number)


def sound(book: Counter) -> None:
    assert not list(book.bank.broken_invariants())
    verify(book.bank.ledger.reader, book.bank.ledger.book).require()
    assert book.balance("bank:court") == 0


def test_a_part_is_paid_up_to_what_is_frozen(book: Counter) -> None:
    book.do(CourtFreeze("li", "c1", cny("300.00")))
    book.refused("beyond_order", carry_out("300.01"))
    book.refused("actor_not_permitted", carry_out("100.00"), "customer:wang")
    book.refused("bad_command", carry_out("100.00", receiver="li"))
    book.refused("not_found", carry_out("100.00", receiver="court"))
    book.refused("not_found", carry_out("100.00", "c2"))
    book.do(carry_out("100.00"), "officer:han")
    assert (book.demand(), book.demand("wang"), order(book).left) == (900_00, 100_00, 200_00)
    book.refused("balance_floor_breached", Transfer("li", "wang", cny("700.01")))
    book.do(Transfer("li", "wang", cny("700.00")))
    book.refused("beyond_order", carry_out("200.01"))
    book.do(carry_out())
    assert (book.demand(), order(book).paid, order(book).lifted_on) == (0, 300_00, FIRST)
    book.refused("not_found", carry_out("0.01"))
    book.refused("not_found", LiftCourtFreeze("li", "c1"))
    rows = book.bank.report("current", "court-payments").rows
    assert [(row[:4], str(row[4]), row[5]) for row in rows] == [
        (("li", "c1", FIRST, "wang"), "100.00 CNY", "judgment 17 of 2024"),
        (("li", "c1", FIRST, "wang"), "200.00 CNY", "judgment 17 of 2024"),
    ]
    assert not book.bank.report("current", "court-payments", Actor.parse("customer:wang")).rows
    told = {it.id for it in book.bank.ledger.books.records(NOTICE)}
    assert {"li:court-payment:c1", "wang:court-payment:c1"} <= told
    book.do(CloseAccount("li", "wang"))
    sound(book)


def test_what_is_left_of_a_part_is_lifted_or_ends_by_itself(book: Counter) -> None:
    until = date(2024, 1, 3)
    book.do(CourtFreeze("li", "c1", cny("300.00"), until))
    book.do(CourtFreeze("li", "c2", cny("300.00")))
    for number in ("c1", "c2"):
        book.do(carry_out("100.00", number))
    book.do(LiftCourtFreeze("li", "c2"))
    book.refused("balance_floor_breached", Transfer("li", "wang", cny("600.01")))
    book.close_until(until + timedelta(days=1))
    book.do(Transfer("li", "wang", cny("800.00")))
    sound(book)


def test_of_orders_against_a_whole_account_the_first_has_its_turn(book: Counter) -> None:
    book.do(CourtFreeze("li", "part", cny("250.00")))
    book.do(CourtFreeze("li", "c1"))
    book.do(CourtFreeze("li", "c2"))
    book.refused("earlier_order", carry_out("1.00", "c2"))
    book.refused("beyond_order", carry_out("750.01"))
    book.do(carry_out("200.00"))
    book.refused("account_frozen", Transfer("li", "wang", cny("0.01")))
    assert book.account().frozen == ("c1", "c2")
    book.do(LiftCourtFreeze("li", "c1"))
    book.do(carry_out(order="c2"))
    assert (book.demand(), order(book, "c2").paid) == (250_00, 550_00)
    book.refused("beyond_order", carry_out(order="c2"))
    book.do(carry_out(order="part"))
    assert book.demand() == 0
    book.refused("account_frozen", Transfer("li", "wang", cny("0.01")))
    sound(book)


def test_an_account_that_takes_no_debits_pays_a_court_and_stays_as_it_is(book: Counter) -> None:
    book.do(CourtFreeze("li", "c1", cny("300.00")))
    book.do(ReportLost("li"))
    book.do(carry_out("100.00"))
    book.refused("account_lost", Transfer("li", "wang", cny("0.01")))
    assert book.account().status == "lost"
    assert book.demand() == 900_00
    sound(book)


def test_what_the_bank_itself_has_frozen_the_ledger_does_not_pay(book: Counter) -> None:
    book.do(CourtFreeze("li", "c1", cny("300.00")))
    book.freeze("bank:demand:li")
    book.refused("account_frozen", carry_out("100.00"))


def test_a_forged_order_is_told(book: Counter) -> None:
    book.do(CourtFreeze("li", "c1", cny("300.00")))
    broken = order(book).record().next(paid=400_00)
    stored = book.bank.ledger.books.record(CourtOrder.KIND, "li:c1")
    assert stored is not None
    records = (stored.next(**broken.data),)
    book.bank.ledger.post(Transaction(kind="x", effective_on=FIRST, records=records, key="broken"))
    assert [it.invariant for it in book.bank.broken_invariants()] == ["Q5"]


@pytest.mark.parametrize("state", ["lost", "frozen"])
def test_a_part_is_secured_also_where_the_account_takes_no_debits(book: Counter, state: str) -> None:
    book.do(ReportLost("li") if state == "lost" else CourtFreeze("li", "c0"))
    book.do(CourtFreeze("li", "c1", cny("300.00")))
    assert book.account().status == state
    book.refused("balance_floor_breached", CourtFreeze("li", "c2", cny("700.01")))
    book.do(carry_out("100.00"))
    assert (book.account().status, order(book).left, book.demand("wang")) == (state, 200_00, 100_00)
    book.do(LiftCourtFreeze("li", "c1"))
    book.refused("account_lost" if state == "lost" else "account_frozen", CashOut("li", cny("1.00")))
    sound(book)
