"""What becomes known late of a loan (补记): the entry is of today, the exact sums from the value date.

All that was done to the loan since then is done once more, with the late payment in its place: what was
collected meanwhile pays what was then owed.  Today the difference is posted.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| repay, prepay, as of a day | demand account | interest, principal | as paid on that day |
| | penalty income, interest income | interest | what was charged since and is owed no more |
| | interest, principal | demand account | what was collected since and is not owed then |
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from attrs import define

from bankcore.errors import BadCommand
from bankcore.ledger.books import Books
from bankcore.product.history import Event, since
from bankcore.product.value_dates import by_officer, late_day
from bankcore.products.loan.draft import Draft, to_date
from bankcore.products.loan.loans import Loan, State
from bankcore.rates import Rate

__all__ = ["known_late", "late_payment"]


def late_payment(loan: Loan, books: Books, value_on: date | None) -> date | None:
    """The value date of a payment that becomes known late; None for one of today.

    Raises ActorNotPermitted but for an officer, BadCommand for a day to come, PeriodClosed for one before the
    disbursement or longer ago than the contract says.
    """
    by_officer(books, value_on, "a payment")
    return late_day(value_on, books.today, loan.terms.value_back, loan.disbursed_on)


def known_late(
    loan: Loan,
    books: Books,
    value_on: date,
    what: str,
    money: Callable[[Draft], int],
    keep: str | None = None,
) -> Draft:
    """The loan as if something had been paid on an earlier day, with the difference posted today.

    `money` says how much that day's loan asks for, and refuses; `keep` is that of a prepayment.
    Raises BadCommand for a prepayment of so few fen that rounding takes more of what was collected since.
    """
    before, done = since(Loan.versions(books, *loan.ids), value_on)
    assert before.event is not None
    again = _Again(Draft(books, before), before.event.on - timedelta(days=1))
    cut = sum(it.order <= (value_on, False) for it in done)
    back, waived = again.do(done[:cut])
    again.move_to(value_on)
    event = Event(what, books.today, value_on, money(again.draft), detail=keep)
    more_back, more_waived = again.do([event, *done[cut:]])
    again.move_to(books.today)
    there = again.draft.loan
    draft = to_date(loan, books)
    if there.principal_left > draft.loan.principal_left:
        raise BadCommand(
            "amount", "it is too small to change instalments that were paid since its value date"
        )
    given_up = sum(it.amount for it in done if it.what == "waive") - waived - more_waived
    penalty = there.penalty.posted - draft.loan.penalty.posted + given_up
    draft.become(there, event.amount - back - more_back, penalty)
    draft.tell(what, event.amount, value_on, detail=keep)
    draft.notify("payment-received", value_on=value_on.isoformat())
    return draft


@define
class _Again:
    """A loan of which everything is done once more; nothing of it is written.

    `closed` is the last day whose close is done once more.
    """

    draft: Draft
    closed: date

    def move_to(self, day: date) -> None:
        """What falls due by a day is charged, penalty counts up to it, and interest accrued on its days."""
        accrue = self.draft.loan.terms.accrue
        while (on := accrue.next_after(self.closed)) is not None and on < day:
            self.closed = on
            self._count(on)
            self.draft.accrue()
        self._count(day)

    def _count(self, day: date) -> None:
        self.draft.today = day
        self.draft.charge()
        self.draft.accrue_penalty()

    def do(self, events: Sequence[Event]) -> tuple[int, int]:
        """Do these; returns what was paid and is not owed now, and what of the penalty is waived now."""
        back = waived = 0
        for it in events:
            self.move_to(it.value_on)
            if it.what == "waive":
                waived += self._waive(it.amount)
            elif it.what in ("reprice", "extend"):
                self._change(it)
            else:
                back += it.amount - self._pay(it)
        return back, waived

    def _waive(self, amount: int) -> int:
        given = min(amount, self.draft.loan.unpaid_penalty)
        self.draft.waive(given)
        return given

    def _change(self, event: Event) -> None:
        """Another rate, or more months, for what is left."""
        if not self.draft.loan.plan.left:
            return
        if event.what == "extend":
            self.draft.extend(event.amount)
        else:
            self.draft.reprice(Rate.parse(event.detail or ""))

    def _pay(self, event: Event) -> int:
        """How much of a payment the loan takes."""
        draft = self.draft
        taken = min(event.amount, draft.loan.owed)
        draft.pay(taken)
        if event.what == "prepay" and draft.loan.state is State.LENT:
            interest = (
                draft.interest_to_date
            )  # no more than was paid: a payment before it makes nothing dearer
            principal = min(event.amount - taken - interest, draft.loan.plan.left)
            draft.prepay(principal, event.detail or "term")
            taken += interest + principal
        return taken
