"""What a platform refuses, one class for one cause; money is in minor units, entitlements are whole.

>>> str(Disputed("t1"))
'trade t1 is disputed, its escrow is frozen'
"""

from __future__ import annotations

from attrs import define

from bankcore.errors import ProductRejection

__all__ = [
    "AlreadyRated",
    "Disputed",
    "NotDisputed",
    "NotMatched",
    "NotParty",
    "NotSettled",
    "OfferClosed",
    "OverRelease",
    "TradeNotFunded",
]


@define
class NotMatched(ProductRejection):
    sentence = "{trade} is no match of supply and demand: {reason}"
    trade: str
    reason: str


@define
class NotParty(ProductRejection):
    sentence = "{party} is no party to {kind} {id}"
    party: str
    kind: str
    id: str


@define
class OfferClosed(ProductRejection):
    sentence = "offer {offer} is {state}"
    offer: str
    state: str


@define
class TradeNotFunded(ProductRejection):
    sentence = "trade {trade} is {state}, nothing is in escrow"
    trade: str
    state: str


@define
class OverRelease(ProductRejection):
    sentence = "{left} of trade {trade} is still to be delivered, not {share}"
    trade: str
    left: str
    share: str


@define
class Disputed(ProductRejection):
    sentence = "trade {trade} is disputed, its escrow is frozen"
    trade: str


@define
class NotDisputed(ProductRejection):
    sentence = "trade {trade} has no dispute of {party}"
    trade: str
    party: str


@define
class NotSettled(ProductRejection):
    sentence = "trade {trade} is {state}, only settled trades are rated"
    trade: str
    state: str


@define
class AlreadyRated(ProductRejection):
    sentence = "{party} has rated trade {trade}"
    party: str
    trade: str
