"""What is matched: items of the book and of the statement in one form, and the rules of matching."""

from __future__ import annotations

import re
from datetime import date
from enum import Enum
from typing import Final

from attrs import field, frozen

from bankcore.errors import BadTerms

__all__ = ["Item", "Kind", "Match", "Open", "Rules", "Sureness", "likeness", "plain", "transposed"]

_NOISE: Final = re.compile(r"[\W_]+")


@frozen
class Item:
    """A posting, or an entry of a statement; what comes in is positive, in the account's smallest unit.

    `undoes` names the item of the same side that this one reverses, `corrects` the one that it corrects.
    `parts` are the payments of a batch: quantity and references of each.  A posting `outside` the period can
    be matched, after those inside, and is never open.
    """

    name: str
    quantity: int
    day: date
    references: frozenset[str] = frozenset()
    text: str = ""
    undoes: str = ""
    corrects: str = ""
    parts: tuple[tuple[int, frozenset[str]], ...] = ()
    outside: bool = False
    words: frozenset[str] = field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        words = frozenset(word for word in _NOISE.split(self.text.casefold()) if len(word) > 1)
        object.__setattr__(self, "words", words)


class Sureness(Enum):
    """How sure a match is."""

    CERTAIN = "certain"  # a shared reference and the amount
    PROBABLE = "probable"  # amount and day, and no other item would do as well
    AMBIGUOUS = "ambiguous"  # others would do as well; a person decides


class Kind(Enum):
    """What an open item is found to be."""

    NOT_IN_BOOK = "not in the book"
    NOT_ON_STATEMENT = "not on the statement"
    TWICE_ON_STATEMENT = "twice on the statement"
    TWICE_IN_BOOK = "twice in the book"
    OTHER_AMOUNT = "another amount"
    OTHER_DAY = "another day"
    SUM_AMBIGUOUS = "several sums fit"
    TURNED_DOWN = "its match was turned down"


@frozen
class Match:
    """Postings and entries that are one and the same; one side is empty where items cancel each other."""

    ours: tuple[str, ...]
    theirs: tuple[str, ...]
    reason: str
    sureness: Sureness
    days: int = 0  # between them, at most


@frozen
class Open:
    """An item without a counterpart; `counterpart` names the item of the other side that it may belong to."""

    name: str
    kind: Kind
    counterpart: tuple[str, ...] = ()
    hint: str = ""


@frozen
class Rules:
    """How matching goes: `days` between two dates of one payment at most, and the limits of sums.

    A sum has at most `most_parts` parts out of the `most_candidates` items nearest in time, and all
    sums together take at most `most_steps` steps; where that ends a search, the result says so.  Amounts that
    are equal on days further apart, up to `far`, are named and not matched.
    """

    days: int = 5
    far: int = 40
    most_parts: int = 6
    most_candidates: int = 24
    most_steps: int = 400_000
    likeness: int = 400  # of two texts, in thousandths, from which on they are alike

    def __attrs_post_init__(self) -> None:
        for name in ("days", "far", "most_parts", "most_candidates", "most_steps", "likeness"):
            value = getattr(self, name)
            if type(value) is not int or value < 0:
                raise BadTerms(name, "a whole number of at least 0 is needed")


def plain(reference: str) -> str:
    """A reference without case and punctuation, as two programs may write it.

    >>> plain("RF18-5390 0754"), plain("rf1853900754")
    ('rf1853900754', 'rf1853900754')
    """
    return _NOISE.sub("", reference.casefold())


def likeness(one: Item, other: Item) -> int:
    """How many of the words of two texts are the same, in thousandths.

    >>> rent, flat = (Item("", 1, date(2024, 5, 1), text=text) for text in ("Rent of May", "rent of June"))
    >>> likeness(rent, flat)
    500
    """
    either = len(one.words | other.words)
    return 1000 * len(one.words & other.words) // either if either else 0


def transposed(one: int, other: int) -> bool:
    """Whether two amounts differ by two neighbouring digits that changed places.

    >>> transposed(12345, 12435), transposed(12345, 54321)
    (True, False)
    """
    if (one < 0) != (other < 0) or one == other:
        return False
    width = max(len(str(abs(one))), len(str(abs(other))))
    first, second = str(abs(one)).zfill(width), str(abs(other)).zfill(width)
    places = [at for at in range(width) if first[at] != second[at]]
    if len(places) != 2 or places[1] != places[0] + 1:
        return False
    at = places[0]
    return first[at] == second[at + 1] and first[at + 1] == second[at]
