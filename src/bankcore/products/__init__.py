"""What the bank sells: one line for each product."""

from __future__ import annotations

from bankcore.products.certificate import CERTIFICATE
from bankcore.products.credit import CREDIT
from bankcore.products.loan import LOAN
from bankcore.products.points import POINTS
from bankcore.products.product import Product
from bankcore.products.time_deposit import TIME_DEPOSIT
from bankcore.products.wallet import WALLET

__all__ = ["PRODUCTS"]

PRODUCTS: tuple[Product, ...] = (WALLET, CERTIFICATE, POINTS, CREDIT, TIME_DEPOSIT, LOAN)
