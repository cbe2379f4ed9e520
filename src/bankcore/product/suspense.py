"""Suspense (暂挂): money of a party that its current account does not take, or that a court has stopped.

Whatever a product owes a party unasked it pays to the current account, as an attempt; where the ledger
refuses that, to suspense, as another; where it refuses that too, the payment is due again tomorrow.  The
current product pays it out again: to the owner at the close, or to others by an officer.

>>> InSuspense(id="li:certificate:cd/k", amount=100_00, since=date(2024, 5, 1), why="account_frozen").item
'certificate/cd/k'
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.errors import LedgerRejection
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Transaction
from bankcore.product import chart
from bankcore.product.agenda import Agenda
from bankcore.product.facts import Facts
from bankcore.product.parties import Contract
from bankcore.product.plan import Plan, Rule, Step
from bankcore.product.voucher import Voucher

__all__ = ["InSuspense", "Owed", "Payment", "payment_steps", "to_suspense"]


@frozen(kw_only=True)
class InSuspense(Facts):
    """What waits of one thing; `amount` minor units are left of it.

    `since` is the day of the first of it, `why` the code of the refusal; what is `held` says by whose order,
    and does not go back to the owner by itself.
    """

    KIND: ClassVar = "current.suspense"  # party:product:thing, the thing's ids joined by "/"
    amount: int
    since: date
    why: str
    held: str = ""

    @property
    def party(self) -> str:
        """Whose money it is."""
        return self.ids[0]

    @property
    def item(self) -> str:
        """What it is called: product and thing."""
        return "/".join(self.ids[1:])


@frozen
class Payment:
    """What a product owes a party: a voucher with all but its legs, the account to debit, minor units.

    `thing` are the ids of what it is paid for, joined by "/"; what is `held` says by whose order it goes to
    suspense.
    """

    voucher: Voucher
    source: AccountPath
    party: str
    quantity: int
    thing: str
    held: str = ""


Owed = Callable[[Books, str, str], Payment | None]  # of programme and thing, None where nothing is owed


def to_suspense(payment: Payment, why: str) -> None:
    """Add to the payment's voucher that it goes to suspense; raises UnitMismatch."""
    voucher, party = payment.voucher, payment.party
    books, product = voucher.books, voucher.product
    voucher.open(chart.SUSPENSE.account(party, unit=voucher.unit, on=books.today, party=party))
    voucher.move(payment.source, chart.SUSPENSE(party), payment.quantity)
    waits = InSuspense.find(books, party, product, payment.thing)
    if waits is None or not waits.amount:
        data = {"amount": 0, "since": books.today, "why": why}
        waits = InSuspense.anew(books, party, product, payment.thing, **data)
        voucher.put(Contract.opened(books, party, "current", "suspense", waits.item))
    held = payment.held or waits.held
    voucher.keep(evolve(waits, amount=waits.amount + payment.quantity, held=held))
    voucher.notify(party, "suspense", waits.item)


def payment_steps(
    agenda: Agenda, books: Books, day: date, programmes: Iterable[str], name: str, owed: Owed
) -> Iterator[Step]:
    """A step of the close for each page of payments that are due: to current accounts, else to suspense."""
    for programme in programmes:
        for page in agenda.pages(books, programme, day):
            things = [agenda.thing(note) for note in page]
            rules = (rule for thing in things for rule in _rules(agenda, programme, thing, owed))
            yield Step(f"{programme}/{name}/{things[0]}", *rules)


def _rules(agenda: Agenda, programme: str, thing: str, owed: Owed) -> Iterator[Rule]:
    refused: list[LedgerRejection] = []

    def note(refusal: LedgerRejection) -> tuple[Transaction, ...]:
        refused.append(refusal)
        return ()

    def pay(books: Books) -> Plan:
        payment = owed(books, programme, thing)
        if payment is None or payment.held:
            return Plan()
        voucher = payment.voucher
        voucher.move(payment.source, chart.DEMAND(payment.party), payment.quantity)
        return voucher.plan("pay-out", f"{agenda.noun} {thing} is paid").attempted(note)

    def instead(books: Books, programme: str, thing: str) -> Iterator[Transaction]:
        payment = owed(books, programme, thing)
        if payment is not None:
            to_suspense(payment, refused[-1].code if refused else "held")
            yield payment.voucher.transaction("suspense", f"{agenda.noun} {thing} goes to suspense")

    yield pay
    yield agenda.rule(programme, thing, instead)
