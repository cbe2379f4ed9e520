"""What can be asked of deposit modes; `may` says who may ask.

>>> EndMode("p", "e", "MEMB").may
{<Role.CUSTOMER: 'customer'>: 'enterprise'}
"""

from __future__ import annotations

from bankcore.products.deposit_modes.commands.claims import DecideClaim, FileClaim, PayClaim
from bankcore.products.deposit_modes.commands.modes import (
    ChangeMode,
    CustomiseMode,
    DecideCustomisation,
    EndMode,
    OfferMode,
    OpenMode,
    RecommendModes,
    Visit,
)
from bankcore.products.deposit_modes.commands.money import (
    BreakDeposit,
    GiveNotice,
    PlaceIdle,
    Receive,
    Spend,
    TopUp,
    WithdrawFromMode,
)

__all__ = [
    "BreakDeposit",
    "ChangeMode",
    "CustomiseMode",
    "DecideClaim",
    "DecideCustomisation",
    "EndMode",
    "FileClaim",
    "GiveNotice",
    "OfferMode",
    "OpenMode",
    "PayClaim",
    "PlaceIdle",
    "Receive",
    "RecommendModes",
    "Spend",
    "TopUp",
    "Visit",
    "WithdrawFromMode",
]
