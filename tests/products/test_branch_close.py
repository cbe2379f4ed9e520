"""The close of a day goes on where accounts refuse; rewards and fees catch up when they are free again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.products.network import FIRST, Network
from tests.products.trouble import free, stop, troubles

from bankcore.product.deferrals import Deferral
from bankcore.products.branch import PayReward

PEOPLE = ("u", "v", "w")
ACCOUNTS = [
    *(f"branch:n:party:{person}:reward-payable" for person in PEOPLE),
    *(f"branch:n:party:{person}:referral-payable" for person in ("a", "c")),
    *("branch:n:campaign:k:budget", "branch:n:campaign:k:budget-contra"),
    *("bank:marketing-expense", "bank:referral-expense", "bank:demand:a", "bank:demand:u"),
]


def busy() -> Network:
    """Three rewards that lapse on the fourth, and two fees of that day; one loan ends before, one after."""
    book = Network(reward_days=3, referral_days=3, observation_days=6)
    book.firm()
    book.template()
    book.push()
    book.watch("u")
    book.campaign()
    for person in PEOPLE:
        book.grant(person)
    book.do(PayReward("n", "k", "w"))
    for loan, referrer in (("l", "a"), ("m", "c")):
        book.lend("50,000.00", loan)
        book.pay_in("1,000.00")
        book.refer(f"r{loan}", referrer, loan)
    return book


@settings(max_examples=25)
@given(troubled=troubles(*ACCOUNTS), starts=st.integers(0, 5), lasts=st.integers(1, 4))
@example({"bank:demand:a": "credits frozen"}, 2, 3)
@example({"bank:marketing-expense": "frozen", "bank:referral-expense": "in"}, 0, 6)
def test_whatever_refuses_the_close_goes_on_and_all_is_done_later(
    troubled: dict[str, str], starts: int, lasts: int
) -> None:
    book, quiet = busy(), busy()
    for day in range(max(starts + lasts, 6) + 1):
        if day == starts:
            stop(book.bank, troubled)
        if day == starts + lasts:
            free(book.bank, troubled)
        for it in (book, quiet):
            if day in (2, 4):
                it.end_loan("l" if day == 2 else "m")
            it.close()
            broken = {found.invariant for found in it.bank.broken_invariants()}  # type: ignore[attr-defined]
            assert broken <= {"Q1"}  # an account that the ledger's own door closed
    for it in (book, quiet):
        it.close()
        assert it.sound()
    assert settled(book) == settled(quiet)
    assert book.rows("campaigns") == quiet.rows("campaigns")
    head = book.bank.ledger.reader.head()
    book.bank.close_day(book.today - timedelta(days=1))
    assert book.bank.ledger.reader.head() == head


def settled(book: Network) -> dict[str, int]:
    """Balances, what a party has to give back taken from what it has: a fee paid late is paid net of that."""
    left = book.balances()
    for party in "ac":
        left[f"bank:demand:{party}"] -= left.pop(f"branch:n:party:{party}:referral-receivable", 0)
    return left


@pytest.mark.parametrize(
    ("path", "how", "waits"),
    [
        ("branch:n:party:u:reward-payable", "debits frozen", {"n/reward/k/u"}),
        ("bank:demand:a", "credits frozen", {"n/referral/rl"}),
        ("bank:demand:a", "in", {"n/referral/rl"}),
        ("branch:n:campaign:k:budget", "capped", {"n/reward/k/u", "n/reward/k/v"}),
    ],
)
def test_what_waits_says_why(path: str, how: str, waits: set[str]) -> None:
    book = busy()
    stop(book.bank, {path: how})
    book.close_days(4)
    assert book.today == FIRST + timedelta(days=4)
    kept = list(Deferral.every(book.books))
    assert {it.thing for it in kept} == waits
    assert all(path in it.reason and it.product == "branch" for it in kept)
    assert book.sound()
