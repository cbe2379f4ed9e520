"""What the bank sells: one line for each product, and what other packages add (`outside`)."""

from __future__ import annotations

from typing import Final

from bankcore.product.catalogue import Catalogue
from bankcore.products import outside

__all__ = ["PRODUCTS"]

PRODUCTS: Final = Catalogue(
    {  # deposit modes come late: their close sees the day's other postings; what accounts earn comes last
        "wallet": "bankcore.products.wallet:WALLET",
        "certificate": "bankcore.products.certificate:CERTIFICATE",
        "points": "bankcore.products.points:POINTS",
        "credit": "bankcore.products.credit:CREDIT",
        "time-deposit": "bankcore.products.time_deposit:TIME_DEPOSIT",
        "enterprise": "bankcore.products.enterprise:ENTERPRISE",
        "platform": "bankcore.products.platform:PLATFORM",
        "loan": "bankcore.products.loan:LOAN",
        "branch": "bankcore.products.branch:BRANCH",
        "deposit-modes": "bankcore.products.deposit_modes:DEPOSIT_MODES",
        "parties": "bankcore.products.parties:PARTIES",
        "current": "bankcore.products.current:CURRENT",
    },
    outside=outside.homes,
    last=("deposit-modes", "parties", "current"),
)
