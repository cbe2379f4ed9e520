"""Mutual ratings (互评) of enterprises: stars from the partners of settled trades, and the grade they make.

Nothing is posted.

>>> [grade_for(2, stars) for stars in (10, 9, 8, 5, 4)], grade_for(0, 0)
(['A', 'A', 'B', 'C', 'D'], 'C')
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import ClassVar, Final

from attrs import evolve, frozen

from bankcore.ledger.books import Books
from bankcore.product.actor import Role
from bankcore.product.facts import Facts
from bankcore.product.product import Noun
from bankcore.product.voucher import Voucher
from bankcore.tables import Table

__all__: list[str] = []

noun = Noun(__name__)

_GRADES: Final = (("A", Fraction(9, 2)), ("B", Fraction(7, 2)), ("C", Fraction(5, 2)))  # from which mean on
_UNRATED: Final = "C"  # neither trusted nor suspected
_WORST: Final = "D"


@frozen(kw_only=True)
class Rating(Facts):
    """What one party of a trade says of the other."""

    KIND: ClassVar = "platform.rating"  # programme:enterprise that is rated:trade
    by: str
    stars: int
    on: date


@frozen(kw_only=True)
class Standing(Facts):
    """The ratings of an enterprise summed up."""

    KIND: ClassVar = "platform.standing"  # programme:enterprise
    ratings: int = 0
    stars: int = 0

    @property
    def grade(self) -> str:
        """A to D."""
        return grade_for(self.ratings, self.stars)


def grade_for(ratings: int, stars: int) -> str:
    """The grade of so many ratings with so many stars together; C where there are none."""
    if not ratings:
        return _UNRATED
    mean = Fraction(stars, ratings)
    return next((grade for grade, least in _GRADES if mean >= least), _WORST)


def grade_of(books: Books, programme: str, enterprise: str) -> str:
    """An enterprise's grade, A to D, from all ratings of its partners."""
    standing = Standing.find(books, programme, enterprise)
    return _UNRATED if standing is None else standing.grade


def rate(voucher: Voucher, enterprise: str, trade: str, by: str, stars: int) -> None:
    """Note the stars that a partner gives an enterprise for a trade."""
    programme = voucher.agreement
    voucher.keep(Rating(id=f"{programme}:{enterprise}:{trade}", by=by, stars=stars, on=voucher.books.today))
    known = voucher.find(Standing, programme, enterprise) or Standing(id=f"{programme}:{enterprise}")
    voucher.keep(evolve(known, ratings=known.ratings + 1, stars=known.stars + stars))


@noun.report("ratings", own={Role.CUSTOMER: "enterprise"})
def ratings(books: Books) -> Table:
    """Grades and the ratings that they are made of."""
    rows = tuple((*it.ids, it.ratings, it.stars, it.grade) for it in Standing.every(books))
    return Table("Ratings", ("programme", "enterprise", "ratings", "stars", "grade"), rows)
