"""Enterprises (企业): what a trading platform and deposit modes both know of the firms they serve.

A programme, the registration of its enterprises by two people, what they did, fees and the discount of
members, and the entitlements that trade earns.  Platform and deposit modes import it, and it neither.
"""

from bankcore.products.enterprise.commands import (
    ApproveEnterprise,
    ChangeTerms,
    OpenProgramme,
    PayCashIn,
    PayFee,
    RegisterEnterprise,
    RejectEnterprise,
    Visit,
)
from bankcore.products.enterprise.terms import EnterpriseTerms

__all__ = [
    "ApproveEnterprise",
    "ChangeTerms",
    "EnterpriseTerms",
    "OpenProgramme",
    "PayCashIn",
    "PayFee",
    "RegisterEnterprise",
    "RejectEnterprise",
    "Visit",
]
