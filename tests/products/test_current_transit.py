"""Payments to other books as one book sees them: the command, the steps after it, what a party may see."""

from __future__ import annotations

from datetime import date

import pytest
from attrs import evolve
from tests.products.counter import Counter
from tests.products.holders import cny

from bankcore.ledger.accounts import Status
from bankcore.ledger.transactions import Transaction
from bankcore.product.actor import Actor
from bankcore.products.current import JoinBooks, Remit
from bankcore.products.current.remittances import OUT, Decided, Outgoing, Remittance, list_in_transit
from bankcore.products.current.transit import arrive, clear, end
from bankcore.products.parties import AssignHome, LeaveHome

ITEM = "2024-01-01:r1"
COMING = Remittance("south", ITEM, "chen", "north", "wang", 7_00, "CNY/2")


@pytest.fixture
def book() -> Counter:
    book = Counter()
    book.pay_in("li", "100.00")
    book.do(JoinBooks("std", "north"))
    return book


def step(book: Counter, *rules: object) -> tuple[object, ...]:
    """A step under a key that nobody used."""
    book.keys += 1
    receipts: tuple[object, ...] = book.bank.ledger.execute(f"step-{book.keys}", {}, *rules, actor="system:x")  # type: ignore[arg-type]
    return receipts


def test_a_book_that_joined_no_others_sends_nothing() -> None:
    book = Counter()
    book.pay_in("li", "100.00")
    book.refused("not_joined", Remit("li", "south", "chen", cny("7.00"), "r1"))


def test_steps_find_by_the_record_that_they_are_done(book: Counter) -> None:
    """Also under another key than the first time."""
    book.do(Remit("li", "south", "chen", cny("7.00"), "r1"))
    assert step(book, *end(ITEM))
    assert step(book, *end(ITEM)) == ()
    assert step(book, *end(ITEM, "not_found")) == ()
    assert step(book, arrive(COMING))
    assert step(book, arrive(COMING)) == ()
    assert step(book, clear(COMING))
    assert step(book, clear(COMING)) == ()
    assert (book.demand("li"), book.demand("wang")) == (93_00, 7_00)
    assert not list(book.bank.broken_invariants())


def test_what_comes_in_another_unit_is_refused(book: Counter) -> None:
    step(book, arrive(Remittance("south", ITEM, "chen", "north", "wang", 7_00, "USD/2")))
    decision = Decided.on(book.bank.ledger.books, "south", ITEM)
    assert decision is not None
    assert decision.why == "unit_mismatch"


def test_a_payment_that_comes_back_counts_no_more(book: Counter) -> None:
    for n in (1, 2):
        book.do(Remit("li", "south", "chen", cny("7.00"), f"r{n}"))
    assert book.account("li").in_transit == 2
    step(book, *end(ITEM, "not_found"))
    assert book.account("li").in_transit == 1
    step(book, *end("2024-01-01:r2", "not_found"))
    assert book.account("li").in_transit is None
    assert book.demand("li") == 100_00
    with book.bank.ledger.reader as reader:
        records = [
            it for entry in reader.entries() for it in entry.transaction.records if it.kind == "notice"
        ]
    returned = [(it.id, it.data["why"]) for it in records if "payment-returned" in it.id]
    assert returned == [("li:payment-returned:chen", "not_found")] * 2


def test_a_refusal_of_an_earlier_run_of_the_rules_is_forgotten(book: Counter) -> None:
    """A commit that was not written decides again."""
    book.do(Remit("li", "south", "chen", cny("7.00"), "r1"))
    rules = end(ITEM, "not_found")
    book.freeze("bank:demand:li")
    assert [it.kind for it in book.bank.ledger.preview(*rules, actor="system:x")] == ["current.come-back"]
    book.freeze("bank:demand:li", Status.OPEN)
    assert len(step(book, *rules)) == 1
    assert (book.demand("li"), book.balance(OUT())) == (100_00, 0)
    assert not list(book.bank.broken_invariants())


def test_what_has_ended_hides_nothing_older(book: Counter) -> None:
    book.do(Remit("li", "south", "chen", cny("7.00"), "r1"))
    book.close_until(date(2024, 1, 2))
    book.do(Remit("li", "south", "chen", cny("7.00"), "r2"))
    step(book, *end("2024-01-02:r2"))
    assert [row[0] for row in list_in_transit(book.bank.ledger.books).rows] == ["r1"]


def test_everybody_sees_his_own_payments_and_their_age(book: Counter) -> None:
    book.do(Remit("li", "south", "chen", cny("7.00"), "r1"))
    step(book, arrive(COMING))
    book.close_until(date(2024, 1, 4))
    sent = ("r1", "out", "li", "chen", "south", cny("7.00"), date(2024, 1, 1), 3)
    came = ("r1", "in", "chen", "wang", "south", cny("7.00"), date(2024, 1, 1), 3)
    seen = {
        name: book.bank.report("current", "in-transit", Actor.parse(name)).rows
        for name in ("officer:bank", "customer:li", "customer:wang", "customer:acme")
    }
    assert seen == {
        "officer:bank": (sent, came),
        "customer:li": (sent,),
        "customer:wang": (came,),
        "customer:acme": (),
    }


def test_the_days_are_read_back_only_until_the_account_is_made_up(book: Counter) -> None:
    book.do(Remit("li", "south", "chen", cny("1.00"), "r1"))
    step(book, *end(ITEM))
    book.close_until(date(2024, 1, 2))
    book.do(Remit("li", "south", "chen", cny("2.00"), "r2"))
    read: list[str] = []
    books = book.bank.ledger.books

    class Watched:
        def __getattr__(self, name: str) -> object:
            return getattr(books, name)

        def records(self, kind: str, root: str = "", *given: object) -> object:
            read.append(root)
            return books.records(kind, root, *given)  # type: ignore[arg-type]

    assert [row[0] for row in list_in_transit(Watched()).rows] == ["r2"]  # type: ignore[arg-type]
    assert read == ["2024-01-02"]


def test_a_broken_invariant_is_told(book: Counter) -> None:
    book.do(Remit("li", "south", "chen", cny("7.00"), "r1"))
    book.post({"bank:demand:li": 1}, {OUT(): 1})
    record = evolve(book.account("wang"), in_transit=3).record()
    book.bank.ledger.post(Transaction(kind="x", effective_on=book.today, records=(record,), key="hand"))
    told = [it.reason for it in book.bank.broken_invariants() if it.invariant == "Q7"]
    assert told == [
        "bank:in-transit:out: 701, open items 700",
        "wang: counts 3 in transit, 0 are open",
    ]


def test_a_home_is_left_once(book: Counter) -> None:
    book.do(AssignHome("li", "south"))
    book.do(LeaveHome("li"))
    book.refused("not_found", LeaveHome("li"))
    assert Outgoing.find(book.bank.ledger.books, ITEM) is None
