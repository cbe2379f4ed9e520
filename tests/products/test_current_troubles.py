"""Whatever is frozen, capped or limited, the close of a day goes on, and what it owes is paid later."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.products.counter import Counter
from tests.products.holders import CNY, cny

from bankcore.ledger.accounts import AccountPath, Status
from bankcore.ledger.velocity import Flow, Per, VelocityLimit
from bankcore.products.current import PlaceStandingOrder

FIRST = date(2024, 2, 10)
PATHS = (
    "bank:demand:li",
    "bank:demand:wang",
    "bank:demand:acme",
    "bank:interest-expense",
    "current:interest:li",
    "current:interest:wang",
)
TROUBLES = st.lists(
    st.tuples(
        st.sampled_from(PATHS), st.sampled_from(["frozen", "debits", "credits", "capped", "limited"]),
        st.integers(0, 60), st.integers(1, 60),
    ),
    max_size=4,
    unique_by=lambda it: it[0],
)  # fmt: skip


def trouble(book: Counter, path: str, kind: str) -> None:
    book.keys += 1
    ledger, key = book.bank.ledger, f"trouble-{book.keys}"
    statuses = {"frozen": Status.FROZEN, "debits": Status.DEBITS_FROZEN, "credits": Status.CREDITS_FROZEN}
    if kind in statuses:
        ledger.change(AccountPath(path), key=key, reason="court", status=statuses[kind])
    elif kind == "capped":
        ledger.change(AccountPath(path), key=key, reason="cap", ceiling=book.balance(path))
    else:
        limit = VelocityLimit(_name(path), path, CNY, Flow.OUT, Per.DAY, most=1)
        ledger.limit(limit, key=key)


def lift(book: Counter, path: str, kind: str) -> None:
    book.keys += 1
    ledger, key = book.bank.ledger, f"trouble-{book.keys}"
    if kind == "capped":
        ledger.change(AccountPath(path), key=key, reason="cap", ceiling=None)
    elif kind == "limited":
        ledger.limit(VelocityLimit(_name(path), path, CNY, Flow.OUT, Per.DAY, most=None), key=key)
    else:
        ledger.change(AccountPath(path), key=key, reason="court", status=Status.OPEN)


def _name(path: str) -> str:
    return path.replace(":", "-")


def run(troubles: list[Any], rate: str, orders: bool) -> dict[str, int]:
    """The balances two days after the last trouble was lifted, or would have been."""
    book = Counter(FIRST, rate=rate, retry_days=366)  # nothing lapses
    for party in ("li", "wang"):
        book.pay_in(party, "98,765.43")
    if orders:
        for party, receiver in (("li", "wang"), ("li", "acme"), ("wang", "acme")):
            first = FIRST + timedelta(days=3)
            book.do(PlaceStandingOrder(party, f"o{receiver}", receiver, cny("7.77"), first, 5, "day"))
    for day in range(122):
        for path, kind, start, length in troubles:
            if day == start:
                trouble(book, path, kind)
            if day == start + length:
                lift(book, path, kind)
        book.bank.close_day(FIRST + timedelta(days=day))
    assert not list(book.bank.broken_invariants())
    assert book.bank.close_day(book.today - timedelta(days=1)).transactions == 0
    return {path: book.balance(path) for path in PATHS}


@settings(max_examples=max(settings.default.max_examples // 20, 4), deadline=None)
@given(TROUBLES)
def test_interest_that_waited_comes_to_the_same(troubles: list[Any]) -> None:
    assert run(troubles, "2.35%", orders=False) == run([], "2.35%", orders=False)


@settings(max_examples=max(settings.default.max_examples // 20, 4), deadline=None)
@given(TROUBLES)
def test_orders_that_waited_come_to_the_same(troubles: list[Any]) -> None:
    assert run(troubles, "0", orders=True) == run([], "0", orders=True)
