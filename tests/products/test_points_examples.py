"""The worked examples of consumption points, posting for posting."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.products.club import Club
from tests.products.holders import cny

from bankcore.products.points import ReviseRight, SellWithPoints

CHART = {
    "CASH": "bank:cash",
    "BRKINC": "bank:breakage-income",
    "REV": "bank:revenue",
    "CLIAB": "points:p:right:s",
    "DD:c": "bank:demand:c",
    "DD:g": "bank:demand:g",
    "PT:c": "points:p:consumer:c:live",
    "PTRED:c": "points:p:consumer:c:redeemed",
    "PTEXP:c": "points:p:consumer:c:expired",
    "PTDEBT:c": "points:p:debt:c:g",
    "PTISS:g": "points:p:provider:g:issued",
    "PTFUND:g": "points:p:provider:g:fund",
    "CPT:g": "points:p:provider:g:credit",
    "CPTISS:g": "points:p:provider:g:credit-issued",
}
AGREED = {"rate": "3/2", "credit_rate": "1/8"}


@pytest.fixture(scope="session")
def examples(shared_data: Path) -> dict[str, Any]:
    return read_examples(shared_data)


def read_examples(shared_data: Path) -> dict[str, Any]:
    file = shared_data / "spec" / "examples.json"
    if not file.is_file():
        pytest.skip(f"no {file}")
    return dict(json.loads(file.read_text("utf-8")))


def compare(
    book: Club,
    example: Any,
    chart: Mapping[str, str] = CHART,
    after: int = 0,
    opening: Mapping[str, int] | None = None,
) -> None:
    """Every entry of the example is one transaction of ours, or several in a row of the same day.

    Balances from before transaction `after` are not the example's.
    """
    journal = iter(book.entries(after=after))
    for entry in example["postings"]:
        wanted = Counter(
            (chart[short], quantity if side == "Dr" else -quantity)
            for side, short, quantity, _ in entry["rows"]
        )
        found: Counter[tuple[str, int]] = Counter()
        while found != wanted:
            transaction = next(journal, None)
            assert transaction is not None, (entry["date"], entry["text"], found, wanted)
            assert transaction.transaction.effective_on.isoformat() == entry["date"]
            found.update((str(leg.account), leg.quantity) for leg in transaction.transaction.postings)
    assert next(journal, None) is None
    final = {chart[short.partition(" ")[0]]: quantity for short, quantity in example["final"].items()}
    before = opening or {}
    changed = {path: held - before.get(path, 0) for path, held in book.balances().items()}
    assert {path: held for path, held in changed.items() if held} == final


def test_c1_points_are_earned_cumulatively(examples: dict[str, Any]) -> None:
    book = Club(agreed=AGREED, value="4/5")
    book.pay_in(c="200.00", g="100.00")
    for day, price in ((1, "33.33"), (2, "66.67"), (3, "0.99")):
        book.close_until(date(2024, 5, day))
        book.order(price)
    compare(book, examples["C1"])
    assert book.sound()


def test_c2_a_refund_after_spending_leaves_a_debt(examples: dict[str, Any]) -> None:
    book = Club(agreed=AGREED, value="4/5")
    book.pay_in(c="600.00", g="400.00")
    book.order("200.00", "o1")
    book.close_until(date(2024, 5, 2))
    book.redeem(280)
    book.close_until(date(2024, 5, 5))
    book.refund("o1", "150.00")
    assert book.sound()
    book.close_until(date(2024, 5, 9))
    book.order("180.00", "o2")
    compare(book, examples["C2"])
    assert book.sound()


@pytest.mark.slow
def test_c3_lots_are_spent_in_order_and_expire_once(examples: dict[str, Any]) -> None:
    book = Club(opened_on=date(2020, 6, 1), value="4/5", breakage="1/3")
    book.pay_in(g="2.00")
    book.grant(100)
    book.close_until(date(2021, 3, 1))
    book.grant(150)
    book.close_until(date(2024, 11, 11))
    book.redeem(120)
    book.close_until(date(2025, 1, 2))
    assert book.points() == 130
    book.close_until(date(2026, 1, 2))
    example = examples["C3"]
    opening = {"date": "2020-06-01", "rows": [["Dr", "CASH", 200, "CNY"], ["Cr", "DD:g", 200, "CNY"]]}
    grants = example["postings"][:2]
    for grant in grants:
        grant["rows"] = [["Dr", "DD:g", *row[2:]] if row[1] == "CASH" else row for row in grant["rows"]]
    compare(book, {**example, "postings": [{**opening, "text": "opening"}, *example["postings"]]})
    assert book.sound()


@pytest.mark.slow
def test_c6_points_of_the_bank_are_a_material_right(examples: dict[str, Any]) -> None:
    """The example leaves open what the points buy: here it is money, at the bank's cost.

    Redemption recognises at the expectation of before, and its revision the rest of the same day.
    """
    book = Club(opened_on=date(2021, 12, 31), value="100")
    book.pay_in(c="100,000.00")
    book.do(SellWithPoints("p", "s", "c", cny("100,000.00"), 10_000, cny("10,000.00"), 9_700))
    for year, redeemed, expected in ((2022, 4_500, 9_700), (2023, 4_000, 9_900), (2024, 1_200, 9_700)):
        book.close_until(date(year, 12, 31))
        book.redeem(redeemed)
        book.do(ReviseRight("p", "s", expected))
    watched = (CHART["REV"], CHART["CLIAB"])
    wanted, found = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for entry in examples["C6"]["postings"]:
        for side, short, quantity, _ in entry["rows"]:
            wanted[entry["date"], CHART[short]] += quantity if side == "Dr" else -quantity
    for made in book.entries():
        for leg in made.transaction.postings:
            found[made.transaction.effective_on.isoformat(), str(leg.account)] += leg.quantity
    for account in watched:
        assert {key: it for key, it in found.items() if key[1] == account and it} == {
            key: it for key, it in wanted.items() if key[1] == account
        }
    assert (book.balance(CHART["REV"]), book.balance(CHART["CLIAB"])) == (100_000_00, 0)
    assert (book.balance(CHART["PTRED:c"]), book.points()) == (9_700, 300)
    assert book.balance("bank:points-expense") == book.balance(CHART["DD:c"]) == 9_700_00
    assert [row[3:7] for row in book.bank.report("points", "rights").rows] == [(10_000, 9_700, 0, 9_700)]
    assert book.sound()
