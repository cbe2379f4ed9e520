"""Firms matched with a thousand templates of due diligence, in memory: the index, and its growth.

Firms and templates differ in every criterion, from a seed; a few firms are also matched without the index,
which must give the same result.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from measure import Result, seconds

from bankcore.products.branch import BranchTerms, Criteria, FirmProfile
from bankcore.products.branch.matcher import Matcher
from bankcore.products.branch.matching import Match, Place, best
from bankcore.rates import Rate

TEMPLATES, BANKS, BRANCHES = 1_000, 100, 400
MOST_SECONDS = 10  # for a hundred thousand firms
CHECKED = 20
DAY = date(2025, 6, 2)
YUAN = 100
KINDS = ("equipment", "mortgage", "trade", "working-capital")
COLLATERAL = ("guarantee", "none", "property", "stock")
INDUSTRIES = tuple(f"i{number:02}" for number in range(20))
FIRMS = tuple(f"s{number:02}" for number in range(20))
REGIONS = tuple(f"r{number:02}" for number in range(30))


def matching(sizes: Sequence[int]) -> Iterator[Result]:
    """A line for each number of firms, compared with the plain match of a few."""
    chance = random.Random(105913315)
    terms, places = BranchTerms(), [template(chance, number) for number in range(TEMPLATES)]
    loads = Counter({f"w{number:03}": chance.randrange(25) for number in range(BRANCHES)})
    for size in sizes:
        firms = [firm(chance) for _ in range(size)]
        found: list[tuple[Match, ...]] = []
        taken = seconds(_match, terms, places, firms, loads, found)
        plain: list[tuple[Match, ...]] = []
        floor = seconds(_match_plainly, terms, places, firms[:CHECKED], loads, plain)
        if plain != found[:CHECKED]:
            raise SystemExit("the index and the plain match differ")
        limit = MOST_SECONDS * size / 100_000
        yield Result(
            f"{size:,} firms matched with {TEMPLATES:,} templates (plain: extrapolated)",
            f"{floor * size / CHECKED:,.0f} s",
            f"{taken:.2f} s",
            f"{floor * size / CHECKED / taken:,.0f}x faster",
            f"<= {limit:g} s",
            taken <= limit,
        )


def _match(
    terms: BranchTerms, places: list[Place], firms: list[FirmProfile], loads: Counter[str], found: list[Any]
) -> None:
    matcher = Matcher(terms, places)
    found += (matcher.best(firm, DAY, loads) for firm in firms)


def _match_plainly(
    terms: BranchTerms, places: list[Place], firms: list[FirmProfile], loads: Counter[str], found: list[Any]
) -> None:
    found += (best(terms, places, firm, DAY, loads) for firm in firms)


def template(chance: random.Random, number: int) -> Place:
    least = chance.randrange(1, 50) * 10_000 * YUAN
    return Place(
        *(f"t{number:04}", f"b{chance.randrange(BANKS):02}", f"w{chance.randrange(BRANCHES):03}"),
        *(date(2025, 5, chance.randrange(1, 29)), chance.randrange(60_000), chance.randrange(60_000)),
        Criteria(
            least=least,
            most=least * chance.randrange(1, 40),
            kinds=_some(chance, KINDS, 1, 3),
            least_months=chance.randrange(1, 12),
            most_months=chance.randrange(12, 61),
            collateral=_some(chance, COLLATERAL, 1, 3),
            price=Rate(Fraction(chance.randrange(300, 1_500), 10_000)),
            industries=_some(chance, INDUSTRIES, 0, 8),
            regions=_some(chance, REGIONS, 0, 8),
            min_years=chance.randrange(6),
            max_debt_ratio=Rate(Fraction(chance.randrange(30, 101), 100)),
            min_revenue=chance.randrange(100) * 10_000 * YUAN,
            suppliers=_some(chance, FIRMS, 5, 9) if chance.randrange(10) == 0 else (),
            max_guarantees=chance.choice((None, chance.randrange(50, 500) * 10_000 * YUAN)),
            max_bank_loans=chance.choice((None, chance.randrange(50, 500) * 10_000 * YUAN)),
            min_bills=chance.choice((0, chance.randrange(20) * 10_000 * YUAN)),
        ),
    )


def firm(chance: random.Random) -> FirmProfile:
    least, months = chance.randrange(1, 300) * 10_000 * YUAN, chance.randrange(3, 36)
    return FirmProfile(
        least=least,
        most=least + chance.randrange(100) * 10_000 * YUAN,
        kinds=_some(chance, KINDS, 1, 2),
        least_months=months,
        most_months=months + chance.randrange(24),
        collateral=_some(chance, COLLATERAL, 1, 3),
        price=Rate(Fraction(chance.randrange(400, 2_000), 10_000)),
        industry=chance.choice(INDUSTRIES),
        region=chance.choice(REGIONS),
        founded_on=date(2025 - chance.randrange(20), 5, 1),
        debt_ratio=Rate(Fraction(chance.randrange(100), 100)),
        revenue=chance.randrange(500) * 10_000 * YUAN,
        suppliers=_some(chance, FIRMS, 0, 3),
        guarantees=chance.randrange(100) * 10_000 * YUAN,
        bank_loans=chance.randrange(200) * 10_000 * YUAN,
        bills=chance.randrange(100) * 10_000 * YUAN,
        east=chance.randrange(60_000),
        north=chance.randrange(60_000),
    )


def _some(chance: random.Random, words: tuple[str, ...], least: int, most: int) -> tuple[str, ...]:
    return tuple(sorted(chance.sample(words, chance.randint(least, most))))
