"""Short ways to write transactions in tests."""

from __future__ import annotations

from datetime import date
from typing import Any

from bankcore.errors import BankcoreError
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.transactions import Posting, Transaction
from bankcore.units import Unit

CNY, POINT = Unit("CNY/2"), Unit("POINT/0")
DAY = date(2024, 5, 1)


def leg(path: str, quantity: Any, unit: str = CNY) -> Posting:
    return Posting(AccountPath(path), quantity, Unit(unit))


def move(key: str, source: str, target: str, quantity: int, unit: str = CNY, **fields: Any) -> Transaction:
    """Debit the target, credit the source."""
    given = {"kind": "move", "effective_on": DAY, **fields}
    return Transaction(key=key, postings=(leg(target, quantity, unit), leg(source, -quantity, unit)), **given)


def told(error: BankcoreError) -> list[object]:
    """The fields of a refusal, but for the reason, which is said to people."""
    return [value for name, value in error.fields().items() if name != "reason"]
