"""What can be asked of a platform."""

from __future__ import annotations

from bankcore.products.platform.commands.market import (
    AcceptMatch,
    PublishDemand,
    PublishSupply,
    WithdrawOffer,
)
from bankcore.products.platform.commands.parties import (
    ApproveEnterprise,
    ChangeTerms,
    OpenProgramme,
    PayCashIn,
    PayFee,
    RegisterEnterprise,
    RejectEnterprise,
    Visit,
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
    "ApproveEnterprise",
    "ApproveResolution",
    "CancelTrade",
    "ChangeTerms",
    "DisputeTrade",
    "FundEscrow",
    "OpenProgramme",
    "PayCashIn",
    "PayFee",
    "ProposeResolution",
    "PublishDemand",
    "PublishSupply",
    "RateTrade",
    "RegisterEnterprise",
    "RejectEnterprise",
    "RejectResolution",
    "Visit",
    "WithdrawDispute",
    "WithdrawOffer",
]
