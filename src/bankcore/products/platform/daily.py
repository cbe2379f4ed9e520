"""The close of a day: offers whose last day it is leave the market, entitlements that expired their lots.

Only what is due is read, in pages, each a step of its own, so the work is linear in what ends and a
run killed anywhere goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from bankcore.errors import BadDate
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product.plan import Plan, Step
from bankcore.product.records import ids, pages
from bankcore.products.enterprise import registry
from bankcore.products.enterprise.draft import Draft
from bankcore.products.enterprise.entitlements import expire, expired_lots, expiry_of, index_expiry
from bankcore.products.enterprise.terms import EnterpriseTerms
from bankcore.products.platform.offers import run_out

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


def _run_out(terms: EnterpriseTerms, programme: str, page: list[Record]) -> Rule:
    """The rule that takes a page of offers off the market."""

    def rule(books: Books) -> Plan:
        draft = Draft(books, terms, programme)
        for due in page:
            run_out(draft, _last(due))
        text = f"offers of {programme} run out"
        return Plan() if draft.is_empty else Plan((draft.transaction("run-out", text),))

    return rule


def _expire(terms: EnterpriseTerms, programme: str, page: list[Record]) -> Rule:
    """The rule that expires the lots of a page of enterprises."""

    def rule(books: Books) -> Plan:
        drafts = (_expiring(Draft(books, terms, programme), due) for due in page)
        text = f"entitlements of {programme} expire"
        return Plan(tuple(draft.transaction("expire", text) for draft in drafts if not draft.is_empty))

    return rule


def _expiring(draft: Draft, due: Record) -> Draft:
    """The end of one enterprise's lots; put off to tomorrow where an account is frozen."""
    enterprise, books = _last(due), draft.books
    lots = expired_lots(books, draft.programme, enterprise, due.data["since"])
    if lots:
        expire(draft, enterprise, lots)
        if not draft.is_postable():
            draft = Draft(books, draft.terms, draft.programme)
            index_expiry(draft, enterprise, books.today + timedelta(days=1), expiry_of(lots[0]))
    return draft


def _last(record: Record) -> str:
    return record.id.rpartition(":")[2]
