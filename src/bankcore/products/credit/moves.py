"""A line that moves to another card of its holder: limit, principal, interest and due date together.

Two cards become one only when the line has moved, so that points never give a limit twice.
"""

from __future__ import annotations

from attrs import evolve

from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product.plan import Plan
from bankcore.product.refusals import PersonsDiffer
from bankcore.products.credit import accounts, commands, registry
from bankcore.products.credit.drawings import accrual
from bankcore.products.credit.lines import LineState
from bankcore.products.credit.refusals import LineMoved
from bankcore.products.credit.registry import LINE, Line
from bankcore.products.credit.terms import CreditTerms

__all__ = ["move_line"]


def move_line(terms: CreditTerms, command: commands.MoveLine, books: Books) -> Plan:
    """Interest up to the day, then every balance to the accounts of the other card.

    Refuses, in this order: LineUnknown, LineMoved, HolderUnknown, PersonsDiffer, LineOpen, UnitMismatch.
    """
    programme, card, into = command.programme, command.card, command.into
    old: Line = (programme, "consumer", card)
    new: Line = (programme, "consumer", into)
    record = registry.existing(books, old)
    state, holder = LineState.from_data(record.data), registry.standing(books, new)
    if state.moved_to:
        raise LineMoved(card, state.moved_to)
    if holder.person != state.person:
        raise PersonsDiffer(card, state.person, into, holder.person)
    registry.fresh(books, LINE, ":".join(new))
    principal, owing, undrawn = (
        books.balance(path(*old)) for path in (accounts.loan, accounts.interest, accounts.undrawn)
    )
    state = state.accrued(registry.tariff(books, programme), principal, books.today)
    posted, record = accrual(terms, old, record, state, books)
    state = LineState.from_data(record.data)
    charged = state.interest.posted + state.penalty.posted
    owing += sum(it.quantity for entry in posted for it in entry.postings if it.quantity > 0)
    moved = evolve(state, elsewhere=charged - owing)
    left = evolve(state, due_on=None, limit=0, automatic=False, moved_to=into)
    records = (
        *registry.opened(books, accounts.line_accounts(new, state.person, terms.unit, books.today)),
        Record(LINE, ":".join(new), moved.as_data()),
        record.next(**left.as_data()),
    )
    debit = {
        accounts.loan(*new): principal,
        accounts.interest(*new): owing,
        accounts.undrawn(*new): undrawn,
        accounts.undrawn_contra(*old): undrawn,
    }
    credit = {
        accounts.loan(*old): principal,
        accounts.interest(*old): owing,
        accounts.undrawn(*old): undrawn,
        accounts.undrawn_contra(*new): undrawn,
    }
    text = f"credit line of card {card} goes to card {into}"
    move = registry.operation(books, terms, programme, "move-line", text, debit, credit, records)
    return Plan((*posted, move))
