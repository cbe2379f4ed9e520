"""The best matches of many firms among many templates, exact and deterministic, from an index.

Every hard filter is one set of templates, a whole number with a bit for each; a firm's candidates are
the intersection of such sets.  Templates stand in order of price, so that the search stops where
no later one can be among the best.  All fits of one firm have a common denominator: scores compare as
whole numbers, and the answer is that of `matching.best`, whatever the order of the templates.

>>> from bankcore.products.branch.matching import Place
>>> matcher = Matcher(BranchTerms(), [Place("t1", "icbc", "west", date(2024, 5, 1), 0, 0, Criteria())])
>>> [(it.place.template, it.score) for it in matcher.best(FirmProfile(), date(2024, 5, 2), {"west": 0})]
[('t1', Fraction(371, 4))]
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from fractions import Fraction
from math import lcm

from bankcore.amounts import MAX_QUANTITY
from bankcore.products.branch.criteria import Criteria, FirmProfile
from bankcore.products.branch.matching import Match, Place
from bankcore.products.branch.programmes import BranchTerms
from bankcore.units import Unit

__all__ = ["Matcher"]


class Matcher:
    """An index over templates; building it is linear in them but for sorting."""

    def __init__(self, terms: BranchTerms, places: Iterable[Place]) -> None:
        self._terms = terms
        order = sorted(places, key=lambda it: (it.criteria.price.fraction, it.dated_on, it.bank, it.template))
        self._places = order
        its = [place.criteria for place in order]
        ties = sorted(range(len(order)), key=lambda i: (order[i].dated_on, order[i].bank, order[i].template))
        self._tie = {place: rank for rank, place in enumerate(ties)}
        self._scale = lcm(
            *(rate.fraction.denominator for it in its for rate in (it.price, it.max_debt_ratio))
        )
        self._prices = [self._scaled(it.price.fraction) for it in its]
        self._rows = [
            (price, it.least, it.most, it.least_months, it.most_months, place.east, place.north)
            for price, it, place in zip(self._prices, its, order, strict=True)
        ]
        self._kinds = _Words(its, lambda it: it.kinds)
        self._collateral = _Words(its, lambda it: it.collateral)
        self._industries = _Words(its, lambda it: it.industries)
        self._regions = _Words(its, lambda it: it.regions)
        self._least = _AtMost([it.least for it in its])
        self._most = _AtLeast([it.most for it in its])
        self._least_months = _AtMost([it.least_months for it in its])
        self._most_months = _AtLeast([it.most_months for it in its])
        self._years = _AtMost([it.min_years for it in its])
        self._revenue = _AtMost([it.min_revenue for it in its])
        self._debts = _AtLeast([self._scaled(it.max_debt_ratio.fraction) for it in its])
        self._segments = _Words(its, lambda it: it.segments)
        self._suppliers = _Words(its, lambda it: it.suppliers)
        self._customers = _Words(its, lambda it: it.customers)
        self._guarantees = _AtLeast([_bound(it.max_guarantees) for it in its])
        self._bank_loans = _AtLeast([_bound(it.max_bank_loans) for it in its])
        self._financing = _AtLeast([_bound(it.max_financing) for it in its])
        self._bills = _AtMost([it.min_bills for it in its])
        self._units: dict[Unit, int] = {}
        for place, it in enumerate(its):
            self._units[it.unit] = self._units.get(it.unit, 0) | 1 << place

    def best(self, profile: FirmProfile, on: date, loads: Mapping[str, int]) -> tuple[Match, ...]:
        """The best template of each of the best banks for a firm; `loads` are the day's pushes by branch."""
        scores = _Scores(self._terms, profile, self._scale)
        rows, places, tie, most = self._rows, self._places, self._tie, self._terms.matches
        found: list[tuple[int, int, str, int]] = []  # -score, tie, bank, place: the best of different banks
        left = self._candidates(profile, on)
        while left:
            bit = left & -left
            left ^= bit
            i = bit.bit_length() - 1
            row, place = rows[i], places[i]
            if len(found) == most and -found[-1][0] > scores.bound(row[0]):
                break  # the templates that follow are not cheaper
            key = (-scores.of(row, loads[place.branch]), tie[i], place.bank, i)
            if len(found) < most or key < found[-1]:
                _keep(found, key, most)
        return tuple(Match(places[i], Fraction(-score, scores.whole)) for score, _, _, i in found)

    def _candidates(self, profile: FirmProfile, on: date) -> int:
        """The templates whose hard filters all hold, as bits."""
        price = profile.price.fraction
        affordable = bisect_right(self._prices, price.numerator * self._scale // price.denominator)
        ratio = profile.debt_ratio.fraction
        return (
            (1 << affordable) - 1
            & self._units.get(profile.unit, 0)
            & self._least.bits(profile.most)
            & self._most.bits(profile.least)
            & self._kinds.any_of(profile.kinds)
            & self._least_months.bits(profile.most_months)
            & self._most_months.bits(profile.least_months)
            & self._collateral.any_of(profile.collateral)
            & self._industries.any_of((profile.industry,))
            & self._regions.any_of((profile.region,))
            & self._years.bits(profile.years(on))
            & self._debts.bits(-(-ratio.numerator * self._scale // ratio.denominator))
            & self._revenue.bits(profile.revenue)
            & self._segments.any_of((profile.segment,))
            & self._suppliers.any_of(profile.suppliers)
            & self._customers.any_of(profile.customers)
            & self._guarantees.bits(profile.guarantees)
            & self._bank_loans.bits(profile.bank_loans)
            & self._financing.bits(profile.financing)
            & self._bills.bits(profile.bills)
        )

    def _scaled(self, rate: Fraction) -> int:
        return rate.numerator * (self._scale // rate.denominator)


class _Scores:
    """The scores of one firm over their common denominator `whole`."""

    def __init__(self, terms: BranchTerms, profile: FirmProfile, scale: int) -> None:
        price, amount, tenor, distance, load = terms.weights
        most = profile.price.fraction
        self._most, self._per = (most.numerator * scale, most.denominator) if most else (1, 0)
        amounts = profile.most - profile.least + 1
        months = profile.most_months - profile.least_months + 1
        self.whole = self._most * amounts * months * terms.reach * terms.capacity
        self._price = price * (self.whole // self._most)
        self._amount = amount * (self.whole // amounts)
        self._tenor = tenor * (self.whole // months)
        self._distance = distance * (self.whole // terms.reach)
        self._load = load * (self.whole // terms.capacity)
        self._others = (amount + tenor + distance + load) * self.whole
        self._reach, self._capacity, self._profile = terms.reach, terms.capacity, profile

    def of(self, row: tuple[int, int, int, int, int, int, int], load: int) -> int:
        """The score of a template for which all filters hold."""
        price, least, most, least_months, most_months, east, north = row
        it = self._profile
        away = abs(east - it.east) + abs(north - it.north)
        return (
            self._price * (self._most - price * self._per)
            + self._amount * (min(most, it.most) - max(least, it.least) + 1)
            + self._tenor * (min(most_months, it.most_months) - max(least_months, it.least_months) + 1)
            + self._distance * max(self._reach - away, 0)
            + self._load * max(self._capacity - load, 0)
        )

    def bound(self, price: int) -> int:
        """What no template of at least this price exceeds."""
        return self._price * (self._most - price * self._per) + self._others


def _keep(found: list[tuple[int, int, str, int]], key: tuple[int, int, str, int], most: int) -> None:
    """Put a match among the best of different banks."""
    for place, other in enumerate(found):
        if other[2] == key[2]:
            if other < key:
                return
            del found[place]
            break
    found.append(key)
    found.sort()
    del found[most:]


def _bound(most: int | None) -> int:
    return MAX_QUANTITY if most is None else most


class _AtMost:
    """Which templates have a number of at most a value."""

    def __init__(self, numbers: list[int]) -> None:
        self._steps = sorted(set(numbers))
        self._bits = _running(numbers, self._steps)

    def bits(self, value: int) -> int:
        return self._bits[bisect_right(self._steps, value)]


class _AtLeast:
    """Which templates have a number of at least a value."""

    def __init__(self, numbers: list[int]) -> None:
        self._steps = sorted(set(numbers))
        below = _running(numbers, self._steps)
        self._bits = [below[-1] ^ bits for bits in below]

    def bits(self, value: int) -> int:
        return self._bits[bisect_left(self._steps, value)]


def _running(numbers: list[int], steps: list[int]) -> list[int]:
    """For each count of the lowest steps, the bits of the templates whose number is among them."""
    at = dict.fromkeys(steps, 0)
    for place, number in enumerate(numbers):
        at[number] |= 1 << place
    bits, sums = 0, [0]
    for step in steps:
        bits |= at[step]
        sums.append(bits)
    return sums


class _Words:
    """Which templates name a word; one that names none takes all."""

    def __init__(self, its: list[Criteria], words: Callable[[Criteria], tuple[str, ...]]) -> None:
        self._bits: dict[str, int] = {}
        self._open = 0
        for place, it in enumerate(its):
            named = words(it)
            self._open |= 0 if named else 1 << place
            for word in named:
                self._bits[word] = self._bits.get(word, 0) | 1 << place

    def any_of(self, words: tuple[str, ...]) -> int:
        bits = self._open
        for word in words:
            bits |= self._bits.get(word, 0)
        return bits
