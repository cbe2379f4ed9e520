"""What crowdfunded certificates refuse, one class for one cause; quantities are minor units.

>>> TierBreach("k", 6_000_00, 10_000_00).code
'tier_breach'
"""

from __future__ import annotations

from datetime import date

from attrs import define

from bankcore.errors import BadTerms, InputError, ProductRejection

__all__ = [
    "AccountNotNormal", "AlreadyConfirmed", "AmountNotAdmitted",
    "AmountTypeInvalid", "ChannelNotAdmitted", "ConfigChanged", "ConsentMissing", "ExitForbidden",
    "ExitUsed", "InitiatorUnknown", "LinkExpired", "LinkForged", "LockAfterDeadline", "Locked",
    "NoPermission", "NotConfirmed", "NotInvited", "NotOffered", "OrderClosed",
    "OverTarget", "PaidIntermediary", "ProductNotAdmitted", "RateTooHigh", "SeatsTaken",
    "ShareFrozen", "SteppedEarlyRate", "TierBreach",
]  # fmt: skip


@define
class SteppedEarlyRate(InputError):
    """Intermediate rates for early exit (靠档计息) are forbidden; only the demand rate is paid."""

    sentence = "term {field} is not allowed: an early exit earns the demand rate, no table of rates"
    field: str


@define
class LockAfterDeadline(BadTerms):
    sentence = "term {field} is not allowed: {reason}"


@define
class AccountNotNormal(ProductRejection):
    """Missing, frozen, or closed."""

    sentence = "account {account} is {status}"
    account: str
    status: str


@define
class InitiatorUnknown(ProductRejection):
    sentence = "{initiator} is neither a customer nor a registered third party"
    initiator: str


@define
class NoPermission(ProductRejection):
    sentence = "{initiator} may not initiate this order: {reason}"
    initiator: str
    reason: str


@define
class PaidIntermediary(ProductRejection):
    sentence = "{third_party} is paid for deposits and may not initiate them"
    third_party: str


@define
class AmountNotAdmitted(ProductRejection):
    sentence = "target {amount} is not from {least} to {most} in steps of {whole}"
    quantities = ("amount", "least", "most", "whole")
    amount: int
    least: int
    most: int
    whole: int
    unit: str = ""


@define
class ChannelNotAdmitted(ProductRejection):
    sentence = "channel {channel} is not admitted; known: {known}"
    channel: str
    known: str


@define
class ProductNotAdmitted(ProductRejection):
    sentence = "product {product} is not on sale; known: {known}"
    product: str
    known: str


@define
class OrderClosed(ProductRejection):
    sentence = "order {order} is {state}, deadline {deadline}"
    order: str
    state: str
    deadline: date


@define
class LinkForged(ProductRejection):
    """The link was altered, cut, or signed by somebody else."""

    sentence = "the link is not one of ours"


@define
class LinkExpired(ProductRejection):
    sentence = "the link to order {order} was good until {until}"
    order: str
    until: date


@define
class NotInvited(ProductRejection):
    sentence = "{participant} is not invited to order {order}"
    order: str
    participant: str


@define
class ConfigChanged(ProductRejection):
    sentence = "order {order} has another configuration than the one agreed to"
    order: str
    config: str
    agreed: str


@define
class AlreadyConfirmed(ProductRejection):
    sentence = "{participant} has already confirmed order {order}"
    order: str
    participant: str


@define
class NotConfirmed(ProductRejection):
    """No live confirmation, or no share, of this participant."""

    sentence = "{participant} has no part in order {order}"
    order: str
    participant: str


@define
class SeatsTaken(ProductRejection):
    sentence = "all {seats} seats of order {order} are taken"
    order: str
    seats: int


@define
class AmountTypeInvalid(ProductRejection):
    sentence = "{amount} is no share of an order with {amount_type} shares: {reason}"
    quantities = ("amount",)
    amount: int
    amount_type: str
    reason: str
    unit: str = ""


@define
class OverTarget(ProductRejection):
    sentence = "order {order} has room for {room}, {amount} asked"
    quantities = ("room", "amount")
    order: str
    room: int
    amount: int
    unit: str = ""


@define
class Locked(ProductRejection):
    sentence = "nobody leaves order {order} after {until}"
    order: str
    until: date


@define
class ExitForbidden(ProductRejection):
    sentence = "order {order} was agreed to without early exits"
    order: str


@define
class ExitUsed(ProductRejection):
    sentence = "{participant} has used all {exits} exits"
    participant: str
    exits: int


@define
class TierBreach(ProductRejection):
    """What stays has to keep its rate; a share can be sold instead."""

    sentence = "certificate {order} would be left with {remainder}, its rate needs {least}"
    quantities = ("remainder", "least")
    order: str
    remainder: int
    least: int
    unit: str = ""


@define
class RateTooHigh(ProductRejection):
    sentence = "retained rate {rate} is above the certificate's {most}"
    rate: str
    most: str


@define
class NotOffered(ProductRejection):
    sentence = "{participant} does not offer a share of order {order}"
    order: str
    participant: str


@define
class ConsentMissing(ProductRejection):
    sentence = "early redemption of {order} needs the consent of {missing}"
    order: str
    missing: str


@define
class ShareFrozen(ProductRejection):
    sentence = "the share of {participant} in order {order} is frozen: {reason}"
    order: str
    participant: str
    reason: str
