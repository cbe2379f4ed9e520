"""Where an order comes from, what confirmed who pays, and the record of it that both sides see."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.products.club import Club
from tests.products.holders import cny
from tests.products.test_points_parties import customer, merchant

from bankcore.errors import BadCommand
from bankcore.product.actor import Actor, Role
from bankcore.products.points import (
    PlaceOrder,
    RegisterProvider,
    RegisterTerminal,
    RemoveTerminal,
    SubmitOrder,
)


def rich(**terms: Any) -> Club:
    book = Club("cd", "gh", **terms)
    book.pay_in(c="9,000.00", d="9,000.00", g="100.00", h="100.00")
    return book


def order(amount: str, id: str = "o", provider: str = "g", **given: str) -> PlaceOrder:
    return PlaceOrder("p", provider, "c", id, cny(amount), **given)


def orders(book: Club, actor: Actor | None = None) -> list[tuple[Any, ...]]:
    return list(book.bank.report("points", "orders", actor=actor).rows)


def test_an_order_names_a_terminal_of_its_provider() -> None:
    book = rich()
    book.do(order("1.00", "o1"))  # from the only one there is
    till = RegisterTerminal("p", "g", "till", "self-service")
    book.refused("actor_not_permitted", till, merchant("h"))
    book.refused("actor_not_permitted", till, customer("c"))
    book.do(till, actor=merchant("g"))
    book.refused("already_taken", till, merchant("g"))
    assert book.refused("terminal_unnamed", order("1.00"))["count"] == 2
    book.refused("terminal_foreign", order("1.00", terminal="shop"))
    book.refused("terminal_foreign", order("1.00", provider="h", terminal="till"))
    book.do(order("1.00", "o2", terminal="till"))
    book.do(RemoveTerminal("p", "g", "till"), actor=merchant("g"))
    book.refused("terminal_foreign", order("1.00", terminal="till"))
    book.refused("terminal_foreign", RemoveTerminal("p", "g", "till"))
    book.do(RemoveTerminal("p", "g", "t1"))
    assert book.refused("terminal_unnamed", order("1.00"))["count"] == 0
    book.do(RegisterTerminal("p", "g", "till", "online"))
    book.do(order("1.00", "o3"))
    assert [row[5] for row in orders(book)] == ["t1", "till", "till"]
    assert book.bank.report("points", "terminals", actor=merchant("g")).rows == (
        ("p", "g", "t1", "pos", date(2024, 5, 1), date(2024, 5, 1)),
        ("p", "g", "till", "online", date(2024, 5, 1), None),
    )
    assert book.sound()


def test_a_provider_begins_with_a_terminal_that_is_named() -> None:
    book = Club(providers="")
    book.join("g")
    book.do(RegisterProvider("p", "g", "kiosk"))
    assert [row[2] for row in book.bank.report("points", "terminals").rows] == ["kiosk"]


def test_above_a_limit_an_order_says_what_confirmed_who_pays() -> None:
    book = rich()
    told = book.refused("identity_unconfirmed", order("1,000.01"))
    assert (told["amount"], told["limit"]) == (1_000_01, 1_000_00)
    book.do(order("1,000.01", "o1", confirmed_by="face"))
    book.do(order("600.00", "o2"))
    book.refused("identity_unconfirmed", order("400.01"))  # nor in two parts
    book.do(order("400.00", "o3"))
    book.refused("identity_unconfirmed", order("0.01"))
    book.close_until(date(2024, 5, 2))
    book.do(order("1,000.00", "o4"))
    assert [row[11] for row in orders(book)] == ["face", "", "", ""]
    assert book.sound()


def test_a_document_brings_terminal_time_and_what_confirmed() -> None:
    book = rich()
    book.do(RegisterTerminal("p", "g", "till"))
    document = {"provider": "g", "card": "c", "order": "o1", "amount": "2,000.00", "goods": "lamp"}
    book.refused("terminal_unnamed", SubmitOrder("p", document))
    more = {"terminal": "till", "at": "18:05", "confirmed_by": "pin"}
    book.do(SubmitOrder("p", {**document, **more}))
    book.do(RemoveTerminal("p", "g", "till"))
    book.refund("o1", "500.00")
    at, terminal, points = 3, 5, 10
    ((row),) = orders(book)
    assert [row[nth] for nth in (at, terminal, points)] == ["18:05", "till", 1_500]


def test_both_sides_see_their_own_orders_with_their_points() -> None:
    book = rich()
    book.do(order("10.00", "o1", at="09:30"))
    book.order("20.00", "o2", card="d")
    book.order("30.00", "o3", provider="h")
    seen = {str(it): [row[1] for row in orders(book, it)] for it in (customer("c"), customer("d"))}
    seen |= {str(it): [row[1] for row in orders(book, it)] for it in (merchant("g"), merchant("h"))}
    assert seen == {
        "customer:c": ["o1", "o3"],
        "customer:d": ["o2"],
        "merchant:g": ["o1", "o2"],
        "merchant:h": ["o3"],
    }
    assert orders(book, Actor(Role.CUSTOMER, "x")) == []
    ((*_, points, _, version),) = [row for row in orders(book) if row[1] == "o1"]
    assert (points, version) == (10, 1)


@pytest.mark.parametrize("field", [{"at": "24:00"}, {"at": "9:30"}, {"confirmed_by": "word"}])
def test_unusable_fields(field: dict[str, str]) -> None:
    with pytest.raises(BadCommand):
        order("1.00", **field)
