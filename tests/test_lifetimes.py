"""Stores, ledgers and banks as context managers; commands in flight."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from bankcore import Bank, Ledger, MemoryStore, open_store
from bankcore.bank import random_salts, utc_now
from bankcore.errors import (
    ActorNotPermitted,
    BadKey,
    KeyConflict,
    LedgerClosed,
    StoreUnavailable,
    UnknownName,
    WriterBusy,
)
from bankcore.ledger.ports import Store
from bankcore.product.actor import Actor, Role
from bankcore.products.parties import RegisterParty

DAY = date(2024, 5, 1)


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Store]:
    """Opens a store of each kind."""
    if request.param == "memory":
        return MemoryStore
    url = str(tmp_path / "a.db") if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    return lambda: open_store(url, create=True)


def test_a_closed_store_says_so_and_may_be_closed_again(opened: Callable[[], Store]) -> None:
    with opened() as store, Bank.create(store, opened_on=DAY) as bank:
        bank.handle(RegisterParty("li"), key="li")
    store.close()
    for use in (store.books, lambda: store.reading(1).head(), lambda: store.advance(1, "mailer", 0)):
        with pytest.raises(StoreUnavailable, match="it is closed"):
            use()
    with pytest.raises(StoreUnavailable, match="it is closed"), store.writing(1):
        pass
    with pytest.raises(StoreUnavailable, match="it is closed"):
        Bank.open(store)


def test_a_closed_bank_writes_what_was_submitted_and_then_nothing(opened: Callable[[], Store]) -> None:
    with opened() as store:
        with Bank.create(store, opened_on=DAY) as bank:
            futures = [bank.submit(RegisterParty(f"p{n}"), key=f"p{n}") for n in range(20)]
        assert sorted(future.result(0)[0].number for future in futures) == list(range(1, 21))
        bank.close()
        with pytest.raises(LedgerClosed):
            bank.handle(RegisterParty("li"), key="li")
        with pytest.raises(LedgerClosed):
            bank.submit(RegisterParty("li"), key="li")
        assert bank.ledger.reader.head().number == 20  # the store is open, and read


def test_an_error_inside_closes_the_ledger_and_goes_through() -> None:
    store = MemoryStore()
    book = store.add("main", Bank.create(MemoryStore(), opened_on=DAY).ledger.book.base_unit, DAY)
    with pytest.raises(ZeroDivisionError), Ledger(store, book, lambda: pytest.fail("unused")) as ledger:
        _ = 1 // 0
    with pytest.raises(LedgerClosed):
        ledger.preview()


def test_submitted_commands_have_the_outcomes_of_handled_ones() -> None:
    with Bank.create(MemoryStore(), opened_on=DAY) as bank:
        assert bank.submit(RegisterParty("li"), key="li").result()[0].number == 1
        assert bank.submit(RegisterParty("li"), key="li").result()[0].replayed
        assert bank.handle(RegisterParty("li"), key="li")[0].replayed
        with pytest.raises(KeyConflict):
            bank.submit(RegisterParty("wang"), key="li").result()
        for error, command, key, actor in (
            (BadKey, RegisterParty("wang"), "eod/x", None),
            (UnknownName, object(), "x", None),
            (ActorNotPermitted, RegisterParty("wang"), "x", Actor(Role.MERCHANT, "li")),
        ):
            with pytest.raises(error):
                bank.submit(command, key, actor)


@contextmanager
def occupied(bank: Bank) -> Iterator[None]:
    """The bank while a rule is being decided, and the next request waits."""
    began, go_on = threading.Event(), threading.Event()

    def rule(_: object) -> tuple[()]:
        began.set()
        assert go_on.wait(10)
        return ()

    thread = threading.Thread(target=bank.ledger.execute, args=("slow", {}, rule))
    thread.start()
    assert began.wait(10)
    try:
        yield
    finally:
        go_on.set()
        thread.join()


def test_no_patience_means_that_a_full_queue_refuses_at_once() -> None:
    store = MemoryStore()
    book = Bank.create(store, opened_on=DAY).ledger.book
    ledger = Ledger(store, book, utc_now, salts=random_salts, most_waiting=1)
    with Bank(ledger) as bank, occupied(bank):
        waiting = bank.submit(RegisterParty("li"), key="li")
        with pytest.raises(WriterBusy):
            bank.submit(RegisterParty("wang"), key="wang", patience=0)
    assert waiting.result()[0].number == 1
