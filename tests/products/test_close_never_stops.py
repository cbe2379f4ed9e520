"""No account of anybody stops the close of a day: what the ledger refuses waits, and is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.products.people import giver
from tests.products.town import FIRST, TOWN
from tests.products.trouble import free, stop

from bankcore.bank import Bank
from bankcore.errors import LedgerRejection
from bankcore.ledger.accounts import Status
from bankcore.ledger.evidence.audit import verify
from bankcore.stores.memory import MemoryStore

HOW = ("debits frozen", "credits frozen", "frozen", "closed", "capped", "floored", "out", "in")
REFUSALS = {it.__name__ for it in LedgerRejection.__subclasses__()}


def town() -> Bank:
    instant = datetime.combine(FIRST, datetime.min.time(), UTC)
    bank = Bank.create(MemoryStore(), opened_on=FIRST, clock=lambda: instant)
    for number, commands in enumerate(TOWN):
        bank.handle_all(commands, f"town-{number}", giver(commands[0]))
    return bank


def refusing(bank: Bank, chance: Random, number: int, key: str) -> dict[str, str]:
    """Random trouble with random accounts that are not closed, the bank's own among them."""
    books = bank.ledger.books
    known = books.accounts([path for path, _ in books.balances("")])
    paths = [str(path) for path, account in known.items() if account.status is not Status.CLOSED]
    given = {path: chance.choice(HOW) for path in chance.sample(paths, number)}
    stop(bank, given, key)
    return given


@given(
    st.randoms(use_true_random=False),
    st.integers(1, 12),
    st.lists(st.sampled_from([1, 3, 9, 31]), max_size=4),
)
@settings(max_examples=max(settings.default.max_examples // 2, 1))
def test_the_close_never_stops(chance: Random, number: int, spans: list[int]) -> None:
    bank = town()
    given = refusing(bank, chance, number, "stop")
    for days in (*spans, 1):
        closed = bank.close_day(bank.today + timedelta(days=days - 1))
        assert days == len(closed.days)
        for it in closed.deferred:
            assert it.code
            assert it.reason
            assert it.product in bank.products.names
        head = bank.ledger.reader.head()
        assert bank.close_day(closed.days[-1]).transactions == 0
        assert head == bank.ledger.reader.head()
    keys = [entry.transaction.key for entry in bank.ledger.reader.entries()]
    assert len(keys) == len({*keys})
    free(bank, given)
    bank.close_day(bank.today + timedelta(days=2))
    verify(bank.ledger.reader, bank.ledger.book).require()
    assert list(bank.broken_invariants()) == []
