"""Reports of the wealth programme, and invariants that notice a book that contradicts itself."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from bankcore.amounts import Amount
from bankcore.ledger.accounts import Account
from bankcore.ledger.transactions import Record, Transaction
from bankcore.products.wallet import ChangeTerms, CloseClient, UndoRecharge
from bankcore.rates import round_half_up
from bankcore.units import Unit

CNY = Unit("CNY/2")


def report(book: Any, name: str) -> list[tuple[Any, ...]]:
    """Rows with amounts as fen."""
    table = book.bank.report("wallet", name)
    assert all(len(row) == len(table.columns) for row in table.rows)
    return [tuple(cell.quantity if isinstance(cell, Amount) else cell for cell in row) for row in table.rows]


def test_reserve(mall: Any) -> None:
    book = mall(fund="100.00", threshold="10.00", yield_rate="0%")
    assert report(book, "reserve") == [("o", 100_00, 10_00, 0, 0, None)]
    book.recharge("a", "20.00")
    book.close_days(3)
    # 20.00 used in four days, the 80.00 left last for 16 more
    assert report(book, "reserve") == [("o", 80_00, 10_00, 0, 20_00, 16)]


def test_sweeps_and_failed_sweeps(mall: Any) -> None:
    book = mall(fund="100.00", threshold="50.00", preset="20.00", yield_rate="0%", bonus_tiers=[["0", "0"]])
    book.recharge("a", "90.00")
    book.buy("a", "15.00")
    book.close_days(2)
    assert report(book, "sweeps") == [("o", date(2024, 5, 1), 10_00, 15_00, 15_00, 1)]
    book.fund("25.00")
    book.close()
    assert report(book, "failed-sweeps") == [("o", date(2024, 5, n), 25_00, 50_00, 0) for n in (1, 2)]


def test_cash_due_ageing(mall: Any) -> None:
    book = mall(fund="1,000.00", yield_rate="0%", bonus_tiers=[["0", "0"]])
    book.recharge("a", "1.00", "oldest")
    book.close_days(60)
    book.recharge("a", "2.00")
    book.close_days(23)
    book.recharge("a", "4.00")
    book.close_days(7)
    book.recharge("a", "8.00")
    book.recharge("a", "16.00", "undone")
    book.do(UndoRecharge("o", "undone"))
    assert report(book, "cash-due") == [("o", "", 15_00, 12_00, 2_00, 1_00, 0)]
    book.close()
    assert report(book, "cash-due") == [("o", "", 15_00, 8_00, 4_00, 2_00, 1_00)]
    book.pay_in("1.50")
    book.close_days(60)
    assert report(book, "cash-due") == [("o", "", 13_50, 0, 0, 8_00 + 4_00, 1_50)]


def test_clients_bonus_merchants_and_yield(mall: Any) -> None:
    book = mall(
        clients=("a", "b"),
        merchants=("own", "m"),
        fund="2,000.00",
        yield_rate="3.65%",
        eligible=["principal"],
        merchant_fee="1%",
    )
    book.recharge("a", "1,000.00")
    book.close_days(2)
    book.buy("a", "100.10", "m")
    book.withdraw("a", "90.00")
    book.settle("m")
    book.buy("a", "10.00", "m")
    assert report(book, "clients") == [
        ("o", "a", 800_00, 0, 5_50, 40_00, 845_50),
        ("o", "b", 0, 0, 0, 0, 0),
    ]
    assert report(book, "bonus") == [("o", "a", 50_00, 5_50, 4_50, 40_00), ("o", "b", 0, 0, 0, 0)]
    assert report(book, "merchants") == [
        ("o", "m", "third party", 10_00, 100_10, 1_00),
        ("o", "own", "own", 0, 0, 0),
    ]
    assert report(book, "yield") == [("o", date(2024, 5, 2), 10, 10, 0)]


def test_the_yield_preview_is_what_will_be_posted(mall: Any) -> None:
    book = mall(
        clients=("a", "b", "left", "poor"),
        fund="2,000.00",
        interval="1M",
        yield_rate="3.65%",
        roll="following",
    )
    book.recharge("a", "1,000.00")
    book.close_days(3)
    book.recharge("b", "0.01")
    book.recharge("left", "9.00")
    book.do(CloseClient("o", "left"))
    book.do(ChangeTerms("o", {"yield_rate": "7.30%"}, date(2024, 5, 11)))
    earned = round_half_up(105_000 * (10 * Fraction("0.0365") + 21 * Fraction("0.0730")) / 365)
    # the interval ends on the 1st of June, a Saturday
    expected = [("o", "a", date(2024, 6, 3), earned), ("o", "b", None, 0), ("o", "poor", None, 0)]
    assert report(book, "yield-preview") == expected
    book.close_until(date(2024, 6, 3))
    assert report(book, "yield-preview") == expected
    book.close()
    assert book.pockets("a")["yield"] == earned
    assert report(book, "yield-preview")[0][2] == date(2024, 7, 1)


def test_accounts_of_others_below_the_clients_are_in_no_report(mall: Any) -> None:
    book = mall(fund="2,000.00", yield_rate="3.65%")
    book.recharge("a", "1,000.00")
    others = [Account(f"wallet:o:client:{name}:yield", "liability", CNY) for name in ("0", "a:yield", "b")]
    book.bank.ledger.open([*others, Account("wallet:o:client:0:vested", "liability", CNY)], key="others")
    tables = (book.bank.report("wallet", name) for name in book.bank.products.named("wallet").reports)
    clients = [{row[1] for row in table.rows} for table in tables if "client" in table.columns]
    assert clients == [{"a"}, set(), set(), {"a"}, {"a"}, set(), set()]
    assert book.sound()


def test_cap_breaches(mall: Any) -> None:
    book = mall(clients=("a", "b"), fund="2,000.00")
    book.join("anon", identified=False)
    book.recharge("a", "1,000.00")
    book.recharge("b", "100.00")
    assert report(book, "cap-breaches") == []
    book.do(ChangeTerms("o", {"balance_cap": "1,000.00"}))
    assert report(book, "cap-breaches") == [("o", "a", 1_050_00, 1_000_00, 50_00)]


# --- invariants -----------------------------------------------------------------------------------

POCKET = "wallet:o:client:a:"
SWEPT = {"on": "2024-05-01", "reserve": 5, "service": 9, "threshold": 10, "amount": 4, "times": 1}


def broken(book: Any) -> set[str]:
    return {error.invariant for error in book.bank.broken_invariants()}


def record(book: Any, kind: str, id: str, **data: Any) -> None:
    stored = book.books.record(kind, id)
    made = stored.next(**data) if stored else Record(kind, id, data)
    today = book.books.today
    book.keys += 1
    book.bank.ledger.post(Transaction(kind="test", effective_on=today, records=(made,), key=f"t{book.keys}"))


def sound(mall: Any) -> Any:
    book = mall(fund="2,000.00", interval="1D", yield_rate="3.65%")
    book.recharge("a", "1,000.00", "r")
    book.buy("a", "100.00", purchase="p")
    book.close_days(2)
    assert broken(book) == set()
    return book


def test_a1_notices_money_from_nowhere(mall: Any) -> None:
    book = sound(mall)
    hole, gift = Account("wallet:o:hole", "asset", CNY), Account("bank:gift", "expense", CNY)
    book.bank.ledger.open([hole, gift], key="open")
    book.post({"wallet:o:hole": 1}, {f"{POCKET}yield": 1})
    assert broken(book) == {"A1"}
    book.post({"bank:gift": 1}, {f"{POCKET}yield": 1})
    assert broken(book) == set()  # a book in which others move money says nothing


@pytest.mark.parametrize(
    ("invariant", "kind", "id", "data"),
    [
        ("A3", "wallet.accrual", f"{POCKET}yield", {"paid": 11}),
        ("A3", "wallet.accrual", f"{POCKET}yield", {"earned": "100/1"}),
        ("A4", "wallet.tally", "o:a", {"granted": 1}),
        ("A5", "wallet.sweep", "o", {**SWEPT, "mode": "once", "preset": 3}),
        ("A5", "wallet.sweep", "o", {**SWEPT, "mode": "once", "preset": 9, "amount": 10}),
        ("A5", "wallet.sweep", "o", {**SWEPT, "mode": "top-up", "preset": 1, "amount": 6}),
        ("A5", "wallet.sweep", "o", {**SWEPT, "mode": "once", "preset": 9, "reserve": 10}),
        ("A6", "wallet.purchase", "o:p", {"back": {"yield": 1, "principal": 0, "vested": 0, "vesting": 0}}),
        ("A6", "wallet.purchase", "o:p", {"amount": 1}),
        ("A6", "wallet.purchase", "o:p", {"unvested": "1/1"}),
        ("A6", "wallet.merchant", "o:own", {"charged": 1}),
        ("A7", "wallet.recharge", "o:r", {"amount": 1}),
        ("A7", "wallet.recharge", "o:r", {"undone": True}),
        ("A9", "wallet.purchase", "o:p", {"merchant": "x"}),
        ("A11", "wallet.funding", "o", {"on": "2024-05-01", "cap": 1, "drawn": 2, "ended": False}),
    ],
)
def test_an_invariant_notices(mall: Any, invariant: str, kind: str, id: str, data: dict[str, Any]) -> None:
    book = sound(mall)
    record(book, kind, id, **data)
    assert invariant in broken(book)


def test_a3_knows_that_intervals_may_change_and_payouts_may_roll(mall: Any) -> None:
    book = mall(fund="2,000.00", interval="7D", yield_rate="3.65%")
    book.recharge("a", "1,000.00")
    book.close_days(2)
    book.do(ChangeTerms("o", {"interval": "1D"}))
    assert broken(book) == set()
    book.close()
    assert broken(book) == set()
    book.do(ChangeTerms("o", {"roll": "preceding"}))
    for _ in range(5):
        book.close()
        assert broken(book) == set()


def test_a2_notices_a_bonus_without_principal(mall: Any) -> None:
    book = sound(mall)
    left = book.pockets("a")["principal"]
    book.post({f"{POCKET}principal": left}, {"bank:demand:a": left})
    assert broken(book) == {"A2"}
