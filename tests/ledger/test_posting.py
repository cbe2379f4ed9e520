"""Posting: what a transaction does, what a key promises, what a refusal leaves."""

from __future__ import annotations

import gc
import threading
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.conftest import ACCOUNTS, BOOK, NOON
from tests.ledger.making import DAY, POINT, evolve, leg, move, told

from bankcore.errors import (
    BadKey,
    BalanceCeilingBreached,
    BalanceFloorBreached,
    BankcoreError,
    KeyConflict,
    Unbalanced,
    UnknownAccount,
)
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.posting.ordinary import Ordinary
from bankcore.ledger.transactions import Receipt, Record, Transaction
from bankcore.stores.memory import MemoryStore


def balances(ledger: Ledger) -> dict[str, int]:
    return {account.path: ledger.balance(account.path).net for account in ACCOUNTS}


def test_a_transaction_moves_both_accounts_and_numbers_their_postings(ledger: Ledger) -> None:
    receipt = ledger.post(move("1", "a", "cash", 700))
    assert receipt.as_dict() == {
        "number": 2,
        "key": "1",
        "recorded_at": "2024-05-01T12:00:00.000000Z",
        "digest": receipt.digest.hex(),
        "replayed": False,
    }
    ledger.post(move("2", "cash", "a", 200))
    assert (receipt.number, receipt.key, receipt.recorded_at, receipt.replayed) == (2, "1", NOON, False)
    cash, a = ledger.balance("cash"), ledger.balance("a")
    assert (cash.debits, cash.credits, cash.net) == (700, 200, 500)
    assert (a.debits, a.credits, a.net) == (200, 700, 500)
    assert {type(n) for balance in (cash, a) for n in (balance.debits, balance.credits, balance.net)} == {int}
    lines = [
        (line.sequence, line.number, line.quantity, line.balance) for line in ledger.reader.lines("cash")
    ]
    assert lines == [(1, 2, 700, 700), (2, 3, -200, 500)]


def test_one_transaction_holds_several_units_and_memorandum_accounts(ledger: Ledger) -> None:
    ledger.post(
        Transaction(
            key="1",
            kind="order",
            effective_on=DAY,
            postings=(
                leg("cash", 900),
                leg("a", -900),
                leg("issued", 9, POINT),
                leg("points", -9, POINT),
                leg("due", 900),
                leg("due-contra", -900),
            ),
        )
    )
    found = balances(ledger)
    assert found == {
        "cash": 900,
        "a": 900,
        "b": 0,
        "line": 0,
        "points": 9,
        "issued": 9,
        "due": 900,
        "due-contra": 900,
    }


def test_memorandum_postings_do_not_balance_money(ledger: Ledger) -> None:
    for postings, layer, total in (
        ((leg("due", 900), leg("a", -900)), "on balance", -900),
        ((leg("due", 900), leg("due-contra", -800)), "memorandum", 100),
    ):
        with pytest.raises(Unbalanced) as refusal:
            ledger.post(Transaction(key="1", kind="x", effective_on=DAY, postings=postings))
        assert told(refusal.value) == ["CNY/2", layer, total]


def test_an_account_may_stand_on_both_sides_and_only_its_end_counts(ledger: Ledger) -> None:
    ledger.post(
        Transaction(
            key="1",
            kind="x",
            effective_on=DAY,
            postings=(leg("a", 500), leg("cash", 100), leg("a", -600)),
        )
    )
    a = ledger.balance("a")
    assert (a.debits, a.credits, a.net) == (500, 600, 100)


def test_limits_hold_on_the_normal_side(ledger: Ledger) -> None:
    ledger.post(move("1", "b", "cash", 1_000_00))
    with pytest.raises(BalanceCeilingBreached) as above:
        ledger.post(move("2", "b", "cash", 1))
    with pytest.raises(BalanceFloorBreached) as below:
        ledger.post(move("3", "cash", "a", 1))
    ledger.post(move("4", "cash", "line", 500_00))
    with pytest.raises(BalanceFloorBreached):
        ledger.post(move("5", "cash", "line", 1))
    assert (above.value.available, above.value.needed, above.value.limit) == (0, 1, 1_000_00)
    assert (below.value.account, below.value.available, below.value.held, below.value.needed) == (
        "a",
        0,
        0,
        1,
    )


def test_a_refusal_leaves_no_trace_and_its_key_free(ledger: Ledger) -> None:
    before, head = balances(ledger), ledger.reader.head()
    with pytest.raises(BalanceFloorBreached):
        ledger.post(move("1", "cash", "a", 1))
    assert (balances(ledger), ledger.reader.head()) == (before, head)
    assert ledger.post(move("1", "a", "cash", 1)).replayed is False


def test_the_same_key_and_content_gives_the_first_receipt(ledger: Ledger) -> None:
    first = ledger.post(move("1", "a", "cash", 700))
    ledger.post(move("2", "cash", "a", 700))
    assert ledger.post(move("1", "a", "cash", 700)) == evolve(first, replayed=True)
    # a replay is found before any rule that depends on the state: today it would break the floor
    paid = ledger.post(move("3", "b", "cash", 5))
    emptied = ledger.post(move("4", "cash", "b", 5))
    assert ledger.post(move("4", "cash", "b", 5)) == evolve(emptied, replayed=True)
    assert paid.number + 1 == emptied.number == ledger.reader.head().number


OLD = Record("note", "1", {"text": "old"})
DIFFERENT: dict[str, tuple[dict[str, Any], str, str]] = {  # what is changed, what was stored, what is given
    "kind": ({"kind": "other"}, "move", "other"),
    "effective_on": ({"effective_on": DAY + timedelta(days=1)}, "2024-05-01", "2024-05-02"),
    "description": ({"description": "other"}, "", "other"),
    "agreement": ({"agreement": "other"}, "", "other"),
    "actor": ({"actor": "other"}, "", "other"),
    "details": ({"details": {"n": 2}}, '{"n":1}', '{"n":2}'),
    "reverses": ({"reverses": 1}, "None", "1"),
    "corrects": ({"corrects": 1}, "None", "1"),
    "pending": ({"pending": True}, "False", "True"),
    "resolves": ({"resolves": 1}, "None", "1"),
    "postings.1.account": ({"postings": (leg("line", 700), leg("a", -700))}, "cash", "line"),
    "postings.1.quantity": ({"postings": (leg("cash", 701), leg("a", -701))}, "700", "701"),
    "postings.2.unit": ({"postings": (leg("cash", 700), leg("a", -700, POINT))}, "CNY/2", "POINT/0"),
    "postings.3.account": ({"postings": (leg("cash", 700), leg("a", -700), leg("line", -1))}, "", "line"),
    "postings.2.account": ({"postings": (leg("cash", 700),)}, "a", ""),
    "records.1.data": ({"records": (evolve(OLD, data={"text": "new"}),)}, '{"text":"old"}', '{"text":"new"}'),
    "records.1.version": ({"records": (evolve(OLD, version=2),)}, "1", "2"),
    "records.1.id": ({"records": (evolve(OLD, id="2"),)}, "note 1", "note 2"),
    "records.2.id": ({"records": (OLD, Record("note", "2", {}))}, "", "note 2"),
}


@pytest.mark.parametrize("field", DIFFERENT)
def test_a_key_with_other_content_names_the_first_field(ledger: Ledger, field: str) -> None:
    changes, stored, given = DIFFERENT[field]
    first = move("1", "a", "cash", 700, details={"n": 1}, records=(OLD,))
    ledger.post(first)
    with pytest.raises(KeyConflict) as conflict:
        ledger.post(evolve(first, **changes))
    assert told(conflict.value) == ["1", field, stored, given]


def test_a_batch_gives_each_its_verdict(ledger: Ledger) -> None:
    verdicts = ledger.post_many(
        [
            move("1", "a", "cash", 10),
            move("2", "cash", "a", 11),
            move("3", "cash", "a", 10),
            move("1", "a", "cash", 10),
            move("3", "cash", "a", 9),
            move("4", "nobody", "a", 9),
        ]
    )
    kinds = [v.replayed if isinstance(v, Receipt) else v.code for v in verdicts]
    assert kinds == [False, "balance_floor_breached", False, True, "key_conflict", "unknown_account"]
    assert ledger.balance("a").net == 0


def test_an_atomic_batch_is_all_or_nothing(ledger: Ledger) -> None:
    with pytest.raises(UnknownAccount):
        ledger.post_many([move("1", "a", "cash", 10), move("2", "nobody", "cash", 1)], atomic=True)
    assert ledger.balance("a").net == 0
    receipts = ledger.post_many([move("1", "a", "cash", 10), move("2", "a", "cash", 1)], atomic=True)
    assert [r.key for r in receipts if isinstance(r, Receipt)] == ["1", "2"]


def test_an_empty_batch_writes_nothing(ledger: Ledger) -> None:
    assert ledger.post_many([]) == []
    assert ledger.reader.head().number == 1


moves = st.builds(
    move,
    st.integers(1, 12).map(str),
    st.sampled_from(["cash", "a", "b", "line"]),
    st.sampled_from(["cash", "a", "b", "line", "nobody"]),
    st.integers(-3, 40_000),
)


def fresh() -> Ledger:
    ledger = Ledger.create(MemoryStore(), BOOK, clock=lambda: NOON)
    ledger.open(ACCOUNTS, key="open")
    return ledger


@given(st.lists(st.lists(moves, max_size=6), max_size=6))
def test_batches_equal_posting_one_by_one(batches: list[list[Transaction]]) -> None:
    together, alone = fresh(), fresh()
    for batch in batches:
        at_once = [v if isinstance(v, Receipt) else v.as_dict() for v in together.post_many(batch)]
        assert at_once == [outcome(alone, t) for t in batch]
    assert together.reader.head() == alone.reader.head()
    assert balances(together) == balances(alone)


@given(st.lists(moves, max_size=12))
def test_the_quick_test_lets_nothing_through_that_the_rules_refuse(batch: list[Transaction]) -> None:
    quick, slow = fresh(), fresh()
    verdicts = [outcome(quick, t) for t in batch]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Ordinary, "decide", lambda self, transaction: None)
        assert [outcome(slow, t) for t in batch] == verdicts
    assert quick.reader.head() == slow.reader.head()


def outcome(ledger: Ledger, transaction: Transaction) -> object:
    try:
        return ledger.post(transaction)
    except BankcoreError as refusal:
        return refusal.as_dict()


def test_many_threads_lose_nothing(ledger: Ledger) -> None:
    def work(worker: int) -> None:
        for n in range(25):
            ledger.post(move(f"{worker}-{n}", "a", "cash", 1))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ledger.balance("a").net == 100
    assert [line.sequence for line in ledger.reader.lines("a")] == list(range(1, 101))


def test_two_ledgers_on_one_store_see_each_other(ledger: Ledger) -> None:
    other = Ledger(ledger.store, BOOK, clock=lambda: NOON)
    other.post(move("1", "a", "cash", 10))
    with pytest.raises(BalanceFloorBreached):
        ledger.post(move("2", "cash", "a", 11))
    ledger.post(move("2", "cash", "a", 10))
    with pytest.raises(BalanceFloorBreached):
        other.post(move("3", "cash", "a", 1))
    assert other.balance("a").net == 0


def test_recorded_times_never_decrease(ledger: Ledger) -> None:
    times = iter([NOON + timedelta(hours=1), NOON])
    slipping = Ledger(ledger.store, BOOK, clock=lambda: next(times))
    first = slipping.post(move("1", "a", "cash", 1))
    second = slipping.post(move("2", "a", "cash", 1))
    assert first.recorded_at == second.recorded_at == NOON + timedelta(hours=1)


def test_execute_runs_a_rule_once_per_key(ledger: Ledger) -> None:
    calls: list[date] = []

    def rule(books):  # type: ignore[no-untyped-def]
        calls.append(books.today)
        return [move("", "a", "cash", 5), move("", "a", "cash", books.balance("a") + 6)]

    first = ledger.execute("op", {"n": 1}, rule, actor="officer:x")
    again = ledger.execute("op", {"n": 1}, rule, actor="officer:x")
    assert [r.key for r in first] == ["op", "op#2"]
    assert [evolve(r, replayed=True) for r in first] == list(again)
    assert (calls, ledger.balance("a").net) == ([DAY], 11)
    made = [ledger.entry(receipt.number).transaction for receipt in first]
    assert [(t.actor, t.details) for t in made] == [("officer:x", {"n": 1}), ("officer:x", {})]
    for request, actor, differs in [
        ({"n": 2}, "officer:x", ["n", "1", "2"]),
        ({"n": True}, "officer:x", ["n", "1", "True"]),
        ({"n": 1}, "officer:y", ["actor", "officer:x", "officer:y"]),
        ({}, "officer:x", ["n", "1", "None"]),
        ({"n": 1, "m": 0}, "officer:x", ["m", "None", "0"]),
    ]:
        with pytest.raises(KeyConflict) as conflict:
            ledger.execute("op", request, rule, actor=actor)
        assert told(conflict.value) == ["op", *differs]


def test_nobody_writes_under_the_keys_of_an_operation(ledger: Ledger) -> None:
    """Or the transaction would be given as a part of the operation, if it stands directly after."""

    def one(_: object) -> list[Transaction]:
        return [move("", "a", "cash", 5)]

    first = ledger.execute("op", {}, one)
    for key in ("op#2", "op#3", "op#10"):
        with pytest.raises(BadKey, match="it is reserved for the transactions of operation 'op'") as refusal:
            ledger.post(move(key, "a", "cash", 1))
        assert told(refusal.value) == [key]
    with pytest.raises(BadKey):
        ledger.execute("op#2", {}, one)
    batch = [move("x", "a", "cash", 1), move("x#2", "a", "cash", 1), move("x#1", "a", "cash", 1)]
    verdicts = ledger.post_many(batch)
    assert [getattr(verdict, "code", "written") for verdict in verdicts] == ["written", "bad_key", "written"]
    others = ["op#0", "op#1", "op#02", "op#", "#2", "op#two", "order#2"]
    assert [ledger.post(move(key, "a", "cash", 1)).key for key in others] == others
    again = ledger.execute("op", {}, one)
    assert [(r.key, r.replayed) for r in again] == [("op", True)] == [(r.key, True) for r in first]


def test_a_key_written_before_the_operation_is_in_its_way(ledger: Ledger) -> None:
    ledger.post(move("op#2", "a", "cash", 1))
    with pytest.raises(KeyConflict):
        ledger.execute("op", {}, lambda _: [move("", "a", "cash", 5)] * 2)
    assert [r.key for r in ledger.execute("op", {}, lambda _: [move("", "a", "cash", 5)])] == ["op"]
    assert ledger.post(move("op#2", "a", "cash", 1)).replayed is True


def test_a_rule_with_nothing_to_write_leaves_its_key_free(ledger: Ledger) -> None:
    assert ledger.execute("op", {}, lambda books: ()) == ()
    assert ledger.post(move("op", "a", "cash", 1)).replayed is False


def test_a_preview_checks_everything_and_writes_nothing(ledger: Ledger) -> None:
    head = ledger.reader.head()
    (planned,) = ledger.preview(lambda books: [move("", "a", "cash", 5)])
    assert planned.postings == (leg("cash", 5), leg("a", -5))
    with pytest.raises(BalanceFloorBreached):
        ledger.preview(lambda books: [move("", "cash", "a", 5)])
    assert ledger.reader.head() == head
    assert ledger.post(move("1", "a", "cash", 1)).number == 2


def test_no_key_stands_in_the_way_of_a_preview(ledger: Ledger) -> None:
    (planned,) = ledger.preview(lambda books: [move("", "a", "cash", 5)])
    ledger.post(move("preview", "a", "cash", 1))
    ledger.post(move(planned.key, "a", "cash", 1))
    (planned,) = ledger.preview(lambda books: [move("", "a", "cash", 5)])
    assert planned.postings == (leg("cash", 5), leg("a", -5))


def test_a_batch_leaves_the_garbage_collector_as_it_was(ledger: Ledger) -> None:
    enabled = gc.isenabled()
    try:
        gc.disable()
        ledger.post_many([move("1", "a", "cash", 1)])
        assert not gc.isenabled()
        gc.enable()
        ledger.post_many([move("2", "a", "cash", 1)])
        assert gc.isenabled()
    finally:
        (gc.enable if enabled else gc.disable)()
