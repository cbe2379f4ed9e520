"""The kinds of fields that commands have: those of every product, the wallet's own, and who may ask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bankcore.product.actor import Role
from bankcore.product.fields import amount, choice, day, flag, id_, some_terms, terms
from bankcore.products.wallet.terms import WalletTerms

__all__ = [
    "CUSTOMER",
    "MERCHANT",
    "OFFICER",
    "OPERATOR",
    "all_terms",
    "amount",
    "choice",
    "day",
    "flag",
    "id_",
    "programme",
    "some_terms",
    "terms",
]

OPERATOR, OFFICER = {Role.OPERATOR: "programme"}, {Role.OFFICER: ""}
CUSTOMER, MERCHANT = {Role.CUSTOMER: "client"}, {Role.MERCHANT: "merchant"}


def programme() -> Any:
    """The id of the programme."""
    return id_("the programme, named by its operator's id")


def all_terms(terms: WalletTerms | Mapping[str, Any]) -> WalletTerms:
    """All terms, those not named at their defaults.  Raises BadTerms."""
    return terms if isinstance(terms, WalletTerms) else WalletTerms.from_data(terms)
