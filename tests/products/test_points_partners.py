"""Products of partners bought with points: paid for when they are delivered, refunded when they are not."""

from __future__ import annotations

from typing import Any

import pytest
from tests.products.club import Club
from tests.products.test_points_parties import customer, merchant

from bankcore.product.parties import open_contracts
from bankcore.products.current import CloseAccount
from bankcore.products.parties import SuspendParty
from bankcore.products.points import (
    BuyProduct,
    ConfirmPurchase,
    OfferProduct,
    RefundPurchase,
    RepayDebt,
    ReportCardLost,
    WithdrawProduct,
)
from bankcore.testing import registration

OFFER = OfferProduct("p", "i", "travel", 150, "a day of travel insurance")


def rich(**terms: Any) -> Club:
    """Card c has 300 points of two providers; i insures."""
    book = Club("cd", "gh", **terms)
    for command in registration("i"):
        book.do(command)
    book.pay_in(c="900.00", d="900.00", g="100.00", h="100.00")
    book.order("100.00", "o1")
    book.order("200.00", "o2", provider="h")
    book.do(OFFER)
    return book


def buy(purchase: str = "b1", points: int = 150, card: str = "c") -> BuyProduct:
    return BuyProduct("p", card, purchase, "i", "travel", points)


def demand(book: Club, party: str) -> int:
    return book.balance(f"bank:demand:{party}")


def test_a_partner_is_paid_when_its_product_is_delivered() -> None:
    book = rich()
    book.refused("actor_not_permitted", buy(), customer("d"))
    book.do(buy(), actor=customer("c"))
    assert (book.points(), demand(book, "i")) == (150, 0)
    assert book.balance("points:p:purchase:b1:waiting") == 150
    confirmed = ConfirmPurchase("p", "c", "b1")
    book.refused("actor_not_permitted", confirmed, merchant("i"))
    book.refused("not_found", ConfirmPurchase("p", "d", "b1"), customer("d"))
    book.do(confirmed, actor=customer("c"))
    assert (demand(book, "i"), book.balance("points:p:purchase:b1:waiting")) == (150, 0)
    book.refused("purchase_settled", confirmed)
    book.refused("purchase_settled", RefundPurchase("p", "i", "b1"))
    topics = [
        topic
        for topic in ("product-bought", "product-delivered")
        for party in "ci"
        if book.books.record("notice", f"{party}:{topic}:points-p-b1")
    ]
    assert topics == ["product-bought", "product-delivered", "product-delivered"]
    assert book.sound()


def test_what_is_not_delivered_is_paid_as_if_the_points_had_been_redeemed() -> None:
    book = rich()
    before = demand(book, "c")
    book.do(buy())
    refund = RefundPurchase("p", "i", "b1")
    book.refused("actor_not_permitted", refund, customer("c"))
    book.refused("not_found", RefundPurchase("p", "g", "b1"), merchant("g"))
    book.do(refund, actor=merchant("i"))
    redeemed = rich()
    redeemed.redeem(150)
    assert demand(book, "c") == demand(redeemed, "c") == before + 150
    assert (book.points(), demand(book, "i")) == (150, 0)
    book.refund("o1", "100.00")  # no gain: what was bought with the points is owed
    assert book.balance("points:p:debt:c:g") == 100
    book.do(RepayDebt("p", "c", "g", 100))
    assert book.sound()


def test_the_price_that_was_seen_is_the_price() -> None:
    book = rich()
    book.do(OfferProduct("p", "i", "travel", 200, "two days of travel insurance"))
    told = book.refused("terms_moved", buy())
    assert (told["now"], told["seen"]) == ("200 points", "150 points")
    book.do(buy(points=200))
    ((*_, product, points, what, _, open_),) = book.bank.report("points", "offers", actor=customer("c")).rows
    assert (product, points, what, open_) == ("travel", 200, "two days of travel insurance", 1)
    assert book.sound()


def test_a_partner_stays_until_what_was_bought_is_settled() -> None:
    book = rich()
    book.do(buy())
    gone = WithdrawProduct("p", "i", "travel")
    assert book.refused("purchase_open", gone)["open"] == 1
    assert "points p/travel" in book.refused("contracts_open", CloseAccount("i"))["contracts"]
    book.do(ConfirmPurchase("p", "c", "b1"))
    book.do(gone)
    book.refused("not_found", gone)
    book.refused("not_found", buy("b2"))
    assert book.bank.report("points", "offers").rows == ()
    book.do(OFFER)
    book.do(buy("b2"))
    assert book.sound()


@pytest.mark.parametrize(
    ("before", "command", "code"),
    [
        ([], buy(card="x"), "not_found"),
        ([ReportCardLost("p", "c")], buy(), "card_lost"),
        ([buy()], buy(), "already_taken"),
        ([buy(), buy("b2")], buy("b3"), "points_short"),
        ([SuspendParty("c", "fraud")], buy(), "party_suspended"),
        ([SuspendParty("i", "fraud")], buy(), "party_suspended"),
        ([], OfferProduct("p", "x", "travel", 1, "nothing"), "not_found"),
    ],
)
def test_refusals(before: list[Any], command: Any, code: str) -> None:
    book = rich()
    for it in before:
        book.do(it)
    book.refused(code, command)


def test_each_sees_his_own_purchases() -> None:
    book = rich()
    book.do(buy())
    for actor, seen in ((customer("c"), 1), (customer("d"), 0), (merchant("i"), 1), (merchant("g"), 0)):
        assert len(book.bank.report("points", "purchases", actor=actor).rows) == seen


def test_what_does_not_wait_is_missed() -> None:
    book = rich()
    book.do(buy())
    book.post({"points:p:purchase:b1:waiting": 1}, {"bank:demand:c": 1})
    assert [it.fields()["invariant"] for it in book.bank.broken_invariants()] == ["C12"]


@pytest.mark.parametrize("product", ["card", "provider"])
def test_a_product_named_as_a_role_binds_its_partner_by_itself(product: str) -> None:
    book = rich()
    offer = OfferProduct("p", "g", product, 150, "a book")
    before = {it.id for it in open_contracts(book.bank.ledger.books, "g")}
    book.do(offer)
    assert {it.id for it in open_contracts(book.bank.ledger.books, "g")} - before == {
        f"g:points:p/{product}/offer"
    }
    book.do(WithdrawProduct("p", "g", product))
    assert {it.id for it in open_contracts(book.bank.ledger.books, "g")} == before
