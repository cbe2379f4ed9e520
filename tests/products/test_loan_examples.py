"""The worked examples of loans, posting for posting; of E5 the legs that are the loan's."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.products.lender import Lender

from bankcore.testing import moved

CHART = {
    "CASH": "bank:cash",
    "DD:b": "bank:demand:b",
    "LOAN:b": "loan:p:l:principal",
    "INTREC:b": "loan:p:l:interest",
    "UFEE:b": "loan:p:l:unearned-fee",
    "INTINC": "bank:interest-income",
    "PENINC": "bank:penalty-income",
}


@pytest.fixture(scope="session")
def examples(shared_data: Path) -> dict[str, Any]:
    file = shared_data / "spec" / "examples.json"
    if not file.is_file():
        pytest.skip(f"no {file}")
    return dict(json.loads(file.read_text("utf-8")))


def compare(book: Lender, example: Any) -> None:
    """Every entry of the example is one transaction of ours, or several in a row of the same day."""
    journal = iter(book.entries())
    for entry in example["postings"]:
        wanted: Counter[str] = Counter()
        for side, short, quantity, _ in entry["rows"]:
            wanted[CHART[short]] += quantity if side == "Dr" else -quantity
        found: Counter[str] = Counter()
        while {p: q for p, q in found.items() if q} != {p: q for p, q in wanted.items() if q}:
            ours = next(journal, None)
            assert ours is not None, (entry["date"], entry["text"], found)
            assert ours.transaction.effective_on.isoformat() == entry["date"]
            for path, quantity in moved(ours).items():
                found[path] += quantity
    assert next(journal, None) is None
    assert book.balances() == {CHART[short]: quantity for short, quantity in example["final"].items()}
    assert book.sound()


def test_e1_level_payments(examples: dict[str, Any]) -> None:
    book = Lender(rate="7.20%")
    book.lend("50,000.00", 6)
    book.pay_in("3,000.00")
    book.close_until(date(2024, 8, 1))
    compare(book, examples["E1"])
    assert book.read().state.value == "repaid"


def test_e2_equal_principal_with_a_prepayment(examples: dict[str, Any]) -> None:
    book = Lender()
    book.lend("10,000.00", 7, method="equal-principal", basis="act-360")
    book.pay_in("1,000.00")
    book.close_until(date(2024, 4, 30))
    book.prepay("3,000.00")
    book.close_until(date(2024, 9, 1))
    compare(book, examples["E2"])


def test_e3_bullet_paid_late(examples: dict[str, Any]) -> None:
    book = Lender(on=date(2024, 2, 29), automatic=False, posting="events", month_end=True)
    book.lend("3,000.00", 3, rate="6.00%", method="bullet", basis="act-360")
    book.pay_in("200.00")
    book.close_until(date(2024, 6, 20))
    book.repay("2,000.00")
    book.close_until(date(2024, 6, 30))
    book.repay("1,063.88")
    book.close()
    compare(book, examples["E3"])


def test_e5_repaid_on_day_61(examples: dict[str, Any]) -> None:
    book = Lender()
    book.lend("345,678.90", 6, rate="4.85%", method="bullet")
    book.pay_in("5,000.00")
    book.close_until(date(2024, 4, 1))
    book.repay_early()
    book.close()
    lent, _, _, repaid, *_ = examples["E5"]["postings"]
    final = {short: it for short, it in examples["E5"]["final"].items() if short in CHART}
    compare(book, {"postings": [lent, repaid], "final": final})
    lending = book.lending()
    assert lending is not None
    assert (lending.disbursed, lending.ended_on) == (345_678_90, date(2024, 4, 1))


def test_e6_fee_by_effective_rate(examples: dict[str, Any]) -> None:
    book = Lender(rate="6%")
    book.lend("30,000.00", 3, method="equal-principal", fee="1.5%")
    book.pay_in("800.00")
    book.close_until(date(2024, 5, 1))
    compare(book, examples["E6"])
