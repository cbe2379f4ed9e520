"""Time deposits, bought with money or, through the bank, with points."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.products.club import Club, cny
from tests.products.test_points_examples import CHART, compare, read_examples

from bankcore.amounts import Amount
from bankcore.errors import BalanceFloorBreached
from bankcore.ledger.accounts import Account, AccountPath, AccountType, Status
from bankcore.ledger.transactions import Transaction, legs
from bankcore.products.points import Redeem
from bankcore.products.time_deposit import DepositTerms, OpenDeposit, OpenProgramme
from bankcore.products.time_deposit.refusals import NotWholeUnits
from bankcore.units import Unit

C4 = CHART | {
    "CD:t:c": "time-deposit:3m:t:principal",
    "INTPAY:t": "time-deposit:3m:t:interest",
    "INTEXP": "bank:interest-expense",
}


def bank(**terms: Any) -> Club:
    book = Club(opened_on=date(2024, 5, 31), value="4/5")
    book.do(OpenProgramme("3m", terms))
    return book


def place(amount: str, deposit: str = "t") -> OpenDeposit:
    return OpenDeposit("3m", deposit, "c", cny(amount))


def test_c4_points_buy_a_deposit(shared_data: Path) -> None:
    book = bank()
    book.pay_in(g="98.76")
    book.grant(12_345)  # the example's first entry pays for the points with cash
    before = book.bank.ledger.reader.head().number
    book.bank.handle_all([Redeem("p", "c", 12_345), place("98.00")], "buy")
    book.close_until(date(2024, 9, 1))
    example = read_examples(shared_data)["C4"]
    _, *entries = example["postings"]
    compare(book, {"postings": entries, "final": {}}, C4, before, opening=book.balances())
    final = {C4[short.partition(" ")[0]]: quantity for short, quantity in example["final"].items()}
    assert book.balances() == final
    assert book.sound()


def test_points_and_deposit_are_bought_together_or_not_at_all() -> None:
    book = bank()
    book.pay_in(g="98.76")
    book.grant(12_345)
    before = book.balances()
    with pytest.raises(NotWholeUnits):
        book.bank.handle_all([Redeem("p", "c", 12_345), place("98.76")], "buy")
    with pytest.raises(BalanceFloorBreached):
        book.bank.handle_all([Redeem("p", "c", 12_345), place("99.00")], "buy")
    assert book.balances() == before


def test_a_frozen_customer_is_paid_when_free() -> None:
    book = bank(months=1)
    book.pay_in(c="100.00")
    book.do(place("100.00"))
    path = AccountPath("bank:demand:c")
    book.bank.ledger.change(path, key="freeze", reason="court", status=Status.FROZEN)
    book.close_until(date(2024, 7, 3))
    assert book.balance("time-deposit:3m:t:principal") == 100_00
    book.bank.ledger.change(path, key="thaw", reason="court", status=Status.OPEN)
    book.close_until(date(2024, 7, 4))
    assert book.balance("bank:demand:c") == 100_11
    assert book.bank.report("time-deposit", "deposits").rows == (
        ("3m", "t", "c", cny("100.00"), "2024-05-31", "2024-06-30", "2024-07-03"),
    )
    assert book.sound()


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (OpenProgramme("3m"), "already_taken"),
        (OpenDeposit("6m", "d", "c", cny("1.00")), "not_found"),
        (OpenDeposit("3m", "d", "c", Amount(100, Unit("USD/2"))), "unit_mismatch"),
        (place("98.76", "d"), "not_whole_units"),
        (place("9.00", "d"), "deposit_too_small"),
        (place("10.00"), "already_taken"),
        (place("1,000.00", "d"), "balance_floor_breached"),
        (OpenProgramme("usd", DepositTerms(unit=Unit("USD/2"))), "unit_mismatch"),
        (OpenProgramme("bad", DepositTerms()), ""),
    ],
)
def test_refusals(command: Any, code: str) -> None:
    book = bank(least="10.00")
    book.pay_in(c="100.00")
    book.do(place("10.00"))
    if code:
        book.refused(command, code)
    else:
        book.do(command)
    assert book.sound()


def test_accounts_opened_by_hand_stand_in_the_way() -> None:
    book = bank()
    book.pay_in(c="10.00")
    account = Account(AccountPath("time-deposit:3m:t:interest"), AccountType.LIABILITY, Unit("CNY/2"))
    book.bank.ledger.open([account], key="hand")
    book.refused(place("10.00"), "already_taken")


def test_a_bent_deposit_is_found() -> None:
    book = bank()
    book.pay_in(c="10.00")
    book.do(place("10.00"))
    columns = ({AccountPath("time-deposit:3m:t:principal"): 1}, {AccountPath("bank:cash"): 1})
    postings = legs(Unit("CNY/2"), debit=columns[0], credit=columns[1])
    bend = Transaction(kind="bend", effective_on=book.books.today, postings=postings, key="bend")
    book.bank.ledger.post(bend)
    assert [error.fields()["invariant"] for error in book.bank.broken_invariants()] == ["F1"]
