"""Looking for transactions: by day, kind, actor, agreement, account, amount, and as known at an instant."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tests.ledger.making import CNY, DAY, POINT, move

from bankcore.errors import BadAccountPath, BadAmount, BadDate, BadPeriod, UnknownAccount
from bankcore.ledger.accounts import Account
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.reading.journal import Wanted, journal, never_met
from bankcore.ledger.transactions import Book
from bankcore.stores.memory import MemoryStore

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def book() -> Ledger:
    """Four payments an hour apart, the third a hold, the last in points."""
    hours = iter(range(100))
    ledger = Ledger.create(
        MemoryStore(), Book(1, "j", CNY, DAY), clock=lambda: NOON + timedelta(hours=next(hours))
    )
    ledger.open([Account("cash", "asset", CNY), Account("w:1", "liability", CNY)], key="open")
    ledger.open([Account("p", "liability", POINT), Account("q", "asset", POINT)], key="points")
    ledger.post(move("1", "w:1", "cash", 5_00, actor="officer:a", agreement="x", kind="wallet.pay"))
    ledger.post(move("2", "w:1", "cash", 7_00, actor="officer:b", effective_on=date(2024, 5, 3)))
    ledger.post(move("3", "cash", "w:1", 5_00, kind="wallet.hold", pending=True))
    ledger.post(move("4", "p", "q", 5, POINT))
    return ledger


@pytest.mark.parametrize(
    ("wanted", "keys"),
    [
        ({}, ["open", "points", "1", "2", "3", "4"]),
        ({"since": date(2024, 5, 2)}, ["2"]),
        ({"until": DAY, "account": "cash"}, ["1", "3"]),
        ({"kind": "wallet.*"}, ["1", "3"]),
        ({"kind": "wallet.pay"}, ["1"]),
        ({"actor": "officer:b"}, ["2"]),
        ({"agreement": "x"}, ["1"]),
        ({"account": "w"}, ["1", "2", "3"]),
        ({"account": "w:1", "amount": "5.00"}, ["1", "3"]),
        ({"amount": "5"}, ["1", "3", "4"]),
        ({"amount": "5.00"}, ["1", "3"]),
        ({"amount": "-5.00"}, []),
        ({"amount": "5.00 CNY"}, ["1", "3"]),
        ({"amount": "99,999,999,999,999,999.00"}, []),
        ({"amount": "99,999,999,999,999,999,999"}, []),
    ],
)
def test_what_is_looked_for_is_found(book: Ledger, wanted: dict[str, Any], keys: list[str]) -> None:
    with book.reader as reader:
        assert [it.transaction.key for it in journal(reader, Wanted(**wanted))] == keys
        last = reader.head().number
        later = [it.transaction.key for it in journal(reader, Wanted(**wanted), after=last - 1)]
        assert later == [key for key in keys if key == "4"]


def test_what_was_not_known_yet_is_not_found(book: Ledger) -> None:
    with book.reader as reader:
        known_at = reader.entry(3).recorded_at  # type: ignore[union-attr]
        found = journal(reader, Wanted(), now=NOON + timedelta(days=9), known_at=known_at)
        assert [it.number for it in found] == [1, 2, 3]


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        ({"since": "2024"}, BadDate),
        ({"since": date(2024, 5, 2), "until": DAY}, BadPeriod),
        ({"account": "a b"}, BadAccountPath),
        ({"amount": "5oo"}, BadAmount),
        ({"amount": "5,00"}, BadAmount),
        ({"amount": "5.00 元"}, BadAmount),
    ],
)
def test_what_cannot_be_looked_for(wanted: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        Wanted(**wanted)


def test_an_unknown_account_is_said_to_be_unknown(book: Ledger) -> None:
    with book.reader as reader, pytest.raises(UnknownAccount):
        journal(reader, Wanted(account="nobody")).__next__()


@pytest.mark.parametrize(
    ("wanted", "never"),
    [
        ({}, {}),
        ({"kind": "wallet.*", "actor": "officer:a", "since": date(2025, 1, 1)}, {}),
        ({"kind": "walet.*"}, {"kind": ("account.open", "wallet.pay", "move", "wallet.hold")}),
        ({"actor": "officer:*"}, {"actor": ("officer:a", "officer:b")}),
        ({"kind": "wallet.pay", "agreement": "y"}, {"agreement": ("x",)}),
        ({"kind": "wallet.pay", "account": "w"}, {}),
        ({"kind": "wallet.pay", "account": "p"}, {"kind": ("move",)}),
    ],
)
def test_what_no_transaction_has_is_told_from_nothing_found(
    book: Ledger, wanted: dict[str, Any], never: dict[str, tuple[str, ...]]
) -> None:
    with book.reader as reader:
        assert never_met(reader, Wanted(**wanted)) == never
