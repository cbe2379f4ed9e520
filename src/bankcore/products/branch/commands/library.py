"""Commands about the headquarters' product library, and interest in its products."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import ClassVar

from attrs import frozen

from bankcore.errors import BadCommand
from bankcore.product.actor import Role
from bankcore.product.fields import count, day, id_, text
from bankcore.products.branch.commands import fields
from bankcore.rates import Rate

__all__ = ["Click", "CloseVersion", "ListProduct", "PublishVersion", "Purchase"]


@frozen
class PublishVersion:
    """Publish the next version of a product, with its dates and price band (发布产品版本)."""

    may: ClassVar[Mapping[Role, str]] = fields.AUTHOR
    programme: str = fields.programme()
    author: str = id_("who publishes: the headquarters")
    product: str = id_("the product")
    title: str = text("what it is called")
    least_price: Rate = fields.price("lowest price at which a branch may list it")
    most_price: Rate = fields.price("highest price")
    valid_from: date = day("first day")
    valid_until: date = day("last day")

    def __attrs_post_init__(self) -> None:
        if self.most_price.fraction < self.least_price.fraction:
            raise BadCommand("most_price", f"{self.most_price} is below {self.least_price}")
        if self.valid_until < self.valid_from:
            raise BadCommand("valid_until", f"{self.valid_until} is before {self.valid_from}")


@frozen
class CloseVersion:
    """Close a version of a product: no branch may list it any more (停用产品版本)."""

    may: ClassVar[Mapping[Role, str]] = fields.AUTHOR
    programme: str = fields.programme()
    author: str = id_("who closes it: the headquarters")
    product: str = id_("the product")
    version: int = count("number of the version")


@frozen
class ListProduct:
    """List a version at a branch, at a price of its own within the band (网点上架与定价)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: "branch"}
    programme: str = fields.programme()
    branch: str = fields.branch()
    product: str = id_("the product")
    version: int = count("number of the version")
    price: Rate = fields.price("the branch's price")


@frozen
class Click:
    """Note that a user looked at a product; it heats once a day (点击)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "user"} | fields.OPERATOR
    programme: str = fields.programme()
    user: str = id_("who looked")
    product: str = id_("the product")


@frozen
class Purchase:
    """Note that a user bought a product (购买)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "user"} | fields.OPERATOR
    programme: str = fields.programme()
    user: str = id_("who bought")
    product: str = id_("the product")
    purchase: str = id_("id of the purchase")
