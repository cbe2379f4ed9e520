"""The close of a day: offers whose last day it is leave the market, entitlements that expired their lots.

Only what is due is read, in pages, each a step of its own, so the work is linear in what ends and a
run killed anywhere goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta

from bankcore.errors import BadDate
from bankcore.ledger.ports import Books
from bankcore.ledger.transactions import Record
from bankcore.products.platform import registry
from bankcore.products.platform.draft import Draft
from bankcore.products.platform.entitlements import expire, expired_lots, expiry_of, index_expiry
from bankcore.products.platform.offers import run_out
from bankcore.products.platform.terms import PlatformTerms
from bankcore.products.product import Plan, Step
from bankcore.products.records import ids, pages

__all__ = ["daily"]

_CHUNK = 500  # offers or enterprises served by one step

Rule = Callable[[Books], Plan]


def daily(books: Books, day: date) -> Iterator[Step]:
    """The steps of a day's close, programme by programme; raises BadDate for the last day there is."""
    if day == date.max and ids(books, registry.TERMS):
        raise BadDate(day, "no day follows to which what waits could be put off")
    return _steps(books, day)


def _steps(books: Books, day: date) -> Iterator[Step]:
    for programme in ids(books, registry.TERMS):
        terms = registry.terms_on(books, programme, day)
        for name, kind, rule in (
            ("offers", registry.OFFER_DUE, _run_out),
            ("entitlements", registry.LOT_DUE, _expire),
        ):
            for page in pages(books, kind, f"{programme}:{day}", size=_CHUNK):
                yield Step(f"{programme}/{name}/{_last(page[0])}", rule(terms, programme, page))


def _run_out(terms: PlatformTerms, programme: str, page: list[Record]) -> Rule:
    """The rule that takes a page of offers off the market."""

    def rule(books: Books) -> Plan:
        draft = Draft(books, terms, programme)
        for due in page:
            run_out(draft, _last(due))
        return _plan(draft, "run-out", f"offers of {programme} run out")

    return rule


def _expire(terms: PlatformTerms, programme: str, page: list[Record]) -> Rule:
    """The rule that expires the lots of a page of enterprises; frozen ones wait for the next day."""

    def rule(books: Books) -> Plan:
        lots = {
            _last(due): its
            for due in page
            if (its := expired_lots(books, programme, _last(due), due.data["since"]))
        }
        draft = _expiring(books, terms, programme, lots)
        if not draft.is_postable():
            free = {
                enterprise: its
                for enterprise, its in lots.items()
                if _expiring(books, terms, programme, {enterprise: its}).is_postable()
            }
            draft = _expiring(books, terms, programme, free)
            for enterprise in sorted(lots.keys() - free.keys()):
                tomorrow = books.today + timedelta(days=1)
                index_expiry(draft, enterprise, tomorrow, expiry_of(lots[enterprise][0]))
        return _plan(draft, "expire", f"entitlements of {programme} expire")

    return rule


def _expiring(books: Books, terms: PlatformTerms, programme: str, lots: Mapping[str, list[Record]]) -> Draft:
    draft = Draft(books, terms, programme)
    for enterprise, its in lots.items():
        expire(draft, enterprise, its)
    return draft


def _plan(draft: Draft, kind: str, text: str) -> Plan:
    return Plan() if draft.is_empty else Plan((draft.transaction(kind, text),))


def _last(record: Record) -> str:
    return record.id.rpartition(":")[2]
