"""Commands about trades: escrow, delivery, cancellation, dispute, ratings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from attrs import frozen

from bankcore.product.actor import Role
from bankcore.product.fields import id_, text
from bankcore.products.enterprise.commands import fields
from bankcore.rates import Rate

__all__ = [
    "AcceptDelivery",
    "ApproveResolution",
    "CancelTrade",
    "DisputeTrade",
    "FundEscrow",
    "ProposeResolution",
    "RateTrade",
    "RejectResolution",
    "WithdrawDispute",
]


@frozen
class FundEscrow:
    """Pay a matched trade into escrow, from a deposit mode for orders first (订单资金托管)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "buyer"}
    programme: str = fields.programme()
    trade: str = fields.trade()
    buyer: str = id_("the buyer")


@frozen
class AcceptDelivery:
    """Accept a delivery, or a part of one; the seller is paid its share (验收付款)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "buyer"}
    programme: str = fields.programme()
    trade: str = fields.trade()
    buyer: str = id_("the buyer")
    share: Rate = fields.share("part of the whole trade that is delivered now")


@frozen
class CancelTrade:
    """Agree to cancel what is not delivered; after the deadline one side is enough (取消余款)."""

    may: ClassVar[Mapping[Role, str]] = fields.PARTY
    programme: str = fields.programme()
    trade: str = fields.trade()
    party: str = fields.party()


@frozen
class DisputeTrade:
    """Freeze the escrow of a trade until the dispute is resolved (争议冻结)."""

    may: ClassVar[Mapping[Role, str]] = fields.PARTY
    programme: str = fields.programme()
    trade: str = fields.trade()
    party: str = fields.party()
    reason: str = text("what the dispute is about")


@frozen
class WithdrawDispute:
    """Lift the freeze that oneself asked for (撤回争议)."""

    may: ClassVar[Mapping[Role, str]] = fields.PARTY
    programme: str = fields.programme()
    trade: str = fields.trade()
    party: str = fields.party()


@frozen
class ProposeResolution:
    """Propose which part of the disputed escrow the seller gets (提出争议处理)."""

    may: ClassVar[Mapping[Role, str]] = fields.MAKER
    programme: str = fields.programme()
    trade: str = fields.trade()
    maker: str = id_("who proposes")
    share: Rate = fields.share("part of what is in escrow for the seller; 0 for nothing", nothing=True)


@frozen
class ApproveResolution:
    """Approve what another person proposed, and divide the escrow by it (复核争议处理)."""

    may: ClassVar[Mapping[Role, str]] = fields.CHECKER
    programme: str = fields.programme()
    trade: str = fields.trade()
    checker: str = id_("who approves")


@frozen
class RejectResolution:
    """Reject what another person proposed; the dispute goes on (退回争议处理)."""

    may: ClassVar[Mapping[Role, str]] = fields.CHECKER
    programme: str = fields.programme()
    trade: str = fields.trade()
    checker: str = id_("who rejects")


@frozen
class RateTrade:
    """Rate the other party of a settled trade, once (互评)."""

    may: ClassVar[Mapping[Role, str]] = fields.PARTY
    programme: str = fields.programme()
    trade: str = fields.trade()
    party: str = fields.party()
    stars: int = fields.stars("one star to five")
