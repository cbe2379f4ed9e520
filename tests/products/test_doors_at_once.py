"""Two processes at one door at once: one wins, the other meets a stable refusal, and no money moves twice."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import PROFILE
from tests.products.holders import cash, cny, holders
from tests.products.processes import DAY, Asked, give, now, reopened

from bankcore.bank import Bank
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.evidence.audit import verify
from bankcore.links import confirmation, link_to, nonce_for, read, write
from bankcore.payments import code_of, payment
from bankcore.product.actor import Actor
from bankcore.products import certificate, wallet
from bankcore.products.current import Transfer
from bankcore.products.loan import (
    Approve,
    Disburse,
    OpenProgramme,
    ProposeWriteOff,
    Reject,
    SignContract,
)
from bankcore.stores.open import open_store
from bankcore.testing import registration

ROUNDS = 12
LI, HAN, MEI = "officer:li", "officer:han", "officer:mei"


@pytest.fixture(params=["file", *(["server"] if PROFILE == "nightly" else [])])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where the book is."""
    on_server = request.param == "server"
    return str(request.getfixturevalue("postgres_url") if on_server else tmp_path / "book.db")


@pytest.fixture
def loans(place: str) -> str:
    """The place of loans of b, each with a write-off that li proposed, and of parties with 10.00 each."""
    with closing(open_store(place, create=True)) as store:
        bank = Bank.create(store, opened_on=DAY, clock=now)
        terms: dict[str, Any] = {"needs_push": False}
        commands: list[Any] = [*holders("b", "payer", "shop"), OpenProgramme("x", terms)]  # type: ignore[arg-type]
        for n in range(ROUNDS):
            commands += [SignContract("x", f"l{n}", "b", cny("100.00"), 12), Disburse("x", f"l{n}")]
            commands.append(ProposeWriteOff("x", f"l{n}", "insolvent"))
            commands += [*registration(f"p{n}"), cash(f"p{n}", "10.00")]
        for key, command in enumerate(commands):
            by = Actor.parse(LI) if isinstance(command, ProposeWriteOff) else None
            bank.handle(command, f"set-up-{key}", by)
    return place


def at_once(place: str, one: list[Asked], other: list[Asked]) -> list[tuple[Any, Any]]:
    """What two processes are told that give commands in pairs, as nearly at once as can be."""
    context, pipes, processes = multiprocessing.get_context("spawn"), [], []
    for asked in (one, other):
        ours, theirs = context.Pipe()
        processes.append(context.Process(target=give, args=(place, asked, theirs)))
        processes[-1].start()
        theirs.close()
        assert ours.recv() == "ready"
        pipes.append(ours)
    told = []
    for _ in one:
        for pipe in pipes:
            pipe.send("go")
        told.append((pipes[0].recv(), pipes[1].recv()))
    for pipe, process in zip(pipes, processes, strict=True):
        process.join()
        pipe.close()
    return told


def sound(place: str) -> Bank:
    store, bank = reopened(place)
    verify(bank.ledger.reader, bank.ledger.book).require()
    assert not list(bank.broken_invariants())
    store.close()
    return bank


@pytest.mark.parametrize("second", [Approve, Reject])
def test_of_two_who_decide_one_proposal_one_wins(loans: str, second: type[Any]) -> None:
    one: list[Asked] = [(Approve("x", f"l{n}", "write-off", 1), f"han-{n}", HAN) for n in range(ROUNDS)]
    other: list[Asked] = [(second("x", f"l{n}", "write-off", 1), f"mei-{n}", MEI) for n in range(ROUNDS)]
    for pair in at_once(loans, one, other):
        assert sorted(type(it) is int for it in pair) == [False, True]
        assert {it for it in pair if isinstance(it, str)} == {"nothing_proposed"}
    store, bank = reopened(loans)
    with closing(store):
        ended = Counter(it.transaction.kind for it in bank.ledger.reader.entries())
        assert ended["loan.write-off"] <= ROUNDS
        for n in range(ROUNDS):  # whoever was refused is refused again, under the same key
            for command, key, by in (one[n], other[n]):
                if bank.ledger.reader.numbers([key]) == {}:
                    with pytest.raises(Exception, match="propos"):
                        bank.handle(command, key, Actor.parse(by))
    sound(loans)


def test_an_approval_and_another_proposal_at_once(loans: str) -> None:
    """The approval names what was seen: it wins, or what it approves has another in its place."""
    one: list[Asked] = [(Approve("x", f"l{n}", "write-off", 1), f"han-{n}", HAN) for n in range(ROUNDS)]
    other: list[Asked] = [(ProposeWriteOff("x", f"l{n}", "dead"), f"li-{n}", LI) for n in range(ROUNDS)]
    for approved, proposed in at_once(loans, one, other):
        assert type(approved) is int or approved == "stale_proposal"
        assert (type(approved) is int) is (type(proposed) is not int), (approved, proposed)
    sound(loans)


def test_one_key_at_two_doors_is_one_transfer(loans: str) -> None:
    asked: list[Asked] = [
        (Transfer(f"p{n}", "shop", cny("4.00")), f"pay-{n}", f"customer:p{n}") for n in range(ROUNDS)
    ]
    for one, other in at_once(loans, asked, asked):
        assert one == other
        assert type(one) is int
    store, bank = reopened(loans)
    with closing(store):
        assert bank.ledger.books.balance(AccountPath("bank:demand:shop")) == ROUNDS * 4_00
    sound(loans)


def test_money_that_is_there_once_leaves_once(loans: str) -> None:
    one: list[Asked] = [
        (Transfer(f"p{n}", "shop", cny("7.00")), f"one-{n}", f"customer:p{n}") for n in range(ROUNDS)
    ]
    other = [(command, key.replace("one", "other"), by) for command, key, by in one]
    for pair in at_once(loans, one, other):
        assert sorted(type(it) is int for it in pair) == [False, True]
        assert "balance_floor_breached" in pair
    sound(loans)


def test_a_payment_code_is_paid_once_by_two_clients_at_once(place: str) -> None:
    clients, one, other = ("c1", "c2"), list[Asked](), list[Asked]()
    with closing(open_store(place, create=True)) as store:
        bank = Bank.create(store, opened_on=DAY, clock=now)
        commands: list[Any] = [*holders("mall", *clients), cash("mall", "9,000.00")]
        terms = wallet.OpenProgramme("mall", {"threshold": "0", "bonus_tiers": [["0", "0"]]})  # type: ignore[arg-type]
        commands += [terms, wallet.FundReserve("mall", cny("5,000.00"))]
        commands.append(wallet.RegisterMerchant("mall", "shop", own=True))
        for client in clients:
            commands.append(wallet.RegisterClient("mall", client))
            commands.append(wallet.Bind("mall", client, "shop"))
            commands.append(wallet.ConfirmBinding("mall", client, "shop"))
            commands.append(wallet.Recharge("mall", client, cny("1,000.00"), recharge=f"r-{client}"))
        until = (now() + timedelta(hours=1)).isoformat()
        commands += [
            wallet.RequestPayment("mall", "shop", f"q{n}", cny("30.00"), until) for n in range(ROUNDS)
        ]
        for key, command in enumerate(commands):
            by = Actor.parse("operator:mall") if isinstance(command, wallet.RequestPayment) else None
            bank.handle(command, f"set-up-{key}", by)
        for n in range(ROUNDS):
            code = code_of(bank.ledger.books, "mall", "shop", f"q{n}")
            for asked, client in ((one, "c1"), (other, "c2")):
                paid = payment(bank.ledger.books, code, client, f"{client}-{n}", now())
                asked.append((paid, f"{client}-{n}", f"customer:{client}"))
    for pair in at_once(place, one, other):
        assert sorted(type(it) is int for it in pair) == [False, True]
        assert "request_paid" in pair
    sound(place)
    store, bank = reopened(place)
    with closing(store):
        assert bank.ledger.books.balance(AccountPath("wallet:mall:service")) == ROUNDS * 30_00


def test_the_last_place_of_a_link_is_taken_once_by_two_who_hold_it(place: str) -> None:
    secret, one, other = (
        "correct horse battery staple",
        list[Asked](),
        list[Asked](),
    )
    with closing(open_store(place, create=True)) as store:
        bank = Bank.create(store, opened_on=DAY, clock=now)
        commands: list[Any] = [*holders("a", "c1", "c2"), cash("c1", "9,000.00"), cash("c2", "9,000.00")]
        commands.append(certificate.OpenProgramme("cd", certificate.CertificateTerms.from_data({})))
        for n in range(ROUNDS):
            commands.append(certificate.InitiateOrder("cd", f"k{n}", "a", "CD12", "mobile"))
            commands.append(certificate.IssueLink("cd", f"k{n}", "a", nonce_for(secret, f"k{n}"), places=1))
        for key, command in enumerate(commands):
            bank.handle(command, f"set-up-{key}")
        for n in range(ROUNDS):
            token = write(link_to(bank.ledger.books, "cd", f"k{n}", nonce_for(secret, f"k{n}")), secret)
            for asked, holder in ((one, "c1"), (other, "c2")):
                command = confirmation(read(token, secret, now()), holder, cny("100.00"))
                asked.append((command, f"{holder}-{n}", f"customer:{holder}"))
    for pair in at_once(place, one, other):
        assert sorted(type(it) is int for it in pair) == [False, True]
        assert "link_used" in pair
    sound(place)
    store, bank = reopened(place)
    with closing(store):
        left = sum(bank.ledger.books.balance(AccountPath(f"bank:demand:{it}")) for it in ("c1", "c2"))
        assert left == 18_000_00 - ROUNDS * 100_00


def test_the_order_that_fills_a_reserve_is_drawn_to_its_cap_by_two_recharges_at_once(place: str) -> None:
    """The operator's 60.00 would do for both of each pair, the cap of 3.00 a round does for one of them."""
    one, other = list[Asked](), list[Asked]()
    with closing(open_store(place, create=True)) as store:
        bank = Bank.create(store, opened_on=DAY, clock=now)
        commands: list[Any] = [*holders("mall", "c1", "c2"), cash("mall", "160.00")]
        terms = {"threshold": "100.00", "preset": "1.00", "bonus_tiers": [["0", "0"]]}
        commands += [wallet.OpenProgramme("mall", terms), wallet.FundReserve("mall", cny("100.00"))]  # type: ignore[arg-type]
        commands += [wallet.RegisterClient("mall", client) for client in ("c1", "c2")]
        commands.append(wallet.OrderFunding("mall", cny("36.00")))
        for key, command in enumerate(commands):
            bank.handle(command, f"set-up-{key}")
    for asked, client in ((one, "c1"), (other, "c2")):
        for n in range(ROUNDS):
            paid = wallet.Recharge("mall", client, cny("3.00"), recharge=f"{client}-{n}")
            asked.append((paid, f"{client}-{n}", "operator:mall"))
    for pair in at_once(place, one, other):
        assert all(type(it) is int for it in pair)
    sound(place)
    store, bank = reopened(place)
    with closing(store):
        books = bank.ledger.books
        assert books.balance(AccountPath("bank:demand:mall")) == 60_00 - 36_00
        assert books.balance(AccountPath("wallet:mall:reserve")) == 100_00 - 2 * ROUNDS * 3_00 + 36_00
