"""What may leave an account today, or come into it: moved to the last unit, and not one more."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.conftest import ACCOUNTS, BOOK, NOON
from tests.ledger.making import CNY, DAY, evolve, leg, move

from bankcore.errors import BalanceCeilingBreached, BalanceFloorBreached, VelocityLimitBreached
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.transactions import Transaction
from bankcore.ledger.velocity import Flow, Per, VelocityLimit
from bankcore.stores.memory import MemoryStore

A, B = AccountPath("a"), AccountPath("b")


def room(ledger: Ledger) -> int | None:
    """As asked outside, and the same as a rule is told inside a commit."""
    outside = ledger.books.available(A)
    inside: list[int | None] = []

    def look(books: Books) -> list[Transaction]:
        inside.append(books.available(A))
        return []

    ledger.preview(look)
    assert inside == [outside]
    return outside


def test_money_dated_ahead_is_not_there_yet(ledger: Ledger) -> None:
    ledger.post(move("1", "a", "cash", 700))
    ledger.post(move("2", "a", "cash", 50, effective_on=DAY + timedelta(days=3)))
    assert room(ledger) == 700
    ledger.post(move("3", "cash", "a", 600, effective_on=DAY + timedelta(days=2)))
    assert room(ledger) == 100
    with pytest.raises(BalanceFloorBreached):
        ledger.post(move("4", "cash", "a", 101))
    ledger.post(move("4", "cash", "a", 100))
    assert room(ledger) == 0


def test_a_credit_line_is_room(ledger: Ledger) -> None:
    line = AccountPath("line")
    assert ledger.books.available(line) == 500_00
    ledger.post(move("1", "line", "cash", 100_00, effective_on=DAY + timedelta(days=1)))
    assert ledger.books.available(line) == 500_00
    ledger.post(move("2", "cash", "line", 550_00, effective_on=DAY + timedelta(days=2)))
    assert ledger.books.available(line) == 50_00


def test_between_the_legs_of_one_transaction_is_no_instant(ledger: Ledger) -> None:
    ledger.post(move("1", "a", "cash", 700))
    legs = (leg("a", 650), leg("cash", -50), leg("a", -600))
    later = {"effective_on": DAY + timedelta(days=1)}
    ledger.post(evolve(move("2", "cash", "a", 50, **later), postings=legs))
    ledger.post(evolve(move("3", "cash", "a", 50, **later), postings=legs[::-1]))
    assert room(ledger) == 600
    ledger.post(move("4", "cash", "a", 600))
    assert room(ledger) == 0


def test_velocity_limits_count(ledger: Ledger) -> None:
    ledger.post(move("1", "a", "cash", 700))
    ledger.limit(VelocityLimit("atm", "a", CNY, Flow.OUT, Per.DAY, most=300), key="atm")
    ledger.limit(VelocityLimit("in", "a", CNY, Flow.IN, Per.DAY, most=1_000), key="in")
    assert room(ledger) == 300
    ledger.post(move("2", "cash", "a", 250))
    assert room(ledger) == 50
    with pytest.raises(VelocityLimitBreached):
        ledger.post(move("3", "cash", "a", 51))
    assert ledger.books.available(AccountPath("cash")) is None


def test_what_others_of_the_commit_took_is_gone(ledger: Ledger) -> None:
    ledger.post(move("1", "a", "cash", 700))
    seen: list[int | None] = []

    def rule(books: Books) -> list[Transaction]:
        seen.append(books.available(A))
        return [move("", "cash", "a", 200)]

    ledger.execute("x", {}, rule)
    ledger.execute("y", {}, rule)
    assert seen == [700, 500]


moves = st.lists(st.tuples(st.booleans(), st.integers(1, 400), st.integers(0, 4), st.booleans()), max_size=10)


@given(moves, st.none() | st.integers(1, 600))
def test_exactly_so_much_may_leave(moved: list[tuple[bool, int, int, bool]], most: int | None) -> None:
    ledger = Ledger.create(MemoryStore(), BOOK, clock=lambda: NOON)
    ledger.open(ACCOUNTS, key="open")
    if most is not None:
        ledger.limit(VelocityLimit("atm", "a", CNY, Flow.OUT, Per.DAY, most=most), key="atm")
    for number, (comes, quantity, day, held) in enumerate(moved):
        legs = ("a", "cash") if comes else ("cash", "a")
        expires = {"expires_at": NOON + timedelta(days=9)} if held else {}
        t = move(
            str(number), *legs, quantity, effective_on=DAY + timedelta(days=day), pending=held, **expires
        )
        ledger.post_many([t])
    left = room(ledger)
    assert left is not None
    with pytest.raises((BalanceFloorBreached, VelocityLimitBreached)):
        ledger.post(move("more", "cash", "a", left + 1))
    if left > 0:
        ledger.post(move("all", "cash", "a", left))
        assert room(ledger) == 0


@given(moves, st.none() | st.integers(1, 600))
def test_exactly_so_much_may_come_in(moved: list[tuple[bool, int, int, bool]], most: int | None) -> None:
    ledger = Ledger.create(MemoryStore(), BOOK, clock=lambda: NOON)
    ledger.open(ACCOUNTS, key="open")
    ledger.change(B, key="ceiling", reason="test", ceiling=1_000)
    if most is not None:
        ledger.limit(VelocityLimit("in", "b", CNY, Flow.IN, Per.DAY, most=most), key="in")
    for number, (comes, quantity, day, held) in enumerate(moved):
        legs = ("b", "cash") if comes else ("cash", "b")
        expires = {"expires_at": NOON + timedelta(days=9)} if held else {}
        t = move(
            str(number), *legs, quantity, effective_on=DAY + timedelta(days=day), pending=held, **expires
        )
        ledger.post_many([t])
    left = ledger.books.acceptable(B)
    assert left is not None
    with pytest.raises((BalanceCeilingBreached, VelocityLimitBreached)):
        ledger.post(move("more", "b", "cash", left + 1))
    if left > 0:
        ledger.post(move("all", "b", "cash", left))
        assert ledger.books.acceptable(B) == 0


def test_nothing_limits_what_may_come_into_an_account_without_ceiling(ledger: Ledger) -> None:
    assert ledger.books.acceptable(A) is None
