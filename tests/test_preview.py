"""A preview tells what the bank would do, on every store, and the live book never learns of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from tests.postgres import empty_schema

from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.errors import ClockAheadOfBook, StoreUnavailable
from bankcore.ledger.accounts import Account, AccountPath, Status
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.ports import Store
from bankcore.ledger.posting.clock import ClockLimits
from bankcore.ledger.transactions import Transaction, legs
from bankcore.preview import Preview, fork
from bankcore.product.actor import Actor
from bankcore.products.current import CashIn, OpenAccount
from bankcore.products.current import OpenProgramme as OpenAccounts
from bankcore.products.parties import IdentifyParty, RegisterParty, SuspendParty
from bankcore.products.wallet import FundReserve, OpenProgramme, Recharge, RegisterClient
from bankcore.stores.memory import MemoryStore
from bankcore.stores.open import open_store

FIRST = date(2024, 5, 1)
NINE = datetime(2024, 5, 1, 9, tzinfo=UTC)
YIELD = AccountPath("wallet:mall:client:li:yield")
ENGINES = ["memory", "sqlite", "postgres"]


def cny(text: str) -> Amount:
    return Amount.parse(text, "CNY/2")


HISTORY: list[Any] = [
    OpenAccounts("accounts"),
    *(RegisterParty(party, full_name=f"Mr {party}") for party in ("mall", "li", "wang")),
    *(IdentifyParty(party, document="passport", number=f"P{party}") for party in ("mall", "li")),
    *(OpenAccount("accounts", party) for party in ("mall", "li")),
    CashIn("mall", cny("60,000.00")),
    OpenProgramme("mall", {"threshold": "50,000.00", "yield_rate": "3.65%"}),
    FundReserve("mall", cny("50,500.00")),
    RegisterClient("mall", "li"),
    Recharge("mall", "li", cny("400.00"), recharge="r1"),
]


@pytest.fixture(params=ENGINES)
def live(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bank]:
    """A bank with a programme whose reserve is a little above its threshold, on each engine."""
    with ExitStack() as stack:
        place = {"memory": "memory:", "sqlite": str(tmp_path / "live.db")}.get(request.param)
        if place is None:
            place = stack.enter_context(empty_schema(request.getfixturevalue("postgres_server")))
        store = open_store(place, create=True)
        stack.callback(store.close)
        yield bank_on(store)


def bank_on(store: Store) -> Bank:
    bank = Bank.create(store, opened_on=FIRST, zone="Asia/Shanghai", clock=lambda: NINE)
    for number, command in enumerate(HISTORY):
        bank.handle(command, key=f"history {number}")
    return bank


def state(bank: Bank) -> list[Any]:
    """Whatever a write to the book would change."""
    reader = bank.ledger.reader
    return [reader.head(), dict(reader.counts()), [*reader.journal()], [*reader.standings()]]


def test_a_command_tells_what_it_would_write_and_the_live_book_does_not_move(live: Bank) -> None:
    before = state(live)
    preview = fork(live)
    assert preview.head == before[0]
    told = preview.give(SuspendParty("li", "asked by the court"))
    assert [t.kind for t in told.transactions] == ["parties.suspend"]
    assert [(it.party, it.topic) for it in told.notices] == [("li", "suspended")]
    assert {record.kind for record in told.records} == {"notice", "parties.party"}
    assert told.refused == ()
    refused = preview.give(Recharge("mall", "li", cny("100.00"), recharge="r2"))
    assert (refused.entries, [it.code for it in refused.refused]) == ((), ["party_suspended"])
    assert refused.refused[0].asked == "recharge"
    assert preview.effects.entries == told.entries
    assert preview.effects.refused == refused.refused
    assert state(live) == before
    assert live.handle(Recharge("mall", "li", cny("100.00"), recharge="r2"), key="real")


def test_what_is_previewed_is_what_happens_then(live: Bank) -> None:
    command = Recharge("mall", "li", cny("200.00"), recharge="r2")
    told = fork(live).give(command, key="now")
    live.handle(command, key="now")
    (entry,) = live.ledger.reader.entries(told.entries[0].number - 1)
    assert (entry.digest, entry.transaction) == (told.entries[0].digest, told.entries[0].transaction)


def test_several_commands_are_all_or_none_and_keys_and_actors_count(live: Bank) -> None:
    preview = fork(live)
    fund, too_much = FundReserve("mall", cny("1.00")), FundReserve("mall", cny("90,000.00"))
    refused = preview.give(fund, too_much, actor=Actor.parse("officer:lin"))
    assert (refused.entries, refused.refused[0].code) == ((), "balance_floor_breached")
    assert refused.refused[0].asked == "fund-reserve + fund-reserve"
    assert preview.give(fund, key="history 0").refused[0].code == "key_conflict"
    nobody = preview.give(fund, actor=Actor.parse("customer:li"))
    assert nobody.refused[0].code == "actor_not_permitted"
    assert len({entry.transaction.key for _ in "ab" for entry in preview.give(fund).entries}) == 2


def test_a_year_of_closes_goes_by_a_virtual_calendar(live: Bank) -> None:
    before = state(live)
    preview = fork(live)
    preview.give(Recharge("mall", "li", cny("300.00"), recharge="r2"))  # 800.00 of it is used: 49,800.00
    year = preview.close(date(2024, 5, 20))
    days = [t.effective_on for t in year.transactions if t.kind == "period.close"]
    assert days == [FIRST + timedelta(days=n) for n in range(20)]
    assert {notice.topic for notice in year.notices} == {"reserve-low"}
    assert preview.bank.today == date(2024, 5, 21)
    assert preview.now == datetime(2024, 5, 20, 15, 59, 59, 999000, tzinfo=UTC)  # in Shanghai midnight
    late = preview.give(Recharge("mall", "li", cny("1.00"), recharge="r3"), on=date(2024, 6, 1))
    assert [t.effective_on for t in late.transactions if t.kind == "wallet.recharge"] == [date(2024, 6, 1)]
    assert preview.now == datetime(2024, 6, 1, 1, tzinfo=UTC)
    verify(preview.bank.ledger.reader, preview.bank.ledger.book).require()
    assert preview.close(date(2024, 5, 3)).entries == ()
    assert state(live) == before
    assert live.today == FIRST


def test_what_a_close_would_defer_is_told(live: Bank) -> None:
    preview = fork(live)
    preview.run(
        "freeze", lambda bank: bank.ledger.change(YIELD, key="freeze", reason="court", status=Status.FROZEN)
    )
    assert preview.effects.transactions[-1].records[0].data["status"] == "frozen"
    (waits, *_) = preview.close(date(2024, 5, 3)).deferred
    assert (waits.day, waits.product, waits.code) == (date(2024, 5, 2), "wallet", "account_frozen")


def test_limits_of_the_clock_hold_where_they_are_given(live: Bank) -> None:
    now = Bank.open(live.ledger.store, clock=lambda: NINE + timedelta(days=90))
    with pytest.raises(ClockAheadOfBook):
        fork(now, clock_limits=ClockLimits()).give(FundReserve("mall", cny("1.00")))
    assert fork(now).give(FundReserve("mall", cny("1.00"))).refused == ()


def test_equal_books_and_commands_give_equal_previews(live: Bank) -> None:
    command = RegisterParty("zhao", full_name="Zhao")
    one, two = (fork(live).give(command).entries for _ in range(2))
    assert [it.digest for it in one] == [it.digest for it in two]


def test_an_error_of_the_store_is_no_refusal() -> None:
    preview = fork(bank_on(MemoryStore()))
    preview.bank.ledger.store.close()
    with pytest.raises(StoreUnavailable):
        preview.give(FundReserve("mall", cny("1.00")))


def test_the_bytes_of_a_file_do_not_change(tmp_path: Path) -> None:
    place = tmp_path / "live.db"
    with_all = open_store(place, create=True)
    bank_on(with_all)
    with_all.close()
    before = {file.name: sha256(file.read_bytes()).hexdigest() for file in tmp_path.iterdir()}
    store = open_store(place, read_only=True)
    preview = fork(Bank.open(store))
    store.close()  # the fork needs it no more
    preview.close(date(2024, 5, 10))
    assert len(preview.effects.entries) > 40
    assert {file.name: sha256(file.read_bytes()).hexdigest() for file in tmp_path.iterdir()} == before


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_a_fork_is_of_one_moment_while_others_write(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    with ExitStack() as stack:
        place = str(tmp_path / "live.db")
        if engine == "postgres":
            place = stack.enter_context(empty_schema(request.getfixturevalue("postgres_server")))
        writing = open_store(place, create=True)
        stack.callback(writing.close)
        bank = Bank.create(writing, opened_on=FIRST, clock=lambda: NINE)
        reading = open_store(place, read_only=True)
        stack.callback(reading.close)
        ledger, book = bank.ledger, bank.ledger.book
        ledger.open([Account(f"a:{side}", side, "CNY/2") for side in ("asset", "liability")], key="open")
        stop, post = threading.Event(), poster(bank)
        post()
        writer = threading.Thread(target=lambda: [post() for _ in iter(stop.is_set, True)])
        writer.start()
        try:
            live = Bank.open(reading, clock=lambda: NINE)
            heads = [checked(fork(live)).head for _ in range(4)]
            end = ledger.reader.head().number
        finally:
            stop.set()
            writer.join()
        assert heads[0].number < heads[-1].number <= end  # somebody wrote meanwhile
        for head in heads:
            assert next(ledger.reader.entries(head.number - 1)).digest == head.digest
        verify(ledger.reader, book).require()


def poster(bank: Bank) -> Callable[[], object]:
    numbers = count(1)
    unit = bank.ledger.book.base_unit

    def post() -> object:
        postings = legs(unit, debit={"a:asset": 5}, credit={"a:liability": 5})
        key = f"p{next(numbers)}"
        return bank.ledger.post(Transaction(key=key, kind="p", effective_on=FIRST, postings=postings))

    return post


def checked(preview: Preview) -> Preview:
    verify(preview.bank.ledger.reader, preview.bank.ledger.book).require()
    return preview
