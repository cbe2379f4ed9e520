"""Repayments of a line that become known late (补记): today's entry, the exact sums from the value date.

All that was drawn and paid since is done once more, with the late payment in its place.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| repay as of a day | demand account; undrawn | interest, loan; undrawn-contra | as paid on that day |
| | interest income, penalty income | interest | what was charged since and is owed no more |
| | interest, loan | demand account | what was collected since and was not owed then |
"""

from __future__ import annotations

from datetime import date

from attrs import evolve

from bankcore.ledger.books import Books
from bankcore.product import chart
from bankcore.product.history import Event, since
from bankcore.product.plan import Plan
from bankcore.product.value_dates import by_officer, late_day
from bankcore.products.credit.lines import (
    DUE,
    INTEREST,
    LOAN,
    REMINDER,
    Line,
    binding,
    move_undrawn,
    post_interest,
    to_date,
)
from bankcore.products.credit.programmes import PROGRAMMES, CreditTerms, tariff_of
from bankcore.products.credit.stands import Stand

__all__ = ["Again", "late_repayment", "posted_today"]


def late_repayment(terms: CreditTerms, books: Books, line: Line, value_on: date | None) -> date | None:
    """The value date of a repayment that becomes known late; None for one of today.

    Raises ActorNotPermitted but for an officer, BadCommand for a day to come, PeriodClosed for one longer ago
    than the terms say, before the first drawing, or before the line was last written off.
    """
    by_officer(books, value_on, "a repayment")
    if value_on is None:
        return None
    stands = _running(books, line)
    return late_day(value_on, books.today, terms.value_back, stands[0].event.on if stands else books.today)


def _running(books: Books, line: Line) -> list[Stand]:
    """How a line stood since it was last written off, or ever."""
    stands: list[Stand] = []
    for it in Stand.versions(books, *line.ids):
        stands = [] if it.event.what == "write-off" else [*stands, it]
    return stands


class Again:
    """A line with all that was done to it done once more; nothing of it is written."""

    def __init__(self, books: Books, line: Line, value_on: date) -> None:
        self.books, self.tariff = books, tariff_of(books, line.ids[0])
        before, done = since(_running(books, line), value_on)
        self.line = evolve(
            line,
            since=before.since,
            due_on=before.due_on,
            interest=before.interest,
            penalty=before.penalty,
            waived=before.waived,
        )
        self.principal, self.owing, self.back = before.principal, before.owing, 0
        self.later = [it for it in done if it.order > (value_on, False)]
        for it in done[: len(done) - len(self.later)]:
            self.do(it)
        self.move_to(value_on, settling=True)

    def move_to(self, day: date, settling: bool = False) -> None:
        """Interest up to a day is owed."""
        line = self.line.accrued(self.tariff, self.principal, day, settling)
        self.line, interest, overdue = line.posted()
        self.owing += interest + overdue

    def do(self, event: Event) -> None:
        """Draw, pay or waive once more; what is paid and not owed now comes back."""
        self.move_to(event.value_on, settling=event.what == "pay")
        if event.what == "draw":
            self.principal += event.amount
            if self.line.due_on is None:
                due_on = self.tariff.on(event.value_on).due_on(event.value_on)
                self.line = evolve(self.line, due_on=due_on)
            return
        if event.what == "waive":
            waived = min(event.amount, self.owing, self.line.unwaived)
            self.owing -= waived
            self.line = self.line.waiving(waived)
            return
        interest = min(event.amount, self.owing)
        self.owing -= interest
        returned = min(event.amount - interest, self.principal)
        self.principal -= returned
        self.back += event.amount - interest - returned
        if not self.principal:
            self.line = evolve(self.line, due_on=None)


def posted_today(books: Books, terms: CreditTerms, line: Line, again: Again, event: Event) -> Plan:
    """The line as it is with the late payment in its place; the difference to how it stands is posted."""
    for it in (event, *again.later):
        again.do(it)
    again.move_to(books.today)
    was, principal, _ = to_date(books, line)
    was, posted = post_interest(books, terms, was)
    owing = books.balance(INTEREST(*line.ids)) + (was.charged - line.charged)
    there, ids = again.line, line.ids
    voucher = PROGRAMMES.voucher(books, terms, ids[0])
    debits = {
        chart.DEMAND(line.holder): event.amount - again.back,
        INTEREST(*ids): again.owing - owing,
        LOAN(*ids): again.principal - principal,
        chart.INTEREST_INCOME(): was.interest.posted - there.interest.posted,
        chart.PENALTY_INCOME(): was.unwaived - there.unwaived,
    }
    more = {path: quantity for path, quantity in debits.items() if quantity > 0}
    voucher.post(more, {path: -quantity for path, quantity in debits.items() if quantity < 0})
    move_undrawn(voucher, ids, principal - again.principal)
    binding(voucher, line, bool(principal), bool(again.principal))
    if there.due_on is not None and there.due_on != was.due_on:
        day, holder = max(there.due_on, books.today), ":".join(ids[1:])
        voucher.put(DUE.note(books, ids[0], holder, day))
        voucher.put(REMINDER.note(books, ids[0], f"{holder}:{there.due_on}", day))
    charged = max(debits[INTEREST(*ids)], 0)
    taken_back = was.charged + charged - there.charged
    now = evolve(
        was,
        since=there.since,
        due_on=there.due_on,
        interest=there.interest,
        penalty=there.penalty,
        waived=there.waived,
        taken_back=(was.taken_back or 0) + taken_back or None,
    )
    voucher.keep(
        now,
        Stand.after(books, now, again.principal, again.owing, "pay", event.amount, value_on=event.value_on),
    )
    told = {"value_on": event.value_on.isoformat()}
    voucher.notify(line.holder, "payment-received", f"credit-{ids[0]}", **told)
    return Plan((*posted, voucher.transaction("repay", f"repayment of {line.holder} as of {event.value_on}")))
