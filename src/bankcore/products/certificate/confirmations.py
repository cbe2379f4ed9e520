"""Confirmations (确认参与): taking part, agreeing again after a change, leaving before the lock.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| confirm | demand account | escrow | what is put in |
| leave | escrow, interest expense | demand account | the same, with its interest |

With the confirmation that reaches the target the certificate opens, in the same operation.

>>> OverTarget("k", 5_00, 7_00, "CNY/2").code
'over_target'
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

import attrs
from attrs import evolve, field, frozen

from bankcore.amounts import Amount
from bankcore.errors import BadCommand, ProductRejection
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Transaction
from bankcore.product import fields
from bankcore.product.parties import account_of, acting_for, active_party
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.products.certificate.config import AmountType, Overflow
from bankcore.products.certificate.invitations import admission
from bankcore.products.certificate.openings import give_back, open_certificate, paying
from bankcore.products.certificate.orders import Order, OrderClosed, State
from bankcore.products.certificate.programmes import PROGRAMMES, CertificateTerms
from bankcore.products.certificate.shares import (
    ESCROW,
    OfParticipant,
    Share,
    ShareState,
    fresh_share,
    shares_of,
    the_share,
)
from bankcore.products.certificate.terminals import KINDS, check_terminal

__all__ = [
    "AlreadyConfirmed", "AmountTypeInvalid", "ConfigChanged", "Confirm", "Leave", "Locked", "OverTarget",
    "Reconfirm", "SeatsTaken",
]  # fmt: skip

noun = Noun(__name__)


# --- refusals -----------------------------------------------------------------------------------------


class ConfigChanged(ProductRejection):
    sentence = "order {order} has another configuration than the one agreed to"
    order: str
    config: str
    agreed: str


class AlreadyConfirmed(ProductRejection):
    sentence = "{participant} has already confirmed order {order}"
    order: str
    participant: str


class SeatsTaken(ProductRejection):
    sentence = "all {seats} seats of order {order} are taken"
    order: str
    seats: int


class AmountTypeInvalid(ProductRejection):
    sentence = "{amount} is no share of an order with {amount_type} shares: {reason}"
    quantities = ("amount",)
    amount: int
    amount_type: str
    reason: str
    unit: str = ""


class OverTarget(ProductRejection):
    sentence = "order {order} has room for {room}, {amount} asked"
    quantities = ("room", "amount")
    order: str
    room: int
    amount: int
    unit: str = ""


class Locked(ProductRejection):
    sentence = "nobody leaves order {order} after {until}"
    order: str
    until: date


# --- commands and their rules -------------------------------------------------------------------------

_DIGEST = re.compile(r"[0-9a-f]{64}")


def _check_digest(_: Any, it: attrs.Attribute[Any], value: Any) -> None:
    if not isinstance(value, str) or not _DIGEST.fullmatch(value):
        raise BadCommand(it.name, "64 hexadecimal digits are needed")


def _digest() -> Any:
    help = "digest of the configuration that was seen, as its link says it"
    return field(validator=_check_digest, metadata={"help": help, "sample": "0" * 64})


def _terminal() -> Any:
    return fields.id_("the terminal that it comes from", default="")


def _kind() -> Any:
    return fields.choice("what terminal that is", ("", *KINDS), default="")


@frozen
class Confirm(OfParticipant):
    """Take part: the amount goes from the demand account into escrow (确认参与)."""

    amount: Amount = fields.amount("what is put in")
    config: str = _digest()
    link: str = fields.id_("nonce of the link that is used; needless for who is invited by name", default="")
    terminal: str = _terminal()
    terminal_kind: str = _kind()


@frozen
class Reconfirm(OfParticipant):
    """Agree to the changed configuration with the amount already put in (重新确认)."""

    config: str = _digest()
    terminal: str = _terminal()
    terminal_kind: str = _kind()


@frozen
class Leave(OfParticipant):
    """Leave before the lock; the amount comes back with its interest (退出众筹)."""

    participant: str = fields.id_("the party that leaves")


@noun.rule(Confirm)
def confirm(terms: CertificateTerms, command: Confirm, books: Books) -> Plan:
    """Demand to escrow; the certificate opens with the confirmation that reaches the target.

    From now on the order binds who takes part.  Refuses, in this order: UnitMismatch, PartySuspended for who
    acts for him, NotFound, OrderClosed, OrderStopped, LinkForged, NotInvited, LinkRevoked, LinkExpired,
    LinkUsed, ConfigChanged, TerminalUnknown, AlreadyConfirmed, NotFound for who is no party, PartyErased,
    PartySuspended, NoCurrentAccount, SeatsTaken, AmountTypeInvalid, OverTarget; the ledger what the current
    account does not hold, or may not pay.
    """
    amount = terms.minor_units(command.amount)
    acting_for(books, command.participant)
    order, participant = _running_order(books, terms, command), command.participant
    place = admission(books, order, participant, command.link)
    _check_config(order, command.config)
    check_terminal(books, terms, order.programme, participant, command.terminal, command.terminal_kind)
    shares = shares_of(books, order)
    live = [share for share in shares if share.state is ShareState.CONFIRMED]
    if any(share.participant == participant for share in live):
        raise AlreadyConfirmed(order.name, participant)
    account = account_of(books, active_party(books, participant).id)
    share = fresh_share(
        books,
        order,
        participant,
        state=ShareState.CONFIRMED,
        amount=_admitted(terms, order, live, amount),
        number=1 + max((share.number for share in shares), default=0),
        terminal=command.terminal or None,
    )
    voucher = PROGRAMMES.voucher(books, terms, order.id)
    voucher.open_again(ESCROW.account(*share.ids, unit=terms.unit, on=books.today, party=participant))
    voucher.keep(share, *place)
    voucher.put(share.bound(books))
    voucher.move(account, ESCROW(*share.ids), share.amount)
    confirmation = voucher.transaction("confirm", f"{participant} confirms order {order.name}")
    return _confirmed(books, terms, order, confirmation, [*live, share.written()])


@noun.rule(Reconfirm)
def reconfirm(terms: CertificateTerms, command: Reconfirm, books: Books) -> Plan:
    """Agree to the present configuration; the certificate opens where that reaches the target.

    Refuses, in this order: PartySuspended for who acts for the participant, NotFound, OrderClosed,
    OrderStopped, NotConfirmed, ConfigChanged, TerminalUnknown, AlreadyConfirmed, SeatsTaken,
    AmountTypeInvalid, OverTarget.
    """
    acting_for(books, command.participant)
    order = _running_order(books, terms, command)
    share = the_share(books, order, command.participant, ShareState.CONFIRMED)
    _check_config(order, command.config)
    given = command.terminal, command.terminal_kind
    check_terminal(books, terms, order.programme, share.participant, *given)
    if share.agrees(order):
        raise AlreadyConfirmed(order.name, share.participant)
    others = [other for other in shares_of(books, order, ShareState.CONFIRMED) if other != share]
    agreeing = [other for other in others if other.agrees(order)]
    if _admitted(terms, order, agreeing, share.amount) < share.amount:
        raise OverTarget(order.name, _room(order, agreeing), share.amount, terms.unit)
    agreed = evolve(share, agreed=order.digest, consents=(), terminal=command.terminal or None)
    voucher = PROGRAMMES.voucher(books, terms, order.id)
    voucher.keep(agreed)
    confirmation = voucher.transaction("reconfirm", f"{share.participant} confirms order {order.name} again")
    return _confirmed(books, terms, order, confirmation, [*others, agreed.written()])


@noun.rule(Leave)
def leave(terms: CertificateTerms, command: Leave, books: Books) -> Plan:
    """Escrow back to the demand account, with its interest.

    Refuses, in this order: PartySuspended for who acts for the participant, NotFound, OrderClosed,
    NotConfirmed, ShareFrozen, Locked; who did not agree to the present configuration leaves at any time.
    """
    acting_for(books, command.participant)
    order = _open_order(books, command)
    share = the_share(books, order, command.participant, ShareState.CONFIRMED)
    share.check_free()
    if books.today > order.leave_until and share.agrees(order):
        raise Locked(order.name, order.leave_until)
    payments = paying(books, terms, order, direct=True)
    give_back(payments, terms, [share], ShareState.WITHDRAWN)
    return payments.voucher.plan("leave", f"{share.participant} leaves order {order.name}")


def _confirmed(
    books: Books, terms: CertificateTerms, order: Order, confirmation: Transaction, live: Sequence[Share]
) -> Plan:
    """A confirmation, and the opening where that reaches the target."""
    payments = paying(books, terms, order)
    opened = open_certificate(payments, terms, live)
    return Plan((confirmation, *opened, *payments.out()))


def _open_order(books: Books, command: OfParticipant) -> Order:
    """An order that is open today; raises NotFound, OrderClosed."""
    order = Order.existing(books, command.programme, command.order)
    order.check_state(State.OPEN)
    if books.today > order.deadline:  # only while its close waits for an account
        raise OrderClosed(order.name, order.state.value, order.deadline)
    return order


def _running_order(books: Books, terms: CertificateTerms, command: OfParticipant) -> Order:
    """An order that can be confirmed today; raises NotFound, OrderClosed, OrderStopped."""
    order = _open_order(books, command)
    order.check_goes_on(books, terms)
    return order


def _check_config(order: Order, agreed: str) -> None:
    if agreed != order.digest:
        raise ConfigChanged(order.name, order.digest, agreed)


def _room(order: Order, live: list[Share]) -> int:
    return order.config.target - sum(share.amount for share in live)


def _admitted(terms: CertificateTerms, order: Order, live: list[Share], amount: int) -> int:
    """What of an amount the order takes; raises SeatsTaken, AmountTypeInvalid, OverTarget."""
    config, room = order.config, _room(order, live)
    if len(live) >= config.seats:
        raise SeatsTaken(order.name, config.seats)
    if reason := _wrong_amount(order, live, amount, room):
        raise AmountTypeInvalid(amount, config.amount_type.value, reason, terms.unit)
    if amount <= room:
        return amount
    if config.overflow is Overflow.PARTIAL and config.amount_type is AmountType.FREE and room > 0:
        return room
    raise OverTarget(order.name, room, amount, terms.unit)


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
