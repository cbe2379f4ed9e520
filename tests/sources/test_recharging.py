"""A day's recharges from a file: row by row, and never twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.products.holders import cny
from tests.products.mall import Mall

from bankcore.errors import BadFile
from bankcore.product.actor import Actor
from bankcore.products.wallet import PayIn, RegisterPoint
from bankcore.sources import CsvSource, JsonSource, Recharges, take_recharges

CSV = """client,amount,recharge,point
a,100.00,r1,north
a,"1,000.00",r2,south
nobody,1.00,r3,north
a,0.01,r4,north
a,ten,r5,south
b,50.00,r6,south
"""


@pytest.fixture
def book() -> Mall:
    it = Mall(clients=("a", "b"), fund="5,000.00", bonus_tiers=[["0", "0%"]], yield_rate="0%")
    it.do(RegisterPoint("o", "north", cny("100.00")))
    it.do(RegisterPoint("o", "south", cny("2,000.00")))
    return it


def take(book: Mall, folder: Path, text: str, actor: Actor | None = None) -> Recharges:
    path = folder / "today.csv"
    path.write_text(text, encoding="utf-8")
    return take_recharges(CsvSource("today.csv", path), book.bank, "o", actor)


def principal(book: Mall) -> tuple[int, int]:
    return book.pockets("a")["principal"], book.pockets("b")["principal"]


def refused(taken: Recharges) -> list[tuple[int, str]]:
    return [(it.row, it.error.code) for it in taken.turned]


def test_each_row_is_posted_or_refused_by_itself_and_never_twice(book: Mall, tmp_path: Path) -> None:
    taken = take(book, tmp_path, CSV, Actor.parse("operator:o"))
    assert (taken.rows, taken.posted, taken.replayed) == (6, 3, 0)
    assert refused(taken) == [(3, "not_found"), (4, "point_full"), (5, "bad_amount")]
    assert principal(book) == (1_100_00, 50_00)
    assert book.balance("wallet:o:cash-due:south") == 1_050_00
    head = book.bank.ledger.reader.head()
    again = take(book, tmp_path, CSV)
    assert (again.posted, again.replayed, refused(again)) == (0, 3, refused(taken))
    assert book.bank.ledger.reader.head() == head
    book.cash_in("100.00")
    book.do(PayIn("o", cny("100.00"), "north"))
    more = take(book, tmp_path, CSV)  # what was refused for the cap is posted now
    assert (more.posted, more.replayed, principal(book)) == (1, 3, (1_100_01, 50_00))
    assert book.sound()


def test_a_changed_row_is_no_second_recharge(book: Mall, tmp_path: Path) -> None:
    take(book, tmp_path, CSV)
    changed = take(book, tmp_path, CSV.replace("b,50.00,r6", "b,60.00,r6").replace("r1,north", "r1,south"))
    assert (1, "key_conflict") in refused(changed)
    assert (6, "key_conflict") in refused(changed)
    assert principal(book) == (1_100_00, 50_00)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (CSV + "b,50.00,r6,south\n", "rows 6 and 7 both are recharge r6"),
        ("client,amount,amount,recharge\na,1.00,2.00,r1\n", "line 1: the column 'amount' occurs twice"),
        (CSV + "b,50.00\n", "line 8: 2 values for 4 columns"),
    ],
)
def test_of_a_file_that_contradicts_itself_nothing_is_posted(
    book: Mall, tmp_path: Path, text: str, reason: str
) -> None:
    head = book.bank.ledger.reader.head()
    with pytest.raises(BadFile, match=reason):
        take(book, tmp_path, text)
    assert book.bank.ledger.reader.head() == head


def test_another_does_not_recharge_and_rows_have_known_columns(book: Mall, tmp_path: Path) -> None:
    taken = take(book, tmp_path, CSV, Actor.parse("customer:a"))
    assert (taken.posted, {code for _, code in refused(taken)}) == (0, {"actor_not_permitted", "bad_amount"})
    path = tmp_path / "today.json"
    path.write_text('[{"client": "a", "amount": "1.00"}, {"colour": "red", "recharge": "r9"}]', "utf-8")
    taken = take_recharges(JsonSource("today", path), book.bank, "o")
    assert refused(taken) == [(1, "bad_command"), (2, "bad_command")]
