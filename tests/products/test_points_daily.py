"""The close of a day with many expiring lots: in steps, killed anywhere, at any size of a step."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from attrs import evolve
from tests.products.club import Club

from bankcore.bank import Bank
from bankcore.ledger.accounts import AccountPath, Status
from bankcore.ledger.books import Books
from bankcore.product.plan import Step
from bankcore.products.points import POINTS, expiry

CARDS = [f"c{number}" for number in range(7)]
DUE = date(2024, 7, 1)


class Killed(Exception):
    """The process ends here."""


def prepared() -> Club:
    """Seven cards with two or three lots that expire on one day, one of them frozen."""
    book = Club(CARDS, "gh", expiry="rolling", expiry_months=1, breakage="1/3", value="4/5")
    book.pay_in(**dict.fromkeys([*CARDS, "g", "h"], "100.00"))
    for number, card in enumerate(CARDS):
        book.order("7.77", card=card)
        book.order("3.33", card=card, provider="h")
        if number % 2:
            book.order("1.11", card=card)
    path = AccountPath("points:p:consumer:c3:live")
    book.bank.ledger.change(path, key="freeze", reason="court", status=Status.FROZEN)
    book.close_until(DUE)
    return book


def killed_after(steps: int) -> Any:
    """The product, its close of a day cut off behind a number of steps."""

    def daily(books: Books, day: date) -> Iterator[Step]:
        for count, step in enumerate(POINTS.daily(books, day)):
            if count == steps:
                raise Killed
            yield step

    return evolve(POINTS, daily=daily)


def test_a_close_killed_after_any_step_goes_on_to_the_same_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiry, "_CARDS", 2)
    whole = prepared()
    steps = len(list(POINTS.daily(whole.books, DUE)))
    assert steps == 4
    whole.bank.close_day(DUE)
    expected = whole.bank.ledger.reader.head()
    for count in range(steps):
        book = prepared()
        with pytest.raises(Killed):
            Bank(book.bank.ledger, [killed_after(count)]).close_day(DUE)
        book.bank.close_day(DUE)
        assert book.bank.ledger.reader.head() == expected, count
        assert book.sound()


def test_the_size_of_a_step_changes_no_balance(monkeypatch: pytest.MonkeyPatch) -> None:
    balances = []
    for size in (1, 3, 7, 200):
        monkeypatch.setattr(expiry, "_CARDS", size)
        book = prepared()
        book.bank.close_day(DUE)
        assert [book.points(card) for card in CARDS] == [0, 0, 0, 11, 0, 0, 0]
        balances.append(book.balances())
    assert all(it == balances[0] for it in balances)
