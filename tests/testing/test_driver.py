"""The driver does what it says, and fails where a test expected something else."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from bankcore.errors import BankcoreError
from bankcore.ledger.accounts import Status
from bankcore.ledger.transactions import Record
from bankcore.product.actor import Actor
from bankcore.products.current import CURRENT, CashOut, Transfer
from bankcore.products.parties import PARTIES, SuspendParty
from bankcore.stores.sqlite import SqliteStore
from bankcore.testing import Driver, moved


@pytest.fixture(scope="module")
def products():
    return [PARTIES, CURRENT]


@pytest.fixture
def driver(products):
    driver = Driver("li", "wang", products=products)
    driver.deposit("li", "100.00")
    return driver


def test_a_refusal_is_given_with_its_fields_and_leaves_its_key_free(driver):
    asked = Transfer("li", "wang", driver.money("100.01"))
    fields = driver.refused("balance_floor_breached", asked)
    assert (fields["code"], fields["available"]) == ("balance_floor_breached", 100_00)
    driver.refused("actor_not_permitted", asked, "customer:wang")
    assert driver.bank.ledger.reader.numbers(["refused"]) == {}


def test_a_refusal_for_whatever_cause_of_a_command_or_an_act(driver):
    asked = Transfer("li", "wang", driver.money("100.01"))
    assert driver.refusal(asked)["code"] == "balance_floor_breached"
    assert driver.refusal(asked, "customer:wang")["code"] == "actor_not_permitted"
    assert driver.refusal(lambda: driver.money("a lot"))["code"] == "bad_amount"
    with pytest.raises(AssertionError, match="expected a refusal, but nothing was refused"):
        driver.refusal(lambda: driver.do(CashOut("li", driver.money(1))))


@pytest.mark.parametrize(
    ("code", "amount", "message"),
    [
        ("balance_floor_breached", "100.00", "but nothing was refused"),
        ("unknown_party", "100.01", "found 'balance_floor_breached': account bank:demand:li has 100.00 CNY"),
    ],
)
def test_a_refusal_that_was_not_expected_fails(driver, code, amount, message):
    with pytest.raises(AssertionError, match=message):
        driver.refused(code, Transfer("li", "wang", driver.money(amount)))


def test_the_clock_goes_on_with_the_days_of_the_zone_and_never_back(products):
    driver = Driver(opened_on=date(2024, 5, 1), zone="Asia/Shanghai", products=products)
    assert driver.clock() == datetime(2024, 4, 30, 16, tzinfo=UTC)
    driver.register("li")
    driver.close()
    assert (driver.today, driver.clock()) == (date(2024, 5, 2), datetime(2024, 5, 1, 16, tzinfo=UTC))
    driver.clock.advance(timedelta(days=7))
    driver.close_days(3)
    assert (driver.today, driver.clock().day) == (date(2024, 5, 5), 8)
    driver.close_until(date(2024, 5, 5))
    driver.close_until(date(2024, 5, 4))
    assert driver.today == date(2024, 5, 5)
    driver.close_until(date(2024, 5, 7))
    assert driver.today == date(2024, 5, 7)


def test_who_gives_a_command_is_named_or_asked_of_the_subclass(driver):
    class Shop(Driver):
        def giver(self, command):
            return Actor.parse("officer:mei") if isinstance(command, CashOut) else None

    shop = Shop("li", products=[PARTIES, CURRENT])
    shop.deposit("li", 5_00)
    shop.do(CashOut("li", shop.money(1_00)))
    shop.do(CashOut("li", shop.money(1_00)), actor="officer:han")
    shop.do_all(CashOut("li", shop.money(1_00)), CashOut("li", shop.money(2_00)))
    actors = [entry.transaction.actor for entry in shop.entries("current.cash-out")]
    assert actors == ["officer:mei", "officer:han", "officer:mei", "officer:mei"]


def test_what_no_command_does_is_done_by_hand(driver):
    driver.open("bank:capital", "equity")
    driver.post({"bank:cash": 5}, {"bank:capital": 5}, Record("note", "x", {"n": 1}))
    driver.post({"bank:capital": 2}, {"bank:cash": 2}, kind="back", on=date(2024, 1, 3))
    assert driver.balances("bank:capital") == {"bank:capital": 3}
    assert driver.books.record("note", "x").data == {"n": 1}
    assert [moved(entry) for entry in driver.entries("back")] == [{"bank:capital": 2, "bank:cash": -2}]
    assert moved(driver.entries("back", "by-hand")) == {"bank:capital": -3, "bank:cash": 3}
    driver.freeze("bank:demand:li", Status.DEBITS_FROZEN)
    driver.refused("account_frozen", CashOut("li", driver.money(1)))
    driver.thaw("bank:demand:li")
    driver.do(CashOut("li", driver.money(1)))
    assert driver.balance("bank:demand:li") == 99_99


def test_parties_are_persons_and_firms_identified_or_not(driver):
    driver.register("acme", "apex", kind="firm")
    driver.register("han", identified=False)
    rows = {row["party"]: row for row in driver.report("parties", "parties")}
    assert [rows[it]["kind"] for it in ("li", "acme", "han")] == ["person", "firm", "person"]
    assert [rows[it]["document"] != "" for it in ("li", "acme", "han")] == [True, True, False]


def test_notices_by_topic(driver):
    driver.do(SuspendParty("li", "asked by the court"))
    assert [notice.party for notice in driver.notices("suspended")] == ["li"]
    assert driver.notices("other") == []
    assert "suspended" in [notice.topic for notice in driver.notices()]


def test_equal_seeds_give_equal_books_on_every_store(tmp_path, products):
    heads = []
    for store in (None, SqliteStore(tmp_path / "book.db", create=True)):
        driver = Driver("li", store=store, products=products, seed="same")
        driver.close()
        assert driver.sound()
        heads.append(driver.bank.ledger.reader.head().digest)
        driver.bank.ledger.store.close()
    assert heads[0] == heads[1]


def test_a_refusal_of_the_bank_itself_reaches_the_test(driver):
    with pytest.raises(BankcoreError) as refusal:
        driver.do(Transfer("li", "nobody", driver.money(1)))
    assert refusal.value.code == "not_found"
