"""Commands about the programme, its parties and their agreements."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from attrs import frozen

from bankcore.errors import BadCommand
from bankcore.product.actor import Role
from bankcore.product.fields import day, flag, id_, some_terms, text
from bankcore.product.fields import terms as any_terms
from bankcore.products.points.commands import fields
from bankcore.products.points.terms import AgreementTerms, PointsTerms

__all__ = [
    "ChangeTerms",
    "CloseCard",
    "ConfirmIdentity",
    "JoinFamily",
    "MergeCards",
    "OpenProgramme",
    "RegisterConsumer",
    "RegisterProvider",
    "SignAgreement",
]


@frozen
class OpenProgramme:
    """Open a points programme (开办积分计划)."""

    may: ClassVar[Mapping[Role, str]] = fields.OFFICER
    programme: str = fields.programme()
    terms: PointsTerms = fields.terms()


@frozen
class ChangeTerms:
    """Change some terms from a later day on (变更条款); what was agreed before keeps its own."""

    may: ClassVar[Mapping[Role, str]] = fields.OFFICER
    programme: str = fields.programme()
    terms: Mapping[str, Any] = any_terms("the terms that change", some_terms)
    effective_on: date | None = day("first day of the new terms; tomorrow if not given", None)


@frozen
class RegisterConsumer:
    """Issue the unified card of a consumer (消费者注册, 统一卡)."""

    may: ClassVar[Mapping[Role, str]] = fields.OPERATOR | fields.OFFICER | fields.CONSUMER
    programme: str = fields.programme()
    card: str = fields.card()
    person: str = id_("who holds it; the card's own id if not given", "")
    consumer_class: str = id_("class of consumer, by which providers agree on points", "standard")


@frozen
class RegisterProvider:
    """Register a provider of goods or services (提供方注册)."""

    may: ClassVar[Mapping[Role, str]] = fields.OPERATOR | fields.OFFICER
    programme: str = fields.programme()
    provider: str = fields.provider()
    person: str = id_("who owns it; the provider's own id if not given", "")


@frozen
class ConfirmIdentity:
    """Confirm who holds a card (身份确认)."""

    may: ClassVar[Mapping[Role, str]] = fields.OFFICER | fields.OPERATOR
    programme: str = fields.programme()
    card: str = fields.card()
    document: str = text("the document that was seen")


@frozen
class SignAgreement:
    """Agree how many points a provider's orders earn a class of consumers (签订积分协议)."""

    may: ClassVar[Mapping[Role, str]] = fields.PROVIDER | fields.OFFICER
    programme: str = fields.programme()
    provider: str = fields.provider()
    consumer_class: str = id_("class of consumer", "standard")
    terms: AgreementTerms = fields.agreement()
    valid_from: date | None = day("first day; today if not given", None)
    valid_until: date | None = day("last day; open if not given", None)

    def __attrs_post_init__(self) -> None:
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            raise BadCommand("valid_until", f"{self.valid_until} is before {self.valid_from}")


@frozen
class JoinFamily:
    """Put a card into a family, whose members may give each other points (加入家庭)."""

    may: ClassVar[Mapping[Role, str]] = fields.OFFICER | fields.OPERATOR
    programme: str = fields.programme()
    card: str = fields.card()
    family: str = id_("the family")


@frozen
class MergeCards:
    """Merge a card into another of the same person, with all lots and debts (合并卡)."""

    may: ClassVar[Mapping[Role, str]] = fields.CONSUMER | fields.OFFICER | fields.OPERATOR
    programme: str = fields.programme()
    card: str = fields.card()
    into: str = id_("the card that stays")


@frozen
class CloseCard:
    """Close a card (销卡)."""

    may: ClassVar[Mapping[Role, str]] = fields.CONSUMER | fields.OFFICER
    programme: str = fields.programme()
    card: str = fields.card()
    forfeit: bool = flag("consent to lose the points on it")
