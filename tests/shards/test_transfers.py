"""Payments between books: their postings, refusals, what is down, and what is repeated."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from tests.conftest import PROFILE
from tests.products.holders import CNY, cny
from tests.shards.country import FIRST, Country, Places, close, databases, files, now, opened

from bankcore.bank import Bank
from bankcore.errors import KeyConflict, StoreError
from bankcore.ledger.accounts import AccountPath, Status
from bankcore.ledger.transactions import Entry, Transaction, legs
from bankcore.products.current import (
    CashOut,
    CloseAccount,
    JoinBooks,
    Remit,
    Transfer,
)
from bankcore.products.current.remittances import (
    BETWEEN,
    OUT,
    Outgoing,
    Remittance,
    open_incoming,
    open_outgoing,
)
from bankcore.products.parties import SuspendParty
from bankcore.stores.open import open_store

FILES_OR_SERVER = ["sqlite", *(["postgres"] if PROFILE == "nightly" else [])]


@pytest.fixture(params=["memory", *FILES_OR_SERVER])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Places | None]:
    """Where the books are, if not in memory."""
    if request.param == "postgres":
        with databases(request.getfixturevalue("postgres_server")) as places:
            yield places
    else:
        yield files(tmp_path) if request.param == "sqlite" else None


@pytest.fixture
def country(places: Places | None) -> Iterator[Country]:
    country = Country(places)
    country.pay_in("li", "100.00")
    yield country
    close(country.banks)


def entries(country: Country, book: str) -> Iterator[Entry]:
    with country.banks[book].ledger.reader as reader:
        yield from reader.entries()


def last(country: Country, book: str, count: int) -> list[tuple[str, list[tuple[str, int]]]]:
    moved = [(it.transaction.kind, it.transaction.postings) for it in entries(country, book)]
    return [(kind, [(str(p.account), p.quantity) for p in legs]) for kind, legs in moved[-count:]]


def test_a_payment_is_two_commits_in_each_book(country: Country) -> None:
    country.do(Transfer("li", "wang", cny("30.00")), "customer:li")
    assert last(country, "north", 2) == [
        ("current.remit", [("bank:demand:li", 30_00), ("bank:in-transit:out", -30_00)]),
        ("current.settle", [("bank:in-transit:out", 30_00), ("bank:between-books", -30_00)]),
    ]
    assert last(country, "south", 2) == [
        ("current.arrive", [("bank:in-transit:in", 30_00), ("bank:demand:wang", -30_00)]),
        ("current.clear", [("bank:between-books", 30_00), ("bank:in-transit:in", -30_00)]),
    ]
    assert (country.demand("li"), country.demand("wang")) == (70_00, 30_00)
    country.check()


def test_within_one_book_a_transfer_is_one_transaction(country: Country) -> None:
    (receipt,) = country.do(Transfer("li", "han", cny("30.00")), "customer:li")
    assert last(country, "north", 1)[0][0] == "current.transfer"
    assert receipt.number == max(it.number for it in entries(country, "north"))
    assert (country.demand("li"), country.demand("han")) == (70_00, 30_00)


def test_payments_of_one_id_from_two_books_are_two(country: Country) -> None:
    country.pay_in("mei", "100.00")
    country.stores["south"].down = True
    for payer in ("li", "mei"):
        country.do(Remit(payer, "south", "wang", cny("30.00"), "r"))
    country.stores["south"].down = False
    assert (country.shards.recover().arrived, country.demand("wang")) == (2, 60_00)
    country.check()


def test_a_repeated_command_pays_once(country: Country) -> None:
    first = country.do(Transfer("li", "wang", cny("30.00")), key="t")
    again = country.do(Transfer("li", "wang", cny("30.00")), key="t")
    assert [it.number for it in first] == [it.number for it in again]
    assert [it.replayed for it in again] == [True]
    assert country.demand("wang") == 30_00
    with pytest.raises(KeyConflict):
        country.do(Transfer("li", "wang", cny("31.00")), key="t")


def test_what_the_receiver_cannot_take_comes_back(country: Country) -> None:
    country.set_status("wang", Status.FROZEN)
    country.do(Transfer("li", "wang", cny("30.00")))
    assert country.demand("li") == 100_00
    assert last(country, "south", 1) == [("current.refuse", [])]
    assert last(country, "north", 1) == [
        ("current.come-back", [("bank:in-transit:out", 30_00), ("bank:demand:li", -30_00)])
    ]
    (sent,) = Outgoing.every(country.banks["north"].ledger.books)
    assert (sent.why, sent.returned_on, sent.settled_on) == ("account_frozen", FIRST, None)
    country.check()


def test_a_receiver_without_account_takes_nothing(country: Country) -> None:
    country.do(CloseAccount("wang"))
    country.do(Transfer("li", "wang", cny("30.00")))
    assert country.demand("li") == 100_00
    (sent,) = Outgoing.every(country.banks["north"].ledger.books)
    assert sent.why == "not_found"
    country.check()


def test_a_decision_stands_also_where_the_reason_for_it_is_gone(country: Country) -> None:
    """Otherwise money could arrive and come back."""
    country.set_status("wang", Status.FROZEN)
    message = remitted(country)
    decision = country.shards.transfers.arrive(message)
    country.set_status("wang", Status.OPEN)
    assert country.shards.transfers.arrive(message) == decision
    country.shards.recover()
    assert (country.demand("li"), country.demand("wang")) == (100_00, 0)
    country.check()


def test_what_the_payer_cannot_take_back_waits_in_suspense(country: Country) -> None:
    country.set_status("wang", Status.FROZEN)
    message = remitted(country)
    country.set_status("li", Status.FROZEN)
    assert country.shards.recover().returned == 1
    assert country.balance("north", "bank:suspense:li") == 30_00
    assert Outgoing.existing(country.banks["north"].ledger.books, message.item).why == "account_frozen"
    country.set_status("li", Status.OPEN)
    country.shards.close_day(FIRST)
    assert country.demand("li") == 100_00
    country.check()


def remitted(country: Country) -> Remittance:
    """A payment of 30.00 that left li while south was down."""
    country.stores["south"].down = True
    country.do(Transfer("li", "wang", cny("30.00")))
    country.stores["south"].down = False
    (sent,) = open_outgoing(country.banks["north"].ledger.books)
    return sent.remittance("north")


# --- a book that is down ------------------------------------------------------------------------------


def test_a_book_that_is_down_keeps_only_its_payments_back(country: Country) -> None:
    country.stores["south"].down = True
    country.do(Transfer("li", "wang", cny("30.00")))
    country.do(Transfer("li", "mei", cny("5.00")))
    assert country.transit("north") == (30_00, 0, -5_00)
    found = country.shards.recover()
    assert (found.arrived, found.returned, len(found.waiting)) == (0, 0, 3)
    assert [it.split(":")[0] for it in found.waiting[1:]] == ["book south", "party wang"]
    country.stores["south"].down = False
    found = country.shards.recover()
    assert (found.arrived, found.returned, found.waiting) == (1, 0, ())
    assert country.shards.recover().arrived == 0
    assert (country.demand("wang"), country.demand("mei")) == (30_00, 5_00)
    country.check()


def test_a_book_that_is_down_stops_no_close_and_its_items_grow_old(country: Country) -> None:
    country.stores["south"].down = True
    country.do(Transfer("li", "wang", cny("30.00")))
    closed = country.shards.close_day(date(2024, 1, 3))
    assert isinstance(closed.pop("south"), StoreError)
    assert {name: len(it.days) for name, it in closed.items()} == {"north": 3, "west": 3}  # type: ignore[union-attr]
    assert country.transit("north") == (30_00, 0, 0)
    assert not list(country.banks["north"].broken_invariants())
    (sent, down) = country.shards.in_transit().rows
    assert sent[0] == "north"
    assert sent[2:] == ("out", "li", "wang", "south", cny("30.00"), FIRST, 3)
    assert down[:2] == ("south", "the store shard is unavailable: it is down")

    country.stores["south"].down = False
    assert not isinstance(country.shards.close_day(date(2024, 1, 4))["south"], StoreError)
    assert country.shards.in_transit().rows == ()
    assert country.demand("wang") == 30_00
    country.check()


def test_a_book_that_closes_a_day_lets_nothing_arrive(country: Country) -> None:
    message = remitted(country)
    south = country.banks["south"]
    country.stores["south"].commits_until_fault = 1  # once the close has begun
    with pytest.raises(StoreError):
        south.close_day(FIRST)
    assert [it.partition(": ")[2] for it in country.shards.recover().waiting[:1]] == [
        "the day 2024-01-01 is being closed"
    ]
    south.close_day(FIRST)
    assert country.shards.recover().arrived == 1
    arrived = country.shards.transfers.arrive(message)
    assert arrived.ids[0] == "2024-01-02"
    country.check()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("book", ["north", "south"])
@pytest.mark.parametrize("nth", [0, 1])
@pytest.mark.parametrize("frozen", [False, True], ids=["arrives", "comes back"])
def test_broken_at_every_commit_of_a_payment(nth: int, book: str, after: bool, frozen: bool) -> None:
    country = Country()
    country.pay_in("li", "100.00")
    if frozen:
        country.set_status("wang", Status.FROZEN)
    store = country.stores[book]
    store.commits_until_fault, store.after = nth, after
    try:
        country.do(Transfer("li", "wang", cny("30.00")), key="t")
    except StoreError:
        assert (book, nth) == ("north", 0)
    assert country.clients + country.on_its_way == 100_00
    store.commits_until_fault = None
    country.do(Transfer("li", "wang", cny("30.00")), key="t")
    country.shards.recover()
    assert (country.demand("li"), country.demand("wang")) == ((100_00, 0) if frozen else (70_00, 30_00))
    assert country.on_its_way == 0
    country.check()


def test_what_arrived_and_is_settled_is_cleared_later(country: Country) -> None:
    message = remitted(country)
    transfers = country.shards.transfers
    assert country.on_its_way == 30_00
    country.check()
    decision = transfers.arrive(message)
    assert (country.transit("north"), country.transit("south")) == ((30_00, 0, 0), (0, 30_00, 0))
    assert country.on_its_way == 0
    country.check()
    transfers.end(message, decision)
    assert (country.transit("north"), country.transit("south")) == ((0, 0, -30_00), (0, 30_00, 0))
    assert [it[2] for it in country.shards.in_transit().rows] == ["in"]
    assert country.shards.recover().arrived == 1
    assert country.transit("south") == (0, 0, 30_00)
    assert not list(open_incoming(country.banks["south"].ledger.books))
    transfers.clear(message)
    country.check()


def test_clearing_what_did_not_arrive_changes_nothing(country: Country) -> None:
    message = remitted(country)
    country.shards.transfers.clear(message)
    assert country.transit("south") == (0, 0, 0)
    country.shards.recover()
    country.check()


# --- refusals -----------------------------------------------------------------------------------------


def test_whoever_pays_another_book_pays_as_to_his_own(country: Country) -> None:
    country.refused("balance_floor_breached", Transfer("li", "wang", cny("100.01")), "customer:li")
    country.refused("actor_not_permitted", Transfer("li", "wang", cny("1.00")), "customer:han")
    country.refused("bad_command", Transfer("li", "wang", cny("1.00"), FIRST))
    country.refused("not_found", Transfer("li", "nobody", cny("1.00")))
    country.refused("bad_command", Remit("li", "north", "han", cny("1.00"), "r"))
    country.do(Remit("li", "south", "wang", cny("1.00"), "r"))
    country.refused("already_taken", Remit("li", "south", "wang", cny("2.00"), "r"))
    country.do(SuspendParty("li", "asked by the court"))
    country.refused("party_suspended", Transfer("li", "wang", cny("1.00")))
    assert country.demand("wang") == 1_00


def test_a_book_joins_once_and_under_its_own_name(country: Country) -> None:
    country.refused("bad_command", JoinBooks("std", "west"), book="north")
    country.refused("already_taken", JoinBooks("std", "north"), book="north")


def test_an_unknown_book_keeps_a_payment_open(country: Country) -> None:
    """It may only be unknown here: nobody but the receiver's book can refuse."""
    country.do(Remit("li", "east", "ding", cny("1.00"), "r"))
    assert country.transit("north") == (1_00, 0, 0)
    (waits,) = country.shards.recover().waiting
    assert waits.startswith("payment north/2024-01-01:r: ")
    assert "east" in waits
    country.check()


def test_who_has_money_in_transit_keeps_his_account(country: Country) -> None:
    country.stores["south"].down = True
    country.do(Transfer("li", "wang", cny("30.00")))
    country.do(CashOut("li", cny("70.00")))
    country.refused("contracts_open", CloseAccount("li"))
    country.stores["south"].down = False
    country.shards.recover()
    country.do(CloseAccount("li"))
    country.check()


# --- faults and replacements --------------------------------------------------------------------------


def test_a_fault_between_books_is_found(country: Country) -> None:
    """Each book may be balanced, and money be missing between them."""
    country.do(Transfer("li", "wang", cny("30.00")))
    postings = legs(CNY, debit={BETWEEN(): 1}, credit={AccountPath("bank:demand:li"): 1})
    ledger = country.banks["north"].ledger
    ledger.post(Transaction(kind="x", effective_on=FIRST, postings=postings, key="hand"))
    assert country.shards.faults() == ["0 is between the books, their accounts say -1"]


def test_a_fault_within_a_book_is_found(country: Country) -> None:
    postings = legs(CNY, debit={AccountPath("bank:demand:li"): 1}, credit={OUT(): 1})
    ledger = country.banks["north"].ledger
    ledger.post(Transaction(kind="x", effective_on=FIRST, postings=postings, key="hand"))
    within, between = country.shards.faults()
    assert "bank:in-transit:out: 1, open items 0" in within
    assert between == "0 is between the books, their accounts say 1"


@pytest.mark.parametrize("places", FILES_OR_SERVER, indirect=True)
def test_a_book_that_is_opened_anew_takes_the_place_of_the_old(country: Country, places: Places) -> None:
    country.stores["south"].down = True
    country.do(Transfer("li", "wang", cny("30.00")))
    bank = Bank.open(open_store(places["south"], durability="normal"), name="south", clock=now)
    country.shards.books.replace("south", bank)
    country.banks["south"] = bank
    assert country.shards.recover().arrived == 1
    assert country.demand("wang") == 30_00
    country.check()


@pytest.mark.parametrize("places", FILES_OR_SERVER, indirect=True)
def test_two_recoveries_at_once_pay_once(country: Country, places: Places) -> None:
    """Each with connections of its own, as two processes have."""
    country.stores["south"].down = True
    for n in range(20):
        country.do(Transfer("li", "wang", cny("1.00")), key=f"t{n}")
    country.stores["south"].down = False

    def recover() -> int:
        banks, shards = opened(places)
        found = shards.recover()
        close(banks)
        assert found.waiting == ()
        return found.arrived

    with ThreadPoolExecutor(4) as pool:
        arrived = list(pool.map(lambda _: recover(), range(4)))
    assert sum(arrived) >= 20
    assert (country.demand("li"), country.demand("wang")) == (80_00, 20_00)
    country.check()
