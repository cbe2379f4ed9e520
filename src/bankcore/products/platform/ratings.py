"""Mutual ratings (互评): stars from one party of a settled trade to the other, and the grade they make."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from bankcore.ledger.books import Books
from bankcore.product.plan import Plan
from bankcore.products.platform import commands, registry
from bankcore.products.platform.draft import Draft
from bankcore.products.platform.refusals import AlreadyRated, NotSettled
from bankcore.products.platform.terms import PlatformTerms
from bankcore.products.platform.trades import State, trade_in

__all__ = ["grade_for", "grade_of", "rate_trade"]

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


def rate_trade(terms: PlatformTerms, command: commands.RateTrade, books: Books) -> Plan:
    """Note the stars for the other party.

    Refuses, in this order: NotFound, NotParty, NotSettled, AlreadyRated.
    """
    trade = trade_in(books, command.programme, command.trade)
    rated = trade.other(command.party)
    if trade.state is not State.SETTLED:
        raise NotSettled(trade.id, trade.state.value)
    id = (trade.programme, rated, trade.id)
    draft = Draft(books, terms, trade.programme)
    if draft.data(registry.RATING, *id):
        raise AlreadyRated(command.party, trade.id)
    draft.write(registry.RATING, *id, by=command.party, stars=command.stars, on=books.today.isoformat())
    known = draft.data(registry.STANDING, trade.programme, rated)
    sums = {"ratings": known.get("ratings", 0) + 1, "stars": known.get("stars", 0) + command.stars}
    draft.write(registry.STANDING, trade.programme, rated, **sums)
    return Plan((draft.transaction("rate", f"{command.party} rates trade {trade.id}"),))
