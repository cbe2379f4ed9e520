"""The close of a day: what falls due on it, then the accruals of a month's end.

Each order notes the days on which something of it falls due, so a close reads those orders only; a
month's end streams over all.  Orders are served in chunks, each a step of its own, so a run killed
anywhere does everything once when it is started again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, timedelta

from bankcore.errors import BadDate, UnitMismatch
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record, Transaction
from bankcore.product.plan import Plan, Step
from bankcore.product.records import ids, pages
from bankcore.product.refusals import AlreadyTaken
from bankcore.product.voucher import postable
from bankcore.products.certificate import accounts, registry
from bankcore.products.certificate.interest import certificate_interest
from bankcore.products.certificate.maturities import mature, pay
from bankcore.products.certificate.openings import can_open_lower, open_certificate, refund
from bankcore.products.certificate.orders import Order, ShareState, State, order_in, shares_of
from bankcore.products.certificate.parties import operation
from bankcore.products.certificate.terms import CertificateTerms
from bankcore.rates import Accrual

__all__ = ["daily"]

_CHUNK = 100  # orders served by one step; an order may have 200 shares

Rule = Callable[[Books], Plan]


def daily(books: Books, day: date) -> Iterator[Step]:
    """The steps of a day's close, programme by programme; raises BadDate for the last day there is."""
    if day == date.max and ids(books, registry.TERMS):
        raise BadDate(day, "no day follows to which what waits could be put off")
    return _steps(books, day)


def _steps(books: Books, day: date) -> Iterator[Step]:
    for programme in ids(books, registry.TERMS):
        terms = registry.terms_on(books, programme, day)
        for page in pages(books, registry.DUE, f"{programme}:{day}", size=_CHUNK):
            orders = [record.id.rpartition(":")[2] for record in page]
            yield Step(f"{programme}/due/{orders[0]}", _serve(terms, programme, orders))
        if terms.accrues_on(day):
            after = ""
            for page in pages(books, registry.ORDER, programme):
                yield Step(f"{programme}/accrue/{page[0].id.rpartition(':')[2]}", _accrue(terms, page, after))
                after = page[-1].id.rpartition(":")[2]


def _serve(terms: CertificateTerms, programme: str, orders: list[str]) -> Rule:
    """The rule that does what is due of some orders."""

    def rule(books: Books) -> Plan:
        done = (_advance(terms, order_in(books, programme, id), books) for id in orders)
        return Plan(tuple(transaction for transactions in done for transaction in transactions))

    return rule


def _advance(terms: CertificateTerms, order: Order, books: Books) -> tuple[Transaction, ...]:
    """What is due of an order today; put off to tomorrow where an account is frozen or in its way."""
    with suppress(AlreadyTaken, UnitMismatch):  # somebody opened by hand what it would open
        transactions = _due(terms, order, books)
        if postable(books, *transactions):
            return transactions
    tomorrow = registry.due(books, order.programme, order.id, books.today + timedelta(days=1))
    text = f"what is due of {order.id} waits for an account"
    return (operation(books, terms, order.record.id, "wait", text, records=(tomorrow,)),)


def _due(terms: CertificateTerms, order: Order, books: Books) -> tuple[Transaction, ...]:
    match order.state:
        case State.REQUESTED | State.OPEN:
            return _expire(terms, order, books)
        case State.ACTIVE | State.MATURED if books.today >= order.pay_on:
            return pay(books, terms, order)
        case State.ACTIVE if books.today >= order.matures_on:
            return mature(books, terms, order)
    return ()


def _expire(terms: CertificateTerms, order: Order, books: Books) -> tuple[Transaction, ...]:
    """At the deadline a refund to all or a lower certificate; before it, refunds to who did not reconfirm."""
    live = shares_of(books, order, ShareState.CONFIRMED)
    if books.today >= order.deadline:
        if live and can_open_lower(terms, order, live):
            return open_certificate(books, terms, order, live, lower=True)
        return (refund(books, terms, order, live, State.FAILED),)
    stale = [share for share in live if not share.agrees(order)]
    if stale and order.reconfirm_until is not None and books.today >= order.reconfirm_until:
        return (refund(books, terms, order, stale),)
    return ()


def _accrue(terms: CertificateTerms, page: list[Record], after: str) -> Rule:
    """The rule that brings the interest payable of a page of certificates up to the day, in one entry."""

    def rule(books: Books) -> Plan:
        programme, _, last = page[-1].id.partition(":")
        payable = registry.accrued(books, programme, after, last)
        orders = (Order(record) for record in page if record.data["state"] == State.ACTIVE.value)
        due: dict[AccountPath, int] = {}
        for order in orders:
            exact = certificate_interest(order, order.principal, books.today)
            due[accounts.interest(programme, order.id)] = Accrual(exact, payable[order.id]).due()
        known = books.accounts([*due, accounts.INTEREST_EXPENSE])
        due = {
            path: quantity for path, quantity in due.items() if quantity and known[path].status.takes_credits
        }
        if not due or not known[accounts.INTEREST_EXPENSE].status.takes_debits:
            return Plan()  # what a frozen account misses, the next accrual makes good
        transaction = operation(
            books,
            terms,
            programme,
            "accrue",
            f"interest through {books.today}",
            debit={accounts.INTEREST_EXPENSE: sum(due.values())},
            credit=due,
        )
        return Plan((transaction,))

    return rule
