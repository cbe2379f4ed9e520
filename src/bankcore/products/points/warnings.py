"""Warnings (到期提醒): a notice to the holder some days before points of a card expire.

Which card holds what expires on which day is read from the notes of the day on which they expire.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product.plan import Plan, Rule, Step
from bankcore.product.product import Noun, Phase
from bankcore.product.records import pages
from bankcore.products.points.lots import DUE, Lot, left_of
from bankcore.products.points.programmes import PROGRAMMES, PointsVoucher

__all__: list[str] = []

noun = Noun(__name__)


@noun.daily(Phase.REPORT)
def warn(books: Books, day: date) -> Iterator[Step]:
    """Tell whose points expire so many days from now as the terms say, a page of cards to a step."""
    for programme, terms in PROGRAMMES.offered(books):
        if (date.max - day).days <= terms.warning_days:
            continue
        last = day + timedelta(days=terms.warning_days)
        due = last + timedelta(days=1)  # the day whose close takes them
        for page in pages(books, DUE.kind, f"{programme}:{due}", size=DUE.page):
            yield Step(f"{programme}/warn/{DUE.thing(page[0])}", _rule(programme, last, page))


def _rule(programme: str, last: date, page: list[Record]) -> Rule:
    def rule(books: Books) -> Plan:
        voucher = PointsVoucher(books, PROGRAMMES.today(books, programme), programme)
        for card in map(DUE.thing, page):
            if points := left_of(Lot.every(books, programme, card, str(last))):
                subject = f"points-{programme}"
                voucher.notify(card, "points-expiring", subject, points=points, last_day=str(last))
        return voucher.plan("warn", f"points of {programme} expire after {last}")

    return rule
