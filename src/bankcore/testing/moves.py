"""Short ways to write transactions in tests.

>>> transfer = move("k1", "ann", "bob", 100)
>>> [(posting.account, posting.quantity) for posting in transfer.postings]
[('bob', 100), ('ann', -100)]
"""

from __future__ import annotations

from datetime import date
from typing import Any

import attrs

from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.transactions import Posting, Transaction
from bankcore.units import Unit

__all__ = ["CNY", "DAY", "POINT", "evolve", "leg", "move"]

CNY, POINT = Unit("CNY/2"), Unit("POINT/0")
DAY = date(2024, 5, 1)


def evolve(value: Any, **changes: Any) -> Any:
    """The same with other fields: `attrs.evolve`, for transactions and postings too."""
    return value._replace(**changes) if hasattr(value, "_replace") else attrs.evolve(value, **changes)


def leg(path: str, quantity: Any, unit: str = CNY) -> Posting:
    """A posting of minor units, a debit positive."""
    return Posting(AccountPath(path), quantity, Unit(unit))


def move(key: str, source: str, target: str, quantity: int, unit: str = CNY, **fields: Any) -> Transaction:
    """Debit the target, credit the source."""
    given: dict[str, Any] = {"kind": "move", "effective_on": DAY, **fields}
    return Transaction(key=key, postings=(leg(target, quantity, unit), leg(source, -quantity, unit)), **given)
