"""Back-dating: what a posting into an open date does to every later instant of its accounts."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.conftest import BOOK, NOON
from tests.ledger.making import CNY, DAY, leg, move

from bankcore.errors import (
    AccountChangeRefused,
    AccountInUse,
    BadTransaction,
    BalanceCeilingBreached,
    BalanceFloorBreached,
    BankcoreError,
    PeriodClosed,
    UnknownAccount,
    UnknownTransaction,
)
from bankcore.ledger.accounts import Account, AccountPath, Status
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.reading.statements import balance_on
from bankcore.ledger.transactions import Transaction
from bankcore.stores.memory import MemoryStore

A, CASH = AccountPath("a"), AccountPath("cash")


def on(days: int) -> date:
    return DAY + timedelta(days=days)


def test_a_withdrawal_is_refused_before_the_money_is_there(ledger: Ledger) -> None:
    ledger.post(move("1", "a", "cash", 100, effective_on=on(2)))
    with pytest.raises(BalanceFloorBreached) as refusal:
        ledger.post(move("2", "cash", "a", 70, effective_on=on(1)))
    assert (refusal.value.on, refusal.value.available) == (on(1), 0)
    assert str(on(1)) in str(refusal.value)
    ledger.post(move("2", "cash", "a", 70, effective_on=on(2)))


def test_the_refusal_names_the_first_date_that_would_break(ledger: Ledger) -> None:
    ledger.post(move("1", "a", "cash", 100, effective_on=on(0)))
    ledger.post(move("2", "cash", "a", 60, effective_on=on(3)))
    ledger.post(move("3", "cash", "a", 30, effective_on=on(5)))
    ledger.post(move("4", "a", "cash", 500, effective_on=on(9)))
    with pytest.raises(BalanceFloorBreached) as refusal:
        ledger.post(move("5", "cash", "a", 11, effective_on=on(1)))
    assert (refusal.value.on, refusal.value.available, refusal.value.needed) == (on(5), 10, 11)
    with pytest.raises(BalanceFloorBreached) as refusal:
        ledger.post(move("5", "cash", "a", 41, effective_on=on(1)))
    assert refusal.value.on == on(3)
    ledger.post(move("5", "cash", "a", 10, effective_on=on(1)))
    assert [balance_on(ledger.reader, "a", on(n)).net for n in (0, 1, 3, 5, 9)] == [100, 90, 30, 0, 500]
    verify(ledger.reader, BOOK).require()


def test_every_transaction_of_a_day_is_an_instant(ledger: Ledger) -> None:
    ledger.post(move("1", "a", "cash", 10))
    ledger.post(move("2", "cash", "a", 10, effective_on=on(1)))
    ledger.post(move("3", "a", "cash", 10, effective_on=on(1)))
    with pytest.raises(BalanceFloorBreached) as refusal:
        ledger.post(move("4", "cash", "a", 1))
    assert refusal.value.on == on(1)


def test_a_ceiling_binds_later_too(ledger: Ledger) -> None:
    ledger.post(move("1", "b", "cash", 900_00))
    ledger.post(move("2", "b", "cash", 100_00, effective_on=on(4)))
    ledger.post(move("3", "cash", "b", 500_00, effective_on=on(6)))
    with pytest.raises(BalanceCeilingBreached) as refusal:
        ledger.post(move("4", "b", "cash", 1, effective_on=on(2)))
    assert (refusal.value.on, refusal.value.available) == (on(4), 0)
    assert str(on(4)) in str(refusal.value)
    ledger.post(move("4", "b", "cash", 1, effective_on=on(6)))


def test_a_hold_counts_from_its_value_date(ledger: Ledger) -> None:
    ledger.post(move("1", "a", "cash", 100))
    ledger.post(move("2", "a", "cash", 50, effective_on=on(5)))
    held = ledger.post(move("3", "cash", "a", 120, effective_on=on(5), pending=True))
    ledger.post(move("4", "cash", "a", 30, effective_on=on(2)))
    with pytest.raises(BalanceFloorBreached) as refusal:
        ledger.post(move("5", "cash", "a", 1, effective_on=on(2)))
    assert refusal.value.on == on(5)
    with pytest.raises(BalanceFloorBreached) as refusal:
        ledger.capture(held.number, key="6", effective_on=on(1))
    assert refusal.value.on == on(1)
    ledger.capture(held.number, key="6", effective_on=on(5))
    assert ledger.balance("a").net == 0


def test_a_refusal_names_a_date_only_where_something_follows(ledger: Ledger) -> None:
    ledger.post(move("1", "a", "cash", 100))
    with pytest.raises(BalanceFloorBreached) as refusal:
        ledger.post(move("2", "cash", "a", 101))
    assert refusal.value.on is None
    ledger.post(move("3", "cash", "a", 60, effective_on=on(5), pending=True))
    with pytest.raises(BalanceFloorBreached) as refusal:
        ledger.post(move("4", "cash", "a", 50, effective_on=on(2)))
    assert (refusal.value.on, refusal.value.available) == (on(5), 40)
    with pytest.raises(BalanceFloorBreached) as refusal:  # before the hold there is all of it, and no more
        ledger.post(move("5", "cash", "a", 101, effective_on=on(2)))
    assert (refusal.value.on, refusal.value.available) == (on(2), 100)


def test_a_back_dated_deposit_makes_no_room_where_something_was_broken(ledger: Ledger) -> None:
    """A limit raised later leaves instants below it; what makes them no worse is let through."""
    ledger.post(move("1", "a", "cash", 10))
    ledger.post(move("2", "a", "cash", 90, effective_on=on(3)))
    ledger.change(A, key="floor", reason="review", floor=50)
    ledger.post(move("3", "a", "cash", 5))
    with pytest.raises(BalanceFloorBreached):
        ledger.post(move("4", "cash", "a", 1))


def test_the_order_within_one_batch_counts(ledger: Ledger) -> None:
    verdicts = ledger.post_many(
        [
            move("1", "a", "cash", 100, effective_on=on(4)),
            move("2", "cash", "a", 100, effective_on=on(6)),
            move("3", "a", "cash", 40, effective_on=on(1)),
            move("4", "cash", "a", 41, effective_on=on(2)),
            move("5", "cash", "a", 40, effective_on=on(3)),
            move("6", "cash", "a", 1, effective_on=on(5)),
            move("7", "cash", "line", 5, effective_on=on(5), pending=True),
            move("8", "cash", "a", 1, effective_on=on(5), pending=True),
        ]
    )
    codes = [getattr(v, "code", "accepted") for v in verdicts]
    broken = "balance_floor_breached"
    assert codes == ["accepted"] * 3 + [broken, "accepted", broken, "accepted", broken]


def test_accounts_without_limits_take_any_order(ledger: Ledger) -> None:
    ledger.open([Account("free", "liability", "CNY/2")], key="free")
    for place, days in enumerate((5, 1, 3, 0)):
        ledger.post(move(str(place), "cash", "free", 10, effective_on=on(days)))
    assert [balance_on(ledger.reader, "free", on(n)).net for n in range(6)] == [-10, -20, -20, -30, -30, -40]


def test_an_account_is_not_closed_before_its_last_posting(ledger: Ledger) -> None:
    ledger.post(move("1", "a", "cash", 5, effective_on=on(3)))
    ledger.post(move("2", "cash", "a", 5, effective_on=on(3)))
    with pytest.raises(AccountChangeRefused):
        ledger.change(A, key="3", reason="leaves", status=Status.CLOSED)
    ledger.close_period(on(2), key="days")
    ledger.change(A, key="3", reason="leaves", status=Status.CLOSED)


# --- corrections and opening balances ---------------------------------------------------------------


def test_a_correction_posts_what_is_lacking_and_again(ledger: Ledger) -> None:
    wrong = ledger.post(move("1", "a", "cash", 100)).number
    ledger.close_period(DAY, key="close")
    with pytest.raises(PeriodClosed):
        ledger.correct(wrong, (leg("cash", 90), leg("a", -90)), key="2", effective_on=DAY)
    receipt = ledger.correct(wrong, (leg("cash", 90), leg("a", -90)), key="2", effective_on=on(1))
    entry = ledger.entry(receipt.number).transaction
    assert (entry.kind, entry.description, entry.corrects) == ("correction", "corrects 2", wrong)
    assert sorted(entry.postings, key=lambda p: p.account) == [leg("a", 10), leg("cash", -10)]
    assert ledger.correct(wrong, (leg("cash", 90), leg("a", -90)), key="2", effective_on=on(1)).replayed
    second = ledger.correct(wrong, (leg("cash", 95), leg("line", -95)), key="3", effective_on=on(1))
    assert {p.account: p.quantity for p in ledger.entry(second.number).transaction.postings} == {
        "a": 90,
        "cash": 5,
        "line": -95,
    }
    assert ledger.reader.corrections(wrong) == [receipt.number, second.number]
    with pytest.raises(BadTransaction) as nothing:
        ledger.correct(wrong, (leg("line", -95), leg("cash", 95)), key="4", effective_on=on(1))
    assert nothing.value.field == "postings"
    split = (leg("cash", 90), leg("line", -95), leg("cash", 5))
    with pytest.raises(BadTransaction):  # an account that stands there twice counts as a whole
        ledger.correct(wrong, split, key="4", effective_on=on(1))
    with pytest.raises(UnknownTransaction) as unknown:
        ledger.correct(99, (leg("line", -95), leg("cash", 95)), key="4", effective_on=on(1))
    assert unknown.value.number == 99
    verify(ledger.reader, BOOK).require()


def test_what_was_reversed_is_corrected_from_nothing(ledger: Ledger) -> None:
    wrong = ledger.post(move("1", "line", "cash", 100)).number
    wanted = (leg("cash", 90), leg("line", -90))
    first = ledger.correct(wrong, wanted, key="2", effective_on=DAY).number
    with pytest.raises(BadTransaction):
        ledger.correct(first, wanted, key="3", effective_on=DAY)
    ledger.reverse(first, key="4", effective_on=DAY)
    ledger.correct(wrong, wanted, key="5", effective_on=DAY)
    assert ledger.balance("line").net == 90
    ledger.reverse(wrong, key="6", effective_on=DAY)
    ledger.correct(wrong, wanted, key="7", effective_on=DAY)
    assert ledger.balance("line").net == 90


def test_a_hold_is_resolved_and_not_corrected(ledger: Ledger) -> None:
    held = ledger.post(move("1", "line", "cash", 100, pending=True)).number
    with pytest.raises(BadTransaction):
        ledger.correct(held, (leg("cash", 90), leg("line", -90)), key="2", effective_on=DAY)


def test_opening_balances_come_first(ledger: Ledger) -> None:
    ledger.open([Account("equity:opening", "equity", CNY)], key="equity")
    opening, against = {CASH: 700, A: 500, AccountPath("line"): -20, AccountPath("b"): 0}, "equity:opening"
    receipt = ledger.bring_forward(opening, against=AccountPath(against), key="1", effective_on=DAY)
    assert ledger.bring_forward(opening, against=AccountPath(against), key="1", effective_on=DAY).replayed
    assert ledger.entry(receipt.number).transaction.kind == "opening"
    assert [ledger.balance(path).net for path in ("cash", "a", "line", "b", against)] == [
        700,
        500,
        -20,
        0,
        220,
    ]
    with pytest.raises(AccountInUse) as used:
        ledger.bring_forward({A: 1}, against=AccountPath(against), key="2", effective_on=DAY)
    assert used.value.account == "a"
    with pytest.raises(UnknownAccount):
        ledger.bring_forward({AccountPath("x"): 1}, against=AccountPath(against), key="2", effective_on=DAY)
    below = {AccountPath("b"): -1}
    with pytest.raises(BalanceFloorBreached):
        ledger.bring_forward(below, against=AccountPath(against), key="2", effective_on=DAY)


days = st.integers(0, 6)
steps = st.tuples(days, st.integers(-40, 40).filter(bool), st.booleans())


@given(st.lists(steps, max_size=14), st.booleans())
def test_what_is_accepted_keeps_every_instant(history: list[tuple[int, int, bool]], at_once: bool) -> None:
    """Against a model that orders what was accepted by value date and adds it up."""
    ledger = Ledger.create(MemoryStore(), BOOK, clock=lambda: NOON)
    accounts = [Account("cash", "asset", "CNY/2"), Account("b", "liability", "CNY/2", floor=0, ceiling=60)]
    ledger.open(accounts, key="open")
    wanted = [
        move(str(place), "b", "cash", quantity, effective_on=on(day), pending=pending and quantity < 0)
        for place, (day, quantity, pending) in enumerate(history)
    ]
    verdicts: list[Any] = []
    if at_once:
        verdicts = list(ledger.post_many(wanted))
    for t in () if at_once else wanted:
        try:
            verdicts.append(ledger.post(t))
        except BankcoreError as refusal:
            verdicts.append(refusal)
    accepted: list[Transaction] = []
    for t, verdict in zip(wanted, verdicts, strict=True):
        would_be = _broken([*accepted, t])
        if isinstance(verdict, (BalanceFloorBreached, BalanceCeilingBreached)):
            assert (verdict.on or t.effective_on) == would_be
        else:
            assert would_be is None
            accepted.append(t)
    verify(ledger.reader, BOOK).require()


def _broken(transactions: list[Transaction]) -> date | None:
    """The first value date on which an instant lies outside the limits."""
    least = most = 0
    first = None
    for t in sorted(transactions, key=lambda t: t.effective_on):
        quantity = next(-p.quantity for p in t.postings if p.account == "b")
        least += quantity
        most += 0 if t.pending else quantity
        if first is None and (least < 0 or most > 60):
            first = t.effective_on
    return first
