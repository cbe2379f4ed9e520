"""The worked examples of the platform, posting for posting; amounts are fen, a debit positive."""

from __future__ import annotations

from datetime import date

from tests.products.exchange import Exchange, legs_of
from tests.products.firms import Firms

PROC = "platform:p:mode:b:PROC"


def test_d3_two_thirds_delivered_the_rest_cancelled() -> None:
    book = Firms("bs", modes=["PROC"], entitlements=0)
    book.take("PROC", "b")
    book.cash("90,000.00", "b")
    book.top_up("PROC", "60,000.00", "b")
    book.match("n", "88,888.88")
    book.close_until(date(2024, 5, 2))
    book.fund("n")
    book.close_until(date(2024, 5, 9))
    book.accept("n", "2/3")
    book.close_until(date(2024, 5, 20))
    book.cancel("n")
    escrow = "platform:p:escrow:n"
    assert legs_of(book.entries()) == [
        ("2024-05-01", [("bank:cash", 9000000), ("bank:demand:b", -9000000)]),
        ("2024-05-01", [("bank:demand:b", 6000000), (PROC, -6000000)]),
        ("2024-05-02", [("bank:demand:b", 2888888), (escrow, -8888888), (PROC, 6000000)]),
        ("2024-05-09", [("bank:demand:s", -5911110), ("bank:fee-income", -14815), (escrow, 5925925)]),
        ("2024-05-20", [("bank:demand:b", -2888888), (escrow, 2962963), (PROC, -74075)]),
    ]
    assert book.balances() == {
        "bank:cash": 9000000,
        "bank:demand:b": 3000000,
        "bank:demand:s": 5911110,
        "bank:fee-income": 14815,
        PROC: 74075,
    }
    assert book.state("n") == "settled"
    assert book.sound()


def test_d5_fees_of_a_member_and_what_is_clawed_back() -> None:
    book = Exchange("e", opened_on=date(2024, 1, 31))
    book.deposit("e", "500.00")
    book.member("e", "20%")
    for day, fee in (
        (date(2024, 2, 15), "100.01"),
        (date(2024, 3, 15), "50.03"),
        (date(2024, 4, 15), "33.35"),
    ):
        book.close_until(day)
        book.pay_fee("e", fee)
    assert legs_of(book.entries("platform.fee")) == [
        ("2024-02-15", [("bank:demand:e", 8001), ("bank:fee-income", -8001)]),
        ("2024-03-15", [("bank:demand:e", 4002), ("bank:fee-income", -4002)]),
        ("2024-04-15", [("bank:demand:e", 2668), ("bank:fee-income", -2668)]),
    ]
    assert book.no_member("e", claw_back=True) == 3668
    book.pay_fee("e", "10.00")
    assert legs_of(book.entries("platform.fee"))[-1] == (
        "2024-04-15",
        [("bank:demand:e", 1000), ("bank:fee-income", -1000)],
    )
    (row,) = book.table("fees")
    assert [str(row[it]) for it in ("charged", "discount", "clawed back")] == [
        "193.39 CNY",
        "36.68 CNY",
        "36.68 CNY",
    ]
    assert book.sound()


def test_d6_entitlements_are_granted_used_and_expire() -> None:
    book = Exchange("es", opened_on=date(2024, 3, 15), fee="0")
    book.deposit("e", "100.00")
    traded = ((date(2024, 3, 15), "1,234.56"), (date(2024, 4, 2), "777.77"), (date(2024, 4, 30), "999.99"))
    for day, total in traded:
        book.close_until(day)
        book.trade(f"t{day}", total, "e", "s")
        assert not book.live("e") or day > date(2024, 3, 15)  # nothing is granted on escrow
        book.accept(f"t{day}", buyer="e")
    book.close_until(date(2024, 5, 6))
    book.pay_fee("e", "10.01", entitlements=3)
    book.close_until(date(2024, 11, 1))
    live, issued, redeemed, expired = (
        f"platform:p:entitlement:e:{state}" for state in ("live", "issued", "redeemed", "expired")
    )
    liability = "platform:p:entitlement-liability"
    book.bank.close_day(date(2024, 11, 1))
    its = {live, "bank:demand:e"}  # the seller is granted as many
    kinds = ("platform.grant", "platform.fee", "platform.expire")
    mine = [e for e in book.entries(*kinds) if its & {leg.account for leg in e.transaction.postings}]
    grant = sorted([("bank:marketing-expense", 750), (live, -3), (issued, 3), (liability, -750)])
    assert legs_of(mine) == [
        ("2024-03-15", grant),
        ("2024-04-02", grant),
        ("2024-04-30", grant),
        (
            "2024-05-06",
            sorted(
                [
                    ("bank:demand:e", 251),
                    ("bank:fee-income", -1001),
                    (live, 3),
                    (redeemed, -3),
                    (liability, 750),
                ]
            ),
        ),
        (
            "2024-11-01",
            sorted([("bank:marketing-expense", -1500), (live, 6), (expired, -6), (liability, 1500)]),
        ),
    ]
    assert {it.rpartition(":")[2]: book.balance(it) for it in (live, issued, redeemed, expired)} == {
        "live": 0,
        "issued": 9,
        "redeemed": 3,
        "expired": 6,
    }
    assert book.demand_of("e") == 9749
    assert book.sound()
