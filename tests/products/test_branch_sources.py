"""Fragments of several sources: merged by precedence, each value with its source and day, conflicts shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pytest
from tests.products.network import FIRST, Network

from bankcore.errors import BadCommand, BadTerms
from bankcore.product.actor import Actor
from bankcore.products.branch import BranchTerms, SupplyProfile, WithdrawConsent
from bankcore.sources import take_leads


class Rows:
    """A source with rows."""

    name = "map"

    def __init__(self, *rows: Mapping[str, str]) -> None:
        self._rows = rows

    def rows(self) -> Iterator[Mapping[str, str]]:
        yield from self._rows


def supply(book: Network, source: str, as_of: int = 1, **values: Any) -> None:
    book.do(SupplyProfile("n", "f", source, values, date(2024, 4, as_of)))


def profile(book: Network, *names: str) -> list[Any]:
    data = book.record("lead", "f")["profile"]
    return [data[name] for name in names]


def test_the_firm_comes_first_then_who_stands_in_the_terms_then_the_later_day() -> None:
    book = Network(precedence=["itself", "registry"])
    book.template(industries=["tea"])
    book.acquire("f")
    supply(book, "map", 9, industry="food", revenue="7.00", debt_ratio="10%")
    supply(book, "mall", 10, industry="drinks")
    assert profile(book, "industry", "revenue") == ["drinks", "7.00"]
    supply(book, "registry", 1, industry="tea", debt_ratio="20%")
    assert profile(book, "industry", "revenue", "debt_ratio") == ["tea", "7.00", "20%"]
    assert book.top() == ["t"], "matched by what counts"
    book.describe("f", industry="steel")
    assert profile(book, "industry", "revenue") == ["steel", "7.00"]
    assert book.top() == []
    book.describe("f")
    assert profile(book, "industry") == ["tea"], "it says so no more"
    rows = {row[1:] for row in book.rows("sources") if row[1] == "industry"}
    assert rows == {
        ("industry", "registry", date(2024, 4, 1), "tea", "counts"),
        ("industry", "mall", date(2024, 4, 10), "drinks", "conflict"),
        ("industry", "map", date(2024, 4, 9), "food", "conflict"),
    }
    assert book.bank.report("branch", "sources", Actor.parse("customer:g")).rows == ()
    assert book.sound()


def test_what_was_said_before_any_source_came_stays_and_ranges_stay_together() -> None:
    book = Network()
    book.firm("f", most="80,000.00", region="hz")
    supply(book, "map", most="900,000.00", least="70,000.00", region="nb", suppliers=["farm", "mill"])
    assert profile(book, "least", "most", "region", "suppliers") == [
        *("50000.00", "80000.00", "hz"),
        ["farm", "mill"],
    ]
    assert ("f", "suppliers", "map", date(2024, 4, 1), "farm, mill", "counts") in book.rows("sources")
    supply(book, "map", 2, region="nb")
    assert {row[3] for row in book.rows("sources") if row[2] == "map"} == {
        date(2024, 4, 1),
        date(2024, 4, 2),
    }


def test_what_is_refused() -> None:
    book = Network()
    book.acquire("f")
    book.refused("not_found", SupplyProfile("n", "x", "map", {"industry": "tea"}))
    book.refused("bad_terms", SupplyProfile("n", "f", "map", {"colour": "tea"}))
    book.refused("bad_terms", SupplyProfile("n", "f", "map", {"most": "1.00"}))
    book.refused("bad_command", SupplyProfile("n", "f", "map", {}, date(2024, 5, 2)))
    book.refused("actor_not_permitted", SupplyProfile("n", "f", "map", {}), "customer:f")
    with pytest.raises(BadCommand):
        SupplyProfile("n", "f", "itself", {})
    book.do(WithdrawConsent("n", "f"))
    book.refused("no_consent", SupplyProfile("n", "f", "map", {"industry": "tea"}))
    with pytest.raises(BadTerms):
        BranchTerms.from_data({"precedence": ["a", "a"]})


def test_a_source_maps_every_field_and_profiles_come_in_bulk() -> None:
    book = Network()
    row = {
        "id": "f",
        "uscc": "9133f",
        "consent": "yes",
        "trade": "tea",
        "east": "-5",
        "supplied": "farm, mill",
    }
    columns = {"lead": "id", "identity": "uscc", "industry": "trade", "suppliers": "supplied", "as_of": "day"}
    rows = [
        {**row, "day": "2024-04-03", "founded_on": "2019-05-01", "bank_loans": "12.00"},
        {**row, "id": "g", "uscc": "9133g", "east": "far"},
        {"id": "h", "uscc": "9133h", "consent": "yes"},
    ]
    taken = take_leads(Rows(*rows), book.bank, "n", columns)
    assert (taken.rows, taken.acquired, taken.described, taken.replayed) == (3, 3, 1, 0)
    assert [(it.row, it.error.code) for it in taken.turned] == [(2, "bad_terms")]
    assert profile(book, "industry", "east", "suppliers", "bank_loans") == [
        "tea",
        -5,
        ["farm", "mill"],
        "12.00",
    ]
    assert {row[3] for row in book.rows("sources")} == {date(2024, 4, 3)}
    again = take_leads(Rows(rows[0], {**rows[2], "trade": "food"}), book.bank, "n", columns)
    assert (again.replayed, again.described) == (2, 1)
    assert book.rows("sources")[-1][3] == FIRST


def test_a_source_may_give_dates_as_toml_has_them() -> None:
    book = Network()
    book.acquire("f")
    supply(book, "registry", founded_on=date(2016, 4, 1))
    assert profile(book, "founded_on") == ["2016-04-01"]
    assert [row[1:] for row in book.rows("sources")] == [
        ("founded_on", "registry", date(2024, 4, 1), "2016-04-01", "counts")
    ]
