"""Suspense: what a current account does not take waits, and is paid out again, to its owner or to others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.products.counter import Counter
from tests.products.holders import CNY, cny

from bankcore.amounts import Amount
from bankcore.errors import BankcoreError
from bankcore.ledger.accounts import Account, AccountPath, AccountType, Status
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record, Transaction
from bankcore.product import chart
from bankcore.product.actor import Actor
from bankcore.product.agenda import Agenda
from bankcore.product.deferrals import Deferral
from bankcore.product.parties import open_contracts
from bankcore.product.plan import Step
from bankcore.product.suspense import InSuspense, Payment, payment_steps, to_suspense
from bankcore.product.voucher import Voucher
from bankcore.products.current import CURRENT, CloseAccount, DemandTerms, ReleaseSuspense
from bankcore.products.parties import EraseParty
from bankcore.units import Unit

OWED = Agenda("toy.owed", "payment")  # programme:day:thing
SOURCE = "toy:payable"
ITEM = "toy/p/t"


@pytest.fixture
def book() -> Counter:
    book = Counter(rate="0")
    for party in ("li", "wang"):
        book.pay_in(party, "1,000.00")
    book.bank.ledger.open([Account(SOURCE, AccountType.LIABILITY, CNY, floor=0)], key="toy")
    return book


def owed(
    book: Counter, quantity: int, held: str = "", thing: str = "p/t", why: str = "account_frozen"
) -> None:
    """Money of li in suspense, as a product puts it there."""
    book.post({"bank:cash": quantity}, {SOURCE: quantity})
    books = book.bank.ledger.books
    voucher = Voucher("toy", books, DemandTerms(), "p")
    to_suspense(Payment(voucher, AccountPath(SOURCE), "li", quantity, thing, held), why)
    book.keys += 1
    transaction = voucher.transaction("suspense", "to suspense")
    book.bank.ledger.post(transaction._replace(key=f"toy-{book.keys}"))


def release(quantity: str = "", into: str = "li", item: str = ITEM, party: str = "li") -> ReleaseSuspense:
    amount = cny(quantity) if quantity else None
    return ReleaseSuspense(party, item, into, "judgment 7", amount)


def waiting(book: Counter) -> int:
    return book.balance("bank:suspense:li")


def rows(book: Counter, actor: str = "") -> list[tuple[Any, ...]]:
    table = book.bank.report("current", "suspense", Actor.parse(actor) if actor else None)
    return [tuple(map(str, row)) for row in table.rows]


# --- to the owner -------------------------------------------------------------------------------------


def test_the_close_pays_it_to_the_owner_once_his_account_takes_it(book: Counter) -> None:
    book.freeze("bank:demand:li")
    owed(book, 5_00)
    owed(book, 7_00, thing="p/u", why="velocity_limit_breached")
    for day in (2, 5):
        book.close_until(date(2024, 1, day))
        assert (waiting(book), book.demand()) == (12_00, 1_000_00)
    assert rows(book) == [
        ("li", "toy/p/t", "5.00 CNY", "2024-01-01", "4", "account_frozen", ""),
        ("li", "toy/p/u", "7.00 CNY", "2024-01-01", "4", "velocity_limit_breached", ""),
    ]
    assert not list(
        Deferral.every(book.bank.ledger.books)
    )  # it waits where it is; nothing is noted every day
    book.freeze("bank:demand:li", Status.OPEN)
    book.close_until(date(2024, 1, 6))
    assert (waiting(book), book.demand(), rows(book)) == (0, 1_012_00, [])
    head = book.bank.ledger.reader.head().number
    book.close_until(date(2024, 1, 7))
    assert book.bank.ledger.reader.head().number == head + 2  # a day that begins and is closed


def test_one_account_that_refuses_keeps_no_other_waiting(book: Counter) -> None:
    owed(book, 5_00)
    owed(book, 7_00, thing="p/u")
    book.freeze("bank:demand:li")
    books = book.bank.ledger.books
    voucher = Voucher("toy", books, DemandTerms(), "p")
    book.post({"bank:cash": 9_00}, {SOURCE: 9_00})
    to_suspense(Payment(voucher, AccountPath(SOURCE), "wang", 9_00, "p/t"), "account_frozen")
    book.bank.ledger.post(voucher.transaction("suspense", "wang")._replace(key="wang"))
    book.close_until(date(2024, 1, 2))
    assert (waiting(book), book.balance("bank:suspense:wang"), book.demand("wang")) == (12_00, 0, 1_009_00)


def test_more_of_the_same_thing_adds_up_and_begins_anew_once_it_was_paid(book: Counter) -> None:
    book.freeze("bank:demand:li")
    owed(book, 5_00)
    book.close_until(date(2024, 1, 3))
    owed(book, 1_00, held="court order 7")
    assert rows(book) == [("li", ITEM, "6.00 CNY", "2024-01-01", "2", "account_frozen", "court order 7")]
    book.freeze("bank:demand:li", Status.OPEN)
    book.do(release())
    owed(book, 2_00, why="held")
    assert rows(book) == [("li", ITEM, "2.00 CNY", "2024-01-03", "0", "held", "")]


# --- by an officer ------------------------------------------------------------------------------------


def test_what_a_court_holds_only_an_officer_releases_in_parts(book: Counter) -> None:
    owed(book, 5_00, held="court order 7")
    book.close_until(date(2024, 1, 9))
    assert waiting(book) == 5_00
    book.do(release("3.00", into="wang"), "officer:han")
    assert (waiting(book), book.demand("wang"), book.demand()) == (2_00, 1_003_00, 1_000_00)
    bound = [it.ids[1:] for it in open_contracts(book.bank.ledger.books, "li")]
    assert ("current", f"suspense/{ITEM}") in bound
    book.do(release(), "officer:han")
    assert (waiting(book), book.demand()) == (0, 1_002_00)
    assert not [it for it in open_contracts(book.bank.ledger.books, "li") if "suspense" in it.id]
    told = [record.id for record in book.bank.ledger.books.records("notice", "li")]
    assert told == ["li:payment-received:li", f"li:suspense-released:{ITEM}", f"li:suspense:{ITEM}"]
    assert not list(book.bank.broken_invariants())


def test_it_is_released_to_others_where_its_owner_has_no_account_any_more(book: Counter) -> None:
    book.do(CloseAccount("li", "wang"))
    owed(book, 5_00, held="heirs")
    book.do(release("3.00", into="wang"), "officer:han")
    book.do(release(into="wang"), "officer:han")
    assert (waiting(book), book.demand("wang")) == (0, 2_005_00)
    assert not list(book.bank.broken_invariants())


@pytest.mark.parametrize(
    ("command", "code", "actor"),
    [
        (release(item="toy/p/x"), "not_found", ""),
        (release(item="toy"), "not_found", ""),
        (release(party="wang"), "not_found", ""),
        (release(into="nobody"), "not_found", ""),
        (release("5.01"), "suspense_exceeds", ""),
        (ReleaseSuspense("li", ITEM, "li", "x", type(cny("1"))(1, Unit("USD/2"))), "unit_mismatch", ""),
        (release(into="wang"), "actor_not_permitted", "customer:li"),
        (release(into="wang"), "actor_not_permitted", "customer:wang"),
        (release(), "actor_not_permitted", "system:eod"),
        (CloseAccount("li"), "contracts_open", ""),
        (EraseParty("li"), "contracts_open", ""),
    ],
)
def test_what_is_refused(book: Counter, command: Any, code: str, actor: str) -> None:
    owed(book, 5_00)
    book.refused(code, command, actor)


def test_what_is_gone_is_not_released_again(book: Counter) -> None:
    owed(book, 5_00)
    book.do(release())
    book.refused("not_found", release())


def test_an_account_that_takes_nothing_is_paid_by_no_officer(book: Counter) -> None:
    owed(book, 5_00)
    book.freeze("bank:demand:wang")
    book.refused("account_frozen", release(into="wang"))


def test_everybody_sees_what_waits_for_him(book: Counter) -> None:
    owed(book, 5_00)
    assert len(rows(book, "customer:li")) == len(rows(book, "officer:han")) == 1
    assert rows(book, "customer:wang") == rows(book, "merchant:li") == []


ACTS = st.lists(
    st.one_of(
        st.tuples(
            st.just("owed"), st.integers(1, 9_00), st.sampled_from(["", "court"]), st.sampled_from("tuv")
        ),
        st.tuples(
            st.just("release"), st.integers(1, 9_00), st.sampled_from(["li", "wang"]), st.sampled_from("tuv")
        ),
        st.tuples(st.just("close"), st.integers(1, 3), st.just(""), st.just("")),
        st.tuples(st.just("door"), st.just(0), st.sampled_from(list(Status)[:4]), st.just("")),
    ),
    max_size=20,
)


@given(ACTS)
@settings(max_examples=25, deadline=None)
def test_nothing_is_lost_and_in_the_end_all_is_with_its_owner_or_held(acts: list[Any]) -> None:
    book, total = Counter(rate="0"), 0
    book.bank.ledger.open([Account(SOURCE, AccountType.LIABILITY, CNY, floor=0)], key="toy")
    book.freeze("bank:demand:li")
    for act, number, what, thing in acts:
        if act == "owed":
            owed(book, number, held=what, thing=thing)
            total += number
        elif act == "release":
            with suppress(BankcoreError):
                amount = Amount(number, CNY)
                book.do(ReleaseSuspense("li", f"toy/{thing}", what, "judgment", amount))
        elif act == "close":
            book.bank.close_day(book.today + timedelta(days=number - 1))
        else:
            book.freeze("bank:demand:li", what)
        held = book.balance("bank:suspense:li") if total else 0
        assert book.demand() + book.demand("wang") + held == total
        assert not list(book.bank.broken_invariants())
    book.freeze("bank:demand:li", Status.OPEN)
    book.bank.close_day(book.today)
    assert all(it.held or not it.amount for it in InSuspense.every(book.bank.ledger.books))


# --- what a product uses --------------------------------------------------------------------------------


def steps(book: Counter, quantities: dict[str, int], held: str = "") -> Iterator[Step]:
    """The steps that pay li so much for each thing that is noted for today."""

    def owed(books: Books, programme: str, thing: str) -> Payment | None:
        paid = books.record("toy.paid", f"{programme}:{thing}")
        if paid is not None:
            return None
        voucher = Voucher("toy", books, DemandTerms(), programme)
        voucher.put(Record("toy.paid", f"{programme}:{thing}", {}))
        path = AccountPath(SOURCE)
        return Payment(voucher, path, "li", quantities[thing], f"{programme}/{thing}", held)

    books = book.bank.ledger.books
    return payment_steps(OWED, books, books.today, ["p"], "owed", owed)


def pay(book: Counter, quantities: dict[str, int], held: str = "") -> None:
    """Note what is due today, and take the steps."""
    books = book.bank.ledger.books
    notes = tuple(OWED.note(books, "p", thing, books.today) for thing in quantities)
    book.post({"bank:cash": sum(quantities.values())}, {SOURCE: sum(quantities.values())})
    book.keys += 1
    book.bank.ledger.post(
        Transaction(kind="toy.note", effective_on=books.today, records=notes, key=f"note-{book.keys}")
    )
    again(book, quantities, held)


def again(book: Counter, quantities: dict[str, int], held: str = "") -> None:
    for step in steps(book, quantities, held):
        book.bank._take(book.today, "toy", step)


def test_each_is_paid_where_the_ledger_allows(book: Counter) -> None:
    pay(book, {"t": 5_00, "u": 7_00})
    assert (book.demand(), book.balance(SOURCE)) == (1_012_00, 0)
    assert book.bank.ledger.books.account(chart.SUSPENSE("li")) is None


def test_what_the_account_refuses_goes_to_suspense_with_the_reason(book: Counter) -> None:
    book.bank.ledger.change(AccountPath("bank:demand:li"), key="cap", reason="x", ceiling=1_006_00)
    pay(book, {"t": 5_00, "u": 7_00})
    assert (book.demand(), waiting(book)) == (1_005_00, 7_00)
    [it] = InSuspense.every(book.bank.ledger.books)
    assert (it.item, it.why, it.held) == ("toy/p/u", "balance_ceiling_breached", "")


def test_what_a_court_holds_goes_to_suspense_though_the_account_would_take_it(book: Counter) -> None:
    pay(book, {"t": 5_00}, held="court order 7")
    [it] = InSuspense.every(book.bank.ledger.books)
    assert (waiting(book), it.why, it.held) == (5_00, "held", "court order 7")


def test_what_suspense_refuses_too_is_due_again_tomorrow(book: Counter) -> None:
    book.freeze("bank:demand:li")
    owed(book, 1, thing="p/x", held="court order 7")
    book.freeze("bank:suspense:li")
    pay(book, {"t": 5_00})
    assert (waiting(book), book.balance(SOURCE)) == (1, 5_00)
    [kept] = Deferral.every(book.bank.ledger.books)
    assert (kept.thing, kept.code) == ("p/t", "account_frozen")
    book.close_until(date(2024, 1, 2))
    book.freeze("bank:demand:li", Status.OPEN)
    again(book, {"t": 5_00})
    assert (book.demand(), book.balance(SOURCE)) == (1_005_00, 0)


def test_a_suspense_account_in_another_unit_keeps_the_payment_waiting(book: Counter) -> None:
    path, usd = chart.SUSPENSE("li"), Unit("USD/2")
    book.bank.ledger.open([Account(path, AccountType.LIABILITY, usd)], key="usd")
    book.freeze("bank:demand:li")
    pay(book, {"t": 5_00})
    [kept] = Deferral.every(book.bank.ledger.books)
    assert (kept.code, book.balance(SOURCE)) == ("unit_mismatch", 5_00)


def test_money_that_nothing_explains_is_found(book: Counter) -> None:
    owed(book, 5_00)
    book.post({"bank:cash": 1}, {"bank:suspense:li": 1})
    broken = [(it.invariant, it.reason) for it in book.bank.broken_invariants()]
    assert broken == [("Q6", "li: 501 in suspense, 500 waits")]
    assert "Q6" in CURRENT.invariants
