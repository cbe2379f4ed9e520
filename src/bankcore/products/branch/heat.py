"""Heat of products: clicks and purchases, halved with every full seven days, exact.

Events of one weekday halve on the same days, so seven sums are enough, each as it was on its day.

>>> parts = warmed({}, date(2024, 5, 1), 20)
>>> [heat(parts, date(2024, 5, day)) for day in (1, 7, 8, 15)]
[Fraction(20, 1), Fraction(20, 1), Fraction(10, 1), Fraction(5, 1)]
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from bankcore.ledger.books import Books
from bankcore.product.plan import Plan
from bankcore.product.records import every, existing, fresh
from bankcore.products.branch import commands, registry
from bankcore.products.branch.draft import Draft
from bankcore.products.branch.terms import BranchTerms
from bankcore.rates import fraction_text, parse_fraction

__all__ = ["click", "heat", "purchase", "ranking", "warmed"]

_WEEK = 7

Parts = Mapping[str, Any]  # by day of the week, the day of the last event and the exact sum then


def click(terms: BranchTerms, command: commands.Click, books: Books) -> Plan:
    """Count a click; it heats unless the user looked at the product today.  Refuses: NotFound."""
    product, user, today = command.product, command.user, books.today.isoformat()
    existing(books, registry.PRODUCT, command.programme, product)
    stored = books.record(registry.CLICK, f"{command.programme}:{product}:{user}")
    clicks = 0 if stored is None else stored.data["clicks"]
    draft = Draft(books, terms, command.programme)
    is_first = stored is None or stored.data["day"] != today
    warmth = terms.click_heat if is_first else 0
    draft.write(registry.CLICK, product, user, day=today, clicks=clicks + 1, heat=warmth)
    _warm(draft, product, warmth)
    return draft.plan("click", f"{user} looks at {product}")


def purchase(terms: BranchTerms, command: commands.Purchase, books: Books) -> Plan:
    """Count a purchase.  Refuses: NotFound, AlreadyTaken."""
    product = command.product
    existing(books, registry.PRODUCT, command.programme, product)
    fresh(books, registry.PURCHASE, command.programme, product, command.purchase)
    draft = Draft(books, terms, command.programme)
    data = {"user": command.user, "day": books.today.isoformat(), "heat": terms.purchase_heat}
    draft.write(registry.PURCHASE, product, command.purchase, **data)
    _warm(draft, product, terms.purchase_heat)
    return draft.plan("purchase", f"{command.user} buys {product}")


def ranking(books: Books, programme: str) -> list[tuple[str, Fraction]]:
    """The products, hottest first, equally hot ones by id."""
    found = []
    for product in every(books, registry.PRODUCT, programme):
        stored = books.record(registry.HEAT, product.id)
        found.append((registry.last(product), heat(stored.data["parts"] if stored else {}, books.today)))
    return sorted(found, key=lambda it: (-it[1], it[0]))


def heat(parts: Parts, today: date) -> Fraction:
    """The sum of all parts, halved for every full week since."""
    return sum((_cooled(day, exact, today) for day, exact in parts.values()), Fraction(0))


def warmed(parts: Parts, today: date, weight: int) -> dict[str, Any]:
    """The parts with one more event of today."""
    name = str(today.weekday())
    day, exact = parts.get(name, (today.isoformat(), "0/1"))
    sum_ = _cooled(day, exact, today) + weight
    return {**parts, name: [today.isoformat(), fraction_text(sum_)]}


def _cooled(day: str, exact: str, today: date) -> Fraction:
    weeks = (today - date.fromisoformat(day)).days // _WEEK
    return parse_fraction(exact) / (1 << weeks)


def _warm(draft: Draft, product: str, weight: int) -> None:
    if not weight:
        return
    stored = draft.books.record(registry.HEAT, f"{draft.programme}:{product}")
    parts = warmed(stored.data["parts"] if stored else {}, draft.books.today, weight)
    draft.write(registry.HEAT, product, parts=parts)
