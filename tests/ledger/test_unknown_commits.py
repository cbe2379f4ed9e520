"""A commit whose outcome is unknown: the same requests are decided again under the same keys."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field
from tests.ledger.conftest import ACCOUNTS, BOOK, NOON
from tests.ledger.making import move

from bankcore.errors import BankcoreError, CommitUnknown, StoreDamaged, StoreFull, StoreUnavailable
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.ports import HeadMoved, KeyTaken
from bankcore.ledger.transactions import Receipt, Transaction
from bankcore.stores.engine import driver as sqlite3
from bankcore.stores.memory import MemoryStore
from bankcore.stores.sqlite import SqliteStore

FSYNC = 1034  # SQLITE_IOERR_FSYNC


@define
class Disk:
    """What becomes of the next commits: each fails with a code, and has taken effect or not."""

    coming: list[tuple[int, bool]] = field(factory=list)

    def commit(self, commit: Any) -> Any:
        if not self.coming:
            return commit()
        code, takes_effect = self.coming.pop(0)
        if takes_effect:
            commit()
        error = sqlite3.OperationalError("the test says so")
        error.sqlite_errorcode = code
        raise error


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    disk = Disk()

    class Connection(sqlite3.Connection):
        def execute(self, sql: str, *given: Any) -> Any:
            run = partial(super().execute, sql, *given)
            return disk.commit(run) if sql == "COMMIT" else run()

    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Connection))
    return disk


@pytest.fixture
def ledger(disk: Disk, tmp_path: Path) -> Iterator[Ledger]:
    store = SqliteStore(tmp_path / "book.db", create=True, durability="normal")
    ledger = Ledger.create(store, BOOK, lambda: NOON)
    ledger.open(ACCOUNTS, key="open")
    yield ledger
    assert disk.coming == []
    verify(ledger.reader, BOOK).require()
    store.close()


def post(ledger: Ledger) -> Receipt:
    return ledger.post(move("k", "a", "cash", 5, effective_on=BOOK.opened_on))


def post_many(ledger: Ledger) -> Any:
    known, poor = move("known", "a", "cash", 50), move("poor", "cash", "a", 10**9)
    return ledger.post_many([move("k1", "a", "cash", 1), known, poor, move("k2", "cash", "a", 2)])


def post_atomically(ledger: Ledger) -> Any:
    return ledger.post_many([move("k1", "a", "cash", 1), move("k2", "a", "cash", 2)], atomic=True)


def execute(ledger: Ledger) -> Any:
    def rule(books: Any) -> tuple[Transaction, ...]:
        return (move("", "cash", "a", books.balance(AccountPath("a")) // 2),) * 2

    return ledger.execute("k", {"halves": 2}, rule)


def preview(ledger: Ledger) -> Any:
    return ledger.preview(lambda books: [move("", "a", "cash", 7)])


def plain(answer: Any) -> Any:
    """An answer that can be compared: refusals by their fields."""
    if type(answer) in (list, tuple):
        return [plain(one) for one in answer]
    return answer.as_dict() if isinstance(answer, BankcoreError) else answer


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("takes_effect", [True, False])
@pytest.mark.parametrize("ask", [post, post_many, post_atomically, execute, preview])
def test_the_answer_is_that_of_an_undisturbed_commit(
    ledger: Ledger, disk: Disk, ask: Any, takes_effect: bool, times: int
) -> None:
    """What this very call wrote is no replay, though it was found written; what was there before is one."""
    undisturbed = Ledger.create(MemoryStore(), BOOK, lambda: NOON)
    undisturbed.open(ACCOUNTS, key="open")
    for each in (ledger, undisturbed):
        each.post(move("known", "a", "cash", 50))
    disk.coming = [(FSYNC, takes_effect)] * times
    assert plain(ask(ledger)) == plain(ask(undisturbed))
    assert ledger.reader.head() == undisturbed.reader.head()
    assert plain(ask(ledger)) == plain(ask(undisturbed))  # and now it is a replay for both


@pytest.mark.parametrize("takes_effect", [True, False])
def test_what_stays_unknown_is_told_and_can_be_asked_again(
    ledger: Ledger, disk: Disk, takes_effect: bool
) -> None:
    disk.coming = [(FSYNC, takes_effect)] * 5
    with pytest.raises(CommitUnknown, match="the test says so") as unknown:
        post(ledger)
    assert unknown.value.transient
    assert post(ledger).replayed == takes_effect
    assert ledger.balance("a").net == 5


class Forgetful:
    """A store that knows keys when they are written which it does not know when they are asked for."""

    def __init__(self, store: MemoryStore, error: type[Exception]) -> None:
        self._store, self._error = store, error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @contextmanager
    def writing(self, book: int) -> Iterator[Any]:
        with self._store.writing(book) as writer:
            yield writer
            raise self._error


@pytest.mark.parametrize("error", [KeyTaken, HeadMoved])
def test_what_is_there_though_it_was_not_found_is_damage(error: type[Exception]) -> None:
    store = MemoryStore()
    store.create(BOOK)
    Ledger(store, BOOK, lambda: NOON).open(ACCOUNTS, key="open")
    with pytest.raises(StoreDamaged, match=r"the store test is damaged: .* looked up"):
        post(Ledger(Forgetful(store, error), BOOK, lambda: NOON))  # type: ignore[arg-type]
    assert store.reading(BOOK.id).head().number == 1


@pytest.mark.parametrize(
    ("code", "error"),
    [(sqlite3.SQLITE_BUSY, StoreUnavailable), (sqlite3.SQLITE_FULL, StoreFull)],
)
def test_a_commit_that_has_not_taken_effect_is_no_riddle(
    ledger: Ledger, disk: Disk, code: int, error: type[BankcoreError]
) -> None:
    disk.coming = [(code, False)]
    with pytest.raises(error):
        post(ledger)
    assert not post(ledger).replayed


def test_who_shares_the_commit_shares_the_second_look(ledger: Ledger, disk: Disk) -> None:
    disk.coming = [(FSYNC, True)]
    futures = [ledger.submit(move(f"k{n}", "a", "cash", 1)) for n in range(5)]
    receipts = [future.result(timeout=60) for future in futures]
    assert [r.replayed for r in receipts] == [False] * 5
    assert sorted(r.number for r in receipts) == [2, 3, 4, 5, 6]
    ledger.close()
