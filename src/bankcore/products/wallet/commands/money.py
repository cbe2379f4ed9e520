"""Commands that move clients' money."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.product.actor import Role
from bankcore.products.wallet.accounts import POCKETS
from bankcore.products.wallet.commands import fields

__all__ = ["CloseClient", "Consume", "Recharge", "Refund", "Settle", "UndoRecharge", "Withdraw"]


@frozen
class Recharge:
    """Credit a client with cash taken by the operator, and with a bonus (线下充值)."""

    may: ClassVar[Mapping[Role, str]] = fields.OPERATOR
    programme: str = fields.programme()
    client: str = fields.id_("the client who paid")
    amount: Amount = fields.amount("cash taken")
    recharge: str = fields.id_("id of the recharge")


@frozen
class UndoRecharge:
    """Take back a recharge that was not used (撤销充值)."""

    may: ClassVar[Mapping[Role, str]] = fields.OPERATOR
    programme: str = fields.programme()
    recharge: str = fields.id_("id of the recharge")


@frozen
class Consume:
    """Buy at a bound merchant: from yield, then principal, then vested bonus (消费)."""

    may: ClassVar[Mapping[Role, str]] = fields.CUSTOMER
    programme: str = fields.programme()
    client: str = fields.id_("the client who buys")
    merchant: str = fields.id_("the merchant who sells")
    amount: Amount = fields.amount("the price")
    purchase: str = fields.id_("id of the purchase")


@frozen
class Refund:
    """Refund a purchase, or a part of it, to the pockets it was paid from (退款)."""

    may: ClassVar[Mapping[Role, str]] = fields.MERCHANT | fields.OPERATOR
    programme: str = fields.programme()
    merchant: str = fields.id_("the merchant who sold")
    purchase: str = fields.id_("id of the purchase")
    amount: Amount = fields.amount("what is refunded")


@frozen
class Settle:
    """Pay a third-party merchant its takings less the fee (商户结算)."""

    may: ClassVar[Mapping[Role, str]] = fields.OPERATOR | fields.MERCHANT
    programme: str = fields.programme()
    merchant: str = fields.id_("the merchant who is paid")


@frozen
class Withdraw:
    """Withdraw to the client's demand account; unvested bonus is forfeited in proportion (提现)."""

    may: ClassVar[Mapping[Role, str]] = fields.CUSTOMER
    programme: str = fields.programme()
    client: str = fields.id_("the client who withdraws")
    amount: Amount = fields.amount("what is withdrawn")
    pocket: str = fields.choice(
        "pocket to take it from; if not given, yield first, then principal", ("", *POCKETS), ""
    )


@frozen
class CloseClient:
    """Pay out a client and close the pockets (销户)."""

    may: ClassVar[Mapping[Role, str]] = fields.CUSTOMER | fields.OFFICER
    programme: str = fields.programme()
    client: str = fields.id_("the client who leaves")
    forfeit_vested: bool = fields.flag("consent to lose the vested bonus")
