"""What random histories of a book are made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from bankcore.ledger.accounts import Account, Status
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.transactions import Posting, Transaction
from bankcore.ledger.velocity import Flow, Per
from bankcore.testing.moves import CNY, POINT, evolve, leg

__all__ = [
    "ACCOUNTS",
    "CHANGES",
    "CLIENTS",
    "DOORS",
    "days",
    "in_order",
    "limited",
    "made",
    "paths",
    "some",
    "specs",
    "stamped",
]

ACCOUNTS = (
    Account("cash", "asset", CNY),
    Account("a", "liability", CNY, floor=0),
    Account("b", "liability", CNY, floor=-20),
    Account("c", "liability", CNY, floor=0, ceiling=30),
    Account("w:1", "liability", CNY, floor=0),
    Account("w:2", "liability", CNY, floor=0),
    Account("points", "liability", POINT, floor=0),
    Account("issued", "asset", POINT),
)

CLIENTS = ("a", "b", "c", "w:1", "w:2")
limited, paths = st.sampled_from(CLIENTS), st.sampled_from(("cash", *CLIENTS, "w:3") * 4 + ("points",))
quantities = st.integers(1, 30) | st.integers(1, 9) | st.sampled_from((-3, -7, -9, 50, 2**62))
moves = st.tuples(paths, paths, quantities)
days = st.sampled_from((0, 0, 0, 1, 2, 3, 4, 5, 6, 9, -1))  # counted from today
some = st.integers(0, 50)  # one of those there are
specs = st.fixed_dictionaries(
    {
        "moves": st.lists(moves, min_size=1, max_size=2),
        "days": days,
        "hours": st.none() | st.integers(1, 30),  # when a hold expires
        "pending": st.sampled_from((False, False, True)),
        "up_to": st.booleans(),
        "group": st.sampled_from(("", "", "", "g", "h")),
    }
)
CHANGES: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "change_limits": {
        "path": limited,
        "floor": st.none() | st.integers(-30, 10),
        "ceiling": st.none() | st.integers(10, 60),
    },
    "change_status": {"path": limited, "status": st.sampled_from(Status)},
    "close_account": {"path": limited, "into": paths, "reopens": st.booleans()},
    "open_another": {"refused_as": st.sampled_from(("", CNY, POINT))},
    "limit_flows": {
        "name": st.sampled_from(("y", "x")),
        "root": st.sampled_from(("", "w", "w", "w:1")),
        "flow": st.sampled_from(Flow),
        "per": st.sampled_from(Per),
        "most": st.none() | st.integers(0, 9) | st.integers(0, 40),
        "each": st.booleans(),
    },
    "bring_forward": {"path": paths, "balance": st.integers(-5, 50), "days": days},
    "close_period": {"days": st.integers(-1, 2)},
}
DOORS: dict[str, Callable[[Ledger, Sequence[Transaction]], Any]] = {
    "post": lambda ledger, given: [ledger.post(given[0])],
    "submit": lambda ledger, given: [ledger.submit(given[0]).result(30)],
    "each": lambda ledger, given: ledger.post_many(given),
    "all": lambda ledger, given: ledger.post_many(given, atomic=True),
}


def made(spec: dict[str, Any], key: str, today: date, now: datetime, group: str = "") -> Transaction:
    """The transaction of some specs; `group` tells its groups from those of others."""
    postings: list[Posting] = []
    for source, target, quantity in spec["moves"]:
        postings += (leg(target, quantity), leg(source, -quantity))
    expires = spec["pending"] and spec["hours"] is not None
    return Transaction(
        key=key,
        kind="move",
        effective_on=today + timedelta(days=spec["days"]),
        postings=tuple(postings),
        pending=spec["pending"],
        expires_at=now + timedelta(hours=spec["hours"]) if expires else None,
        group=spec["group"] + group if spec["group"] else "",
        up_to=spec["up_to"] and len(postings) == 2 and abs(postings[0].quantity) < 100,
    )


def stamped(planned: Sequence[Transaction], key: str, request: dict[str, Any]) -> list[Transaction]:
    """The transactions as an operation writes them: with its key and its request."""
    first = evolve(planned[0], key=key, details=request)
    return [first, *(evolve(t, key=f"{key}#{n}") for n, t in enumerate(planned[1:], start=2))]


def in_order(p: Posting) -> tuple[str, str, int]:
    """The place of a posting among those of a transaction, whatever order they were given in."""
    return p.account, p.unit, p.quantity
