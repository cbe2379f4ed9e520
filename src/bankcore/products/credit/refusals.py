"""What credit lines refuse, one class for one cause; quantities are minor units.

>>> LimitExceeded("c001", 100_00, 100_01, "CNY/2").code
'limit_exceeded'
"""

from __future__ import annotations

from attrs import define

from bankcore.errors import ProductRejection

__all__ = [
    "HolderUnknown",
    "LimitBelowDrawn",
    "LimitExceeded",
    "LineMoved",
    "LineOpen",
    "LineUnknown",
    "NothingToRaise",
    "RepaymentExceeds",
]


@define
class HolderUnknown(ProductRejection):
    sentence = "{holder} takes no part in programme {programme}"
    programme: str
    holder: str


@define
class LineUnknown(ProductRejection):
    sentence = "{holder} has no credit line in programme {programme}"
    programme: str
    holder: str


@define
class LineOpen(ProductRejection):
    sentence = "there is already a {kind} {id}"
    kind: str
    id: str


@define
class LineMoved(ProductRejection):
    sentence = "the credit line of card {card} went to card {into}"
    card: str
    into: str


@define
class LimitExceeded(ProductRejection):
    sentence = "{holder} may draw {undrawn}, {amount} asked"
    quantities = ("undrawn", "amount")
    holder: str
    undrawn: int
    amount: int
    unit: str = ""


@define
class LimitBelowDrawn(ProductRejection):
    sentence = "{holder} has drawn {drawn}; a limit of {limit} is not between that and {cap}"
    quantities = ("drawn", "limit", "cap")
    holder: str
    drawn: int
    limit: int
    cap: int
    unit: str = ""


@define
class NothingToRaise(ProductRejection):
    sentence = "{points} points of {holder} give a limit of {earned}, it has {limit}"
    quantities = ("earned", "limit")
    holder: str
    points: int
    earned: int
    limit: int
    unit: str = ""


@define
class RepaymentExceeds(ProductRejection):
    sentence = "{holder} owes {owed}, {amount} offered"
    quantities = ("owed", "amount")
    holder: str
    owed: int
    amount: int
    unit: str = ""
