"""One commit for all who wait: every outcome reaches its own caller, and nothing is lost."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, as_completed, wait
from contextlib import contextmanager
from typing import Any

import pytest
from tests.ledger.conftest import BOOK, NOON
from tests.ledger.making import DAY, move

from bankcore.errors import (
    BadTransaction,
    BalanceFloorBreached,
    BankcoreError,
    KeyConflict,
    LedgerClosed,
    StoreFull,
    WriterBusy,
)
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.ports import Store, Writer
from bankcore.ledger.posting.queue import Promise, Request
from bankcore.ledger.transactions import Transaction


class Gate:
    """A store whose commits wait until they are let through, and may be made to fail."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.open = threading.Event()
        self.open.set()
        self.reached = threading.Event()
        self.commits = 0
        self.failure: Exception | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @contextmanager
    def writing(self, book: int) -> Iterator[Writer]:
        with self._store.writing(book) as writer:
            yield writer
            self.reached.set()
            assert self.open.wait(30)
            if self.failure is not None:
                raise self.failure
        self.commits += 1

    @contextmanager
    def shut(self) -> Iterator[None]:
        """Commits wait inside; the first has been reached by a caller of its own when this begins."""
        self.open.clear()
        self.reached.clear()
        yield
        self.open.set()


@pytest.fixture
def gate(store: Store, ledger: Ledger) -> Gate:
    return Gate(store)


@pytest.fixture
def gated(gate: Gate) -> Iterator[Ledger]:
    ledger = Ledger(gate, BOOK, clock=lambda: NOON, most_waiting=8, patience=0.05)  # type: ignore[arg-type]
    yield ledger
    gate.open.set()
    ledger.close()


def waiting(ledger: Ledger, count: int) -> None:
    """Until so many wait behind the one who writes."""
    while len(ledger._desk.queue._waiting) < count:
        threading.Event().wait(0.001)


def test_a_future_gives_the_receipt_or_the_refusal(ledger: Ledger) -> None:
    paid = [ledger.submit(move(str(n), "a", "cash", 10)) for n in range(20)]
    spent = ledger.submit(move("spent", "cash", "a", 150))
    refused = ledger.submit(move("refused", "cash", "a", 51))
    again = ledger.submit(move("3", "a", "cash", 10))
    other = ledger.submit(move("3", "a", "cash", 11))
    assert [future.result(30).number for future in paid] == list(range(2, 22))
    assert spent.result(30).number == 22
    assert isinstance(refused.exception(30), BalanceFloorBreached)
    assert again.result(30).replayed
    assert isinstance(other.exception(30), KeyConflict)
    assert not again.cancel()
    ledger.close()
    assert ledger.balance("a").net == 50


def test_futures_are_waited_for_like_any_others(gate: Gate, gated: Ledger) -> None:
    with ThreadPoolExecutor(3) as pool, gate.shut():
        first = gated.submit(move("first", "a", "cash", 1))
        assert gate.reached.wait(30)
        second = gated.submit(move("second", "a", "cash", 1))
        refused = gated.submit(move("refused", "cash", "a", 99))
        for ask in (second.result, second.exception):
            with pytest.raises(TimeoutError):
                ask(0.001)
        assert wait([first, second], 0).done == set()
        wakes_early = pool.submit(second.result, 30)  # it is woken with those who wait for the first
        ended = pool.submit(lambda: {*as_completed([first, second, refused], 30)})
        called = pool.submit(lambda: wait([refused, second], 30).done)
        threading.Event().wait(0.05)
        gate.open.set()
        assert wakes_early.result(30).number == 3
        assert ended.result(30) == {first, second, refused}
        assert called.result(30) == {second, refused}
    assert first.exception() is None
    with pytest.raises(BalanceFloorBreached):
        refused.result()


def test_who_waits_for_the_first_failure_is_told_of_failures_alone(gate: Gate, gated: Ledger) -> None:
    with ThreadPoolExecutor(1) as pool, gate.shut():
        first = gated.submit(move("first", "a", "cash", 1))
        assert gate.reached.wait(30)
        later = Promise[None](threading.Condition())
        waited = pool.submit(wait, [first, later], 30, FIRST_EXCEPTION)
        while not first._waiters:  # type: ignore[attr-defined]
            threading.Event().wait(0.001)
        gate.open.set()
        assert first.result(30).number == 2
        threading.Event().wait(0.02)
        assert not waited.done()
        with later._condition:  # type: ignore[attr-defined]
            later.keep(None, ZeroDivisionError())
        assert waited.result(30).done == {first, later}


def test_the_thread_that_serves_ends_with_the_process_and_names_its_book(ledger: Ledger) -> None:
    before = threading.enumerate()
    ledger.submit(move("1", "a", "cash", 1)).result(30)
    (thread,) = (it for it in threading.enumerate() if it not in before)
    assert (thread.name, thread.daemon) == (f"bankcore {BOOK.name}", True)


def test_who_waits_shares_one_commit(gate: Gate, gated: Ledger) -> None:
    with gate.shut():
        first = gated.submit(move("first", "a", "cash", 1))
        assert gate.reached.wait(30)
        rest = [gated.submit(move(str(n), "a", "cash", 1)) for n in range(7)]
        assert not any(future.done() for future in (first, *rest))
    assert [future.result(30).number for future in (first, *rest)] == list(range(2, 10))
    assert gate.commits == 2


def test_every_caller_gets_its_own_error(gate: Gate, gated: Ledger) -> None:
    def refused(ledger: Ledger, act: Any) -> str:
        try:
            return str(act(ledger))
        except BankcoreError as error:
            return error.code

    acts = {
        "bad_transaction": lambda ledger: ledger.post(move("1", "a", "cash", 1, description=None)),
        "unknown_account": lambda ledger: ledger.post(move("2", "nobody", "cash", 1)),
        "balance_floor_breached": lambda ledger: ledger.execute(
            "3", {}, lambda _: [move("", "cash", "a", 9)]
        ),
        "account_exists": lambda ledger: ledger.execute("4", {}, doubled),
        "2": lambda ledger: len(ledger.post_many([move("5", "a", "cash", 1), move("6", "cash", "a", 99)])),
    }

    def doubled(books: Any) -> list[Transaction]:
        record = books.record("account", "a")
        return [Transaction(kind="x", effective_on=DAY, records=(evolved(record),))]

    def evolved(record: Any) -> Any:
        return type(record)(record.kind, record.id, record.data)

    with ThreadPoolExecutor(8) as pool, gate.shut():
        first = gated.submit(move("first", "b", "cash", 1))
        assert gate.reached.wait(30)
        found = {code: pool.submit(refused, gated, act) for code, act in acts.items()}
        waiting(gated, len(acts))
        gate.open.set()
        assert {code: future.result(30) for code, future in found.items()} == {code: code for code in acts}
    assert first.result(30).number == 2
    assert gate.commits == 2
    verify(gated.reader, BOOK).require()


def test_a_rule_sees_what_was_decided_before_it_in_the_same_commit(gate: Gate, gated: Ledger) -> None:
    with gate.shut():
        gated.submit(move("first", "a", "cash", 1))
        assert gate.reached.wait(30)
        gated.submit(move("second", "a", "cash", 6))
        seen: list[Any] = []

        def rule(books: Any) -> list[Transaction]:
            seen.append((books.balance("a"), books.entry(3).transaction.key, books.entry(4)))
            return [move("", "cash", "a", books.balance("a"))]

        with ThreadPoolExecutor(1) as pool:
            future = pool.submit(gated.execute, "sweep", {}, rule)
            waiting(gated, 2)
            gate.open.set()
            assert future.result(30)[0].number == 4
    assert (seen, gate.commits) == ([(7, "second", None)], 2)
    assert gated.balance("a").net == 0


def test_a_store_that_fails_fails_all_who_shared_and_the_next_goes_on(gate: Gate, gated: Ledger) -> None:
    with gate.shut():
        futures = [gated.submit(move(str(n), "a", "cash", 1)) for n in range(5)]
        assert gate.reached.wait(30)
        gate.failure = StoreFull("here", "no room")
    assert {type(future.exception(30)) for future in futures} == {StoreFull}
    gate.failure = None
    assert gated.reader.head().number == 1
    assert gated.post(move("0", "a", "cash", 1)).number == 2


def test_a_fault_of_one_request_is_not_the_others(gate: Gate, gated: Ledger) -> None:
    def broken(books: Any) -> list[Transaction]:
        raise ZeroDivisionError

    with ThreadPoolExecutor(2) as pool, gate.shut():
        gated.submit(move("first", "a", "cash", 1))
        assert gate.reached.wait(30)
        good = gated.submit(move("good", "a", "cash", 1))
        bad = pool.submit(gated.execute, "bad", {}, broken)
        waiting(gated, 2)
        last = gated.submit(move("last", "a", "cash", 1))
        gate.open.set()
        assert isinstance(bad.exception(30), ZeroDivisionError)
    assert (good.result(30).number, last.result(30).number) == (3, 4)
    verify(gated.reader, BOOK).require()


def test_an_interrupted_leader_leaves_the_others_to_be_served(gate: Gate, gated: Ledger) -> None:
    def interrupted(books: Any) -> list[Transaction]:
        raise KeyboardInterrupt

    def run() -> str:
        try:
            gated.execute("bad", {}, interrupted)
        except KeyboardInterrupt:
            return "interrupted"
        return "not"

    with ThreadPoolExecutor(1) as pool, gate.shut():
        gated.submit(move("first", "a", "cash", 1))
        assert gate.reached.wait(30)
        bad = pool.submit(run)
        waiting(gated, 1)
        good = gated.submit(move("good", "a", "cash", 1))
        gate.open.set()
        assert bad.result(30) == "interrupted"
        assert good.result(30).number == 3


@pytest.fixture
def interruptible() -> Iterator[None]:
    """SIGINT interrupts, also where the tests run in the background and were told to ignore it."""
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, handler)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupted_caller_who_waits_is_waited_for_by_nobody(gate: Gate, gated: Ledger) -> None:
    caller = threading.get_ident()

    def interrupt() -> None:
        waiting(gated, 2)
        signal.pthread_kill(caller, signal.SIGINT)

    with gate.shut():
        first = gated.submit(move("first", "a", "cash", 1))
        assert gate.reached.wait(30)
        second = gated.submit(move("second", "a", "cash", 1))
        threading.Thread(target=interrupt).start()
        with pytest.raises(KeyboardInterrupt):
            gated.post(move("mine", "a", "cash", 5))
    assert [future.result(30).number for future in (first, second)] == [2, 3]
    assert gated.balance("a").net == 2


class Interrupted:
    """A lock whose waiter is interrupted just as it gets it."""

    def __init__(self) -> None:
        self.released = threading.Event()
        self.release = self.released.set

    def acquire(self) -> None:
        assert self.released.wait(30)
        raise KeyboardInterrupt


def test_an_interrupted_caller_who_is_to_lead_hands_over(gate: Gate, gated: Ledger) -> None:
    mine = Request(lambda batch: batch.decide(move("mine", "a", "cash", 5)), wakes=Interrupted())  # type: ignore[arg-type]
    with ThreadPoolExecutor(2) as pool, gate.shut():
        first = gated.submit(move("first", "a", "cash", 1))
        assert gate.reached.wait(30)
        interrupted = pool.submit(gated._desk.queue.run, mine)
        waiting(gated, 1)
        last = pool.submit(gated.post, move("last", "a", "cash", 1))
        waiting(gated, 2)
        gate.open.set()
        assert isinstance(interrupted.exception(30), KeyboardInterrupt)
        assert [future.result(30).number for future in (first, last)] == [2, 3]
    assert gated.balance("a").net == 2


class InterruptedGathering(threading.Condition):
    """Where the leader waits for others to come: it is interrupted there, once."""

    interrupts = 1

    def wait_for(self, predicate: Callable[[], bool], timeout: float | None = None) -> bool:
        if self.interrupts:
            self.interrupts -= 1
            raise KeyboardInterrupt
        return super().wait_for(predicate, timeout)


def test_an_interrupted_leader_who_has_taken_up_nobody_hands_over(gate: Gate, gated: Ledger) -> None:
    with gate.shut():
        first = gated.submit(move("first", "a", "cash", 1))
        assert gate.reached.wait(30)
        gated._desk.queue._gathered = InterruptedGathering(gated._desk.queue._mutex)
        with ThreadPoolExecutor(2) as pool:
            interrupted = pool.submit(gated.post, move("mine", "a", "cash", 5))
            waiting(gated, 1)
            last = pool.submit(gated.post, move("last", "a", "cash", 1))
            waiting(gated, 2)
            gate.open.set()
            assert isinstance(interrupted.exception(30), KeyboardInterrupt)
            assert [future.result(30).number for future in (first, last)] == [2, 3]
    assert gated.balance("a").net == 2


def test_the_queue_is_bounded(gate: Gate, gated: Ledger) -> None:
    with gate.shut():
        first = gated.submit(move("first", "a", "cash", 1))
        assert gate.reached.wait(30)
        rest = [gated.submit(move(str(n), "a", "cash", 1)) for n in range(8)]
        with pytest.raises(WriterBusy) as refusal:
            gated.submit(move("late", "a", "cash", 1))
        assert (refusal.value.waiting, refusal.value.transient) == (8, True)
        with pytest.raises(WriterBusy):
            gated.post(move("late", "a", "cash", 1))
    assert [future.result(30).number for future in (first, *rest)] == list(range(2, 11))
    assert gated.post(move("late", "a", "cash", 1)).number == 11


def test_who_finds_the_queue_full_comes_in_when_there_is_room(gate: Gate) -> None:
    ledger = Ledger(gate, BOOK, clock=lambda: NOON, most_waiting=1, patience=30)  # type: ignore[arg-type]
    with ThreadPoolExecutor(1) as pool, gate.shut():
        ledger.submit(move("first", "a", "cash", 1))
        assert gate.reached.wait(30)
        second = ledger.submit(move("second", "a", "cash", 1))
        late = pool.submit(ledger.post, move("late", "a", "cash", 1))
        threading.Event().wait(0.02)
        gate.open.set()
        assert [second.result(30).number, late.result(10).number] == [3, 4]
    ledger.close()


def test_who_waits_for_room_is_told_when_the_ledger_closes(gate: Gate) -> None:
    ledger = Ledger(gate, BOOK, clock=lambda: NOON, most_waiting=1, patience=30)  # type: ignore[arg-type]
    with ThreadPoolExecutor(2) as pool, gate.shut():
        ledger.submit(move("first", "a", "cash", 1))
        assert gate.reached.wait(30)
        ledger.submit(move("second", "a", "cash", 1))
        late = pool.submit(ledger.post, move("late", "a", "cash", 1))
        threading.Event().wait(0.02)
        ledger._desk.queue._closed = True  # as `close` does, which then waits for the leader
        with ledger._desk.queue._mutex:
            ledger._desk.queue._room.notify_all()
        refused = late.exception(10)
    assert isinstance(refused, LedgerClosed)
    assert refused.book == BOOK.name
    ledger.close()


def test_closing_writes_what_waits_and_takes_nothing_more(gate: Gate, gated: Ledger) -> None:
    with ThreadPoolExecutor(1) as pool, gate.shut():
        futures = [gated.submit(move(str(n), "a", "cash", 1)) for n in range(8)]
        assert gate.reached.wait(30)
        closing = pool.submit(gated.close)
        gate.open.set()
        closing.result(30)
    assert [future.result(0).number for future in futures] == list(range(2, 10))
    for act in (gated.post, gated.submit):
        with pytest.raises(LedgerClosed):
            act(move("late", "a", "cash", 1))
    gated.close()
    assert gated.balance("a").net == 8


def test_a_ledger_that_never_submitted_closes_too(ledger: Ledger) -> None:
    ledger.close()
    with pytest.raises(LedgerClosed):
        ledger.post(move("late", "a", "cash", 1))


def test_a_rule_cannot_wait_for_itself(ledger: Ledger) -> None:
    with pytest.raises(BadTransaction, match="rule"):
        ledger.execute("1", {}, lambda _: [ledger.post(move("2", "a", "cash", 1))])  # type: ignore[list-item]
    ledger.post(move("2", "a", "cash", 1))


def test_a_rule_cannot_close_its_ledger(ledger: Ledger) -> None:
    with pytest.raises(BadTransaction):
        ledger.execute("1", {}, lambda _: ledger.close())  # type: ignore[arg-type, return-value, func-returns-value]
    ledger.post(move("2", "a", "cash", 1))


def test_many_threads_lose_nothing(ledger: Ledger) -> None:
    def work(worker: int) -> list[int]:
        numbers = []
        for n in range(25):
            key = f"{worker}-{n}"
            if n % 3 == 0:
                numbers.append(ledger.submit(move(key, "a", "cash", 1)).result(30).number)
            elif n % 3 == 1:
                numbers.append(ledger.post(move(key, "a", "cash", 1)).number)
            else:
                numbers.append(ledger.execute(key, {}, lambda _: [move("", "a", "cash", 1)])[0].number)
        return numbers

    with ThreadPoolExecutor(8) as pool:
        numbers = [number for some in pool.map(work, range(8)) for number in some]
    assert sorted(numbers) == list(range(2, 202))
    assert ledger.balance("a").net == 200
    ledger.close()
    verify(ledger.reader, BOOK).require()
