"""The close of a day: instalments fall due and are collected, overdue loans are tried again.

Each loan notes the days on which something of it falls due, so a close reads those loans only, a page
of them to a step; a run killed anywhere does everything once when it is started again.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial

from bankcore.errors import BadDate
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Transaction
from bankcore.product.plan import Plan, Step
from bankcore.product.records import ids, pages
from bankcore.product.voucher import postable
from bankcore.products.loan import accounts, registry
from bankcore.products.loan.draft import Draft
from bankcore.products.loan.loans import Loan, State, loan_in
from bankcore.products.loan.terms import Posting

__all__ = ["daily"]


def daily(books: Books, day: date) -> Iterator[Step]:
    """The steps of a day's close, programme by programme; raises BadDate for the last day there is."""
    programmes = ids(books, registry.TERMS)
    if day == date.max and programmes:
        raise BadDate(day, "no day follows on which what is overdue could be collected")
    return (
        Step(f"{programme}/due/{loans[0]}", *(partial(_serve, programme, loan) for loan in loans))
        for programme in programmes
        for loans in _due(books, programme, day)
    )


def _due(books: Books, programme: str, day: date) -> Iterator[list[str]]:
    for page in pages(books, registry.DUE, f"{programme}:{day}"):
        yield [record.id.rpartition(":")[2] for record in page]


def _serve(programme: str, id: str, books: Books) -> Plan:
    loan = loan_in(books, programme, id)  # a borrower may have several
    return Plan(_close(books, loan) if loan.state is State.LENT else ())


def _close(books: Books, loan: Loan) -> tuple[Transaction, ...]:
    """Charge what is due, collect as far as the demand account reaches, and come back for what is left.

    What meets a frozen account waits for the next day.
    """
    draft = Draft(books, loan)
    tomorrow = draft.today + timedelta(days=1)
    there, every_day = _available(books, loan), loan.terms.posting is Posting.DAILY
    if there or every_day:
        draft.accrue_penalty()
    draft.charge()
    draft.pay(min(there, draft.loan.owed))
    if draft.loan.owed and (loan.terms.automatic or every_day):
        draft.come_back(tomorrow)
    draft.finish("close", f"loan {loan.id} at the close of {draft.today}")
    return tuple(draft.done) if postable(books, *draft.done) else (_wait(books, loan, tomorrow),)


def _available(books: Books, loan: Loan) -> int:
    """What can be collected from the demand account."""
    demand = accounts.demand(loan.borrower)
    if not loan.terms.automatic or not books.accounts([demand])[demand].status.takes_debits:
        return 0
    return max(books.available(demand) or 0, 0)


def _wait(books: Books, loan: Loan, tomorrow: date) -> Transaction:
    note = registry.due(books, loan.programme, loan.id, tomorrow)
    text = f"what is due of loan {loan.id} waits for an account"
    return registry.operation(books, loan.terms, loan.record.id, "wait", text, records=(note,))
