"""A clock that cannot be right is refused: what is once recorded holds the book there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tests.ledger.making import CNY, DAY, move, told

from bankcore.bank import Bank, utc_now
from bankcore.errors import BankcoreError, ClockAheadOfBook, ClockBehindBook
from bankcore.ledger.accounts import Account
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.posting.clock import ClockLimits
from bankcore.ledger.transactions import Book
from bankcore.stores.memory import MemoryStore

BOOK = Book(1, "main", CNY, DAY)
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
HOUR, MOST = timedelta(hours=1), timedelta(days=40)
TICK = timedelta(microseconds=1)


class Clock:
    now = NOON

    def __call__(self) -> datetime:
        return self.now


def made(limits: ClockLimits | None = None, clock: Callable[[], datetime] | None = None) -> Ledger:
    ledger = Ledger.create(MemoryStore(), BOOK, clock or Clock(), clock_limits=limits)
    ledger.open([Account("cash", "asset", CNY), Account("li", "liability", CNY)], key="open")
    return ledger


WRITES: list[Callable[[Ledger], Any]] = [
    lambda ledger: ledger.post(move("k", "li", "cash", 1)),
    lambda ledger: ledger.post_many([move("k", "li", "cash", 1), move("k2", "li", "cash", 1)]),
    lambda ledger: ledger.submit(move("k", "li", "cash", 1)).result(),
    lambda ledger: ledger.execute("k", {}, lambda books: (move("", "li", "cash", 1),)),
    lambda ledger: ledger.preview(lambda books: (move("", "li", "cash", 1),)),
    lambda ledger: ledger.open([Account("b", "asset", CNY)], key="k"),
]


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize(
    ("skew", "error"),
    [
        (-HOUR, None),
        (-HOUR - TICK, ClockBehindBook),
        (-timedelta(days=3650), ClockBehindBook),
        (MOST, None),
        (MOST + TICK, ClockAheadOfBook),
        (timedelta(days=3650), ClockAheadOfBook),
    ],
)
def test_a_clock_may_stand_within_its_limits(write: Any, skew: timedelta, error: Any) -> None:
    clock = Clock()
    ledger = made(ClockLimits(), clock)
    clock.now += skew
    if error is None:
        write(ledger)
        return
    with pytest.raises(error) as refused:
        write(ledger)
    assert (refused.value.now, refused.value.recorded_at) == (NOON + skew, NOON)
    assert ledger.reader.head().number == 1
    clock.now = NOON
    write(ledger)


def test_the_codes() -> None:
    assert (ClockBehindBook.code, ClockAheadOfBook.code) == ("clock_behind_book", "clock_ahead_of_book")
    assert issubclass(ClockBehindBook, BankcoreError)


def test_a_confirmed_clock_goes_ahead_and_never_back() -> None:
    clock = Clock()
    ledger = made(ClockLimits(ahead=None), clock)
    clock.now += timedelta(days=3650)
    assert ledger.post(move("k", "li", "cash", 1)).recorded_at == clock.now
    clock.now = NOON
    with pytest.raises(ClockBehindBook):
        ledger.post(move("k2", "li", "cash", 1))


def test_limits_are_parameters() -> None:
    clock = Clock()
    ledger = made(ClockLimits(behind=timedelta(0), ahead=timedelta(days=1)), clock)
    clock.now -= TICK
    with pytest.raises(ClockBehindBook) as behind:
        ledger.post(move("k", "li", "cash", 1))
    assert told(behind.value) == [clock.now, NOON, timedelta(0)]
    clock.now += timedelta(days=2)
    with pytest.raises(ClockAheadOfBook) as ahead:
        ledger.post(move("k", "li", "cash", 1))
    assert told(ahead.value) == [clock.now, NOON, timedelta(days=1)]


def test_a_virtual_clock_may_stand_anywhere() -> None:
    clock = Clock()
    ledger = made(None, clock)
    clock.now += timedelta(days=36500)
    ledger.post(move("k", "li", "cash", 1))
    clock.now = NOON
    ledger.post(move("k2", "li", "cash", 1))


def test_a_bank_holds_the_wall_clock_to_its_limits() -> None:
    """The one that it takes by default; one that is given it may be a virtual one."""

    def future() -> datetime:
        return utc_now() + timedelta(days=3650)

    store = MemoryStore()
    ahead = Bank.create(store, opened_on=date(2024, 5, 1), clock=future)
    ahead.ledger.open([Account("cash", "asset", CNY)], key="open")
    with pytest.raises(ClockBehindBook):
        Bank.open(store).ledger.open([Account("b", "asset", CNY)], key="b")
    Bank.open(store, clock=lambda: utc_now()).ledger.open([Account("b", "asset", CNY)], key="b")
    limits = ClockLimits(behind=timedelta(days=4000))
    assert Bank.open(store, clock_limits=limits).ledger.open([Account("c", "asset", CNY)], key="c")
