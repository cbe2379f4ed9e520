"""Limits: they rise with points, fall only by decision, and never below what is drawn."""

from __future__ import annotations

from attrs import evolve

from bankcore.errors import BadTerms
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product.plan import Plan
from bankcore.product.records import minor_units, rescheduled, tomorrow
from bankcore.products.credit import accounts, commands, registry
from bankcore.products.credit.lines import LineState
from bankcore.products.credit.refusals import LimitBelowDrawn, NothingToRaise
from bankcore.products.credit.registry import Line
from bankcore.products.credit.terms import CreditTerms

__all__ = ["change_terms", "limit_legs", "open_line", "open_programme", "raise_limit", "set_limit"]


def open_programme(terms: CreditTerms, command: commands.OpenProgramme, books: Books) -> Plan:
    """Keep the terms and open the bank's accounts.  Refuses: LineOpen, UnitMismatch."""
    programme = command.programme
    registry.fresh(books, registry.TERMS, programme)
    records = (
        *registry.opened(books, accounts.bank_accounts(terms.unit, books.today)),
        Record(registry.TERMS, programme, {"schedule": [[books.today.isoformat(), terms.as_data()]]}),
    )
    text = f"credit lines for programme {programme}"
    return Plan((registry.operation(books, terms, programme, "open", text, {}, {}, records),))


def change_terms(terms: CreditTerms, command: commands.ChangeTerms, books: Books) -> Plan:
    """Schedule new terms: rates count from their day on, limits fall only by decision.

    What is drawn keeps its due date, and the grace in force on that date.
    Refuses: NotFound, BadTerms for a day before tomorrow and for another unit.
    """
    programme, start = command.programme, command.effective_on or tomorrow(books)
    if start <= books.today:
        raise BadTerms("effective_on", f"{start} is not after the business date {books.today}")
    record = rescheduled(CreditTerms, books, registry.TERMS, programme, command.terms, start, history=True)
    text = f"terms from {start}: {', '.join(sorted(command.terms))}"
    return Plan((registry.operation(books, terms, programme, "terms", text, {}, {}, (record,)),))


def open_line(terms: CreditTerms, command: commands.OpenLine, books: Books) -> Plan:
    """The line's accounts, and the limit that the points give.

    Refuses, in this order: HolderUnknown, LineOpen, UnitMismatch.
    """
    line = command.line
    standing = registry.standing(books, line)
    id = ":".join(line)
    registry.fresh(books, registry.LINE, id)
    limit = terms.limit(standing.points, registry.per_of(terms, line))
    state = LineState(books.today, limit=limit, person=standing.person)
    records = (
        *registry.opened(books, accounts.line_accounts(line, standing.person, terms.unit, books.today)),
        Record(registry.LINE, id, state.as_data()),
    )
    legs, text = limit_legs(line, limit), f"credit line of {line[2]}"
    return Plan((registry.operation(books, terms, line[0], "open-line", text, *legs, records),))


def raise_limit(terms: CreditTerms, command: commands.RaiseLimit, books: Books) -> Plan:
    """Raise the limit to what the points give.  Refuses: LineUnknown, HolderUnknown, NothingToRaise."""
    line = command.line
    record = registry.existing(books, line)
    state, points = LineState.from_data(record.data), registry.standing(books, line).points
    earned = terms.limit(points, registry.per_of(terms, line))
    if earned <= state.limit or not state.automatic:
        raise NothingToRaise(line[2], points, earned, state.limit, terms.unit)
    return _changed(terms, line, record, evolve(state, limit=earned), books)


def set_limit(terms: CreditTerms, command: commands.SetLimit, books: Books) -> Plan:
    """Another limit by decision.  Refuses: UnitMismatch, LineUnknown, LimitBelowDrawn."""
    line, limit = command.line, minor_units(terms, command.limit)
    record = registry.existing(books, line)
    drawn = books.balance(accounts.loan(*line))
    if not drawn <= limit <= terms.cap:
        raise LimitBelowDrawn(line[2], drawn, limit, terms.cap, terms.unit)
    state = evolve(LineState.from_data(record.data), limit=limit, automatic=command.automatic)
    return _changed(terms, line, record, state, books)


def limit_legs(line: Line, change: int) -> tuple[dict[AccountPath, int], dict[AccountPath, int]]:
    """Memorandum legs of a change of what may be drawn: the debit and the credit column."""
    open_, contra = accounts.undrawn(*line), accounts.undrawn_contra(*line)
    debit, credit = (open_, contra) if change > 0 else (contra, open_)
    return {debit: abs(change)}, {credit: abs(change)}


def _changed(terms: CreditTerms, line: Line, record: Record, state: LineState, books: Books) -> Plan:
    legs = limit_legs(line, state.limit - record.data["limit"])
    text, records = f"limit of {line[2]}", (record.next(**state.as_data()),)
    return Plan((registry.operation(books, terms, line[0], "limit", text, *legs, records),))
