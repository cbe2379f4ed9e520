"""What a bank takes from the machine: the time, chance, and a timer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from os import urandom
from time import perf_counter_ns

from bankcore.ledger.ledger import Ledger
from bankcore.ledger.observing import Observer
from bankcore.ledger.personal import Salts
from bankcore.ledger.ports import Store
from bankcore.ledger.posting.clock import ClockLimits
from bankcore.ledger.transactions import Book

__all__ = ["ledger_on", "random_salts", "utc_now"]


def random_salts(number: int, place: int) -> bytes:
    """A random salt for personal data; the default source of salts of a bank."""
    return urandom(16)


def utc_now() -> datetime:
    """The current instant; the default clock of a bank."""
    return datetime.now(UTC)


def ledger_on(
    store: Store,
    book: Book,
    clock: Callable[[], datetime],
    given: ClockLimits | None,
    salts: Salts,
    observer: Observer | None,
) -> Ledger:
    """A ledger with the timer of the machine; without other limits the wall clock has the usual ones."""
    limits = ClockLimits() if given is None and clock is utc_now else given
    return Ledger(
        store, book, clock, salts=salts, clock_limits=limits, observer=observer, timer=perf_counter_ns
    )
