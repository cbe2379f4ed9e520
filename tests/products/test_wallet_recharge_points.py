"""Recharge points: each takes cash up to its cap, and the operator settles each by itself."""

from __future__ import annotations

from typing import Any

import pytest
from tests.products.holders import cny

from bankcore.product.actor import Actor
from bankcore.products.wallet import (
    ChangeCap,
    CloseClient,
    CloseMerchant,
    ClosePoint,
    CloseProgramme,
    PayIn,
    Recharge,
    RegisterPoint,
    TakeOut,
    UndoRecharge,
)

NONE: dict[str, Any] = {"bonus_tiers": [["0", "0%"]], "yield_rate": "0%"}
OPERATOR = Actor.parse("operator:o")


@pytest.fixture
def book(mall: Any) -> Any:
    """The points north, of 100.00, and south, of 1,000.00."""
    it = mall(fund="5,000.00", **NONE)
    for point, cap in (("north", "100.00"), ("south", "1,000.00")):
        it.bank.handle(RegisterPoint("o", point, cny(cap)), point, OPERATOR)
    return it


def take(book: Any, point: str, amount: str, recharge: str = "") -> None:
    book.do(Recharge("o", "a", cny(amount), recharge or f"r{book.keys}", point))


def due(book: Any) -> dict[str, int]:
    held = {row[1]: row[2].quantity for row in book.bank.report("wallet", "cash-due", OPERATOR).rows}
    memo = {path.rpartition(":")[2]: it for path, it in book.books.balances("wallet:o:cash-due")}
    contra = [it for _, it in book.books.balances("wallet:o:cash-due-contra")]
    assert [held[it] for it in ("", "north", "south")] == [memo[it] for it in ("cash-due", "north", "south")]
    assert contra == [*memo.values()]
    return held


def test_each_point_takes_up_to_its_cap_and_is_settled_by_itself(book: Any) -> None:
    take(book, "north", "60.00", "r1")
    take(book, "south", "300.00")
    assert [(it.account, it.quantity) for it in book.entries()[-1].transaction.postings] == [
        ("wallet:o:reserve", 300_00),
        ("wallet:o:client:a:principal", -300_00),
        ("wallet:o:cash-due:south", 300_00),
        ("wallet:o:cash-due-contra:south", -300_00),
    ]
    assert book.books.record("wallet.recharge", "o:r1").data["point"] == "north"
    book.refused("point_full", Recharge("o", "a", cny("40.01"), "r", "north"))
    take(book, "north", "40.00")
    assert due(book) == {"": 0, "north": 100_00, "south": 300_00}
    book.cash_in("400.00")
    book.refused("balance_floor_breached", PayIn("o", cny("100.01"), "north"))
    book.refused("balance_floor_breached", PayIn("o", cny("0.01")))  # nothing at the own counter
    book.do(PayIn("o", cny("100.00"), "north"))
    assert due(book) == {"": 0, "north": 0, "south": 300_00}
    assert book.bank.report("wallet", "flows").rows[-1][2:] == ("pay-in", cny("100.00"), "north")
    take(book, "north", "5.00")
    rows = book.bank.report("wallet", "recharge-points", OPERATOR).rows
    assert [(row[1], *(it.quantity for it in row[3:6]), row[6]) for row in rows] == [
        ("north", 100_00, 5_00, 95_00, None),
        ("south", 1_000_00, 300_00, 700_00, None),
    ]
    assert not book.bank.report("wallet", "recharge-points", Actor.parse("operator:m")).rows
    assert book.sound()


def test_a_recharge_names_an_open_point(book: Any) -> None:
    book.refused("point_needed", Recharge("o", "a", cny("1.00"), "r"))
    book.refused("not_found", Recharge("o", "a", cny("1.00"), "r", "west"))
    book.do(ClosePoint("o", "north"))
    book.refused("point_closed", Recharge("o", "a", cny("1.00"), "r", "north"))
    book.refused("point_closed", PayIn("o", cny("1.00"), "north"))
    book.refused("not_found", PayIn("o", cny("1.00"), "west"))
    book.do(ClosePoint("o", "south"))
    book.recharge("a", "1.00")  # at the operator's own counter, as before there were points
    assert book.balance("wallet:o:cash-due") == 1_00
    assert book.sound()


def test_a_point_closes_once_its_cash_is_paid_in_and_may_be_registered_again(book: Any) -> None:
    take(book, "north", "60.00", "r1")
    book.refused("point_owes", ClosePoint("o", "north"))
    book.cash_in("60.00")
    book.do(PayIn("o", cny("60.00"), "north"))
    book.do(ClosePoint("o", "north"))
    book.refused("point_closed", ClosePoint("o", "north"))
    book.refused("point_closed", ChangeCap("o", "north", cny("1.00")))
    book.refused("account_closed", UndoRecharge("o", "r1"))
    book.refused("already_taken", RegisterPoint("o", "south", cny("1.00")))
    book.do(RegisterPoint("o", "north", cny("70.00")))
    take(book, "north", "70.00")
    assert due(book)["north"] == 70_00
    assert book.sound()


def test_a_lower_cap_holds_for_the_next_recharge(book: Any) -> None:
    take(book, "north", "60.00")
    book.do(ChangeCap("o", "north", cny("59.00")))
    book.refused("point_full", Recharge("o", "a", cny("0.01"), "r", "north"))
    assert book.bank.report("wallet", "recharge-points").rows[0][5].quantity == 0
    book.do(ChangeCap("o", "north", cny("61.00")))
    take(book, "north", "1.00")
    assert book.sound()


def test_undoing_a_recharge_frees_the_point_that_took_it(book: Any) -> None:
    take(book, "north", "100.00", "wrong")
    take(book, "south", "100.00")
    book.do(UndoRecharge("o", "wrong"))
    assert due(book) == {"": 0, "north": 0, "south": 100_00}
    take(book, "north", "100.00")
    assert book.sound()


def test_the_cap_of_the_programme_and_its_end_count_all_points(mall: Any) -> None:
    book = mall(fund="5,000.00", max_due="150.00", **NONE)
    for point in ("north", "south"):
        book.do(RegisterPoint("o", point, cny("100.00")))
    take(book, "north", "100.00")
    book.refused("cash_not_paid_in", Recharge("o", "a", cny("50.01"), "r", "south"))
    take(book, "south", "50.00")
    book.refused("reserve_floor", TakeOut("o", cny("1.00")))
    book.do(CloseClient("o", "a"))
    book.do(CloseMerchant("o", "own"))
    book.refused("programme_in_use", CloseProgramme("o"))
    book.cash_in("150.00")
    book.do(PayIn("o", cny("100.00"), "north"))
    book.do(PayIn("o", cny("50.00"), "south"))
    book.do(ClosePoint("o", "north"))
    book.refused("programme_in_use", CloseProgramme("o"))
    book.do(ClosePoint("o", "south"))
    book.do(CloseProgramme("o"))
    assert book.balance("bank:demand:o") == 5_000_00
    assert book.sound()
