"""What any product may refuse, one class for one cause."""

from __future__ import annotations

from attrs import define

from bankcore.errors import ProductRejection

__all__ = ["AlreadyTaken", "NotFound", "PersonsDiffer", "RefundExceeds"]


@define
class AlreadyTaken(ProductRejection):
    sentence = "there is already a {kind} {id}"
    kind: str
    id: str


@define
class NotFound(ProductRejection):
    sentence = "there is no {kind} {id}"
    kind: str
    id: str


@define
class PersonsDiffer(ProductRejection):
    sentence = "card {card} belongs to {person}, card {into} to {other}"
    card: str
    person: str
    into: str
    other: str


@define
class RefundExceeds(ProductRejection):
    sentence = "{kind} {id} has {left} left to refund, {amount} asked"
    quantities = ("left", "amount")
    kind: str
    id: str
    left: int
    amount: int
    unit: str = ""
