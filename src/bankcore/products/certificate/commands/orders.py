"""Commands about an order until its certificate opens."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.product.actor import Role
from bankcore.products.certificate.commands import fields
from bankcore.products.certificate.config import OrderConfig

__all__ = [
    "CancelOrder",
    "ChangeConfig",
    "Confirm",
    "InitiateOrder",
    "IssueLink",
    "Leave",
    "Reconfirm",
]


@frozen
class InitiateOrder:
    """Request an order for a certificate of many (发起众筹)."""

    may: ClassVar[Mapping[Role, str]] = fields.INITIATOR
    programme: str = fields.programme()
    order: str = fields.order()
    initiator: str = fields.id_("the customer or third party who asks")
    product: str = fields.id_("code of the product")
    channel: str = fields.id_("channel of the request")
    config: OrderConfig = fields.terms("its configuration", fields.configuration, OrderConfig())


@frozen
class IssueLink:
    """Open the order to those who are invited; again, to invite others (生成订单链接)."""

    may: ClassVar[Mapping[Role, str]] = fields.OFFICER
    programme: str = fields.programme()
    order: str = fields.order()
    invited: str = fields.ids("the customers invited, with commas between them")
    expires_on: date | None = fields.day("last day of the link; the deadline if not given", None)


@frozen
class ChangeConfig:
    """Change the configuration; who does not agree again in time is paid back (变更众筹配置)."""

    may: ClassVar[Mapping[Role, str]] = fields.INITIATOR
    programme: str = fields.programme()
    order: str = fields.order()
    initiator: str = fields.id_("who initiated the order")
    config: Mapping[str, Any] = fields.terms("what changes", fields.some_terms)


@frozen
class CancelOrder:
    """Give the order up; everybody is paid back (撤销众筹)."""

    may: ClassVar[Mapping[Role, str]] = fields.INITIATOR | fields.OFFICER
    programme: str = fields.programme()
    order: str = fields.order()
    initiator: str = fields.id_("who initiated the order")


@frozen
class Confirm:
    """Take part: the amount goes from the demand account into escrow (确认参与)."""

    may: ClassVar[Mapping[Role, str]] = fields.PARTICIPANT
    programme: str = fields.programme()
    order: str = fields.order()
    participant: str = fields.participant()
    amount: Amount = fields.amount("what is put in")
    config: str = fields.digest()


@frozen
class Reconfirm:
    """Agree to the changed configuration with the amount already put in (重新确认)."""

    may: ClassVar[Mapping[Role, str]] = fields.PARTICIPANT
    programme: str = fields.programme()
    order: str = fields.order()
    participant: str = fields.participant()
    config: str = fields.digest()


@frozen
class Leave:
    """Leave before the lock; the amount comes back with its interest (退出众筹)."""

    may: ClassVar[Mapping[Role, str]] = fields.PARTICIPANT
    programme: str = fields.programme()
    order: str = fields.order()
    participant: str = fields.participant("the customer who leaves")
