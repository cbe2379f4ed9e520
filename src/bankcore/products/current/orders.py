"""Standing orders (定期转账): what a party pays another again and again.

| operation | debit | credit |
| --- | --- | --- |
| each time it is due | demand account | the receiver's demand account |

Every time is a thing of its own: what the account cannot pay today is due again tomorrow, beside what falls
due then, for the days of the term `retry_days`; then that time lapses, and the payer is told.  An order ends
after its last day, when all of its cap is paid, or when it is cancelled.

>>> monthly = StandingOrder(
...     id="li:rent", receiver="wang", amount=100, first=date(2024, 1, 31), interval=1, period=Period.MONTH
... )
>>> str(monthly.due(1)), str(monthly.due(2))
('2024-02-29', '2024-03-31')
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from enum import Enum
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.calendars import add_months
from bankcore.errors import BadCommand, BadDate
from bankcore.ledger.books import Books
from bankcore.ledger.rules import Attempt, Planned
from bankcore.ledger.transactions import Record
from bankcore.product import chart, fields, records
from bankcore.product.actor import Role
from bankcore.product.agenda import Agenda
from bankcore.product.deferrals import deferred
from bankcore.product.facts import Facts
from bankcore.product.parties import Contract, acting_for, active_party, may_see
from bankcore.product.plan import REFUSALS, Plan, Step
from bankcore.product.product import Noun, Phase
from bankcore.product.refusals import NotFound
from bankcore.product.voucher import Voucher
from bankcore.products.current.accounts import (
    PROGRAMMES,
    CurrentAccount,
    DemandTerms,
    check_identity,
    used,
    voucher_of,
)
from bankcore.tables import Table

__all__ = ["CancelStandingOrder", "PlaceStandingOrder"]

noun = Noun(__name__)
DUE = Agenda("current.order-due", "standing order")  # programme:date:party/order/time


class Period(Enum):
    """What an interval is counted in."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@frozen(kw_only=True)
class StandingOrder(Facts):
    """An order; amounts are minor units.

    `begun` times fell due so far; of them `served` are paid, and `lapsed` could not be paid in their days.
    """

    KIND: ClassVar = "current.order"  # party:order
    receiver: str
    amount: int
    first: date
    interval: int
    period: Period
    until: date | None = None
    cap: int | None = None
    paid: int = 0
    begun: int = 0
    served: int = 0
    lapsed: int = 0
    ended_on: date | None = None

    def due(self, nth: int) -> date | None:
        """When it is due, counted from 0; None where that is after its last day."""
        try:
            if self.period is Period.MONTH:
                day = add_months(self.first, nth * self.interval)
            else:
                day = self.first + timedelta(
                    days=nth * self.interval * (7 if self.period is Period.WEEK else 1)
                )
        except (BadDate, OverflowError):
            return None
        return None if self.until is not None and day > self.until else day

    @property
    def is_over(self) -> bool:
        """Whether nothing is to be paid any more."""
        no_more = self.served + self.lapsed == self.begun and self.due(self.begun) is None
        return self.next_amount == 0 or no_more

    @property
    def next_amount(self) -> int:
        """What is paid next: its amount, or what is left of the cap."""
        return self.amount if self.cap is None else min(self.amount, self.cap - self.paid)


@frozen
class PlaceStandingOrder:
    """Have a party paid again and again (设立定期转账)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "party", Role.OFFICER: ""}
    party: str = fields.id_("who pays")
    order: str = fields.id_("id of the order")
    receiver: str = fields.id_("who is paid")
    amount: Amount = fields.amount("how much each time")
    first: date = fields.day("when first")
    every: int = fields.count("after how many days, weeks or months again", default=1)
    period: str = fields.choice("what that counts", tuple(it.value for it in Period), default="month")
    until: date | None = fields.day("its last day; none if not given", default=None)
    cap: Amount | None = fields.amount("how much in all; without end if not given", default=None)


@frozen
class CancelStandingOrder:
    """End an order (取消定期转账); what is still due of it is not paid."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "party", Role.OFFICER: ""}
    party: str = fields.id_("who pays")
    order: str = fields.id_("id of the order")


@noun.rule(PlaceStandingOrder)
def place(terms: DemandTerms, command: PlaceStandingOrder, books: Books) -> Plan:
    """Keep the order.

    Refuses, in this order: ActorNotPermitted, NotFound, PartyErased, PartySuspended, BadCommand for oneself
    or days that are past, NotFound for the receiver, AlreadyTaken, UnitMismatch, NotIdentified above the
    term.
    """
    acting_for(books, command.party)
    account, today = CurrentAccount.of_party(books, active_party(books, command.party).id), books.today
    if command.receiver == account.id:
        raise BadCommand("receiver", "another party than the payer is needed")
    if command.first < today:
        raise BadCommand("first", f"{command.first} is before the business date {today}")
    if command.until is not None and command.until < command.first:
        raise BadCommand("until", f"{command.until} is before {command.first}")
    CurrentAccount.of_party(books, command.receiver)
    order = StandingOrder(
        id=StandingOrder.fresh(books, account.id, command.order),
        receiver=command.receiver,
        amount=terms.minor_units(command.amount),
        first=command.first,
        interval=command.every,
        period=Period(command.period),
        until=command.until,
        cap=None if command.cap is None else terms.minor_units(command.cap),
    )
    check_identity(terms, books, account.id, order.next_amount)
    voucher = voucher_of(books, terms, account.id)
    voucher.keep(order, used(account, today))
    voucher.put(
        Contract.opened(books, account.id, "current", "order", command.order),
        DUE.note(books, account.programme, _thing(order, 0), command.first),
    )
    return voucher.plan("order", f"{account.id} orders {command.amount} for {command.receiver}")


@noun.rule(CancelStandingOrder)
def cancel(terms: DemandTerms, command: CancelStandingOrder, books: Books) -> Plan:
    """Refuses: ActorNotPermitted, NotFound, also for an order that ended."""
    acting_for(books, command.party)
    order = StandingOrder.find(books, command.party, command.order)
    if order is None or order.ended_on is not None:
        raise NotFound("standing order", command.order)
    account = CurrentAccount.of_party(books, command.party)
    voucher = voucher_of(books, terms, account.id)
    voucher.keep(used(account, books.today))
    _end(voucher, order)
    return voucher.plan("cancel", f"{account.id} cancels order {command.order}")


def _end(voucher: Voucher, order: StandingOrder) -> None:
    party, id = order.ids
    voucher.keep(evolve(order, ended_on=voucher.books.today))
    voucher.put(Contract.ended(voucher.books, party, "current", "order", id))


# --- the close of a day -----------------------------------------------------------------------------


@noun.daily(Phase.DUE)
def pay_orders(books: Books, day: date) -> Iterator[Step]:
    """Pay what is due, each time by itself; what the ledger refuses is due again tomorrow."""
    for programme in PROGRAMMES.ids(books):
        for page in records.pages(books, DUE.kind, f"{programme}:{day}"):
            things = [note.id.rpartition(":")[2] for note in page]
            rules = [lambda b, it=it, p=programme: _serve(b, p, it) for it in things]
            yield Step(f"{programme}/orders/{things[0]}", *rules)


def _serve(books: Books, programme: str, thing: str) -> Plan:
    """Note when it is due next, then try to pay."""
    party, id, nth = thing.split("/")
    order = StandingOrder.existing(books, party, id)
    if order.ended_on is not None:
        return Plan()
    terms, planned = PROGRAMMES.today(books, programme), Plan()
    if order.begun == int(nth):
        voucher = voucher_of(books, terms, party)
        begun = evolve(order, begun=order.begun + 1)
        if (following := order.due(begun.begun)) is not None:
            voucher.put(DUE.note(books, programme, _thing(order, begun.begun), following))
        voucher.keep(begun)
        planned, order = voucher.plan("order-due", f"order {id} of {party} is due"), begun.written()
    return Plan((*planned.transactions, *_payment(books, terms, programme, order, thing)))


def _payment(
    books: Books, terms: DemandTerms, programme: str, order: StandingOrder, thing: str
) -> tuple[Planned, ...]:
    """One payment as an attempt; it waits, too, while its payer may not pay."""
    party, id = order.ids
    voucher = voucher_of(books, terms, party)
    amount = order.next_amount
    voucher.move(chart.DEMAND(party), chart.DEMAND(order.receiver), amount)
    voucher.notify(order.receiver, "payment-received", party, amount=str(Amount(amount, terms.unit)))
    after = evolve(order, paid=order.paid + amount, served=order.served + 1)
    _keep(voucher, after)
    paid = voucher.transaction("order-pay", f"order {id}: {party} pays {order.receiver}")
    due = order.due(int(thing.rpartition("/")[2]))
    if due is None or (books.today - due).days < terms.retry_days:
        kept: tuple[Record, ...] = (DUE.postponed(books, programme, thing),)
        text = f"order {id} of {party} waits"
    else:
        kept, text = _lapse(books, terms, order, due), f"order {id} of {party} is not paid for {due}"
    otherwise = deferred(books, "current", thing, text, *kept, agreement=party)
    try:
        active_party(books, party)
        check_identity(terms, books, party, amount)
    except REFUSALS as refusal:
        return otherwise(refusal)
    return (Attempt((paid,), otherwise),)


def _lapse(books: Books, terms: DemandTerms, order: StandingOrder, due: date) -> tuple[Record, ...]:
    """What is kept of a time that could not be paid for all its days."""
    party, id = order.ids
    voucher = voucher_of(books, terms, party)
    voucher.notify(party, "payment-lapsed", id, receiver=order.receiver, due=due.isoformat())
    _keep(voucher, evolve(order, lapsed=order.lapsed + 1))
    return voucher.transaction("order-lapse", "").records


def _keep(voucher: Voucher, order: StandingOrder) -> None:
    """Keep an order; one that is over ends."""
    if order.is_over:
        _end(voucher, order)
    else:
        voucher.keep(order)


def _thing(order: StandingOrder, nth: int) -> str:
    return "/".join((*order.ids, str(nth)))


# --- invariants and reports -------------------------------------------------------------------------


@noun.invariant("Q4")
def orders_keep_to_their_caps(books: Books) -> Iterator[str]:
    """No order pays more than its cap, or pays and gives up more often than it was due."""
    for order in StandingOrder.every(books):
        if order.served + order.lapsed > order.begun or (order.cap is not None and order.paid > order.cap):
            yield f"{order.id}: {order.data}"


@noun.report("orders")
def list_orders(books: Books) -> Table:
    """The standing orders of parties that the asker may see."""
    rows = []
    for it in StandingOrder.every(books):
        party, order = it.ids
        if may_see(books, party):
            unit = PROGRAMMES.today(books, CurrentAccount.existing(books, party).programme).unit
            cap = None if it.cap is None else Amount(it.cap, unit)
            money = (Amount(it.amount, unit), cap, Amount(it.paid, unit))
            waits = it.begun - it.served - it.lapsed if it.ended_on is None else 0
            due = it.due(it.begun) if it.ended_on is None else None
            rows.append((party, order, it.receiver, *money, waits, it.lapsed, due, it.ended_on))
    columns = ("party", "order", "receiver", "amount", "cap", "paid", "waiting", "lapsed", "next", "ended")
    return Table("Standing orders", columns, tuple(rows))
