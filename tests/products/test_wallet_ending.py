"""The end of a programme: what has to be settled before, and what is left afterwards."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from bankcore.amounts import Amount
from bankcore.errors import BankcoreError
from bankcore.product.parties import open_contracts
from bankcore.products.current import CloseAccount
from bankcore.products.wallet import (
    CloseClient,
    CloseMerchant,
    CloseProgramme,
    DeclarePool,
    FundReserve,
    OpenProgramme,
)
from bankcore.units import Unit


def why(book: Any, command: Any = None) -> str:
    with pytest.raises(BankcoreError) as caught:
        book.do(command or CloseProgramme("o"))
    return str(caught.value.as_dict().get("reason", caught.value.code))


def test_a_programme_ends_and_its_operator_is_paid_what_is_left(mall: Any) -> None:
    book = mall(merchants=("own", "m"), fund="100.00", threshold="50.00", bonus_tiers=[["0", "0%"]])
    book.recharge("a", "30.00")
    book.buy("a", "10.00", "own")
    book.buy("a", "5.00", "m")
    with pytest.raises(BankcoreError) as caught:
        book.do(CloseProgramme("o"))
    assert (caught.value.code, caught.value.reason) == ("programme_in_use", "client a takes part")
    book.do(CloseClient("o", "a"))
    assert why(book) == "merchant m takes part"
    book.settle("m")
    book.do(CloseMerchant("o", "m"))
    book.do(CloseMerchant("o", "own"))
    assert why(book) == "30.00 CNY of cash is not paid in"
    book.pay_in("30.00")
    book.do(CloseProgramme("o"))
    assert book.balance("bank:demand:o") == 100_00 - 30_00 + 30_00 + 10_00 + 3
    assert not [it for it in open_contracts(book.books, "o") if it.ids[1] == "wallet"]
    assert why(book, FundReserve("o", Amount(1, Unit("CNY/2")))) == "programme_closed"
    assert why(book) == "programme_closed"
    assert why(book, OpenProgramme("o")) == "already_taken"
    notices = len([*book.books.records("notice", "o:reserve-low")])
    book.close_days(2)  # nothing more is done for it
    assert len([*book.books.records("notice", "o:reserve-low")]) == notices == 0
    assert book.bank.report("wallet", "programmes").rows == (("o", "2024-05-01"),)
    book.do(CloseAccount("o"))
    assert book.sound()


def test_owed_yield_and_open_pools_keep_a_programme(mall: Any) -> None:
    book = mall(merchants=(), fund="1,000.00", yield_rate="3.65%", interval="30D", bonus_tiers=[["0", "0%"]])
    book.recharge("a", "1,000.00")
    book.close_days(3)
    book.do(CloseClient("o", "a"))
    assert why(book) == "yield is owed to a"


def test_an_open_pool_keeps_a_programme(mall: Any) -> None:
    book = mall(clients=(), merchants=(), yield_mode="pool")
    book.do(DeclarePool("o", Amount(1, Unit("CNY/2")), date(2024, 5, 1), date(2024, 5, 2)))
    assert why(book) == "the yield pool from 2024-05-01 is open"
    book.close_days(2)
    book.do(CloseProgramme("o"))
    assert book.sound()
