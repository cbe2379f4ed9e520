"""The grade of an enterprise, made of the ratings (互评) that its partners gave it."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from bankcore.ledger.books import Books
from bankcore.products.enterprise import registry

__all__ = ["grade_for", "grade_of"]

_GRADES: Final = (("A", Fraction(9, 2)), ("B", Fraction(7, 2)), ("C", Fraction(5, 2)))  # from which mean on
_UNRATED: Final = "C"  # neither trusted nor suspected
_WORST: Final = "D"


def grade_for(ratings: int, stars: int) -> str:
    """The grade of so many ratings with so many stars together; C where there are none.

    >>> [grade_for(2, stars) for stars in (10, 9, 8, 5, 4)], grade_for(0, 0)
    (['A', 'A', 'B', 'C', 'D'], 'C')
    """
    if not ratings:
        return _UNRATED
    mean = Fraction(stars, ratings)
    return next((grade for grade, least in _GRADES if mean >= least), _WORST)


def grade_of(books: Books, programme: str, enterprise: str) -> str:
    """An enterprise's grade, A to D, from all ratings of its partners."""
    record = books.record(registry.STANDING, f"{programme}:{enterprise}")
    return _UNRATED if record is None else grade_for(record.data["ratings"], record.data["stars"])
