"""Commands about the programme and who takes part."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.product.actor import Role
from bankcore.products.certificate.commands import fields
from bankcore.products.certificate.terms import CertificateTerms

__all__ = [
    "ChangeTerms",
    "Deposit",
    "OpenProgramme",
    "PermitThirdParty",
    "RegisterCustomer",
    "RegisterThirdParty",
]


@frozen
class OpenProgramme:
    """Offer certificates on these terms (开办存单众筹)."""

    may: ClassVar[Mapping[Role, str]] = fields.OFFICER
    programme: str = fields.programme()
    terms: CertificateTerms = fields.terms("its terms", fields.all_terms, CertificateTerms())


@frozen
class ChangeTerms:
    """Change some terms from a date on (变更条款); open certificates keep their rate."""

    may: ClassVar[Mapping[Role, str]] = fields.OFFICER
    programme: str = fields.programme()
    terms: Mapping[str, Any] = fields.terms("the terms that change", fields.some_terms)
    effective_on: date | None = fields.day("first day of the new terms; today if not given", None)


@frozen
class RegisterCustomer:
    """Identify a customer and open a demand account where there is none (客户开户)."""

    may: ClassVar[Mapping[Role, str]] = fields.OFFICER | {Role.CUSTOMER: "customer"}
    programme: str = fields.programme()
    customer: str = fields.id_("the new customer")


@frozen
class RegisterThirdParty:
    """Admit a third party's server as an initiator (第三方发起方登记)."""

    may: ClassVar[Mapping[Role, str]] = fields.OFFICER
    programme: str = fields.programme()
    third_party: str = fields.id_("the third party")
    channels: str = fields.ids("channels it may use, with commas between them")
    limit: Amount = fields.amount("the largest target it may ask for")
    paid: bool = fields.flag("whether it is paid for the deposits it brings")


@frozen
class PermitThirdParty:
    """Give a third party its permission to initiate, or take it away (第三方权限变更)."""

    may: ClassVar[Mapping[Role, str]] = fields.OFFICER
    programme: str = fields.programme()
    third_party: str = fields.id_("the third party")
    permitted: bool = fields.flag("whether it may initiate orders")


@frozen
class Deposit:
    """Pay cash into a customer's demand account (存入现金)."""

    may: ClassVar[Mapping[Role, str]] = fields.OFFICER | {Role.CUSTOMER: "customer"}
    programme: str = fields.programme()
    customer: str = fields.id_("whose demand account it is")
    amount: Amount = fields.amount("cash paid in")
