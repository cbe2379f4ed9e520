"""Assertions of the kit fail where they should, and say what is wrong."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date

import pytest
from attrs import evolve

from bankcore.amounts import Amount
from bankcore.errors import BadAmount, UnknownAccount
from bankcore.products.current import CURRENT
from bankcore.products.parties import PARTIES
from bankcore.stores.sqlite import SqliteStore
from bankcore.testing import Driver, assert_balances, assert_conserved, assert_refused, assert_sound
from bankcore.units import Unit


@pytest.fixture
def driver():
    driver = Driver("li", "wang", products=[PARTIES, CURRENT])
    driver.deposit("li", "100.00")
    return driver


def test_a_sound_book_passes_in_every_shape(driver):
    for book in (driver, driver.bank, driver.bank.ledger):
        assert_conserved(book)
        assert_balances(book, {"bank:demand:li": "100.00", "bank:demand:wang": 0}, root="bank:demand")


def test_a_balance_that_no_posting_explains_is_named(tmp_path):
    file = tmp_path / "book.db"
    driver = Driver("li", store=SqliteStore(file, create=True), products=[PARTIES, CURRENT])
    driver.deposit("li", "100.00")
    assert_conserved(driver)
    with closing(sqlite3.connect(file)) as damage:
        damage.execute(
            "UPDATE balance SET credits = credits + 1 WHERE account_id ="
            " (SELECT account_id FROM account WHERE path = 'bank:demand:li')"
        )
        damage.commit()
    with pytest.raises(AssertionError) as failure:
        assert_conserved(driver)
    assert "CNY/2: debits 10000, credits 10001, difference -1" in str(failure.value)
    assert "bank:demand:li" in str(failure.value)
    driver.bank.ledger.store.close()


def test_a_broken_invariant_is_named():
    broken = evolve(CURRENT, invariants={"never": lambda books: ["it never holds"]})
    driver = Driver("li", products=[PARTIES, broken])
    for check in (assert_sound, assert_conserved):
        with pytest.raises(AssertionError, match=r"1 (broken invariant|finding):\n  .*it never holds"):
            check(driver)
    with pytest.raises(AssertionError, match="it never holds"):
        driver.sound()
    assert_conserved(driver.bank.ledger)  # which knows no product


def test_balances_are_given_as_texts_quantities_and_amounts(driver):
    for said in ("100.00", 100_00, driver.money("100.00")):
        assert_balances(driver, {"bank:demand:li": said})
    with pytest.raises(BadAmount):
        assert_balances(driver, {"bank:demand:li": "1.001"})


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        (
            {"bank:demand:li": 1},
            "1 balance is not as expected:\n  bank:demand:li: expected 0.01 CNY, found 100.00",
        ),
        ({"bank:demand:li": Amount(100_00, Unit("USD/2"))}, "expected 100.00 USD, found 100.00 CNY"),
        ({"bank:demand:x": 0}, "bank:demand:x: expected 0, but there is no such account"),
        ({}, "bank:demand:li: expected none, found 100.00 CNY"),
    ],
)
def test_what_differs_is_said(driver, expected, message):
    with pytest.raises(AssertionError, match=message):
        assert_balances(driver, expected, root="bank:demand")


def test_another_refusal_is_shown_and_kept_as_the_cause(driver):
    with (
        pytest.raises(
            AssertionError, match="expected a refusal with code 'x', found 'bad_amount'"
        ) as failure,
        assert_refused("x"),
    ):
        driver.money("a lot")
    assert isinstance(failure.value.__cause__, BadAmount)


def test_a_refusal_that_leaves_a_trace_fails(driver):
    def write_and_refuse():
        driver.deposit("li", "1.00")
        driver.money("a lot")

    assert_refused("bad_amount", act=write_and_refuse)
    with pytest.raises(AssertionError, match="moved from transaction"):
        assert_refused("bad_amount", driver, write_and_refuse)


def test_errors_of_others_pass_through(driver):
    with pytest.raises(ZeroDivisionError), assert_refused("x", driver):
        raise ZeroDivisionError


def test_the_refusal_is_kept(driver):
    refused = assert_refused("unknown_account", driver, lambda: driver.balance("nobody"))
    assert isinstance(refused.error, UnknownAccount)
    assert refused.fields["account"] == "nobody"
    assert driver.today == date(2024, 1, 1)
