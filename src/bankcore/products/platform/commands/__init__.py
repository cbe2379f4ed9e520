"""What can be asked of a platform."""

from __future__ import annotations

from bankcore.products.platform.commands.market import (
    AcceptMatch,
    PublishDemand,
    PublishSupply,
    WithdrawOffer,
)
from bankcore.products.platform.commands.trading import (
    AcceptDelivery,
    ApproveResolution,
    CancelTrade,
    DisputeTrade,
    FundEscrow,
    ProposeResolution,
    RateTrade,
    RejectResolution,
    WithdrawDispute,
)

__all__ = [
    "AcceptDelivery",
    "AcceptMatch",
    "ApproveResolution",
    "CancelTrade",
    "DisputeTrade",
    "FundEscrow",
    "ProposeResolution",
    "PublishDemand",
    "PublishSupply",
    "RateTrade",
    "RejectResolution",
    "WithdrawDispute",
    "WithdrawOffer",
]
