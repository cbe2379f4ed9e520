"""Commands about points that the bank itself grants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.product.actor import Role
from bankcore.product.fields import amount, count, id_
from bankcore.products.points.commands import fields

__all__ = ["ReviseRight", "SellWithPoints"]


@frozen
class SellWithPoints:
    """Sell something of the bank's own together with points (附积分销售)."""

    may: ClassVar[Mapping[Role, str]] = fields.OFFICER
    programme: str = fields.programme()
    sale: str = id_("id of the sale")
    price: Amount = amount("price of goods and points together")
    points: int = count("points granted")
    worth: Amount = amount("stand-alone price of all the points")
    expected: int = count("points expected to be redeemed")


@frozen
class ReviseRight:
    """State how many points of a sale are redeemed so far and expected in all (积分收入确认)."""

    may: ClassVar[Mapping[Role, str]] = fields.OFFICER
    programme: str = fields.programme()
    sale: str = id_("id of the sale")
    redeemed: int = count("points redeemed to date")
    expected: int = count("points expected to be redeemed in all")
