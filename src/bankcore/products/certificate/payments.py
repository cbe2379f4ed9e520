"""Payments (支付): what an order pays each participant, whatever the accounts of the others refuse.

| operation | debit | credit |
| --- | --- | --- |
| close of a day | as each operation says | demand account |
| where that is refused, and by commands | as each operation says | payable |
| pay out | payable | demand account |
| suspense | payable | suspense |

The close first pays whole pages of orders at once.  Where the ledger refuses that, what is due becomes
payable, and each participant is paid alone: to the current account, else to suspense, else tomorrow.  What
a share that a court froze is paid goes to suspense and stays there until an officer releases it.

>>> PAYABLE("cd", "k", "a")
'certificate:cd:payable:k:a'
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.ledger.rules import Attempt
from bankcore.product import chart
from bankcore.product.agenda import Agenda
from bankcore.product.facts import Facts
from bankcore.product.plan import Step
from bankcore.product.product import Noun, Phase
from bankcore.product.suspense import Payment, payment_steps
from bankcore.product.voucher import Voucher
from bankcore.products.certificate.orders import Order
from bankcore.products.certificate.programmes import PROGRAMMES
from bankcore.products.certificate.shares import Share, ShareState

__all__: list[str] = []

noun = Noun(__name__)
PAYABLE = chart.liability("certificate:{programme}:payable:{order}:{participant}")
OWED = Agenda("certificate.owed", "payment")  # programme:day:order/participant


@frozen(kw_only=True)
class Payable(Facts):
    """What a participant is still to be paid of an order, in minor units; `held` says who froze the share."""

    KIND: ClassVar = "certificate.payable"  # programme:order:participant
    amount: int = 0
    held: str = ""


class Payments:
    """What one voucher of an order pays: straight to current accounts, or by way of what is payable."""

    def __init__(self, voucher: Voucher, order: Order, *, direct: bool) -> None:
        self.voucher, self.order, self._direct = voucher, order, direct
        self._payable: list[Payable] = []

    def to(self, share: Share, amount: int, *, leaves: bool = True) -> AccountPath:
        """Where an amount is credited; who `leaves` is bound by the order no more once it is paid."""
        person, voucher, books = share.participant, self.voucher, self.voucher.books
        if not amount or (self._direct and not share.frozen):
            if leaves:
                voucher.put(*share.freed(books))
            return chart.DEMAND(person)
        path = PAYABLE(*share.ids)
        known = Payable.find(books, share.id) or Payable(id=share.id)
        payable = evolve(known, amount=known.amount + amount, held=share.frozen or known.held)
        voucher.open_again(PAYABLE.account(*share.ids, unit=voucher.unit, on=books.today, party=person))
        voucher.keep(payable)
        voucher.put(OWED.note(books, self.order.programme, f"{self.order.name}/{person}", books.today))
        if not payable.held:
            self._payable.append(payable.written())
        return path

    def out(self) -> tuple[Attempt, ...]:
        """For a command: attempts to pay at once what is payable; what is refused the close pays."""
        return tuple(map(self._attempt, self._payable))

    def _attempt(self, payable: Payable) -> Attempt:
        voucher = Voucher(self.voucher.product, self.voucher.books, self.voucher, self.order.id)
        voucher.move(PAYABLE(*payable.ids), chart.DEMAND(payable.ids[2]), payable.amount)
        _paid(voucher, payable, self.voucher.existing(Share, payable.id))
        return Attempt((voucher.transaction("pay-out", f"what order {self.order.name} pays"),))


def _paid(voucher: Voucher, payable: Payable, share: Share) -> None:
    """Nothing is payable any more; who has no part in the order is bound by it no more."""
    voucher.keep(evolve(payable, amount=0, held=""))
    if share.state not in (ShareState.CONFIRMED, ShareState.SHARE):
        voucher.put(*share.freed(voucher.books))


@noun.daily(Phase.SETTLEMENT)
def pay_owed(books: Books, day: date) -> Iterator[Step]:
    """Pay each participant what is payable: to the current account, else to suspense, else tomorrow."""
    return payment_steps(OWED, books, day, PROGRAMMES.ids(books), "owed", _owed)


def _owed(books: Books, programme: str, thing: str) -> Payment | None:
    order, person = thing.split("/")
    payable = Payable.existing(books, programme, order, person)
    if not payable.amount:
        return None
    voucher = PROGRAMMES.voucher(books, PROGRAMMES.today(books, programme), f"{programme}:{order}")
    _paid(voucher, payable, Share.existing(books, payable.id))
    path = PAYABLE(*payable.ids)
    return Payment(voucher, path, person, payable.amount, f"{programme}/{order}", payable.held)


@noun.invariant("B11")
def what_is_payable_is_held(books: Books) -> Iterator[str]:
    """A payable account holds what its participant is still to be paid."""
    for it in Payable.every(books):
        if (held := books.balance(PAYABLE(*it.ids))) != it.amount:
            yield f"{it.id}: {held} held, {it.amount} payable"
