"""What a bank asks of firms, and what a firm asks of banks: the two sides of a match.

>>> criteria = Criteria.from_data({"most": "500,000.00", "regions": ["hz"], "max_debt_ratio": "60%"})
>>> criteria.regions, str(criteria.price)
(('hz',), '4.35%')
>>> profile = FirmProfile.from_data({"industry": "retail", "region": "hz", "founded_on": "2019-03-01"})
>>> profile.years(date(2024, 2, 29)), profile.years(date(2024, 3, 1))
(4, 5)
"""

from __future__ import annotations

from datetime import date
from typing import Any

from attrs import frozen

from bankcore.calendars import parse_date
from bankcore.errors import BadTerms
from bankcore.product import term
from bankcore.product.terms import Terms
from bankcore.rates import Rate
from bankcore.units import Unit

__all__ = ["FAR", "SEGMENTS", "Criteria", "FirmProfile"]

FAR = 10**8  # metres; farther is no place
SEGMENTS = ("industry", "community")  # finance along a chain of firms, and around a place


def _words(default: tuple[str, ...], help: str, least: int = 1) -> Any:
    """A set of ids, kept sorted; written as a list, or as text with commas."""

    def allowed(value: tuple[Any, ...]) -> bool:
        known = all(isinstance(word, str) and term.ID.fullmatch(word) for word in value)
        return known and least <= len(value) <= 100 and value == tuple(sorted(set(value)))

    def read(value: Any, _: Unit) -> Any:
        listed = [word.strip() for word in value.split(",")] if isinstance(value, str) else value
        if not isinstance(listed, (list, tuple)) or not all(isinstance(word, str) for word in listed):
            return value
        return tuple(sorted(set(listed)))

    check = term.within(tuple, allowed, f"at least {least} and at most 100 ids are needed")
    return term.term(default, help, check, read, lambda value, _: list(value))


def _day(default: date, help: str) -> Any:
    check = term.within(date, lambda _: True, "a date is needed")
    return term.term(
        default,
        help,
        check,
        lambda text, _: text if type(text) is date else parse_date(text),
        lambda day, _: day.isoformat(),
    )


def _segment() -> Any:
    check = term.within(str, lambda word: word in SEGMENTS, f"one of {', '.join(SEGMENTS)} is needed")
    same = lambda word, _: word  # noqa: E731
    return term.term(SEGMENTS[0], "industry finance, or community finance", check, same, same)


def _check_ranges(both: Criteria | FirmProfile) -> None:
    if both.most < both.least:
        raise BadTerms("most", "it is below the least")
    if both.most_months < both.least_months:
        raise BadTerms("most_months", "it is below the least")


@frozen(kw_only=True)
class Criteria(Terms):
    """A bank's due-diligence template (尽调模板): the firms it wants; amounts in minor units of `unit`.

    An empty set of industries or regions takes all.  Raises BadTerms for a value out of bounds.
    """

    least: int = term.amount(10_000_00, "smallest loan", least=1)
    most: int = term.amount(1_000_000_00, "largest loan", least=1)
    kinds: tuple[str, ...] = _words(("working-capital",), "loan types it grants")
    least_months: int = term.count(1, 1, 360, "shortest tenor in months")
    most_months: int = term.count(36, 1, 360, "longest tenor in months")
    collateral: tuple[str, ...] = _words(("none",), "collateral it takes, any of these")
    price: Rate = term.rate("4.35%", "24%", "price guide: the yearly rate from which it lends")
    industries: tuple[str, ...] = _words((), "industries it lends to; all if empty", least=0)
    regions: tuple[str, ...] = _words((), "regions it lends in; all if empty", least=0)
    min_years: int = term.count(0, 0, 100, "whole years a firm must have existed")
    max_debt_ratio: Rate = term.rate("1", "10", "largest ratio of debts to assets")
    min_revenue: int = term.amount(0, "least yearly revenue")
    segments: tuple[str, ...] = _words((), "segments it lends to; all if empty", least=0)
    suppliers: tuple[str, ...] = _words((), "upstream firms, any of which must supply it", least=0)
    customers: tuple[str, ...] = _words((), "downstream firms, any of which it must supply", least=0)
    max_guarantees: int | None = term.amount(None, "largest sum of guarantees it gave; any if none")
    max_bank_loans: int | None = term.amount(None, "largest sum of its bank loans; any if none")
    max_financing: int | None = term.amount(None, "largest sum of its other financing; any if none")
    min_bills: int = term.amount(0, "least yearly payments of its bills")

    def __attrs_post_init__(self) -> None:
        _check_ranges(self)


@frozen(kw_only=True)
class FirmProfile(Terms):
    """What a firm is and wants (企业画像); amounts in minor units of `unit`, places in metres on one grid.

    Raises BadTerms for a value out of bounds.
    """

    least: int = term.amount(50_000_00, "least it can use", least=1)
    most: int = term.amount(50_000_00, "most it can use", least=1)
    kinds: tuple[str, ...] = _words(("working-capital",), "loan types it would take")
    least_months: int = term.count(12, 1, 360, "shortest tenor in months")
    most_months: int = term.count(12, 1, 360, "longest tenor in months")
    collateral: tuple[str, ...] = _words(("none",), "collateral it can give, any of these")
    price: Rate = term.rate("24%", "24%", "highest yearly rate it would pay")
    industry: str = term.id_("other", "its industry")
    region: str = term.id_("none", "its region, such as a city")
    community: str = term.id_("none", "its community there, such as a street or a business park")
    founded_on: date = _day(date(2000, 1, 1), "the day it was founded")
    debt_ratio: Rate = term.rate("0", "100", "ratio of its debts to its assets")
    revenue: int = term.amount(0, "its yearly revenue")
    segment: str = _segment()
    suppliers: tuple[str, ...] = _words((), "upstream firms: who supplies it", least=0)
    customers: tuple[str, ...] = _words((), "downstream firms: whom it supplies", least=0)
    guarantees: int = term.amount(0, "sum of the guarantees that it gave for others")
    bank_loans: int = term.amount(0, "sum of its bank loans")
    financing: int = term.amount(0, "sum of its other financing")
    bills: int = term.amount(0, "payments of its bills in a year")
    east: int = term.count(0, -FAR, FAR, "where it is, metres to the east")
    north: int = term.count(0, -FAR, FAR, "where it is, metres to the north")

    def __attrs_post_init__(self) -> None:
        _check_ranges(self)

    def years(self, on: date) -> int:
        """Whole years since it was founded; below 0 before."""
        born = self.founded_on
        return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
