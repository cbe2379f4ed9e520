"""An order before it is filled: request, link, change of configuration, cancellation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bankcore.calendars import add_months, load_calendar
from bankcore.errors import BadCommand, BadTerms, UnitMismatch
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product.plan import Plan
from bankcore.product.records import fresh
from bankcore.products.certificate import commands, registry
from bankcore.products.certificate.commands.fields import words_of
from bankcore.products.certificate.config import OrderConfig, digest
from bankcore.products.certificate.openings import refund
from bankcore.products.certificate.orders import Order, ShareState, State, order_in, shares_of
from bankcore.products.certificate.parties import operation
from bankcore.products.certificate.refusals import (
    AmountNotAdmitted,
    ChannelNotAdmitted,
    InitiatorUnknown,
    NoPermission,
    PaidIntermediary,
    ProductNotAdmitted,
)
from bankcore.products.certificate.terms import CertificateTerms, Profile

__all__ = ["cancel_order", "change_config", "check_initiator", "initiate_order", "issue_link"]


def initiate_order(terms: CertificateTerms, command: commands.InitiateOrder, books: Books) -> Plan:
    """Check identity, permission and admission, and note the request.

    Refuses, in this order: AlreadyTaken, InitiatorUnknown, ProductNotAdmitted, ChannelNotAdmitted,
    UnitMismatch, AmountNotAdmitted, PaidIntermediary, NoPermission, CalendarExhausted.
    """
    programme, initiator = command.programme, command.initiator
    id = fresh(books, registry.ORDER, programme, command.order)
    party = _known_party(books, programme, initiator)
    offer = {code: (months, rate) for code, months, rate in terms.products}
    if command.product not in offer:
        raise ProductNotAdmitted(command.product, ", ".join(offer))
    if command.channel not in terms.channels:
        raise ChannelNotAdmitted(command.channel, ", ".join(terms.channels))
    _check_target(terms, command.config)
    _check_permission(terms, party, command)
    months, base = offer[command.product]
    agreed = {
        "product": command.product,
        "months": months,
        "base": str(base),
        "tiers": [[start, str(factor)] for start, factor in terms.tiers.steps],
        "calendar": terms.calendar,
        "config": command.config.as_data(),
    }
    order = Order(
        Record(
            registry.ORDER,
            id,
            {
                **agreed,
                "state": State.REQUESTED.value,
                "initiator": initiator,
                "channel": command.channel,
                "initiated_on": books.today.isoformat(),
                "reconfirm_until": "",
                "invited": [],
                "link_until": "",
                "digest": digest(id, agreed),
            },
        )
    )
    _check_maturity(order)
    records = (order.record, registry.due(books, programme, command.order, order.deadline))
    text = f"{initiator} requests order {command.order}"
    return Plan((operation(books, terms, id, "initiate", text, records=records),))


def issue_link(terms: CertificateTerms, command: commands.IssueLink, books: Books) -> Plan:
    """Open the order to the invited; what the link says stands in the order's record.

    Refuses: NotFound, OrderClosed, BadCommand for an expiry outside of the order's days.
    """
    order = order_in(books, command.programme, command.order)
    order.check_state(State.REQUESTED, State.OPEN)
    until = command.expires_on or order.deadline
    if not books.today <= until <= order.deadline:
        raise BadCommand("expires_on", f"{until} is not from {books.today} to the deadline {order.deadline}")
    invited = sorted({*order.data["invited"], *words_of(command.invited)})
    records = (order.next(state=State.OPEN, invited=invited, link_until=until),)
    text = f"link to order {order.id} for {len(invited)}"
    return Plan((operation(books, terms, order.record.id, "link", text, records=records),))


def change_config(terms: CertificateTerms, command: commands.ChangeConfig, books: Books) -> Plan:
    """Change what is agreed to; every confirmation has to be given again in time.

    Refuses: NotFound, NoPermission, OrderClosed, UnitMismatch, AmountNotAdmitted, CalendarExhausted,
    and what an OrderConfig refuses.
    """
    order = order_in(books, command.programme, command.order)
    check_initiator(order, command.initiator)
    order.check_state(State.REQUESTED, State.OPEN)
    config = OrderConfig.from_data({**order.data["config"], **command.config})
    _check_target(terms, config)
    changed = Order(order.next(config=config.as_data()))
    if changed.deadline < books.today:
        raise BadTerms("window", f"the deadline {changed.deadline} is past")
    _check_maturity(changed)
    calendar = load_calendar(order.data["calendar"])
    until = calendar.add_business_days(books.today, terms.reconfirm_days)
    record = order.next(
        config=config.as_data(), digest=digest(order.record.id, _agreed(changed)), reconfirm_until=until
    )
    days = sorted({until, changed.deadline})
    due = tuple(registry.due(books, order.programme, order.id, day) for day in days)
    text = f"new configuration of order {order.id}: {', '.join(sorted(command.config))}"
    return Plan((operation(books, terms, order.record.id, "config", text, records=(record, *due)),))


def cancel_order(terms: CertificateTerms, command: commands.CancelOrder, books: Books) -> Plan:
    """Pay everybody back.  Refuses: NotFound, NoPermission, OrderClosed."""
    order = order_in(books, command.programme, command.order)
    check_initiator(order, command.initiator)
    order.check_state(State.REQUESTED, State.OPEN)
    shares = shares_of(books, order, ShareState.CONFIRMED)
    return Plan((refund(books, terms, order, shares, State.CANCELLED),))


def check_initiator(order: Order, initiator: str) -> None:
    """Raises NoPermission for anybody but the order's own initiator."""
    if order.data["initiator"] != initiator:
        raise NoPermission(initiator, f"it is {order.data['initiator']}'s")


def _agreed(order: Order) -> dict[str, Any]:
    return {name: order.data[name] for name in ("product", "months", "base", "tiers", "calendar", "config")}


def _known_party(books: Books, programme: str, initiator: str) -> Record:
    for kind in (registry.CUSTOMER, registry.THIRD_PARTY):
        if (record := books.record(kind, f"{programme}:{initiator}")) is not None:
            return record
    raise InitiatorUnknown(initiator)


def _check_target(terms: CertificateTerms, config: OrderConfig) -> None:
    if config.unit != terms.unit:
        raise UnitMismatch(terms.unit, config.unit, "config")
    within = terms.min_opening <= config.target <= terms.max_total
    if not within or config.target % terms.whole:
        raise AmountNotAdmitted(config.target, terms.min_opening, terms.max_total, terms.whole, terms.unit)


def _check_maturity(order: Order) -> None:
    """Raises CalendarExhausted or BadDate where the latest day of payment cannot be known."""
    latest = add_months(order.deadline, order.data["months"])
    load_calendar(order.data["calendar"]).roll(latest, order.config.roll)


def _check_permission(terms: CertificateTerms, party: Record, command: commands.InitiateOrder) -> None:
    """A customer may ask for what the terms admit, a third party for what it was permitted."""
    granted: Mapping[str, Any] = party.data
    if party.kind == registry.CUSTOMER:
        return
    if granted["paid"] and terms.profile is Profile.CN:
        raise PaidIntermediary(command.initiator)
    if not granted["permitted"]:
        raise NoPermission(command.initiator, "it has none")
    if command.channel not in granted["channels"]:
        raise NoPermission(command.initiator, f"not by channel {command.channel}")
    if command.config.target > granted["limit"]:
        raise NoPermission(command.initiator, "the target is above its limit")
