"""What a points programme refuses, one class for one cause; money is in minor units, points are whole.

>>> str(PointsShort("c001", 20, 100))
'card c001 has 20 points to spend, 100 asked'
"""

from __future__ import annotations

from datetime import date

from attrs import define

from bankcore.errors import ProductRejection

__all__ = [
    "AgreementMissing",
    "BelowMin",
    "CardClosed",
    "CreditLineOpen",
    "DebtOpen",
    "DebtShort",
    "FundShort",
    "IdentityUnconfirmed",
    "NotWholeFen",
    "OrderDuplicate",
    "OrderOfOther",
    "OverCap",
    "PointsExpired",
    "PointsLeft",
    "PointsShort",
    "RightRefused",
    "SelfDealing",
    "TransferOff",
]


@define
class IdentityUnconfirmed(ProductRejection):
    sentence = "nobody has confirmed who holds card {card}"
    card: str


@define
class OrderDuplicate(ProductRejection):
    sentence = "there is already an order {order}"
    order: str


@define
class SelfDealing(ProductRejection):
    sentence = "card {card} and provider {provider} belong to the same person, {person}"
    card: str
    provider: str
    person: str


@define
class AgreementMissing(ProductRejection):
    sentence = "provider {provider} has no agreement for class {consumer_class} in force on {on}"
    provider: str
    consumer_class: str
    on: date


@define
class FundShort(ProductRejection):
    sentence = "provider {provider} can put {available} behind its points, {needed} needed"
    quantities = ("available", "needed")
    provider: str
    available: int
    needed: int
    unit: str = ""


@define
class PointsShort(ProductRejection):
    sentence = "card {card} has {available} points to spend, {points} asked"
    card: str
    available: int
    points: int


@define
class PointsExpired(ProductRejection):
    sentence = "card {card} has {available} points to spend, {points} asked; {expired} more have expired"
    card: str
    available: int
    points: int
    expired: int


@define
class NotWholeFen(ProductRejection):
    sentence = "{points} points are worth {worth} minor units, which is no whole number"
    points: int
    worth: str


@define
class BelowMin(ProductRejection):
    sentence = "at least {least} points are redeemed at once, not {points}"
    points: int
    least: int


@define
class OrderOfOther(ProductRejection):
    sentence = "order {order} is not one of provider {provider}"
    order: str
    provider: str


@define
class DebtOpen(ProductRejection):
    sentence = "card {card} owes {points} points"
    card: str
    points: int


@define
class DebtShort(ProductRejection):
    sentence = "card {card} owes provider {provider} {debt} points, not {points}"
    card: str
    provider: str
    debt: int
    points: int


@define
class PointsLeft(ProductRejection):
    sentence = "closing gives up {points} points; the holder of card {card} has to consent"
    card: str
    points: int


@define
class TransferOff(ProductRejection):
    sentence = "card {card} may not give points to card {to}: {reason}"
    card: str
    to: str
    reason: str


@define
class OverCap(ProductRejection):
    sentence = "card {card} would give away {points} points today, {cap} are allowed"
    card: str
    points: int
    cap: int


@define
class CardClosed(ProductRejection):
    sentence = "card {card} is closed"
    card: str


@define
class RightRefused(ProductRejection):
    sentence = "sale {sale}: {reason}"
    sale: str
    reason: str


@define
class CreditLineOpen(ProductRejection):
    sentence = "card {card} has a credit line; move it to card {into}, or have its limit set to nothing"
    card: str
    into: str
