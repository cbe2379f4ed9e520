"""Commands about the money of a mode."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import ClassVar

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.errors import BadCommand
from bankcore.product import fields
from bankcore.product.actor import Role

__all__ = ["BreakDeposit", "GiveNotice", "PlaceIdle", "Receive", "Spend", "TopUp", "WithdrawFromMode"]

_OWNER: Mapping[Role, str] = {Role.CUSTOMER: "enterprise"}


@frozen
class Receive:
    """Take a sale receipt from outside; a share of it may be set aside (销售回款)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: "", Role.CUSTOMER: "enterprise"}
    programme: str = fields.id_("the platform")
    enterprise: str = fields.id_("who is paid")
    amount: Amount = fields.amount("what came in")


@frozen
class TopUp:
    """Put money into a mode by hand (存入存款模式)."""

    may: ClassVar[Mapping[Role, str]] = _OWNER
    programme: str = fields.id_("the platform")
    enterprise: str = fields.id_("whose mode it is")
    mode: str = fields.id_("code of the mode")
    amount: Amount = fields.amount("what is put in")
    source: str = fields.choice("where it comes from", ("demand", "cash"), "demand")


@frozen
class GiveNotice:
    """Announce a withdrawal, for the notice rate (通知支取)."""

    may: ClassVar[Mapping[Role, str]] = _OWNER
    programme: str = fields.id_("the platform")
    enterprise: str = fields.id_("whose mode it is")
    mode: str = fields.id_("code of the mode")
    amount: Amount = fields.amount("what will be withdrawn")
    on: date = fields.day("on which day")


@frozen
class WithdrawFromMode:
    """Take money back to the demand account (支取)."""

    may: ClassVar[Mapping[Role, str]] = _OWNER
    programme: str = fields.id_("the platform")
    enterprise: str = fields.id_("whose mode it is")
    mode: str = fields.id_("code of the mode")
    amount: Amount = fields.amount("what is taken")


@frozen
class Spend:
    """Pay freight, or a refund guaranteed to a buyer, out of a mode (支付运费、退款担保)."""

    may: ClassVar[Mapping[Role, str]] = _OWNER
    programme: str = fields.id_("the platform")
    enterprise: str = fields.id_("whose mode it is")
    mode: str = fields.id_("code of the mode")
    payee: str = fields.id_("the enterprise that is paid")
    amount: Amount = fields.amount("what is paid")
    purpose: str = fields.choice("what for", ("freight", "guarantees"))

    def __attrs_post_init__(self) -> None:
        if self.payee == self.enterprise:
            raise BadCommand("payee", "nobody pays himself out of a mode")


@frozen
class PlaceIdle:
    """Place now what the demand account holds over the floor (存入闲置资金)."""

    may: ClassVar[Mapping[Role, str]] = _OWNER
    programme: str = fields.id_("the platform")
    enterprise: str = fields.id_("whose mode it is")
    mode: str = fields.id_("code of the mode")


@frozen
class BreakDeposit:
    """Leave one term deposit of a mode early, at the demand rate (定期提前支取)."""

    may: ClassVar[Mapping[Role, str]] = _OWNER
    programme: str = fields.id_("the platform")
    enterprise: str = fields.id_("whose mode it is")
    mode: str = fields.id_("code of the mode")
    deposit: str = fields.id_("number of the deposit")
