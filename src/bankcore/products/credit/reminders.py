"""Reminders (催收通知) of what is overdue: a notice on the due date, and again so many days after it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial

from bankcore.amounts import Amount
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Transaction
from bankcore.product.plan import Step
from bankcore.product.product import Noun, Phase
from bankcore.products.credit.lines import REMINDER, Line, seen, to_date
from bankcore.products.credit.programmes import PROGRAMMES
from bankcore.tables import Table

__all__: list[str] = []

noun = Noun(__name__)


@noun.daily(Phase.MONITOR)
def remind(books: Books, day: date) -> Iterator[Step]:
    """A notice to whoever has not paid by the due date, with what is owed by then."""
    return REMINDER.steps(books, day, PROGRAMMES.ids(books), "reminder", _serve)


def _serve(books: Books, programme: str, thing: str) -> Iterator[Transaction]:
    kind, holder, due_on = thing.split(":")
    line = Line.existing(books, programme, kind, holder)
    if str(line.due_on) != due_on:
        return
    terms = PROGRAMMES.today(books, programme)
    voucher = PROGRAMMES.voucher(books, terms, programme)
    _, principal, interest = to_date(books, line)
    owed = str(Amount(principal + interest, terms.unit))
    voucher.notify(holder, "overdue", f"credit-{programme}", due_on=due_on, owed=owed)
    if (date.max - books.today).days >= terms.reminder_days:
        again = books.today + timedelta(days=terms.reminder_days)
        voucher.put(REMINDER.note(books, programme, thing, again))
    yield voucher.transaction("remind", f"{holder} is reminded of what is overdue")


@noun.report("overdue")
def list_overdue(books: Books) -> Table:
    """Lines past their due date, the longest first: what is owed today, and reminders sent by now."""
    shown = filter(partial(seen, books), Line.every(books))
    late = [(days, it) for it in shown if (days := it.days_overdue(books.today))]
    rows = []
    for days, line in sorted(late, key=lambda it: (-it[0], it[1].ids)):
        terms = PROGRAMMES.today(books, line.ids[0])
        _, principal, interest = to_date(books, line)
        owed = (Amount(fen, terms.unit) for fen in (principal, interest, principal + interest))
        rows.append((*line.ids, *owed, line.due_on, days, (days - 1) // terms.reminder_days + 1))
    columns = ("programme", "kind", "holder", "principal", "interest", "owed", "due", "days", "reminders")
    return Table("Overdue", columns, tuple(rows))
