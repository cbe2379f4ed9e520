"""Commands about who takes part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from attrs import frozen

from bankcore.product.actor import Role
from bankcore.products.wallet.commands import fields

__all__ = ["Bind", "ConfirmBinding", "RegisterClient", "RegisterMerchant", "Unbind"]


@frozen
class RegisterClient:
    """Register a client and open the client's pockets (客户注册)."""

    may: ClassVar[Mapping[Role, str]] = fields.OPERATOR | fields.CUSTOMER
    programme: str = fields.programme()
    client: str = fields.id_("the new client")
    anonymous: bool = fields.flag("whether the client stays unnamed")


@frozen
class RegisterMerchant:
    """Register a merchant of the mall, the operator's own or a third party's (商户注册)."""

    may: ClassVar[Mapping[Role, str]] = fields.OPERATOR
    programme: str = fields.programme()
    merchant: str = fields.id_("the new merchant")
    own: bool = fields.flag("whether it is the operator's own mall")


@frozen
class Bind:
    """Bind a client to a merchant in the operator's registry (绑定)."""

    may: ClassVar[Mapping[Role, str]] = fields.OPERATOR
    programme: str = fields.programme()
    client: str = fields.id_("the client who will buy")
    merchant: str = fields.id_("the merchant who will sell")


@frozen
class ConfirmBinding:
    """Bind a client to a merchant in the bank's registry (银行确认绑定)."""

    may: ClassVar[Mapping[Role, str]] = fields.OFFICER
    programme: str = fields.programme()
    client: str = fields.id_("the client who will buy")
    merchant: str = fields.id_("the merchant who will sell")


@frozen
class Unbind:
    """Take a pair out of both registries (解除绑定)."""

    may: ClassVar[Mapping[Role, str]] = fields.OPERATOR | fields.OFFICER | fields.CUSTOMER
    programme: str = fields.programme()
    client: str = fields.id_("the client")
    merchant: str = fields.id_("the merchant")
