"""The monitor (监控): fills a low reserve from the service fund, and where that is not enough, from the
operator's current account as far as it has ordered.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| sweep | service | reserve | by the terms, while the reserve is below its threshold |
| draw | the operator's demand account | reserve | what is then missing, up to the cap of the order |

A sweep that an account refuses, and a reserve that is low at a close, are told to the operator.

>>> Funding(id="mall", on=date(2024, 5, 1), cap=500_00, drawn=200_00).left
30000
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.ledger.books import Books
from bankcore.ledger.rules import Otherwise
from bankcore.ledger.transactions import Record
from bankcore.product import chart, fields
from bankcore.product.actor import Role
from bankcore.product.deferrals import deferred
from bankcore.product.facts import Facts
from bankcore.product.notices import notice
from bankcore.product.parties import acting_for, active_party
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import NotFound
from bankcore.products.wallet.programmes import (
    OPERATOR,
    PROGRAMMES,
    RESERVE,
    SERVICE,
    OfProgramme,
    SweepMode,
    WalletTerms,
    WalletVoucher,
    amounts,
    room_in,
)
from bankcore.tables import Table

__all__ = ["CancelFunding", "OrderFunding"]

noun = Noun(__name__)


@frozen(kw_only=True)
class Swept(Facts):
    """A sweep, by versions: the levels before it, the terms that it followed, what was moved."""

    KIND: ClassVar = "wallet.sweep"  # programme
    on: date
    reserve: int
    service: int
    threshold: int
    amount: int
    times: int
    mode: SweepMode
    preset: int

    def voucher(self, books: Books, terms: WalletTerms) -> WalletVoucher:
        """What moves the money."""
        voucher = WalletVoucher(books, terms, self.id)
        voucher.move(SERVICE(self.id), RESERVE(self.id), self.amount)
        voucher.keep(self)
        return voucher

    def plan(self, books: Books, terms: WalletTerms) -> Plan:
        """The sweep, which fails where an account refuses it."""
        sweeps = f"{self.times} sweep{'s' * (self.times > 1)}"
        text = f"{sweeps} of {Amount(self.amount, terms.unit)} into the reserve"
        return self.voucher(books, terms).plan("sweep", text)


def due_sweep(books: Books, terms: WalletTerms, programme: str, spent: int = 0) -> Swept | None:
    """The sweep that is due once `spent` has left the reserve, if one is.

    Takings of third-party merchants stay where they are.
    """
    reserve = books.balance(RESERVE(programme)) - spent
    service = books.balance(SERVICE(programme))
    amount, times = terms.sweep_of(reserve, service)
    if not amount:
        return None
    before = Swept.find(books, programme)
    return Swept(
        id=programme,
        version=before.version if before else 0,
        on=books.today,
        reserve=reserve,
        service=service,
        threshold=terms.threshold,
        amount=amount,
        times=times,
        mode=terms.sweep,
        preset=terms.preset,
    )


def monitor(books: Books, terms: WalletTerms, programme: str, spent: int = 0) -> Plan:
    """What fills the reserve once `spent` has left it, where the accounts take it."""
    swept = due_sweep(books, terms, programme, spent)
    plan = swept.plan(books, terms).attempted() if swept else Plan()
    return plan + _draw(books, terms, programme, spent - (swept.amount if swept else 0)).attempted()


def sweep_at_close(books: Books, programme: str) -> Plan:
    """The sweep as part of a close; what an account refuses is told, and tried again at the next."""
    terms = PROGRAMMES.today(books, programme)
    swept = due_sweep(books, terms, programme)
    if swept is None:
        return Plan()
    money = {
        "amount": str(Amount(swept.amount, terms.unit)),
        "reserve": str(Amount(swept.reserve, terms.unit)),
    }
    failed = notice(books, programme, "sweep-failed", programme, **money)
    return swept.plan(books, terms).attempted(_waits(books, programme, "sweep", failed))


def draw_at_close(books: Books, programme: str) -> Plan:
    """The draw as part of a close."""
    plan = _draw(books, PROGRAMMES.today(books, programme), programme)
    return plan.attempted(_waits(books, programme, "draw"))


def _waits(books: Books, programme: str, what: str, *records: Record) -> Otherwise:
    text, thing = f"the {what} of {programme} waits", f"{programme}/{what}"
    return deferred(books, PROGRAMMES.product, thing, text, *records, agreement=programme)


# --- the operator's order ---------------------------------------------------------------------------


@frozen(kw_only=True)
class Funding(Facts):
    """An operator's standing order for its reserve: at most `cap` in all, of which some is `drawn`."""

    KIND: ClassVar = "wallet.funding"  # programme
    on: date
    cap: int
    drawn: int = 0
    ended: bool = False

    @property
    def left(self) -> int:
        """What may still be drawn."""
        return 0 if self.ended else self.cap - self.drawn


def _draw(books: Books, terms: WalletTerms, programme: str, spent: int = 0) -> Plan:
    """What the reserve lacks once `spent` has left it, out of the operator's account."""
    order, account = Funding.find(books, programme), chart.DEMAND(programme)
    missing = terms.threshold - books.balance(RESERVE(programme)) + spent
    if order is None or missing <= 0 or order.left <= 0:
        return Plan()
    amount = min(missing, order.left, room_in(books, account))
    voucher = WalletVoucher(books, terms, programme)
    if amount > 0:
        voucher.move(account, RESERVE(programme), amount)
        voucher.keep(evolve(order, drawn=order.drawn + amount))
    return voucher.plan("draw", f"{Amount(amount, terms.unit)} of {programme} into the reserve")


@frozen
class OrderFunding(OfProgramme):
    """Have a low reserve filled from the operator's current account, up to a cap (备付金自动补足)."""

    cap: Amount = fields.amount("the most that is drawn in all; what an order before it drew does not count")


@frozen
class CancelFunding(OfProgramme):
    """End the order that fills the reserve (取消自动补足)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OPERATOR: "programme", Role.OFFICER: ""}


@noun.rule(OrderFunding)
def order_funding(terms: WalletTerms, command: OrderFunding, books: Books) -> Plan:
    """Keep the order; the monitor follows it from its next look on.

    Refuses, in this order: UnitMismatch, PartySuspended for the operator or who acts for it.
    """
    programme, cap = command.programme, terms.minor_units(command.cap)
    acting_for(books, programme)
    active_party(books, programme)
    voucher = WalletVoucher(books, terms, programme)
    voucher.keep(Funding.anew(books, programme, on=books.today, cap=cap))
    return voucher.plan("order", f"{programme} fills its reserve with up to {command.cap}")


@noun.rule(CancelFunding)
def cancel_funding(terms: WalletTerms, command: CancelFunding, books: Books) -> Plan:
    """Refuses, in this order: PartySuspended for who acts for the operator, NotFound."""
    programme = command.programme
    acting_for(books, programme)
    order = Funding.find(books, programme)
    if order is None or order.ended:
        raise NotFound("funding", programme)
    voucher = WalletVoucher(books, terms, programme)
    voucher.keep(evolve(order, ended=True))
    return voucher.plan("order", f"{programme} fills its reserve no more by itself")


# --- invariants and reports -------------------------------------------------------------------------


@noun.invariant("A11")
def draws_keep_to_the_order(books: Books) -> Iterator[str]:
    """The monitor never draws more than the operator ordered."""
    for order in Funding.every(books):
        if not 0 <= order.drawn <= order.cap:
            yield f"{order.id}: {order.data}"


@noun.report("funding", OPERATOR)
def list_funding(books: Books) -> Table:
    """The operators' orders for their reserves, and what was drawn."""
    rows = []
    for programme, terms in PROGRAMMES.offered(books):
        if (it := Funding.find(books, programme)) is not None:
            rows.append((programme, it.on, *amounts(terms, it.cap, it.drawn, it.left)))
    return Table("Orders for the reserve", ("programme", "since", "cap", "drawn", "left"), tuple(rows))
