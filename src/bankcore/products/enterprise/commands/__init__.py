"""What can be asked about enterprises."""

from bankcore.products.enterprise.commands.parties import (
    ApproveEnterprise,
    ChangeTerms,
    OpenProgramme,
    PayCashIn,
    PayFee,
    RegisterEnterprise,
    RejectEnterprise,
    Visit,
)

__all__ = [
    "ApproveEnterprise",
    "ChangeTerms",
    "OpenProgramme",
    "PayCashIn",
    "PayFee",
    "RegisterEnterprise",
    "RejectEnterprise",
    "Visit",
]
