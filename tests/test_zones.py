"""The day of an instant is that of the book's time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from bankcore.bank import Bank
from bankcore.errors import BadTransaction, DayAhead, UnknownName
from bankcore.ledger.posting.clock import ClockLimits
from bankcore.ledger.transactions import Book
from bankcore.stores.memory import MemoryStore
from bankcore.units import Unit

EVENING = datetime(2024, 5, 1, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("UTC", date(2024, 5, 1)),
        ("Asia/Shanghai", date(2024, 5, 2)),
        ("America/Los_Angeles", date(2024, 5, 1)),
        ("Pacific/Kiritimati", date(2024, 5, 2)),
    ],
)
def test_a_bank_closes_the_days_that_have_come_where_it_is(zone: str, day: date) -> None:
    bank = Bank.create(
        MemoryStore(), opened_on=day, zone=zone, clock=lambda: EVENING, clock_limits=ClockLimits()
    )
    assert day == bank.calendar_day
    assert (day,) == bank.close_day(day).days
    with pytest.raises(DayAhead) as refusal:
        bank.close_day(bank.today)
    assert (day, zone) == (refusal.value.today, refusal.value.zone)
    assert (bank.today,) == bank.close_day(bank.today, ahead=True).days


def test_a_virtual_clock_may_stand_anywhere() -> None:
    bank = Bank.create(MemoryStore(), opened_on=date(2024, 5, 1), clock=lambda: EVENING)
    assert len(bank.close_day(date(2024, 5, 3)).days) == 3


@pytest.mark.parametrize("zone", ["Middle/Earth", "", "../etc/passwd", "UTC\0", 5])
def test_a_zone_that_there_is_not(zone: str) -> None:
    with pytest.raises((UnknownName, BadTransaction)):
        Bank.create(MemoryStore(), opened_on=date(2024, 5, 1), zone=zone)


def test_a_book_s_zone_is_part_of_what_it_is() -> None:
    unit, day = Unit("CNY/2"), date(2024, 5, 1)
    assert Book(1, "a", unit, day).genesis() != Book(1, "a", unit, day, "Asia/Shanghai").genesis()
    with pytest.raises(BadTransaction):
        Book(1, "a", unit, day, "")
