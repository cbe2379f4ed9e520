"""What can be asked of a points programme; `may` says who may ask.

>>> Redeem("points", "c001", 280).may
{<Role.CUSTOMER: 'customer'>: 'card'}
"""

from __future__ import annotations

from bankcore.products.points.commands.parties import (
    ChangeTerms,
    CloseCard,
    ConfirmIdentity,
    JoinFamily,
    MergeCards,
    OpenProgramme,
    RegisterConsumer,
    RegisterProvider,
    SignAgreement,
)
from bankcore.products.points.commands.sales import ReviseRight, SellWithPoints
from bankcore.products.points.commands.trade import (
    DepositCash,
    GrantPoints,
    PlaceOrder,
    Redeem,
    RefundOrder,
    RepayDebt,
    SettleFund,
    SubmitOrder,
    TransferPoints,
)

__all__ = [
    "ChangeTerms",
    "CloseCard",
    "ConfirmIdentity",
    "DepositCash",
    "GrantPoints",
    "JoinFamily",
    "MergeCards",
    "OpenProgramme",
    "PlaceOrder",
    "Redeem",
    "RefundOrder",
    "RegisterConsumer",
    "RegisterProvider",
    "RepayDebt",
    "ReviseRight",
    "SellWithPoints",
    "SettleFund",
    "SignAgreement",
    "SubmitOrder",
    "TransferPoints",
]
