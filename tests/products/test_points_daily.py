"""The close of a day with many expiring lots: in steps, killed anywhere, and stopped by nobody's account."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.products.club import Club
from tests.products.holders import cny

from bankcore.bank import Bank
from bankcore.ledger.accounts import AccountPath, Status
from bankcore.ledger.books import Books
from bankcore.ledger.velocity import Flow, Per, VelocityLimit
from bankcore.product.deferrals import Deferral
from bankcore.product.plan import Step
from bankcore.product.product import Phase
from bankcore.products.current import CURRENT
from bankcore.products.parties import PARTIES
from bankcore.products.points import POINTS, SellWithPoints, expiries
from bankcore.products.points.lots import Lot
from bankcore.products.points.providers import Provider

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
    """The product, its close of a day cut off after a number of steps."""

    def daily(books: Books, day: date) -> Iterator[Step]:
        for count, step in enumerate(POINTS.daily(books, day)):
            if count == steps:
                raise Killed
            yield step

    return evolve(POINTS, daily=daily, works=((Phase.SETTLEMENT, daily),))


def test_a_close_killed_after_any_step_goes_on_to_the_same_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiries, "DUE", evolve(expiries.DUE, page=2))
    whole = prepared()
    steps = len(list(POINTS.daily(whole.books, DUE)))
    assert steps == 4
    whole.bank.close_day(DUE)
    expected = whole.bank.ledger.reader.head()
    for count in range(steps):
        book = prepared()
        with pytest.raises(Killed):
            Bank(book.bank.ledger, [killed_after(count), PARTIES, CURRENT]).close_day(DUE)
        book.bank.close_day(DUE)
        assert book.bank.ledger.reader.head() == expected, count
        assert book.sound()


def test_the_size_of_a_step_changes_no_balance(monkeypatch: pytest.MonkeyPatch) -> None:
    balances = []
    for size in (1, 3, 7, 200):
        monkeypatch.setattr(expiries, "DUE", evolve(expiries.DUE, page=size))
        book = prepared()
        book.bank.close_day(DUE)
        assert [book.points(card) for card in CARDS] == [0, 0, 0, 11, 0, 0, 0]
        balances.append(book.balances())
    assert all(it == balances[0] for it in balances)


# --- accounts in trouble ------------------------------------------------------------------------------

TOUCHED = [
    *(f"points:p:consumer:c{number}:{name}" for number in range(4) for name in ("live", "expired")),
    *(f"points:p:provider:{provider}:{name}" for provider in "gh" for name in ("fund", "advance")),
    *("bank:demand:g", "bank:demand:h", "bank:breakage-income", "bank:revenue", "points:p:right:s"),
]
YEAR_END = date(2024, 12, 31)


def expiring(**terms: Any) -> Club:
    """Four cards with lots of two providers, and one of the bank; the last day of all is 31 December."""
    book = Club(CARDS[:4], "gh", opened_on=YEAR_END, expiry_years=1, value="4/5", breakage="1/3", **terms)
    book.pay_in(**dict.fromkeys([*CARDS[:4], "g", "h"], "100.00"))
    for number, card in enumerate(CARDS[:4]):
        book.order(f"{number + 1}.00", card=card)
        book.order("3.33", card=card, provider="h")
    book.do(SellWithPoints("p", "s", CARDS[0], cny("5.00"), 7, cny("1.00"), 5))
    return book


def trouble(book: Club, path: str, how: str, most: int) -> None:
    account, held = AccountPath(path), book.balance(path)
    opened = book.books.account(account)
    assert opened is not None
    if how in ("in", "out"):
        limit = VelocityLimit(path, path, opened.unit, Flow(how), Per.YEAR, most=most)
        book.bank.ledger.limit(limit, key=f"limit-{path}")
        return
    fields = {"frozen": {"status": Status.FROZEN}, "full": {"ceiling": held + most}, "held": {"floor": held}}
    if how == "closed":
        fields["closed"] = {"status": Status.FROZEN if held else Status.CLOSED}
    book.bank.ledger.change(account, key=f"stop-{path}", reason="court", **fields[how])


def lift(book: Club, path: str, how: str) -> None:
    account = book.books.account(AccountPath(path))
    assert account is not None
    if how in ("in", "out"):
        free = VelocityLimit(path, path, account.unit, Flow(how), Per.YEAR, most=None)
        book.bank.ledger.limit(free, key=f"free-{path}")
        return
    status = {"status": Status.OPEN} if account.status is not Status.OPEN else {}
    limits = {"full": {"ceiling": None}, "held": {"floor": 0}}.get(how, {})
    if how == "held" and path in ("bank:breakage-income", "bank:revenue"):
        limits = {"floor": None}
    book.bank.ledger.change(account.path, key=f"go-{path}", reason="court", **status, **limits)


@settings(max_examples=25)
@given(
    st.dictionaries(
        st.sampled_from(TOUCHED),
        st.tuples(st.sampled_from(["frozen", "full", "held", "closed", "in", "out"]), st.integers(0, 9)),
        max_size=4,
    ),
    st.sampled_from([{}, {"funding": "postpaid", "funding_cap": "1.00"}]),
    st.integers(0, 2),
    st.sampled_from([1, 3, 200]),
)
def test_nobody_s_account_stops_the_close_and_nothing_is_lost(
    troubles: dict[str, tuple[str, int]], terms: dict[str, Any], waiting: int, page: int
) -> None:
    book, quiet = expiring(**terms), expiring(**terms)
    for path, (how, most) in troubles.items():
        trouble(book, path, how, most)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(expiries, "DUE", evolve(expiries.DUE, page=page))
        due = YEAR_END + timedelta(days=1 + waiting)
        book.bank.close_day(due)
        assert book.sound()
        left = {it.id for it in Lot.every(book.books) if it.left}
        told = {it.thing for it in Deferral.every(book.books, str(due))}
        assert told == {f"p/{id.split(':')[1]}" for id in left}
        assert troubles or not left
        for path, (how, _) in troubles.items():
            lift(book, path, how)
        book.bank.close_day(due + timedelta(days=1))
    quiet.bank.close_day(due + timedelta(days=1))
    assert book.balances() == quiet.balances()
    assert [it.left for it in Lot.every(book.books)] == [0] * 9
    for kept, wanted in zip(Provider.every(book.books), Provider.every(quiet.books), strict=True):
        assert evolve(kept, version=0) == evolve(wanted, version=0)
    head = book.bank.ledger.reader.head()
    assert book.bank.close_day(due).transactions == 0
    assert book.bank.ledger.reader.head() == head
    assert book.sound()


def test_lots_that_wait_expire_also_after_their_card_is_merged() -> None:
    """All of them, also where their last days differ."""
    book = Club("c", opened_on=date(2024, 4, 30), expiry="rolling", expiry_months=1)
    book.join("e", document="id-card")
    book.pay_in(c="100.00", g="100.00")
    book.order("10.00")
    book.close_until(date(2024, 5, 2))
    book.order("5.00")
    path = AccountPath("bank:demand:g")
    book.bank.ledger.change(path, key="freeze", reason="court", status=Status.FROZEN)
    book.close_until(date(2024, 7, 3))
    assert book.points() == 15
    book.merge("c", "e")
    book.bank.ledger.change(path, key="thaw", reason="court", status=Status.OPEN)
    book.close_until(date(2024, 7, 4))
    assert (book.points("e"), book.balance("points:p:provider:g:fund")) == (0, 0)
    assert book.sound()


def test_holders_are_warned_once_of_what_expires() -> None:
    book = Club("cde", "gh", expiry="rolling", expiry_months=2, warning_days=10)
    book.pay_in(**dict.fromkeys("cdegh", "1,000.00"))
    for card, amount in (("c", "30.00"), ("d", "40.00"), ("e", "500.00")):
        book.order(amount, card=card)
    book.order("7.00", provider="h")
    book.redeem(500, card="e")

    def told(card: str) -> list[tuple[Any, ...]]:
        versions = book.books.versions("notice", f"{card}:points-expiring:points-p")
        return [(it.data["on"], it.data["points"], it.data["last_day"]) for it in versions]

    book.close_until(date(2024, 7, 21))
    assert told("c") == []
    book.close_until(date(2024, 7, 22))
    assert told("c") == [("2024-07-21", 37, "2024-07-31")]
    assert told("d") == [("2024-07-21", 40, "2024-07-31")]
    assert [row[5] for row in book.bank.report("points", "expiring").rows] == [30, 7, 40]
    book.close_until(date(2024, 8, 2))
    assert [len(told(card)) for card in "cde"] == [1, 1, 0]
    assert book.points() == 0
    assert book.sound()


def test_near_the_last_day_there_is_nobody_is_warned() -> None:
    book = Club(opened_on=date(9999, 12, 20))
    book.bank.close_day(date(9999, 12, 21))
    assert book.sound()
