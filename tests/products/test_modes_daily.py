"""The close of a day: whatever falls due, once, in pages, and what the invariants would find."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from importlib import import_module
from typing import Any

import pytest
from tests.products.firms import Firms
from tests.products.holders import CNY

from bankcore.errors import BadDate
from bankcore.ledger.transactions import Record, Transaction, legs
from bankcore.product import chart
from bankcore.products.deposit_modes import DEPOSIT_MODES
from bankcore.products.deposit_modes.arrivals import arrivals

MODULE = import_module("bankcore.products.deposit_modes.due")


def busy(enterprises: int = 3) -> Firms:
    """Firms with something due at every stage of the close of 2024-06-20."""
    firms = [f"e{number}" for number in range(enterprises)]
    book = Firms([*firms, "b", "s"], opened_on=date(2024, 3, 20))
    for firm in firms:
        book.cash("612,345.67", firm)
        book.take("PROC", firm)
        book.fill("PROC", "1,000.00", firm)
        book.take("SALES", firm, release="on-the-date", release_months=3, share="50%")
        book.cash("100.00", firm)
        book.take("FIN", firm, months=[3], floor="580,000.00", rollover="principal")
    book.close_until(date(2024, 4, 20))
    for firm in firms:
        book.match(f"n-{firm}", "900.00", firm, "s")
        book.fund(f"n-{firm}", firm)
    book.close_until(date(2024, 6, 20))
    return book


def test_a_second_run_writes_nothing() -> None:
    book = busy()
    assert book.bank.close_day(date(2024, 6, 21)).transactions > 0
    assert book.bank.close_day(date(2024, 6, 21)).transactions == 0
    assert book.sound()


def test_steps_are_taken_again_where_they_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that is killed after any step comes to the book of one that was not."""
    monkeypatch.setattr(MODULE, "_PAGE", 2)

    def run(killed_after: int | None) -> tuple[dict[str, int], int]:
        book = busy()
        if killed_after is not None:
            steps = DEPOSIT_MODES.daily(book.books, book.books.today)
            for _ in range(killed_after):
                book.bank._take(book.books.today, "deposit-modes", next(steps))
        book.close_until(date(2024, 6, 22))
        return book.balances(), book.bank.ledger.reader.head().number

    whole = run(None)
    steps = len(list(DEPOSIT_MODES.daily(busy().books, date(2024, 6, 20))))
    assert steps > 8
    assert [run(killed) for killed in range(0, steps, 2)] == [whole] * len(range(0, steps, 2))


def test_pages_of_any_size_come_to_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    balances = []
    for size in (1, 2, 200):
        monkeypatch.setattr(MODULE, "_PAGE", size)
        book = busy()
        book.close_until(date(2024, 9, 25))
        balances.append(book.balances())
    assert balances[0] == balances[1] == balances[2]


def test_a_close_reads_only_what_is_due() -> None:
    book = busy(2)
    book.close_until(date(2024, 7, 10))
    names = [step.name for step in DEPOSIT_MODES.daily(book.books, book.books.today)]
    assert names == ["p/receipts/p.e0", "p/idle/p.e0.FIN", "agreed/e0"]


def test_two_deposits_of_one_mode_mature_on_one_day() -> None:
    book = Firms(modes=["FIN"])
    book.take("FIN", months=[3], sweep="by-hand", floor="0")
    for _ in range(2):
        book.cash("10,000.00")
        book.place()
    book.close_until(date(2024, 8, 2))
    assert book.held("FIN") == 0
    assert book.demand_of("e") == 20_055_00
    assert book.sound()


def test_interest_of_several_modes_is_paid_once() -> None:
    book = busy(1)
    book.close_until(date(2024, 6, 21))
    owed = book.balance("platform:p:interest:e0")
    before = book.demand_of("e0")
    book.close_until(date(2024, 6, 22))
    assert (book.balance("platform:p:interest:e0"), book.demand_of("e0")) == (0, before + owed)


# --- invariants that are broken -----------------------------------------------------------------------


def bent(book: Firms, kind: str, id: str, **changes: Any) -> list[str]:
    record = book.books.record(kind, id)
    assert record is not None
    book.post({}, {}, record.next(**changes))
    return sorted(found.invariant for found in book.bank.broken_invariants())


@pytest.mark.parametrize(
    ("changes", "broken"),
    [
        ({"set_aside": 5_001}, ["D2"]),
        ({"balance": 4_999}, ["D7"]),
        ({"ended_on": "2024-05-01"}, ["D2", "D4", "D7"]),
        ({"claims": ["c9"]}, ["D-claims"]),
    ],
)
def test_a_record_that_says_otherwise(changes: dict[str, Any], broken: list[str]) -> None:
    book = Firms()
    book.take("SALES", share="50%")
    book.receive("100.00")
    assert bent(book, "modes.mode", "p:e:SALES", **changes) == broken


def test_lots_deposits_claims_and_agreements_that_say_otherwise() -> None:
    def make(prepare: Callable[[Firms], Any]) -> Firms:
        book = Firms("ef")
        prepare(book)
        return book

    log = make(lambda b: (b.take("LOG"), b.fill("LOG", "5.00")))
    assert bent(log, "modes.mode", "p:e:LOG", lots=[]) == ["D7"]
    fin = make(lambda b: (b.cash("10,000.00"), b.take("FIN", sweep="by-hand", floor="0"), b.place()))
    assert bent(fin, "modes.deposit", "p:e:FIN:1", paid_on="2024-05-01") == ["D7"]
    claimed = make(lambda b: (b.take("LOG", "f"), b.fill("LOG", "5.00", "f"), b.claim("1.00", shipper="e")))
    assert bent(claimed, "modes.claim", "p:c1", paid_on="2024-05-01") == ["D-claims"]
    sales = make(lambda b: b.take("SALES"))
    assert bent(sales, "modes.agreement", "e", closed_on="2024-05-01") == ["D4"]
    sales = make(lambda b: b.take("SALES"))
    (agreement,) = sales.books.records("modes.agreement")
    sales.post({}, {}, Record("modes.agreement", "f", agreement.data))
    assert [found.invariant for found in sales.bank.broken_invariants()] == ["D4"]


def test_the_last_day_there_is_cannot_be_closed() -> None:
    with pytest.raises(BadDate):
        DEPOSIT_MODES.daily(Firms().books, date.max)
    assert list(DEPOSIT_MODES.daily(Firms(modes=[]).books, date.max)) == []


def test_what_is_held_or_dated_ahead_has_not_arrived() -> None:
    book = Firms("e")
    book.cash("100.00")
    for key, ahead in (("held", 0), ("ahead", 3)):
        postings = legs(CNY, debit={chart.CASH(): 7_00}, credit={chart.DEMAND("e"): 7_00})
        on = book.books.today + timedelta(days=ahead)
        moved = Transaction(key=key, kind="by-hand", effective_on=on, postings=postings, pending=not ahead)
        book.bank.ledger.post(moved)
    assert dict(arrivals(book.books, "e", book.books.today)) == {book.books.today: 100_00}
