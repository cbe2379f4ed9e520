"""The worked examples of the wealth programme, posting for posting."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bankcore.amounts import Amount
from bankcore.products.wallet import DeclarePool
from bankcore.units import Unit

PROGRAMME = {
    "CASH": "bank:cash",
    "RSV:o": "wallet:o:reserve",
    "SVC:o": "wallet:o:service",
    "SVCM:m": "wallet:o:takings:m",
    "DD:a": "bank:demand:a",
    "DD:m": "bank:demand:m",
    "CASHDUE:o": "wallet:o:cash-due",
    "CASHDUEX:o": "wallet:o:cash-due-contra",
    **{
        f"CLI:{client}:{short}": f"wallet:o:client:{client}:{name}"
        for client in "abc"
        for short, name in {
            "PRIN": "principal",
            "YIELD": "yield",
            "VBONUS": "vested",
            "BONUS": "bonus",
        }.items()
    },
}


@pytest.fixture(scope="session")
def examples(shared_data: Path) -> dict[str, Any]:
    file = shared_data / "spec" / "examples.json"
    if not file.is_file():
        pytest.skip(f"no {file}")
    return dict(json.loads(file.read_text("utf-8")))


def compare(mall: Any, example: Any, memo: bool = False) -> None:
    """Every entry of the example is one transaction of ours, or several in a row of the same day.

    What is CASH there passes through the operator's current account here, which is empty in the end.
    """
    journal = iter(mall.entries())
    for entry in example["postings"]:
        wanted = Counter(
            (PROGRAMME[short], quantity if side == "Dr" else -quantity)
            for side, short, quantity, _ in entry["rows"]
        )
        found: Counter[tuple[str, int]] = Counter()
        while found != wanted:
            transaction = next(journal, None)
            assert transaction is not None, (entry["date"], entry["text"], found)
            assert transaction.transaction.effective_on.isoformat() == entry["date"]
            found.update(
                (str(leg.account), leg.quantity)
                for leg in transaction.transaction.postings
                if leg.account != "bank:demand:o" and (memo or "cash-due" not in leg.account)
            )
    assert next(journal, None) is None
    final = {PROGRAMME[short]: quantity for short, quantity in example["final"].items()}
    assert {path: held for path, held in mall.balances().items() if "cash-due" not in path} == final


def kinds(mall: Any) -> list[str]:
    return [entry.transaction.kind for entry in mall.entries()]


def test_a1_recharge_with_whole_amount_tiers(mall: Any, examples: dict[str, Any]) -> None:
    book = mall(fund="100,000.00")
    for amount in ("888.88", "999.99", "1,000.00"):
        book.recharge("a", amount)
    book.close_until(date(2024, 5, 2))
    book.pay_in("2,888.87")
    compare(book, examples["A1"], memo=True)
    assert book.sound()


def test_a2_daily_yield_rounds_cumulatively(mall: Any, examples: dict[str, Any]) -> None:
    book = mall(fund="1,244.56", yield_rate="4.30%", bonus_tiers=[["0", "0%"]])
    book.recharge("a", "1,234.56")
    book.close_days(8)
    compare(book, examples["A2"])
    accruals = [record.data for record in book.books.versions("wallet.accrual", "wallet:o:client:a:yield")]
    after_seven_days = next(data for data in accruals if data["earned"] == "18586707/182500")  # 101.8450 fen
    assert after_seven_days["paid"] + after_seven_days["due"] == 102
    assert book.sound()


def test_a3_purchase_settlement_and_refund(mall: Any, examples: dict[str, Any]) -> None:
    book = mall(merchants=("m",), merchant_fee="0.38%", yield_rate="0%")
    client = "wallet:o:client:a"
    opening = {f"{client}:principal": 1_000_00, f"{client}:bonus": 50_00, f"{client}:yield": 1_02}
    book.post({"bank:cash": 1_051_02}, opening)
    book.close_until(date(2024, 5, 3))
    book.buy("a", "1,033.37", "m", "p1")
    book.close_until(date(2024, 5, 4))
    book.settle("m")
    book.close_until(date(2024, 5, 10))
    book.refund("p1", "333.33", "m")
    compare(book, examples["A3"])


def test_a4_monitored_sweep(mall: Any, examples: dict[str, Any]) -> None:
    book = mall(clients="ab", threshold="50,000.00", yield_rate="0%", bonus_tiers=[["0", "0%"]])
    book.post({"bank:cash": 62_345_67}, {"wallet:o:reserve": 50_000_00, "wallet:o:service": 12_345_67})
    book.close_until(date(2024, 5, 2))
    assert len(book.entries()) == 1  # at 50,000.00 nothing moves
    book.recharge("a", "0.01")
    book.close_until(date(2024, 5, 3))
    book.post({"bank:cash": 30_000_00}, {"wallet:o:service": 30_000_00})
    book.recharge("b", "20,000.00")
    compare(book, examples["A4"])
    kinds = [entry.transaction.kind for entry in book.entries()]
    assert kinds == [
        "by-hand",
        "wallet.recharge",
        "wallet.sweep",
        "by-hand",
        "wallet.recharge",
        "wallet.sweep",
    ]


def test_a5_withdrawals_forfeit_bonus(mall: Any, examples: dict[str, Any]) -> None:
    book = mall(fund="1,050.00", yield_rate="0%", bonus_tiers=[["0", "5%"]])
    book.recharge("a", "1,000.00")
    book.close_until(date(2024, 5, 2))
    book.buy("a", "300.00")
    book.close_until(date(2024, 5, 5))
    book.withdraw("a", "333.33")
    book.close_until(date(2024, 5, 6))
    book.withdraw("a", "366.67")
    compare(book, examples["A5"])
    assert book.sound()


def test_a6_declared_pool_with_a_short_reserve(mall: Any, examples: dict[str, Any]) -> None:
    book = mall(clients="abc", threshold="50.00", preset="50.00", yield_mode="pool")
    principal = {f"wallet:o:client:{client}:principal": 3_000_00 for client in "bc"}
    opening = {"wallet:o:client:a:principal": 1_000_00, **principal}
    book.post({"bank:cash": 7_560_00}, {"wallet:o:reserve": 60_00, "wallet:o:service": 500_00, **opening})
    book.do(DeclarePool("o", Amount(100_01, Unit("CNY/2")), date(2024, 5, 1), date(2024, 5, 8)))
    book.close_until(date(2024, 5, 5))
    book.buy("c", "0.01")
    book.close_until(date(2024, 5, 9))
    assert [row[1:] for row in book.bank.report("wallet", "yield").rows] == [
        (date(2024, 5, 8), *(Amount(fen, Unit("CNY/2")) for fen in (100_01, 0, 100_01)))
    ]
    book.fund("45.00")
    book.close()
    compare(book, examples["A6"])
    assert kinds(book)[-2:] == ["wallet.yield", "wallet.sweep"]
    assert book.sound()
