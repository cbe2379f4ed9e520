"""A book as text is stable, and the difference of two books names what differs and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.transactions import Record, Transaction, legs
from bankcore.products.current import CURRENT, OpenAccount
from bankcore.products.parties import PARTIES, RegisterParty
from bankcore.stores.sqlite import SqliteStore
from bankcore.testing import Driver, difference, snapshot


def drive(driver):
    """A history with a hold, a record, a frozen account and a closed day."""
    driver.deposit("li", "100.00")
    driver.open("bank:capital", "equity")
    driver.open("fee", "income", ceiling=900, details={"n": [1]})
    driver.post({}, {}, Record("note", "n", {"rate": "1/3"}))
    hold(driver, "bank:demand:li", 300)
    driver.close()
    driver.freeze("bank:capital")
    return driver


def hold(driver, path, quantity):
    postings = legs(driver.unit, debit={AccountPath(path): quantity}, credit={AccountPath("fee"): quantity})
    driver.bank.ledger.post(
        Transaction(kind="hold", effective_on=driver.today, postings=postings, key=driver.key(), pending=True)
    )


def made(**given):
    return Driver("li", products=[PARTIES, CURRENT], **given)


@pytest.fixture
def driver():
    return drive(made())


def test_a_book_is_the_same_text_on_every_store_at_any_time_and_with_any_salts(driver, tmp_path):
    other = made(store=SqliteStore(tmp_path / "book.db", create=True), seed="another")
    other.clock.advance(timedelta(hours=5))
    drive(other)
    assert snapshot(driver) == snapshot(other)
    assert difference(driver, other) == ""
    assert driver.bank.ledger.reader.head().digest != other.bank.ledger.reader.head().digest
    other.bank.ledger.store.close()


def test_what_stands_in_the_text(driver):
    text = snapshot(driver)
    for line in (
        "  bank:capital equity CNY/2, frozen, reason court order: 0.00 CNY",
        '  fee income CNY/2, ceiling 9.00 CNY, details {"n":[1]}: 0.00 CNY',
        "  bank:demand:li liability CNY/2, floor 0.00 CNY, party li: 100.00 CNY",
        "      Cr bank:demand:li 100.00 CNY",
        '  note n {"rate":"1/3"}',
        "  9 Dr bank:demand:li 3.00 CNY, Cr fee 3.00 CNY",
    ):
        assert line in text.splitlines(), text


def test_no_personal_data_stands_in_the_text():
    driver = made()
    driver.do(RegisterParty("han", full_name="Han Meimei"))
    assert "han" in snapshot(driver)
    assert "Meimei" not in snapshot(driver)


def test_each_kind_of_difference_is_said_once(driver):
    other = made()
    other.deposit("li", "100.00")
    other.open("bank:capital", "equity")
    other.open("fee", "income", ceiling=800, details={"n": [1]})
    other.post({}, {}, Record("note", "n", {"rate": "1/3", "more": 1}))
    hold(other, "bank:demand:li", 301)
    other.close()
    other.do(OpenAccount("std", other_party(other)))
    said = difference(driver, other, names=("A", "B")).splitlines()
    for line in (
        "  bank:capital: equity CNY/2, frozen, reason court order in A; equity CNY/2 in B",
        "  bank:demand:wang: only in B: liability CNY/2, floor 0.00 CNY, party wang",
        "  alike through transaction 6, then",
        '    account fee version 1 income CNY/2, ceiling 9.00 CNY, details {"n":[1]}',
        "  note n, more: nothing in A, 1 in B",
        "  parties.party wang: only in B",
        "  9: Dr bank:demand:li 3.00 CNY, Cr fee 3.00 CNY in A; "
        "Dr bank:demand:li 3.01 CNY, Cr fee 3.01 CNY in B",
    ):
        assert line in said, "\n".join(said)
    assert not [line for line in said if line.startswith("  current.account li")]
    assert "balances" not in said


def other_party(driver):
    driver.do(RegisterParty("wang"))
    return "wang"


def test_a_journal_that_only_goes_on_is_said_to_end():
    shorter, longer = made(), made()
    longer.deposit("li", "1.00")
    said = difference(shorter, longer).splitlines()
    assert "  in the first: nothing more" in said
    assert "  bank:demand:li: 0.00 CNY in the first, 1.00 CNY in the second: +1.00 CNY" in said
    assert "  bank:demand:li: 1.00 CNY in the first, 0.00 CNY in the second: -1.00 CNY" in difference(
        longer, shorter
    )
