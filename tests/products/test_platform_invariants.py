"""The platform's invariants find what they are for: a sound book bent by hand."""

from __future__ import annotations

from typing import Any

import pytest
from tests.products.exchange import Exchange

from bankcore.products.enterprise import ENTERPRISE
from bankcore.products.platform import PLATFORM


def busy() -> Exchange:
    """A trade in escrow, one settled, a member, entitlements, and an open offer."""
    book = Exchange()
    book.member("s", "20%")
    book.trade("t", "1,000.00")
    book.accept("t", "1/2")
    book.trade("u", "1,000.00")
    book.accept("u")
    book.supply("open", "9.00", quantity=2)
    assert book.sound()
    return book


def change(book: Exchange, kind: str, id: str, **data: Any) -> None:
    record = book.books.record(f"platform.{kind}", id)
    assert record is not None
    book.post({}, {}, record.next(**data))


def found(book: Exchange) -> set[str]:
    return {
        name
        for name, invariant in (ENTERPRISE.invariants | PLATFORM.invariants).items()
        if list(invariant(book.books))
    }


@pytest.mark.parametrize(
    ("kind", "id", "data", "names"),
    [
        ("trade", "p:t", {"returned": 1}, {"D3"}),
        ("trade", "p:t", {"returned": 2_000_00}, {"D3"}),
        ("trade", "p:u", {"returned": 1}, {"D3"}),
        ("trade", "p:t", {"share": "1/3"}, {"D3-fees"}),
        ("trade", "p:t", {"paid_fee": 9_999}, {"D3-fees"}),
        ("entitlement", "p:b", {"earned": "4/1"}, {"D5-lots"}),
        ("membership", "p:s", {"discounts": 1}, {"D-discounts"}),
        ("offer", "p:open", {"left": 3}, {"D-market"}),
        ("offer", "p:open", {"price": 8_00}, {"D-market"}),
        ("offer", "p:open", {"state": "withdrawn"}, {"D-market"}),
    ],
)
def test_a_record_that_is_bent(kind: str, id: str, data: dict[str, Any], names: set[str]) -> None:
    book = busy()
    change(book, kind, id, **data)
    assert found(book) == names


def test_money_that_is_moved_by_hand() -> None:
    book = busy()
    book.post({"platform:p:escrow:t": 1}, {"bank:cash": 1})
    book.post({"platform:p:entitlement-liability": 1}, {"bank:cash": 1})
    assert found(book) == {"D3", "D5"}


def test_lots_that_are_bent() -> None:
    book = busy()
    (lot, *_) = book.books.records("platform.lot", "p:b")
    book.post({}, {}, lot.next(left=lot.data["left"] + 1))
    assert found(book) == {"D5", "D5-lots"}
    book = busy()
    book.post({}, {}, lot.next(left=-1))
    assert found(book) == {"D5", "D5-lots"}
