"""Commands about the platform and the enterprises on it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.product.actor import Role
from bankcore.product.fields import amount, day, id_, personal, some_terms, terms
from bankcore.products.enterprise.commands import fields
from bankcore.products.enterprise.terms import EnterpriseTerms

__all__ = [
    "ApproveEnterprise",
    "ChangeTerms",
    "OpenProgramme",
    "PayCashIn",
    "PayFee",
    "RegisterEnterprise",
    "RejectEnterprise",
    "Visit",
]


def _terms(given: EnterpriseTerms | Mapping[str, Any]) -> EnterpriseTerms:
    return given if isinstance(given, EnterpriseTerms) else EnterpriseTerms.from_data(given)


@frozen
class OpenProgramme:
    """Open an enterprise platform (开办企业交易平台)."""

    may: ClassVar[Mapping[Role, str]] = fields.OFFICER
    programme: str = fields.programme()
    terms: EnterpriseTerms = terms("its terms", _terms, EnterpriseTerms())


@frozen
class ChangeTerms:
    """Change terms from a day on; what is agreed stays as it is (变更条款)."""

    may: ClassVar[Mapping[Role, str]] = fields.OFFICER
    programme: str = fields.programme()
    terms: Mapping[str, Any] = terms("the terms that change", some_terms)
    effective_on: date | None = day("first day; today if not given", None)


@frozen
class RegisterEnterprise:
    """Submit the seven facts about an enterprise, new or changed, for approval (企业注册)."""

    may: ClassVar[Mapping[Role, str]] = fields.MAKER | {Role.OPERATOR: "maker", Role.CUSTOMER: "maker"}
    programme: str = fields.programme()
    enterprise: str = id_("the enterprise")
    maker: str = id_("who submits the facts")
    registered_name: str = fields.fact("the name it is registered under")
    place: str = fields.fact("where it is registered")
    legal_representative: str = personal("legal representative")
    registered_capital: Amount | None = fields.capital()
    business_scope: str = fields.fact("business scope")
    qualifications: str = fields.fact("qualifications")
    contact: str = personal("contact")


@frozen
class ApproveEnterprise:
    """Approve the facts that another person submitted (复核通过注册)."""

    may: ClassVar[Mapping[Role, str]] = fields.CHECKER
    programme: str = fields.programme()
    enterprise: str = id_("the enterprise")
    checker: str = id_("who approves")


@frozen
class RejectEnterprise:
    """Reject the facts that another person submitted (复核退回注册)."""

    may: ClassVar[Mapping[Role, str]] = fields.CHECKER
    programme: str = fields.programme()
    enterprise: str = id_("the enterprise")
    checker: str = id_("who rejects")


@frozen
class PayCashIn:
    """Pay cash into an enterprise's demand account (存入现金)."""

    may: ClassVar[Mapping[Role, str]] = fields.ENTERPRISE | fields.OFFICER
    programme: str = fields.programme()
    enterprise: str = id_("the enterprise")
    amount: Amount = amount("cash paid in")


@frozen
class PayFee:
    """Pay a fee of the platform, part of it with entitlements (缴纳平台费)."""

    may: ClassVar[Mapping[Role, str]] = fields.ENTERPRISE | fields.OFFICER
    programme: str = fields.programme()
    enterprise: str = id_("the enterprise")
    amount: Amount = amount("the fee before any discount")
    entitlements: int = fields.whole("entitlements that pay a part of it")


@frozen
class Visit:
    """Note that an enterprise looked at a deposit mode on the platform (浏览记录)."""

    may: ClassVar[Mapping[Role, str]] = fields.ENTERPRISE | {Role.OPERATOR: ""}
    programme: str = fields.programme()
    enterprise: str = id_("the enterprise")
    mode: str = id_("the deposit mode")
