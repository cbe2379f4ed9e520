"""The match: what it finds, why, and that the index finds just that, in whatever order."""

from __future__ import annotations

from collections import Counter
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from tests.products.network import Network

from bankcore.errors import BadTerms
from bankcore.products.branch import (
    BranchTerms,
    Criteria,
    FirmProfile,
    MatchFirm,
    WithdrawTemplate,
)
from bankcore.products.branch.criteria import SEGMENTS
from bankcore.products.branch.matcher import Matcher
from bankcore.products.branch.matching import Place, best, filters, fits
from bankcore.rates import Rate
from bankcore.units import Unit

DAY = date(2024, 5, 2)
NOBODY: Counter[str] = Counter()


def place(template: str = "t", bank: str = "", dated: int = 1, **criteria: Any) -> Place:
    bank = bank or f"bank of {template}"
    return Place(template, bank, "west", date(2024, 5, dated), 0, 0, Criteria.from_data(criteria))


def firm(**profile: Any) -> FirmProfile:
    return FirmProfile.from_data(profile)


def broken(criteria: dict[str, Any], profile: dict[str, Any]) -> list[str]:
    found = filters(Criteria.from_data(criteria), firm(**profile), DAY)
    return [f"{it.name}: {it.text}" for it in found if not it.holds]


@pytest.mark.parametrize(
    ("criteria", "profile", "why"),
    [
        (
            {"least": "60,000.00"},
            {},
            "amount: 50,000.00 CNY to 50,000.00 CNY wanted, 60,000.00 CNY to 1,000,000.00 CNY offered",
        ),
        ({"kinds": ["mortgage"]}, {}, "kind: working-capital of the firm, mortgage of the bank"),
        ({"most_months": 11}, {}, "tenor: 12 to 12 months wanted, 1 to 11 offered"),
        ({"collateral": ["land", "stock"]}, {}, "collateral: none of the firm, land, stock of the bank"),
        ({"price": "5%"}, {"price": "4.99%"}, "price: at most 4.99% accepted, from 5% asked"),
        ({"industries": ["food"]}, {"industry": "steel"}, "industry: steel; food taken"),
        ({"regions": ["hz", "nb"]}, {"region": "wz"}, "region: wz; hz, nb taken"),
        ({"min_years": 5}, {"founded_on": "2019-05-03"}, "years: 4 years old, at least 5 needed"),
        ({"max_debt_ratio": "60%"}, {"debt_ratio": "60.01%"}, "debt ratio: 60.01%, at most 60% allowed"),
        ({"min_revenue": "0.02"}, {"revenue": "0.01"}, "revenue: 0.01 CNY, at least 0.02 CNY needed"),
        ({"segments": ["community"]}, {}, "segment: industry; community taken"),
        ({"suppliers": ["mill"]}, {"suppliers": ["dyer"]}, "suppliers: dyer of the firm, mill needed"),
        ({"customers": ["mall"]}, {}, "customers: none of the firm, mall needed"),
        (
            {"max_guarantees": "1.00"},
            {"guarantees": "1.01"},
            "guarantees: 1.01 CNY, at most 1.00 CNY allowed",
        ),
        (
            {"max_bank_loans": "0.00"},
            {"bank_loans": "0.01"},
            "bank loans: 0.01 CNY, at most 0.00 CNY allowed",
        ),
        ({"max_financing": "2.00"}, {"financing": "3.00"}, "financing: 3.00 CNY, at most 2.00 CNY allowed"),
        ({"min_bills": "2.00"}, {"bills": "1.99"}, "bills: 1.99 CNY, at least 2.00 CNY needed"),
    ],
)
def test_each_hard_filter_says_why_not(criteria: dict[str, Any], profile: dict[str, Any], why: str) -> None:
    assert broken(criteria, profile) == [why]
    matcher = Matcher(BranchTerms(), [place(**criteria)])
    assert matcher.best(firm(**profile), DAY, NOBODY) == ()


@pytest.mark.parametrize(
    ("criteria", "profile"),
    [
        ({"least": "50,000.00", "most": "50,000.00"}, {}),
        ({"least_months": 12, "most_months": 12}, {}),
        ({"price": "5%"}, {"price": "5%"}),
        ({"price": "0"}, {"price": "0"}),
        ({"industries": ["food"]}, {"industry": "food"}),
        ({"min_years": 5}, {"founded_on": "2019-05-02"}),
        ({"max_debt_ratio": "60%"}, {"debt_ratio": "60%"}),
        ({"min_revenue": "0.02"}, {"revenue": "0.02"}),
        ({"suppliers": ["dyer", "mill"]}, {"suppliers": ["mill", "x"]}),
        ({"max_guarantees": "1.00"}, {"guarantees": "1.00"}),
        ({"max_bank_loans": "1.00"}, {"bank_loans": "1.00"}),
        ({"max_financing": "none"}, {"financing": "92,233,720,368,547,758.07"}),
        ({"min_bills": "2.00"}, {"bills": "2.00"}),
    ],
)
def test_bounds_are_inside(criteria: dict[str, Any], profile: dict[str, Any]) -> None:
    assert broken(criteria, profile) == []
    matcher = Matcher(BranchTerms(), [place(**criteria)])
    assert matcher.best(firm(**profile), DAY, NOBODY) == best(
        BranchTerms(), [place(**criteria)], firm(**profile), DAY, NOBODY
    )
    assert len(matcher.best(firm(**profile), DAY, NOBODY)) == 1


def test_another_unit_does_not_match() -> None:
    usd = FirmProfile(unit=Unit("USD/2"))
    assert [it.name for it in filters(Criteria(), usd, DAY) if not it.holds] == ["amount"]
    assert Matcher(BranchTerms(), [place()]).best(usd, DAY, NOBODY) == ()


def test_fits_are_exact_parts() -> None:
    """Half the price, three of ten fen, a third of the months, a quarter of the way, 15 of 20 pushes."""
    criteria = Criteria(least=1, most=3, least_months=12, most_months=12, price=Rate.parse("4%"))
    profile = FirmProfile(
        least=1, most=10, least_months=11, most_months=13, price=Rate.parse("8%"), east=30_000, north=-7_500
    )
    found = fits(BranchTerms(), evolve(place(), criteria=criteria), profile, 5)
    assert found == {
        "price": Fraction(1, 2),
        "amount": Fraction(3, 10),
        "tenor": Fraction(1, 3),
        "distance": Fraction(1, 4),
        "load": Fraction(3, 4),
    }
    far = fits(BranchTerms(), evolve(place(), criteria=criteria), evolve(profile, east=10**8), 21)
    assert (far["distance"], far["load"]) == (0, 0)


def test_ties_go_by_date_then_bank_then_template() -> None:
    places = [
        place("t1", "c"),
        place("t2", "b", dated=2),
        place("t3", "b"),
        place("t4", "a"),
        place("t5", "a"),
        place("t6", "d", price="9%"),
    ]
    matcher = Matcher(BranchTerms(matches=10), places)
    found = [match.place.template for match in matcher.best(firm(), DAY, NOBODY)]
    assert found == ["t4", "t3", "t1", "t6"]  # one template of a bank, its best


_KINDS, _WORDS = ("a", "b", "c"), ("x", "y", "z")


def some(words: tuple[str, ...], least: int = 1) -> st.SearchStrategy[tuple[str, ...]]:
    return st.sets(st.sampled_from(words), min_size=least).map(lambda it: tuple(sorted(it)))


def ordered(low: int, high: int) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(low, high), min_size=2, max_size=2).map(sorted)


rates = st.sampled_from(["0", "1%", "4%", "4.35%", "1/15", "24%"]).map(Rate.parse)
places_ = st.builds(
    lambda bank, day, east, amounts, months, **criteria: (
        bank,
        day,
        east,
        Criteria(
            least=amounts[0], most=amounts[1], least_months=months[0], most_months=months[1], **criteria
        ),
    ),
    st.sampled_from(["b1", "b2", "b3", "b4", "b5"]),
    st.integers(1, 3),
    st.integers(-60_000, 60_000),
    ordered(1, 30),
    ordered(1, 12),
    kinds=some(_KINDS),
    collateral=some(_WORDS),
    price=rates,
    industries=some(_WORDS, 0),
    regions=some(_WORDS, 0),
    min_years=st.integers(0, 4),
    max_debt_ratio=st.sampled_from(["1/3", "1/2", "1"]).map(Rate.parse),
    min_revenue=st.integers(0, 5),
    segments=st.sampled_from([(), ("community",), ("industry",)]),
    suppliers=some(_WORDS, 0),
    max_guarantees=st.none() | st.integers(0, 5),
    max_bank_loans=st.none() | st.integers(0, 5),
    min_bills=st.integers(0, 5),
)
firms = st.builds(
    lambda amounts, months, **profile: FirmProfile(
        least=amounts[0], most=amounts[1], least_months=months[0], most_months=months[1], **profile
    ),
    ordered(1, 30),
    ordered(1, 12),
    kinds=some(_KINDS),
    collateral=some(_WORDS),
    price=rates,
    industry=st.sampled_from(_WORDS),
    region=st.sampled_from(_WORDS),
    founded_on=st.dates(date(2018, 1, 1), date(2025, 1, 1)),
    debt_ratio=st.sampled_from(["0", "1/3", "0.3333", "0.5", "1"]).map(Rate.parse),
    revenue=st.integers(0, 8),
    segment=st.sampled_from(SEGMENTS),
    suppliers=some(_WORDS, 0),
    guarantees=st.integers(0, 8),
    bank_loans=st.integers(0, 8),
    bills=st.integers(0, 8),
    east=st.integers(-60_000, 60_000),
)
weights = st.tuples(*[st.sampled_from([0, 10, 40])] * 4)


@given(st.lists(places_, max_size=25), firms, weights, st.integers(1, 4), st.randoms())
def test_e2_the_index_finds_what_the_plain_match_finds_in_any_order(
    made: list[Any], profile: FirmProfile, weights: tuple[int, ...], matches: int, random: Any
) -> None:
    places = [
        Place(f"t{number}", bank, f"w{number % 3}", date(2024, 5, day), east, 0, criteria)
        for number, (bank, day, east, criteria) in enumerate(made)
    ]
    price, amount, tenor, load = weights
    terms = BranchTerms(
        matches=matches, price_weight=price, amount_weight=amount, tenor_weight=tenor, load_weight=load
    )
    loads = Counter({"w0": 3, "w1": 20, "w2": 25})
    wanted = best(terms, places, profile, DAY, loads)
    random.shuffle(places)
    assert Matcher(terms, places).best(profile, DAY, loads) == wanted
    assert best(terms, places, profile, DAY, loads) == wanted
    for match in wanted:
        assert 0 <= match.score <= sum(terms.weights)
        assert all(it.holds for it in filters(match.place.criteria, profile, DAY))


@pytest.mark.parametrize("most", range(1, 6))
def test_the_search_stops_early_and_misses_nothing(most: int) -> None:
    """Many templates of few banks, all matching: cheaper ones are not always better."""
    places = [
        Place(
            *(f"t{number}", f"b{number * 7 % 11}", "west", date(2024, 5, 1 + number % 3)),
            *(number * 7919 % 40_000, 0),
            Criteria(
                least=1,
                most=1 + number * 31 % 10,
                most_months=12 + number * 17 % 12,
                price=Rate(Fraction(number * 13 % 50, 1_000)),
            ),
        )
        for number in range(120)
    ]
    terms = BranchTerms(matches=most)
    matcher = Matcher(terms, places)
    for price in ("5%", "6%", "24%"):
        for high in (1, 4, 10):
            profile = FirmProfile(least=1, most=high, most_months=24, price=Rate.parse(price))
            assert matcher.best(profile, DAY, NOBODY) == best(terms, places, profile, DAY, NOBODY)


@pytest.mark.parametrize(
    "data",
    [
        {"least": "2.00", "most": "1.00"},
        {"least_months": 3, "most_months": 2},
        {"kinds": []},
        {"kinds": [1]},
        {"kinds": "a b"},
        {"kinds": 7},
        {"price": "25%"},
        {"segment": "state", "segments": [""]},
    ],
)
def test_both_sides_are_checked(data: dict[str, Any]) -> None:
    with pytest.raises(BadTerms):
        Criteria.from_data(data)
    with pytest.raises(BadTerms):
        FirmProfile.from_data(data)


def test_both_sides_are_plain_data() -> None:
    criteria = Criteria.from_data({"kinds": "b, a,b", "industries": ["y", "x"], "min_revenue": "1.00"})
    assert (criteria.kinds, criteria.industries) == (("a", "b"), ("x", "y"))
    assert Criteria.from_data(criteria.as_data()) == criteria
    profile = FirmProfile.from_data({"founded_on": date(2020, 2, 29), "east": -5})
    assert profile.as_data()["founded_on"] == "2020-02-29"
    assert FirmProfile.from_data(profile.as_data()) == profile
    with pytest.raises(BadTerms):
        FirmProfile.from_data({"founded_on": "soon"})
    with pytest.raises(BadTerms):
        FirmProfile.from_data({"industry": "no word"})


# --- in the book --------------------------------------------------------------------------------------


def test_a_firm_is_matched_anew_when_it_changes() -> None:
    book = Network()
    book.template("t", price="6%")
    book.template("u", "east", price="2%", least="80,000.00")
    book.firm(price="8%")
    assert book.top() == ["t"]
    book.describe(price="8%", least="50,000.00", most="90,000.00")
    assert book.top() == ["u", "t"]
    book.describe(price="1%")
    assert book.top() == []
    assert book.record("lead", "f")["steps"].keys() == {"acquired", "screened", "matched"}


def test_firms_are_matched_anew_at_the_close_when_templates_change() -> None:
    book = Network()
    book.firm(price="8%")
    book.acquire("nobody")  # never described
    book.acquire("same", identity="9133f")
    assert book.books.record("branch.match", "n:f") is None
    book.template("t", price="6%")
    assert book.books.record("branch.match", "n:f") is None
    book.close()
    assert book.top() == ["t"]
    head = book.bank.ledger.reader.head().number
    book.close()
    assert book.bank.ledger.reader.head().number == head + 2  # the day begins and ends; nothing to match
    book.do(WithdrawTemplate("n", "west", "t"))
    book.close()
    assert book.top() == []


def test_a_match_on_demand_sees_the_loads_of_the_day() -> None:
    book = Network(capacity=2)
    book.template("t")
    book.template("u", "east")
    book.firm("f")
    book.firm("g")
    assert book.top() == ["u", "t"]  # boc before icbc, all else is equal
    book.push("p", "g", "u")
    assert book.top() == ["u", "t"]
    book.do(MatchFirm("n", "f"))
    assert book.top() == ["t", "u"]
    rows = {row[3]: row[4] for row in book.rows("matches") if row[0] == "f"}
    assert rows == {"t": "92.55", "u": "87.55"}
