"""Commands about damage claims."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.errors import BadCommand
from bankcore.product import fields
from bankcore.product.actor import Role

__all__ = ["DecideClaim", "FileClaim", "PayClaim"]


@frozen
class FileClaim:
    """Claim damages from a carrier's deposit (提出索赔)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "shipper"}
    programme: str = fields.id_("the platform")
    claim: str = fields.id_("id of the claim")
    carrier: str = fields.id_("whose deposit it is")
    mode: str = fields.id_("code of the mode")
    shipper: str = fields.id_("who claims")
    amount: Amount = fields.amount("what is claimed")

    def __attrs_post_init__(self) -> None:
        if self.shipper == self.carrier:
            raise BadCommand("shipper", "nobody claims from himself")


@frozen
class DecideClaim:
    """Award all of a claim, a part or nothing (裁定索赔)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    programme: str = fields.id_("the platform")
    claim: str = fields.id_("the claim")
    awarded: Amount = fields.amount("what is awarded; 0 dismisses the claim", least=0)


@frozen
class PayClaim:
    """Pay a decided claim (赔付)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    programme: str = fields.id_("the platform")
    claim: str = fields.id_("the claim")
