"""Members (会员): what a card spent with a provider, and what that has earned in all.

Points are the floor of the exact sum over all net spend, under whatever versions of the agreement, so
neither the size of orders, nor refunds, nor an agreement that is signed anew change what is earned.

>>> member = Member(id="card:c001:g1", day=date(2024, 5, 1))
>>> terms = PointsTerms()
>>> for version in "123456":
...     member = member.spent(f"standard/{version}", Fraction(1), Fraction(1, 10), 99)
>>> member.earned(terms)
(5, Fraction(1, 2))
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import ClassVar

from attrs import evolve, field, frozen

from bankcore.ledger.books import Books
from bankcore.product.facts import Facts
from bankcore.product.product import Noun
from bankcore.products.points.programmes import PROGRAMMES, PointsTerms
from bankcore.products.points.providers import CREDIT, Provider
from bankcore.rates import round_down

__all__: list[str] = []

noun = Noun(__name__)


@frozen
class Part:
    """What was spent under one version of an agreement, net, in minor units, and what that version gives."""

    rate: Fraction
    credit_rate: Fraction
    spend: int


@frozen(kw_only=True)
class Member(Facts):
    """What a card spent with a provider, by class and version of the agreement, as `standard/1`.

    `issued` are its points; `on_day` is what earns points of the orders of `day`, the latest, in minor
    units.
    """

    KIND: ClassVar = "points.member"  # programme:card:provider
    parts: Mapping[str, Part] = field(factory=dict)
    issued: int = 0
    day: date
    on_day: int = 0

    def spent(self, version: str, rate: Fraction, credit_rate: Fraction, spend: int) -> Member:
        """With more net spend under a version."""
        known = self.parts.get(version, Part(rate, credit_rate, 0))
        return self._with(version, evolve(known, spend=known.spend + spend))

    def unspent(self, version: str, spend: int, day: date) -> Member:
        """With less net spend of a day under a version; one of which nothing is left is forgotten."""
        if not spend:
            return self
        known, on_day = self.parts[version], self.on_day - (spend if day == self.day else 0)
        return evolve(self._with(version, evolve(known, spend=known.spend - spend)), on_day=on_day)

    def _with(self, version: str, part: Part) -> Member:
        others = {key: it for key, it in self.parts.items() if key != version}
        return evolve(self, parts=others | ({version: part} if part.spend else {}))

    def earned(self, terms: PointsTerms) -> tuple[int, Fraction]:
        """All its points, and the provider's exact credit points for them.

        Both follow from what is spent by now alone, whatever was ordered and refunded in between.
        """
        exact, points, credit = Fraction(0), 0, Fraction(0)
        for _, part in sorted(self.parts.items()):
            exact += terms.earned(part.rate, part.spend)
            credit += part.credit_rate * (round_down(exact) - points)
            points = round_down(exact)
        return points, credit


@noun.invariant("C9")
def credit_points_are_cumulative(books: Books) -> Iterator[str]:
    """A provider's credit points are the floor of their exact sum over all members."""
    exact: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    for programme, terms in PROGRAMMES.offered(books):
        for member in Member.every(books, programme):
            exact[programme, member.ids[2]] += member.earned(terms)[1]
    for it in Provider.every(books):
        wanted, balance = exact[it.ids[0], it.ids[1]], books.balance(CREDIT(*it.ids))
        if it.credit != wanted or balance != round_down(wanted):
            yield f"{it.id}: exact {wanted}, noted {it.credit}, has {balance}"
