"""Two ledgers on one book: each follows what the other wrote by its lines, and only where that is enough."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from tests.ledger.conftest import BOOK, NOON
from tests.ledger.making import CNY, DAY, move

from bankcore.errors import AccountFrozen, BalanceFloorBreached, PeriodClosed, VelocityLimitBreached
from bankcore.ledger.accounts import Account, Status
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.ports import Head, JournalRow, Store
from bankcore.ledger.posting.draft import Known
from bankcore.ledger.posting.following import follow
from bankcore.ledger.transactions import Record
from bankcore.ledger.velocity import Flow, Per, VelocityLimit


@pytest.fixture
def other(ledger: Ledger, store: Store) -> Ledger:
    ledger.post(move("fund", "a", "cash", 1_000))
    other = Ledger(store, BOOK, lambda: NOON)
    other.post(move("theirs", "a", "cash", 10))
    return other


@pytest.fixture
def anew(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The heads at which everything was read anew."""
    read, seen = Known.read.__func__, []

    def noted(cls: type[Known], reader: Any, head: Head) -> Known:
        seen.append(head.number)
        return read(cls, reader, head)

    monkeypatch.setattr(Known, "read", classmethod(noted))
    return seen


def agree(ledger: Ledger) -> None:
    """What a ledger knows is what the store has."""
    known = ledger._desk._known
    assert known is not None
    stored = ledger.reader.states(known.states)
    assert {
        path: tuple(getattr(known.states[path], name) for name in state._fields)
        for path, state in stored.items()
    } == {path: tuple(state) for path, state in stored.items()}


def test_payments_are_followed(ledger: Ledger, other: Ledger, anew: list[int]) -> None:
    chance, dates = random.Random(7), [DAY + timedelta(days=n) for n in range(4)]
    ledger.post(move("both know a", "a", "cash", 5))
    del anew[:]
    for n in range(40):
        who = chance.choice((ledger, other))
        source, target = chance.sample(["cash", "a", "line"], 2)
        given = {"effective_on": chance.choice(dates), "description": "工资"}
        if n % 5 == 0:
            given["records"] = (Record("fact", f"f{n}", {"n": n}),)
        if n % 7 == 0:
            given["group"] = f"g{n}"
        who.post_many([move(f"{n}", source, target, chance.randint(1, 20), **given)])
        agree(who)
    number = ledger.reader.numbers(["both know a"])["both know a"]
    other.reverse(number, key="reversed", effective_on=dates[3])
    ledger.post(move("last", "a", "cash", 1))
    agree(ledger)
    assert anew == []
    verify(ledger.reader, BOOK).require()


def freeze(other: Ledger) -> None:
    other.change("a", key="freeze", reason="court", status=Status.FROZEN)


def hold(other: Ledger) -> None:
    other.post(move("hold", "cash", "a", 1_000, pending=True))


def close(other: Ledger) -> None:
    other.close_period(DAY, key="close")


def limit(other: Ledger) -> None:
    other.limit(VelocityLimit("daily", "a", CNY, Flow.OUT, Per.DAY, most=5), key="limit")


@pytest.mark.parametrize(
    ("act", "refusal"),
    [
        (freeze, AccountFrozen),
        (hold, BalanceFloorBreached),
        (close, PeriodClosed),
        (limit, VelocityLimitBreached),
    ],
)
def test_more_than_payments_is_read_anew(
    ledger: Ledger, other: Ledger, anew: list[int], act: Callable[[Ledger], None], refusal: type[Exception]
) -> None:
    ledger.post(move("known", "a", "cash", 1))
    del anew[:]
    act(other)
    with pytest.raises(refusal):
        ledger.post(move("out", "cash", "a", 100))
    assert anew[-1] == ledger.reader.head().number
    verify(ledger.reader, BOOK).require()


def test_what_a_velocity_limit_counted_is_counted_again(ledger: Ledger, other: Ledger) -> None:
    limit(ledger)
    ledger.post(move("three", "cash", "a", 3))
    other.post(move("two", "cash", "a", 2))
    with pytest.raises(VelocityLimitBreached):
        ledger.post(move("one", "cash", "a", 1))


def test_accounts_that_the_other_opened(ledger: Ledger, other: Ledger) -> None:
    other.open([Account("new", "asset", CNY)], key="new")
    ledger.post(move("into", "a", "new", 1))
    ledger.open([Account("newer", "asset", CNY)], key="newer")
    assert [s.id for s in ledger.reader.accounts("newer")] == [10]
    verify(ledger.reader, BOOK).require()


def test_more_than_a_commit_usually_has_is_read_anew(ledger: Ledger, other: Ledger, anew: list[int]) -> None:
    ledger.post(move("known", "a", "cash", 1))
    other.post_many([move(f"m{n}", "a", "cash", 1) for n in range(501)])
    del anew[:]
    ledger.post(move("k", "a", "cash", 1))
    assert len(anew) == 1


class Lines:
    """A journal of some lines."""

    def __init__(self, *lines: str) -> None:
        self.lines = lines

    def journal(self, after: int = 0) -> Iterator[JournalRow]:
        return ((n, "", b"", line) for n, line in enumerate(self.lines, after + 1))


@pytest.mark.parametrize(
    "line",
    [
        "no line",
        "[]",
        "7",
        '[3,"","k","kind","2024-05-41","","","",[]]',
        '[3,"","k","kind","2024-05-01","","","",[["a","CNY/2",5,9,5]]]',  # after a gap
    ],
)
def test_a_line_that_does_not_follow(ledger: Ledger, line: str) -> None:
    ledger.post(move("fund", "a", "cash", 1_000))
    known = ledger._desk._known
    assert known is not None
    end = sha256(known.head.digest + line.encode()).digest()
    number = known.head.number + 1
    for head in (
        Head(number, end, NOON, 8),
        Head(number, bytes(32), NOON, 8),
        Head(number - 1, end, NOON, 8),
    ):
        assert not follow(known, Lines(line), head)  # type: ignore[arg-type]
