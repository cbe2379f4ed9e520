"""What any product may refuse, one class for one cause."""

from __future__ import annotations

from attrs import define

from bankcore.errors import ProductRejection

__all__ = [
    "AlreadyTaken",
    "NotApproved",
    "NotFound",
    "NothingProposed",
    "PersonsDiffer",
    "RefundExceeds",
    "SamePerson",
]


@define
class AlreadyTaken(ProductRejection):
    sentence = "there is already a {kind} {id}"
    kind: str
    id: str


@define
class NotApproved(ProductRejection):
    sentence = "{kind} {id} is not approved"
    kind: str
    id: str


@define
class NotFound(ProductRejection):
    sentence = "there is no {kind} {id}"
    kind: str
    id: str


@define
class NothingProposed(ProductRejection):
    sentence = "nothing is proposed and undecided about {kind} {id}"
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


@define
class SamePerson(ProductRejection):
    sentence = "{person} proposed {kind} {id}, so another person has to decide"
    person: str
    kind: str
    id: str
