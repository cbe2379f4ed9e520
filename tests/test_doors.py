"""The doors of the ledger: who comes in, and what happens to accounts that a product owns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest
from tests.ledger.making import CNY, DAY, evolve, move
from tests.products.holders import cash, holders

from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.doors import Doors
from bankcore.errors import (
    AccountOwned,
    ActorNotPermitted,
    InvariantBroken,
    KeyConflict,
    ProductMissing,
    RecordsRefused,
    RecordsStand,
    Rejection,
)
from bankcore.ledger.accounts import Account, AccountPath, Status
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.transactions import Record, Transaction
from bankcore.ledger.velocity import Flow, Per, VelocityLimit
from bankcore.product.actor import Actor
from bankcore.products.current import CURRENT, CourtFreeze
from bankcore.products.parties import PARTIES
from bankcore.products.time_deposit import TIME_DEPOSIT
from bankcore.products.time_deposit import OpenProgramme as OpenDeposits
from bankcore.products.wallet import WALLET, FundReserve, OpenProgramme, Recharge, RegisterClient
from bankcore.serving import served
from bankcore.stores.memory import MemoryStore

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
FREE, OTHER = AccountPath("till:1"), AccountPath("till:2")
RESERVE, SERVICE = AccountPath("wallet:mall:reserve"), AccountPath("wallet:mall:service")
BONUS = AccountPath("wallet:mall:client:c1:bonus")
OFFICER, SYSTEM = Actor.parse("officer:lin"), Actor.parse("system:eod")
OTHERS = [Actor.parse(f"{role}:mal") for role in ("customer", "merchant", "operator")]


def paid(key: str, debit: str, credit: str, quantity: int) -> Transaction:
    return move(key, credit, debit, quantity)


def plain() -> Bank:
    """A book that no product serves, with two accounts and 100.00 in one of them."""
    bank = Bank.create(MemoryStore(), opened_on=DAY, clock=lambda: NOON)
    accounts = [Account(path, kind, CNY, floor=0) for path, kind in ((FREE, "asset"), (OTHER, "liability"))]
    bank.doors().open(accounts, key="open")
    bank.doors().post(paid("first", FREE, OTHER, 10_000))
    return bank


def mall() -> Bank:
    bank = plain()
    for n, command in enumerate((*holders("mall", "c1"), cash("mall", "9,000.00"))):
        bank.handle(command, f"party-{n}")
    bank.handle(OpenProgramme("mall", {"threshold": "0"}), "mall")
    bank.handle(FundReserve("mall", Amount(500_000, CNY)), "fund")
    bank.handle(RegisterClient("mall", "c1"), "c1")
    bank.handle(Recharge("mall", "c1", Amount(1_000_00, CNY), recharge="r"), "r")
    bank.doors(OFFICER, "made by hand").post(paid("hand", RESERVE, SERVICE, 5))
    return bank


Door = Callable[[Doors], Any]
DOORS: dict[str, Door] = {
    "post": lambda it: it.post(paid("k", FREE, OTHER, 5)),
    "post-many": lambda it: it.post_many([paid("k", FREE, OTHER, 5)]),
    "reverse": lambda it: it.reverse(2, key="k", effective_on=DAY),
    "correct": lambda it: it.correct(2, paid("", FREE, OTHER, 7).postings, key="k", effective_on=DAY),
    "hold": lambda it: it.post(evolve(paid("k", OTHER, FREE, 5), pending=True)),
    "open": lambda it: it.open([Account("till:3", "asset", CNY)], key="k"),
    "bring forward": lambda it: it.bring_forward(
        {AccountPath("till:4"): 5}, against=OTHER, key="k", effective_on=DAY
    ),
    "freeze": lambda it: it.change(FREE, key="k", reason="count", status=Status.FROZEN),
    "freeze an owned account": lambda it: it.change(RESERVE, key="k", reason="court", status=Status.FROZEN),
    "close": lambda it: it.close_account(FREE, into=OTHER, key="k", reason="gone"),
    "limit": lambda it: it.limit(VelocityLimit("out", "till", CNY, Flow.OUT, Per.DAY, most=9), key="k"),
}


def served_bank() -> Bank:
    bank = mall()
    bank.doors().open([Account("till:4", "asset", CNY)], key="till-4")
    return bank


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("actor", [OFFICER, SYSTEM, None], ids=str)
def test_officers_and_the_system_come_in(door: str, actor: Actor | None) -> None:
    bank = served_bank()
    DOORS[door](bank.doors(actor))
    last = bank.ledger.entry(bank.ledger.reader.head().number)
    assert str(actor or "officer:bank") == last.transaction.actor
    verify(bank.ledger.reader, bank.ledger.book).require()


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("actor", OTHERS, ids=str)
def test_nobody_else_comes_in_and_leaves_no_trace(door: str, actor: Actor) -> None:
    bank = served_bank()
    before = bank.ledger.reader.head()
    with pytest.raises(ActorNotPermitted):
        DOORS[door](bank.doors(actor))
    assert before == bank.ledger.reader.head()


@pytest.mark.parametrize("actor", [*OTHERS, None], ids=str)
def test_in_a_book_that_no_product_serves_anybody_may(actor: Actor | None) -> None:
    bank = plain()
    bank.doors(actor).post(evolve(paid("k", FREE, OTHER, 5), actor="teller-7"))
    assert str(actor or "teller-7") == bank.ledger.entry(3).transaction.actor


def test_a_hold_is_captured_and_released_at_the_doors() -> None:
    bank = mall()
    held = bank.doors().post(evolve(paid("h1", OTHER, FREE, 5), pending=True))
    bank.doors().release(held.number, key="release", effective_on=DAY)
    held = bank.doors().post(evolve(paid("h2", OTHER, FREE, 5), pending=True))
    with pytest.raises(ActorNotPermitted):
        bank.doors(OTHERS[0]).capture(held.number, key="capture", effective_on=DAY)
    bank.doors().capture(held.number, key="capture", effective_on=DAY)
    assert bank.amount(OTHER).quantity == 9_995


# --- accounts that a product owns ---------------------------------------------------------------------

FUNDING, BY_HAND = mall().ledger.reader.numbers(["fund", "hand"]).values()
OWNED: dict[str, Door] = {
    "post": lambda it: it.post(paid("k", RESERVE, SERVICE, 5)),
    "reverse": lambda it: it.reverse(BY_HAND, key="k", effective_on=DAY),
    "correct": lambda it: it.correct(
        BY_HAND, paid("", RESERVE, SERVICE, 4).postings, key="k", effective_on=DAY
    ),
}


@pytest.mark.parametrize("door", OWNED)
def test_an_owned_account_moves_with_a_reason_alone(door: str) -> None:
    bank = mall()
    bank.handle(FundReserve("mall", Amount(200_000, CNY)), "more")
    before = bank.ledger.reader.head()
    for reason in ("", "  "):
        with pytest.raises(AccountOwned, match="use its commands"):
            OWNED[door](bank.doors(OFFICER, reason))
    assert before == bank.ledger.reader.head()
    first = OWNED[door](bank.doors(OFFICER, "posted by the wrong system"))
    again = OWNED[door](bank.doors(OFFICER, "posted by the wrong system"))
    assert (first.number, True) == (again.number, again.replayed)
    assert bank.ledger.entry(first.number).transaction.details["reason"] == "posted by the wrong system"
    with pytest.raises(KeyConflict):
        OWNED[door](bank.doors(OFFICER, "another reason"))
    assert not list(bank.broken_invariants())


def test_an_owned_hold_is_captured_with_a_reason_alone() -> None:
    bank = mall()
    hold = evolve(paid("hold", RESERVE, SERVICE, 5), pending=True)
    number = bank.doors(OFFICER, "court").post(hold).number
    with pytest.raises(AccountOwned):
        bank.doors(OFFICER).capture(number, key="k", effective_on=DAY)
    bank.doors(OFFICER, "court").capture(number, key="k", effective_on=DAY)
    assert bank.amount(SERVICE).quantity == 5 + 5


def test_what_breaks_an_invariant_is_not_written_whatever_the_reason() -> None:
    bank = mall()
    before = bank.ledger.reader.head()
    with pytest.raises(InvariantBroken):
        bank.doors(OFFICER, "a favour").post(paid("k", BONUS, RESERVE, 5))
    assert before == bank.ledger.reader.head()
    assert not list(bank.broken_invariants())


@pytest.mark.parametrize(
    "door",
    [
        lambda it: it.post_many([paid("k", FREE, OTHER, 5), paid("l", RESERVE, SERVICE, 5)]),
        lambda it: it.open([Account("wallet:mall:client:eve:principal", "liability", CNY)], key="k"),
        lambda it: it.close_account(SERVICE, key="k", reason="gone"),
        lambda it: it.close_account(FREE, into=SERVICE, key="k", reason="gone"),
        lambda it: it.bring_forward({SERVICE: 5}, against=OTHER, key="k", effective_on=DAY),
    ],
)
def test_some_doors_are_for_other_accounts_only(door: Door) -> None:
    bank = mall()
    before = bank.ledger.reader.head()
    with pytest.raises(AccountOwned):
        door(bank.doors(OFFICER, "a good reason"))
    assert before == bank.ledger.reader.head()


# --- the products that serve a book ----------------------------------------------------------------------


def test_a_product_is_recorded_with_its_first_command_and_its_next_version() -> None:
    bank = mall()
    assert served(bank.ledger.books) == {"current": "1", "parties": "1", "wallet": "1"}
    newer = Bank(bank.ledger, [PARTIES, CURRENT, attrs.evolve(WALLET, version=2)])
    newer.handle(FundReserve("mall", Amount(1, CNY)), "k")
    assert served(bank.ledger.books) == {"current": "1", "parties": "1", "wallet": "2"}


@pytest.mark.parametrize(
    "ask",
    [
        lambda bank: bank.close_day(DAY),
        lambda bank: bank.doors(),
        lambda bank: bank.handle(OpenDeposits("3m"), "k"),
        lambda bank: bank.preview(OpenDeposits("3m")),
    ],
)
def test_a_bank_without_a_product_that_serves_the_book_does_nothing(ask: Callable[[Bank], Any]) -> None:
    bank = mall()
    before = bank.ledger.reader.head()
    with pytest.raises(ProductMissing, match="wallet") as refusal:
        ask(Bank(bank.ledger, [TIME_DEPOSIT]))
    assert isinstance(refusal.value, Rejection)
    assert before == bank.ledger.reader.head()


# --- what only commands write ----------------------------------------------------------------------------

DEMAND, SUSPENSE = AccountPath("bank:demand:mall"), AccountPath("bank:suspense:mall")


@pytest.mark.parametrize(
    "record",
    [
        Record("parties.party", "c1", {"representatives": ["eve"]}, 9),
        Record("account", FREE, {"status": "open"}, 2),
        Record("erasure", "parties.party/c1/1", {}),
        Record("bank.day", "closing", {"day": "9999-12-31"}),
        Record("notice", "x", {}),
    ],
    ids=lambda it: it.kind,
)
@pytest.mark.parametrize("reason", ["", "a good reason"])
def test_records_are_written_by_commands_alone(record: Record, reason: str) -> None:
    bank = mall()
    before = bank.ledger.reader.head()
    given = Transaction(kind="x", effective_on=DAY, records=(record,), key="k")
    for transaction in (given, evolve(paid("k", FREE, OTHER, 5), records=(record,))):
        with pytest.raises(RecordsRefused):
            bank.doors(OFFICER, reason).post(transaction)
        with pytest.raises(RecordsRefused):
            bank.doors(OFFICER, reason).post_many([transaction])
    assert before == bank.ledger.reader.head()


def test_in_a_book_that_no_product_serves_records_are_posted() -> None:
    bank = plain()
    bank.doors().post(Transaction(kind="x", effective_on=DAY, records=(Record("memo", "a", {}),), key="k"))
    assert bank.ledger.books.record("memo", "a") is not None


OTHERWISE = (paid("", SERVICE, RESERVE, 500_000).postings, paid("", FREE, OTHER, 1).postings)


@pytest.mark.parametrize(
    "door",
    [
        lambda it: it.correct(FUNDING, OTHERWISE[0], key="k", effective_on=DAY),
        lambda it: it.correct(FUNDING, OTHERWISE[1], key="k", effective_on=DAY),
        lambda it: it.post(evolve(paid("k", SERVICE, RESERVE, 500_000), corrects=FUNDING)),
        lambda it: it.post_many([evolve(paid("k", FREE, OTHER, 5), corrects=FUNDING)]),
    ],
)
@pytest.mark.parametrize("reason", ["", "a good reason"])
def test_what_a_command_recorded_is_not_corrected_away(door: Door, reason: str) -> None:
    """The product would go on with what it recorded: here, with money that the operator has paid in."""
    bank = mall()
    before, flows = bank.ledger.reader.head(), bank.report("wallet", "flows").rows
    with pytest.raises(RecordsStand, match=f"transaction {FUNDING} made records"):
        door(bank.doors(OFFICER, reason))
    assert before == bank.ledger.reader.head()
    assert flows == bank.report("wallet", "flows").rows


def test_without_products_the_ledger_corrects_what_has_records() -> None:
    bank = plain()
    noted = evolve(paid("k", FREE, OTHER, 5), records=(Record("memo", "a", {}),))
    number = bank.doors().post(noted).number
    bank.doors().correct(number, paid("", FREE, OTHER, 7).postings, key="c", effective_on=DAY)
    assert bank.amount(FREE).quantity == 10_007


@pytest.mark.parametrize("other", [{"pending": True}, {"details": {"a": 1}}, {"agreement": "mall"}], ids=str)
def test_a_forced_posting_is_replayed_for_the_whole_of_it(other: dict[str, Any]) -> None:
    doors = mall().doors(OFFICER, "a mistake")
    doors.post(paid("k", RESERVE, SERVICE, 5))
    with pytest.raises(KeyConflict):
        doors.post(evolve(paid("k", RESERVE, SERVICE, 5), **other))


@pytest.mark.parametrize(
    "door",
    [
        lambda it: it.post(paid("k", DEMAND, AccountPath("bank:demand:c1"), 5)),
        lambda it: it.post(move("k", str(DEMAND), str(FREE), 5)),  # type: ignore[arg-type]
        lambda it: it.open([Account(SUSPENSE, "liability", CNY)], key="k"),
        lambda it: it.close_account(str(DEMAND), into=str(FREE), key="k", reason="gone"),
        lambda it: it.change(DEMAND, status=Status.CLOSED, key="k", reason="gone"),
    ],
)
def test_the_accounts_of_parties_are_a_product_s(door: Door) -> None:
    bank = mall()
    before = bank.ledger.reader.head()
    with pytest.raises(AccountOwned):
        door(bank.doors(OFFICER))
    assert before == bank.ledger.reader.head()


def test_a_hold_of_a_court_is_released_with_a_reason_alone() -> None:
    bank = mall()
    (receipt,) = bank.handle(CourtFreeze("mall", "17", Amount(5, CNY)), "court")
    freed = Transaction(kind="x", effective_on=DAY, resolves=receipt.number, key="k")
    with pytest.raises(AccountOwned):
        bank.doors(OFFICER).release(receipt.number, key="k", effective_on=DAY)
    for door in (lambda it: it.post(freed), lambda it: it.post_many([freed])):
        with pytest.raises(AccountOwned):
            door(bank.doors(OFFICER))
    bank.doors(OFFICER, "the order is void").release(receipt.number, key="k", effective_on=DAY)


def test_no_door_opens_what_a_court_froze_and_any_may_be_frozen() -> None:
    bank = mall()
    bank.handle(CourtFreeze("mall", "17"), "court")
    for door in (
        lambda it: it.unfreeze(DEMAND, key="k", reason="a favour"),
        lambda it: it.change(DEMAND, status=Status.OPEN, key="k", reason="a favour"),
    ):
        with pytest.raises(InvariantBroken):
            door(bank.doors(OFFICER))
    bank.doors(OFFICER).change(DEMAND, status=Status.FROZEN, key="f", reason="the bank's own")
    assert bank.ledger.books.accounts([DEMAND])[DEMAND].status is Status.FROZEN
