"""Commands about modes as such: offering, opening, customising, ending, recommending."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

import attrs
from attrs import frozen

from bankcore.amounts import Amount
from bankcore.errors import BadCommand
from bankcore.product import fields
from bankcore.product.actor import Role

__all__ = [
    "ChangeMode", "CustomiseMode", "DecideCustomisation", "EndMode", "OfferMode", "OpenMode",
    "RecommendModes", "Visit",
]  # fmt: skip


def _check_cost(_: Any, it: attrs.Attribute[Any], value: Any) -> None:
    if value is not None and not isinstance(value, Amount):
        raise BadCommand(it.name, f"an Amount is needed, not {type(value).__name__}")


@frozen
class OfferMode:
    """Offer one of the six modes, as it comes or edited, or one of the bank's own (开办存款模式)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    programme: str = fields.id_("the platform")
    mode: str = fields.id_("code of the mode: SALES, PROC, LOG, FIN, MEMB, ENT or the bank's own")
    terms: Mapping[str, Any] = fields.terms("what differs from the mode that comes", fields.some_terms, {})
    like: str = fields.id_("the mode it is made from; that of its own code if not given", "")


@frozen
class ChangeMode:
    """Change a mode's terms from a later day on (变更存款模式)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    programme: str = fields.id_("the platform")
    mode: str = fields.id_("code of the mode")
    terms: Mapping[str, Any] = fields.terms("the terms that change", fields.some_terms)
    effective_on: date | None = fields.day("first day of the new terms; tomorrow if not given", None)


@frozen
class OpenMode:
    """Open a mode, with choices of one's own within its bounds (开通存款模式)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "enterprise"}
    programme: str = fields.id_("the platform")
    enterprise: str = fields.id_("who opens it")
    mode: str = fields.id_("code of the mode")
    choices: Mapping[str, Any] = fields.terms("what is chosen, the usual if not given", fields.some_terms, {})


@frozen
class CustomiseMode:
    """Choose otherwise from tomorrow on; beyond the bounds the bank is asked (自定义存款模式)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "enterprise", Role.OFFICER: "asked_by"}
    programme: str = fields.id_("the platform")
    enterprise: str = fields.id_("whose mode it is")
    mode: str = fields.id_("code of the mode")
    choices: Mapping[str, Any] = fields.terms("what changes", fields.some_terms)
    ask_bank: bool = fields.flag("whether the bank is asked to approve")
    asked_by: str = fields.id_("the officer who asks for the enterprise", "")


@frozen
class DecideCustomisation:
    """Approve, or turn down, choices beyond the bounds; not by who asked for them (审批自定义)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: "officer"}
    programme: str = fields.id_("the platform")
    enterprise: str = fields.id_("whose mode it is")
    mode: str = fields.id_("code of the mode")
    officer: str = fields.id_("who decides")
    approve: bool = fields.flag("whether it is approved")


@frozen
class EndMode:
    """End a mode early by its rule; a preview shows the cost (提前终止)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "enterprise"}
    programme: str = fields.id_("the platform")
    enterprise: str = fields.id_("whose mode it is")
    mode: str = fields.id_("code of the mode")
    cost: Amount | None = attrs.field(
        validator=_check_cost,
        default=None,
        metadata={"help": "the cost that was shown; refused if it is another by now"},
    )


@frozen
class RecommendModes:
    """Recommend modes to an enterprise by its last 90 days, with reasons (推荐存款模式)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: "", Role.CUSTOMER: "enterprise"}
    programme: str = fields.id_("the platform")
    enterprise: str = fields.id_("to whom")


@frozen
class Visit:
    """Note that an enterprise looked at a deposit mode on the platform (浏览记录)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "enterprise", Role.OPERATOR: ""}
    programme: str = fields.id_("the platform")
    enterprise: str = fields.id_("the enterprise")
    mode: str = fields.id_("the deposit mode")
