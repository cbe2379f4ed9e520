"""Several commands at once come to the same as one after the other, or to nothing at all."""

from __future__ import annotations

from typing import Any

import pytest
from tests.products.club import Club
from tests.products.holders import cny

from bankcore.errors import BankcoreError
from bankcore.product.actor import Actor, Role
from bankcore.products import credit, points
from bankcore.products.current import CashIn
from bankcore.testing import registration

OFFICER, HOLDER = Actor(Role.OFFICER, "bank"), Actor(Role.CUSTOMER, "c")


def club() -> Club:
    book = Club("c", "gh")
    book.pay_in(c="1,000.00", g="1,000.00", h="1,000.00")
    book.order("200.00", "o1")
    book.do(credit.OpenProgramme("p"))
    book.do(credit.OpenLine("p", card="c"))
    return book


# what the holder of card c may do in one go
DEALS: dict[str, list[Any]] = {
    "redeem and redeem": [points.Redeem("p", "c", 100), points.Redeem("p", "c", 100)],
    "order, then redeem what it earned": [
        points.PlaceOrder("p", "h", "c", "o2", cny("300.00")),
        points.Redeem("p", "c", 450),
    ],
    "draw, order, repay": [
        credit.Draw("p", cny("2,000.00"), card="c"),
        points.PlaceOrder("p", "h", "c", "o2", cny("2,500.00"), confirmed_by="pin"),
        points.Redeem("p", "c", 2_700),
        credit.Repay("p", cny("27.00"), card="c"),
    ],
}


@pytest.mark.parametrize("commands", DEALS.values(), ids=DEALS)
def test_together_is_one_after_the_other(commands: list[Any]) -> None:
    together, apart = club(), club()
    receipts = together.bank.handle_all(commands, "deal", HOLDER)
    for command in commands:
        apart.do(command)
    assert together.balances() == apart.balances()
    for kind in ("points.card", "points.lot", "points.provider", "points.member", "credit.line"):
        assert list(together.books.records(kind)) == list(apart.books.records(kind))
    assert together.sound()
    head = together.bank.ledger.reader.head()
    again = together.bank.handle_all(commands, "deal", HOLDER)
    assert [receipt.number for receipt in again] == [receipt.number for receipt in receipts]
    assert together.bank.ledger.reader.head() == head


def test_a_new_member_in_one_go() -> None:
    book = Club()
    book.bank.handle_all(
        [
            *registration("d"),
            points.RegisterConsumer("p", "d"),
            CashIn("d", cny("5.00")),
        ],
        "new",
        OFFICER,
    )
    assert book.balances() == {"bank:cash": 5_00, "bank:demand:d": 5_00}
    assert book.sound()


@pytest.mark.parametrize(
    ("commands", "actor", "code"),
    [
        ([points.Redeem("p", "c", 200), points.Redeem("p", "c", 100)], None, "points_short"),
        ([points.Redeem("p", "c", 200), points.CloseCard("p", "x")], None, "actor_not_permitted"),
        (
            [points.Redeem("p", "c", 200), points.RegisterConsumer("p", "c")],
            None,
            "already_taken",
        ),
        ([], None, "bad_command"),
    ],
)
def test_one_refusal_refuses_all(commands: list[Any], actor: Actor | None, code: str) -> None:
    book = club()
    before = book.bank.ledger.reader.head()
    with pytest.raises(BankcoreError) as caught:
        book.bank.handle_all(commands, "deal", actor)
    assert caught.value.code == code
    assert book.bank.ledger.reader.head() == before
