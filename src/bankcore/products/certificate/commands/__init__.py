"""What can be asked of crowdfunded certificates; `may` says who may ask.

>>> Leave("cd", "k", "a").may
{<Role.CUSTOMER: 'customer'>: 'participant'}
"""

from __future__ import annotations

from bankcore.products.certificate.commands.orders import (
    CancelOrder,
    ChangeConfig,
    Confirm,
    InitiateOrder,
    IssueLink,
    Leave,
    Reconfirm,
)
from bankcore.products.certificate.commands.parties import (
    ChangeTerms,
    Deposit,
    OpenProgramme,
    PermitThirdParty,
    RegisterCustomer,
    RegisterThirdParty,
)
from bankcore.products.certificate.commands.shares import (
    BuyShare,
    Consent,
    Exit,
    FreezeShare,
    OfferShare,
    RedeemEarly,
    ReleaseShare,
)

__all__ = [
    "BuyShare",
    "CancelOrder",
    "ChangeConfig",
    "ChangeTerms",
    "Confirm",
    "Consent",
    "Deposit",
    "Exit",
    "FreezeShare",
    "InitiateOrder",
    "IssueLink",
    "Leave",
    "OfferShare",
    "OpenProgramme",
    "PermitThirdParty",
    "Reconfirm",
    "RedeemEarly",
    "RegisterCustomer",
    "RegisterThirdParty",
    "ReleaseShare",
]
