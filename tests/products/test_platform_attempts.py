"""Nobody's account stops a trade: what an account cannot take waits in escrow, and is paid once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.products.firms import Firms
from tests.products.people import HAN, LI
from tests.products.trouble import free, stop, troubles

from bankcore.ledger.accounts import Status
from bankcore.product.deferrals import Deferral
from bankcore.products.current import CloseAccount
from bankcore.products.enterprise import LeavePlatform
from bankcore.products.platform import ApproveResolution, DisputeTrade, ProposeResolution
from bankcore.rates import Rate

DAY = date(2024, 5, 1)
ESCROW, DEMAND = "platform:p:escrow:{}", "bank:demand:{}"
ACCOUNTS = (
    "bank:demand:b",
    "bank:demand:s",
    "bank:fee-income",
    "platform:p:mode:b:PROC",
    "platform:p:escrow:t",
    "platform:p:escrow:u",
    "platform:p:escrow:v",
)


def funded() -> Firms:
    """Three trades of 100.00 in escrow, 60.00 of the first out of the mode for orders."""
    book = Firms("bs", modes=["PROC"], fee="1%", entitlements=0)
    book.take("PROC", "b")
    book.fill("PROC", "60.00", "b")
    book.cash("240.00", "b")
    for trade in "tuv":
        book.match(trade, "100.00", days=3)
        book.fund(trade)
    book.do(DisputeTrade("p", "v", "b", "late"))
    book.do(ProposeResolution("p", "v", Rate.parse("1/4")), actor=LI)
    return book


def finish(book: Firms) -> None:
    """A part of t and all of u is delivered, the rest of t goes back, and v is divided."""
    book.accept("t", "1/2")
    book.accept("u")
    book.cancel("t")
    book.do(ApproveResolution("p", "v", 1), actor=HAN)


@pytest.mark.traced
@settings(max_examples=max(settings.default.max_examples // 3, 5), deadline=None)
@given(forbidden=troubles(*ACCOUNTS), days=st.integers(0, 4))
@example(forbidden={"bank:demand:s": "credits frozen"}, days=2)
@example(forbidden={"bank:demand:b": "capped", "bank:demand:s": "in"}, days=0)
@example(forbidden={"platform:p:mode:b:PROC": "frozen"}, days=3)
@example(forbidden={"bank:fee-income": "in", "bank:demand:b": "frozen"}, days=1)
def test_whatever_an_account_refuses_is_paid_once_it_is_free(forbidden: dict[str, str], days: int) -> None:
    plain, book = funded(), funded()
    finish(plain)
    plainly = {
        it: it.startswith("platform:p:escrow") for it in forbidden
    }  # what a trade closes is only frozen
    forbidden = {it: "frozen" if plainly[it] or how == "closed" else how for it, how in forbidden.items()}
    stop(book.bank, forbidden)
    finish(book)
    assert book.sound()
    assert [book.state(trade) for trade in "tuv"] == ["settled"] * 3
    book.close_until(DAY + timedelta(days=days))
    assert book.sound()
    free(book.bank, forbidden)
    book.close_until(DAY + timedelta(days=days + 1))
    assert book.balances() == plain.balances()
    assert book.table("payouts") == []
    paths = [path for path in map(ESCROW.format, "tuv") if path not in forbidden]  # those were opened again
    assert {book.books.account(path).status for path in paths} <= {Status.CLOSED}  # type: ignore[arg-type, union-attr]
    assert book.sound()


def test_a_frozen_seller_is_paid_later_and_bound_until_then() -> None:
    book = Firms("bs", modes=[], fee="1%", entitlements=0)
    book.trade("t", "100.00")
    book.freeze("bank:demand:s")
    book.accept("t", "1/2")
    book.accept("t", "1/2")
    assert (book.state("t"), book.demand_of("s"), book.balance("platform:p:escrow:t")) == (
        "settled",
        0,
        100_00,
    )
    (row,) = book.table("payouts")
    assert [str(row[it]) for it in ("to", "party", "amount", "fee")] == [
        "seller",
        "s",
        "99.00 CNY",
        "1.00 CNY",
    ]
    for party in "bs":
        book.refused("contracts_open", LeavePlatform("p", party))
    assert {it.thing: it.code for it in Deferral.every(book.books)} == {"p/t": "account_frozen"}
    book.close_until(date(2024, 5, 3))
    assert "p/t/seller" in {it.thing for it in Deferral.every(book.books, "2024-05-02")}
    book.freeze("bank:demand:s", Status.OPEN)
    book.close_until(date(2024, 5, 4))
    assert (book.demand_of("s"), book.balance("bank:fee-income")) == (99_00, 1_00)
    for party in "bs":
        book.do(LeavePlatform("p", party))
    book.do(CloseAccount("s"), actor=HAN)
    assert book.sound()


def test_what_is_released_after_something_waits_is_paid_at_once() -> None:
    book = Firms("bs", modes=[], fee="1%", entitlements=0)
    book.trade("t", "100.00")
    book.freeze("bank:demand:s")
    book.accept("t", "1/2")
    book.freeze("bank:demand:s", Status.OPEN)
    book.accept("t", "1/2")
    assert (book.demand_of("s"), book.balance("platform:p:escrow:t")) == (49_50, 50_00)
    assert book.sound()
    book.close_until(date(2024, 5, 2))
    assert (book.demand_of("s"), book.balance("platform:p:escrow:t")) == (99_00, 0)
    assert book.sound()


def test_a_deadline_whose_money_nobody_takes_ends_the_trade_and_pays_later() -> None:
    book = Firms("bs", modes=[], fee="1%", entitlements=0)
    book.trade("t", "100.00", days=1)
    book.freeze("bank:demand:b")
    book.close_until(date(2024, 5, 4))
    assert (book.state("t"), book.demand_of("b")) == ("cancelled", 0)
    book.freeze("bank:demand:b", Status.OPEN)
    book.close_until(date(2024, 5, 5))
    assert book.demand_of("b") == 100_00
    assert book.sound()
