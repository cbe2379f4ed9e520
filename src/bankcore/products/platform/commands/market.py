"""Commands about supply and demand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import ClassVar

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.errors import BadCommand
from bankcore.product.actor import Role
from bankcore.product.fields import amount, count, day, flag, id_
from bankcore.products.enterprise.commands import fields

__all__ = ["AcceptMatch", "PublishDemand", "PublishSupply", "WithdrawOffer"]


@frozen
class PublishSupply:
    """Offer goods for sale (发布供应)."""

    may: ClassVar[Mapping[Role, str]] = fields.ENTERPRISE
    programme: str = fields.programme()
    enterprise: str = id_("the enterprise that sells")
    offer: str = id_("id of the offer")
    goods: str = id_("what is sold")
    region: str = id_("where it is delivered")
    price: Amount = amount("price of one")
    quantity: int = count("how many")
    minimum: int = fields.whole("fewest in one trade")
    freight: bool = flag("whether it is carriage of goods")
    until: date | None = day("last day of the offer; open if not given", None)

    def __attrs_post_init__(self) -> None:
        _check_minimum(self.minimum, self.quantity)


@frozen
class PublishDemand:
    """Ask for goods (发布需求)."""

    may: ClassVar[Mapping[Role, str]] = fields.ENTERPRISE
    programme: str = fields.programme()
    enterprise: str = id_("the enterprise that buys")
    offer: str = id_("id of the demand")
    goods: str = id_("what is wanted")
    region: str = id_("where it is delivered")
    price: Amount = amount("most that is paid for one")
    quantity: int = count("how many")
    minimum: int = fields.whole("fewest in one trade")
    freight: bool = flag("whether it is carriage of goods")
    until: date | None = day("last day of the demand; open if not given", None)

    def __attrs_post_init__(self) -> None:
        _check_minimum(self.minimum, self.quantity)


@frozen
class WithdrawOffer:
    """Take back what is left of a supply or demand (撤回发布)."""

    may: ClassVar[Mapping[Role, str]] = fields.ENTERPRISE
    programme: str = fields.programme()
    enterprise: str = id_("the enterprise that published it")
    offer: str = id_("id of the offer")


@frozen
class AcceptMatch:
    """Accept a match of supply and demand at the other side's price: a trade (接受撮合)."""

    may: ClassVar[Mapping[Role, str]] = fields.PARTY
    programme: str = fields.programme()
    trade: str = id_("id of the new trade")
    demand: str = id_("the demand")
    supply: str = id_("the supply")
    party: str = fields.party()
    quantity: int = fields.whole("how many; as many as both have left if not given")
    deliver_by: date | None = day("last day of delivery; by the terms if not given", None)


def _check_minimum(minimum: int, quantity: int) -> None:
    if minimum > quantity:
        raise BadCommand("minimum", f"{minimum} is more than the quantity of {quantity}")
