"""Faults that a second pair of eyes found in the way of a posting, one test for each kind."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from tests.ledger.conftest import ACCOUNTS, BOOK, NOON
from tests.ledger.making import CNY, evolve, leg, move

from bankcore.errors import BadTransaction, CommitUnknown, StoreUnavailable, VelocityLimitBreached
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.posting.queue import Promise, Request
from bankcore.ledger.velocity import Flow, Per, VelocityLimit
from bankcore.stores.memory import MemoryStore
from bankcore.stores.sqlite import SqliteStore


def test_what_is_refused_for_want_of_salts_moves_nothing(ledger: Ledger) -> None:
    """The refusal came after the accounts had moved, and the money stayed in what the ledger knew."""
    ledger.post(move("1", "a", "cash", 5))
    for pending in (False, True):
        with pytest.raises(BadTransaction, match="salts"):
            ledger.post(move("2", "a", "cash", 100, details={"personal": {"n": 1}}, pending=pending))
    ledger.post(move("3", "a", "cash", 5))
    assert ledger.entry(3).positions == ((2, 10), (2, -10))
    verify(ledger.reader, BOOK).require()


def test_what_another_wrote_into_one_book_is_not_missed_by_a_commit_to_another(tmp_path: Path) -> None:
    other = evolve(BOOK, id=2, name="other")
    with (
        closing(SqliteStore(tmp_path / "b.db", create=True)) as mine,
        closing(SqliteStore(tmp_path / "b.db", create=True)) as theirs,
    ):
        first, second = (Ledger.create(mine, book, lambda: NOON) for book in (BOOK, other))
        for ledger in (first, second):
            ledger.open(ACCOUNTS, key="open")
        second.post(move("1", "a", "cash", 5))
        Ledger(theirs, other, lambda: NOON).post(move("2", "a", "cash", 1_000))
        first.post(move("1", "a", "cash", 5))
        assert second.post(move("3", "cash", "a", 1_005)).number == 4
        verify(mine.reading(2), other).require()


@pytest.mark.parametrize("odd", [{"postings": ((*leg("cash", 500),), (*leg("a", -500),))}, {"pending": 0}])
def test_what_only_looks_like_a_transaction_passes_no_limit(ledger: Ledger, odd: dict[str, Any]) -> None:
    ledger.limit(VelocityLimit("v", "a", CNY, Flow.IN, Per.DAY, most=10), key="v")
    ledger.post(move("1", "a", "cash", 5))
    with pytest.raises((BadTransaction, VelocityLimitBreached)):
        ledger.post(move("2", "a", "cash", 500)._replace(**odd))
    assert ledger.reader.head().number == 3


def test_a_future_that_is_told_may_ask_for_more(ledger: Ledger) -> None:
    further: list[Future[Any]] = []
    asked = Event()

    def more(_: Any) -> None:
        further.append(ledger.submit(move("2", "a", "cash", 5)))
        asked.set()

    ledger.submit(move("1", "a", "cash", 5)).add_done_callback(more)
    assert asked.wait(30)
    assert further[0].result(30).number == 3
    ledger.close()


def test_what_interrupts_the_telling_of_one_keeps_nothing_from_the_others(ledger: Ledger) -> None:
    class Interrupted(Request[Any]):
        def settle(self) -> None:
            super().settle()
            raise KeyboardInterrupt

    queue = ledger._desk.queue
    one, two = (Request(lambda batch: None, future=Promise(queue.told)) for _ in range(2))
    odd: Request[Any] = Interrupted(lambda batch: None, future=Promise(queue.told))
    with pytest.raises(KeyboardInterrupt):
        queue._settle([one, odd, two], None)
    assert [request.future.done() for request in (one, odd, two) if request.future] == [True] * 3


def test_what_interrupts_one_who_is_called_back_keeps_nothing_from_the_others(ledger: Ledger) -> None:
    def interrupt(_: Any) -> None:
        raise KeyboardInterrupt

    queue, called = ledger._desk.queue, Event()
    one, two = (Request(lambda batch: None, future=Promise(queue.told)) for _ in range(2))
    assert one.future
    assert two.future
    one.future.add_done_callback(interrupt)
    two.future.add_done_callback(lambda _: called.set())
    with pytest.raises(KeyboardInterrupt):
        queue._settle([one, two], None)
    assert one.future.done()
    assert called.is_set()


class Gone:
    """A store whose commit has an unknown outcome, and that cannot be asked afterwards."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self._commits = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @contextmanager
    def writing(self, book: int) -> Iterator[Any]:
        self._commits += 1
        if self._commits > 1:
            raise StoreUnavailable("disk", "it is gone")
        with self._store.writing(book) as writer:
            yield writer
        raise CommitUnknown("disk", "it failed")


def test_what_cannot_be_found_out_stays_unknown() -> None:
    store = MemoryStore()
    Ledger.create(store, BOOK, lambda: NOON).open(ACCOUNTS, key="open")
    with pytest.raises(CommitUnknown):
        Ledger(Gone(store), BOOK, lambda: NOON).post(move("1", "a", "cash", 5))  # type: ignore[arg-type]
    assert store.reading(1).numbers(["1"]) == {"1": 2}
