"""Listings that are taken down, while what was liked stays known."""

from __future__ import annotations

from datetime import date

from tests.products.network import FIRST, Network

from bankcore.products.branch import Click, DelistProduct, ListProduct, PublishVersion, Purchase
from bankcore.rates import Rate

FIVE = Rate.parse("5%")


def test_a_product_is_taken_down_and_keeps_its_place() -> None:
    book = Network()
    band = (Rate.parse("4%"), Rate.parse("6%"))
    for product in ("q", "r"):
        book.do(PublishVersion("n", "hq", product, product, *band, FIRST, date(2024, 5, 31)))
    book.refused("not_found", DelistProduct("n", "west", "q"))
    book.do(ListProduct("n", "west", "q", 1, FIVE))
    book.do(ListProduct("n", "east", "q", 1, FIVE))
    book.do(Purchase("n", "u", "q", "b"))
    book.do(Click("n", "u", "r"))
    assert book.rows("heat") == [(1, "q", "20.00", "20/1", 2), (2, "r", "1.00", "1/1", 0)]
    book.refused("actor_not_permitted", DelistProduct("n", "west", "q"), "officer:east")
    book.do(DelistProduct("n", "west", "q"), actor="officer:west")
    book.refused("not_found", DelistProduct("n", "west", "q"))
    assert [row[-1] for row in book.rows("listings")] == ["on offer", f"taken down on {FIRST}"]
    assert book.rows("heat")[0] == (1, "q", "20.00", "20/1", 1), "its rank stays"
    book.close()
    book.do(ListProduct("n", "west", "q", 1, FIVE))
    assert [row[-1] for row in book.rows("listings")] == ["on offer", "on offer"]
    assert book.sound()
