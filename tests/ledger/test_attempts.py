"""An attempt that the ledger refuses leaves what it says otherwise, in the same commit, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from tests.ledger.conftest import BOOK, NOON
from tests.ledger.making import CNY, DAY, evolve, move, told
from tests.ledger.test_queue import Gate, waiting

from bankcore.errors import (
    AccountExists,
    BadAmount,
    BadTransaction,
    BalanceFloorBreached,
    BankcoreError,
    KeyConflict,
    StaleRead,
    UnitMismatch,
)
from bankcore.ledger import changes
from bankcore.ledger.accounts import Account, AccountPath, Status
from bankcore.ledger.books import Books
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.ports import Store
from bankcore.ledger.rules import Attempt, Planned, Sealing
from bankcore.ledger.transactions import Record, Transaction, open_account
from bankcore.ledger.velocity import Flow, Per, VelocityLimit

A, B = AccountPath("a"), AccountPath("b")


def note(id: str = "owed", **data: Any) -> Transaction:
    return Transaction(kind="note", effective_on=DAY, records=(Record("note", id, data),))


def plan(*planned: Planned) -> Callable[[Books], Sequence[Planned]]:
    return lambda _: planned


def kinds(ledger: Ledger, receipts: Sequence[Any]) -> list[str]:
    return [ledger.entry(receipt.number).transaction.kind for receipt in receipts]


def freeze(ledger: Ledger) -> None:
    ledger.change(A, key="freeze", reason="court", status=Status.FROZEN)


def close(ledger: Ledger) -> None:
    ledger.close_account(A, key="close", reason="left")


def cap(ledger: Ledger) -> None:
    ledger.change(A, key="cap", reason="risk", ceiling=9)


def floor(ledger: Ledger) -> None:
    ledger.change(AccountPath("cash"), key="floor", reason="risk", ceiling=9)


def limit(ledger: Ledger) -> None:
    ledger.limit(VelocityLimit("in", "a", CNY, Flow.IN, Per.DAY, most=9), key="limit")


def end(ledger: Ledger) -> None:
    ledger.close_period(DAY, key="close")


@pytest.mark.parametrize("forbid", [freeze, close, cap, floor, limit, end])
def test_what_the_ledger_refuses_is_said_otherwise(ledger: Ledger, forbid: Callable[[Ledger], None]) -> None:
    forbid(ledger)
    on = ledger.books.today if forbid is not end else DAY
    paid = Attempt(
        (move("", "b", "cash", 7, effective_on=on), move("", "a", "cash", 10, effective_on=on)),
        (evolve(note(), effective_on=ledger.books.today),),
    )
    receipts = ledger.execute("op", {"pay": 10}, plan(paid))
    assert (kinds(ledger, receipts), receipts[0].key) == (["note"], "op")
    assert ledger.entry(receipts[0].number).transaction.details == {"pay": 10}
    assert ledger.balance("b").net == 0
    again = ledger.execute("op", {"pay": 10}, plan())
    assert [(r.number, r.replayed) for r in again] == [(receipts[0].number, True)]
    verify(ledger.reader, BOOK).require()


def test_what_the_ledger_takes_is_written(ledger: Ledger) -> None:
    paid = Attempt((move("", "a", "cash", 7), move("", "cash", "a", 5)), (note(),))
    receipts = ledger.execute("op", {}, plan(paid))
    assert [r.key for r in receipts] == ["op", "op#2"]
    assert ledger.books.record("note", "owed") is None
    with pytest.raises(BalanceFloorBreached):  # without an attempt it refuses all
        ledger.execute("no", {}, plan(move("", "cash", "a", 5)))


def test_attempts_stand_among_others_and_keys_count_what_was_written(ledger: Ledger) -> None:
    short = Attempt((move("", "a", "cash", 1), move("", "cash", "a", 99)), (note("1"), note("2")))
    silent = Attempt((move("", "cash", "a", 99),))
    planned = (short, move("", "a", "cash", 10), silent, Attempt((move("", "cash", "a", 4),)), note("3"))
    receipts = ledger.execute("op", {"n": 1}, plan(*planned))
    assert kinds(ledger, receipts) == ["note", "note", "move", "move", "note"]
    assert [r.key for r in receipts] == ["op", "op#2", "op#3", "op#4", "op#5"]
    assert ledger.balance("a").net == 6
    again = ledger.execute("op", {"n": 1}, plan())
    assert [r.number for r in again] == [r.number for r in receipts]
    for other, shown in ((2, "2"), ({"of": 2}, "a table")):
        with pytest.raises(KeyConflict) as conflict:
            ledger.execute("op", {"n": other}, plan(*planned))
        assert told(conflict.value) == ["op", "n", "1", shown]
    assert ledger.execute("free", {}, plan(silent)) == ()
    assert kinds(ledger, ledger.execute("free", {}, plan(note("4")))) == ["note"]
    verify(ledger.reader, BOOK).require()


def test_nothing_of_a_refused_attempt_is_kept(ledger: Ledger) -> None:
    """Accounts that it opened, records, holds, limits and what was counted are as they were."""
    ledger.post(move("1", "a", "cash", 50))
    held = ledger.post(move("2", "cash", "a", 10, pending=True)).number
    new = open_account(Account("new", "liability", CNY, floor=0, opened_on=DAY))
    stored = ledger.books.record("account", "a")
    assert stored is not None
    refused = Attempt(
        (
            Transaction(kind="x", effective_on=DAY, records=(new, Record("note", "n", {}))),
            move("", "new", "cash", 5, pending=True),
            Transaction(kind="x", effective_on=DAY, resolves=held),
            Transaction(kind="x", effective_on=DAY, records=(stored.next(floor=-9),)),
            move("", "cash", "a", 59),
            move("", "cash", "a", 1),
        )
    )
    seen: list[Any] = []

    def look(books: Books) -> list[Transaction]:
        seen.append(
            (
                books.available(A),
                books.account(A),
                books.account(AccountPath("new")),
                books.record("note", "n"),
                list(books.balances("")),
                books.entry(held + 1),
            )
        )
        return []

    ledger.preview(look, plan(refused), look)
    assert seen[0] == seen[1]
    assert seen[0][0] == 40
    assert ledger.execute("op", {}, plan(refused)) == ()
    assert ledger.reader.head().number == held


def test_whoever_follows_sees_which_of_the_two_it_was(gate: Gate, gated: Ledger) -> None:
    """In the same operation, and in another of the same commit."""
    freeze(gated)
    seen: list[Any] = []

    def look(books: Books) -> list[Transaction]:
        seen.append((books.record("note", "owed"), books.balance(B)))
        return []

    paid = Attempt((move("", "b", "cash", 7), move("", "a", "cash", 5)), (note(),))
    gate.commits = 0
    with ThreadPoolExecutor(4) as pool, gate.shut():
        gated.submit(move("first", "b", "cash", 1))
        assert gate.reached.wait(30)
        one = pool.submit(gated.execute, "op", {}, plan(paid), look)
        waiting(gated, 1)
        retry = pool.submit(gated.execute, "op", {}, plan(note("never")))
        waiting(gated, 2)
        other = pool.submit(gated.execute, "look", {}, look)
        waiting(gated, 3)
        moved = gated.submit(move("last", "b", "cash", 1))
        gate.open.set()
        assert kinds(gated, one.result(30)) == ["note"]
        assert [(r.number, r.replayed) for r in retry.result(30)] == [(4, True)]
        assert (other.result(30), moved.result(30).number) == ((), 5)
    assert gate.commits == 2
    assert seen == [(Record("note", "owed", {}), 1)] * 2
    verify(gated.reader, BOOK).require()


@pytest.fixture
def gate(store: Store, ledger: Ledger) -> Gate:
    return Gate(store)


@pytest.fixture
def gated(gate: Gate) -> Ledger:
    return Ledger(gate, BOOK, clock=lambda: NOON)  # type: ignore[arg-type]


def test_a_preview_shows_what_would_be_written(ledger: Ledger) -> None:
    freeze(ledger)
    head = ledger.reader.head()
    paid = Attempt((move("", "a", "cash", 5),), (note(),))
    shown = ledger.preview(plan(paid, move("", "b", "cash", 5), Attempt((move("", "b", "cash", 5),))))
    assert [t.kind for t in shown] == ["note", "move", "move"]
    assert ledger.reader.head() == head


@pytest.mark.parametrize(
    ("attempted", "error"),
    [
        (move("", "a", "cash", 5, unit="POINT/0"), UnitMismatch),
        (move("", "a", "cash", 0), BadAmount),
        (Transaction(kind="x", effective_on=DAY, records=(Record("note", "n", {}, version=3),)), StaleRead),
        (move("", "a", "cash", 5, description=None), BadTransaction),
    ],
)
def test_what_cannot_be_written_is_raised(
    ledger: Ledger, attempted: Transaction, error: type[BankcoreError]
) -> None:
    head = ledger.reader.head()
    with pytest.raises(error):
        ledger.execute("op", {}, plan(note(), Attempt((attempted,), (note("other"),))))
    assert ledger.reader.head() == head


def test_where_what_is_said_otherwise_is_refused_all_is(ledger: Ledger) -> None:
    again = Transaction(
        kind="x", effective_on=DAY, records=(open_account(Account("a", "liability", CNY, opened_on=DAY)),)
    )
    head = ledger.reader.head()
    with pytest.raises(AccountExists):
        ledger.execute("op", {}, plan(note(), Attempt((move("", "cash", "a", 5),), (again,))))
    assert ledger.reader.head() == head


@pytest.mark.parametrize(
    ("otherwise", "field"),
    [
        ((move("", "a", "cash", 5),), "otherwise"),
        ((note(), move("", "a", "cash", 5, pending=True)), "otherwise"),
        ((Transaction(kind="x", effective_on=DAY, resolves=1),), "otherwise"),
        ((5,), "type"),
    ],
)
def test_otherwise_moves_nothing(otherwise: Any, field: str) -> None:
    with pytest.raises(BadTransaction) as refusal:
        Attempt((move("", "a", "cash", 5),), otherwise)
    assert refusal.value.field == field


def test_a_close_that_is_taken_back_leaves_the_day_open(ledger: Ledger) -> None:
    """With its seal, the pages of it, and whatever was decided after it."""
    closing = changes.close_period(DAY)

    def rule(books: Books, seal: Sealing) -> Sequence[Planned]:
        at_the_end = move("", "cash", "a", 5, effective_on=DAY + timedelta(days=1))  # of what is not there
        return [Attempt((*closing(books, seal), at_the_end), (note(),)), move("", "a", "cash", 7)]

    ledger.post(move("1", "b", "cash", 1))
    receipts = ledger._desk.execute("op", {}, [rule], "")
    assert kinds(ledger, receipts) == ["note", "move"]
    assert ledger.books.today == DAY
    ledger.post(move("2", "a", "cash", 1))
    assert ledger.books.record("seal", "day") is None
    verify(ledger.reader, BOOK).require()
    ledger.close_period(DAY, key="close")
    assert verify(ledger.reader, BOOK).require().seals == 1


@pytest.mark.parametrize("planned", [(5,), (None,), (Attempt(()), "x")])
def test_a_plan_holds_transactions_and_attempts(ledger: Ledger, planned: Any) -> None:
    with pytest.raises(BadTransaction):
        ledger.execute("op", {}, lambda _: planned)


def test_groups_are_attempted_whole(ledger: Ledger) -> None:
    group = (move("", "a", "cash", 5, group="g"), move("", "cash", "a", 6, group="g"))
    assert kinds(ledger, ledger.execute("op", {}, plan(Attempt(group, (note(),))))) == ["note"]
    assert ledger.reader.group("g") == []


def test_what_a_refused_attempt_undid_or_corrected_can_be_again(ledger: Ledger) -> None:
    """Also where it was looked up before the refusal."""
    number = ledger.post(move("1", "a", "cash", 5)).number
    entry = ledger.entry(number)
    undo = changes.reversal(entry, effective_on=DAY, description="", group="g")
    mend = Transaction(
        kind="x", effective_on=DAY, corrects=number, group="g", postings=move("", "a", "cash", 1).postings
    )
    seen: list[Any] = []

    def look(books: Books) -> list[Transaction]:
        seen.append((books.reversal(number), books.corrections(number), books.entry(number + 1)))
        return []

    once = evolve(undo, group="")
    refused = Attempt((evolve(mend, group=""), move("", "a", "cash", 1, group="g"), once, once))
    receipts = ledger.execute("op", {}, plan(refused), look, plan(Attempt((mend, undo))), look)
    assert seen[0] == (None, [], None)
    assert seen[1][:2] == (number + 2, [number + 1])
    assert [r.number for r in receipts] == [number + 1, number + 2]
    assert ledger.reader.group("g") == [number + 1, number + 2]
    verify(ledger.reader, BOOK).require()


def test_what_is_written_otherwise_may_say_why(ledger: Ledger) -> None:
    freeze(ledger)
    paid = Attempt([move("", "a", "cash", 10)], lambda refusal: [note(code=refusal.code)])
    ledger.execute("k", {}, plan(paid))
    assert [dict(it.data) for it in ledger.books.records("note")] == [{"code": "account_frozen"}]


@pytest.mark.parametrize("wrong", [[move("", "a", "b", 1)], ["no transaction"]])
def test_what_is_written_because_of_a_refusal_moves_nothing(ledger: Ledger, wrong: list[Any]) -> None:
    freeze(ledger)
    with pytest.raises(BadTransaction):
        ledger.execute("k", {}, plan(Attempt([move("", "a", "cash", 10)], lambda _: wrong)))
