"""Fixtures for pytest, which finds this plugin by itself once bankcore is installed.

| fixture | is |
| --- | --- |
| `clock` | a virtual `Clock` at the beginning of 2024; override it to begin on another day |
| `bank` | a `Bank` on a new book in memory, its first day that of the clock |
| `ledger` | the ledger of `bank` |
| `book_on(store)` | a function: a `Bank` on a new book in a store, or in a file or database by path or URL |

Nothing of bankcore is imported before a test asks for a fixture: other suites do not wait for it, and what
measures coverage sees all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from os import PathLike
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from bankcore.bank import Bank
    from bankcore.ledger.ledger import Ledger
    from bankcore.ledger.ports import Store
    from bankcore.testing.driver import Clock

__all__ = ["bank", "book_on", "clock", "ledger"]

pytest.register_assert_rewrite("bankcore.testing.store_contract")


@pytest.fixture
def clock() -> Clock:
    """A virtual clock, which shows the same instant until a test sets it."""
    from bankcore.testing.driver import Clock

    return Clock(datetime(2024, 1, 1, tzinfo=UTC))


@pytest.fixture
def book_on(clock: Clock) -> Iterator[Callable[..., Bank]]:
    """A function that makes a bank on a new book, in a store or at a path or URL.

    What it opens itself is closed after the test.  Further arguments are those of `Bank.create`.
    """
    from bankcore.bank import Bank
    from bankcore.ledger.personal import seeded
    from bankcore.stores.open import open_store

    with ExitStack() as opened:

        def make(place: Store | str | PathLike[str], **given: Any) -> Bank:
            given = {"opened_on": clock.now.date(), "clock": clock, "salts": seeded("fixture"), **given}
            if isinstance(place, str | PathLike):
                store: Store = opened.enter_context(closing(open_store(place, create=True)))
                return Bank.create(store, **given)
            return Bank.create(place, **given)

        yield make


@pytest.fixture
def bank(book_on: Callable[..., Bank]) -> Bank:
    """A bank with every installed product, on a new book in memory."""
    from bankcore.stores.memory import MemoryStore

    return book_on(MemoryStore())


@pytest.fixture
def ledger(bank: Bank) -> Ledger:
    """The ledger of the bank."""
    return bank.ledger
