"""Orders (众筹订单): one group's way to a certificate, from the request to the link that invites.

An order goes REQUESTED, OPEN, ACTIVE, MATURED, PAID, or ends FAILED or CANCELLED.  Once it opens, its
record is that of its certificate.  No money moves here.

>>> OrderClosed("k", "failed", date(2024, 2, 9)).code
'order_closed'
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from enum import Enum
from fractions import Fraction
from hashlib import sha256
from typing import Any, ClassVar, Self

import attrs
from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.calendars import Calendar, add_months
from bankcore.errors import BadCommand, ProductRejection, UnitMismatch
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record, canonical_json
from bankcore.product import fields
from bankcore.product.accruals import Accruals
from bankcore.product.actor import Role
from bankcore.product.agenda import Agenda
from bankcore.product.business_days import PastCalendar, business_calendar, tell_calendar_end
from bankcore.product.facts import Facts, kept
from bankcore.product.interest import Term
from bankcore.product.parties import Contract, Party, acting_for
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.voucher import Voucher
from bankcore.products.certificate.config import OrderConfig
from bankcore.products.certificate.programmes import PROGRAMMES, CertificateTerms, Withdrawal
from bankcore.products.certificate.third_parties import (
    ChannelNotAdmitted,
    NoPermission,
    ThirdParty,
    check_permission,
    known_initiator,
)
from bankcore.rates import Rate

__all__ = [
    "AmountNotAdmitted", "InitiateOrder", "OrderClosed", "OrderStopped",
    "ProductNotAdmitted",
]  # fmt: skip

noun = Noun(__name__)
DUE = Agenda("certificate.due", "order", page=100)  # programme:day:order; an order may have 200 shares
IN_ESCROW = Accruals("certificate.escrow-accrue", "escrow interest of order")


# --- facts --------------------------------------------------------------------------------------------


class State(Enum):
    """Where an order stands."""

    REQUESTED = "requested"
    OPEN = "open"
    ACTIVE = "active"
    MATURED = "matured"
    PAID = "paid"
    FAILED = "failed"
    CANCELLED = "cancelled"


RAISING = (State.REQUESTED, State.OPEN)
_AGREED = ("product", "months", "base", "tiers", "calendar", "past_calendar", "config")


@frozen(kw_only=True)
class Order(Facts):
    """An order: what is agreed to, and who asked; amounts are minor units.

    `base` is the rate before the factor of the total, of which `tiers` has [from total, factor]; `digest`
    is that of all that participants agree to.  One that opened reads as a Certificate.
    """

    KIND: ClassVar = "certificate.order"  # programme:order
    product: str
    months: int
    base: Rate
    tiers: tuple[tuple[int, Rate], ...]
    calendar: str
    past_calendar: PastCalendar
    config: OrderConfig
    state: State = State.REQUESTED
    initiator: str
    channel: str
    initiated_on: date
    reconfirm_until: date | None = kept(None, empty="")  # the last day to agree to a changed configuration
    digest: str = ""

    @classmethod
    def of(cls, record: Record) -> Self:
        """The order, or the certificate it became, of a record."""
        kind: Any = Certificate if "principal" in record.data else cls
        found: Self = super().of(record) if kind is cls else kind.of(record)
        return found

    @property
    def programme(self) -> str:
        """The programme of which it is one."""
        return self.ids[0]

    @property
    def name(self) -> str:
        """Its id within the programme."""
        return self.ids[1]

    @property
    def deadline(self) -> date:
        """The last day on which anybody can confirm."""
        return self.initiated_on + timedelta(days=self.config.window)

    @property
    def leave_until(self) -> date:
        """The last day on which anybody can leave."""
        return self.deadline - timedelta(days=self.config.lock)

    def check_state(self, *states: State) -> None:
        """Raises OrderClosed in any other state."""
        if self.state not in states:
            raise OrderClosed(self.name, self.state.value, self.deadline)

    def check_initiator(self, books: Books, initiator: str) -> None:
        """Raises PartySuspended for who acts for it, NoPermission for anybody but the order's initiator."""
        actor = acting_for(books, initiator)
        if self.initiator != initiator:
            raise NoPermission(initiator, f"it is {self.initiator}'s")
        if actor.role is Role.OPERATOR and not self.by_third_party(books):
            raise NoPermission(initiator, "it is no third party")

    def check_goes_on(self, books: Books, terms: CertificateTerms) -> None:
        """Raises OrderStopped where its initiator may no more, and the terms stop it then."""
        third_party = ThirdParty.find(books, self.programme, self.initiator)
        withdrawn = third_party is not None and not third_party.permitted
        barred = withdrawn or Party.existing(books, self.initiator).suspended
        if barred and terms.withdrawal is Withdrawal.STOP:
            raise OrderStopped(self.name, self.initiator)

    def by_third_party(self, books: Books) -> bool:
        """Whether its initiator is a registered third party, for which an operator may speak."""
        return ThirdParty.find(books, self.programme, self.initiator) is not None

    def tell(self, voucher: Voucher, topic: str, parties: Iterable[str], **data: Any) -> None:
        """A notice to each of some parties."""
        for party in parties:
            voucher.notify(party, topic, f"{self.programme}/{self.name}", **data)

    def freed(self, books: Books) -> Record:
        """The record that the order binds its initiator no more: it is open, or has ended."""
        return Contract.ended(books, self.initiator, "certificate", *self.ids, "initiator")

    def running(self, today: date) -> Certificate:
        """The certificate, open and before its maturity; raises OrderClosed."""
        self.check_state(State.ACTIVE)
        assert isinstance(self, Certificate)
        if today >= self.matures_on:
            raise OrderClosed(self.name, State.MATURED.value, self.deadline)
        return self

    @property
    def business_days(self) -> Calendar:
        """The calendar that was agreed to."""
        return business_calendar(self.calendar, self.past_calendar)

    def paid_on(self, start: date) -> date:
        """When a certificate that begins on a day is paid: on its maturity, rolled to a business day.

        Raises BadDate, CalendarExhausted where that cannot be known.
        """
        return self.business_days.roll(add_months(start, self.months), self.config.roll)

    def signed(self) -> Order:
        """The order with the digest, SHA-256 in hexadecimal, of all that its participants agree to."""
        agreed = {name: value for name, value in self.data.items() if name in _AGREED}
        return evolve(self, digest=sha256(f"{self.id},{canonical_json(agreed)}".encode()).hexdigest())

    def opened(self, total: int, today: date) -> Certificate:
        """The certificate of a total that opens today, at the tier of it; raises CalendarExhausted."""
        floor, factor = max(step for step in self.tiers if step[0] <= total)
        opened = {
            "state": State.ACTIVE,
            "principal": total,
            "opened_with": total,
            "rate": Rate(self.base.fraction * factor.fraction),
            "floor": floor,
            "value_on": today,
            "matures_on": add_months(today, self.months),
            "pay_on": self.paid_on(today),
            "interest": 0,
        }
        return Certificate(**{**attrs.asdict(self, recurse=False), **opened})


@frozen(kw_only=True)
class Certificate(Order):
    """What an order became: one deposit of all shares, with one rate, one maturity, one interest.

    `floor` is where the tier of its rate begins; `interest` is what all of it was paid at the end.  One
    that was rolled over has the name of the `first`, and is the `turn`th.
    """

    principal: int
    opened_with: int
    rate: Rate
    floor: int
    value_on: date
    matures_on: date
    pay_on: date
    interest: int = 0
    redeemed_on: date | None = kept(None, absent=True)
    first: str | None = kept(None, absent=True)
    turn: int | None = kept(None, absent=True)

    def earned(self, principal: int, through: date) -> Fraction:
        """Exact interest of a part of it, never beyond maturity."""
        return self.term.earned(principal, through)

    def accrued(self, demand: Rate, on: date) -> Fraction:
        """Exact interest of all of it that is owed on a day, after its maturity at the demand rate."""
        return self.term.accrued(self.principal, demand, on)

    @property
    def term(self) -> Term:
        """Its rate from its beginning to its maturity."""
        return Term(self.rate, self.value_on, self.matures_on)


# --- refusals -----------------------------------------------------------------------------------------


class AmountNotAdmitted(ProductRejection):
    sentence = "target {amount} is not from {least} to {most} in steps of {whole}"
    quantities = ("amount", "least", "most", "whole")
    amount: int
    least: int
    most: int
    whole: int
    unit: str = ""


class ProductNotAdmitted(ProductRejection):
    sentence = "product {product} is not on sale; known: {known}"
    product: str
    known: str


class OrderClosed(ProductRejection):
    sentence = "order {order} is {state}, deadline {deadline}"
    order: str
    state: str
    deadline: date


class OrderStopped(ProductRejection):
    """The initiator's permission was withdrawn, or the initiator suspended."""

    sentence = "order {order} takes no confirmations: {initiator} may not initiate orders"
    order: str
    initiator: str


# --- commands and their rules -------------------------------------------------------------------------

_TURN = re.compile(r"\.[0-9]+\Z")  # how a rollover is named, and nothing else
INITIATOR = {Role.CUSTOMER: "initiator", Role.OPERATOR: "initiator"}  # an operator is a third party


@frozen
class OfOrder:
    """The base of what is asked of an order."""

    programme: str = fields.id_("the programme of certificates")
    order: str = fields.id_("the order, later the certificate")


@frozen
class InitiateOrder(OfOrder):
    """Request an order for a certificate of many (发起众筹)."""

    may: ClassVar[Mapping[Role, str]] = INITIATOR
    initiator: str = fields.id_("the party or third party that asks")
    product: str = fields.id_("code of the product")
    channel: str = fields.id_("channel of the request")
    config: OrderConfig = fields.of_terms("its configuration", OrderConfig)


@noun.rule(InitiateOrder)
def initiate_order(terms: CertificateTerms, command: InitiateOrder, books: Books) -> Plan:
    """Check identity, permission and admission, and note the request, which binds its initiator.

    Refuses, in this order: BadCommand for the name of a rollover, AlreadyTaken, PartySuspended for who acts
    for the initiator, InitiatorUnknown, PartyErased, PartySuspended, NotIdentified, NoCurrentAccount for who
    is no third party, ProductNotAdmitted, ChannelNotAdmitted, UnitMismatch, AmountNotAdmitted,
    PaidIntermediary, NoPermission, CalendarExhausted.
    """
    programme, name, initiator = command.programme, command.order, command.initiator
    if _TURN.search(name):
        raise BadCommand("order", f"{name!r} is the name of a rollover; none may end in '.' and a number")
    id = Order.fresh(books, programme, name)
    third_party = known_initiator(books, programme, initiator)
    if command.product not in terms.offer:
        raise ProductNotAdmitted(command.product, ", ".join(terms.offer))
    if command.channel not in terms.channels:
        raise ChannelNotAdmitted(command.channel, ", ".join(terms.channels))
    check_target(terms, command.config)
    check_permission(terms, third_party, command.channel, command.config.target)
    months, base = terms.offer[command.product]
    order = Order(
        id=id,
        product=command.product,
        months=months,
        base=base,
        tiers=terms.tiers.steps,
        calendar=terms.calendar,
        past_calendar=terms.past_calendar,
        config=command.config,
        initiator=initiator,
        channel=command.channel,
        initiated_on=books.today,
    ).signed()
    latest = order.paid_on(order.deadline)
    voucher = PROGRAMMES.voucher(books, terms, id)
    tell_calendar_end(voucher, order.calendar, order.config.roll, initiator, id, latest)
    voucher.keep(order)
    voucher.put(
        DUE.note(books, programme, name, order.deadline),
        Contract.opened(books, initiator, "certificate", *order.ids, "initiator"),
    )
    return voucher.plan("initiate", f"{initiator} requests order {name}")


def check_target(terms: CertificateTerms, config: OrderConfig) -> None:
    """Raises UnitMismatch, AmountNotAdmitted for a target that the bank does not admit."""
    if config.unit != terms.unit:
        raise UnitMismatch(terms.unit, config.unit, "config")
    within = terms.min_opening <= config.target <= terms.max_total
    if not within or config.target % terms.whole:
        raise AmountNotAdmitted(config.target, terms.min_opening, terms.max_total, terms.whole, terms.unit)


# --- what reports have in common ----------------------------------------------------------------------


def orders_of(books: Books, *states: State) -> Iterator[tuple[CertificateTerms, Order]]:
    """The orders in some states, or all, programme by programme, with today's terms."""
    for programme, terms in PROGRAMMES.offered(books):
        for order in Order.every(books, programme):
            if not states or order.state in states:
                yield terms, order


def amounts(terms: CertificateTerms, *quantities: int) -> tuple[Amount, ...]:
    """Minor units as amounts."""
    return tuple(Amount(quantity, terms.unit) for quantity in quantities)
