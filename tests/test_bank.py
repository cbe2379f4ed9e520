"""The bank: who may command, what a key promises, how a day closes and goes on after a kill."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from tests.ledger.making import CNY, DAY, move
from tests.products.holders import cash, holders

from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.errors import (
    ActorNotPermitted,
    BadActor,
    BadDate,
    BadKey,
    DayClosing,
    InvariantBroken,
    KeyConflict,
    PeriodClosed,
    UnknownAccount,
    UnknownName,
)
from bankcore.ledger.books import Books
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.personal import seeded
from bankcore.ledger.ports import Store
from bankcore.ledger.transactions import Record, Transaction
from bankcore.product.actor import Actor
from bankcore.product.plan import Plan, Step
from bankcore.product.product import Phase, Product
from bankcore.products.current import CURRENT
from bankcore.products.parties import PARTIES
from bankcore.products.wallet import (
    WALLET,
    FundReserve,
    OpenProgramme,
    Recharge,
    RegisterClient,
    WalletTerms,
    Withdraw,
)
from bankcore.serving import SERVED
from bankcore.stores.memory import MemoryStore
from bankcore.stores.sqlite import SqliteStore

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
NEXT = DAY + timedelta(days=1)


def clock() -> datetime:
    return NOON


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "book.db", create=True)
    yield store
    store.close()


@pytest.fixture
def bank(store: Store) -> Bank:
    return filled(Bank.create(store, opened_on=DAY, clock=clock, salts=seeded("bank")))


def filled(bank: Bank) -> Bank:
    clients = [f"c{n}" for n in range(5)]
    for n, command in enumerate((*holders("mall", *clients), cash("mall", "110,000.00"))):
        bank.handle(command, f"party-{n}")
    bank.handle(
        OpenProgramme("mall", WalletTerms.from_data({"threshold": "0", "yield_rate": "4.30%"})), "open"
    )
    bank.handle(FundReserve("mall", Amount(100_000_00, CNY)), "fund")
    for n in range(5):
        bank.handle(RegisterClient("mall", f"c{n}"), f"register-{n}")
        bank.handle(Recharge("mall", f"c{n}", Amount(1_234_56, CNY), recharge=f"r{n}"), f"recharge-{n}")
    return bank


def books_of(bank: Bank) -> tuple[Any, ...]:
    head = bank.ledger.reader.head()
    return head.number, head.digest


def test_a_command_and_its_request_stand_in_the_journal(bank: Bank) -> None:
    (receipt,) = bank.handle(Recharge("mall", "c1", Amount(10_000, CNY), recharge="x"), "k1")
    entry = bank.ledger.entry(receipt.number)
    assert (entry.transaction.key, entry.transaction.actor) == ("k1", "operator:mall")
    assert entry.transaction.details == {
        "command": "wallet.recharge",
        "programme": "mall",
        "client": "c1",
        "amount": "100.00 CNY",
        "recharge": "x",
        "point": "",
    }


def test_the_same_key_carries_a_command_out_once(bank: Bank) -> None:
    command = Recharge("mall", "c1", Amount(10_000, CNY), recharge="x")
    first = bank.handle(command, "k1")
    after = books_of(bank)
    again = bank.handle(command, "k1")
    assert [(r.number, r.replayed) for r in again] == [(r.number, True) for r in first]
    with pytest.raises(KeyConflict) as conflict:
        bank.handle(Recharge("mall", "c1", Amount(20_000, CNY), recharge="x"), "k1")
    assert (conflict.value.field, conflict.value.stored, conflict.value.given) == (
        "amount",
        "100.00 CNY",
        "200.00 CNY",
    )
    with pytest.raises(KeyConflict) as conflict:
        bank.handle(FundReserve("mall", Amount(10_000, CNY)), "k1", Actor.parse("operator:mall"))
    assert conflict.value.field == "client"
    assert books_of(bank) == after


@pytest.mark.parametrize(
    "actor", ["customer:c2", "merchant:c1", "operator:mall", "officer:bank", "system:eod"]
)
def test_a_command_by_the_wrong_actor_leaves_no_trace(bank: Bank, actor: str) -> None:
    before = books_of(bank)
    withdrawal = Withdraw("mall", "c1", Amount(100, CNY))
    with pytest.raises(ActorNotPermitted) as refusal:
        bank.handle(withdrawal, "k1", Actor.parse(actor))
    assert (refusal.value.actor, refusal.value.command) == (actor, "withdraw")
    assert books_of(bank) == before
    bank.handle(withdrawal, "k1", Actor.parse("customer:c1"))


def test_every_role_that_a_command_names_may_give_it(bank: Bank) -> None:
    for actor in ("operator:mall", "officer:anybody"):
        bank.handle(FundReserve("mall", Amount(100, CNY)), actor, Actor.parse(actor))


@pytest.mark.parametrize("text", ["", "c1", "customer:", "king:c1", "customer"])
def test_actors_are_a_role_and_an_id(text: str) -> None:
    with pytest.raises(BadActor):
        Actor.parse(text)


@pytest.mark.parametrize("key", ["eod/2024-05-01/close", "a#2", "", None, 5, []])
def test_keys_of_the_bank_itself_are_reserved(bank: Bank, key: str) -> None:
    with pytest.raises(BadKey):
        bank.handle(FundReserve("mall", Amount(1, CNY)), key)


def test_what_is_no_actor_and_what_is_no_date_is_bad_input(bank: Bank) -> None:
    before = books_of(bank)
    with pytest.raises(BadActor):
        bank.handle(FundReserve("mall", Amount(1, CNY)), "k", "operator:mall")  # type: ignore[arg-type]
    for day in ("2024-05-01", None, datetime(2024, 5, 1)):
        with pytest.raises(BadDate):
            bank.close_day(day)  # type: ignore[arg-type]
    assert books_of(bank) == before


def test_unknown_names_are_named(bank: Bank) -> None:
    for question in (
        lambda: bank.handle(object(), "k"),
        lambda: bank.report("wallet", "weather"),
        lambda: bank.report("casino", "reserve"),
        lambda: Bank.open(bank.ledger.store, name="other"),
    ):
        with pytest.raises(UnknownName):
            question()
    with pytest.raises(UnknownAccount):
        bank.amount("nobody")


def test_a_preview_shows_the_plan_and_writes_nothing(bank: Bank) -> None:
    before = books_of(bank)
    (planned,) = bank.preview(Recharge("mall", "c1", Amount(1_000_00, CNY), recharge="x"))
    assert next(str(p.account) for p in planned.postings) == "wallet:mall:reserve"
    assert planned.postings[0].quantity == 1_050_00
    with pytest.raises(ActorNotPermitted):
        bank.preview(Withdraw("mall", "c1", Amount(1, CNY)), Actor.parse("customer:c2"))
    assert books_of(bank) == before


def test_a_book_is_found_again_by_its_name(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "book.db", create=True)
    filled(Bank.create(store, opened_on=DAY, clock=clock, salts=seeded("bank")))
    second = Bank.create(store, opened_on=DAY, name="second", clock=clock)
    store.close()
    store = SqliteStore(tmp_path / "book.db")
    assert str(Bank.open(store).amount("wallet:mall:client:c1:principal")) == "1,234.56 CNY"
    assert Bank.open(store, name="second").ledger.book == second.ledger.book
    store.close()


# --- days -------------------------------------------------------------------------------------------


def test_closing_days_pays_yield_and_a_second_run_posts_nothing(bank: Bank) -> None:
    done = bank.close_day(DAY)
    assert done.days == (DAY,)
    assert bank.today == NEXT
    after = books_of(bank)
    assert bank.close_day(DAY).days == ()
    assert books_of(bank) == after
    assert bank.close_day(DAY + timedelta(days=7)).days == tuple(DAY + timedelta(days=n) for n in range(1, 8))
    # seven payouts of A2's client: the exact sum is 101.8450 fen with the eligible pockets of A2
    assert {str(bank.amount(f"wallet:mall:client:c{n}:yield")) for n in range(5)} == {
        str(bank.amount("wallet:mall:client:c0:yield"))
    }
    with pytest.raises(PeriodClosed):
        bank.ledger.post(move("late", "bank:cash", "wallet:mall:reserve", 1, effective_on=DAY))
    assert list(bank.broken_invariants()) == []


class Killed(Exception):
    """The process dies here."""


def test_a_close_killed_at_any_step_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """The steps of the close are cut off one after the other; the journal ends alike every time."""
    whole = filled(Bank.create(MemoryStore(), opened_on=DAY, clock=clock, salts=seeded("bank")))
    whole.close_day(NEXT)
    expected = books_of(whole)
    for stop in range(1, 40):
        store = SqliteStore(tmp_path / f"{stop}.db", create=True, durability="normal")
        bank = filled(Bank.create(store, opened_on=DAY, clock=clock, salts=seeded("bank")))
        left = iter(range(stop))

        def dying(books: Books, day: date, left: Iterator[int] = left) -> Iterator[Step]:
            for step in WALLET.daily(books, day):
                if next(left, None) is None:
                    raise Killed
                yield step

        killed = Bank(bank.ledger, [PARTIES, CURRENT, evolve(WALLET, works=((Phase.SETTLEMENT, dying),))])
        try:
            killed.close_day(NEXT)
        except Killed:
            if bank.ledger.books.record("bank.day", "closing") is not None and bank.today <= NEXT:
                with pytest.raises(DayClosing):
                    bank.handle(FundReserve("mall", Amount(1, CNY)), "during")
            store.close()
            store = SqliteStore(tmp_path / f"{stop}.db", durability="normal")
            Bank.open(store, clock=clock).close_day(NEXT)
            assert books_of(Bank.open(store, clock=clock)) == expected
            store.close()
        else:
            assert books_of(bank) == expected
            store.close()
            return
    pytest.fail("the close never came to its end")


def test_a_close_tells_each_step_that_is_done(bank: Bank) -> None:
    told: list[str] = []
    bank.close_day(NEXT, on_step=told.append)
    keys = [entry.transaction.key for entry in bank.ledger.reader.entries()]
    made = [f"wallet {key.partition('/wallet/')[2]}" for key in keys if key.startswith("eod/")]
    assert told == [name for name in made if name != "wallet "]
    assert told[:1] == ["wallet mall/payout"]
    bank.close_day(NEXT, on_step=lambda _: pytest.fail("the days are closed"))


def test_while_a_day_closes_commands_wait(bank: Bank) -> None:
    seen: list[str] = []

    def daily(books: Books, day: date) -> Iterator[Step]:
        with pytest.raises(DayClosing) as refusal:
            both.preview(FundReserve("mall", Amount(1, CNY)))
        with pytest.raises(DayClosing) as refusal:
            both.handle(FundReserve("mall", Amount(1, CNY)), "during")
        seen.append(f"{refusal.value.day} {refusal.value.transient}")
        yield Step("nothing", lambda books: Plan())

    product = Product("probe", "", {}, lambda c, b: None, {}, daily, {}, {})
    serves = Transaction(kind="serve", effective_on=DAY, records=(Record(SERVED, "probe", {"version": "1"}),))
    bank.ledger.execute("serve", {}, lambda _: [serves])
    both = Bank(bank.ledger, [product, PARTIES, CURRENT, WALLET])
    both.close_day(DAY)
    assert seen == ["2024-05-01 True"]
    both.handle(FundReserve("mall", Amount(1, CNY)), "during")


def test_broken_invariants_name_their_product(bank: Bank) -> None:
    """Money moved behind the product's back is noticed by its invariants, not by the ledger's."""
    bank.ledger.post(
        move(
            "hand",
            "wallet:mall:client:c1:bonus",
            "wallet:mall:reserve",
            5,
            effective_on=DAY,
            description="by hand",
        )
    )
    broken = list(bank.broken_invariants())
    assert broken
    assert all(isinstance(error, InvariantBroken) and error.product == "wallet" for error in broken)
    assert {error.invariant for error in broken} == {"A4"}
    verify(bank.ledger.reader, bank.ledger.book).require()
