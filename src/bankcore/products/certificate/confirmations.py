"""Confirmations: taking part, agreeing again after a change, leaving before the lock, consenting."""

from __future__ import annotations

from collections import Counter

from bankcore.ledger.books import Books
from bankcore.product.plan import Plan
from bankcore.product.records import existing, minor_units
from bankcore.products.certificate import accounts, commands, registry
from bankcore.products.certificate.config import AmountType, Overflow
from bankcore.products.certificate.openings import leave_escrow, open_certificate
from bankcore.products.certificate.orders import (
    Order,
    Share,
    ShareState,
    State,
    fresh_share,
    order_in,
    shares_of,
    the_share,
)
from bankcore.products.certificate.parties import check_normal, missing, operation
from bankcore.products.certificate.refusals import (
    AlreadyConfirmed,
    AmountTypeInvalid,
    ConfigChanged,
    LinkExpired,
    Locked,
    NotInvited,
    OrderClosed,
    OverTarget,
    SeatsTaken,
    ShareFrozen,
)
from bankcore.products.certificate.terms import CertificateTerms

__all__ = ["confirm", "consent", "leave", "reconfirm"]


def confirm(terms: CertificateTerms, command: commands.Confirm, books: Books) -> Plan:
    """Demand to escrow; the certificate opens with the confirmation that reaches the target.

    Refuses, in this order: UnitMismatch, NotFound, OrderClosed, NotInvited, LinkExpired, ConfigChanged,
    AlreadyConfirmed, NotFound for who is no customer, AccountNotNormal, SeatsTaken,
    AmountTypeInvalid, OverTarget; the floor of the demand account refuses what it does not hold.
    """
    amount = minor_units(terms, command.amount)
    order, participant = _open_order(books, command.programme, command.order), command.participant
    if participant not in order.data["invited"]:
        raise NotInvited(order.id, participant)
    if books.today > order.link_until:
        raise LinkExpired(order.id, order.link_until)
    _check_config(order, command.config)
    live = shares_of(books, order, ShareState.CONFIRMED)
    if any(share.participant == participant for share in live):
        raise AlreadyConfirmed(order.id, participant)
    existing(books, registry.CUSTOMER, order.programme, participant)
    check_normal(books, participant)
    amount = _admitted(terms, order, live, amount)
    share = fresh_share(
        books,
        order,
        participant,
        state=ShareState.CONFIRMED,
        amount=amount,
        on=books.today,
        config=order.data["digest"],
        place=_next_place(books, order),
    )
    path = accounts.escrow(order.programme, order.id, participant)
    escrow = accounts.certificate_account(path, terms.unit, books.today, participant)
    confirmation = operation(
        books,
        terms,
        order.record.id,
        "confirm",
        f"{participant} confirms order {order.id}",
        debit={accounts.demand(participant): amount},
        credit={path: amount},
        records=(*missing(books, (escrow,)), share.record),
    )
    return Plan((confirmation, *open_certificate(books, terms, order, [*live, share])))


def reconfirm(terms: CertificateTerms, command: commands.Reconfirm, books: Books) -> Plan:
    """Agree to the present configuration; the certificate opens where that reaches the target.

    Refuses, in this order: NotFound, OrderClosed, NotConfirmed, ConfigChanged, AlreadyConfirmed,
    SeatsTaken, AmountTypeInvalid, OverTarget.
    """
    order = _open_order(books, command.programme, command.order)
    share = the_share(books, order, command.participant, ShareState.CONFIRMED)
    _check_config(order, command.config)
    if share.agrees(order):
        raise AlreadyConfirmed(order.id, share.participant)
    others = [other for other in shares_of(books, order, ShareState.CONFIRMED) if other != share]
    agreeing = [other for other in others if other.agrees(order)]
    if _admitted(terms, order, agreeing, share.amount) < share.amount:
        raise OverTarget(order.id, _room(order, agreeing), share.amount, terms.unit)
    agreed = share.next(config=order.data["digest"], consents=[])
    text = f"{share.participant} confirms order {order.id} again"
    confirmation = operation(books, terms, order.record.id, "reconfirm", text, records=(agreed.record,))
    return Plan((confirmation, *open_certificate(books, terms, order, [*others, agreed])))


def leave(terms: CertificateTerms, command: commands.Leave, books: Books) -> Plan:
    """Escrow back to the demand account, with its interest.

    Refuses, in this order: NotFound, OrderClosed, NotConfirmed, ShareFrozen, Locked; who did not
    agree to the present configuration leaves at any time.
    """
    order = _open_order(books, command.programme, command.order)
    share = the_share(books, order, command.participant, ShareState.CONFIRMED)
    if share.frozen:
        raise ShareFrozen(order.id, share.participant, share.frozen)
    if books.today > order.leave_until and share.agrees(order):
        raise Locked(order.id, order.leave_until)
    return Plan((leave_escrow(books, terms, order, share),))


def consent(terms: CertificateTerms, command: commands.Consent, books: Books) -> Plan:
    """Note what a participant agrees to.  Refuses: NotFound, OrderClosed, NotConfirmed."""
    order = order_in(books, command.programme, command.order)
    lower = command.to == "open-lower"
    order.check_state(State.OPEN if lower else State.ACTIVE)
    state = ShareState.CONFIRMED if lower else ShareState.SHARE
    share = the_share(books, order, command.participant, state)
    given = share.next(consents=sorted({*share.data["consents"], command.to}))
    text = f"{share.participant} consents to {command.to} of {order.id}"
    return Plan((operation(books, terms, order.record.id, "consent", text, records=(given.record,)),))


def _open_order(books: Books, programme: str, id: str) -> Order:
    """An order that can be confirmed today; raises NotFound, OrderClosed."""
    order = order_in(books, programme, id)
    order.check_state(State.OPEN)
    if books.today > order.deadline:  # only while its close waits for an account that is frozen
        raise OrderClosed(order.id, order.state.value, order.deadline)
    return order


def _check_config(order: Order, agreed: str) -> None:
    if agreed and agreed != order.data["digest"]:
        raise ConfigChanged(order.id, order.data["digest"], agreed)


def _next_place(books: Books, order: Order) -> int:
    return 1 + max((share.place[0] for share in shares_of(books, order)), default=0)


def _room(order: Order, live: list[Share]) -> int:
    return order.config.target - sum(share.amount for share in live)


def _admitted(terms: CertificateTerms, order: Order, live: list[Share], amount: int) -> int:
    """What of an amount the order takes; raises SeatsTaken, AmountTypeInvalid, OverTarget."""
    config, room = order.config, _room(order, live)
    if len(live) >= config.seats:
        raise SeatsTaken(order.id, config.seats)
    if reason := _wrong_amount(order, live, amount, room):
        raise AmountTypeInvalid(amount, config.amount_type.value, reason, terms.unit)
    if amount <= room:
        return amount
    if config.overflow is Overflow.PARTIAL and config.amount_type is AmountType.FREE and room > 0:
        return room
    raise OverTarget(order.id, room, amount, terms.unit)


def _wrong_amount(order: Order, live: list[Share], amount: int, room: int) -> str:
    """Why an amount is no share of the order; nothing where it is one."""
    config = order.config
    match config.amount_type:
        case AmountType.FIXED:
            return "" if amount == config.share else "each share is of one amount"
        case AmountType.EQUAL:
            left = Counter(config.parts()) - Counter(share.amount for share in live)
            return "" if left[amount] else "no equal part of it is left"
    if amount != room and (amount < config.least_share or amount % config.step):
        return "it is too small, or no multiple of the step"
    return ""
