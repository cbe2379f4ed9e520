"""The worked examples of deposit modes, posting for posting; amounts are fen, a debit positive."""

from __future__ import annotations

from datetime import date

from tests.products.exchange import legs_of
from tests.products.firms import Firms

CASH, DEMAND, EXPENSE = "bank:cash", "bank:demand:e", "bank:interest-expense"


def on(day: date, book: Firms) -> Firms:
    book.close_until(day)
    return book


def test_d1_set_aside_is_rounded_over_all_receipts_and_cut_at_the_target() -> None:
    book = Firms()
    book.take("SALES", share="12.5%", target="170.00")
    for day, receipt in enumerate(("1,234.56", "99.99", "0.04", "1,000.00"), start=1):
        on(date(2024, 5, day), book).receive(receipt)
    sales = "platform:p:mode:e:SALES"
    assert legs_of(book.entries()) == [
        ("2024-05-01", [(CASH, 123456), (DEMAND, -123456)]),
        ("2024-05-01", [(DEMAND, 15432), (sales, -15432)]),
        ("2024-05-02", [(CASH, 9999), (DEMAND, -9999)]),
        ("2024-05-02", [(DEMAND, 1250), (sales, -1250)]),
        ("2024-05-03", [(CASH, 4), (DEMAND, -4)]),
        ("2024-05-04", [(CASH, 100000), (DEMAND, -100000)]),
        ("2024-05-04", [(DEMAND, 318), (sales, -318)]),
    ]
    assert book.balances() == {CASH: 233459, DEMAND: 216459, sales: 17000}
    (row,) = book.table("targets")
    assert [str(row[it]) for it in ("share", "set aside", "target", "missing")] == [
        "12.5%",
        "170.00 CNY",
        "170.00 CNY",
        "0.00 CNY",
    ]
    assert book.sound()


def test_d2_one_rounding_over_both_tiers_of_a_quarter() -> None:
    book = Firms(opened_on=date(2024, 3, 21))
    book.take("SALES", share="0%")
    book.cash("1,234,567.89")
    on(date(2024, 5, 5), book).post({DEMAND: 800_000_00}, {CASH: 800_000_00})
    on(date(2024, 6, 10), book).cash("100,000.01")
    on(date(2024, 6, 21), book)
    owed = "platform:p:interest:e"
    assert book.balance(owed) == 149241
    on(date(2024, 6, 22), book)
    assert legs_of(book.entries())[-5:] == [
        ("2024-03-21", [(CASH, 123456789), (DEMAND, -123456789)]),
        ("2024-05-05", [(CASH, -80000000), (DEMAND, 80000000)]),
        ("2024-06-10", [(CASH, 10000001), (DEMAND, -10000001)]),
        ("2024-06-20", [(EXPENSE, 149241), (owed, -149241)]),
        ("2024-06-21", [(DEMAND, -149241), (owed, 149241)]),
    ]
    assert book.balances() == {CASH: 53456790, DEMAND: 53606031, EXPENSE: 149241}
    sheet = [row for row in book.table("agreed") if row["quarter"] == date(2024, 3, 21)]
    assert [(row["days"], str(row["up to quota"]), str(row["over quota"])) for row in sheet] == [
        (45, "500,000.00 CNY", "734,567.89 CNY"),
        (36, "434,567.89 CNY", "0.00 CNY"),
        (11, "500,000.00 CNY", "34,567.90 CNY"),
    ]
    assert book.sound()


def test_d4_a_claim_without_notice_the_rest_with_it() -> None:
    book = Firms("fh", opened_on=date(2024, 5, 20))
    book.take("LOG", "f")
    book.fill("LOG", "5,000.00", "f")
    on(date(2024, 6, 3), book).claim("400.00")
    book.award("333.33")
    book.pay_claim()
    on(date(2024, 6, 24), book).notice("LOG", "4,666.67", date(2024, 7, 1), "f")
    on(date(2024, 7, 1), book).withdraw("LOG", "4,666.67", "f")
    log, carrier, shipper = "platform:p:mode:f:LOG", "bank:demand:f", "bank:demand:h"
    assert legs_of(book.entries()) == [
        ("2024-05-20", [(CASH, 500000), (carrier, -500000)]),
        ("2024-05-20", [(carrier, 500000), (log, -500000)]),
        ("2024-06-03", [(carrier, -5), (shipper, -33333), (EXPENSE, 5), (log, 33333)]),
        ("2024-07-01", [(carrier, -467402), (EXPENSE, 735), (log, 466667)]),
    ]
    assert book.balances() == {CASH: 500000, carrier: 467407, shipper: 33333, EXPENSE: 740}
    assert book.sound()


def test_d5_a_member_deposit_ended_early_gives_back_the_discounts() -> None:
    book = Firms(opened_on=date(2024, 1, 31))
    book.cash("20,500.00")
    book.take("MEMB")
    for day, fee in (
        (date(2024, 2, 15), "100.01"),
        (date(2024, 3, 15), "50.03"),
        (date(2024, 4, 15), "33.35"),
    ):
        on(day, book).pay_fee("e", fee)
    (shown,) = on(date(2024, 6, 29), book).table("endings")
    assert [str(shown[it]) for it in ("principal", "interest", "clawed back")] == [
        "20,000.00 CNY",
        "29.17 CNY",
        "36.68 CNY",
    ]
    book.end("MEMB", cost=shown["cost"].decimal())
    member, fees = "platform:p:mode:e:MEMB", "bank:fee-income"
    assert legs_of(book.entries()) == [
        ("2024-01-31", [(CASH, 2050000), (DEMAND, -2050000)]),
        ("2024-01-31", [(DEMAND, 2000000), (member, -2000000)]),
        ("2024-02-15", [(DEMAND, 8001), (fees, -8001)]),
        ("2024-03-15", [(DEMAND, 4002), (fees, -4002)]),
        ("2024-04-15", [(DEMAND, 2668), (fees, -2668)]),
        ("2024-06-29", [(DEMAND, -1999249), (fees, -3668), (EXPENSE, 2917), (member, 2000000)]),
    ]
    assert book.balances() == {CASH: 2050000, DEMAND: 2034578, fees: 18339, EXPENSE: 2917}
    assert book.sound()
