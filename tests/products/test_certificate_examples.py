"""The worked examples of certificates, posting for posting."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bankcore.testing import moved

PATHS = {
    r"CASH": "bank:cash",
    r"DD:(.)": r"bank:demand:\1",
    r"ESC:k:(.)": r"certificate:cd:escrow:k:\1",
    r"CD:k:(.)": r"certificate:cd:share:k:\1",
    r"INTPAY:k": "certificate:cd:interest:k",
    r"INTEXP": "bank:interest-expense",
    r"FEEINC": "bank:fee-income",
}


@pytest.fixture(scope="session")
def examples(shared_data: Path) -> dict[str, Any]:
    file = shared_data / "spec" / "examples.json"
    if not file.is_file():
        pytest.skip(f"no {file}")
    return dict(json.loads(file.read_text("utf-8")))


def path(short: str) -> str:
    return next(re.sub(f"^{old}$", new, short) for old, new in PATHS.items() if re.fullmatch(old, short))


def compare(book: Any, example: Any) -> None:
    """Every entry of the example is one transaction of ours, or several in a row of the same day."""
    journal = iter(book.entries())
    for entry in example["postings"]:
        wanted: Counter[str] = Counter()
        for side, short, quantity, _ in entry["rows"]:
            wanted[path(short)] += quantity if side == "Dr" else -quantity
        found: Counter[str] = Counter()
        while {p: q for p, q in found.items() if q} != wanted:
            ours = next(journal, None)
            assert ours is not None, (entry["date"], entry["text"], found)
            assert ours.transaction.effective_on.isoformat() == entry["date"]
            for account, quantity in moved(ours).items():
                found[account] += quantity
    assert next(journal, None) is None
    assert book.balances() == {path(short): quantity for short, quantity in example["final"].items()}
    assert book.sound()


def test_b1_shortfall_by_one_fen(circle: Any, examples: dict[str, Any]) -> None:
    book = circle(on=date(2021, 3, 26))
    book.order(window=10)
    for customer in "abc":
        book.deposit(customer, "3,333.33")
    for customer in "abc":
        book.pay(customer, "3,333.33")
    book.close_until(date(2021, 4, 6))
    compare(book, examples["B1"])
    assert book.state() == "failed"


def test_b2_equal_shares_mature_on_a_sunday(circle: Any, examples: dict[str, Any]) -> None:
    book = circle(on=date(2021, 3, 27))
    book.filled("3,333.34", "3,333.33", "3,333.33", amount_type="equal", seats=3, roll="following")
    book.close_until(date(2022, 3, 28))
    assert book.state() == "matured"
    book.close()
    compare(book, examples["B2"])
    assert book.state() == "paid"


def test_b3_accruals_at_month_ends(circle: Any, examples: dict[str, Any]) -> None:
    book = circle("a", on=date(2024, 2, 29), accrue="quarter-end")
    book.filled("12,345.00")
    book.close_until(date(2025, 3, 1))
    compare(book, examples["B3"])


def test_b4_one_of_three_exits(circle: Any, examples: dict[str, Any]) -> None:
    book = circle()
    book.filled("6,001.00", "5,003.00", "3,997.00")
    book.close_until(date(2024, 4, 19))
    book.exit("c")
    book.close_until(date(2025, 1, 11))
    compare(book, examples["B4"])


def test_b5_exit_refused_and_share_sold(circle: Any, examples: dict[str, Any]) -> None:
    book = circle("abd")
    book.filled("6,000.00", "4,500.00")
    book.deposit("d", "5,000.00")
    book.close_until(date(2024, 4, 19))
    book.refused("tier_breach", lambda: book.exit("b"))
    book.sell("b", "d", "2.20%")
    book.close_until(date(2025, 1, 11))
    compare(book, examples["B5"])


def test_b6_redeemed_early_by_consent(circle: Any, examples: dict[str, Any]) -> None:
    book = circle(on=date(2024, 1, 31), accrue="quarter-end")
    book.filled("3,333.67", "3,333.67", "3,333.66")
    book.close_until(date(2024, 8, 18))
    book.consent("redemption")
    book.redeem()
    compare(book, examples["B6"])
