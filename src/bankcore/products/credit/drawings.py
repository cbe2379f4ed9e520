"""Drawings and repayments: interest up to the day is posted first, then the money moves."""

from __future__ import annotations

from attrs import evolve

from bankcore.amounts import Amount
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record, Transaction
from bankcore.product.plan import Plan
from bankcore.product.records import minor_units
from bankcore.product.refusals import OverdueBlock
from bankcore.products.credit import accounts, commands, registry
from bankcore.products.credit.limits import limit_legs
from bankcore.products.credit.lines import LineState
from bankcore.products.credit.refusals import LimitExceeded, RepaymentExceeds
from bankcore.products.credit.registry import Line
from bankcore.products.credit.terms import CreditTerms

__all__ = ["accrual", "draw", "repay"]


def draw(terms: CreditTerms, command: commands.Draw, books: Books) -> Plan:
    """Loan to the demand account; a first drawing fixes the due date of all that follow until it.

    Refuses, in this order: UnitMismatch, LineUnknown, HolderUnknown, OverdueBlock, LimitExceeded.
    """
    line, amount = command.line, minor_units(terms, command.amount)
    record = registry.existing(books, line)
    registry.standing(books, line)
    state, principal = LineState.from_data(record.data), books.balance(accounts.loan(*line))
    if state.due_on is not None and state.is_due(books.today):
        owed = Amount(principal, terms.unit)
        raise OverdueBlock("line", line[2], f"{owed} was due on {state.due_on}, nothing more is drawn")
    undrawn = books.balance(accounts.undrawn(*line))
    if amount > undrawn:
        raise LimitExceeded(line[2], undrawn, amount, terms.unit)
    state = state.accrued(registry.tariff(books, line[0]), principal, books.today)
    posted, record = accrual(terms, line, record, state, books)
    state = LineState.from_data(record.data)
    state = evolve(state, due_on=state.due_on or terms.due_on(books.today))
    less, more = limit_legs(line, -amount)
    drawing = registry.operation(
        books,
        terms,
        line[0],
        "draw",
        f"drawing of {line[2]}",
        {accounts.loan(*line): amount, **less},
        {accounts.demand(state.person): amount, **more},
        (record.next(**state.as_data()),),
    )
    return Plan((*posted, drawing))


def repay(terms: CreditTerms, command: commands.Repay, books: Books) -> Plan:
    """Demand account to interest, then to principal, which may be drawn again.

    Refuses, in this order: UnitMismatch, LineUnknown, RepaymentExceeds.
    """
    line, amount = command.line, minor_units(terms, command.amount)
    record = registry.existing(books, line)
    principal, owing = (books.balance(path(*line)) for path in (accounts.loan, accounts.interest))
    tariff = registry.tariff(books, line[0])
    state = LineState.from_data(record.data).accrued(tariff, principal, books.today, settling=True)
    owing += state.interest.due() + state.penalty.due()
    if amount > principal + owing:
        raise RepaymentExceeds(line[2], principal + owing, amount, terms.unit)
    posted, record = accrual(terms, line, record, state, books)
    state = LineState.from_data(record.data)
    paid = min(amount, owing)
    returned = amount - paid
    if returned == principal:
        state = evolve(state, due_on=None)
    more, less = limit_legs(line, returned)
    repayment = registry.operation(
        books,
        terms,
        line[0],
        "repay",
        f"repayment of {line[2]}",
        {accounts.demand(state.person): amount, **more},
        {accounts.interest(*line): paid, accounts.loan(*line): returned, **less},
        (record.next(**state.as_data()),),
    )
    return Plan((*posted, repayment))


def accrual(
    terms: CreditTerms, line: Line, record: Record, state: LineState, books: Books
) -> tuple[tuple[Transaction, ...], Record]:
    """The transaction that posts what a state has accrued, if there is any; and the record after it."""
    state, due, overdue = state.posted()
    if not due and not overdue:
        return (), Record(record.kind, record.id, state.as_data(), record.version)
    record = record.next(**state.as_data())
    transaction = registry.operation(
        books,
        terms,
        line[0],
        "accrue",
        f"interest of {line[2]}",
        {accounts.interest(*line): due + overdue},
        {accounts.INTEREST: due, accounts.PENALTY: overdue},
        (record,),
    )
    return (transaction,), record
