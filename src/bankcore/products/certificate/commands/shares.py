"""Commands about the shares of a certificate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.errors import BadCommand
from bankcore.product.actor import Role
from bankcore.products.certificate.commands import fields
from bankcore.rates import Rate

__all__ = ["BuyShare", "Consent", "Exit", "FreezeShare", "OfferShare", "RedeemEarly", "ReleaseShare"]


@frozen
class Consent:
    """Agree to a lower total at the deadline, or to early redemption (同意)."""

    may: ClassVar[Mapping[Role, str]] = fields.PARTICIPANT
    programme: str = fields.programme()
    order: str = fields.order()
    participant: str = fields.participant()
    to: str = fields.choice("what is agreed to", ("open-lower", "redemption"))


@frozen
class Exit:
    """Withdraw from an open certificate at the demand rate (提前支取)."""

    may: ClassVar[Mapping[Role, str]] = fields.PARTICIPANT
    programme: str = fields.programme()
    order: str = fields.order()
    participant: str = fields.participant("the customer who withdraws")
    amount: Amount | None = fields.amount("a part of the share; all of it if not given", default=None)


@frozen
class OfferShare:
    """Offer the whole share for its principal and interest at a retained rate (转让挂单)."""

    may: ClassVar[Mapping[Role, str]] = fields.PARTICIPANT
    programme: str = fields.programme()
    order: str = fields.order()
    participant: str = fields.participant("the customer who sells")
    rate: Rate = fields.rate("yearly rate that the seller retains")


@frozen
class BuyShare:
    """Buy a share that is offered (受让份额)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "buyer"}
    programme: str = fields.programme()
    order: str = fields.order()
    participant: str = fields.participant("the customer who sells")
    buyer: str = fields.id_("the customer who buys")

    def __attrs_post_init__(self) -> None:
        if self.buyer == self.participant:
            raise BadCommand("buyer", "nobody buys from himself")


@frozen
class RedeemEarly:
    """Redeem the whole certificate at the demand rate, by consent of all (提前兑付)."""

    may: ClassVar[Mapping[Role, str]] = fields.INITIATOR | fields.OFFICER
    programme: str = fields.programme()
    order: str = fields.order()
    initiator: str = fields.id_("who initiated the order")


@frozen
class FreezeShare:
    """Freeze one share, as a court orders; the others go on (冻结份额)."""

    may: ClassVar[Mapping[Role, str]] = fields.OFFICER
    programme: str = fields.programme()
    order: str = fields.order()
    participant: str = fields.participant("whose share it is")
    reason: str = fields.text("who ordered it, and why")


@frozen
class ReleaseShare:
    """Release a frozen share (解冻份额)."""

    may: ClassVar[Mapping[Role, str]] = fields.OFFICER
    programme: str = fields.programme()
    order: str = fields.order()
    participant: str = fields.participant("whose share it is")
