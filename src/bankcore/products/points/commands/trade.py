"""Commands about orders and the points on cards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.product.actor import Role
from bankcore.product.fields import amount, count, id_
from bankcore.products.points.commands import fields

__all__ = [
    "DepositCash",
    "GrantPoints",
    "PlaceOrder",
    "Redeem",
    "RefundOrder",
    "RepayDebt",
    "SettleFund",
    "SubmitOrder",
    "TransferPoints",
]


@frozen
class DepositCash:
    """Pay cash into the demand account of a card's holder (存入现金)."""

    may: ClassVar[Mapping[Role, str]] = fields.CONSUMER | fields.OFFICER
    programme: str = fields.programme()
    card: str = fields.card()
    amount: Amount = amount("cash paid in")


@frozen
class PlaceOrder:
    """Pay a provider, and remit the points that the order earns (交易订单, 积分汇入)."""

    may: ClassVar[Mapping[Role, str]] = fields.PROVIDER | fields.CONSUMER
    programme: str = fields.programme()
    provider: str = fields.provider()
    card: str = fields.card()
    order: str = id_("number of the order")
    amount: Amount = amount("the price; zero earns nothing", least=0)


@frozen
class SubmitOrder:
    """Read a terminal's order document and place the order (订单数据提取)."""

    may: ClassVar[Mapping[Role, str]] = fields.OPERATOR | fields.OFFICER
    programme: str = fields.programme()
    document: Mapping[str, Any] = fields.document("the order as the terminal sent it")


@frozen
class RefundOrder:
    """Refund an order, or a part of it, and take its points back (订单退款)."""

    may: ClassVar[Mapping[Role, str]] = fields.PROVIDER | fields.OPERATOR
    programme: str = fields.programme()
    provider: str = fields.provider()
    order: str = id_("number of the order")
    amount: Amount = amount("what is refunded")


@frozen
class GrantPoints:
    """Issue points without an order, at the provider's cost (赠送积分)."""

    may: ClassVar[Mapping[Role, str]] = fields.PROVIDER | fields.OFFICER
    programme: str = fields.programme()
    provider: str = fields.provider()
    card: str = fields.card()
    points: int = count("how many points")


@frozen
class Redeem:
    """Exchange points for money on the demand account (积分兑付)."""

    may: ClassVar[Mapping[Role, str]] = fields.CONSUMER
    programme: str = fields.programme()
    card: str = fields.card()
    points: int = count("how many points")


@frozen
class TransferPoints:
    """Give points to another card of the family (积分转赠)."""

    may: ClassVar[Mapping[Role, str]] = fields.CONSUMER
    programme: str = fields.programme()
    card: str = fields.card()
    to: str = id_("the card that gets them")
    points: int = count("how many points")


@frozen
class RepayDebt:
    """Buy back points owed to a provider with money (偿还积分欠款)."""

    may: ClassVar[Mapping[Role, str]] = fields.CONSUMER
    programme: str = fields.programme()
    card: str = fields.card()
    provider: str = fields.provider()
    points: int = count("how many points")


@frozen
class SettleFund:
    """Repay what the bank advanced into a provider's fund (结清垫款)."""

    may: ClassVar[Mapping[Role, str]] = fields.PROVIDER | fields.OFFICER
    programme: str = fields.programme()
    provider: str = fields.provider()
    amount: Amount = amount("what is repaid")
