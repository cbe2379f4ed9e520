"""What enterprises are refused, one class for one cause; money is in minor units, entitlements are whole."""

from __future__ import annotations

from attrs import define

from bankcore.errors import ProductRejection

__all__ = ["EntitlementsExceed", "EntitlementsShort", "KycIncomplete"]


@define
class KycIncomplete(ProductRejection):
    sentence = "of enterprise {enterprise} these facts are missing: {missing}"
    enterprise: str
    missing: str


@define
class EntitlementsExceed(ProductRejection):
    sentence = "the entitlements are worth {worth}, the fee is {fee}"
    quantities = ("worth", "fee")
    worth: int
    fee: int
    unit: str = ""


@define
class EntitlementsShort(ProductRejection):
    sentence = "enterprise {enterprise} has {live} entitlements, {asked} asked"
    enterprise: str
    live: int
    asked: int
