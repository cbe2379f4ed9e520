"""What the bank sells: one line for each product, and what other packages add (`outside`)."""

from __future__ import annotations

from typing import Final

from bankcore.product.catalogue import Catalogue
from bankcore.products import outside

__all__ = ["PRODUCTS"]

_HOMES: Final = {  # deposit modes come late: they see the day's other postings; what accounts earn comes last
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
}
PRODUCTS: Final = Catalogue(
    _HOMES,
    outside=outside.homes,
    last=("deposit-modes", "parties", "current"),
    versions=dict.fromkeys(_HOMES, 1),  # known before one is loaded
)
