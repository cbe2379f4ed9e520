"""The close of a day: limits rise with points, interest accrues, a page of lines to a step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from attrs import evolve

from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record, Transaction
from bankcore.product.plan import Plan, Step
from bankcore.product.records import pages
from bankcore.products.credit import accounts, registry
from bankcore.products.credit.drawings import accrual
from bankcore.products.credit.limits import limit_legs
from bankcore.products.credit.lines import LineState
from bankcore.products.credit.refusals import HolderUnknown
from bankcore.products.credit.registry import Line
from bankcore.products.credit.tariff import Tariff
from bankcore.products.credit.terms import CreditTerms, Posting

__all__ = ["daily"]


def daily(books: Books, day: date) -> Iterator[Step]:
    """The steps of a day's close, programme by programme."""
    for programmes in pages(books, registry.TERMS):
        for programme in programmes:
            terms, tariff = registry.terms_of(books, programme.id), registry.tariff(books, programme.id)
            for page in pages(books, registry.LINE, programme.id):
                name = f"{programme.id}/lines/{page[0].id.replace(':', '/')}"
                yield Step(name, _serve(terms, tariff, page, day))


def _serve(terms: CreditTerms, tariff: Tariff, page: list[Record], day: date) -> Callable[[Books], Plan]:
    def rule(books: Books) -> Plan:
        return Plan(tuple(it for record in page for it in _close(terms, tariff, record, day, books)))

    return rule


def _close(
    terms: CreditTerms, tariff: Tariff, record: Record, day: date, books: Books
) -> Iterator[Transaction]:
    """What the close of a day does to one line; a frozen line catches up when it is free."""
    programme, kind, holder = record.id.split(":")
    line: Line = (programme, kind, holder)
    known = books.accounts([accounts.interest(*line), accounts.undrawn(*line)])
    if not all(account.status.takes_debits for account in known.values()):
        return
    state, next_day = LineState.from_data(record.data), day + timedelta(days=1)
    if state.due_on is not None:
        principal = books.balance(accounts.loan(*line))
        if terms.posting is Posting.DAILY:
            state = state.accrued(tariff, principal, next_day)
        elif day == state.due_on:
            state = state.accrued(tariff, principal, day)
        posted, after = accrual(terms, line, record, state, books)
        if posted:
            yield from posted
            record = after
        state = LineState.from_data(after.data)
    limit = _limit(terms, line, state, books)
    if limit > state.limit:
        legs = limit_legs(line, limit - state.limit)
        records = (record.next(**evolve(state, limit=limit).as_data()),)
        text = f"limit of {holder}"
        yield registry.operation(books, terms, programme, "limit", text, *legs, records)


def _limit(terms: CreditTerms, line: Line, state: LineState, books: Books) -> int:
    """The limit that points give today; no rise for who left or where it was decided otherwise."""
    if not state.automatic:
        return state.limit
    try:
        points = registry.standing(books, line).points
    except HolderUnknown:
        return state.limit
    return max(terms.limit(points, registry.per_of(terms, line)), state.limit)
