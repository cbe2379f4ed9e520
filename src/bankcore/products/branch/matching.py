"""The match of one firm with one template: every hard filter, every fit, in words and figures.

This is the plain path that explains; `matcher` finds the same best matches among thousands.

>>> place = Place("t1", "icbc", "west", date(2024, 5, 1), 0, 0, Criteria())
>>> [it.text for it in filters(place.criteria, FirmProfile(most_months=60), date(2024, 5, 1))][2]
'12 to 60 months wanted, 1 to 36 offered'
>>> score(BranchTerms(), place, FirmProfile(), 0)
Fraction(371, 4)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from fractions import Fraction

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.products.branch.criteria import Criteria, FirmProfile
from bankcore.products.branch.programmes import BranchTerms
from bankcore.rates import round_half_up
from bankcore.units import Unit

__all__ = ["Filter", "Match", "Place", "best", "decimal", "filters", "fits", "rank", "score"]


@frozen
class Place:
    """A template where it is offered: the bank, its branch and where that is; `dated_on` breaks ties."""

    template: str
    bank: str
    branch: str
    dated_on: date
    east: int
    north: int
    criteria: Criteria


@frozen
class Filter:
    """One hard filter of a match: whether it holds, and why or why not."""

    name: str
    holds: bool
    text: str


@frozen
class Match:
    """A firm's match with a template; the score runs from 0 to the sum of the weights."""

    place: Place
    score: Fraction


def filters(criteria: Criteria, profile: FirmProfile, on: date) -> Iterator[Filter]:
    """All hard filters of a template for a firm, on a day: ranges intersect, sets overlap, bounds hold."""
    wanted, given = (
        f"{Amount(it.least, it.unit)} to {Amount(it.most, it.unit)}" for it in (profile, criteria)
    )
    yield Filter(
        "amount",
        profile.unit == criteria.unit and profile.least <= criteria.most and criteria.least <= profile.most,
        f"{wanted} wanted, {given} offered",
    )
    yield _overlap("kind", profile.kinds, criteria.kinds)
    yield Filter(
        "tenor",
        profile.least_months <= criteria.most_months and criteria.least_months <= profile.most_months,
        f"{profile.least_months} to {profile.most_months} months wanted, "
        f"{criteria.least_months} to {criteria.most_months} offered",
    )
    yield _overlap("collateral", profile.collateral, criteria.collateral)
    yield Filter(
        "price",
        criteria.price.fraction <= profile.price.fraction,
        f"at most {profile.price} accepted, from {criteria.price} asked",
    )
    yield _among("industry", profile.industry, criteria.industries)
    yield _among("region", profile.region, criteria.regions)
    years = profile.years(on)
    yield Filter(
        "years", years >= criteria.min_years, f"{years} years old, at least {criteria.min_years} needed"
    )
    yield Filter(
        "debt ratio",
        profile.debt_ratio.fraction <= criteria.max_debt_ratio.fraction,
        f"{profile.debt_ratio}, at most {criteria.max_debt_ratio} allowed",
    )
    yield Filter(
        "revenue",
        profile.revenue >= criteria.min_revenue,
        f"{Amount(profile.revenue, profile.unit)}, at least "
        f"{Amount(criteria.min_revenue, criteria.unit)} needed",
    )
    yield _among("segment", profile.segment, criteria.segments)
    yield _any_of("suppliers", profile.suppliers, criteria.suppliers)
    yield _any_of("customers", profile.customers, criteria.customers)
    yield _bounded("guarantees", profile.guarantees, criteria.max_guarantees, criteria.unit)
    yield _bounded("bank loans", profile.bank_loans, criteria.max_bank_loans, criteria.unit)
    yield _bounded("financing", profile.financing, criteria.max_financing, criteria.unit)
    yield Filter(
        "bills",
        profile.bills >= criteria.min_bills,
        f"{Amount(profile.bills, profile.unit)}, at least {Amount(criteria.min_bills, criteria.unit)} needed",
    )


def fits(terms: BranchTerms, place: Place, profile: FirmProfile, load: int) -> dict[str, Fraction]:
    """How well a template fits a firm, each from 0 to 1; `load` is the branch's pushes of the day.

    Price: how far the guide lies below the most that the firm would pay, as a part of that.  Amount and
    tenor: the part of the wanted range that is offered.  Distance: along the grid, 0 from `reach` on.
    """
    criteria, most = place.criteria, profile.price.fraction
    away = abs(place.east - profile.east) + abs(place.north - profile.north)
    return {
        "price": 1 - criteria.price.fraction / most if most else Fraction(1),
        "amount": _covered(profile.least, profile.most, criteria.least, criteria.most),
        "tenor": _covered(
            profile.least_months, profile.most_months, criteria.least_months, criteria.most_months
        ),
        "distance": Fraction(max(terms.reach - away, 0), terms.reach),
        "load": Fraction(max(terms.capacity - load, 0), terms.capacity),
    }


def score(terms: BranchTerms, place: Place, profile: FirmProfile, load: int) -> Fraction:
    """The weighted sum of the fits."""
    found = fits(terms, place, profile, load).values()
    return sum((weight * fit for weight, fit in zip(terms.weights, found, strict=True)), Fraction(0))


def rank(match: Match) -> tuple[Fraction, date, str, str]:
    """The order of matches: score descending, then date of the template, bank, and template."""
    place = match.place
    return (-match.score, place.dated_on, place.bank, place.template)


def best(
    terms: BranchTerms, places: Iterable[Place], profile: FirmProfile, on: date, loads: Mapping[str, int]
) -> tuple[Match, ...]:
    """The best template of each of the best banks, whatever the order of the templates."""
    matches = (
        Match(place, score(terms, place, profile, loads[place.branch]))
        for place in places
        if all(it.holds for it in filters(place.criteria, profile, on))
    )
    firsts: dict[str, Match] = {}
    for match in sorted(matches, key=rank):
        firsts.setdefault(match.place.bank, match)
    return tuple(firsts.values())[: terms.matches]


def decimal(exact: Fraction) -> str:
    """An exact number of at least 0 with two decimals, rounded half up.

    >>> decimal(Fraction(2, 3))
    '0.67'
    """
    whole, part = divmod(round_half_up(exact * 100), 100)
    return f"{whole}.{part:02}"


def _covered(least: int, most: int, low: int, high: int) -> Fraction:
    return Fraction(min(most, high) - max(least, low) + 1, most - least + 1)


def _overlap(name: str, wanted: tuple[str, ...], offered: tuple[str, ...]) -> Filter:
    text = f"{', '.join(wanted)} of the firm, {', '.join(offered)} of the bank"
    return Filter(name, not {*wanted}.isdisjoint(offered), text)


def _among(name: str, its: str, allowed: tuple[str, ...]) -> Filter:
    return Filter(name, not allowed or its in allowed, f"{its}; {', '.join(allowed) or 'all'} taken")


def _any_of(name: str, its: tuple[str, ...], named: tuple[str, ...]) -> Filter:
    text = f"{', '.join(its) or 'none'} of the firm, {', '.join(named) or 'any'} needed"
    return Filter(name, not named or not {*its}.isdisjoint(named), text)


def _bounded(name: str, its: int, most: int | None, unit: Unit) -> Filter:
    allowed = "any" if most is None else f"at most {Amount(most, unit)}"
    return Filter(name, most is None or its <= most, f"{Amount(its, unit)}, {allowed} allowed")
