"""Readings of a book against figures worked out by hand."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from tests.ledger.making import CNY, DAY, POINT, move, told

from bankcore.errors import BadAccountPath, BadDate, BadPeriod, UnknownAccount, UnknownTransaction
from bankcore.ledger.accounts import Account
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.reading.statements import balance_on, balances, statement, trial_balance

D2, D3 = DAY + timedelta(days=1), DAY + timedelta(days=2)


@pytest.fixture
def booked(ledger: Ledger) -> Ledger:
    ledger.post(move("1", "a", "cash", 700))
    ledger.post(move("2", "cash", "a", 200, effective_on=D3))
    ledger.post(move("3", "a", "cash", 50, effective_on=D2))  # recorded later, effective earlier
    ledger.post(move("4", "points", "issued", 9, POINT))
    ledger.post(move("5", "due-contra", "due", 30))
    return ledger


def test_statement_runs_from_its_opening_to_its_closing_balance(booked: Ledger) -> None:
    whole = statement(booked.reader, "a")
    assert (whole.account, whole.since, whole.until) == (booked.balance("a").account, None, None)
    assert (whole.opening, whole.closing) == (0, 550)
    assert [(line.quantity, line.balance, line.key) for line in whole.lines] == [
        (700, 700, "1"),
        (-200, 500, "2"),
        (50, 550, "3"),
    ]
    assert {type(n) for line in whole.lines for n in (line.quantity, line.balance)} == {int}
    part = statement(booked.reader, "a", since=D2, until=D2)
    assert (part.since, part.until) == (D2, D2)
    assert (part.opening, part.closing) == (700, 750)
    assert [(line.quantity, line.balance) for line in part.lines] == [(50, 750)]
    assert statement(booked.reader, "a", since=D3).opening == 750
    assert statement(booked.reader, "b").lines == ()


def test_balance_as_of_a_date_counts_value_dates(booked: Ledger) -> None:
    assert [balance_on(booked.reader, "a", day).net for day in (DAY, D2, D3)] == [700, 750, 550]
    assert balance_on(booked.reader, "cash", DAY).debits == 700


def test_trial_balance_is_equal_in_every_unit(booked: Ledger) -> None:
    now = trial_balance(booked.reader)
    assert now.balanced
    assert [(t.unit, t.memorandum, t.debits, t.credits) for t in now.totals] == [
        (CNY, False, 550, 550),
        (CNY, True, 30, 30),
        (POINT, False, 9, 9),
    ]
    assert len(now.balances) == 8
    then = trial_balance(booked.reader, DAY)
    assert (now.on, then.on) == (None, DAY)
    assert [t.debits for t in then.totals] == [700, 30, 9]


def test_balances_walk_a_branch_of_the_chart(booked: Ledger) -> None:
    assert [b.account.path for b in balances(booked.reader, "due")] == ["due"]
    assert [b.account.path for b in balances(booked.reader)] == sorted(
        b.account.path for b in balances(booked.reader)
    )


def test_unknown_things_are_errors(booked: Ledger) -> None:
    with pytest.raises(UnknownAccount) as unknown:
        statement(booked.reader, "nobody")
    assert unknown.value.account == "nobody"
    with pytest.raises(UnknownAccount):
        balance_on(booked.reader, "nobody", DAY)
    with pytest.raises(UnknownTransaction):
        booked.entry(99)
    books = booked.books
    assert books.account("nobody") is None  # type: ignore[arg-type]
    for question in (books.balance, books.gross):
        with pytest.raises(UnknownAccount) as unknown:
            question("nobody")  # type: ignore[arg-type]
        assert unknown.value.account == "nobody"


def test_dates_and_paths_are_checked(booked: Ledger) -> None:
    reader = booked.reader
    for day in ("2024-05-01", 5, datetime(2024, 5, 1)):
        for question in (
            lambda day: balance_on(reader, "a", day),
            lambda day: trial_balance(reader, day),
            lambda day: statement(reader, "a", day),
            lambda day: statement(reader, "a", None, day),
        ):
            with pytest.raises(BadDate):
                question(day)
    with pytest.raises(BadPeriod) as before:
        statement(reader, "a", D2, DAY)
    assert told(before.value) == [f"{D2} to {DAY}"]
    with pytest.raises(UnknownAccount) as unknown:
        list(balances(reader, "nobody"))
    assert unknown.value.account == "nobody"
    for root in ("due:", 5, None):
        with pytest.raises(BadAccountPath):
            list(balances(reader, root))  # type: ignore[arg-type]


def test_books_answer_what_the_ledger_holds(booked: Ledger) -> None:
    booked.open([Account("A1", "asset", "CNY/2")], key="capital")
    books = booked.books
    account = books.account("a")  # type: ignore[arg-type]
    assert account is not None
    assert (books.balance(account.path), books.gross(account.path)) == (550, (200, 750))
    assert dict(books.balances("points")) == {"points": 9}
    assert [path for path, _ in books.balances("")][:2] == ["A1", "a"]
    assert [path for path, _ in books.balances("", after="due", limit=2)] == ["due-contra", "issued"]
    assert [r.id for r in books.records("account", limit=2)] == ["A1", "a"]
    assert [r.id for r in books.records("account", root="due")] == ["due"]
    assert [r.id for r in books.records("account", after="issued")] == ["line", "points"]
