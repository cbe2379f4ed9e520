"""Two segments and the places of demand: who wants what where, and how far the next branch is."""

from __future__ import annotations

from datetime import date

from tests.products.network import Network
from tests.products.test_branch_tracking import lend

from bankcore.product.actor import Actor
from bankcore.products.branch import (
    AcceptPush,
    CloseBranch,
    Criteria,
    DescribeFirm,
    FirmProfile,
    PublishTemplate,
    PushFirm,
)


def town() -> Network:
    """Two firms of an industry, one that borrowed; a person and a shop around a market."""
    book = Network(opened_on=date(2024, 1, 31), reach=10_000)
    book.template()
    book.firm("f", industry="tea", region="hz", revenue="9.00", bank_loans="2.00", guarantees="1.00")
    book.firm("g", industry="tea", region="hz", revenue="1.00", bills="3.00", east=-3_000)
    market = {"region": "hz", "community": "market", "east": 40_000, "segment": "community"}
    book.firm("shop", **market)
    book.acquire("li", kind="person")
    book.do(DescribeFirm("n", "li", FirmProfile.from_data({**market, "segment": "industry"})))
    book.push()
    book.do(AcceptPush("n", "f", "p", months=12))
    book.customer("f")
    lend(book)
    book.close()
    return book


def money(row: tuple[object, ...]) -> list[str]:
    return [str(it) for it in row]


def test_segments_have_reports_of_their_own_persons_and_firms_apart() -> None:
    book = town()
    (tea,) = book.rows("industry-finance")
    assert money(tea) == [
        *("tea", "2", "100,000.00 CNY", "100,000.00 CNY", "10.00 CNY", "2.00 CNY", "1.00 CNY", "0.00 CNY"),
        *("3.00 CNY", "50,000.00 CNY", "2", "1", "1", "1"),
    ]
    (market,) = book.rows("community-finance")
    assert money(market)[:7] == [
        *("hz", "market", "1", "1", "100,000.00 CNY", "100,000.00 CNY", "0.00 CNY")
    ], "a person is of a community, whatever is said"
    for report in ("industry-finance", "community-finance", "siting"):
        assert book.bank.report("branch", report, Actor.parse("customer:f")).rows == ()
        assert len(book.bank.report("branch", report, Actor.parse("operator:n")).rows) > 0


def test_a_template_of_one_segment_is_matched_with_that() -> None:
    book = Network()
    book.do(PublishTemplate("n", "west", "t", Criteria.from_data({"segments": ["community"]})))
    book.firm("f")
    book.acquire("li", kind="person")
    book.describe("li")
    assert (book.top("li"), book.books.record("branch.match", "n:f")) == (["t"], None)
    why = {row[0]: row[5] for row in book.rows("why")}
    assert why["f"] == "segment: industry; community taken"
    assert book.refused("no_match", PushFirm("n", "f", "t", "p"))["firm"] == "f"


def test_demand_stands_against_branches_that_there_are() -> None:
    book = town()
    quiet, market = sorted(book.rows("siting"), key=lambda row: str(row[1]), reverse=True)
    assert money(quiet) == [
        *("hz", "none", "0", "2", "100,000.00 CNY", "50,000.00 CNY", "-1500", "0", "west", "500", "0")
    ]
    assert money(market)[2:4] + money(market)[6:] == ["1", "1", "40000", "0", "east", "39000", "2"]
    for branch in ("west", "east"):
        book.do(CloseBranch("n", branch, date(2024, 2, 2)))
    book.close()
    assert [money(row)[8:] for row in book.rows("siting")] == [["", "", "2"], ["", "", "2"]]
    assert book.sound()
