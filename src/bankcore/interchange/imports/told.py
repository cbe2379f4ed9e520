"""A journal of another program as plain data, whatever its syntax was.

Numbers are exact fractions, debits positive; accounts and commodities have the names of the file.  What
could not be taken along is a list of gaps, each with its place.

>>> leg = Leg("Assets:Cash", Fraction(25, 2), "EUR")
>>> decimals(leg.number), Place("a.journal", 3)
(1, Place(file='a.journal', line=3))
>>> decimals(Fraction(1, 3)) is None
True
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any, Final

from attrs import define, field, frozen

from bankcore.interchange.imports.refusals import BadJournal

__all__ = ["Declared", "Gap", "Leg", "Place", "Told", "ToldTransaction", "decimals", "number_text"]

_NOTHING: Final[Mapping[str, Any]] = {}


@frozen
class Place:
    """A line of a file."""

    file: str
    line: int

    def refuse(self, reason: str) -> BadJournal:
        """The error of something here that cannot be read."""
        return BadJournal(self.file, self.line, reason)


@frozen
class Gap:
    """Something of the journal that is not in the book, or is there in another way.

    `what` is one of a few words, such as "price" or "virtual posting"; `reason` says what became of it.
    """

    place: Place
    what: str
    reason: str


@frozen
class Leg:
    """A posting: a debit of an account is positive.

    `priced` where it has a cost or a price, `alone` where it balances with nothing, as virtual ones may.
    """

    account: str
    number: Fraction
    commodity: str
    priced: bool = False
    alone: bool = False
    about: Mapping[str, Any] = _NOTHING


@frozen
class ToldTransaction:
    """A transaction as the file tells it, its elided amounts filled in; `about` is what else it says."""

    place: Place
    on: date
    description: str
    legs: tuple[Leg, ...]
    about: Mapping[str, Any] = _NOTHING


@frozen
class Declared:
    """What a journal says of an account besides its name; each may be empty."""

    type: str = ""
    path: str = ""
    normal_side: str = ""
    party: str = ""
    unit: str = ""


@define
class Told:
    """A whole journal.

    `precision` has the most decimals with which amounts of each commodity are written, `styles` those that
    the journal declares for it, `units` its unit where a journal of bankcore's own names it.
    """

    transactions: list[ToldTransaction] = field(factory=list)
    accounts: dict[str, Declared] = field(factory=dict)
    precision: dict[str, int] = field(factory=dict)
    styles: dict[str, int] = field(factory=dict)
    units: dict[str, str] = field(factory=dict)
    gaps: list[Gap] = field(factory=list)

    def gap(self, place: Place, what: str, reason: str) -> None:
        """Name something that is not represented."""
        self.gaps.append(Gap(place, what, reason))

    def see(self, commodity: str, places: int) -> None:
        """Remember with how many decimals an amount of a commodity is written."""
        self.precision[commodity] = max(self.precision.get(commodity, 0), places)


def decimals(number: Fraction) -> int | None:
    """The number of decimals of an exact number; None where no decimal is equal to it."""
    rest, places = number.denominator, 0
    for prime in (2, 5):
        count = 0
        while rest % prime == 0:
            rest //= prime
            count += 1
        places = max(places, count)
    return places if rest == 1 else None


def number_text(number: Fraction) -> str:
    """An exact number as decimal text, or as a fraction where no decimal is equal to it."""
    places = decimals(number)
    if places is None:
        return str(number)
    digits = str(abs(int(number * 10**places))).rjust(places + 1, "0")
    whole = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return f"-{whole}" if number < 0 else whole
