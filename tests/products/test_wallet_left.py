"""Clients who left: refunds to their current accounts, and their return."""

from __future__ import annotations

from typing import Any

import pytest
from tests.products.trouble import free, stop

from bankcore.errors import BankcoreError
from bankcore.product.parties import open_contracts
from bankcore.products.current import CloseAccount
from bankcore.products.wallet import CloseClient, Rejoin
from bankcore.products.wallet.bonuses import Tally

SHOPS = ("own", "m")
FIVE: dict[str, Any] = {"bonus_tiers": [["0", "5%"]], "yield_rate": "0%"}


def mall_of(mall: Any) -> Any:
    return mall(merchants=SHOPS, fund="10,000.00", **FIVE)


def leave(book: Any) -> None:
    book.do(CloseClient("o", "a", forfeit_vested=True))


def cash(book: Any) -> int:
    return int(book.balance("bank:demand:a"))


def test_a_refund_to_who_has_left_goes_to_the_current_account(mall: Any) -> None:
    book = mall_of(mall)
    book.recharge("a", "100.00")
    book.buy("a", "40.00", "m", "p")
    leave(book)
    assert (cash(book), book.reserve()) == (60_00, 10_000_00 - 100_00)
    book.refund("p", "40.00", "m")
    assert (cash(book), book.reserve(), book.balance("wallet:o:takings:m")) == (100_00, 9_900_00, 0)
    (told,) = book.books.records("notice", "a:payment-received")
    assert told.data["amount"] == "40.00 CNY"
    with pytest.raises(BankcoreError) as refusal:
        book.refund("p", "0.01", "m")
    assert refusal.value.code == "refund_exceeds"
    assert book.sound()


@pytest.mark.parametrize("parts", [["2,000.00"], ["0.01", "999.99", "500.00", "500.00"]])
def test_leaving_does_not_keep_the_bonus_that_the_refunded_principal_vested(
    mall: Any, parts: list[str]
) -> None:
    """2,000.00 refunded after 100.00 of its bonus was spent: the goods are paid out of the principal."""
    book = mall_of(mall)
    book.recharge("a", "2,000.00")
    book.buy("a", "2,000.00", "own", "big")
    book.buy("a", "100.00", "m", "small")
    leave(book)
    for part in parts:
        book.refund("big", part)
    assert abs(cash(book) - 1_900_00) <= 1
    book.refund("small", "100.00", "m")
    assert cash(book) == 2_000_00
    assert book.reserve() == 10_000_00 - 2_000_00
    assert book.sound()


def test_vested_bonus_left_behind_pays_for_what_unvests(mall: Any) -> None:
    book = mall_of(mall)
    book.recharge("a", "2,000.00")
    book.buy("a", "2,000.00", "own", "big")  # vests 100.00, which go back to the reserve
    leave(book)
    book.refund("big", "2,000.00")
    assert (cash(book), book.reserve()) == (2_000_00, 10_000_00 - 2_000_00)
    assert book.sound()


def test_a_client_rejoins_without_what_was_before(mall: Any) -> None:
    book = mall_of(mall)
    book.recharge("a", "1,000.00", "first")
    book.buy("a", "1,000.00", "own", "old")
    leave(book)
    assert not [it for it in open_contracts(book.books, "a") if it.ids[1] == "wallet"]
    book.close_days(3)
    book.do(Rejoin("o", "a"))
    assert book.pockets("a") == {"bonus": 0, "principal": 0, "vested": 0, "yield": 0}
    assert (
        book.books.record("wallet.accrual", "wallet:o:client:a:yield").data["registered_on"] == "2024-05-04"
    )
    book.recharge("a", "100.00")
    book.refund("old", "1,000.00")  # of the stay before
    assert (cash(book), book.pockets("a")["principal"], book.pockets("a")["bonus"]) == (
        1_000_00,
        100_00,
        5_00,
    )
    book.buy("a", "50.00", "own", "new")
    book.refund("new", "50.00")
    assert (book.pockets("a")["principal"], book.pockets("a")["bonus"]) == (100_00, 5_00)
    with pytest.raises(BankcoreError) as refusal:
        book.do(CloseAccount("a"))
    assert refusal.value.code == "contracts_open"
    assert Tally.existing(book.books, "o", "a", "1").earned == 50_00
    leave(book)
    book.do(Rejoin("o", "a"))
    leave(book)
    assert book.sound()


def test_a_client_who_never_had_money_may_come_and_go(mall: Any) -> None:
    book = mall_of(mall)
    leave(book)
    book.do(Rejoin("o", "a"))
    leave(book)
    assert book.sound()


def test_yield_owed_since_an_earlier_stay_is_paid_while_the_client_is_back(mall: Any) -> None:
    book = mall(fund="3,000.00", yield_rate="3.65%", interval="30D", bonus_tiers=[["0", "0%"]])
    book.recharge("a", "1,000.00")
    book.close_days(3)
    stop(book.bank, {"wallet:o:reserve": "debits frozen"})
    leave(book)
    assert (cash(book), book.balance("wallet:o:owed:a")) == (1_000_00, 30)
    book.do(Rejoin("o", "a"))
    leave(book)  # with nothing more to pay: still bound by what is owed
    assert [it for it in open_contracts(book.books, "a") if it.ids[1] == "wallet"]
    book.do(Rejoin("o", "a"))
    free(book.bank, {"wallet:o:reserve": "debits frozen"})
    book.close()
    assert (cash(book), book.balance("wallet:o:owed:a")) == (1_000_30, 0)
    assert [it for it in open_contracts(book.books, "a") if it.ids[1] == "wallet"]
    book.recharge("a", "1,000.00")
    book.close_days(2)
    stop(book.bank, {"wallet:o:reserve": "debits frozen"}, "again")
    leave(book)
    assert book.balance("wallet:o:owed:a") == 20
    free(book.bank, {"wallet:o:reserve": "debits frozen"}, "later")
    book.close()
    assert cash(book) == 2_000_50
    assert not [it for it in open_contracts(book.books, "a") if it.ids[1] == "wallet"]
    assert book.sound()


def test_a_refund_finds_no_account_that_was_closed(mall: Any) -> None:
    book = mall_of(mall)
    book.recharge("a", "100.00")
    book.buy("a", "100.00", "own", "p")
    leave(book)
    book.do(CloseAccount("a"))
    with pytest.raises(BankcoreError) as refusal:
        book.refund("p", "1.00")
    assert refusal.value.code == "no_current_account"
